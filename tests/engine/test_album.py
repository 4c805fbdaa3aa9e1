"""Which snapshots a training takes and which of them it keeps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lessons import Told, last, measured, of, timeless, toy, trained

from tuitrain.engine import album, checkpoint
from tuitrain.engine.train import train
from tuitrain.events import Evaluated, Event, Finished, Snapshot, Thinned, Warned

OVERFITTING: dict[str, Any] = {
    "dataset": {"kind": "moons", "points": 60, "noise": 0.6},
    "models": [{"kind": "mlp", "hidden": [32]}],
    "optimizer": {"kind": "adam", "lr": 0.05},
}


@pytest.fixture
def generous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures take whatever time they need on a busy machine."""
    monkeypatch.setattr(album, "GRACE", 1e9)


@pytest.fixture
def mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave pictures no time beside those that are always taken."""
    monkeypatch.setattr(album, "GRACE", 0.0)
    monkeypatch.setattr(album, "SHARE", 1e-9)


def kept(folder: Path) -> list[int]:
    """Return the steps of the snapshots that are there."""
    return sorted(int(path.stem) for path in (folder / "snapshots").glob("*.npz"))


def told(events: list[Event]) -> list[int]:
    """Return the steps of the snapshots that a reader of the events knows to be there."""
    paths: set[str] = set()
    for event in events:
        paths |= {event.path} if isinstance(event, Snapshot) else set()
        paths -= set(event.paths) if isinstance(event, Thinned) else set()
    return sorted(int(Path(path).stem) for path in paths)


def best(events: list[Event]) -> Evaluated:
    """Return the best evaluation."""
    return next(event for event in reversed(measured(events)) if event.best)


@pytest.mark.usefixtures("generous")
@pytest.mark.parametrize(("bound", "value"), [("SNAPSHOTS", 20), ("SNAPSHOT_BUDGET", 60_000)])
def test_thinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int) -> None:
    """Beyond a number or so many bytes about every second one goes; first, last and best stay, the rest is even."""
    monkeypatch.setattr(album, bound, value)
    events = trained(toy(**OVERFITTING, training={"epochs": 150}), tmp_path)
    steps, end = kept(tmp_path), last(Finished, events).step
    assert of(Thinned, events)
    assert told(events) == steps
    assert (steps[0], steps[-1]) == (0, end)
    assert best(events).step in steps
    sizes = [path.stat().st_size for path in (tmp_path / "snapshots").iterdir()]
    assert {"SNAPSHOTS": len(sizes), "SNAPSHOT_BUDGET": sum(sizes)}[bound] <= value
    most = value if bound == "SNAPSHOTS" else value // min(sizes)
    assert max(np.diff(steps)) <= 2 * end / (most // 2)


@pytest.mark.usefixtures("generous")
def test_told_before_they_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is there as long as nobody was told that it goes, and gone when the next thing is told."""
    monkeypatch.setattr(album, "SNAPSHOTS", 5)
    experiment = toy(training={"epochs": 8})
    gone: list[str] = []
    for event in train(experiment, experiment.dataset.load(tmp_path), Told(), tmp_path):
        assert not any((tmp_path / path).exists() for path in gone)
        gone = event.paths if isinstance(event, Thinned) else gone
        assert all((tmp_path / path).exists() for path in gone) or not isinstance(event, Thinned)
    assert gone


@pytest.mark.usefixtures("generous")
def test_that_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot that stays where it should go is a warning; training goes on."""
    monkeypatch.setattr(album, "SNAPSHOTS", 3)
    experiment, events = toy(training={"epochs": 4}), []
    for event in train(experiment, experiment.dataset.load(tmp_path), Told(), tmp_path):
        if isinstance(event, Thinned):
            path = tmp_path / event.paths[0]
            path.unlink()
            path.mkdir()
        events.append(event)
    assert "was not removed" in of(Warned, events)[0].message
    assert last(Finished, events).reason == "completed"


def test_a_short_training_has_every_evaluation(tmp_path: Path) -> None:
    """Where pictures cost less than a second in all there is one of each evaluation."""
    events = trained(toy(training={"epochs": 5}), tmp_path)
    assert [event.step for event in of(Snapshot, events)] == [event.step for event in of(Evaluated, events)]
    assert not of(Thinned, events)


@pytest.mark.usefixtures("mean")
def test_the_best_step_has_its_own(tmp_path: Path) -> None:
    """Without time for pictures there are the first, the last, and at the end that of the best step's weights."""
    events = trained(toy(**OVERFITTING, training={"epochs": 60}), tmp_path)
    wanted, end = best(events), last(Finished, events).step
    assert [event.step for event in of(Snapshot, events)] == [0, end, wanted.step]
    with np.load(tmp_path / of(Snapshot, events)[-1].path, allow_pickle=False) as file:
        confusion = file["confusion"]
    assert confusion.trace() / confusion.sum() == wanted.metrics["val/accuracy"]


def test_pictures_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generous: None) -> None:
    """With pictures at every step between evaluations, or none there, numbers and weights are the same, bit for bit."""
    training = {"epochs": 12, "evaluate_every": 9, "record_every": 1}
    net = {"kind": "mlp", "hidden": [8], "dropout": 0.5, "batch_norm": True}
    experiment = toy(models=[net], training=training)
    monkeypatch.setattr(album, "ALIVE", 1e9)
    runs = [trained(experiment, tmp_path / "few")]
    monkeypatch.setattr(album, "ALIVE", 0.0)
    monkeypatch.setattr(album, "SHARE", 1e9)
    monkeypatch.setattr(album, "SNAPSHOTS", 10)
    runs.append(trained(experiment, tmp_path / "many"))
    assert [len(of(Snapshot, run)) for run in runs] == [5, 37]
    few, many = (timeless([event for event in run if not isinstance(event, Snapshot | Thinned)]) for run in runs)
    assert few == many
    states = [checkpoint.load(tmp_path / name / "checkpoints" / "last.pt")["model"] for name in ("few", "many")]
    assert all(states[0][name].equal(value) for name, value in states[1].items())


def test_alive_between_rare_evaluations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that is evaluated only at its end has pictures on the way, of the steps that it is at."""
    monkeypatch.setattr(album, "ALIVE", 0.05)
    monkeypatch.setattr(album, "SHARE", 1.0)
    events = trained(toy(training={"epochs": 300, "evaluate_every": 900, "record_every": 0}), tmp_path)
    steps = [event.step for event in of(Snapshot, events)]
    assert [event.step for event in of(Evaluated, events)] == [0, 900]
    assert len(steps) > 2
    assert steps == sorted(set(steps))


@pytest.mark.usefixtures("mean")
def test_nothing_between_where_it_costs_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a picture takes more than its share of the time since the last one, there is none between evaluations."""
    monkeypatch.setattr(album, "ALIVE", 0.0)
    monkeypatch.setattr(album, "GRACE", 1e9)  # which is for evaluations only
    events = trained(toy(training={"epochs": 20, "evaluate_every": 60}), tmp_path)
    assert {event.step for event in of(Snapshot, events)} == {0, 60}
