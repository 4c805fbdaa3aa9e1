"""A NumPy network in the clothes of a torch module: for views, checkpoints and counts, never for learning.

The catalog imports it only where one is built: it must itself stay free of torch and NumPy.
"""

import numpy as np
import torch
from torch import Tensor, nn

from tuitrain.models.handmade import Floats, TwoLayer


class NumpyModule(nn.Module):
    """A `TwoLayer` whose arrays are the memory of this module's parameters, on the CPU.

    It has no gradients: `descend` takes a step, in NumPy.
    """

    def __init__(self, net: TwoLayer) -> None:
        super().__init__()
        for name in TwoLayer.__slots__:
            self.register_parameter(name, nn.Parameter(torch.from_numpy(getattr(net, name))))

    @property
    def net(self) -> TwoLayer:
        """The arrays as they are now; made anew each time (microseconds), so copying and loading keep them one."""
        return TwoLayer(*(values.detach().numpy() for values in self.parameters()))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the scores [N, C] of inputs [N, ...], in the precision of the inputs."""
        with np.errstate(all="ignore"):  # numbers beyond all bounds show in the loss, where training looks for them
            return torch.from_numpy(self.net.scores(_rows(inputs))).to(inputs)

    def descend(self, inputs: Tensor, labels: Tensor, lr: float, weight_decay: float) -> tuple[Tensor, Tensor]:
        """Take one step down the gradient; return the mean negative log-likelihood and the scores before it.

        Inputs are [N, ...], labels [N] class numbers. The loss is told without the term of weight_decay.
        """
        with np.errstate(all="ignore"):  # as above
            loss, scores = self.net.descend(_rows(inputs), labels.numpy(), lr, weight_decay)
        return torch.tensor(loss, dtype=inputs.dtype), torch.from_numpy(scores).to(inputs)


def _rows(inputs: Tensor) -> Floats:
    """Return inputs [N, ...] as rows of float64."""
    return inputs.detach().flatten(1).double().numpy()
