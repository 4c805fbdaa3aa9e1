"""A single step looked at closely: how long each layer's gradient is, and how far it moved the layer's weights."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def look_closely(net: nn.Module, closely: bool) -> Iterator[dict[str, float]]:
    """Return a mapping that holds, once the step is done, `grad/NAME` and `update/NAME` of each tensor.

    The first is the norm of the gradient, the second that of the change divided by that of the weights before.
    Costs a copy of the model, which is why only single steps are looked at; otherwise the mapping stays empty.
    """
    looked_at = list(net.named_parameters()) if closely else []
    before = {name: value.detach().clone() for name, value in looked_at}
    told: dict[str, float] = {}
    yield told
    for name, value in looked_at:
        if value.grad is not None:
            told[f"grad/{name}"] = float(value.grad.norm())
        size = before[name].norm()
        if size > 0:  # what begins at 0 has no share of itself to move by
            told[f"update/{name}"] = float((value.detach() - before[name]).norm() / size)
