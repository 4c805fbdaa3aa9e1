"""How the runs under way stand: which there are, what each is doing, in plain values and in a line.

Light to import, and with a glance at each journal only: a prompt in a shell waits for it.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tuitrain.drawing.text import clean, duration, metric
from tuitrain.runs import line as queue, lock
from tuitrain.runs.glance import glance
from tuitrain.runs.history import ENDED, HEADLINES, History, State

SPLITS = ("val", "train")
"""Of which split the number is that stands for all others, the first that there is."""
OVER: frozenset[State] = ENDED | {"lost"}
"""The states in which nothing more comes by itself."""
ASKING = "waits to be told: rewind, skip, go on or stop (space in its cockpit)"
"""What is said of a run that stumbled, in place of its state."""
NEW = 30.0  # seconds in which a worker may still be about to take a run that was made


class Going(NamedTuple):
    """A run under way: its directory, and what its journal amounts to."""

    folder: Path
    history: History
    state: str


def under_way(runs_dir: Path) -> list[Going]:
    """Return the runs that a worker has or is about to take, or that wait in line, newest first."""
    try:
        with os.scandir(runs_dir) as entries:
            names = sorted((entry.name for entry in entries if not entry.name.startswith(".")), reverse=True)
    except (FileNotFoundError, NotADirectoryError):
        return []
    waiting = queue.waiting(runs_dir)
    found = (_going(runs_dir / name, waiting=name in waiting) for name in names)
    return [each for each in found if each is not None]


def _going(folder: Path, *, waiting: bool) -> Going | None:
    """Return a run, unless it is over or nobody has it; of another user's nobody can tell."""
    try:
        alive = lock.held(folder / "lock")
        if not (alive or waiting or _is_new(folder)):
            return None
        history = glance(folder / "journal.jsonl")
    except PermissionError:
        return None
    state = history.state(alive, fresh=not alive)
    if state == "lost" and waiting:
        state = "queued"
    return None if state in OVER else Going(folder, history, doing(folder, state))


def _is_new(folder: Path) -> bool:
    """Tell whether a run was made just now, and nothing happened yet."""
    try:
        made = (folder / "experiment.toml").stat().st_mtime
    except OSError:  # no run (yet)
        return False
    return time.time() - made < NEW and not (folder / "journal.jsonl").exists()


def doing(folder: Path, state: str) -> str:
    """Return the state of a run under way; "stalled" where its process was stopped and can do nothing."""
    holder = lock.holder(folder / "lock")
    here = state not in OVER and state != "queued" and holder.get("host") == lock.HERE
    return "stalled" if here and _is_stopped(holder) else state


def asks(history: History, state: str) -> bool:
    """Tell whether a run stumbled and does nothing until somebody answers."""
    return state == "paused" and history.asking


def _is_stopped(holder: lock.Holder) -> bool:
    import psutil

    try:
        return psutil.Process(int(holder["pid"])).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    except (psutil.Error, KeyError, TypeError, ValueError):  # gone this very moment, or nobody is named
        return False


def told(run: Going) -> dict[str, Any]:
    """Return how a run stands in plain values; `left` are seconds, none while it does not move."""
    history, holder, started = run.history, lock.holder(run.folder / "lock"), run.history.started or {}
    return {
        "run": run.folder.name,
        "state": run.state,
        "asking": asks(history, run.state),
        "model": started.get("model"),
        "step": history.step,
        "steps": history.steps,
        "epoch": history.epoch,
        "epochs": history.epochs,
        "metrics": _headline(history),
        "left": history.time_left(time.time()) if run.state == "running" else None,
        "device": started.get("device"),
        "pid": holder.get("pid"),
        "host": holder.get("host"),
    }


def _headline(history: History) -> dict[str, float]:
    """Return the number that stands for all others, by its name; none before it was measured."""
    names = [f"{split}/{measure}" for measure in (*HEADLINES, "loss") for split in SPLITS]
    found = ((name, history.metrics.get(name)) for name in names)
    return next(({name: value} for name, value in found if value is not None), {})


def line(told: Mapping[str, Any]) -> str:
    """Return how a run stands in a line."""
    words = [
        clean(told["run"]),
        ASKING if told["asking"] else told["state"],
        f"epoch {told['epoch']}/{told['epochs']}" if told["epochs"] else "",
        *(f"{name} {metric(value)}" for name, value in told["metrics"].items()),
        "" if told["left"] is None else f"{duration(told['left'])} left",
    ]
    return "  ".join(filter(None, words))
