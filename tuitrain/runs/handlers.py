"""What each kind of event does to a history, and the sentence that a person reads of it."""

from bisect import insort
from collections.abc import Callable, Sequence
from datetime import datetime
from math import log
from typing import TYPE_CHECKING

from tuitrain.live import LENGTHS
from tuitrain.runs.anatomy import PREFIXES
from tuitrain.runs.journal import Record
from tuitrain.runs.timeline import Timeline

if TYPE_CHECKING:
    from tuitrain.runs.history import History, Metrics

"""The settings that say how long a training is."""
WENT_ON = "went on"
"""The mark of the step after which a batch was learned from though its loss had shot up."""
TROUBLES = {"nan": "is no number", "infinity": "is infinite", "spike": "shot up"}


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
    """Take note that a worker is at it: what ended goes on."""
    history.phase = str(record.get("phase", ""))
    history.opening = not history.one_go  # a fit in one go says what it is at while it is trained
    history.ended, history.paused = None, False
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
    if history.started:  # it begins anew: there was no checkpoint to go on from
        _drop(history, -1, -1)
        history.timeline = Timeline()
    history.started, history.opening = record, False
    history.first = history.step = _first(record)
    history.since, history.seconds = (str(record["time"]), 0.0), 0.0
    history.timeline.begin(record)
    sizes = f"{counts[3]:,} samples to learn from, {counts[4]:,} to validate on"
    _say(history, record, f"started on {device}: {counts[2]:,} parameters, {sizes}")


def _first(started: Record) -> int:
    """Return the step that a training begins with: 0, but that of its checkpoint where it is a branch."""
    parent = (started.get("experiment") or {}).get("parent") or {}
    return int(parent.get("step", 0))


def _on_evaluated(history: "History", record: Record) -> None:
    steps, columns = measured([record])
    history.evaluated.extend(steps, columns)
    history.look_closely(record)
    metrics = {name: values[0] for name, values in columns.items()}
    if not record["step"]:
        _say(history, record, _untrained(history, metrics))
    history.metrics |= metrics
    history.seconds = float(metrics.get("seconds") or 0.0)
    go_beyond(history, record["step"])
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
    history.checkpoints[str(record["path"])] = int(record["step"])
    if "command" in record:
        _say(history, record, f"saved {record['path']} at step {record['step']:,}")


def _on_paused(history: "History", record: Record) -> None:
    if not history.paused:  # a pause between single steps is the same one
        history.marks.append((record["step"], "paused"))
    history.paused = True
    _say(history, record, f"paused at step {record['step']:,}")


def _on_continued(history: "History", record: Record) -> None:
    if history.trouble is not None:
        history.marks.append((int(record["step"]), WENT_ON))
    history.paused, history.trouble = False, None
    _say(history, record, f"continued at step {record['step']:,}")


def _on_refused(history: "History", record: Record) -> None:
    _say(history, record, f"refused: {record['reason']}")


def _on_warned(history: "History", record: Record) -> None:
    _say(history, record, f"warning: {record['message']}")


def _on_thinned(history: "History", record: Record) -> None:
    gone = set(map(str, record["paths"]))
    history.snapshots = [entry for entry in history.snapshots if entry[1] not in gone]
    history.checkpoints = {path: step for path, step in history.checkpoints.items() if path not in gone}


def _on_changed(history: "History", record: Record) -> None:
    step, key, old, new = int(record["step"]), str(record["key"]), record["old"], record["new"]
    known = [(at, value) for at, name, _, value in history.changes if name == key]
    if old != new and known[-1:] != [(step, new)]:  # else a worker told it that was killed before it was saved
        history.changes.append((step, key, old, new))
        history.marks.append((step, _change(record)))
        _say(history, record, told(record))
    if key in LENGTHS:
        _stretch(history)


def told(record: Record) -> str:
    """Return in a sentence what became of the training: changed, troubled or skipped; raise what DAMAGE lists."""
    step = int(record["step"])
    if record["event"] == "changed":
        return f"{_change(record)} from step {step + 1:,} on"
    if record["event"] == "skipped":
        return f"the batch of step {step:,} was not learned from"
    loss, trouble, layer = record.get("loss"), str(record["trouble"]), str(record["layer"])
    if loss is not None and trouble != "spike":
        return f"the loss of step {step:,} is {float(loss):.4g}, and what follows from it is not finite: {layer}"
    shown = "" if loss is None else f" ({float(loss):.4g})"
    return f"the loss of step {step:,} {TROUBLES.get(trouble, trouble)}{shown}: {layer}"


def _change(record: Record) -> str:
    return f"{str(record['key']).rpartition('.')[2]} {_written(record['old'])} -> {_written(record['new'])}"


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _stretch(history: "History") -> None:
    """Count the steps and epochs anew: the training lasts longer now, or not as long."""
    each = round(history.timeline.per_epoch)
    if not history.started or each < 1:
        return
    training = (history.started.get("experiment") or {}).get("training") or {}
    known = {key: training.get(key.partition(".")[2]) for key in LENGTHS}
    known |= {key: new for _, key, _, new in history.changes}
    epochs, steps = (int(known[key] or 0) for key in LENGTHS)
    history.steps, history.epochs = (steps, -(-steps // each)) if steps else (each * epochs, epochs)


def _on_troubled(history: "History", record: Record) -> None:
    _say(history, record, told(record))
    history.trouble = record
    history.marks.append((int(record["step"]), "trouble"))


def go_beyond(history: "History", step: int) -> None:
    """Take note that the training went on, whatever it stumbled over before."""
    if history.trouble is not None and step >= history.trouble["step"]:
        history.trouble = None


def _on_skipped(history: "History", record: Record) -> None:
    step = int(record["step"])
    history.trouble = None
    if (step, "skipped") not in history.marks:
        history.marks.append((step, "skipped"))
    _say(history, record, told(record))


def _on_restarted(history: "History", record: Record) -> None:
    """Drop what was recorded beyond the state from which the training goes on."""
    step = int(record["step"])
    _drop(history, step, int(record.get("evaluated", step)))
    if history.opening:  # another worker has it: the time in between was not spent on it
        history.timeline.reopen(step, history.last_time)
    history.timeline.add(step, history.last_time)
    history.step = step
    history.marks.append((step, "restarted"))
    history.metrics = history.metrics_at(step)
    measured_last = history.evaluated["seconds"].last if "seconds" in history.evaluated else None
    history.seconds = float(record.get("seconds", measured_last[1] if measured_last else 0.0))
    if history.opening or not history.started:
        history.since = (history.last_time, history.seconds)
    history.steps, history.epochs = (int(record.get(key, getattr(history, key))) for key in ("steps", "epochs"))
    if history.started:
        anew = {key: record[key] for key in ("steps", "epochs", "device", "pid", "host") if key in record}
        history.started = history.started | anew
    history.ended, history.paused, history.opening = None, False, False
    _say(history, record, f"restarted from step {step:,}")


def _drop(history: "History", step: int, evaluated: int) -> None:
    """Forget what lies beyond this step; of evaluations those beyond the last one that counts."""
    for kept in (history.stepped, history.anatomy, history.timeline):
        kept.cut(step)
    history.evaluated.cut(evaluated)
    history.bests.cut(evaluated)
    history.snapshots = [entry for entry in history.snapshots if entry[0] <= step]
    history.rates = [entry for entry in history.rates if entry[0] <= step]
    history.marks = [entry for entry in history.marks if entry[0] <= step]
    history.changes = [entry for entry in history.changes if entry[0] <= step]
    history.checkpoints = {path: at for path, at in history.checkpoints.items() if at <= step}
    history.trouble = None


def _on_finished(history: "History", record: Record) -> None:
    metrics = {name: None if value is None else float(value) for name, value in record["metrics"].items()}
    seconds, reason, parameters = float(record["seconds"]), str(record["reason"]), int(record.get("parameters") or 0)
    int(record["step"])
    words = {"completed": "completed", "early_stopping": "stopped early: no lower val/loss", "stopped": "stopped"}
    history.ended, history.trouble, history.opening = record, None, False
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
    history.ended, history.opening = record, False


HANDLERS: "dict[str, Callable[[History, Record], None]]" = {
    "preparing": _on_preparing,
    "started": _on_started,
    "evaluated": _on_evaluated,
    "snapshot": _on_snapshot,
    "thinned": _on_thinned,
    "probed": _on_probed,
    "saved": _on_saved,
    "changed": _on_changed,
    "troubled": _on_troubled,
    "skipped": _on_skipped,
    "paused": _on_paused,
    "continued": _on_continued,
    "refused": _on_refused,
    "warned": _on_warned,
    "restarted": _on_restarted,
    "finished": _on_finished,
    "failed": _on_failed,
}
