"""What the runs on the screen are called: by their models, and where these are the same by what tells them apart."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from tuitrain.drawing.text import clean
from tuitrain.runs.entry import written
from tuitrain.runs.watch import Watch

SETTINGS = 2  # in a name


def names(watches: Sequence[Watch]) -> dict[str, str]:
    """Return by its id what each run is called; no two are called the same."""
    groups: dict[str, list[Watch]] = {}
    for watch in watches:
        groups.setdefault(clean(watch.model), []).append(watch)
    found: dict[str, str] = {}
    for name, group in groups.items():
        found |= _apart(name, group) if len(group) > 1 else {group[0].run.id: name}
    return {watch.run.id: found[watch.run.id] for watch in watches}


def _apart(name: str, group: Sequence[Watch]) -> dict[str, str]:
    """Return names with the settings in which runs of the same model differ, else with numbers."""
    settings = [_settings(watch) for watch in group]
    every = dict.fromkeys(chain.from_iterable(settings))
    differing = [key for key in every if len({repr(each.get(key)) for each in settings}) > 1][:SETTINGS]
    told = [" ".join((name, *_said(each, differing))) for each in settings]
    return {
        watch.run.id: words if told.count(words) == 1 else f"{words} ({number})"
        for number, (watch, words) in enumerate(zip(group, told, strict=True), 1)
    }


def _said(settings: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    """Return settings in words: lr 0.1; of a kind its table, optimizer sgd."""
    words = []
    for key in keys:
        table, _, field = key.partition(".")
        if key in settings:
            words.append(f"{table if field == 'kind' else field} {clean(written(settings[key]))}")
    return words


def _settings(watch: Watch) -> dict[str, Any]:
    """Return the settings of a run by dotted key; nothing where they cannot be read."""
    experiment = watch.experiment
    if experiment is None:
        return {}
    tables = {name: getattr(experiment, name) for name in ("optimizer", "schedule", "loss", "training", "dataset")}
    tables["model"] = experiment.models[0]
    return {f"{name}.{key}": value for name, table in tables.items() for key, value in table.model_dump().items()}
