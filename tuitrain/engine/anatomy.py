"""A step looked at closely: how long its gradient is, and how far it moved the weights of each layer."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

TENSORS = 64  # a model of more of them is looked at layer by layer only where a person takes a step alone


def is_small(net: nn.Module) -> bool:
    """Tell whether the model has few enough tensors to tell of each of them at every evaluation."""
    return sum(1 for _ in net.parameters()) <= TENSORS


def gradient_norm(net: nn.Module) -> Tensor | None:
    """Return the 2-norm over all gradients that lie there, on their device; None where there are none."""
    gradients = [value.grad for value in net.parameters() if value.grad is not None]
    return nn.utils.get_total_norm(gradients) if gradients else None


@contextmanager
def look_closely(net: nn.Module, closely: bool) -> Iterator[dict[str, float]]:
    """Return a mapping that holds, once the step is done, `grad/NAME` and `update/NAME` of each tensor.

    The first is the norm of the gradient that the step followed (clipped, where it is; of an optimizer that tries
    several points the last one's), the second that of the change divided by that of the weights before. Costs a copy
    of the model and one read by the host, which is why not every step is looked at; otherwise the mapping stays empty.
    """
    told: dict[str, float] = {}
    if not closely:
        yield told
        return
    names, values = zip(*((name, value.detach()) for name, value in net.named_parameters()), strict=True)
    before = [value.clone() for value in values]
    yield told
    learned = {name: value.grad for name, value in net.named_parameters() if value.grad is not None}
    norms = _norms([*learned.values(), *before, *torch._foreach_sub(values, before)])
    sizes, moves = norms[len(learned) : -len(values)], norms[-len(values) :]
    for name, norm in zip(learned, norms, strict=False):
        told[f"grad/{name}"] = norm
    for name, size, move in zip(names, sizes, moves, strict=True):
        if size > 0:  # what begins at 0 has no share of itself to move by
            told[f"update/{name}"] = move / size


def _norms(tensors: list[Tensor]) -> list[float]:
    """Return the 2-norm of each, read from the device at once."""
    found: list[float] = torch.stack([norm.float() for norm in torch._foreach_norm(tensors)]).tolist()
    return found
