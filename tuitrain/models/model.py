"""What every model is: settings that tell their parameters by arithmetic and build a torch module.

It must not know any model, and imports torch only while building.
"""

from abc import abstractmethod
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from tuitrain.settings import Settings

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class Parameter:
    """One trained tensor: its name in the state dict and its shape."""

    name: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


class Model(Settings):
    """One of the models to train; `kind` names the class."""

    kind: str

    @property
    def name(self) -> str:
        """A short name for tables and legends: the kind and what sets this one apart."""
        return self.kind

    @abstractmethod
    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return what is trained for samples of this shape, without torch: equal to what `build` makes."""

    @abstractmethod
    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return a module from inputs [N, *shape] to logits [N, outputs]."""

    def count(self, shape: tuple[int, ...], outputs: int) -> int:
        """Return the number of trained parameters."""
        return sum(parameter.count for parameter in self.parameters(shape, outputs))
