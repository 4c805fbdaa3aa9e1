"""A whole state of a training as plain data: copied, read from its file, and what in it belongs to which settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from tuitrain.engine import checkpoint
from tuitrain.engine.checkpoint import Damaged
from tuitrain.experiment import Experiment, parse
from tuitrain.live import FIXED

State = dict[str, Any]
"""What `Lesson.state` returns."""

TABLES = ("settings", "made", "model", "optimizer", "rng", "meter", "best", "course")
PARTS: dict[str, type] = {
    "step": int,
    "evaluated": int,
    "seconds": float,
    "losses": list,
    **dict.fromkeys(TABLES, dict),
}
"""What there is in a state, and of which type."""


def read(path: Path) -> State:
    """Return the state in a checkpoint, on the host; raise Damaged where there is no whole one."""
    state = checkpoint.load(path)
    missing = sorted(PARTS.keys() - state.keys())
    if missing:
        raise Damaged(f"{path}: an older version wrote it, without {', '.join(missing)}: nothing can go on from it")
    odd = sorted(name for name, kind in PARTS.items() if not isinstance(state[name], kind))
    if odd:
        raise Damaged(f"{path}: is not the state of a training: {', '.join(odd)} cannot be read")
    return state


def copied(value: Any) -> Any:
    """Return a value with its tensors copied on their device; ten times as fast as deepcopy."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def on_host(value: Any) -> Any:
    """Return a value with its tensors on the host; those that are there already are not copied."""
    if isinstance(value, Tensor):
        return value.cpu()
    if isinstance(value, dict):
        return {key: on_host(item) for key, item in value.items()}
    return [on_host(item) for item in value] if isinstance(value, list) else value


def made(experiment: Experiment) -> dict[str, Any]:
    """Return the settings that the memory of an optimizer was made with: another one cannot go on from it."""
    return {name: value for name, value in experiment.optimizer.model_dump().items() if name in FIXED}


def settled(experiment: Experiment, settings: Mapping[str, Any]) -> Experiment:
    """Return the experiment with all of these settings at once: one alone may not suit those that were before."""
    tables = experiment.dump()
    for key, value in settings.items():
        table, name = key.split(".")
        tables[table][name] = value
    return parse(tables)
