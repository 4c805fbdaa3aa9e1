"""Models of scikit-learn through a training: they predict what scikit-learn does, and can be stopped at any time."""

import multiprocessing
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from lessons import last, of, toy
from sklearn.svm import SVC

from tuitrain.datasets import Data
from tuitrain.engine.estimator import CPU, Scores, score
from tuitrain.engine.lesson import place_all
from tuitrain.engine.snapshot import Camera
from tuitrain.engine.train import train
from tuitrain.events import Command, Evaluated, Event, Finished, Refused, Snapshot, Started
from tuitrain.experiment import Experiment


@dataclass(slots=True)
class Patient:
    """A control that waits a little at a time, as real ones do, and says nothing."""

    said: list[str] = field(default_factory=list)
    """Actions for the first look; the id of a command is its number, from "1"."""

    def commands(self) -> list[Command]:
        """Return what is to be said, once."""
        actions, self.said = self.said, []
        return [Command(id=str(number), action=action) for number, action in enumerate(actions, start=1)]

    def wait(self) -> None:
        """Wait for a fraction of a second."""
        sleep(0.02)


class Impatient(Patient):
    """A control that says so as soon as the fit has begun."""

    stopped: float | None = None
    action: str = "stop"

    def commands(self) -> list[Command]:
        """Return that action once another process has loaded what fits a support vector machine."""
        if self.stopped is None and any(_fits(child.pid) for child in multiprocessing.active_children()):
            self.stopped = monotonic()
            return [Command(id="enough", action=self.action)]
        return []


def _fits(pid: int | None) -> bool:
    try:
        return "_libsvm" in Path(f"/proc/{pid}/maps").read_text()
    except OSError:  # it may end meanwhile
        return False


def svm(dataset: dict[str, Any], **settings: Any) -> Experiment:
    """Return an experiment with a support vector machine."""
    return toy(dataset=dataset, models=[{"kind": "svm", **settings}])


def rows(data: Data, split: str) -> "np.ndarray[Any, Any]":
    """Return the scaled inputs of a split as a table."""
    inputs = getattr(data, split).inputs
    shape = (1, -1, *(1 for _ in inputs.shape[2:]))
    scaled = (inputs - np.reshape(data.scaling.mean, shape)) / np.reshape(data.scaling.std, shape)
    return np.asarray(scaled.reshape(len(inputs), -1), np.float32)


def test_plane(tmp_path: Path) -> None:
    """On a plane it predicts what scikit-learn's machine does, and the picture names the samples that carry it."""
    experiment = svm({"kind": "moons", "points": 200, "noise": 0.3, "val_size": 50}, C=2.0)
    data = experiment.dataset.load(tmp_path)
    assert data.val is not None
    events = list(train(experiment, data, Patient(), tmp_path))
    alone = SVC(C=2.0, kernel="rbf", gamma="auto").fit(rows(data, "train"), data.train.labels)
    kinds = [event.kind for event in events]
    assert kinds == ["started", "preparing", "evaluated", "snapshot", "preparing", "finished"]
    with np.load(tmp_path / of(Snapshot, events)[0].path, allow_pickle=False) as file:
        arrays = dict(file)
    assert np.array_equal(arrays["predictions"], alone.predict(rows(data, "train")))
    assert arrays["support"].tolist() == alone.support_.tolist()
    finished = last(Finished, events)
    assert finished.reason == "completed"
    assert finished.parameters == alone.support_vectors_.size + alone.dual_coef_.size + 1
    assert finished.metrics["val/accuracy"] == alone.score(rows(data, "val"), data.val.labels)
    assert of(Evaluated, events)[0].metrics["val/accuracy"] == finished.metrics["val/accuracy"]
    assert not any("loss" in name for name in finished.metrics)
    assert (last(Started, events[:1]).steps, last(Started, events[:1]).device) == (1, "cpu")


def test_slice(tmp_path: Path) -> None:
    """Of more than two inputs the surface lies in the plane of the principal components, support vectors on it."""
    data = svm({"kind": "wine"}).dataset.load(tmp_path)
    split = place_all(data, CPU, 0)["train"]
    alone = SVC(kernel="rbf", gamma="auto").fit(rows(data, "train"), data.train.labels)
    net = Scores(alone, 3)
    camera = Camera(tmp_path / "snapshots", split, split, "train", 0, support=net.support)
    with np.load(tmp_path / camera.take(net, score(net, split), 1), allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["support"].tolist() == alone.support_.tolist()
    assert arrays["points"].shape == (len(data.train), 2)
    assert set(np.unique(arrays["surface"])) == {0, 1, 2}
    assert 0.3 < arrays["plane"].sum() < 1


@pytest.mark.parametrize("kernel", ["rbf", pytest.param("linear", marks=pytest.mark.slow)])
def test_digits(tmp_path: Path, kernel: str) -> None:
    """Of ten classes it predicts what scikit-learn's does; where votes are equal, by how clear they are."""
    sizes = {"train_size": 500, "val_size": 300, "test_size": 300}
    experiment = svm({"kind": "mnist", **sizes}, kernel=kernel)
    data = experiment.dataset.load(tmp_path)
    assert data.val is not None
    assert data.test is not None
    events = list(train(experiment, data, Patient(), tmp_path))
    alone = SVC(kernel=kernel, gamma="auto", break_ties=True).fit(rows(data, "train"), data.train.labels)
    metrics = last(Finished, events).metrics
    assert metrics["val/accuracy"] == alone.score(rows(data, "val"), data.val.labels)
    assert metrics["test/accuracy"] == alone.score(rows(data, "test"), data.test.labels)
    with np.load(tmp_path / of(Snapshot, events)[0].path, allow_pickle=False) as file:
        predictions = file["embedding_predictions"]
    assert np.array_equal(predictions, alone.predict(rows(data, "val"))[: len(predictions)])


@pytest.mark.slow
def test_class_that_training_never_saw(tmp_path: Path) -> None:
    """A class without training samples is never predicted, and does not shift the numbers of the others."""
    experiment = svm({"kind": "mnist", "train_size": 300, "val_size": 300, "test_size": 0})
    data = experiment.dataset.load(tmp_path)
    kept = data.train.labels != 4
    fewer = Data(
        type(data.train)(data.train.inputs[kept], data.train.labels[kept]),
        data.val,
        None,
        data.labels,
        data.scaling,
    )
    events = list(train(experiment, fewer, Patient(), tmp_path))
    with np.load(tmp_path / of(Snapshot, events)[0].path, allow_pickle=False) as file:
        confusion = file["confusion"]
    assert confusion.shape == (10, 10)
    assert confusion[4].sum() > 0 == confusion[:, 4].sum()
    assert data.val is not None
    alone = SVC(gamma="auto", break_ties=True).fit(rows(fewer, "train"), fewer.train.labels)
    assert last(Finished, events).metrics["val/accuracy"] == alone.score(rows(data, "val"), data.val.labels)


@pytest.mark.slow
def test_commands(tmp_path: Path) -> None:
    """Nothing but a stop can be done to a fit, and each command hears so once."""
    experiment = svm({"kind": "moons"})
    said = ["pause", "resume", "step", "save", "probe", "dance"]
    events: list[Event] = list(train(experiment, experiment.dataset.load(tmp_path), Patient(said), tmp_path))
    refused = of(Refused, events)
    assert [event.command for event in refused] == [str(number + 1) for number in range(len(said))]
    assert {event.reason for event in refused} == {
        "a model that is fitted in one go has no steps: it can only be stopped"
    }
    assert last(Finished, events).reason == "completed"
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what another process has loaded")
@pytest.mark.parametrize("action", ["stop", "abort"])
@pytest.mark.slow
def test_stop(tmp_path: Path, action: str) -> None:
    """A fit that would take very long ends at once when it is told to, and leaves no process."""
    experiment = svm({"kind": "moons", "points": 50_000, "noise": 2.0, "val_size": 0}, C=1e6)
    control = Impatient()
    control.action = action
    events = list(train(experiment, experiment.dataset.load(tmp_path), control, tmp_path))
    assert control.stopped is not None
    assert monotonic() - control.stopped < 5
    finished = last(Finished, events)
    assert (finished.reason, finished.command, finished.step, finished.metrics) == ("stopped", "enough", 0, {})
    assert not multiprocessing.active_children()
    assert not of(Snapshot, events)


@pytest.mark.slow
def test_fit_that_fails(tmp_path: Path) -> None:
    """What scikit-learn cannot fit is raised in its words, and leaves no process."""
    experiment = svm({"kind": "moons"})
    data = experiment.dataset.load(tmp_path)
    data.train.labels[:] = 1
    with pytest.raises(ValueError, match="number of classes has to be greater than one"):
        list(train(experiment, data, Patient(), tmp_path))
    assert not multiprocessing.active_children()
