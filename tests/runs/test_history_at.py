"""What a history says of any step of its run: metrics, pictures, the best so far, tensors, time."""

import numpy as np
from journals import STARTED, evaluated, event, history, stepped


def test_tensors_are_no_curves() -> None:
    """What a step did to each tensor is found by its step, and neither a curve nor one of the latest numbers."""
    told = {"grad/w": 0.5, "update/w": 0.25}
    first = evaluated(10, 0.5, best=True)
    first["metrics"] |= told
    folded = history(STARTED, first, evaluated(20, 0.25), event("stepped", step=25, epoch=3, metrics={"grad/w": None}))
    assert not any(name.startswith(("grad/", "update/")) for name in [*folded.evaluated, *folded.stepped])
    assert list(folded.metrics) == ["val/loss", "val/accuracy", "seconds"]
    assert folded.best
    assert list(folded.best[2]) == ["val/loss", "val/accuracy", "seconds"]
    assert folded.closely_at(9) is None
    assert folded.closely_at(10) == folded.closely_at(24) == (10, told)
    assert folded.closely_at(99) == (25, {"grad/w": None})
    assert folded.single == (25, {"grad/w": None})
    folded.take([event("restarted", step=20)])
    assert folded.closely_at(99) == (10, told)
    folded.take([event("restarted", step=5)])
    assert folded.closely_at(99) is None


def test_tensors_of_a_long_run() -> None:
    """However often tensors are told, a few hundred times are kept, evenly over the run, and the newest."""
    folded = history(STARTED)
    for step in range(1, 5001):
        folded.take([event("evaluated", step=step, epoch=1, metrics={"grad/w": float(step)})])
    known = {at[0] for at in map(folded.closely_at, range(1, 5001)) if at}
    assert 200 <= len(known) <= 401
    assert max(np.diff(sorted(known))) <= 5000 / 200
    assert folded.closely_at(5000) == (5000, {"grad/w": 5000.0})


def test_at_a_step() -> None:
    """Metrics, picture and best are found as they were at any step."""
    folded = history(
        STARTED,
        stepped(5, 2.0),
        evaluated(10, 0.5, best=True),
        event("snapshot", step=10, path="a.npz"),
        stepped(15, None),
        evaluated(20, 0.75),
        evaluated(30, 0.25, best=True),
        event("snapshot", step=30, path="b.npz"),
    )
    assert folded.metrics_at(4) == {}
    assert folded.metrics_at(5) == {"train/loss": 2.0, "lr": 0.1}
    assert folded.metrics_at(25)["train/loss"] is None
    assert (folded.metrics_at(25)["val/loss"], folded.metrics_at(99)["val/loss"]) == (0.75, 0.25)
    assert folded.metrics_at(99) == folded.metrics
    assert [folded.snapshot_at(step) for step in (9, 10, 29, 30)] == [None, *2 * [(10, "a.npz")], (30, "b.npz")]


def test_told_twice_at_a_step() -> None:
    """Where steps and evaluations tell the same metric, the later one counts, at the same step the evaluation."""
    measured = {"train/loss": 1.0, "seconds": 1.0}
    folded = history(
        STARTED, stepped(10, 2.0), event("evaluated", step=10, epoch=1, metrics=measured), stepped(20, 3.0)
    )
    assert [folded.metrics_at(step)["train/loss"] for step in (10, 19, 20)] == [1.0, 1.0, 3.0]


def test_timeline() -> None:
    """Steps lie in epochs and in time as the journal tells it."""
    later = [stepped(5, 1.0) | {"time": "2026-01-01T00:00:10Z"}, stepped(10, 1.0) | {"time": "2026-01-01T00:01:00Z"}]
    folded = history(STARTED, *later)
    assert folded.timeline.place([0, 5, 10], "time").tolist() == [0, 10, 60]
    assert folded.timeline.place([0, 5, 10], "epoch").tolist() == [0, 0.5, 1]
