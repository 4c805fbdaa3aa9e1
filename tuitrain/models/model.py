"""What every model is: settings that tell their parameters by arithmetic and build what is trained.

It must not know any model, and imports torch only while building.
"""

from abc import abstractmethod
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from tuitrain.datasets import Facts
from tuitrain.settings import Settings

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class Parameter:
    """One trained tensor: its name in the state dict, its shape, and what its layer computes."""

    name: str
    shape: tuple[int, ...]
    flops: int | None = None
    """Floating-point operations for one sample, forward: 2 for each multiply-add, at the weight that it takes.

    Adding biases, activations, normalisation and pooling are not counted; None where nobody knows.
    """

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


class Model(Settings):
    """One of the models to train; `kind` names the class."""

    cpu_only: ClassVar[bool] = False
    """Whether it computes on the CPU alone, whatever device there is."""

    kind: str

    @property
    def name(self) -> str:
        """A short name for tables and legends: the kind and what sets this one apart."""
        return self.kind

    def misfit(self, facts: Facts) -> str:
        """Return why this model cannot learn such data, with the way out; nothing where it can."""
        return ""

    @abstractmethod
    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...] | None:
        """Return what is trained for samples of this shape, without torch: equal to what is built.

        None where only training can tell.
        """

    def count(self, shape: tuple[int, ...], outputs: int) -> int | None:
        """Return the number of trained parameters, None where only training can tell."""
        table = self.parameters(shape, outputs)
        return None if table is None else sum(parameter.count for parameter in table)


class Network(Model):
    """A model that is trained a step at a time."""

    @abstractmethod
    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return a module from inputs [N, *shape] to logits, or predicted numbers, [N, outputs].

        One with a method `descend(inputs, labels, lr, weight_decay)` takes its steps itself: it changes its own
        parameters and returns mean loss and logits. Any other is trained by autograd and the optimizer.
        """


class Estimator(Model):
    """A model of scikit-learn: fitted in one go, without steps to count."""

    @abstractmethod
    def make(self, seed: int) -> Any:
        """Return the unfitted estimator, for rows [N, F]; a classifier has `decision_function` or `predict_proba`."""


def needs_images(kind: str, facts: Facts) -> str:
    """Return why such a model cannot learn data that are not images, with the way out."""
    if len(facts.shape) == 3:
        return ""
    numbers = " x ".join(map(str, facts.shape))
    return f"{kind} needs images and a sample here is {numbers} numbers; choose mlp, or an image dataset"


def needs_classes(kind: str, facts: Facts) -> str:
    """Return why such a model cannot learn numbers to predict, with the way out."""
    if facts.task == "classification":
        return ""
    return f"{kind} learns classes and these data have numbers to predict; choose linear or mlp"
