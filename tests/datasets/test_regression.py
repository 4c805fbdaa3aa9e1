"""Points to fit a function to: what is generated, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tuitrain.datasets import Scaling
from tuitrain.datasets.regression import Curve, Line, LinearMap

NOWHERE = Path("nowhere")


def test_line() -> None:
    """The points are those given, in their order: all to train on, with nothing held out."""
    data = Line().load(NOWHERE)
    assert (data.train.inputs.tolist(), data.train.labels.tolist()) == ([[1], [2]], [[3], [5]])
    assert (data.val, data.test, data.labels, data.features) == (None, None, ("y",), ("x",))
    assert (data.train.inputs.dtype.name, data.train.labels.dtype.name) == ("float32", "float32")
    assert (data.scaling, data.targets) == (Scaling(), Scaling())


def test_line_of_own_points() -> None:
    """Whole numbers do as well, and some points may be held out."""
    data = Line(points=[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]], val_size=1, test_size=0.2).load(NOWHERE)
    assert data.facts.sizes == (3, 1, 1)
    for split in (data.train, data.val, data.test):
        assert split is not None
        assert np.array_equal(split.labels, split.inputs + 1)


@pytest.mark.parametrize("points", [[], [[1.0]], [[1.0, 2.0, 3.0]], [1.0, 2.0], [[1.0, float("nan")]]])
def test_line_refuses_what_is_no_point(points: Any) -> None:
    """Every point has two finite numbers, and there is at least one."""
    with pytest.raises(ValidationError, match="points"):
        Line(points=points)


def test_plane_is_the_linear_map() -> None:
    """Without noise the targets are w x + b; least squares on noisy ones finds w and b again."""
    exact = LinearMap(noise=0, val_size=0).load(NOWHERE).train
    w, b = np.array(LinearMap().w), np.array(LinearMap().b)
    assert (w.shape, b.shape) == ((2, 3), (2,))
    assert exact.labels == pytest.approx(exact.inputs @ w.T + b, abs=1e-5)
    noisy = LinearMap(points=20_000, noise=0.5, val_size=0).load(NOWHERE).train
    found, residuals, *_ = np.linalg.lstsq(np.hstack([noisy.inputs, np.ones((20_000, 1))]), noisy.labels, rcond=None)
    assert found == pytest.approx(np.vstack([w.T, b]), abs=0.02)
    assert residuals / 20_000 == pytest.approx([0.25, 0.25], abs=0.01)


def test_plane_of_another_shape() -> None:
    """The rows of w are the targets, their numbers the inputs."""
    data = LinearMap(w=[[1, 2]], b=[3]).load(NOWHERE)
    assert (data.features, data.labels) == (("x1", "x2"), ("y1",))
    assert data.facts == LinearMap(w=[[1, 2]], b=[3]).facts


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"w": [[1.0], [1.0, 2.0]]}, "w must be a list of rows of one length"),
        ({"w": []}, "w must be a list of rows"),
        ({"w": [[], []]}, "w must be a list of rows"),
        ({"b": [1.0]}, r"b \(1 numbers\) must have one number for each row of w \(2 rows\)"),
    ],
)
def test_plane_refuses(wrong: dict[str, Any], message: str) -> None:
    """Weights and biases that do not fit together are refused by their keys."""
    with pytest.raises(ValidationError, match=message):
        LinearMap(**wrong)


def test_curve_is_a_sine() -> None:
    """Without noise y is the sine; `noise` is the deviation of what is added; x stays in [-1, 1]."""
    exact, noisy = (Curve(points=20_000, noise=noise, val_size=0).load(NOWHERE).train for noise in (0, 0.3))
    assert exact.labels == pytest.approx(np.sin(np.pi * 1.5 * exact.inputs), abs=1e-5)
    assert (noisy.labels - exact.labels).std() == pytest.approx(0.3, abs=0.01)
    assert np.array_equal(noisy.inputs, exact.inputs)
    assert np.abs(exact.inputs).max() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("entry", [LinearMap, Curve])
def test_seed(entry: Any) -> None:
    """The same settings give the same bytes, another seed gives others."""
    first, again, other = (entry(seed=seed).load(NOWHERE).train for seed in (3, 3, 4))
    assert first.labels.tobytes() == again.labels.tobytes()
    assert first.labels.tobytes() != other.labels.tobytes()


def test_targets_are_scaled() -> None:
    """With "standard" both inputs and targets of the training split have mean 0 and deviation 1, each its own."""
    data = LinearMap(normalize="standard").load(NOWHERE)
    for values, scaling in ((data.train.inputs, data.scaling), (data.train.labels, data.targets)):
        scaled = (values - scaling.mean) / scaling.std
        assert scaled.mean(axis=0) == pytest.approx(np.zeros(values.shape[1]), abs=1e-5)
        assert scaled.std(axis=0) == pytest.approx(np.ones(values.shape[1]), abs=1e-5)
