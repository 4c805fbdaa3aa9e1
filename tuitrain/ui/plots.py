"""Runs as the charts show them: curves, where something happened, how it ended. No widgets."""

from collections.abc import Mapping, Sequence
from math import isclose

from tuitrain.drawing.text import clean
from tuitrain.runs.history import History
from tuitrain.runs.series import Series
from tuitrain.runs.session import ACTIVE
from tuitrain.runs.watch import Watch
from tuitrain.ui.naming import names
from tuitrain.ui.telling import colour
from tuitrain.ui.widgets.chart import Line

SPLITS = ("train", "val", "train_eval")
"""The splits of which there are curves."""
PACES = ("lr", "grad_norm", "samples_per_second")
"""What there are curves of beside loss and score."""


def curves(watches: Sequence[Watch], score: str, front: Watch | None) -> dict[str, list[Line]]:
    """Return the curves by metric, each run in its colour: loss and score always, others where a run has them."""
    called = names(watches)
    found = {name: _lines(watches, name, front, called) for name in ("loss", score)}
    for pace in PACES:
        curves = [(index, watch, watch.history.curve(pace)) for index, watch in enumerate(watches)]
        found[pace] = [
            _line(watch, called[watch.run.id], index, series, front=front)
            for index, watch, series in curves
            if len(series)
        ]
    return {name: drawn for name, drawn in found.items() if drawn or name not in PACES}


def events(front: Watch | None, watches: Sequence[Watch]) -> list[tuple[int, str]]:
    """Return where something happened to the run in front, in words; where it branches off, and others do from it."""
    if front is None:
        return []
    found = _rewound(front.history.marks)
    trunk = front.experiment.parent if front.experiment else None
    if trunk:
        found.append((trunk.step, "branch"))
    for watch in watches:
        parent = watch.experiment.parent if watch.experiment else None
        if parent and parent.run == front.run.id:
            found.append((parent.step, f"branch {clean(watch.experiment.label)}".strip() if watch.experiment else ""))
    return sorted(found, key=lambda mark: mark[0])


def _rewound(marks: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the marks with one in place of two where a training went back: it began anew with half the rate."""
    found: list[tuple[int, str]] = []
    for step, words in marks:
        if found and found[-1] == (step, "restarted") and _is_halved(words):
            found[-1] = (step, "rewound")
        else:
            found.append((step, words))
    return found


def _is_halved(words: str) -> bool:
    """Tell whether a mark tells that the learning rate became half of what it was.

    >>> _is_halved("lr 0.1 -> 0.05"), _is_halved("lr 0.1 -> 0.01"), _is_halved("trouble")
    (True, False, False)
    """
    key, _, values = words.partition(" ")
    try:
        old, new = map(float, values.split(" -> "))
    except ValueError:
        return False
    return key == "lr" and isclose(new, old / 2, rel_tol=0.01)


def _lines(watches: Sequence[Watch], metric: str, front: Watch | None, called: Mapping[str, str]) -> list[Line]:
    """Return the curves of a metric, each run in its colour; a split measured once, before the first step, has none."""
    found = []
    for index, watch in enumerate(watches):
        for split in SPLITS:
            series = watch.history.curve(f"{split}/{metric}")
            if len(series) and not (split == "train_eval" and len(series) == 1):
                best = _best(watch.history, f"{split}/{metric}") if split == "val" else None
                label = called[watch.run.id]
                found.append(_line(watch, label, index, series, front=front, split=split, best=best))
    return found


def _line(
    watch: Watch,
    label: str,
    index: int,
    series: Series,
    *,
    front: Watch | None,
    split: str = "",
    best: tuple[float, float] | None = None,
) -> Line:
    return Line(
        label=label,
        series=series,
        timeline=watch.history.timeline,
        colour=colour(index),
        split=split,
        best=best,
        front=watch is front,
    )


def _best(history: History, metric: str) -> tuple[float, float] | None:
    if history.best is None:
        return None
    step, _, metrics = history.best
    value = metrics.get(metric)
    return None if value is None else (float(step), value)


def chart_note(watch: Watch | None) -> str:
    """Return what is to be said of the curves: how they ended, or how long the best may stay the best."""
    if watch is None:
        return ""
    history, experiment = watch.history, watch.experiment
    if watch.state == "diverged":
        return f"diverged at step {history.step:,}"
    patience = experiment.training.patience if experiment else 0
    if not patience or not history.best or watch.state not in ACTIVE:
        return ""
    left = max(patience - history.stale, 0)
    return f"no better for {history.stale} of {patience} evaluations" if history.stale else f"patience {left}"
