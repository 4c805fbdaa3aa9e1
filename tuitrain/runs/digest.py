"""What a journal amounts to up to a place in it, in a file that opens at once. It can be rebuilt: never the truth.

A line of JSON (what a history holds beside its curves, and where those lie), the arrays, and a checksum of all.
"""

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import fields
from functools import cache, reduce
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path
from sys import byteorder
from typing import Any, NamedTuple, get_type_hints
from zlib import crc32

from pydantic import BaseModel, ConfigDict, create_model

from tuitrain.files import write_whole
from tuitrain.runs.history import LOG_LINES, History
from tuitrain.runs.journal import Reader
from tuitrain.runs.series import Curves, Numbers, Series
from tuitrain.runs.store import Run

FORMAT = 3
"""To be raised whenever a history makes something else of the same records: older digests are then left alone."""
SMALL = 2_000_000  # bytes of a journal that is read as fast as a digest
GROWN = 16_000_000  # bytes, and at least a quarter, that a journal grows before its digest is written again
SLICE = 1 << 20  # bytes of a journal that are read at once
EDGE = 4096  # bytes at the beginning, and before the place, that tell one journal from another
LONGEST = 1 << 26  # bytes: a longer first line is damage
CHECK = 4  # bytes of the checksum
SHARED = ("stepped", "evaluated")
"""The fields of a history that hold curves."""
DAMAGE = (OSError, ValueError, TypeError, IndexError, MemoryError)
"""What a file raises that is no digest; pydantic's ValidationError is a ValueError."""


class Place(NamedTuple):
    """Where a series lies: the array of its steps, the first of them that is its own, the array of its values."""

    axis: int
    start: int
    numbers: int


class Header(BaseModel):
    """The first line."""

    model_config = ConfigDict(extra="forbid")

    format: int
    offset: int
    """Bytes of the journal that were read."""
    skipped: int
    """Damaged lines among them."""
    proof: str
    """Tells whose journal it was."""
    sizes: list[int]
    """How many numbers each array has, 8 bytes each."""
    axes: dict[str, int]
    """The array of the steps that curves share."""
    curves: dict[str, dict[str, Place]]
    bests: Place
    rest: dict[str, Any]
    """The other fields of a history."""


@cache
def _rest() -> type[BaseModel]:
    """Return what turns the fields of a history that hold no series into JSON and back."""
    hints = get_type_hints(History)
    told = {field.name: (hints[field.name], ...) for field in fields(History) if field.name not in (*SHARED, "bests")}
    return create_model("Rest", __config__=ConfigDict(extra="forbid"), **told)  # type: ignore[call-overload, no-any-return]  # fields by name


def file_of(run: Run) -> Path:
    """Return where the digest of a run is kept."""
    return run.path / "digest.bin"


def read(run: Run) -> tuple[History, Reader] | None:
    """Return the history up to where the digest ends, and a reader that goes on from there.

    None where there is none, or it is damaged, of another journal or of another version: then the journal tells all.
    A million points of five metrics cost some 50 ms.
    """
    try:
        with file_of(run).open("rb") as file:
            header, arrays = _load(file)
        if header.format != FORMAT or header.proof != _proof(run.journal, header.offset):
            return None
        return _unfold(header, arrays), Reader(run.journal, header.skipped, header.offset)
    except DAMAGE:
        return None


def _load(file: BufferedReader) -> tuple[Header, list[Numbers]]:
    """Read all that a digest holds; raise what DAMAGE lists where the checksum does not fit."""
    import numpy as np

    line = file.readline(LONGEST)
    header, check = Header.model_validate_json(line), crc32(line)
    if os.fstat(file.fileno()).st_size != len(line) + 8 * sum(header.sizes) + CHECK:
        raise ValueError("there is not as much as it says")  # before room is made for it
    arrays = []
    for size in header.sizes:
        room = np.empty(size + size // 8)  # some room to grow, so that a run that goes on does not move it at once
        file.readinto(room[:size].data)
        check = crc32(room[:size].data, check)
        arrays.append(Numbers(room, size))
    if file.read() != check.to_bytes(CHECK, "big"):
        raise ValueError("the checksum does not fit")
    return header, arrays


def _unfold(header: Header, arrays: Sequence[Numbers]) -> History:
    """Return the history that was digested."""
    rest = _rest().model_validate(header.rest)
    told = {name: getattr(rest, name) for name in type(rest).model_fields}
    history = History(**told | {"log": deque(told["log"], LOG_LINES)})
    history.bests = Series(arrays[header.bests.axis], arrays[header.bests.numbers], header.bests.start)
    for name in SHARED:
        curves = Curves(arrays[header.axes[name]])
        for metric, place in header.curves[name].items():
            curves[metric] = Series(arrays[place.axis], arrays[place.numbers], place.start)
        setattr(history, name, curves)
    return history


def write(run: Run) -> int:
    """Bring the digest of a run up to date where that is worth it; return how long its journal should be the next time.

    Raise OSError where it cannot be written; there is the old one then, or none. What the journal grew since is read,
    3 s for a million steps, and the whole digest written, 50 MB for a million steps of five metrics.
    """
    if not run.journal.exists() or run.journal.stat().st_size < SMALL:
        return SMALL
    history, reader = read(run) or (History(), Reader(run.journal))
    before = reader.offset
    history.take(reader.read(SLICE))
    while reader.behind:
        history.take(reader.read(SLICE))
    if reader.offset < SMALL:
        return SMALL
    if reader.offset > before:
        write_whole(file_of(run), _content(history, reader), durable=False)
    return reader.offset + max(GROWN, reader.offset // 4)


def _content(history: History, reader: Reader) -> bytes:
    """Return the bytes of a digest."""
    arrays: list[Numbers] = []
    rest = _rest()
    header = Header(
        format=FORMAT,
        offset=reader.offset,
        skipped=reader.skipped,
        proof=_proof(reader.path, reader.offset),
        axes={name: _put(arrays, getattr(history, name).axis) for name in SHARED},
        curves={name: _places(arrays, getattr(history, name)) for name in SHARED},
        bests=_place(arrays, history.bests),
        sizes=list(map(len, arrays)),
        rest=rest.model_construct(**{name: getattr(history, name) for name in rest.model_fields}).model_dump(),
    )
    parts: list[bytes | memoryview] = [header.model_dump_json().encode() + b"\n"]
    parts += [numbers.view().data for numbers in arrays]
    check = reduce(lambda check, part: crc32(part, check), parts, 0)
    return b"".join([*parts, check.to_bytes(CHECK, "big")])


def _places(arrays: list[Numbers], curves: Curves) -> dict[str, Place]:
    return {metric: _place(arrays, series) for metric, series in curves.items()}


def _place(arrays: list[Numbers], series: Series) -> Place:
    return Place(_put(arrays, series.axis), series.start, _put(arrays, series.numbers))


def _put(arrays: list[Numbers], numbers: Numbers) -> int:
    """Return the number of the array, which is put to the others unless it is among them: axes are shared."""
    for number, known in enumerate(arrays):
        if known is numbers:
            return number
    arrays.append(numbers)
    return len(arrays) - 1


def _proof(journal: Path, offset: int) -> str:
    """Return a fingerprint of the journal up to this place, by its beginning and its end; raise OSError."""
    with journal.open("rb") as file:
        first = file.read(min(EDGE, offset))
        file.seek(max(offset - EDGE, 0))
        last = file.read(offset - file.tell())
    return blake2b(f"{offset} {byteorder}".encode() + first + last, digest_size=16).hexdigest()
