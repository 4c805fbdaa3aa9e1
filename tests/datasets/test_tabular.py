"""The tables of scikit-learn: what is said of them without reading them, and what is read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

from tuitrain.datasets import Scaling
from tuitrain.datasets.tabular import BreastCancer, Diabetes, Digits, Iris, Wine

NOWHERE = Path("nowhere")
TABLES: list[Any] = [Iris, Wine, BreastCancer, Digits, Diabetes]


def theirs(entry: Any) -> Any:
    """Return the table as scikit-learn gives it, in the units of measurement."""
    options = {"scaled": False} if entry is Diabetes else {}
    return getattr(sklearn.datasets, f"load_{entry().kind}")(**options)


@pytest.mark.parametrize("entry", TABLES)
def test_facts_are_those_of_scikit_learn(entry: Any) -> None:
    """Counts and names are written down beside the settings: they are those of the files."""
    table, bunch = entry(val_size=0, test_size=0), theirs(entry)
    assert table.total == len(bunch.data)
    if entry is Digits:
        assert (table.shape, table.features) == ((1, 8, 8), ())
    else:
        assert (table.shape, table.features) == (bunch.data.shape[1:], tuple(bunch.feature_names))
    assert table.labels == (("progression",) if entry is Diabetes else tuple(map(str, bunch.target_names)))


@pytest.mark.parametrize("entry", TABLES)
def test_rows_are_those_of_scikit_learn(entry: Any) -> None:
    """With nothing held out and nothing scaled the training split is the table, row for row."""
    data, bunch = entry(val_size=0, test_size=0, normalize="none").load(NOWHERE), theirs(entry)
    assert data.train.inputs.reshape(len(bunch.data), -1) == pytest.approx(bunch.data, rel=1e-6)
    assert data.train.labels.ravel().tolist() == bunch.target.tolist()
    assert (data.scaling, data.targets) == (Scaling(), Scaling())


@pytest.mark.parametrize("entry", TABLES)
def test_split_and_scaling(entry: Any) -> None:
    """The splits share the rows out, another seed otherwise; each feature of the training split is scaled."""
    data, other = (entry(seed=seed).load(NOWHERE) for seed in (0, 1))
    assert sum(data.facts.sizes) == entry().total
    assert data.train.inputs.tobytes() != other.train.inputs.tobytes()
    shape = (-1, *(1 for _ in data.train.inputs.shape[2:]))
    scaled = (data.train.inputs - np.reshape(data.scaling.mean, shape)) / np.reshape(data.scaling.std, shape)
    axes = (0, *range(2, scaled.ndim))
    assert scaled.mean(axes) == pytest.approx(np.zeros(len(data.scaling.mean)), abs=1e-4)
    assert scaled.std(axes) == pytest.approx(np.ones(len(data.scaling.std)), abs=1e-4)


def test_diabetes_is_a_regression() -> None:
    """Its target is one number a row, kept in its own unit, with the scaling to learn it by."""
    data = Diabetes().load(NOWHERE)
    assert data.task == "regression"
    assert (data.train.labels.shape, data.train.labels.dtype.name) == ((266, 1), "float32")
    assert data.targets == Scaling.measured(data.train.labels)
    assert 25 <= data.train.labels.min() < data.train.labels.max() <= 346


def test_digits_are_images() -> None:
    """Pixels go from 0 to 16, and the image of a zero is dark in its middle."""
    train = Digits(val_size=0, test_size=0).load(NOWHERE).train
    assert (train.inputs.min(), train.inputs.max()) == (0, 16)
    assert train.inputs[train.labels == 0, 0, 3:5, 3:5].mean() < train.inputs[train.labels == 0, 0, 3:5, 2].mean()


@pytest.mark.parametrize("entry", [Iris, Diabetes])
def test_first_rows(entry: Any) -> None:
    """The first rows are shown under the names of the columns, what is to be told last."""
    heading, first, *rest = entry().rows(NOWHERE)
    assert heading == [*entry().features, "class" if entry is Iris else "progression"]
    assert first[-1] == ("setosa" if entry is Iris else "151")
    assert first[0] == ("5.1" if entry is Iris else "59")
    assert {len(row) for row in rest} == {len(heading)}


def test_images_have_no_rows() -> None:
    """Of images there are no rows to show."""
    assert Digits().rows(NOWHERE) == []
