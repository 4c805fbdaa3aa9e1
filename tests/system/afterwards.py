"""What tests of runs that go on have in common: the experiments, what their journals amount to, cutting them off."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from calling import Spawn

from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look

CLOCKED = {"seconds", "samples_per_second"}
LONGER = """
[dataset]
kind = "moons"

[[models]]
kind = "mlp"
hidden = [8]
dropout = 0.1
batch_norm = true

[optimizer]
kind = "adam"
lr = 0.01

[schedule]
kind = "cosine"

[training]
epochs = 300
batch_size = 32
evaluate_every = 77
save_every = 130
record_every = 10
device = "cpu"
threads = 1
"""
"""1500 steps: about a second."""
ENDLESS = ("--set", "training.epochs=1_000_000_000", "--set", "training.evaluate_every=100_000")


def newest(folder: Path) -> Run:
    """Return the run that was made last."""
    return listed(folder / "runs")[0]


def numbers(run: Run) -> dict[str, Any]:
    """Return all that was evaluated, and the end, without what the clock says."""
    history = look(run).history
    curves = {
        name: (series.steps.tolist(), series.values.tolist())
        for name, series in history.evaluated.items()
        if name not in CLOCKED
    }
    assert history.ended
    ended = {key: history.ended.get(key) for key in ("reason", "step", "epoch", "metrics", "best_epoch")}
    return {**curves, "best": history.best and history.best[:2], "ended": ended}


def kinds(run: Run) -> list[str]:
    """Return the kinds of all events in the journal of a run."""
    return [record["event"] for record in Reader(run.journal).read()]


def lines(run: Run) -> list[dict[str, Any]]:
    """Return the journal of a run."""
    return Reader(run.journal).read()


def cut_off(spawn: Spawn, run: Callable[[], Run | None], size: int, *arguments: str) -> Run:
    """Start the program and kill it once the journal of its run has so many bytes."""
    process, deadline = spawn(*arguments), monotonic() + 60
    while True:
        assert monotonic() < deadline
        assert process.poll() is None, "it was over before it could be cut off"
        there = run()
        if there and there.journal.exists() and there.journal.stat().st_size > size:
            process.kill()
            process.wait()
            return there
        sleep(0.002)


def awaited(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait until something holds; tell whether it did within the time."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.01)
    return True
