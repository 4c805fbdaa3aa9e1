"""Convolutional models for images."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from tuitrain.models.dense import MLP
from tuitrain.models.layers import (
    Activation,
    Init,
    Width,
    activate,
    convolution,
    initialise,
    label,
    normalisation,
)
from tuitrain.models.model import Network, Parameter, needs_images

if TYPE_CHECKING:
    from torch import nn

    from tuitrain.datasets import Facts


def _blocks(value: object) -> object:
    """Return a block for each width that stands alone: [16, 32] is [[16], [32]]."""
    if not isinstance(value, list):
        return value
    if not value or [] in value:
        raise PydanticCustomError("blocks", "must be one or more blocks of widths, such as [[32, 64], [128, 128]]")
    return [[block] if isinstance(block, int) else block for block in value]


class CNN(Network):
    """Convolutional network: blocks of 3x3 convolutions and pooling, then fully connected layers. For images."""

    kind: Literal["cnn"] = "cnn"
    channels: Annotated[list[list[Width]], BeforeValidator(_blocks)] = [[32, 64], [128, 128], [256, 256]]  # noqa: RUF012  pydantic copies defaults
    """Channels of each 3x3 convolution in blocks, each pooled 2x2 at its end; [16, 32] is short for [[16], [32]]."""
    hidden: list[Width] = [1024, 512]  # noqa: RUF012  pydantic copies defaults
    """Width of each fully connected hidden layer behind the convolutions; the list may be empty."""
    activation: Activation = "relu"
    """What follows each convolution and each hidden layer."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of fully connected hidden units switched off at each training step; 0 is none."""
    batch_norm: bool = False
    """Normalise each convolution and each hidden layer over the batch before its activation."""
    init: Init = "default"
    """First weights: torch's own (default), kaiming for ReLU, xavier for tanh, normal (deviation 1) or zeros."""

    @property
    def name(self) -> str:
        """How many convolutions, of how many channels, the hidden widths, and what differs from a plain ReLU net."""
        widths = list(chain(*self.channels))
        span = "-".join(map(str, dict.fromkeys((min(widths), max(widths)))))
        return label("cnn", f"{len(widths)} conv {span}", ",".join(map(str, self.hidden)), *self._head.extras)

    def misfit(self, facts: "Facts") -> str:
        """Return a sentence for samples that are not images, and for images that pooling leaves nothing of."""
        if sentence := needs_images(self.kind, facts):
            return sentence
        height, width = facts.shape[1:]
        if 0 in self._pooled(facts.shape)[1:]:
            most = min(height, width).bit_length() - 1
            out = f"keep at most {most} of the blocks in channels" if most else "choose mlp"
            return (
                f"cnn halves images once for each block of channels ({len(self.channels)}), and nothing is left of "
                f"{height} x {width} pixels; {out}, or take larger images"
            )
        return ""

    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return kernels and biases of the convolutions, then what the fully connected layers have."""
        found: list[Parameter] = []
        rows, columns = shape[1:]
        for name, inputs, width, pool in self._convolutions(shape[0]):
            found += convolution(name, inputs, width, rows * columns)
            if self.batch_norm:
                found += normalisation(f"{name}_norm", width)
            if pool:
                rows, columns = rows // 2, columns // 2
        return (*found, *self._head.parameters(self._pooled(shape), outputs))

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return the layers under their names: conv1, conv1_norm, conv1_relu, ..., pool1, ..., hidden1, ..., output."""
        from torch import nn

        net = nn.Sequential()
        for name, inputs, width, pool in self._convolutions(shape[0]):
            net.add_module(name, nn.Conv2d(inputs, width, kernel_size=3, padding=1))
            if self.batch_norm:
                net.add_module(f"{name}_norm", nn.BatchNorm2d(width))
            net.add_module(f"{name}_{self.activation}", activate(self.activation))
            if pool:
                net.add_module(pool, nn.MaxPool2d(2))
        initialise(net, self.init)
        for name, layer in self._head.build(self._pooled(shape), outputs).named_children():
            net.add_module(name, layer)
        return net

    @property
    def _head(self) -> MLP:
        """The fully connected layers behind the convolutions."""
        return MLP(
            hidden=self.hidden,
            activation=self.activation,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            init=self.init,
        )

    def _pooled(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """Return channels, height and width behind the last pooling; each halves and rounds down."""
        _, height, width = shape
        return self.channels[-1][-1], height >> len(self.channels), width >> len(self.channels)

    def _convolutions(self, inputs: int) -> Iterator[tuple[str, int, int, str]]:
        """Yield name, channels in, channels out and the pooling that follows ("" for none) of each convolution."""
        number = 0
        for block, widths in enumerate(self.channels, start=1):
            for place, width in enumerate(widths, start=1):
                number += 1
                yield f"conv{number}", inputs, width, f"pool{block}" if place == len(widths) else ""
                inputs = width
