"""How steps lie in epochs and in time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from tuitrain.runs.timeline import ANCHORS, Timeline

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def at(seconds: float) -> str:
    """Return the time so long after the beginning, as the journal has it."""
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def begun(**keys: Any) -> Timeline:
    """Return the timeline of a training of 100 steps in 10 epochs."""
    timeline = Timeline()
    timeline.begin({"time": at(0), "steps": 100, "epochs": 10, **keys})
    return timeline


def told(*points: tuple[int, float]) -> Timeline:
    """Return a timeline to which these steps and seconds were told."""
    timeline = begun()
    for step, seconds in points:
        timeline.add(step, at(seconds))
    return timeline


def test_before_anything_was_told() -> None:
    """Without a beginning all lies at 0, and steps are steps all the same."""
    for timeline in (Timeline(), begun()):
        timeline.add(0, at(0))
        assert timeline.place([0, 7], "time").tolist() == [0, 0]
        assert timeline.place([0, 7], "step").tolist() == [0, 7]
        assert timeline.step(3.0, "time") == 0
    assert Timeline().place([7], "epoch").tolist() == [0]


def test_epochs() -> None:
    """Epochs are counted in parts, there and back."""
    timeline = begun()
    assert timeline.place([0, 5, 10, 100], "epoch").tolist() == [0, 0.5, 1, 10]
    assert timeline.step(2.5, "epoch") == 25


@pytest.mark.parametrize(
    ("training", "per_epoch"),
    [
        ({"steps": 250, "batch_size": 16}, 4),
        ({"steps": 250, "batch_size": 16, "drop_last": True}, 3),
        ({"steps": 250, "batch_size": "full"}, 1),
        ({"steps": 250, "batch_size": 64, "drop_last": True}, 1),
    ],
)
def test_epochs_of_a_number_of_steps(training: dict[str, Any], per_epoch: int) -> None:
    """Where the last epoch is begun only, the size of a batch tells how many steps one has."""
    timeline = begun(steps=250, epochs=99, train_size=50, experiment={"training": training})
    assert timeline.per_epoch == per_epoch


def test_time() -> None:
    """Between two known places time runs evenly; after the last it stands still."""
    timeline = told((10, 1.0), (30, 5.0))
    assert timeline.place([0, 5, 10, 20, 30, 99], "time").tolist() == [0, 0.5, 1, 3, 5, 5]
    assert [timeline.step(x, "time") for x in (0, 0.5, 3, 99)] == [0, 5, 20, 30]


def test_pause() -> None:
    """A pause is time that passes between a step and the next: the step itself was before it."""
    timeline = told((10, 1.0), (10, 61.0), (11, 61.5))
    assert timeline.place([10, 11], "time").tolist() == [1, 61.5]
    assert timeline.place([10.5], "time").tolist() == [61.25]


@pytest.mark.parametrize("back", [3600.0, 0.5])
def test_clock_set_back(back: float) -> None:
    """Where the clock is set back time stands still for once, and goes on from there."""
    timeline = told((10, 1.0), (20, 2.0), (30, 3.0 - back - 1), (40, 4.0 - back - 1))
    assert timeline.place([10, 20, 30, 40], "time").tolist() == [1, 2, 2, 3]


@pytest.mark.parametrize("time", ["", "yesterday", "2026-01-02T03:04:05"])
def test_no_time(time: str) -> None:
    """What is no time, or lacks its zone, is as if no time had passed."""
    timeline = told((10, 1.0))
    timeline.add(20, time)
    timeline.add(30, at(3))
    assert timeline.place([10, 20], "time").tolist() == [1, 1]


def test_other_time_zone() -> None:
    """The same moment is the same in any zone."""
    timeline = begun()
    timeline.add(10, (BEGAN + timedelta(seconds=2)).astimezone().isoformat())
    assert timeline.place([10], "time").tolist() == [2]


def test_cut() -> None:
    """After a restart steps come again, and time has passed all the same."""
    timeline = told((10, 1.0), (20, 2.0), (30, 3.0))
    timeline.cut(20)
    timeline.add(20, at(100))
    timeline.add(30, at(101))
    assert timeline.place([10, 20, 25, 30], "time").tolist() == [1, 2, 100.5, 101]


def test_second_beginning() -> None:
    """A run that goes on counts time from its first beginning."""
    timeline = told((10, 1.0))
    timeline.begin({"time": at(50), "steps": 200, "epochs": 10})
    assert (timeline.began, timeline.per_epoch) == (at(0), 20)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 20 * ANCHORS), st.integers(0, 99))
@example(20 * ANCHORS, 0)
def test_bounded(count: int, seed: int) -> None:
    """However many steps are told, a thousand places are kept, and no step is farther off than they are apart."""
    waits = np.random.default_rng(seed).integers(1, 5, count)
    seconds = waits.cumsum()
    timeline = told(*zip(range(1, count + 1), seconds.tolist(), strict=True))
    assert len(timeline.anchors) <= ANCHORS
    found = timeline.place(np.arange(1, count + 1), "time")
    assert (np.diff(found) >= 0).all()
    assert np.abs(found - seconds).max() <= 4 * timeline.stride
    assert found[-1] == seconds[-1]
    assert timeline.step(float(found[count // 2]), "time") == pytest.approx(count // 2 + 1)
