"""The checkpoints of a run as they lie on disk: which there are, of which step, and room made by removing some.

It knows names and bytes; what is in them is the engine's business.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tuitrain.runs import lock
from tuitrain.runs.history import History
from tuitrain.runs.store import Run

FOLDER = "checkpoints"
START = "start.pt"
"""The state that a branch begins with: its trunk's."""
RING = "step-*.pt"
"""Those of earlier steps, beside the last and the best."""
FORMS = ("last", "best", "start")
"""The names in the order in which they are preferred where several hold the same step."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole state of a training, in a file."""

    name: str
    """last, best, start, or step-000001234."""
    step: int
    path: Path
    size: int
    """Bytes."""


def checkpoints(run: Run, history: History) -> list[Checkpoint]:
    """Return those that there are, the newest step first; one that its journal does not name is none."""
    told = {run.path / path: step for path, step in history.checkpoints.items() if _is_inside(run, path)}
    told[start(run)] = history.first
    found = [Checkpoint(path.stem, step, path, path.stat().st_size) for path, step in told.items() if path.is_file()]
    return sorted(found, key=lambda one: (-one.step, FORMS.index(one.name) if one.name in FORMS else len(FORMS)))


def _is_inside(run: Run, path: str) -> bool:
    """Tell whether what a journal names lies in the directory of the run: what leads out of it is not followed."""
    try:
        return (run.path / path).resolve().is_relative_to(run.path.resolve())
    except (OSError, ValueError):  # a circle of links; NUL, which no path can hold
        return False


def start(run: Run) -> Path:
    """Return where the state lies that a branch begins with."""
    return run.path / FOLDER / START


def at(run: Run, history: History, place: str | int) -> Checkpoint | None:
    """Return the checkpoint of this step, the `best` one, or the newest (`last`); None where there is none."""
    there = checkpoints(run, history)
    if place == "last":
        return there[0] if there else None
    return next((one for one in there if place in (one.step, str(one.step)) or place == one.name == "best"), None)


def beside(path: Path) -> Path:
    """Return where the digests stand that the checkpoint may have."""
    return path.with_name(f"{path.name}.sha256")


def is_whole(path: Path) -> bool:
    """Tell whether a checkpoint is what was written; raise OSError. It is read once, about 1 s for a GB."""
    try:
        known = beside(path).read_text().split()
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() in known


def free(run: Run, *, dry: bool = False) -> int:
    """Remove the checkpoints of earlier steps and return the bytes that frees; `dry` only counts them.

    The last, the best and the one that a branch begins with stay; where the last is damaged, the newest that is not
    stays too. Raise lock.Occupied where the run is under way, OSError.
    """
    if lock.held(run.lock):
        raise lock.Occupied(f"{run.id} is being trained by {lock.describe(lock.holder(run.lock))}; stop it first")
    if dry or not run.lock.exists():  # without a lock file nobody ever trained it
        return _remove(run, dry=dry)
    taken = lock.take(run.lock, None)  # whoever trained it last is still named there
    try:
        return _remove(run, dry=False)
    finally:
        taken.release()


def _remove(run: Run, *, dry: bool) -> int:
    """Remove what `free` may, and return the bytes that frees; raise OSError."""
    ring = sorted((run.path / FOLDER).glob(RING), key=_number, reverse=True)
    last = run.path / FOLDER / "last.pt"
    kept = None
    if ring and not (last.is_file() and is_whole(last)):
        kept = next((path for path in ring if is_whole(path)), None)
    gone = [file for path in ring if path != kept for file in (path, beside(path)) if file.is_file()]
    freed = _weigh(gone)
    for file in () if dry else gone:
        file.unlink(missing_ok=True)
    return freed


def _number(path: Path) -> int:
    """Return the step in the name of one of the ring; one that a person named otherwise is the oldest."""
    told = path.stem.removeprefix("step-")
    return int(told) if told.isdecimal() else -1


def _weigh(files: Sequence[Path]) -> int:
    """Return the bytes that removing these frees: none where a file has another name as well, such as last.pt."""
    found = [file.stat() for file in files]
    names = Counter((one.st_dev, one.st_ino) for one in found)
    sizes = {(one.st_dev, one.st_ino): one.st_size for one in found if one.st_nlink <= names[one.st_dev, one.st_ino]}
    return sum(sizes.values())
