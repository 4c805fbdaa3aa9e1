"""The learning-rate schedules there are: pure functions of how far training is, so that resuming needs no state.

They know neither torch nor the optimizer: the engine multiplies its learning rate by what `factor` says.
"""

from abc import abstractmethod
from math import cos, pi
from typing import Literal

from pydantic import Field

from tuitrain.settings import Settings


class Schedule(Settings):
    """One of the schedules; `kind` names the class."""

    kind: str

    @abstractmethod
    def factor(self, epoch: int, epochs: int, step: int, steps: int) -> float:
        """Return what the learning rate is multiplied by.

        `epoch` of `epochs` and `step` of `steps` are counted from 0 at the start of training.
        """


class Constant(Schedule):
    """The learning rate stays as it is."""

    kind: Literal["constant"] = "constant"

    def factor(self, epoch: int, epochs: int, step: int, steps: int) -> float:
        """Return 1."""
        return 1.0


class Exponential(Schedule):
    """The learning rate is multiplied by gamma after each epoch."""

    kind: Literal["exponential"] = "exponential"
    gamma: float = Field(default=0.95, gt=0, le=1)
    """What remains of the learning rate after an epoch."""

    def factor(self, epoch: int, epochs: int, step: int, steps: int) -> float:
        """Return gamma to the power of the epochs that are over."""
        return self.gamma**epoch


class Cosine(Schedule):
    """A linear warm-up, then half a cosine down to the final share (Loshchilov and Hutter 2017, no restarts)."""

    kind: Literal["cosine"] = "cosine"
    warmup: float = Field(default=0.0, ge=0, lt=1)
    """Share of all steps in which the learning rate climbs to its value."""
    final: float = Field(default=0.0, ge=0, le=1)
    """Share of the learning rate that is left at the end."""

    def factor(self, epoch: int, epochs: int, step: int, steps: int) -> float:
        """Return the share at this step; the first step of a warm-up is 1 / its length, never 0."""
        warm = round(self.warmup * steps)
        if step < warm:
            return (step + 1) / warm
        progress = (step - warm) / max(1, steps - warm)
        return self.final + (1 - self.final) * (1 + cos(pi * min(1.0, progress))) / 2


SCHEDULES: tuple[type[Schedule], ...] = (Constant, Exponential, Cosine)
