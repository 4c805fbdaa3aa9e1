"""The embedded samples of the sets in MNIST's format: what they hold, how they are split and scaled."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from tuitrain import assets
from tuitrain.datasets import Scaling, Split, Unavailable
from tuitrain.datasets.images import MNIST, SAMPLE, FashionMNIST

NOWHERE = Path("nowhere")


def keys(split: Split | None) -> set[bytes]:
    """Return the images of a split as a set."""
    return {image.tobytes() for image in split.inputs} if split else set()


@pytest.mark.parametrize(("sampled", "twice"), [(MNIST, 0), (FashionMNIST, 2)])  # of FashionMNIST 54 in 70,000 are
def test_sample(sampled: type[MNIST] | type[FashionMNIST], twice: int) -> None:
    """A sample gives uint8 images with one channel, every class in every split, and none twice that is there once."""
    data = sampled().load(NOWHERE)
    assert data.val is not None
    assert data.test is not None
    assert [split.inputs.shape for split in (data.train, data.val, data.test)] == [
        (8000, 1, 28, 28),
        (2000, 1, 28, 28),
        (2000, 1, 28, 28),
    ]
    for split in (data.train, data.val, data.test):
        assert (str(split.inputs.dtype), str(split.labels.dtype)) == ("uint8", "int64")
        assert set(split.labels) == set(range(10))
    assert len(keys(data.train) & keys(data.val)) <= twice
    assert not keys(data.train) & keys(data.test)


def test_sample_is_of_the_real_data() -> None:
    """The sample holds the first 10,000 training images and 2,000 of the test images, with their labels."""
    if "TUITRAIN_DATA" not in os.environ:
        pytest.skip("TUITRAIN_DATA names no data directory with MNIST/raw")
    full, sample = (
        MNIST(source=source, val_size=0).load(Path(os.environ["TUITRAIN_DATA"])) for source in ("full", "sample")
    )
    assert np.array_equal(sample.train.inputs, full.train.inputs[:10_000])
    assert np.array_equal(sample.train.labels, full.train.labels[:10_000])
    assert full.test is not None
    assert sample.test is not None
    known = {image.tobytes(): label for image, label in zip(full.test.inputs, full.test.labels, strict=True)}
    assert [known[image.tobytes()] for image in sample.test.inputs] == sample.test.labels.tolist()


def test_fashion_sample_is_of_the_real_data() -> None:
    """Every image of the sample of FashionMNIST is one of the full set, rounded to 26 greys, with its label."""
    if "TUITRAIN_DATA" not in os.environ:
        pytest.skip("TUITRAIN_DATA names no data directory with FashionMNIST/raw")
    sample, full = (
        FashionMNIST(source=source, val_size=0).load(Path(os.environ["TUITRAIN_DATA"])) for source in ("sample", "full")
    )
    known: dict[bytes, set[int]] = {}  # two images of the full set may be alike once they are rounded
    for split in (full.train, full.test):
        assert split is not None
        for image, label in zip(split.inputs, split.labels.tolist(), strict=True):
            known.setdefault(np.round(np.round(image / 10.2) * 10.2).astype(np.uint8).tobytes(), set()).add(label)
    for split in (sample.train, sample.test):
        assert split is not None
        assert all(
            label in known[image.tobytes()] for image, label in zip(split.inputs, split.labels.tolist(), strict=True)
        )


@pytest.mark.parametrize("sampled", [MNIST, FashionMNIST])
def test_rarest_class_of_the_sample(sampled: type[MNIST] | type[FashionMNIST]) -> None:
    """How many images the rarest class has is known without reading them."""
    data = sampled(val_size=0).load(NOWHERE)
    assert data.test is not None
    assert sampled().fewest == tuple(int(np.bincount(split.labels).min()) for split in (data.train, data.test))


@pytest.mark.parametrize("end", [0, 1_000_000], ids=["empty", "half"])
def test_sample_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: int) -> None:
    """A sample that is not whole is named in one sentence."""
    broken = tmp_path / "mnist.npz"
    broken.write_bytes(assets.path("samples/mnist.npz").read_bytes()[:end])
    monkeypatch.setattr(assets, "path", lambda _: broken)
    with pytest.raises(Unavailable, match=r"samples/mnist\.npz.*cannot be read"):
        MNIST().load(NOWHERE)


def test_seed() -> None:
    """The same settings give the same bytes; another seed deals out other images."""
    first, again, other = (MNIST(seed=seed, test_size=500).load(NOWHERE) for seed in (1, 1, 2))
    assert first.test is not None
    assert again.test is not None
    assert other.test is not None
    for name in ("train", "test"):
        a, b, c = (getattr(data, name).inputs.tobytes() for data in (first, again, other))
        assert a == b
        assert a != c


def test_golden_labels() -> None:
    """Which images a seed deals out never changes from version to version."""
    data = MNIST(test_size=500).load(NOWHERE)
    assert data.val is not None
    assert data.test is not None
    assert [split.labels[:8].tolist() for split in (data.train, data.val, data.test)] == [
        [5, 0, 4, 9, 2, 1, 3, 1],
        [1, 4, 2, 9, 4, 1, 3, 5],
        [4, 2, 4, 2, 2, 4, 1, 5],
    ]


def test_smaller_is_part_of_larger() -> None:
    """Fewer training images are some of those that more would be, and validation stays the same."""
    small, large = (MNIST(train_size=size).load(NOWHERE) for size in (100, 1000))
    assert keys(small.train) < keys(large.train)
    assert keys(small.val) == keys(large.val)


def test_scaling() -> None:
    """With "unit" pixels are 0 to 1, with "none" 0 to 255; "standard" gives the training split mean 0, deviation 1."""
    assert MNIST().load(NOWHERE).scaling == Scaling((0.0,), (255.0,))
    assert MNIST(normalize="none").load(NOWHERE).scaling == Scaling((0.0,), (1.0,))
    data = MNIST(normalize="standard", train_size=500).load(NOWHERE)
    scaled = (data.train.inputs - data.scaling.mean) / data.scaling.std
    assert (scaled.mean(), scaled.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))


SIZES = st.one_of(st.just("all"), st.integers(0, 12_000), st.floats(0.001, 0.999))


def made(**values: Any) -> MNIST | str:
    """Return the settings, or the message with which they are refused."""
    try:
        return MNIST(**values)
    except ValidationError as error:
        return str(error)


@given(SIZES, SIZES, SIZES)
@settings(max_examples=20, deadline=None)
def test_sizes(train_size: Any, val_size: Any, test_size: Any) -> None:
    """Sizes by arithmetic are those of the arrays, or they are refused by a sentence that names the key."""
    dataset = made(train_size=train_size, val_size=val_size, test_size=test_size)
    if isinstance(dataset, str):
        assert "_size (" in dataset
        return
    data = dataset.load(NOWHERE)
    assert dataset.sizes == tuple(len(split) if split else 0 for split in (data.train, data.val, data.test))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"val_size": 10_000}, r"val_size \(10,000 images\) leaves nothing.*10,000 training and 2,000 test"),
        (
            {"train_size": 9000},
            r"train_size \(9,000 images\).*at most the 8,000 that val_size \(2,000\) leaves",
        ),
        ({"train_size": 0}, r"train_size \(0 images\) must be at least 1"),
        ({"test_size": 2001}, r"test_size \(2,001 images\) is more than there are"),
    ],
)
def test_impossible_sizes(wrong: dict[str, Any], message: str) -> None:
    """What the source cannot give is refused with the key and with what there is."""
    with pytest.raises(ValidationError, match=message):
        MNIST(**wrong)


def test_full_sizes() -> None:
    """The sizes of the full set are known without it."""
    assert MNIST(source="full", val_size=10_000).sizes == (50_000, 10_000, 10_000)
    assert MNIST(source="sample", val_size=0).sizes == (SAMPLE["train"], 0, SAMPLE["t10k"])
