"""Splits on the device: scaled a batch at a time, shuffled by seed and epoch."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from lessons import Told, timeless, toy
from torch import Tensor

from tuitrain.datasets import Data, Scaling, Split
from tuitrain.engine.split import place, shuffled
from tuitrain.engine.train import train

CPU = torch.device("cpu")


@given(st.integers(1, 300), st.integers(0, 2**63 - 1), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_shuffled(samples: int, seed: int, epoch: int) -> None:
    """The order of an epoch is a permutation that seed and epoch give again, whatever was drawn in between."""
    order = shuffled(samples, seed, epoch, CPU)
    torch.rand(3)
    assert sorted(order.tolist()) == list(range(samples))
    assert torch.equal(order, shuffled(samples, seed, epoch, CPU))


def test_other_epochs_and_seeds() -> None:
    """A hundred epochs of ten seeds are a thousand different orders."""
    orders = {tuple(shuffled(50, seed, epoch, CPU).tolist()) for seed in range(10) for epoch in range(100)}
    assert len(orders) == 1000


def test_shuffling_leaves_the_seed_of_the_model_alone() -> None:
    """Drawing an order takes nothing from torch's own random numbers."""
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    shuffled(10, 0, 0, CPU)
    assert torch.equal(torch.rand(1), expected)


def test_pixels_are_scaled_by_the_batch() -> None:
    """Pixels stay uint8 where they lie and are (x - mean) / std by channel in the batch, as float32."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 3, 4, 5)).astype(np.uint8)
    scaling = Scaling((10.0, 20.0, 30.0), (2.0, 4.0, 8.0))
    split = place(Split(pixels, np.arange(20)), scaling, CPU)
    chosen = torch.tensor([7, 0, 19])
    inputs, labels = split.batch(chosen)
    expected = (pixels[chosen.numpy()] - np.reshape(scaling.mean, (3, 1, 1))) / np.reshape(scaling.std, (3, 1, 1))
    assert (split.inputs.dtype, inputs.dtype) == (torch.uint8, torch.float32)
    torch.testing.assert_close(inputs, torch.from_numpy(expected).float())
    assert labels.tolist() == chosen.tolist()
    assert np.array_equal(split.inputs.numpy(), pixels)


def test_read_only_arrays() -> None:
    """Arrays that cannot be written to, as a memory-mapped file, are copied and not complained about."""
    values = np.ones((4, 2), np.float32)
    values.flags.writeable = False
    split = place(Split(values, np.zeros(4, np.int64)), Scaling(), CPU)
    split.inputs.add_(1)
    assert values.sum() == 8


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process has mapped")


def mapping(tensor: Tensor) -> dict[str, str]:
    """Return what Linux says of the mapping that a tensor lies in: its file, and how much of it is in memory."""
    found: dict[str, str] = {}
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, value = line.partition(":")
        if "-" in name.split(" ")[0]:
            low, high = (int(address, 16) for address in line.split(" ")[0].split("-"))
            found = {"file": line.split(maxsplit=5)[-1]} if low <= tensor.data_ptr() < high else {}
        elif found:
            found[name] = value.strip()
            if name == "Rss":
                return found
    raise AssertionError("the tensor lies in no mapping")


@linux
@pytest.mark.parametrize("part", [slice(None), slice(0, 300_000), slice(123_457, 900_001)])
def test_files_stay_files(tmp_path: Path, part: slice) -> None:
    """A split of a gigabyte in a file, or a slice of one, is not read before it is used, and then only what is used."""
    path = tmp_path / "large.npy"
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(1_000_000, 1_000))  # holes, no disk
    array[200_000] = 7
    array.flush()
    del array
    inputs = np.load(path, mmap_mode="r")[part]
    split = place(Split(inputs, np.zeros(len(inputs), np.int64)), Scaling(), CPU)
    assert split.inputs.shape == inputs.shape
    row = 200_000 - (part.start or 0)
    drawn, _ = split.batch(torch.tensor([row, 5, row + 1]))
    assert drawn.sum(1).tolist() == [7_000, 0, 0]
    found = mapping(split.inputs)
    assert found["file"] == str(path)
    assert int(found["Rss"].removesuffix(" kB")) < 10_000


@pytest.mark.parametrize("part", [slice(None), slice(5, 40)])
def test_files_are_not_written_to(tmp_path: Path, part: slice) -> None:
    """Whatever becomes of a placed split, the file it came from holds what it held."""
    values = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    np.save(tmp_path / "x.npy", values)
    split = place(Split(np.load(tmp_path / "x.npy", mmap_mode="r")[part], np.zeros(60)[part]), Scaling(), CPU)
    assert np.array_equal(split.inputs, values[part])
    split.inputs.mul_(0)
    assert np.array_equal(np.load(tmp_path / "x.npy"), values)


def mapped(split: Split | None, path: Path) -> Split | None:
    """Return a split whose arrays lie in files."""
    if split is None:
        return None
    arrays: list[Any] = []
    for name in ("inputs", "labels"):
        np.save(path.with_suffix(f".{name}.npy"), getattr(split, name))
        arrays.append(np.load(path.with_suffix(f".{name}.npy"), mmap_mode="r"))
    return Split(*arrays)


def test_training_on_files(tmp_path: Path) -> None:
    """Digits in memory-mapped files train to the same numbers as in memory, and the files stay as they were."""
    sizes: dict[str, Any] = {"train_size": 300, "val_size": 60, "test_size": 50, "rotate": 10.0, "test_rotation": 20.0}
    experiment = toy(dataset={"kind": "mnist", **sizes}, models=[{"kind": "mlp", "hidden": [8]}])
    data = experiment.dataset.load(tmp_path)
    train_split = mapped(data.train, tmp_path / "train")
    assert train_split is not None
    there = Data(
        train=train_split,
        val=mapped(data.val, tmp_path / "val"),
        test=mapped(data.test, tmp_path / "test"),
        labels=data.labels,
        scaling=data.scaling,
        augmentation=data.augmentation,
        test_rotation=data.test_rotation,
    )
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.npy")}
    from_files, from_memory = (
        timeless(list(train(experiment, given_data, Told(), tmp_path / name)))
        for name, given_data in (("files", there), ("memory", data))
    )
    assert from_files == from_memory
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.npy")} == before
