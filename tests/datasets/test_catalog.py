"""The catalog of datasets as a whole, its assets, and what importing it costs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuitrain import assets
from tuitrain.datasets import DATASETS, Scaling


def test_kinds() -> None:
    """The datasets are listed in the order of their families, each kind once."""
    kinds = [dataset.model_fields["kind"].default for dataset in DATASETS]
    assert kinds == ["gmm2d", "moons", "circles", "mnist"]


@pytest.mark.parametrize("dataset", DATASETS)
def test_help(dataset: type[Any]) -> None:
    """Every dataset and every field but `kind` says what it is, in one line; the defaults hold."""
    dataset()
    assert dataset.summary().endswith(".")
    for name, field in dataset.model_fields.items():
        assert name == "kind" or (field.description and "\n" not in field.description), name


@pytest.mark.parametrize("dataset", DATASETS)
def test_defaults_load(dataset: type[Any], tmp_path: Path) -> None:
    """Every dataset trains as it stands, with nothing downloaded and nothing written."""
    data = dataset().load(tmp_path)
    assert dataset().sizes == tuple(len(split) if split else 0 for split in (data.train, data.val, data.test))
    assert data.train.inputs.shape[1:] == dataset().shape
    assert set(data.train.labels) == set(range(len(dataset().labels)))
    assert list(tmp_path.iterdir()) == []


def test_import_is_light() -> None:
    """Importing the catalog, making settings and asking for sizes load no numpy, no torch, no sklearn."""
    program = (
        "import sys; from tuitrain.datasets import DATASETS;"
        "[(d().sizes, d().shape, d().labels) for d in DATASETS];"
        "print({'numpy', 'torch', 'torchvision', 'sklearn'} & sys.modules.keys() or 'light')"
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
