"""A long journal at a glance: what it says once and for all, and its end. Milliseconds, where all of it takes seconds.

It knows how lines begin, not what follows from them: the curves of such a history have gaps.
"""

import mmap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic_core import from_json

from tuitrain.runs.history import History
from tuitrain.runs.journal import Reader, Record

LASTING = ("started", "restarted", "changed")
"""Kinds of events that hold for all that comes after them."""
TAILS = (1 << 16, 1 << 19, 1 << 22)  # bytes at the end: as many as it takes to find an evaluation
SHORT = 2 * TAILS[0]  # bytes of a journal that is read as a whole


def glance(journal: Path) -> History:
    """Return what a journal amounts to now, without most of its curves; raise OSError."""
    history = History()
    with suppress(FileNotFoundError):  # nothing happened yet
        offset = 0
        if journal.stat().st_size > SHORT:
            with journal.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                offset = _end(content)
                history.take(_lasting(content, offset))
        history.take(Reader(journal, 0, offset).read())
    return history


def _end(content: mmap.mmap) -> int:
    """Return the offset of a line from which on there is an evaluation, unless that is very far back."""
    size = len(content)
    starts = [max(size - tail, 0) for tail in TAILS]
    start = next((start for start in starts if content.find(b'"evaluated"', start) >= 0), starts[-1])
    return content.find(b"\n", start) + 1


def _lasting(content: mmap.mmap, until: int) -> list[Record]:
    """Return the records of the lasting kinds before an offset, in their order."""
    offsets = sorted(offset for kind in LASTING for offset in _places(content, f'{{"event": "{kind}"'.encode(), until))
    found = []
    for offset in offsets:
        with suppress(ValueError):  # damaged
            found.append(from_json(content[offset : content.find(b"\n", offset)]))
    return found


def _places(content: mmap.mmap, words: bytes, until: int) -> Iterator[int]:
    offset = content.find(words, 0, until)
    while offset >= 0:
        yield offset
        offset = content.find(words, offset + 1, until)
