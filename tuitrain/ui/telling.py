"""Runs in the words of the screen: lines for the charts, rows for the table, the sentence at the top. No widgets."""

from collections.abc import Mapping, Sequence

from tuitrain.drawing.text import clean, duration, metric, number
from tuitrain.runs.history import History
from tuitrain.runs.watch import Watch
from tuitrain.ui.widgets.chart import Line
from tuitrain.ui.widgets.runs import Row

MARKS = {"queued": "", "preparing": "○", "running": "●", "paused": "‖", "finished": "✓", "stopped": "■"}
FAILED = "✗"


def colour(index: int) -> str:
    """Return the colour of the run at this place."""
    from tuitrain.drawing.palette import series

    return series(index)


def name(watch: Watch) -> str:
    """Return the model's name, safe to show."""
    return clean(watch.model)


def lines(watches: Sequence[Watch], metric: str) -> list[Line]:
    """Return the curves of a metric: what is trained on solid, what is held out dashed, each run in its colour."""
    found = []
    for index, watch in enumerate(watches):
        history = watch.history
        for split in ("train", "val"):
            series = history.curve(f"{split}/{metric}")
            if series.steps:
                found.append(
                    Line(
                        label=name(watch),
                        steps=series.steps,
                        values=series.values,
                        colour=colour(index),
                        held_out=split == "val",
                        best=_best(history, f"{split}/{metric}") if split == "val" else None,
                    )
                )
    return found


def _best(history: History, metric: str) -> tuple[float, float] | None:
    if history.best is None:
        return None
    step, _, metrics = history.best
    value = metrics.get(metric)
    return None if value is None else (float(step), value)


def rows(watches: Sequence[Watch], signs: Mapping[str, str]) -> list[Row]:
    """Return a row for each run, marked with the signs of its curves where it has any of its own."""
    return [
        Row(watch.run.id, signs.get(name(watch), "●"), colour(index), _cells(watch))
        for index, watch in enumerate(watches)
    ]


def _cells(watch: Watch) -> tuple[str, ...]:
    history = watch.history
    left = watch.time_left()
    split = _watched(history)
    return (
        name(watch),
        _parameters(watch),
        f"{history.epoch}/{history.epochs}" if history.started else "",
        metric(history.metrics.get(f"{split}/loss")),
        metric(history.metrics.get(f"{split}/accuracy")),
        metric(history.best[2].get("val/accuracy")) if history.best else "",
        "" if left is None else duration(left),
        watch.state,
    )


def measured(watches: Sequence[Watch]) -> str:
    """Return of which split the numbers in the table are; nothing before there are any."""
    splits = {_watched(watch.history) for watch in watches if watch.history.metrics}
    return "loss and acc: " + " and ".join(sorted(splits)) if splits else ""


def _parameters(watch: Watch) -> str:
    if watch.history.parameters is not None:
        return f"{watch.history.parameters:,}"
    counts = watch.experiment.counts() if watch.experiment else []
    return f"{counts[0]:,}" if counts else ""


def _watched(history: History) -> str:
    return "val" if "val/loss" in history.metrics else "train"


def status(watch: Watch | None, dataset: str) -> list[tuple[str, str]]:
    """Return the words of the top line with their styles, the most important first."""
    if watch is None or watch.history.started is None:
        phase = _phase(watch) if watch else "ready: F5 trains"
        return [(dataset, ""), (phase, "$secondary")]
    history, left = watch.history, watch.time_left()
    accuracy = f"{_watched(history)}/accuracy"
    if "test/accuracy" in history.metrics:  # measured once, at the end: the number that counts
        accuracy = "test/accuracy"
    parts = [
        (dataset, ""),
        (name(watch), "bold"),
        (f"epoch {history.epoch}/{history.epochs}", ""),
        (f"{accuracy} {metric(history.metrics.get(accuracy))}", ""),
    ]
    if history.best:
        parts.append((f"best {metric(history.best[2].get('val/accuracy'))} @ {history.best[1]}", "$secondary"))
    if left is not None:
        parts.append((f"{duration(left)} left", ""))
    if watch.state != "running":
        parts.append((watch.state, "$accent"))
    if history.ended and history.ended["event"] == "failed":
        parts.append((clean(f"{history.ended['error']}; {history.ended['hint']}"), "$error"))
    return parts


def _phase(watch: Watch) -> str:
    if watch.state == "queued":
        return "starting: the worker is loading torch"
    return watch.history.phase if watch.state == "preparing" else watch.state


def marks(watches: Sequence[Watch]) -> dict[int, str]:
    """Return a sign for the state of each run, by its place."""
    return {index: MARKS.get(watch.state, FAILED) for index, watch in enumerate(watches)}


def fitted(watch: Watch) -> str:
    """Return the values of a model small enough to tell them, as words."""
    values = (watch.history.ended or {}).get("fitted") or {}
    return "  ".join(f"{key} {_values(value)}" for key, value in values.items())


def _values(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_values, value)) + "]"
    return number(value) if isinstance(value, float) else str(value)
