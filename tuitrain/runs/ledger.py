"""All runs in a folder, read little by little: thousands of them must not freeze a screen.

It knows folders and what changed in them; what the files of a run say is the business of its entry.
"""

import os
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from tuitrain.runs import about, entry as entries
from tuitrain.runs.entry import LIVE, Entry
from tuitrain.runs.store import Run
from tuitrain.runs.watch import FRESH, Watch

SLICE = 200  # directories that one look reads: about 0.1 s
POINTS = 2_000_000  # of histories that are kept beside those in use: 16 MB
JUST = 2.0  # seconds in which a folder may change again without its time telling

Signature = tuple[tuple[int, ...], ...]
"""Time and size of each file of which an entry is made; nothing for a file that is not there."""


@dataclass(slots=True)
class Book:
    """The entries of a folder as far as they are read, kept as long as their files stay as they are."""

    folder: Path
    entries: list[Entry] = field(default_factory=list)
    """What is read so far: what is under way first, then the newest."""
    opened: int = 0
    """How many directories have been read so far."""
    _known: dict[str, Entry] = field(default_factory=dict)
    _signatures: dict[str, Signature] = field(default_factory=dict)
    _watches: dict[str, Watch] = field(default_factory=dict)
    _queue: deque[str] = field(default_factory=deque)
    _bare: set[str] = field(default_factory=set)
    """New directories in which there is no experiment yet."""
    _turn: int = 0
    _lock: Lock = field(default_factory=Lock)
    """A screen reads in threads, which do not end when it is left."""
    _listed: int | None = None

    @property
    def listed(self) -> bool:
        """Whether anybody looked into the folder yet."""
        return self._listed is not None

    @property
    def waiting(self) -> int:
        """How many directories nobody has looked into yet."""
        return len(self._queue)

    def poll(self, most: int = SLICE) -> bool:
        """Read what is new, at most so many directories; tell whether anything changed."""
        with self._lock:
            return self._poll(most)

    def _poll(self, most: int) -> bool:
        changed = self._list()
        told = [self._follow(name) for name in list(self._watches)]
        told += [self._read(self._queue.popleft()) for _ in range(min(most, len(self._queue)))]
        if not self._queue:
            told += [self._look_again(name) for name in self._next(most)]
            told.append(self._weigh(most))
        changed |= any(told)
        if changed:
            self.entries = sorted(self._known.values(), key=_newest, reverse=True)
        return changed

    def read(self) -> list[Entry]:
        """Return all entries: for who has no screen to keep alive."""
        self.poll()
        while self._queue:
            self.poll()
        return self.entries

    def again(self, names: Iterable[str]) -> None:
        """Read these runs anew at the next look: something about them was changed."""
        with self._lock:
            self._queue.extendleft(name for name in names if name not in self._queue)

    def _list(self) -> bool:
        """Find directories that came or went; tell whether any went."""
        try:
            changed = self.folder.stat().st_mtime_ns
            if changed == self._listed and time.time() - changed / 1e9 > JUST:
                self._queue.extend(self._bare)
                self._bare.clear()
                return False
            with os.scandir(self.folder) as found:
                names = {entry.name for entry in found if entry.name[0] != "." and entry.is_dir()}
        except OSError:  # not made yet, or gone: there are no runs in it
            changed, names = -1, set()
        self._listed = changed
        self._bare.clear()
        gone = self._known.keys() - names
        for name in gone:
            self._forget(name)
        queued = names & set(self._queue)
        fresh = sorted(names - self._known.keys() - queued, reverse=True)
        self._queue = deque([*(name for name in self._queue if name in queued), *fresh])
        return bool(gone)

    def _next(self, most: int) -> list[str]:
        """Return the runs whose turn it is to be looked at again: all of them, one slice after another."""
        names = list(self._known)
        first = self._turn if self._turn < len(names) else 0
        self._turn = first + most
        return names[first : self._turn]

    def _look_again(self, name: str) -> bool:
        """Read a run anew where one of its files is another one now."""
        run = Run(self.folder / name)
        if name in self._known and _signature(run, name in self._watches) == self._signatures.get(name):
            return False
        return self._read(name)

    def _read(self, name: str) -> bool:
        """Read one directory; tell whether its entry is another one now."""
        run, before = Run(self.folder / name), self._known.get(name)
        self.opened += 1
        signature = _signature(run)
        if not any(signature[:2]):  # neither an experiment nor a journal
            if _young(run.path):
                self._bare.add(name)
            return self._forget(name)
        entry, watch = entries.read(run)
        if watch is not None and entry.live:
            self._watches[name] = watch
            signature = _signature(run, live=True)
        else:
            self._watches.pop(name, None)
        if before is not None and signature == self._signatures.get(name):
            entry = replace(entry, size=before.size)
        self._known[name], self._signatures[name] = entry, signature
        return entry != before

    def _follow(self, name: str) -> bool:
        """Read what a run under way tells; where it is over, read it as any other."""
        watch, before = self._watches[name], self._known[name]
        try:
            news = watch.poll()
        except OSError:
            return self._read(name)
        if watch.state not in LIVE:
            return self._read(name)
        if news:
            self._known[name] = entries.renew(before, watch)
        return news

    def _weigh(self, most: int) -> bool:
        """Count the bytes of some runs that are over."""
        unknown = [entry for entry in self.entries if entry.size is None and not entry.live][:most]
        for entry in unknown:
            if self._known.get(entry.id) is entry:
                self._known[entry.id] = replace(entry, size=about.weigh(entry.run.path))
        return bool(unknown)

    def _forget(self, name: str) -> bool:
        self._watches.pop(name, None)
        self._signatures.pop(name, None)
        return self._known.pop(name, None) is not None


def _newest(entry: Entry) -> tuple[bool, datetime, int, str]:
    return entry.live, entry.made, entry.order, entry.id


def _signature(run: Run, live: bool = False) -> Signature:
    """Return how its files are; of a run under way only the one that a person writes, the others are followed."""
    files = (run.path / "experiment.toml", run.journal, run.summary, run.lock)
    return tuple(_stamp(file) for file in ((about.path(run),) if live else (*files, about.path(run))))


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        found = file.lstat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size


def _young(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime < FRESH
    except OSError:
        return False


@dataclass(slots=True)
class Histories:
    """Whole histories of a few runs, kept for as long as they are compared: a long one takes a second to read.

    One that was handed out is read on by `poll` alone, in the thread that draws it.
    """

    kept: dict[str, Watch] = field(default_factory=dict)

    def missing(self, runs: Sequence[Run]) -> list[Run]:
        """Return those that were not read yet."""
        return [run for run in runs if run.id not in self.kept]

    def keep(self, watches: Sequence[Watch]) -> None:
        """Take over what was read."""
        self.kept |= {watch.run.id: watch for watch in watches if watch.run.id not in self.kept}

    def poll(self, runs: Sequence[Run], budget: float) -> list[Watch]:
        """Return the runs with what is new in them, and forget the oldest others, as many as are too long together."""
        found = [self.kept.pop(run.id) for run in runs if run.id in self.kept]
        for watch in found:
            with suppress(OSError):  # its entry says in words what is wrong
                watch.poll(budget / len(found))
        room = POINTS - sum(map(_points, found))
        for name, watch in reversed(list(self.kept.items())):
            room -= _points(watch)
            if room < 0:
                del self.kept[name]
        self.kept |= {watch.run.id: watch for watch in found}
        return found


def read_history(run: Run) -> Watch:
    """Return a run with its whole history; what cannot be read is not in it."""
    watch = Watch(run)
    with suppress(OSError):  # its entry says in words what is wrong
        watch.poll()
    return watch


def _points(watch: Watch) -> int:
    return sum(len(series) for curves in (watch.history.stepped, watch.history.evaluated) for series in curves.values())
