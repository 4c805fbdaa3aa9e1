"""The arrays that a training leaves for the views."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lessons import of, toy, trained
from sklearn.decomposition import PCA

from tuitrain.engine.plane import GRID
from tuitrain.engine.views import LAID_OUT, POINTS, SAMPLES, UNITS
from tuitrain.events import Snapshot, Warned
from tuitrain.experiment import parse, read

QUICK = {"epochs": 30, "device": "cpu", "threads": 1}


def arrays(folder: Path, snapshot: Snapshot) -> dict[str, Any]:
    """Return the arrays of a snapshot."""
    with np.load(folder / snapshot.path, allow_pickle=False) as file:
        return dict(file)


def test_plane(tmp_path: Path) -> None:
    """A plane's snapshot is the surface on a grid that holds all points, the points, and how each is taken."""
    experiment = toy(training={"epochs": 30})
    found = arrays(tmp_path, of(Snapshot, trained(experiment, tmp_path))[-1])
    train = experiment.dataset.load(tmp_path).train
    assert {name: array.shape for name, array in found.items()} == {
        "confusion": (2, 2),
        "average_precisions": (2,),
        "embedding": (12, 2),
        "embedding_labels": (12,),
        "embedding_predictions": (12,),
        "split": (),
        "worst": (12,),
        "worst_losses": (12,),
        "worst_labels": (12,),
        "worst_predictions": (12,),
        "worst_inputs": (12, 2),
        "surface": (GRID, GRID),
        "confidence": (GRID, GRID),
        "extent": (4,),
        "points": (48, 2),
        "labels": (48,),
        "predictions": (48,),
    }
    left, right, bottom, top = found["extent"]
    assert left < train.inputs[:, 0].min() < train.inputs[:, 0].max() < right
    assert bottom < train.inputs[:, 1].min() < train.inputs[:, 1].max() < top
    assert np.array_equal(found["points"], train.inputs)
    assert np.array_equal(found["labels"], train.labels)
    assert (str(found["split"]), found["confusion"].sum()) == ("val", 12)
    assert found["confidence"].min() >= 127  # the more probable of two classes


def test_surface_agrees_with_the_predictions(tmp_path: Path) -> None:
    """The cell of the grid in which a point lies is nearly always of the class that the point is taken for."""
    found = arrays(tmp_path, of(Snapshot, trained(toy(training={"epochs": 30}), tmp_path))[-1])
    left, right, bottom, top = found["extent"]
    x, y = found["points"].T
    columns = ((x - left) / (right - left) * (GRID - 1)).round().astype(int)
    rows = ((y - bottom) / (top - bottom) * (GRID - 1)).round().astype(int)
    assert (found["surface"][rows, columns] == found["predictions"]).mean() > 0.95
    assert 0 < found["predictions"].mean() < 1


def test_many_points(tmp_path: Path) -> None:
    """Of a large plane so many points are kept as can be seen."""
    experiment = toy(dataset={"N": 2000}, training={"epochs": 1, "batch_size": "full"})
    _, snapshot = of(Snapshot, trained(experiment, tmp_path))
    assert arrays(tmp_path, snapshot)["points"].shape == (POINTS, 2)
    assert (tmp_path / snapshot.path).stat().st_size < 60_000


@pytest.mark.parametrize(("model", "units"), [("linear", 10), ("mlp", UNITS)])
def test_digits(tmp_path: Path, model: str, units: int) -> None:
    """A snapshot of digits holds images: the first layer's weights, a batch, the worst mistakes; and no surface."""
    overrides = [f"models.0.kind={model}", "dataset.train_size=500", "training.epochs=1", "training.device=cpu"]
    _, snapshot = of(Snapshot, trained(read("mnist-linear", overrides), tmp_path))
    found = arrays(tmp_path, snapshot)
    assert {name: array.shape for name, array in found.items()} == {
        "confusion": (10, 10),
        "average_precisions": (10,),
        "embedding": (LAID_OUT, 2),
        "embedding_labels": (LAID_OUT,),
        "embedding_predictions": (LAID_OUT,),
        "split": (),
        "weights": (units, 28, 28),
        "samples": (SAMPLES, 1, 28, 28),
        "sample_labels": (SAMPLES,),
        "sample_probabilities": (SAMPLES, 10),
        "worst": (SAMPLES,),
        "worst_losses": (SAMPLES,),
        "worst_labels": (SAMPLES,),
        "worst_predictions": (SAMPLES,),
        "worst_images": (SAMPLES, 1, 28, 28),
    }
    assert (tmp_path / snapshot.path).stat().st_size < 80_000


@pytest.mark.parametrize("kind", ["iris", "breast_cancer"])
def test_slice_through_many_inputs(tmp_path: Path, kind: str) -> None:
    """Samples of several numbers lie in the plane of their first two principal components, which holds the surface."""
    experiment = parse({"dataset": {"kind": kind}, "models": [{"kind": "linear"}], "training": QUICK})
    train = experiment.dataset.load(tmp_path).train
    found = arrays(tmp_path, of(Snapshot, trained(experiment, tmp_path))[-1])
    scaled = (train.inputs - train.inputs.mean(0)) / train.inputs.std(0)
    pca = PCA(2).fit(scaled)
    np.testing.assert_allclose(found["plane"], pca.explained_variance_ratio_, rtol=1e-3)
    np.testing.assert_allclose(np.abs(found["points"]), np.abs(pca.transform(scaled)), atol=0.02)
    left, right, bottom, top = found["extent"]
    assert ((found["points"] > (left, bottom)) & (found["points"] < (right, top))).all()
    assert found["surface"].shape == found["confidence"].shape == (GRID, GRID)
    assert len(np.unique(found["surface"])) > 1
    assert found["labels"].tolist() == train.labels.tolist()
    assert (found["predictions"] == found["labels"]).mean() > 0.8
    assert "support" not in found


@pytest.mark.parametrize("tables", [{"dataset": {"kind": "digits"}}, {"dataset": {"kind": "diabetes"}}])
def test_no_slice(tmp_path: Path, tables: dict[str, Any]) -> None:
    """Images, and numbers to predict from several inputs, have no plane."""
    experiment = parse({"models": [{"kind": "linear"}], "training": QUICK | {"epochs": 1}, **tables})
    found = arrays(tmp_path, of(Snapshot, trained(experiment, tmp_path))[-1])
    assert not {"surface", "plane", "extent"} & found.keys()


def test_disk_that_cannot_be_written(tmp_path: Path) -> None:
    """Where snapshots cannot be written training warns of each and goes on."""
    (tmp_path / "snapshots").write_text("a file where the folder would be")
    events = trained(toy(), tmp_path)
    assert events[-1].kind == "finished"
    assert [event.message.partition(" was not")[0] for event in of(Warned, events)] == [
        f"the snapshot of step {step}" for step in (0, 3, 6, 9)
    ]
