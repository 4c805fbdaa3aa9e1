"""Fully connected models: one affine layer, and the multilayer perceptron."""

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from tuitrain.models.layers import Activation, Init, Width, activate, affine, initialise, label, normalisation
from tuitrain.models.model import Network, Parameter

if TYPE_CHECKING:
    from torch import nn


class Linear(Network):
    """One affine layer: softmax regression of classes, linear regression of numbers."""

    kind: Literal["linear"] = "linear"
    init: Init = "default"
    """First weights: torch's own (default), kaiming, xavier (both with biases 0), normal (deviation 1) or zeros."""

    @property
    def name(self) -> str:
        """The kind, and the first weights where they are not torch's own."""
        return label(self.kind, "" if self.init == "default" else self.init)

    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return the weight [outputs, inputs] and the bias [outputs]."""
        return affine("output", prod(shape), outputs)

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return flatten and one affine layer."""
        return MLP(hidden=[], init=self.init).build(shape, outputs)


class MLP(Network):
    """Multilayer perceptron: affine layers with an activation between them."""

    kind: Literal["mlp"] = "mlp"
    hidden: list[Width] = [100]  # noqa: RUF012  pydantic copies defaults
    """Width of each hidden layer, first to last; an empty list is the same as linear."""
    activation: Activation = "relu"
    """What follows each hidden layer."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of hidden units switched off at each training step; 0 is none."""
    batch_norm: bool = False
    """Normalise each hidden layer over the batch before its activation."""
    init: Init = "default"
    """First weights: torch's own (default), kaiming for ReLU, xavier for tanh, normal (deviation 1) or zeros."""

    @property
    def name(self) -> str:
        """The widths, and whatever differs from a plain ReLU net."""
        return label("mlp", ",".join(map(str, self.hidden)), *self.extras)

    @property
    def extras(self) -> tuple[str, ...]:
        """What differs from a plain ReLU net, in a word each; empty where nothing does."""
        return (
            "" if self.activation == "relu" else self.activation,
            f"dropout {self.dropout:g}" if self.dropout else "",
            "bn" if self.batch_norm else "",
            "" if self.init == "default" else self.init,
        )

    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return weight and bias of each layer, and scale and shift of each normalisation."""
        found: list[Parameter] = []
        for number, (inputs, width) in enumerate(pairwise([prod(shape), *self.hidden]), start=1):
            found += affine(f"hidden{number}", inputs, width)
            if self.batch_norm:
                found += normalisation(f"norm{number}", width)
        return (*found, *affine("output", [prod(shape), *self.hidden][-1], outputs))

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return the layers under their names: hidden1, norm1, relu1, dropout1, ..., output."""
        from torch import nn

        net = nn.Sequential()
        net.add_module("flatten", nn.Flatten())
        for number, (inputs, width) in enumerate(pairwise([prod(shape), *self.hidden]), start=1):
            net.add_module(f"hidden{number}", nn.Linear(inputs, width))
            if self.batch_norm:
                net.add_module(f"norm{number}", nn.BatchNorm1d(width))
            net.add_module(f"{self.activation}{number}", activate(self.activation))
            if self.dropout:
                net.add_module(f"dropout{number}", nn.Dropout(self.dropout))
        net.add_module("output", nn.Linear([prod(shape), *self.hidden][-1], outputs))
        initialise(net, self.init)
        return net
