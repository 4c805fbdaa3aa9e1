"""What each kind of event does to a history, and the sentence that a person reads of it."""

from bisect import insort
from collections.abc import Callable, Sequence
from datetime import datetime
from math import log
from typing import TYPE_CHECKING

from tuitrain.runs.anatomy import PREFIXES
from tuitrain.runs.journal import Record

if TYPE_CHECKING:
    from tuitrain.runs.history import History, Metrics


def measured(records: Sequence[Record]) -> tuple[list[int], dict[str, list[float | None]]]:
    """Return the steps of events that tell the same metrics, and what they tell of each; those of tensors left out.

    Raise KeyError or TypeError where something is not as it should be.
    """
    steps, told = [record["step"] for record in records], [record["metrics"] for record in records]
    if not all(isinstance(step, int) for step in steps):
        raise TypeError("a step is a whole number")
    names = [name for name in told[0] if not name.startswith(PREFIXES)]
    return steps, {name: [metrics[name] for metrics in told] for name in names}


def ignore(_history: "History", _record: Record) -> None:
    """Leave a kind alone that a later version wrote."""


def _say(history: "History", record: Record, sentence: str) -> None:
    history.log.append((str(record.get("time", "")), sentence))


def _on_preparing(history: "History", record: Record) -> None:
    history.phase = str(record.get("phase", ""))
    _say(history, record, history.phase)


def _on_started(history: "History", record: Record) -> None:
    counts = [int(record[key]) for key in ("steps", "epochs", "parameters", "train_size", "val_size")]
    device, _, _ = str(record["device"]), str(record["model"]), int(record.get("test_size", 0))
    datetime.fromisoformat(record["time"])
    history.steps, history.epochs, history.parameters = counts[:3]
    history.task = str(record.get("task", "classification"))
    history.labels = tuple(map(str, record.get("labels", ())))
    history.shape = tuple(map(int, record.get("shape", ())))
    history.table = tuple((str(name), tuple(map(int, shape))) for name, shape in record.get("table", ()))
    history.flops = tuple(record.get("flops") or ())
    history.started = record
    history.timeline.begin(record)
    sizes = f"{counts[3]:,} samples to learn from, {counts[4]:,} to validate on"
    _say(history, record, f"started on {device}: {counts[2]:,} parameters, {sizes}")


def _on_evaluated(history: "History", record: Record) -> None:
    steps, columns = measured([record])
    history.evaluated.extend(steps, columns)
    history.look_closely(record)
    metrics = {name: values[0] for name, values in columns.items()}
    if not record["step"]:
        _say(history, record, _untrained(history, metrics))
    history.metrics |= metrics
    history.seconds = float(metrics.get("seconds") or 0.0)
    if record.get("best"):
        history.bests.add(record["step"], record["epoch"])


def _untrained(history: "History", metrics: "Metrics") -> str:
    """Return what the model made of the data before its first step, beside what guessing would."""
    told = [f"{name} {value:.4g}" for name, value in metrics.items() if value and name.endswith("/loss")]
    count = len(history.labels)
    if history.task == "regression":
        guess = "always saying the mean costs about 1"
    else:
        guess = f"guessing among {count} classes costs ln {count} = {log(count):.3f}" if count > 1 else ""
    return "untrained: " + "; ".join(filter(None, [", ".join(told), guess]))


def _on_probed(history: "History", record: Record) -> None:
    rate = record.get("suggestion")
    history.rates.append((int(record["step"]), str(record["path"]), None if rate is None else float(rate)))
    found = "the loss never fell" if rate is None else f"steepest at lr {rate:.3g}"
    where = f"learning rates tried at step {record['step']:,}; the model is as it was"
    _say(history, record, f"{found} ({where})")


def _on_snapshot(history: "History", record: Record) -> None:
    insort(history.snapshots, (int(record["step"]), str(record["path"])))


def _on_saved(history: "History", record: Record) -> None:
    if "command" in record:
        _say(history, record, f"saved {record['path']} at step {record['step']:,}")


def _on_paused(history: "History", record: Record) -> None:
    if not history.paused:  # a pause between single steps is the same one
        history.marks.append((record["step"], "paused"))
    history.paused = True
    _say(history, record, f"paused at step {record['step']:,}")


def _on_continued(history: "History", record: Record) -> None:
    history.paused = False
    _say(history, record, f"continued at step {record['step']:,}")


def _on_refused(history: "History", record: Record) -> None:
    _say(history, record, f"refused: {record['reason']}")


def _on_warned(history: "History", record: Record) -> None:
    _say(history, record, f"warning: {record['message']}")


def _on_thinned(history: "History", record: Record) -> None:
    gone = set(map(str, record["paths"]))
    history.snapshots = [entry for entry in history.snapshots if entry[1] not in gone]


def _on_restarted(history: "History", record: Record) -> None:
    """Drop what an earlier worker recorded beyond the checkpoint from which this one goes on."""
    step = record["step"]
    for kept in (history.stepped, history.evaluated, history.bests, history.anatomy, history.timeline):
        kept.cut(step)
    history.timeline.add(step, history.last_time)
    history.snapshots = [entry for entry in history.snapshots if entry[0] <= step]
    history.rates = [entry for entry in history.rates if entry[0] <= step]
    history.marks = [*(entry for entry in history.marks if entry[0] <= step), (step, "restarted")]
    measured_last = history.evaluated["seconds"].last if "seconds" in history.evaluated else None
    history.seconds = measured_last[1] if measured_last else 0.0
    history.ended, history.paused = None, False
    history.metrics = history.metrics_at(step)
    _say(history, record, f"restarted from step {step:,}")


def _on_finished(history: "History", record: Record) -> None:
    metrics = {name: None if value is None else float(value) for name, value in record["metrics"].items()}
    seconds, reason, parameters = float(record["seconds"]), str(record["reason"]), int(record.get("parameters") or 0)
    int(record["step"])
    words = {"completed": "completed", "early_stopping": "stopped early: no lower val/loss", "stopped": "stopped"}
    history.ended = record
    history.metrics |= metrics
    history.seconds = seconds
    history.parameters = parameters or history.parameters
    headlines = [f"{name} {value:.4f}" for name, value in history.headlines.items()]
    _say(history, record, ", ".join([f"{words.get(reason, reason)} at step {record['step']:,}", *headlines]))
    for split, values in history.finals.items():
        told = [f"{name} {value:.4g}" for name, value in values.items() if value is not None]
        if len(told) > 1:
            _say(
                history, record, f"{split}: {', '.join(told)}".replace("_", " ").replace("f1", "F1").replace("r2", "R2")
            )


def _on_failed(history: "History", record: Record) -> None:
    _say(history, record, f"{record['error']}; {record['hint']} ({record['reason']})")
    if record["reason"] == "diverged":
        history.marks.append((int(record["step"]), "diverged"))
    history.ended = record


HANDLERS: "dict[str, Callable[[History, Record], None]]" = {
    "preparing": _on_preparing,
    "started": _on_started,
    "evaluated": _on_evaluated,
    "snapshot": _on_snapshot,
    "thinned": _on_thinned,
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
