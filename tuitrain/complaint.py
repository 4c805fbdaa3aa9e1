"""What is said to a person outside of any screen: on stderr, safe to show; and exit code 2 for what cannot be."""

import os
import sys

from tuitrain.drawing.text import clean

WRONG = 2
"""Exit code: wrong usage or configuration."""


def say(text: object) -> None:
    """Print lines for a person, which are no result."""
    for line in str(text).splitlines():
        print(clean(line), file=sys.stderr, flush=True)  # noqa: T201  what this module is for


def complain(error: object) -> int:
    """Say what is wrong and return the exit code for it."""
    say(error)
    return WRONG


def silence() -> None:
    """Send what is still to be written to stdout nowhere: its reader is gone, as with `| head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
