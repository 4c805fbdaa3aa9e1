"""The two-layer network that is trained without torch."""

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from tuitrain.models.layers import Width
from tuitrain.models.model import Network, Parameter, needs_classes

if TYPE_CHECKING:
    from torch import nn

    from tuitrain.datasets import Facts


class NumpyNet(Network):
    """Two-layer ReLU network in NumPy alone: its gradients are written out by hand. For classes, on the CPU."""

    cpu_only: ClassVar[bool] = True

    kind: Literal["numpy_net"] = "numpy_net"
    hidden: Width = 5
    """Width of the hidden layer."""

    @property
    def name(self) -> str:
        """The kind and the width."""
        return f"{self.kind} {self.hidden}"

    def misfit(self, facts: "Facts") -> str:
        """Return a sentence for numbers to predict."""
        return needs_classes(self.kind, facts)

    def parameters(self, shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
        """Return the weights [outputs, inputs] and the biases [outputs] of both layers."""
        hidden, inputs = self.hidden, prod(shape)
        return (
            Parameter("W1", (hidden, inputs), flops=2 * inputs * hidden),
            Parameter("b1", (hidden,), flops=0),
            Parameter("W2", (outputs, hidden), flops=2 * hidden * outputs),
            Parameter("b2", (outputs,), flops=0),
        )

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return the network as a module that takes its steps itself; first weights follow from torch's seed."""
        import numpy as np
        import torch

        from tuitrain.models.handmade import TwoLayer
        from tuitrain.models.numpy_module import NumpyModule

        generator = np.random.default_rng(int(torch.randint(2**62, ())))
        return NumpyModule(TwoLayer.random(prod(shape), self.hidden, outputs, generator))
