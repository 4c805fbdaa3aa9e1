"""Following a run from outside: its journal as it grows, and whether its worker lives. It changes nothing there."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import Any

from tuitrain.experiment import Experiment
from tuitrain.files import write_whole
from tuitrain.problems import Rejected
from tuitrain.runs import digest, line, lock
from tuitrain.runs.history import ENDED, History, State
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run

SLICE = 1 << 18  # bytes of a journal that are read at once: a long one is not in memory as records
PROBE = 2.0  # seconds between two looks at the lock: a probe holds it for an instant
TAKING = 2.0  # seconds between making the file of a lock and holding it, on a busy machine
FRESH = 30.0  # seconds in which a run without a worker may still be about to get one


@dataclass(slots=True)
class Watch:
    """A run and its history so far."""

    run: Run
    history: History = field(default_factory=History)
    reader: Reader = field(init=False)
    _experiment: Experiment | None = None
    expected: bool = True
    """Whether a worker may still be about to take the run: not once it is known to have ended."""
    _alive: bool = False
    _probed: float = float("-inf")

    def __post_init__(self) -> None:
        """Begin at the first line."""
        self.reader = Reader(self.run.journal)

    def poll(self, budget: float = inf) -> bool:
        """Read what is new, for so many seconds at most; tell whether there was anything.

        A slice is read whatever the budget is; `behind` tells whether there is more.
        """
        before, until = self.state, time.monotonic() + budget
        if not self.reader.offset:
            self._open()
        news = self._read(until)
        self._probe(news)
        if not (self._alive or self.history.ended or self.behind):
            self._read(until)  # its last words may have come between the look and the probe
        return news or self.state != before

    @property
    def behind(self) -> bool:
        """Whether more stands in the journal than was read within the budget."""
        return self.reader.behind

    def _open(self) -> None:
        """Begin where the digest of the run ends, if it has one."""
        found = digest.read(self.run)
        if found:
            self.history, self.reader = found

    def _read(self, until: float) -> bool:
        """Fold in slices of the journal up to its end or to this time; tell whether there was anything."""
        before = self.reader.offset
        self.history.take(self.reader.read(SLICE))
        while self.behind and time.monotonic() < until:
            self.history.take(self.reader.read(SLICE))
        return self.reader.offset > before

    @property
    def experiment(self) -> Experiment | None:
        """What the run trains, read once from its directory; None where that is damaged, or of a later version."""
        if self._experiment is None:
            with suppress(Rejected):
                self._experiment = self.run.experiment()
        return self._experiment

    @property
    def model(self) -> str:
        """The name of the model, and what sets it apart in a sweep; the run's own where nobody can tell."""
        if self.history.started:
            return str(self.history.started["model"])
        return self.experiment.title if self.experiment else self.run.id

    @property
    def state(self) -> State:
        """What the run is doing; "preparing" as long as its journal is not read to the end, unless it trains."""
        if self.behind and not (self._alive or self.history.ended):
            return "preparing"
        return self.history.state(self._alive, self._is_fresh())

    def time_left(self) -> float | None:
        """Return seconds to the end, None where nobody can tell."""
        return self.history.time_left(time.time()) if self.state in ("running", "paused") else None

    def _probe(self, news: bool) -> None:
        """Look at the lock rarely, and not at all while the journal grows or the run is over."""
        now = time.monotonic()
        if self.history.ended or (news and self._alive):
            self._probed = now
        elif now - self._probed >= PROBE or (not self._alive and (self._is_starting() or (news and not self.behind))):
            self._alive, self._probed = lock.held(self.run.lock), now

    def _is_fresh(self) -> bool:
        if not self.history.records and self.run.id in line.waiting(self.run.path.parent):
            return True
        if not self.expected:
            return False
        try:
            if self.run.lock.exists():  # a worker takes the locks of all its runs when it starts
                return time.time() - self.run.lock.stat().st_mtime < TAKING
            return time.time() - self.run.path.stat().st_mtime < FRESH
        except FileNotFoundError:
            return False

    def _is_starting(self) -> bool:
        """Tell whether a worker may just have taken the run: nothing stands in its journal yet."""
        return not self.history.records and self.run.lock.exists()


def look(run: Run) -> Watch:
    """Return the run as it is now."""
    watch = Watch(run)
    watch.poll()
    return watch


def wait(watch: Watch, until: Callable[[Watch], bool], seconds: float) -> bool:
    """Follow the run until the condition holds; tell whether it did within the time."""
    deadline = time.monotonic() + seconds
    while not until(watch):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
        watch.poll()
    return True


def summary(watch: Watch) -> dict[str, Any]:
    """Return how the run ended, or stands, in plain values: what summary.json holds."""
    history, started = watch.history, watch.history.started or {}
    ended = history.ended or {}
    return {
        "run": watch.run.id,
        "state": watch.state,
        "model": started.get("model"),
        "parameters": history.parameters,
        "device": started.get("device"),
        "step": history.step,
        "steps": history.steps,
        "epoch": history.epoch,
        "epochs": history.epochs,
        "seconds": history.seconds,
        "best_epoch": ended.get("best_epoch"),
        "metrics": ended.get("metrics", history.metrics),
        "error": ended.get("error"),
    }


def write_summary(run: Run) -> None:
    """Write summary.json from the journal, where the run is over."""
    watch = look(run)
    if watch.state in ENDED:
        write_whole(run.summary, json.dumps(summary(watch), indent=2).encode() + b"\n")
