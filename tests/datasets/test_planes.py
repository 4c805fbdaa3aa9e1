"""Points in the plane: what is generated, how it is split, what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError
from sklearn.datasets import make_circles, make_moons

from tuitrain.datasets import Data
from tuitrain.datasets.planes import GMM2D, Blobs, Gauss2D, Plane
from tuitrain.datasets.shapes import XOR, Circles, Moons, Spiral

NOWHERE = Path("nowhere")
MakesPlane = Callable[..., Plane]
PLANES: list[MakesPlane] = [Gauss2D, GMM2D, Blobs, Moons, Circles, XOR, Spiral]


def inputs(data: Data) -> list[Any]:
    """Return the inputs of every split that exists."""
    return [split.inputs for split in (data.train, data.val, data.test) if split]


@pytest.mark.parametrize("plane", PLANES)
def test_arrays(plane: MakesPlane) -> None:
    """Inputs are float32 pairs, labels int64 numbers of the named classes; the splits have the sizes said."""
    dataset = plane(val_size=0.25, test_size=5)
    data = dataset.load(NOWHERE)
    for split, size in zip((data.train, data.val, data.test), dataset.sizes, strict=True):
        assert split is not None
        assert split.inputs.shape == (size, *dataset.shape)
        assert (str(split.inputs.dtype), str(split.labels.dtype)) == ("float32", "int64")
        assert set(split.labels) <= set(range(len(dataset.labels)))
    assert data.labels == dataset.labels


@pytest.mark.parametrize("plane", PLANES)
def test_seed(plane: MakesPlane) -> None:
    """The same settings give the same bytes, another seed gives others."""
    first, again, other = (inputs(plane(seed=seed).load(NOWHERE)) for seed in (3, 3, 4))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, again, strict=True))
    assert first[0].tobytes() != other[0].tobytes()


@pytest.mark.parametrize("plane", PLANES)
def test_split_is_a_partition(plane: MakesPlane) -> None:
    """The splits together are the points that there are without splitting, each once, whatever the sizes."""
    whole = plane(val_size=0).load(NOWHERE)
    parts = inputs(plane(val_size=0.3, test_size=0.2).load(NOWHERE))
    assert whole.val is None
    assert whole.test is None
    assert sorted(map(tuple, np.concatenate(parts))) == sorted(map(tuple, whole.train.inputs))


def test_golden_values() -> None:
    """The points of a seed never change from version to version."""
    expected: dict[MakesPlane, list[list[float]]] = {
        Gauss2D: [[7.378123, 3.014095], [5.209933, 1.047027], [5.895658, 0.239906]],
        Blobs: [[4.044586, 2.479075], [5.123706, 1.9656], [5.825358, 2.381567]],
        XOR: [[-0.393178, -0.890742], [-0.241319, -0.018768], [-0.471473, -0.18045]],
        Spiral: [[0.052164, 0.024486], [0.018123, -0.016681], [0.025577, 0.013187]],
        GMM2D: [[7.918255, 1.190026], [4.607318, 4.189023], [6.044158, 3.014372]],
        Moons: [[1.256272, 0.284472], [0.851208, -0.126492], [0.862784, 0.166267]],
        Circles: [[1.112687, 0.282089], [0.89821, 0.122148], [0.888729, 0.31315]],
    }
    for plane, points in expected.items():
        assert plane().load(NOWHERE).train.inputs[:3] == pytest.approx(np.array(points), abs=1e-5)


@given(st.integers(1, 30), st.integers(2, 30), st.integers(1, 5), st.integers(0, 2**63 - 1))
@settings(max_examples=60, deadline=None)
def test_gmm2d_has_every_class(gaussians: int, classes: int, each: int, seed: int) -> None:
    """Every class has N points of at least one Gaussian, and only whole Gaussians."""
    dataset = GMM2D(K=max(gaussians, classes), C=classes, N=each, seed=seed, val_size=0)
    counts = np.bincount(dataset.load(NOWHERE).train.labels, minlength=classes)
    assert len(counts) == classes
    assert counts.sum() == dataset.total
    assert (counts >= each).all()
    assert (counts % each == 0).all()


def test_gmm2d_follows_its_formula() -> None:
    """Means fill the square of side 10, and deviations along the Gaussians' axes fill 0 to a fifth of it."""
    dataset = GMM2D(K=400, C=2, N=400, val_size=0)
    groups = dataset.load(NOWHERE).train.inputs.reshape(400, 400, 2).astype(np.float64)
    means = groups.mean(axis=1)
    deviations = np.sqrt([np.linalg.eigvalsh(np.cov(group.T)) for group in groups])
    directions = np.array([np.linalg.eigh(np.cov(group.T))[1][:, 1] for group in groups])
    assert -0.3 < means.min() < 0.3
    assert 9.7 < means.max() < 10.3
    assert means.mean() == pytest.approx(5, abs=0.5)
    assert deviations.min() < 0.1
    assert 1.9 < deviations.max() < 2.3
    assert deviations.mean() == pytest.approx(1, abs=0.1)
    assert abs((directions[:, 0] * directions[:, 1]).mean()) < 0.1, "no direction is preferred"


def test_gauss2d_draws_the_gaussians_of_gmm2d() -> None:
    """With as many Gaussians and one seed both have the same ones; of `gauss2d` each is a class, in order."""
    gauss = Gauss2D(C=5, N=4000, seed=7, val_size=0).load(NOWHERE).train
    mixed = GMM2D(K=5, C=5, N=4000, seed=7, val_size=0).load(NOWHERE).train
    assert gauss.labels.tolist() == np.repeat(range(5), 4000).tolist()
    for ours, theirs in zip(gauss.inputs.reshape(5, -1, 2), mixed.inputs.reshape(5, -1, 2), strict=True):
        assert ours.mean(axis=0) == pytest.approx(theirs.mean(axis=0), abs=0.2)
        assert np.cov(ours.T) == pytest.approx(np.cov(theirs.T), abs=0.3)


def test_blobs_are_round() -> None:
    """Every class is spread alike in both directions, by `noise`, around a centre in the square of side 10."""
    train = Blobs(C=4, points=20_002, noise=0.5, val_size=0).load(NOWHERE).train
    assert np.bincount(train.labels).tolist() == [5000, 5000, 5001, 5001]
    for number in range(4):
        blob = train.inputs[train.labels == number].astype(np.float64)
        assert np.cov(blob.T) == pytest.approx(np.diag([0.25, 0.25]), abs=0.02)
        assert (blob.mean(axis=0) > 0).all()
        assert (blob.mean(axis=0) < 10).all()


def test_xor_is_the_sign_of_the_product() -> None:
    """Without noise the class says whether x and y have the same sign; all four quadrants are filled."""
    train = XOR(points=4001, noise=0, val_size=0).load(NOWHERE).train
    x, y = train.inputs.T
    assert train.labels.tolist() == (x * y < 0).tolist()
    assert np.bincount(train.labels).tolist() == [2000, 2001]
    assert np.bincount(2 * (x > 0) + (y > 0)).min() > 900
    assert np.abs(train.inputs).max() == pytest.approx(1, abs=0.01)


def test_spiral_arms() -> None:
    """Without noise the arms run from the middle to radius 1, the same curve turned by an equal share of a circle."""
    train = Spiral(C=3, points=300, noise=0, turns=0.5, val_size=0).load(NOWHERE).train
    x, y = train.inputs.reshape(3, 100, 2).transpose(2, 0, 1)
    assert np.hypot(x, y) == pytest.approx(np.tile(np.arange(1, 101) / 100, (3, 1)), abs=1e-6)
    first = np.unwrap(np.arctan2(y[0], x[0]))
    assert first[-1] - first[0] == pytest.approx(np.pi * 0.99, abs=1e-5), "half a turn"
    turned = [(x[0] + 1j * y[0]) * np.exp(2j * np.pi * arm / 3) for arm in range(3)]
    assert x + 1j * y == pytest.approx(np.array(turned), abs=1e-6)


@pytest.mark.parametrize("plane", [Blobs, Spiral])
def test_a_point_for_each_class(plane: MakesPlane) -> None:
    """Fewer points than classes are refused by both keys; as many are one each."""
    with pytest.raises(ValidationError, match=r"points \(4\) must be at least C \(classes: 5\)"):
        plane(points=4, C=5)
    assert plane(points=5, C=5, val_size=0).load(NOWHERE).train.labels.tolist() == [0, 1, 2, 3, 4]


def test_gmm2d_refuses_more_classes_than_gaussians() -> None:
    """The message names both fields with their values."""
    with pytest.raises(ValidationError, match=r"K \(Gaussians: 2\) must be at least C \(classes: 3\)"):
        GMM2D(K=2, C=3)


@pytest.mark.parametrize("points", [2, 7, 200])
def test_moons_and_circles_are_the_known_ones(points: int) -> None:
    """Without noise the points are those that scikit-learn makes, in the same order."""
    moons = Moons(points=points, noise=0, val_size=0).load(NOWHERE).train
    circles = Circles(points=points, noise=0, factor=0.3, val_size=0).load(NOWHERE).train
    for ours, theirs in (
        (moons, make_moons(points, shuffle=False)),
        (circles, make_circles(points, shuffle=False, factor=0.3)),
    ):
        assert ours.inputs == pytest.approx(theirs[0], abs=1e-6)
        assert ours.labels.tolist() == theirs[1].tolist()


@pytest.mark.parametrize("plane", [Moons, Circles, XOR, Spiral, Blobs])
def test_noise_has_its_deviation(plane: MakesPlane) -> None:
    """`noise` is the standard deviation of what is added to each coordinate."""
    clean, noisy = (plane(points=20_000, noise=noise, val_size=0).load(NOWHERE).train for noise in (0, 0.3))
    assert (noisy.inputs - clean.inputs).std(axis=0) == pytest.approx([0.3, 0.3], abs=0.01)


def made(plane: MakesPlane, **values: Any) -> Plane | str:
    """Return the settings, or the message with which they are refused."""
    try:
        return plane(**values)
    except ValidationError as error:
        return str(error)


@given(
    st.sampled_from(PLANES),
    st.one_of(st.integers(0, 100), st.floats(0.01, 0.99)),
    st.one_of(st.integers(0, 100), st.floats(0.01, 0.99)),
)
@settings(max_examples=100, deadline=None)
def test_sizes(plane: MakesPlane, val_size: int | float, test_size: int | float) -> None:
    """Sizes by arithmetic are those of the arrays, or they are refused by a sentence that names the keys."""
    dataset = made(plane, val_size=val_size, test_size=test_size)
    if isinstance(dataset, str):
        assert "val_size" in dataset
        assert "test_size" in dataset
        return
    data = dataset.load(NOWHERE)
    assert dataset.sizes == tuple(len(split) if split else 0 for split in (data.train, data.val, data.test))
    assert sum(dataset.sizes) == dataset.total


@pytest.mark.parametrize("wrong", [{"val_size": "all"}, {"val_size": 30, "test_size": 30}, {"test_size": 0.999}])
def test_nothing_left_to_train_on(wrong: dict[str, Any]) -> None:
    """Held-out sizes that take every point are refused, with the points that are there."""
    with pytest.raises(ValidationError, match="fewer than the 60 samples"):
        GMM2D(**({"val_size": 0} | wrong))


@pytest.mark.parametrize("plane", PLANES)
def test_standard_scaling(plane: MakesPlane) -> None:
    """With "standard" each coordinate of the training split has mean 0 and deviation 1; "none" keeps it."""
    data = plane(normalize="standard").load(NOWHERE)
    scaled = (data.train.inputs - data.scaling.mean) / data.scaling.std
    assert scaled.mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
    assert scaled.std(axis=0) == pytest.approx([1, 1], abs=1e-5)
    assert plane().load(NOWHERE).scaling.std == (1.0,)
