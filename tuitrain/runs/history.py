"""What a journal amounts to: curves, the latest numbers, pictures on disk, and the state of the run.

It takes records in their order and knows neither files nor screens.
"""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import log
from typing import Any, Literal

from tuitrain.runs.journal import Record

State = Literal["queued", "preparing", "running", "paused", "finished", "stopped", "diverged", "failed", "lost"]
Metrics = dict[str, float | None]
Best = tuple[int, int, Metrics]
Rates = tuple[int, str, float | None]
ENDED: frozenset[State] = frozenset({"finished", "stopped", "diverged", "failed"})
LOG_LINES = 500
CLOSE = ("grad/", "update/")
"""How the metrics begin that only a step taken alone has: one for each trained tensor."""
HEADLINES = ("accuracy", "rmse")
"""The metric that stands for all others: of classes, of numbers."""


@dataclass(slots=True)
class Series:
    """Numbers over steps; NaN where one was not finite. 16 bytes a point."""

    steps: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, step: int, value: float | None) -> None:
        """Append a point."""
        self.steps.append(step)
        self.values.append(float("nan") if value is None else value)

    def cut(self, step: int) -> None:
        """Forget what came after this step."""
        keep = bisect_right(self.steps, step)
        del self.steps[keep:], self.values[keep:]


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
    phase: str = ""
    paused: bool = False
    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    metrics: Metrics = field(default_factory=dict)
    """The latest value of each metric, whichever event told it."""
    stepped: dict[str, Series] = field(default_factory=dict)
    evaluated: dict[str, Series] = field(default_factory=dict)
    bests: list[Best] = field(default_factory=list)
    """The evaluations that were the best one when they were made, the last of them the best of all."""
    snapshots: list[tuple[int, str]] = field(default_factory=list)
    rates: list[Rates] = field(default_factory=list)
    """Where learning rates were tried: the step, the file of the curve, the rate at which the loss fell fastest."""
    single: tuple[int, Metrics] | None = None
    """The last step that was taken alone, with `grad/NAME` and `update/NAME` of each trained tensor."""
    answers: dict[str, Record] = field(default_factory=dict)
    """What became of a command, by its id."""
    log: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    """Time and sentence of what a person may want to read."""
    _steps: int = 0
    _epochs: int = 0
    _parameters: int | None = None
    records: int = 0
    skipped: int = 0
    """Records of a known kind that lacked a key, or held something else in it."""
    last_time: str = ""

    def take(self, records: Iterable[Record]) -> None:
        """Fold in new records; kinds and keys it does not know are left alone."""
        for record in records:
            self.records += 1
            self.last_time = str(record.get("time", self.last_time))
            if isinstance(record.get("step"), int):
                self.step = record["step"]
            if isinstance(record.get("epoch"), int):
                self.epoch = record["epoch"]
            if "command" in record:
                self.answers[str(record["command"])] = record
            handler = _HANDLERS.get(record["event"], _ignore)
            try:
                handler(self, record)
            except (KeyError, TypeError, ValueError):
                self.skipped += 1

    @property
    def steps(self) -> int:
        """Steps of the whole training; 0 before it began."""
        return self._steps

    @property
    def epochs(self) -> int:
        """Epochs of the whole training; 0 before it began."""
        return self._epochs

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
    def best(self) -> Best | None:
        """Step, epoch and metrics of the evaluation with the lowest validation loss."""
        return self.bests[-1] if self.bests else None

    @property
    def parameters(self) -> int | None:
        """Trained numbers in the model, once it is built."""
        return self._parameters

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
        if not self.started:
            return "preparing"
        return "paused" if self.paused else "running"

    def time_left(self, now: float) -> float | None:
        """Return seconds to the end at the mean pace so far, evaluations counted in; None before the first one.

        `now`: seconds since the Unix epoch.
        """
        if not self.started or self.ended or not self.step:
            return None
        if not self.seconds:
            elapsed = now - _seconds(str(self.started["time"]))
            return max(0.0, elapsed * (self.steps - self.step) / self.step)
        measured = self.evaluated["seconds"].steps[-1]
        return self.seconds * (self.steps - self.step) / measured

    def elapsed(self, now: float) -> float | None:
        """Return seconds since it began, or how long it took; None before. `now`: seconds since the Unix epoch."""
        if not self.started or self.ended:
            return self.seconds if self.ended else None
        return max(0.0, now - _seconds(str(self.started["time"])))

    def curve(self, metric: str) -> Series:
        """Return the curve of a metric with the most points, empty where there is none."""
        curves = [self.stepped.get(metric, Series()), self.evaluated.get(metric, Series())]
        return max(curves, key=lambda series: len(series.steps))


def clock(time: str) -> str:
    """Return the local time of day of a time in the journal; nothing where it is none."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return ""


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _ignore(_history: History, _record: Record) -> None:
    """Leave a kind alone that a later version wrote."""


def _append(curves: dict[str, Series], record: Record) -> None:
    for name, value in record.get("metrics", {}).items():
        curves.setdefault(name, Series()).add(record["step"], value)


def _say(history: History, record: Record, sentence: str) -> None:
    history.log.append((str(record.get("time", "")), sentence))


def _on_preparing(history: History, record: Record) -> None:
    history.phase = str(record.get("phase", ""))
    _say(history, record, history.phase)


def _on_started(history: History, record: Record) -> None:
    counts = [int(record[key]) for key in ("steps", "epochs", "parameters", "train_size", "val_size")]
    device, _ = str(record["device"]), str(record["model"])
    history._steps, history._epochs, history._parameters = counts[:3]
    history.task = str(record.get("task", "classification"))
    history.labels = tuple(map(str, record.get("labels", ())))
    history.shape = tuple(map(int, record.get("shape", ())))
    history.table = tuple((str(name), tuple(map(int, shape))) for name, shape in record.get("table", ()))
    history.started = record
    sizes = f"{counts[3]:,} samples to learn from, {counts[4]:,} to validate on"
    _say(history, record, f"started on {device}: {counts[2]:,} parameters, {sizes}")


def _on_stepped(history: History, record: Record) -> None:
    closely = {name: value for name, value in record["metrics"].items() if name.startswith(CLOSE)}
    _append(history.stepped, record)
    history.metrics |= record["metrics"]
    if closely:
        history.single = (record["step"], closely)


def _on_evaluated(history: History, record: Record) -> None:
    _append(history.evaluated, record)
    if not record["step"]:
        _say(history, record, _untrained(history, record["metrics"]))
    history.metrics |= record["metrics"]
    history.seconds = float(record["metrics"].get("seconds") or 0.0)
    if record.get("best"):
        history.bests.append((record["step"], record["epoch"], record["metrics"]))


def _untrained(history: History, metrics: Metrics) -> str:
    """Return what the model made of the data before its first step, beside what guessing would."""
    told = [f"{name} {value:.4g}" for name, value in metrics.items() if value and name.endswith("/loss")]
    count = len(history.labels)
    if history.task == "regression":
        guess = "always saying the mean costs about 1"
    else:
        guess = f"guessing among {count} classes costs ln {count} = {log(count):.3f}" if count > 1 else ""
    return "untrained: " + "; ".join(filter(None, [", ".join(told), guess]))


def _on_probed(history: History, record: Record) -> None:
    rate = record.get("suggestion")
    history.rates.append((record["step"], str(record["path"]), None if rate is None else float(rate)))
    found = "the loss never fell" if rate is None else f"steepest at lr {rate:.3g}"
    where = f"learning rates tried at step {record['step']:,}; the model is as it was"
    _say(history, record, f"{found} ({where})")


def _on_snapshot(history: History, record: Record) -> None:
    history.snapshots.append((record["step"], str(record["path"])))


def _on_saved(history: History, record: Record) -> None:
    if "command" in record:
        _say(history, record, f"saved {record['path']} at step {record['step']:,}")


def _on_paused(history: History, record: Record) -> None:
    history.paused = True
    _say(history, record, f"paused at step {record['step']:,}")


def _on_continued(history: History, record: Record) -> None:
    history.paused = False
    _say(history, record, f"continued at step {record['step']:,}")


def _on_refused(history: History, record: Record) -> None:
    _say(history, record, f"refused: {record['reason']}")


def _on_warned(history: History, record: Record) -> None:
    _say(history, record, f"warning: {record['message']}")


def _on_restarted(history: History, record: Record) -> None:
    """Drop what an earlier worker recorded beyond the checkpoint from which this one goes on."""
    for curves in (history.stepped, history.evaluated):
        for series in curves.values():
            series.cut(record["step"])
    history.snapshots = [entry for entry in history.snapshots if entry[0] <= record["step"]]
    history.rates = [entry for entry in history.rates if entry[0] <= record["step"]]
    history.bests = [best for best in history.bests if best[0] <= record["step"]]
    measured = history.evaluated.get("seconds", Series()).values
    history.seconds = measured[-1] if measured else 0.0
    history.ended, history.paused = None, False
    _say(history, record, f"restarted from step {record['step']:,}")


def _on_finished(history: History, record: Record) -> None:
    metrics, seconds, reason = dict(record["metrics"]), float(record["seconds"]), str(record["reason"])
    words = {"completed": "completed", "early_stopping": "stopped early: no lower val/loss", "stopped": "stopped"}
    history.ended = record
    history.metrics |= metrics
    history.seconds = seconds
    history._parameters = record.get("parameters") or history._parameters
    headlines = [
        f"{split}/{name} {value:.4f}"
        for split, values in history.finals.items()
        for name, value in values.items()
        if name in HEADLINES and value is not None
    ]
    _say(history, record, ", ".join([f"{words.get(reason, reason)} at step {record['step']:,}", *headlines]))
    for split, values in history.finals.items():
        told = [f"{name} {value:.4g}" for name, value in values.items() if value is not None]
        if len(told) > 1:
            _say(
                history, record, f"{split}: {', '.join(told)}".replace("_", " ").replace("f1", "F1").replace("r2", "R2")
            )


def _on_failed(history: History, record: Record) -> None:
    _say(history, record, f"{record['error']}; {record['hint']} ({record['reason']})")
    history.ended = record


_HANDLERS: dict[str, Any] = {
    "preparing": _on_preparing,
    "started": _on_started,
    "stepped": _on_stepped,
    "evaluated": _on_evaluated,
    "snapshot": _on_snapshot,
    "probed": _on_probed,
    "saved": _on_saved,
    "paused": _on_paused,
    "continued": _on_continued,
    "refused": _on_refused,
    "warned": _on_warned,
    "restarted": _on_restarted,
    "finished": _on_finished,
    "failed": _on_failed,
}
