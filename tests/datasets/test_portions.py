"""Which images each split gets, how pixels are scaled and changed: the settings that all image sets share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from tuitrain.datasets import Augmentation, Data, Scaling, Split, Unavailable
from tuitrain.datasets.cifar import CIFAR10
from tuitrain.datasets.images import KMNIST, MNIST

NOWHERE = Path("nowhere")


def whole() -> tuple[Split, Split]:
    """Return all images of the sample to train and to test on, in their order."""
    data = MNIST(val_size=0).load(NOWHERE)
    assert data.test is not None
    return data.train, data.test


def images(split: Split | None) -> list[bytes]:
    """Return the images of a split in their order."""
    return [image.tobytes() for image in split.inputs] if split else []


def lengths(data: Data) -> tuple[int, ...]:
    """Return how many samples the splits have."""
    return tuple(len(split) if split else 0 for split in (data.train, data.val, data.test))


def test_in_file_order() -> None:
    """With order = "first" the first images train, the next validate, and the first test images test."""
    data = MNIST(train_size=2000, val_size=500, test_size=100, order="first").load(NOWHERE)
    train, test = whole()
    assert np.array_equal(data.train.inputs, train.inputs[:2000])
    assert data.val is not None
    assert np.array_equal(data.val.inputs, train.inputs[2000:2500])
    assert np.array_equal(data.val.labels, train.labels[2000:2500])
    assert images(data.test) == images(test)[:100]


def test_neighbours_are_not_copied() -> None:
    """Images that lie side by side in the file are a view of it: a full set stays on the disk."""
    data = MNIST(train_size=2000, val_size=500, order="first").load(NOWHERE)
    assert data.val is not None
    assert data.train.inputs.base is data.val.inputs.base is not None


def test_so_many_of_each_class() -> None:
    """`per_class` images of each class train and as many validate, no image does both; another seed, others."""
    data, other = (MNIST(per_class=50, seed=seed).load(NOWHERE) for seed in (0, 1))
    assert data.val is not None
    for split in (data.train, data.val):
        assert np.bincount(split.labels).tolist() == [50] * 10
    assert not set(images(data.train)) & set(images(data.val))
    assert set(images(data.train)) | set(images(data.val)) < set(images(whole()[0]))
    assert set(images(other.train)) != set(images(data.train))
    assert data.train.labels.tolist() != sorted(data.train.labels), "they keep the order of the file"


def test_so_many_of_each_class_in_file_order() -> None:
    """With order = "first" they are the first of each class, and the next validate."""
    data = MNIST(per_class=30, order="first").load(NOWHERE)
    train, _ = whole()
    assert data.val is not None
    for digit in range(10):
        of_digit = train.inputs[train.labels == digit]
        assert np.array_equal(data.train.inputs[data.train.labels == digit], of_digit[:30])
        assert np.array_equal(data.val.inputs[data.val.labels == digit], of_digit[30:60])


def test_validation_from_the_test_images() -> None:
    """With val_from = "test" validation takes test images, the test split is what is left, and no image is in both."""
    data = MNIST(train_size=3000, val_size=500, val_from="test").load(NOWHERE)
    _, test = whole()
    assert lengths(data) == (3000, 500, 1500)
    assert sorted(images(data.val) + images(data.test)) == sorted(images(test))


def test_500_per_digit() -> None:
    """So many of each class to train on, and as many test images of each to validate on; the rest tests."""
    data = MNIST(per_class=100, val_from="test").load(NOWHERE)
    train, test = whole()
    assert data.val is not None
    assert lengths(data) == (1000, 1000, 1000)
    assert np.bincount(data.val.labels).tolist() == np.bincount(data.train.labels).tolist() == [100] * 10
    assert set(images(data.train)) < set(images(train))
    assert sorted(images(data.val) + images(data.test)) == sorted(images(test))


def test_rest_is_not_by_class() -> None:
    """A part of what a balanced validation split leaves is drawn from all that is left, not class by class."""
    data = MNIST(per_class=100, val_from="test", test_size=300).load(NOWHERE)
    assert data.test is not None
    assert len(set(np.bincount(data.test.labels))) > 3


def made(**values: Any) -> MNIST | str:
    """Return the settings, or the message with which they are refused."""
    try:
        return MNIST(**values)
    except ValidationError as error:
        return str(error)


SIZES = st.one_of(st.just("all"), st.integers(0, 12_000), st.floats(0.001, 0.999))


ASKED = st.fixed_dictionaries(
    {
        "train_size": st.one_of(st.just("all"), SIZES),
        "val_size": st.one_of(st.just(0), st.just(0.2), SIZES),
        "test_size": SIZES,
        "per_class": st.one_of(st.just(0), st.integers(1, 900)),
        "val_from": st.sampled_from(["train", "test"]),
        "order": st.sampled_from(["random", "first"]),
    }
)


@given(ASKED)
@settings(max_examples=40, deadline=None)
def test_whatever_is_asked_for(values: dict[str, Any]) -> None:
    """Sizes by arithmetic are those of the arrays, or a sentence names the key."""
    dataset = made(**values)
    if isinstance(dataset, str):
        assert "_size (" in dataset or "per_class (" in dataset
        return
    assert lengths(dataset.load(NOWHERE)) == dataset.sizes


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"per_class": 432}, r"per_class \(432\) must be at most 431: .* only 863 training images, to train and"),
        ({"per_class": 864, "val_size": 0}, r"per_class \(864\) must be at most 863: of one class source = \"sample\""),
        ({"per_class": 169, "val_from": "test"}, r"per_class \(169\) must be at most 168: .* only 168 test images"),
        ({"per_class": 10, "train_size": 100}, r"per_class \(10\) says how many .* leave train_size at \"all\""),
        ({"per_class": 10, "val_size": 100}, r"val_size at 0\.2 \(or at 0 for no validation split\)"),
        (
            {"per_class": 150, "val_from": "test", "test_size": 501},
            r"test_size \(501 .*more than the 500 that val_size",
        ),
        ({"val_size": 2001, "val_from": "test"}, r"val_size \(2,001 images of val_from = \"test\"\) is more than"),
        ({"val_size": 2000, "val_from": "test", "test_size": 1}, r"test_size \(1 images\) is more than the 0 that val"),
        ({"train_size": 10_001, "val_from": "test"}, r"train_size \(10,001 images\) must be .* at most the 10,000"),
        ({"mean": [0.5]}, r"mean counts only with normalize = \"given\""),
        ({"std": [0.5], "normalize": "unit"}, r"std counts only with normalize = \"given\""),
        ({"normalize": "given", "mean": [0.5]}, r"std \(0 numbers\) must have 1 number, as normalize"),
        ({"normalize": "given", "mean": [0.5] * 3, "std": [1.0]}, r"mean \(3 numbers\) must have 1 number"),
        ({"normalize": "given", "mean": [0.5], "std": [0.0]}, r"std\.0\s+Input should be greater than 0"),
        ({"crop": 28}, r"crop \(28 pixels\) must be less than the 28 pixels"),
        ({"test_rotation": 25.0, "test_size": 0}, r"test_rotation \(25 degrees\) .* test_size must leave some"),
    ],
)
def test_refused(wrong: dict[str, Any], message: str) -> None:
    """What cannot be is refused by a sentence with the keys, what there is, and what would do."""
    with pytest.raises(ValidationError, match=message):
        MNIST(**wrong)


def test_too_few_of_a_class_in_the_files(tmp_path: Path) -> None:
    """Files with other counts than the set is known for are found out when they are read."""
    raw = tmp_path / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for part, size in (("train", 60_000), ("t10k", 10_000)):
        labels = np.arange(size) % 9  # no image of the last class
        header = bytes((0, 0, 8)), np.array([size], ">u4").tobytes()
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(b"\1".join(header) + labels.astype(np.uint8).tobytes())
        sizes = np.array([size, 28, 28], ">u4").tobytes()
        (raw / f"{part}-images-idx3-ubyte").write_bytes(bytes((0, 0, 8, 3)) + sizes + bytes(size * 784))
    with pytest.raises(Unavailable, match=r"per_class \(10\) asks for 20 training images of each.*only 0 of one"):
        KMNIST(per_class=10).load(tmp_path)


def test_given_scaling() -> None:
    """A mean and a deviation of pixels from 0 to 1 hold for the pixels from 0 to 255 as they are stored."""
    data = MNIST(normalize="given", mean=[0.1307], std=[0.3081]).load(NOWHERE)
    assert data.scaling == Scaling((0.1307 * 255,), (0.3081 * 255,))


def test_given_scaling_by_channel() -> None:
    """Of colour images there may be one number for each channel, or one for all; never two."""
    stats: dict[str, Any] = {"mean": [0.4914, 0.4822, 0.4465], "std": [0.2023, 0.1994, 0.2010]}
    CIFAR10(normalize="given", **stats)
    CIFAR10(normalize="given", mean=[0.5], std=[0.5])
    with pytest.raises(ValidationError, match=r"mean \(2 numbers\) must have 1 number or 3, one for each channel"):
        CIFAR10(normalize="given", mean=[0.5, 0.5], std=[0.5])


def test_changes_are_handed_over() -> None:
    """How training images change, and how far test images are turned, is said in the data; by default nothing is."""
    data = MNIST(crop=4, flip=True, rotate=10.0, noise=0.1, test_rotation=25.0).load(NOWHERE)
    assert (data.augmentation, data.test_rotation) == (Augmentation(4, flip=True, rotate=10.0, noise=0.1), 25.0)
    plain = MNIST().load(NOWHERE)
    assert (bool(plain.augmentation), plain.test_rotation) == (False, 0.0)
    assert images(data.train)[:100] == images(plain.train)[:100]
