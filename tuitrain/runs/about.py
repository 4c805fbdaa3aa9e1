"""What a person says of a run: a name to show, tags, a note; and the end of a run, its directory removed.

It must not know what is in the other files of a run.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time_ns
from typing import Any

from tuitrain.files import write_whole
from tuitrain.runs import lock
from tuitrain.runs.store import Run

LARGEST = 1 << 16  # bytes of the file: what is longer nobody wrote with this program
NAME, TAG, NOTE = 200, 50, 4000  # characters that are kept
DELETED = ".deleted-"
"""How the name of a directory begins that is being removed: hidden, and no run any more."""


class Kept(Exception):
    """A run that may not be deleted now; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class About:
    """What a person called a run and wrote about it, as it was typed: it is cleaned where it is shown."""

    name: str = ""
    """A name to show; the directory keeps its own."""
    tags: tuple[str, ...] = ()
    note: str = ""


def path(run: Run) -> Path:
    """Return the file in which it stands."""
    return run.path / "about.json"


def read(run: Run) -> About:
    """Return what is said of the run; nothing where there is no such file, or something else is in it."""
    try:
        found = json.loads(peek(path(run)))
    except (OSError, ValueError, RecursionError):
        return About()
    return _told(found) if isinstance(found, dict) else About()


def _told(found: dict[str, Any]) -> About:
    name, tags, note = (found.get(key) for key in ("name", "tags", "note"))
    return About(
        name[:NAME] if isinstance(name, str) else "",
        distinct(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        note[:NOTE] if isinstance(note, str) else "",
    )


def distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: each once, without blanks around it, none that is empty."""
    return tuple(dict.fromkeys(word for word in (word.strip()[:TAG] for word in words) if word))


def peek(file: Path, most: int = LARGEST) -> bytes:
    """Return the content of a small file that is one: a link, a pipe or a device is not opened; raise OSError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "is not a plain file", str(file))
        return opened.read(most)


def write(run: Run, about: About) -> None:
    """Keep what is said of the run; raise OSError."""
    kept = {"name": about.name.strip()[:NAME], "tags": distinct(about.tags), "note": about.note.strip()[:NOTE]}
    write_whole(path(run), json.dumps(kept, indent=2).encode() + b"\n")


def weigh(folder: Path) -> int:
    """Return the bytes of all files in a folder, links not followed; what vanishes meanwhile weighs nothing."""
    total, folders = 0, [folder]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total


def delete(run: Run) -> int:
    """Remove a run that nobody works on, and return how many bytes that freed; raise Kept, OSError.

    It is moved aside first, so that no reader ever sees half of it. Of a link only the link goes.
    """
    if run.path.is_symlink():
        _refuse_held(run)
        run.path.unlink()
        return 0
    freed, taken = weigh(run.path), _taken(run)
    try:
        aside = _move_aside(run)
    finally:
        if taken:
            taken.release()
    shutil.rmtree(aside)
    clear(run.path.parent)
    return freed


def _refuse_held(run: Run) -> None:
    if lock.held(run.lock):
        owner = lock.holder(run.lock)
        who = f"process {owner.get('pid', '?')} on {owner.get('host', '?')}"
        raise Kept(f"{run.id} is being trained by {who}; stop it first")


def _taken(run: Run) -> lock.Lock | None:
    """Take the lock, so that no worker begins on what is being removed; without a lock file nobody ever did."""
    _refuse_held(run)
    if not run.lock.exists():
        return None
    try:
        return lock.take(run.lock, lock.signature())
    except lock.Occupied:
        _refuse_held(run)
        raise Kept(f"{run.id} is being opened by another process; try again") from None


def _move_aside(run: Run) -> Path:
    aside = run.path.with_name(f"{DELETED}{os.getpid()}-{time_ns()}")
    run.path.rename(aside)
    try:
        (aside / "experiment.toml").unlink(missing_ok=True)  # without it a directory is no run
    except OSError:
        aside.rename(run.path)
        raise
    return aside


def clear(folder: Path) -> None:
    """Remove what earlier deletions left, killed before they were done; what another one removes now is left to it."""
    for left in folder.glob(f"{DELETED}*"):
        shutil.rmtree(left, ignore_errors=True)
