"""Runs in the words of the screen: rows for the table, the sentence at the top. No widgets."""

import time
from collections.abc import Collection, Mapping, Sequence
from math import ceil

from tuitrain.datasets import Facts, Task
from tuitrain.drawing.text import clean, duration, metric, number
from tuitrain.experiment import Experiment
from tuitrain.models import Parameter
from tuitrain.runs.history import History
from tuitrain.runs.session import ACTIVE
from tuitrain.runs.standing import asks
from tuitrain.runs.watch import Watch
from tuitrain.ui import measures
from tuitrain.ui.naming import names
from tuitrain.ui.signs import sign
from tuitrain.ui.terminal import State as Standing
from tuitrain.ui.tree import TWIG
from tuitrain.ui.widgets.runs import Row

STANDING: Mapping[str, Standing] = {
    "running": "running",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    **dict.fromkeys(("failed", "diverged", "lost"), "failed"),
}
"""What the terminal is told of a state; of others nothing."""
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
        flops = watch.history.flops or (None,) * len(watch.history.table)
        return tuple(
            Parameter(name, shape, count) for (name, shape), count in zip(watch.history.table, flops, strict=False)
        )
    known = facts(watch, experiment)
    if known is None or experiment is None:
        return ()
    return experiment.models[0].parameters(known.shape, known.outputs) or ()


def device(watch: Watch | None) -> str:
    """Return the device on which a run is being trained; nothing while it is not."""
    started = watch.history.started if watch and watch.state in ACTIVE else None
    return str(started["device"]) if started else ""


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


def closely(watch: Watch | None, step: int | None) -> tuple[int, Mapping[str, float | None]] | None:
    """Return the step of the last gradients and updates by tensor, now or at a step; None where there are none."""
    if watch is None:
        return None
    history = watch.history
    at = history.step if step is None else step
    found = history.closely_at(at)
    single = history.single
    return single if single and single[0] <= at and (found is None or single[0] >= found[0]) else found


def rows(
    watches: Sequence[Watch],
    signs: Mapping[str, str],
    score: str,
    step: int | None = None,
    stalled: Collection[str] = (),
) -> list[Row]:
    """Return a row for each run as it is, or was at a step, marked with the signs of its curves where it has any.

    `stalled`: the names of those whose process was stopped.
    """
    called = names(watches)
    return [
        Row(
            watch.run.id,
            signs.get(called[watch.run.id], "●"),
            colour(index),
            (*_cells(watch, score, step, called), state(watch, stalled)),
        )
        for index, watch in enumerate(watches)
    ]


def _cells(watch: Watch, score: str, step: int | None, called: Mapping[str, str]) -> tuple[str, ...]:
    history = watch.history
    left = _left(watch)
    split = _watched(history)
    metrics = history.metrics if step is None else history.metrics_at(step)
    trunk = watch.experiment.parent if watch.experiment else None
    return (
        f"{TWIG if trunk and trunk.run in called else ''}{called[watch.run.id]}",
        _parameters(watch),
        progress(watch, step),
        brief(metrics.get(f"{split}/loss")),
        brief(metrics.get(f"{split}/{score}")),
        brief(history.best[2].get(f"val/{score}")) if history.best else "",
        "" if left is None else duration(left),
    )


def brief(value: float | None) -> str:
    """Write a metric in six cells: with four decimals where there is room, else with four digits."""
    tries = [metric(value)] if value is None else [metric(value), number(value), f"{value:.1e}"]
    return next((text for text in tries if len(text) <= SHORT), tries[-1])


def _left(watch: Watch) -> float | None:
    """Return seconds to the end, none while nobody knows when it goes on, or without steps to count."""
    return None if watch.history.one_go or watch.state == "paused" else watch.time_left()


def state(watch: Watch, stalled: Collection[str] = ()) -> str:
    """Return what the run is doing in a word; a model without steps is fitted, not run."""
    if watch.run.id in stalled:
        return "stalled"
    if asks(watch.history, watch.state):
        return "stumbled"
    return "fitting" if watch.history.one_go and watch.state == "running" else watch.state


def progress(watch: Watch, step: int | None = None) -> str:
    """Return the epoch, now or at a step, of a model without steps the time that it took; nothing before it began."""
    history = watch.history
    if history.started is None:
        return ""
    if history.one_go:
        return f"{'in' if history.ended else 'for'} {duration(history.elapsed(time.time()) or 0.0)}"
    at = history.step if step is None else step
    return f"{epoch_at(history, at) or (history.epoch if step is None else 0)}/{history.epochs}"


def epoch_at(history: History, step: int) -> int:
    """Return the epoch to which a step belongs."""
    size = history.timeline.per_epoch
    return ceil(min(step, history.step) / size) if size else 0


def measured(watches: Sequence[Watch], score: str) -> str:
    """Return of which split the numbers in the table are; nothing before there are any."""
    splits = {_watched(watch.history) for watch in watches if watch.history.metrics}
    words = "acc" if score == "accuracy" else score
    kept = any(watch.history.ended and watch.history.best for watch in watches)
    best = ", at the best weights once a run is over" if kept else ""
    return f"loss and {words}: {' and '.join(sorted(splits))}{best}" if splits else ""


def _parameters(watch: Watch) -> str:
    if watch.history.parameters and watch.history.parameters > 0:
        return f"{watch.history.parameters:,}"
    counts = watch.experiment.counts() if watch.experiment else []
    return f"{counts[0]:,}" if counts and counts[0] is not None else ""


def _watched(history: History) -> str:
    return "val" if any(name.startswith("val/") for name in history.metrics) else "train"


def status(
    watch: Watch | None, dataset: str, score: str, step: int | None = None, stalled: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Return the words of the top line with their styles, the most important first; `stalled` as for `rows`."""
    if watch is not None and watch.history.started is not None and step is not None:
        return _past(watch, dataset, score, step)
    if watch is None or (watch.history.started is None and not watch.history.ended):
        phase = _phase(watch) if watch else "ready: F5 trains"
        return [(dataset, ""), (phase, "$secondary")]
    history, left = watch.history, _left(watch)
    key = f"{_watched(history)}/{score}"
    if f"test/{score}" in history.metrics:  # measured once, at the end: the number that counts
        key = f"test/{score}"
    parts = [(dataset, ""), (name(watch), "bold"), *([(_where(watch), "")] if history.started else [])]
    if history.ended and history.ended["event"] == "failed":
        error = clean(f"{history.ended['error']}; {history.ended['hint']}")
        return [*parts, (watch.state, "$accent"), (error, "$error")]
    if watch.state == "lost":
        return [*parts, (lost(watch), "$error")]
    if (word := state(watch, stalled)) not in ("running", "fitting"):
        parts.append((word, "$accent"))
    if key in history.metrics:
        parts.append((f"{key} {measures.measured(history.metrics[key])}", ""))
    if history.best:
        parts.append(
            (f"best {measures.measured(history.best[2].get(f'val/{score}'))} @ {history.best[1]}", "$secondary")
        )
    if left is not None:
        parts.append((f"{duration(left)} left", ""))
    return parts


def _past(watch: Watch, dataset: str, score: str, step: int) -> list[tuple[str, str]]:
    """Return the words of the top line while the time cursor is on a step."""
    history = watch.history
    key = f"{_watched(history)}/{score}"
    parts = [(dataset, ""), (name(watch), "bold"), (_at(watch, step), "$accent")]
    value = history.metrics_at(step).get(key)
    if value is not None:
        parts.append((f"{key} {measures.measured(value)}", ""))
    return [*parts, ("end: back to now", "$secondary")]


def _at(watch: Watch, step: int) -> str:
    """Return where the time cursor stands in a run, which may begin after it, or end before it."""
    history = watch.history
    if step > history.step:
        return f"{'is' if watch.state in ACTIVE else 'ends'} at step {history.step:,}"
    if step < history.first:
        return f"begins at step {history.first:,}"
    return f"at step {step:,}, epoch {progress(watch, step)}"


def title(watch: Watch | None, score: str) -> tuple[str, float | None, Standing]:
    """Return what the terminal's title says of a run, how far it is (0 to 1), and how it stands in the word for it."""
    if watch is None or watch.history.started is None:
        return "", None, ""
    history, left = watch.history, _left(watch)
    value = history.metrics.get(f"{_watched(history)}/{score}")
    words = [
        name(watch),
        progress(watch),
        "" if value is None else f"{_watched(history)} {measures.measured(value).removeprefix('0')}",
        "" if left is None else f"{duration(left)} left",
        "" if watch.state == "running" else state(watch),
    ]
    share = history.step / history.steps if history.steps and not history.one_go else None
    return " ".join(filter(None, words)), share, STANDING.get(watch.state, "")


def _where(watch: Watch) -> str:
    """Return how far it is: the epoch, and the step where somebody looks at single ones."""
    if watch.history.one_go:
        return f"fitt{'ed' if watch.history.ended else 'ing'} {progress(watch)}"
    epoch = f"epoch {progress(watch)}"
    return f"{epoch} step {watch.history.step:,}" if watch.state == "paused" else epoch


def _phase(watch: Watch) -> str:
    if watch.state == "queued":
        return "starting: the worker is loading torch"
    return watch.history.phase if watch.state == "preparing" else lost(watch) if watch.state == "lost" else watch.state


def lost(watch: Watch) -> str:
    """Return that nobody works on a run any more, and what can be done about it."""
    step = max(watch.history.checkpoints.values(), default=0)
    return f"lost: R goes on from step {step:,}" if step else "lost: R begins it anew"


def marks(watches: Sequence[Watch]) -> dict[int, str]:
    """Return a sign for the state of each run that has begun, by its place."""
    return {index: "" if watch.state == "queued" else sign(watch.state) for index, watch in enumerate(watches)}


def fitted(watch: Watch) -> str:
    """Return the values of a model small enough to tell them, as words."""
    values = (watch.history.ended or {}).get("fitted") or {}
    return "  ".join(f"{clean(str(key))} {_values(value)}" for key, value in values.items())


def _values(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_values, value)) + "]"
    return number(value) if isinstance(value, float) else str(value)
