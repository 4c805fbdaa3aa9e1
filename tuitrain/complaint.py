"""What is said to a person outside of any screen: on stderr, safe to show; and exit code 2 for what cannot be."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from tuitrain.drawing.text import clean

P = ParamSpec("P")
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


def refusing(*refusals: type[Exception]) -> Callable[[Callable[P, int]], Callable[P, int]]:
    """Have these, and what the system refuses, said in a sentence, with the exit code for it."""

    def heeding(do: Callable[P, int]) -> Callable[P, int]:
        @wraps(do)
        def done(*arguments: P.args, **options: P.kwargs) -> int:
            try:
                return do(*arguments, **options)
            except refusals as error:
                return complain(error)
            except OSError as error:
                return complain(f"{error.filename}: {error.strerror}" if error.filename else error)

        return done

    return heeding


def silence() -> None:
    """Send what is still to be written to stdout nowhere: its reader is gone, as with `| head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
