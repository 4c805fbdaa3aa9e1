"""The line of runs that wait to be trained, as it stands on disk: one file, changed by one process at a time.

It knows names and devices; what a run is and who trains it is not its business.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from time import time_ns
from typing import Any

from tuitrain.files import write_whole

FORMAT = 1
"""The version of the file that this program writes, and the latest it reads."""
ON_ERROR = ("continue", "stop")
"""What becomes of the line after a run that failed, the usual first."""

BROKEN = (ValueError, RecursionError)
"""What reading a file raises that holds no line."""


class Damaged(Exception):
    """The file of the line cannot be read; the message says why, and where it is now."""


@dataclass(frozen=True, slots=True)
class Item:
    """A run in line."""

    run: str
    """The name of its directory."""
    device: str
    """What its settings say: auto, or a device."""
    lane: str = ""
    """The lane that took it last, and may have been cut off since."""
    kind: str = ""
    """On what it began: cpu, cuda or mps."""

    @property
    def wish(self) -> str:
        """On what it is to be trained: what began on one kind of device goes on there, for the same numbers."""
        return self.kind if self.kind and self.device in ("auto", "cuda") else self.device

    def taken(self, lane: str) -> "Item":
        """Return it as a lane has it."""
        return replace(self, lane=lane, kind=lane.partition(":")[0])


@dataclass(slots=True)
class Line:
    """All runs in line, in their order, and how it goes on."""

    items: list[Item] = field(default_factory=list)
    on_error: str = ON_ERROR[0]
    held: str = ""
    """Why nothing more is begun, in words; empty where the line moves."""


def file(folder: Path) -> Path:
    """Return the file in which the line of this folder of runs stands."""
    return folder / ".queue.json"


def read(folder: Path) -> Line:
    """Return the line as it stands; raise Damaged, OSError."""
    try:
        return _parsed(_content(folder))
    except BROKEN:
        with _guarded(folder):
            return _checked(folder)


@contextmanager
def changing(folder: Path) -> Iterator[Line]:
    """Give the line to be changed, to nobody else meanwhile; written whole unless something is raised.

    Raise Damaged, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _guarded(folder):
        line = _checked(folder)
        before = _written(line)
        yield line
        if _written(line) != before:
            write_whole(file(folder), _written(line))


def waiting(folder: Path) -> frozenset[str]:
    """Return the names of the runs in line, none where nobody can tell. One look at a file, about 5 us."""
    try:
        found = file(folder).stat()
    except OSError:
        return frozenset()
    return _names(folder, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _names(folder: Path, _changed: int, _size: int) -> frozenset[str]:
    with suppress(OSError, Damaged, *BROKEN):  # whoever changes the line says what is wrong with it
        return frozenset(item.run for item in _parsed(_content(folder)).items)
    return frozenset()


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """Keep all others from changing the line; the kernel lets them go on where this process dies."""
    descriptor = os.open(folder / ".queue.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _content(folder: Path) -> bytes | None:
    try:
        return file(folder).read_bytes()
    except FileNotFoundError:
        return None


def _checked(folder: Path) -> Line:
    """Return the line; a file that holds none is moved aside and named, so that nobody misses it silently."""
    path = file(folder)
    try:
        return _parsed(_content(folder))
    except BROKEN as error:
        aside = path.with_name(f".queue-damaged-{time_ns()}.json")
        path.rename(aside)
        raise Damaged(
            f"{path} cannot be read ({error}); it is {aside.name} now, and the line is empty: "
            "put its runs in line again with tuitrain queue copy"
        ) from None


def _parsed(content: bytes | None) -> Line:
    """Return what a file says, if there is one; raise one of BROKEN, or Damaged where it is of a later version."""
    if content is None:
        return Line()
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("it holds no table")  # noqa: TRY004  a damaged file, not a wrong argument
    if isinstance(found.get("format"), int) and found["format"] > FORMAT:
        raise Damaged("the queue was written by a newer tuitrain; use that one, or another --runs-dir")
    items, on_error, held = (found.get(key) for key in ("items", "on_error", "held"))
    if not isinstance(items, list) or on_error not in ON_ERROR or not isinstance(held, str):
        raise ValueError("items, on_error or held is missing or wrong")
    return Line([_item(item) for item in items], on_error, held)


def _item(found: Any) -> Item:
    names = [each.name for each in fields(Item)]
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in names):
        raise ValueError(f"an item is wrong: {found!r}"[:200])
    if Path(found["run"]).name != found["run"] or found["run"].startswith("."):
        raise ValueError(f"an item is no name of a run: {found['run']!r}"[:200])
    return Item(**{name: found[name] for name in names})


def _written(line: Line) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(line)}, indent=1).encode() + b"\n"
