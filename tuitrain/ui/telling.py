"""Runs in the words of the screen: lines for the charts, rows for the table, the sentence at the top. No widgets."""

import time
from collections.abc import Mapping, Sequence

from tuitrain.datasets import Facts, Task
from tuitrain.drawing.text import clean, duration, metric, number
from tuitrain.experiment import Experiment
from tuitrain.models import Parameter
from tuitrain.runs.history import History
from tuitrain.runs.session import ACTIVE
from tuitrain.runs.watch import Watch
from tuitrain.ui.widgets.chart import Line
from tuitrain.ui.widgets.runs import Row

MARKS = {"queued": "", "preparing": "○", "running": "●", "paused": "‖", "finished": "✓", "stopped": "■"}
FAILED = "✗"
SPLITS = ("train", "val", "train_eval")
"""The splits of which there are curves."""
SHORT = 6  # cells of a number in the table


def facts(watch: Watch | None, experiment: Experiment | None) -> Facts | None:
    """Return what the data of a run are like: as it told, else as its settings say; None where only it can tell."""
    history = watch.history if watch else None
    if history and history.started and history.labels:
        train, val, test = (int(history.started.get(f"{split}_size", 0)) for split in ("train", "val", "test"))
        task: Task = "regression" if history.task == "regression" else "classification"
        return Facts(history.shape, history.labels, (train, val, test), task)
    return experiment.dataset.facts if experiment else None


def parameters(watch: Watch | None, experiment: Experiment | None) -> tuple[Parameter, ...]:
    """Return what is trained: as the run told, else by arithmetic on its settings; nothing where only it can tell."""
    if watch and watch.history.table:
        return tuple(Parameter(name, shape) for name, shape in watch.history.table)
    known = facts(watch, experiment)
    if known is None or experiment is None:
        return ()
    return experiment.models[0].parameters(known.shape, known.outputs) or ()


def natural_view(known: Facts | None) -> str:
    """Return the view that shows most of what is learned from such data."""
    if known is None:
        return "confusion"
    if known.shape == (2,) or (known.shape == (1,) and known.task == "regression"):
        return "surface"
    return "mistakes" if known.task == "regression" else "confusion"


def score(known: Facts | None) -> str:
    """Return the metric that says how good a model is."""
    return "rmse" if known and known.task == "regression" else "accuracy"


def colour(index: int) -> str:
    """Return the colour of the run at this place."""
    from tuitrain.drawing.palette import series

    return series(index)


def name(watch: Watch) -> str:
    """Return the model's name, safe to show."""
    return clean(watch.model)


def lines(watches: Sequence[Watch], metric: str) -> list[Line]:
    """Return the curves of a metric, each run in its colour; a split measured once, before the first step, has none."""
    found = []
    for index, watch in enumerate(watches):
        history = watch.history
        for split in SPLITS:
            series = history.curve(f"{split}/{metric}")
            if series.steps and not (split == "train_eval" and len(series.steps) == 1):
                found.append(
                    Line(
                        label=name(watch),
                        steps=series.steps,
                        values=series.values,
                        colour=colour(index),
                        split=split,
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


def rows(watches: Sequence[Watch], signs: Mapping[str, str], score: str) -> list[Row]:
    """Return a row for each run, marked with the signs of its curves where it has any of its own."""
    return [
        Row(watch.run.id, signs.get(name(watch), "●"), colour(index), _cells(watch, score))
        for index, watch in enumerate(watches)
    ]


def _cells(watch: Watch, score: str) -> tuple[str, ...]:
    history = watch.history
    left = _left(watch)
    split = _watched(history)
    return (
        name(watch),
        _parameters(watch),
        progress(watch),
        brief(history.metrics.get(f"{split}/loss")),
        brief(history.metrics.get(f"{split}/{score}")),
        brief(history.best[2].get(f"val/{score}")) if history.best else "",
        "" if left is None else duration(left),
        state(watch),
    )


def brief(value: float | None) -> str:
    """Write a metric in six cells: with four decimals where there is room, else with four digits."""
    tries = [metric(value)] if value is None else [metric(value), number(value), f"{value:.1e}"]
    return next((text for text in tries if len(text) <= SHORT), tries[-1])


def _left(watch: Watch) -> float | None:
    """Return seconds to the end, none while nobody knows when it goes on, or without steps to count."""
    return None if watch.history.one_go or watch.state == "paused" else watch.time_left()


def state(watch: Watch) -> str:
    """Return what the run is doing in a word; a model without steps is fitted, not run."""
    return "fitting" if watch.history.one_go and watch.state == "running" else watch.state


def progress(watch: Watch) -> str:
    """Return the epoch, of a model without steps the time that it took so far; nothing before it began."""
    history = watch.history
    if history.started is None:
        return ""
    if history.one_go:
        return f"{'in' if history.ended else 'for'} {duration(history.elapsed(time.time()) or 0.0)}"
    return f"{history.epoch}/{history.epochs}"


def measured(watches: Sequence[Watch], score: str) -> str:
    """Return of which split the numbers in the table are; nothing before there are any."""
    splits = {_watched(watch.history) for watch in watches if watch.history.metrics}
    words = "acc" if score == "accuracy" else score
    return f"loss and {words}: " + " and ".join(sorted(splits)) if splits else ""


def _parameters(watch: Watch) -> str:
    if watch.history.parameters and watch.history.parameters > 0:
        return f"{watch.history.parameters:,}"
    counts = watch.experiment.counts() if watch.experiment else []
    return f"{counts[0]:,}" if counts and counts[0] is not None else ""


def _watched(history: History) -> str:
    return "val" if any(name.startswith("val/") for name in history.metrics) else "train"


def status(watch: Watch | None, dataset: str, score: str) -> list[tuple[str, str]]:
    """Return the words of the top line with their styles, the most important first."""
    if watch is None or watch.history.started is None:
        phase = _phase(watch) if watch else "ready: F5 trains"
        return [(dataset, ""), (phase, "$secondary")]
    history, left = watch.history, _left(watch)
    key = f"{_watched(history)}/{score}"
    if f"test/{score}" in history.metrics:  # measured once, at the end: the number that counts
        key = f"test/{score}"
    parts = [(dataset, ""), (name(watch), "bold"), (_where(watch), "")]
    if history.ended and history.ended["event"] == "failed":
        error = clean(f"{history.ended['error']}; {history.ended['hint']}")
        return [*parts, (watch.state, "$accent"), (error, "$error")]
    if key in history.metrics:
        parts.append((f"{key} {metric(history.metrics[key])}", ""))
    if history.best:
        parts.append((f"best {metric(history.best[2].get(f'val/{score}'))} @ {history.best[1]}", "$secondary"))
    if left is not None:
        parts.append((f"{duration(left)} left", ""))
    if watch.state != "running":
        parts.append((watch.state, "$accent"))
    return parts


def _where(watch: Watch) -> str:
    """Return how far it is: the epoch, and the step where somebody looks at single ones."""
    if watch.history.one_go:
        return f"fitt{'ed' if watch.history.ended else 'ing'} {progress(watch)}"
    epoch = f"epoch {progress(watch)}"
    return f"{epoch} step {watch.history.step:,}" if watch.state == "paused" else epoch


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
    return "  ".join(f"{clean(str(key))} {_values(value)}" for key, value in values.items())


def _values(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_values, value)) + "]"
    return number(value) if isinstance(value, float) else str(value)


def waiting(watch: Watch | None) -> tuple[str, str]:
    """Return what stands in empty charts and pictures, and where learning rates will be: what fills them."""
    if watch is None:
        return "nothing yet: F5 trains", "nothing yet: r tries learning rates on a new, paused run"
    if watch.history.one_go:
        words = (
            "fitted in one go: there is no curve" if watch.history.ended else "being fitted in one go, without steps"
        )
        return words, "a model that is fitted in one go has no learning rate"
    if watch.state in ACTIVE:
        return "with the first evaluation", "r tries learning rates where the training is now, and puts the model back"
    return "there is nothing to show of this run", "none were tried in this run: r tries them on a new, paused one"
