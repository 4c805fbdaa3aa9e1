"""Training a run once more in a place of its own, and whether the numbers are the same.

It compares histories and knows neither screens nor the engine.
"""

from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from tuitrain.experiment import Experiment
from tuitrain.runs import again, checkpoints, store
from tuitrain.runs.history import History
from tuitrain.runs.store import Run

CLOCKED = frozenset({"seconds", "samples_per_second"})
"""Metrics of the clock: never the same twice."""


class Difference(NamedTuple):
    """The first number that is another one."""

    step: int
    metric: str
    recorded: float | None
    """None where it was not measured, or was no number."""
    replayed: float | None
    final: bool
    """Whether it is one of those that were measured at the end, at the kept weights."""


def prepare(run: Run, history: History, folder: Path, device: str = "") -> Run:
    """Make a run that trains the same anew, on the device and the threads that were used; raise NotThus, OSError.

    `device`: another one, where that of then is not here.
    """
    again.settled(run, history)
    if not history.started or not history.evaluated:
        raise again.NotThus(f"{run.id} has not been evaluated: there are no numbers to compare")
    experiment, start = run.experiment(), checkpoints.start(run)
    if experiment.parent and not checkpoints.is_whole(start):
        raise again.NotThus(f"{start} was changed or cut, or is not there: the branch cannot begin from it")
    return store.create(_resolved(experiment, history, device), folder, lambda made: _fill(made, start))


def _fill(made: Run, start: Path) -> None:
    if start.is_file():
        again.plant(start, made)


def _resolved(experiment: Experiment, history: History, device: str) -> Experiment:
    """Return the experiment on the device, and with the threads, that its journal tells."""
    told = ((history.started or {}).get("experiment") or {}).get("training") or {}
    used = {key: told[key] for key in ("device", "threads") if key in told} | ({"device": device} if device else {})
    training = experiment.training.model_validate(experiment.training.model_dump() | used)
    return experiment.model_copy(update={"training": training})


def ends_early(history: History) -> bool:
    """Tell whether the training was cut off, or told to end, so that a replay is to be stopped there."""
    ended = history.ended or {}
    return ended.get("reason") not in ("completed", "early_stopping", "diverged")


def numbers(history: History) -> dict[int, dict[str, float]]:
    """Return what was evaluated, by step and metric, without what the clock says."""
    found: dict[int, dict[str, float]] = {}
    for name, series in history.evaluated.items():
        if name not in CLOCKED:
            for step, value in zip(series.steps.tolist(), series.values.tolist(), strict=True):
                found.setdefault(int(step), {})[name] = value
    return found


def difference(recorded: History, replayed: History) -> Difference | None:
    """Return the first number that differs, of the evaluations and then of the end; None where none does.

    What a run that was cut off did not come to measure is not compared.
    """
    before, after = numbers(recorded), numbers(replayed)
    if ends_early(recorded) and recorded.step not in before:
        after.pop(recorded.step, None)  # the last evaluation, which only a soft stop makes
    for step in sorted({*before, *after}):
        if found := _unlike(before.get(step, {}), after.get(step, {})):
            return Difference(step, *found, final=False)
    final = (recorded.ended or {}).get("metrics")
    found = _unlike(final, (replayed.ended or {}).get("metrics") or {}) if final else None
    return Difference(replayed.step, *found, final=True) if found else None


def _unlike(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, float | None, float | None] | None:
    """Return the first metric that is not the same, what it was and what it is."""
    for name in {**before, **after}:
        was, now = _plain(before.get(name)), _plain(after.get(name))
        if was != now or (name in before) != (name in after):
            return name, was, now
    return None


def _plain(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value


def circumstances(recorded: History, replayed: History) -> list[str]:
    """Return in words what is not as it was then: versions, device, threads."""
    before, after = _circumstances(recorded), _circumstances(replayed)
    return [f"{name} {was} then, {after[name]} now" for name, was in before.items() if was != after.get(name, was)]


def _circumstances(history: History) -> dict[str, str]:
    started = history.started or {}
    threads = ((started.get("experiment") or {}).get("training") or {}).get("threads")
    here = {"device": started.get("device"), "threads": threads, **(started.get("versions") or {})}
    return {name: str(value) for name, value in here.items() if value is not None}
