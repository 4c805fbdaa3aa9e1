"""Following a run from outside: its journal as it grows, and whether its worker lives. It changes nothing there."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tuitrain.experiment import Experiment
from tuitrain.files import write_whole
from tuitrain.problems import Rejected
from tuitrain.runs import lock
from tuitrain.runs.history import ENDED, History, State
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run

PROBE = 2.0  # seconds between two looks at the lock: a probe holds it for an instant
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

    def poll(self) -> bool:
        """Read what is new; tell whether there was anything."""
        before = self.state
        records = self.reader.read()
        self.history.take(records)
        self._probe(bool(records))
        if not (self._alive or self.history.ended):  # its last words may have come between the look and the probe
            self.history.take(self.reader.read())
        return bool(records) or self.state != before

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
        """What the run is doing."""
        return self.history.state(self._alive, self._is_fresh())

    def time_left(self) -> float | None:
        """Return seconds to the end, None where nobody can tell."""
        return self.history.time_left(time.time()) if self.state in ("running", "paused") else None

    def _probe(self, news: bool) -> None:
        """Look at the lock rarely, and not at all while the journal grows or the run is over."""
        now = time.monotonic()
        if self.history.ended or (news and self._alive):
            self._probed = now
        elif now - self._probed >= PROBE or (news and not self._alive):
            self._alive, self._probed = lock.held(self.run.lock), now

    def _is_fresh(self) -> bool:
        if not self.expected or self.run.lock.exists():  # a worker takes the locks of all its runs when it starts
            return False
        try:
            return time.time() - self.run.path.stat().st_mtime < FRESH
        except FileNotFoundError:
            return False


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
