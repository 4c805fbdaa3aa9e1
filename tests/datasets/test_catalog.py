"""The catalog of datasets as a whole, its assets, and what importing it costs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuitrain import assets
from tuitrain.datasets import DATASETS, Scaling
from tuitrain.datasets.dataset import Known

KNOWN: list[type[Any]] = [dataset for dataset in DATASETS if issubclass(dataset, Known)]
DOWNLOADED = {"kmnist", "cifar10", "cifar100"}
OFFLINE = [dataset for dataset in KNOWN if dataset.model_fields["kind"].default not in DOWNLOADED]


def test_kinds() -> None:
    """Each kind is there once; those that come with tuitrain are listed in the order of their families."""
    kinds = [dataset.model_fields["kind"].default for dataset in DATASETS]
    assert len(set(kinds)) == len(kinds)
    assert [dataset.model_fields["kind"].default for dataset in KNOWN] == [
        *("gauss2d", "gmm2d", "blobs", "moons", "circles", "xor", "spiral"),
        *("line", "plane", "curve"),
        *("iris", "wine", "breast_cancer", "digits", "diabetes"),
        *("mnist", "fashion", "kmnist", "cifar10", "cifar100"),
    ]


@pytest.mark.parametrize("dataset", DATASETS)
def test_help(dataset: type[Any]) -> None:
    """Every dataset and every field but `kind` says what it is, in one line."""
    assert dataset.summary().endswith(".")
    for name, field in dataset.model_fields.items():
        assert name == "kind" or (field.description and "\n" not in field.description), name


@pytest.mark.parametrize("dataset", OFFLINE)
def test_defaults_load(dataset: type[Any], tmp_path: Path) -> None:
    """What needs no download trains as it stands, is what was said of it, and writes nothing."""
    data = dataset().load(tmp_path)
    assert data.facts == dataset().facts
    if data.task == "classification":
        assert set(data.train.labels) == set(range(len(data.labels)))
    else:
        assert data.train.labels.shape == (len(data.train), len(data.labels))
    assert data.train.inputs.dtype in ("uint8", "float32")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dataset", OFFLINE)
def test_another_seed(dataset: type[Any], tmp_path: Path) -> None:
    """Every dataset has a seed, sizes of validation and test, and gives the same for the same settings."""
    settings = {"val_size": 0.2, "test_size": 0.4}
    first, again = (dataset(seed=1, **settings).load(tmp_path) for _ in range(2))
    for one, other in ((first.train, again.train), (first.val, again.val), (first.test, again.test)):
        assert one is None or (one.inputs.tobytes(), one.labels.tobytes()) == (
            other.inputs.tobytes(),
            other.labels.tobytes(),
        )
    assert first.facts == dataset(seed=1, **settings).facts
    assert first.facts.sizes[2] > 0


def test_import_is_light() -> None:
    """Importing the catalog, making settings and asking for facts load no numpy, no torch, no sklearn."""
    program = (
        "import sys; from tuitrain.datasets import DATASETS; from tuitrain.datasets.dataset import Known;"
        "[d().facts for d in DATASETS if issubclass(d, Known)];"
        "print({'numpy', 'torch', 'torchvision', 'sklearn', 'http.client'} & sys.modules.keys() or 'light')"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "light"


def test_asset_missing() -> None:
    """A file that is not there is named with the places that were searched."""
    with pytest.raises(FileNotFoundError, match=r"samples/nothing\.npz is missing from the assets.*exists"):
        assets.path("samples/nothing.npz")


def test_asset_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package finds its assets inside itself, before anything that lies beside it."""
    package = tmp_path / "site-packages" / "tuitrain"
    for folder in (package / "assets", package.parent / "assets"):
        folder.mkdir(parents=True)
        (folder / "here").touch()
    monkeypatch.setattr(assets, "_PACKAGE", package)
    assert assets.path("here") == package / "assets" / "here"


def test_measured_scaling() -> None:
    """Mean and deviation are those of numpy, per channel, over more images than are measured at once."""
    pixels = np.random.default_rng(0).integers(0, 256, (5000, 2, 3, 4)).astype(np.uint8)
    pixels[:, 1] //= 2
    scaling = Scaling.measured(pixels)
    assert scaling.mean == pytest.approx(pixels.mean(axis=(0, 2, 3)))
    assert scaling.std == pytest.approx(pixels.std(axis=(0, 2, 3)))


def test_measured_scaling_of_a_constant() -> None:
    """A feature that does not vary is centred, never divided by zero."""
    features = np.array([[1e6, 1.0], [1e6, 3.0]], np.float32)
    assert Scaling.measured(features) == Scaling((1e6, 2.0), (1.0, 1.0))
