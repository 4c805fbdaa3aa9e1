"""How to train: for how long, in which steps, on which device, and what the loss is made of.

It must not know datasets, models or the engine.
"""

import re
from math import isfinite
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from tuitrain.settings import Settings


def _device(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", value):
        return value
    raise PydanticCustomError(
        "device", "must be auto, cpu, cuda, cuda:NUMBER or mps; got '{value}'", {"value": str(value)}
    )


def _batch_size(value: object) -> object:
    if value == "full" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise PydanticCustomError("batch_size", 'must be a whole number above 0, or "full"')


class Training(Settings):
    """How long, in which steps and on which device to train."""

    epochs: int = Field(default=10, ge=1)
    """How many times to go through the training split."""
    steps: int = Field(default=0, ge=0)
    """Steps (iterations) in all, whatever epochs says; 0 goes by epochs."""
    batch_size: Annotated[int | str, BeforeValidator(_batch_size)] = 64
    """Samples a step; "full" is the whole training split."""
    drop_last: bool = False
    """Leave out the last batch of an epoch where it is not full."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Fixes the first weights and the order of the samples."""
    device: Annotated[str, BeforeValidator(_device)] = "auto"
    """auto, cpu, cuda, cuda:1, mps; auto is the fastest there is."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Numbers the model computes with; bfloat16 is faster where the machine has it."""
    threads: int = Field(default=0, ge=0, le=1024)
    """CPU threads; 0 is all cores but one, which the screen needs."""
    evaluate_every: int = Field(default=0, ge=0)
    """Steps between evaluations; 0 is once an epoch."""
    evaluate_train: bool = False
    """Measure the whole training split too at each evaluation (train_eval/), not only count while training."""
    record_every: int = Field(default=0, ge=0)
    """Steps between recorded points of the curves; 0 is about ten a second."""
    patience: int = Field(default=0, ge=0)
    """Stop after this many evaluations without a lower val/loss; 0 never stops early."""
    clip_norm: float = Field(default=0.0, ge=0)
    """Longest gradient (its norm over all parameters) that a step may follow; 0 is no limit."""
    on_divergence: Literal["stop", "rewind"] = "stop"
    """Where the loss is no number or shoots up: stop, or go back with half the learning rate; the cockpit asks."""
    spike: float = Field(default=100.0, ge=0)
    """How many times the largest of the first 64 losses counts as such, far above the last ones; 0 is never."""
    save_every: int = Field(default=0, ge=0)
    """Steps between checkpoints; 0 is by the clock, for 2 % of the time at most."""
    save_minutes: float = Field(default=0.0, ge=0)
    """Minutes between checkpoints, in the place of steps; 0 is as save_every says."""
    checkpoints: int = Field(default=8, ge=0, le=1000)
    """How many checkpoints of earlier steps to keep beside the last and the best, spread over the training."""
    embedding: Literal["pca", "tsne"] = "pca"
    """How the last hidden layer is laid out in the plane; tsne takes seconds more, at the end only."""

    def batch(self, samples: int) -> int:
        """Return the number of samples in a step where the split has this many."""
        return min(self.batch_size, samples) if isinstance(self.batch_size, int) else samples

    def per_epoch(self, samples: int) -> int:
        """Return the number of steps in an epoch."""
        size = self.batch_size if isinstance(self.batch_size, int) else samples
        return samples // size if self.drop_last else -(-samples // size)

    def span(self, samples: int) -> tuple[int, int]:
        """Return the steps and the epochs (the last of them perhaps begun only) of the whole training."""
        each = self.per_epoch(samples)
        return (self.steps, -(-self.steps // each)) if self.steps else (each * self.epochs, self.epochs)


def _class_weights(value: object) -> object:
    if value in ("none", "balanced"):
        return value
    if isinstance(value, list) and all(_is_weight(weight) for weight in value) and any(value):
        return [float(weight) for weight in value]
    raise PydanticCustomError(
        "class_weights",
        'must be "none", "balanced", or a list with a number of 0 or more for each class, not all of them 0',
    )


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


class Loss(Settings):
    """What is made small: cross entropy of classes or squared error of numbers, and what is added to it."""

    reduction: Literal["mean", "sum"] = "mean"
    """Whether a step follows the mean over its samples or that times their number; curves always show the mean."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    """Share of each label that is spread over all classes; 0 is none. It counts in train/loss, not in val/loss."""
    class_weights: Annotated[str | list[float], BeforeValidator(_class_weights)] = "none"
    """How much each class counts in training: "none", "balanced" (rare classes more), or a list of numbers."""
    l1: float = Field(default=0.0, ge=0)
    """Times the sum of all absolute weights (not biases), added to the loss: makes weights exactly small."""
    l2: float = Field(default=0.0, ge=0)
    """Times the sum of all squared weights (not biases), added to the loss."""
