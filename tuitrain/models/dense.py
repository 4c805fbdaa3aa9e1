"""Fully connected models: softmax regression and the multilayer perceptron."""

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tuitrain.models.model import Model, Parameter

if TYPE_CHECKING:
    from torch import nn

Width = Annotated[int, Field(ge=1, le=65_536)]


def affine(name: str, inputs: int, outputs: int) -> tuple[Parameter, Parameter]:
    """Return the weight and the bias of an affine layer as torch names and shapes them."""
    return Parameter(f"{name}.weight", (outputs, inputs)), Parameter(f"{name}.bias", (outputs,))


class Linear(Model):
    """Softmax regression: one affine layer from the inputs to the logits."""

    kind: Literal["linear"] = "linear"

    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return the weight [outputs, inputs] and the bias [outputs]."""
        return affine("output", prod(shape), outputs)

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return flatten and one affine layer."""
        return MLP(hidden=[]).build(shape, outputs)


class MLP(Model):
    """Multilayer perceptron: affine layers with an activation between them."""

    kind: Literal["mlp"] = "mlp"
    hidden: list[Width] = [100]  # noqa: RUF012  pydantic copies defaults
    """Width of each hidden layer, first to last; an empty list is softmax regression."""
    activation: Literal["relu", "sigmoid", "tanh", "leaky_relu", "gelu"] = "relu"
    """What follows each hidden layer."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of hidden units switched off at each training step; 0 is none."""
    batch_norm: bool = False
    """Normalise each hidden layer over the batch before its activation."""

    @property
    def name(self) -> str:
        """The widths, and whatever differs from a plain ReLU net."""
        extras = [
            "" if self.activation == "relu" else self.activation,
            f"dropout {self.dropout:g}" if self.dropout else "",
            "bn" if self.batch_norm else "",
        ]
        return " ".join(part for part in ("mlp", ",".join(map(str, self.hidden)), *extras) if part)

    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return weight and bias of each layer, and scale and shift of each normalisation."""
        found: list[Parameter] = []
        for number, (inputs, width) in enumerate(pairwise([prod(shape), *self.hidden]), start=1):
            found += affine(f"hidden{number}", inputs, width)
            if self.batch_norm:
                found += (
                    Parameter(f"norm{number}.weight", (width,)),
                    Parameter(f"norm{number}.bias", (width,)),
                )
        return (*found, *affine("output", [prod(shape), *self.hidden][-1], outputs))

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return the layers under their names: hidden1, norm1, relu1, dropout1, ..., output."""
        from torch import nn

        activations = {
            "relu": nn.ReLU,
            "sigmoid": nn.Sigmoid,
            "tanh": nn.Tanh,
            "leaky_relu": nn.LeakyReLU,
            "gelu": nn.GELU,
        }
        net = nn.Sequential()
        net.add_module("flatten", nn.Flatten())
        for number, (inputs, width) in enumerate(pairwise([prod(shape), *self.hidden]), start=1):
            net.add_module(f"hidden{number}", nn.Linear(inputs, width))
            if self.batch_norm:
                net.add_module(f"norm{number}", nn.BatchNorm1d(width))
            net.add_module(f"{self.activation}{number}", activations[self.activation]())
            if self.dropout:
                net.add_module(f"dropout{number}", nn.Dropout(self.dropout))
        net.add_module("output", nn.Linear([prod(shape), *self.hidden][-1], outputs))
        return net
