"""The program: `tuitrain`, or `python -m tuitrain`."""

import sys

from tuitrain.cli import main

if __name__ == "__main__":
    sys.exit(main())
