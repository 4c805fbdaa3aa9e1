"""What a journal amounts to: curves, the latest numbers, pictures on disk, and the state of the run.

It takes records in their order and knows neither files nor screens.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from math import isnan
from typing import Any, Literal

from tuitrain.runs.anatomy import PREFIXES, Anatomy
from tuitrain.runs.handlers import HANDLERS, go_beyond, ignore, measured
from tuitrain.runs.journal import Record
from tuitrain.runs.series import Curves, Series
from tuitrain.runs.timeline import Timeline

State = Literal["queued", "preparing", "running", "paused", "finished", "stopped", "diverged", "failed", "lost"]
Metrics = dict[str, float | None]
Best = tuple[int, int, Metrics]
Rates = tuple[int, str, float | None]
ENDED: frozenset[State] = frozenset({"finished", "stopped", "diverged", "failed"})
LOG_LINES = 500
BESIDE = frozenset({"snapshot", "saved", "troubled", "changed", "restarted"})
"""Kinds whose step does not say how far the training is now: it is that of a picture, a state, a step not taken."""
HEADLINES = ("accuracy", "rmse")
"""The metric that stands for all others: of classes, of numbers."""
DAMAGE = (KeyError, TypeError, ValueError, OverflowError, AttributeError)
"""What a record raises that lacks a key, or holds something else in it."""


@dataclass(slots=True)
class History:
    """One run as its journal tells it so far."""

    started: Record | None = None
    ended: Record | None = None
    task: str = "classification"
    """Whether classes or numbers are learned: "classification" or "regression"."""
    labels: tuple[str, ...] = ()
    """The names of the classes or targets; none before it began, and in journals that do not tell them."""
    shape: tuple[int, ...] = ()
    """The shape of one sample, as far as it is told."""
    table: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Name and shape of each trained tensor, as far as it is told."""
    flops: tuple[int | None, ...] = ()
    """Operations of each of them for one sample, forward; none in journals that do not tell them."""
    phase: str = ""
    opening: bool = False
    """Whether a worker is getting ready and has not come to the training itself."""
    paused: bool = False
    steps: int = 0
    """Of the whole training; 0 before it began."""
    epochs: int = 0
    """As above."""
    parameters: int | None = None
    """Trained numbers in the model, once it is built."""
    first: int = 0
    """The step that it began with: that of its checkpoint where it is a branch of another run."""
    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    """That training took, as far as it is told."""
    since: tuple[str, float] = ("", 0.0)
    """When the worker that has it began to train (ISO 8601), and how many seconds it had been trained by then."""
    metrics: Metrics = field(default_factory=dict)
    """The latest value of each metric, whichever event told it."""
    stepped: Curves = field(default_factory=Curves)
    evaluated: Curves = field(default_factory=Curves)
    bests: Series = field(default_factory=Series)
    """The steps of the evaluations that were the best one when they were made; the values are their epochs."""
    snapshots: list[tuple[int, str]] = field(default_factory=list)
    """Step and path, in their order, of those that are still there."""
    marks: list[tuple[int, str]] = field(default_factory=list)
    """Where something happened to the training: the step, and "paused", "restarted", "diverged", "skipped", "trouble",
    or what changed there, such as "lr 0.1 -> 0.01"."""
    checkpoints: dict[str, int] = field(default_factory=dict)
    """The step of the state in each checkpoint that is still there, by its path relative to the run."""
    changes: list[tuple[int, str, Any, Any]] = field(default_factory=list)
    """Settings that are others from the step after this on: the step, the dotted key, the old value, the new one."""
    trouble: Record | None = None
    """What the training stumbled over last, until it goes on."""
    timeline: Timeline = field(default_factory=Timeline)
    anatomy: Anatomy = field(default_factory=Anatomy)
    rates: list[Rates] = field(default_factory=list)
    """Where learning rates were tried: the step, the file of the curve, the rate at which the loss fell fastest."""
    single: tuple[int, Metrics] | None = None
    """The last step that was taken alone, with `grad/NAME` and `update/NAME` of each trained tensor."""
    answers: dict[str, Record] = field(default_factory=dict)
    """What became of a command, by its id."""
    log: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    """Time and sentence of what a person may want to read."""
    records: int = 0
    skipped: int = 0
    """Records of a known kind that lacked a key, or held something else in it."""
    last_time: str = ""

    def take(self, records: Iterable[Record]) -> None:
        """Fold in new records; kinds and keys it does not know are left alone."""
        for (kind, _), group in groupby(records, _likeness):
            if kind == "stepped":
                self._take_steps(list(group))
            else:
                for record in group:
                    self._take_one(kind, record)

    def _take_one(self, kind: str, record: Record) -> None:
        self._note(record)
        try:
            HANDLERS.get(kind, ignore)(self, record)
        except DAMAGE:
            self.skipped += 1

    def _take_steps(self, records: Sequence[Record]) -> None:
        """Fold in steps that tell the same metrics, together; one by one where one of them is damaged."""
        try:
            steps, columns = measured(records)
            self.stepped.extend(steps, columns)
        except DAMAGE:
            if len(records) > 1:
                for record in records:
                    self._take_steps([record])
            else:
                self._note(records[0])
                self.skipped += 1
            return
        for record in records:
            self._note(record)
        go_beyond(self, records[-1]["step"] - 1)  # the step that it stumbled over may be told with its loss
        self.metrics |= {name: values[-1] for name, values in columns.items()}
        if len(columns) < len(records[0]["metrics"]):
            for record in records:
                self.single = self.look_closely(record)

    def look_closely(self, record: Record) -> tuple[int, Metrics] | None:
        """Take note of what a step did to each tensor, where that is told, and return it."""
        closely = {name: value for name, value in record["metrics"].items() if name.startswith(PREFIXES)}
        if not closely:
            return None
        self.anatomy.add(record["step"], closely)
        return record["step"], closely

    def _note(self, record: Record) -> None:
        """Take note of what all kinds have in common."""
        self.records += 1
        self.last_time = str(record.get("time", self.last_time))
        if isinstance(record.get("epoch"), int):
            self.epoch = record["epoch"]
        if isinstance(record.get("step"), int) and record["event"] not in BESIDE:
            self.step = record["step"]
            self.timeline.add(self.step, self.last_time)
        if "command" in record:
            self.answers[str(record["command"])] = record

    @property
    def one_go(self) -> bool:
        """Whether the model is fitted without steps to count."""
        return self.steps == 1 and self.started is not None and self.started.get("table") == []

    @property
    def finals(self) -> dict[str, Metrics]:
        """What was measured at the end, by split: train, val, test, test_rotated; empty before."""
        found: dict[str, Metrics] = {}
        for name, value in ((self.ended or {}).get("metrics") or {}).items():
            split, _, metric = name.partition("/")
            found.setdefault(split, {})[metric] = value
        return found

    @property
    def headlines(self) -> dict[str, float]:
        """Of what was measured at the end, the numbers that stand for all others."""
        told = {f"{split}/{name}": found.get(name) for split, found in self.finals.items() for name in HEADLINES}
        return {name: value for name, value in told.items() if value is not None}

    @property
    def best(self) -> Best | None:
        """Step, epoch and metrics of the evaluation with the lowest validation loss."""
        return self._as_measured(self.bests.last)

    def _as_measured(self, best: tuple[int, float] | None) -> Best | None:
        if best is None:
            return None
        step, epoch = best
        found = {name: series.at(step) for name, series in self.evaluated.items()}
        return step, int(epoch), {name: _plain(at[1]) for name, at in found.items() if at and at[0] == step}

    @property
    def stale(self) -> int:
        """Evaluations since the best one, as `patience` counts them."""
        watched = self.evaluated.get("val/loss", Series()).steps
        return len(watched) - int(watched.searchsorted(self.bests.last[0] if self.bests.last else self.first, "right"))

    def metrics_at(self, step: int) -> Metrics:
        """Return the value of each metric at this step or the last one before it that told one."""
        found: dict[str, tuple[int, float]] = {}
        for curves in (self.stepped, self.evaluated):
            for name, series in curves.items():
                at = series.at(step)
                if at and at[0] >= found.get(name, at)[0]:
                    found[name] = at
        return {name: _plain(value) for name, (_, value) in found.items()}

    def closely_at(self, step: int) -> tuple[int, Metrics] | None:
        """Return `grad/NAME` and `update/NAME` of each trained tensor at or before this step, and at which."""
        return self.anatomy.at(step)

    def snapshot_at(self, step: int) -> tuple[int, str] | None:
        """Return step and path of the last snapshot at or before this step."""
        place = bisect_right(self.snapshots, step, key=lambda entry: entry[0])
        return self.snapshots[place - 1] if place else None

    def state(self, alive: bool, fresh: bool = False) -> State:
        """Return the state, given whether a worker holds the run (`fresh`: one may be about to)."""
        if self.ended:
            reason = self.ended["reason"]
            if self.ended["event"] == "failed":
                return "diverged" if reason == "diverged" else "failed"
            return "stopped" if reason == "stopped" else "finished"
        if not self.records:
            return "queued" if alive or fresh else "lost"
        if not alive:
            return "lost"
        if self.opening or not self.started:
            return "preparing"
        return "paused" if self.paused or self.asking else "running"

    @property
    def asking(self) -> bool:
        """Whether the training stumbled and waits to be told what becomes of it."""
        return self.trouble is not None and bool(self.trouble.get("waits"))

    def time_left(self, now: float) -> float | None:
        """Return seconds to the end at the mean pace so far, evaluations counted in; None before the first one.

        `now`: seconds since the Unix epoch.
        """
        if not self.started or self.ended or self.step <= self.first:
            return None
        told = self.evaluated.get("seconds", Series())
        if told.last and told.last[0] > self.first:
            begun = told.at(self.first)  # of a branch the first evaluation may tell what its trunk took
            step, took = (told.last[0] - self.first, told.last[1] - (begun[1] if begun else 0.0))
        else:
            step, took = self.step - self.first, self.elapsed(now) or 0.0
        return max(0.0, took * (self.steps - self.step) / step)

    def elapsed(self, now: float) -> float | None:
        """Return seconds since it began, the times without a worker left out, or how long training took; None before.

        `now`: seconds since the Unix epoch.
        """
        if not self.started or self.ended:
            return self.seconds if self.ended else None
        began, before = self.since
        return before + max(0.0, now - _seconds(began))

    def curve(self, metric: str) -> Series:
        """Return the curve of a metric with the most points, empty where there is none."""
        curves = [self.stepped.get(metric, Series()), self.evaluated.get(metric, Series())]
        return max(curves, key=len)


def clock(time: str) -> str:
    """Return the local time of day of a time in the journal; nothing where it is none."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return ""


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _plain(value: float) -> float | None:
    return None if isnan(value) else value


def _likeness(record: Record) -> tuple[str, tuple[str, ...]]:
    """Return what records have in common that can be folded in together: their kind, and the metrics of steps."""
    kind, metrics = record["event"], record.get("metrics")
    return kind, tuple(metrics) if kind == "stepped" and isinstance(metrics, dict) else ()
