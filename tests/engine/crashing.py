"""Work that is killed just before any one of its file operations."""

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

EVENTS = ("open", "os.rename", "os.link", "os.truncate", "os.remove", "os.listdir")


def killed_at(moment: int, work: Callable[[], object]) -> bool:
    """Do the work in a child that dies just before its n-th file operation; tell whether it got so far."""
    child = os.fork()
    if not child:
        left = moment

        def count(event: str, _arguments: object) -> None:
            nonlocal left
            left -= event in EVENTS
            if left < 0:
                os._exit(9)

        real = os.fsync

        def fsync(fd: Any) -> None:
            count("open", None)
            real(fd)

        os.fsync = fsync
        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def killed_everywhere(work: Callable[[], object]) -> Iterator[int]:
    """Kill the work at each of its file operations in turn, the first first; yield its number after each."""
    moment = 0
    while killed_at(moment, work):
        yield moment
        moment += 1
