"""The learning-rate schedules there are: pure functions of how far training is, so that resuming needs no state.

They know neither torch nor the optimizer: the engine multiplies its learning rates by what `factor` says.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, pi
from typing import Annotated, Literal

from pydantic import Field

from tuitrain.settings import Settings


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is."""

    epoch: int
    """Epochs that are over."""
    epochs: int
    """Epochs in the whole training."""
    step: int
    """Steps that are over."""
    steps: int
    """Steps in the whole training."""
    losses: Sequence[float] = ()
    """Loss of the watched split at each evaluation so far, the oldest first."""


class Schedule(Settings):
    """One of the schedules; `kind` names the class."""

    kind: str

    @abstractmethod
    def factor(self, at: Progress) -> float:
        """Return what the learning rate of the next step is multiplied by."""


class Constant(Schedule):
    """The learning rate stays as it is."""

    kind: Literal["constant"] = "constant"

    def factor(self, at: Progress) -> float:
        """Return 1."""
        return 1.0


class Exponential(Schedule):
    """The learning rate is multiplied by gamma after each epoch."""

    kind: Literal["exponential"] = "exponential"
    gamma: float = Field(default=0.95, gt=0, le=1)
    """What remains of the learning rate after an epoch."""

    def factor(self, at: Progress) -> float:
        """Return gamma to the power of the epochs that are over."""
        return self.gamma**at.epoch


class Step(Schedule):
    """The learning rate is multiplied by gamma every so many epochs, or at milestones."""

    kind: Literal["step"] = "step"
    every: int = Field(default=5, ge=1)
    """Epochs from one fall of the learning rate to the next."""
    gamma: float = Field(default=0.1, gt=0, le=1)
    """What remains of the learning rate at each fall."""
    milestones: list[Annotated[int, Field(ge=1)]] = []  # noqa: RUF012  pydantic copies defaults
    """Numbers of epochs after which it falls, in the place of every so many; one named twice counts twice."""

    def factor(self, at: Progress) -> float:
        """Return gamma to the power of the falls so far."""
        if self.milestones:
            return self.gamma ** sum(at.epoch >= milestone for milestone in self.milestones)
        return self.gamma ** (at.epoch // self.every)


class Decay(Schedule):
    """What schedules have in common that climb by equal parts and then fall once, step by step."""

    warmup: float = Field(default=0.0, ge=0, lt=1)
    """Share of all steps in which the learning rate climbs to its value."""
    final: float = Field(default=0.0, ge=0, le=1)
    """Share of the learning rate that is left at the end."""

    def factor(self, at: Progress) -> float:
        """Return the share at this step; the first step of a warm-up is 1 / its length, never 0."""
        warm = round(self.warmup * at.steps)
        if at.step < warm:
            return (at.step + 1) / warm
        fallen = (at.step - warm) / max(1, at.steps - warm)
        return self.final + (1 - self.final) * self._left(min(1.0, fallen))

    @abstractmethod
    def _left(self, fallen: float) -> float:
        """Return what is left, from 1 to 0, of the way to the final share after this part of the fall."""


class Linear(Decay):
    """A linear warm-up, then a straight line down to the final share."""

    kind: Literal["linear"] = "linear"

    def _left(self, fallen: float) -> float:
        return 1 - fallen


class Cosine(Decay):
    """A linear warm-up, then half a cosine down to the final share (Loshchilov and Hutter 2017, no restarts)."""

    kind: Literal["cosine"] = "cosine"

    def _left(self, fallen: float) -> float:
        return (1 + cos(pi * fallen)) / 2


class OneCycle(Schedule):
    """One climb to the learning rate and one fall far below its start, both half a cosine (Smith and Topin 2017).

    The momentum stays as it is. As torch's OneCycleLR, whose fall begins between two steps where the share of
    the climb is no whole number of them.
    """

    kind: Literal["onecycle"] = "onecycle"
    warmup: float = Field(default=0.3, ge=0, lt=1)
    """Share of all steps in which the learning rate climbs to its value."""
    initial_div: float = Field(default=25.0, ge=1)
    """The learning rate starts at its value divided by this."""
    final_div: float = Field(default=1e4, ge=1)
    """The learning rate ends at its start divided by this."""

    def factor(self, at: Progress) -> float:
        """Return the share at this step: 1 at the top, 1 / initial_div / final_div at the last step."""
        start = 1 / self.initial_div
        top, end = self.warmup * at.steps - 1, at.steps - 1
        if at.step < top:
            return _between(start, 1.0, at.step / top)
        return _between(1.0, start / self.final_div, min(1.0, (at.step - top) / (end - top)))


def _between(start: float, end: float, done: float) -> float:
    """Return the value on half a cosine from start to end, after this part of the way."""
    return end + (start - end) * (1 + cos(pi * done)) / 2


class Plateau(Schedule):
    """The learning rate is multiplied by gamma when val/loss has stopped falling.

    As torch's ReduceLROnPlateau with a relative threshold, one step an evaluation.
    """

    kind: Literal["plateau"] = "plateau"
    gamma: float = Field(default=0.1, gt=0, lt=1)
    """What remains of the learning rate at each fall."""
    patience: int = Field(default=5, ge=0)
    """Evaluations in a row without a lower loss that change nothing; one more, and the learning rate falls."""
    threshold: float = Field(default=1e-4, ge=0, lt=1)
    """Share of the lowest loss so far by which a loss must be lower to count as lower."""
    cooldown: int = Field(default=0, ge=0)
    """Evaluations after a fall that are not counted."""
    floor: float = Field(default=0.0, ge=0, le=1)
    """Share of the learning rate below which it never falls."""

    def factor(self, at: Progress) -> float:
        """Return the share after these losses; counted anew each time, 60 ns a loss, so that there is no state."""
        share, lowest, stale, resting = 1.0, inf, 0, 0
        patience, lower = self.patience, 1 - self.threshold  # looked up once: a loss would cost twice as much
        for loss in at.losses:
            stale += 1
            if loss < lowest * lower:
                lowest, stale = loss, 0
            if resting:
                resting, stale = resting - 1, 0
            if stale > patience:
                share, resting, stale = max(share * self.gamma, self.floor), self.cooldown, 0
        return share


SCHEDULES: tuple[type[Schedule], ...] = (Constant, Exponential, Step, Linear, Cosine, OneCycle, Plateau)
