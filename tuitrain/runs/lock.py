"""Who works on a run: a file lock that the kernel lets go of when its holder dies, with the holder's name in it."""

import fcntl
import json
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psutil

Holder = dict[str, Any]

HERE = socket.gethostname()
TOUCH = 5.0  # seconds between two touches
BELIEVED = 20.0  # seconds in which a lock of another host counts as held after its last touch
PATIENCE = 1.0  # seconds a worker tries: a viewer that probes holds the lock for an instant
SAME = 1.0  # seconds by which two readings of when a process was made may differ: a clock that is being set


class Occupied(Exception):
    """Another process works on this run; the message names it."""


@dataclass(slots=True)
class Lock:
    """The lock of one run, held until `release` or death."""

    path: Path
    descriptor: int

    def touch(self) -> None:
        """Show other hosts, which may not see the lock, that its holder is alive."""
        if self.descriptor >= 0:
            os.utime(self.descriptor)

    def release(self) -> None:
        """Let others work on the run."""
        descriptor, self.descriptor = self.descriptor, -1
        os.close(descriptor)


@contextmanager
def kept_fresh(locks: Iterable[Lock]) -> Iterator[None]:
    """Touch the locks every few seconds, beside whatever goes on: a paused training is alive as well."""
    held, over = list(locks), Event()

    def touch() -> None:
        while not over.wait(TOUCH):
            for each in held:
                with suppress(OSError):  # released this very moment, or the disk is gone
                    each.touch()

    thread = Thread(target=touch, name="locks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def signature() -> Holder:
    """Return who this process is, now: the same for all runs that it takes together.

    `created`: when the process was made, which tells it from a later one of the same number.
    """
    import psutil  # 20 ms that a viewer need not wait for

    made = psutil.Process().create_time()
    return {"pid": os.getpid(), "host": HERE, "since": datetime.now(UTC).isoformat(), "created": made}


def take(path: Path, me: Holder | None) -> Lock:
    """Lock the file for this process and put its signature there, unless that is None.

    Raise Occupied after a second, OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for(path, descriptor)
        if me is not None:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(me).encode(), 0)
    except BaseException:  # a full disk, Ctrl+C: whoever does not get the lock must not keep it
        os.close(descriptor)
        raise
    return Lock(path, descriptor)


def _wait_for(path: Path, descriptor: int) -> None:
    deadline = monotonic() + PATIENCE
    while not _try(descriptor, fcntl.LOCK_EX):
        if monotonic() > deadline:
            who = describe(holder(path))
            raise Occupied(f"{path.parent.name} is being trained by {who}; stop it first, or start a new run")
        sleep(0.02)


def held(path: Path) -> bool:
    """Tell whether a living process holds the lock. Holds it for an instant itself, so ask rarely.

    A lock of another host is believed while it is touched: not every shared file system shares locks.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        if not _try(descriptor, fcntl.LOCK_SH):
            return True
        age = time() - os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)
    return age < BELIEVED and holder(path).get("host", HERE) != HERE


def holder(path: Path) -> Holder:
    """Return the signature of who took the lock last; empty where nobody can tell."""
    with suppress(OSError, ValueError):  # no file yet, or being written: nobody to name
        found = json.loads(path.read_text())
        return found if isinstance(found, dict) else {}
    return {}


def alive_here(holder: Holder) -> bool:
    """Tell whether the process of this signature lives on this machine: itself, not a later one of its number."""
    return _process(holder) is not None


def kill(path: Path) -> bool:
    """Kill the process that holds the lock; tell whether it was.

    Nobody is where the lock is free, or its holder is of another host, is not named in full, or is another process.
    """
    import psutil

    found = _process(holder(path))
    if found is None or not held(path):
        return False
    try:
        found.kill()  # psutil looks once more whether the number was given to another process
    except psutil.NoSuchProcess:
        return False
    return True


def _process(holder: Holder) -> "psutil.Process | None":
    """Return the process of this signature; None where it does not live here, or nobody can tell."""
    import psutil

    pid, created = holder.get("pid"), holder.get("created")
    if holder.get("host") != HERE or type(pid) is not int or not isinstance(created, int | float) or pid < 1:
        return None
    with suppress(psutil.Error, OverflowError):  # gone, or another user's
        found = psutil.Process(pid)
        return found if abs(found.create_time() - created) <= SAME else None
    return None


def describe(holder: Holder) -> str:
    """Return who that is, in words."""
    return f"process {holder.get('pid', '?')} on {holder.get('host', '?')}"


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
