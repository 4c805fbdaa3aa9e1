"""Splits on the device: scaled a batch at a time, shuffled by seed and epoch."""

import numpy as np
import torch
from hypothesis import given, settings, strategies as st

from tuitrain.datasets import Scaling, Split
from tuitrain.engine.split import place, shuffled

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
