"""One step of training: the loss of a batch, its gradient, and the change it makes to the model."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from tuitrain.engine.anatomy import gradient_norm
from tuitrain.engine.devices import precision
from tuitrain.engine.objective import Objective
from tuitrain.experiment import Experiment


class Taken(NamedTuple):
    """A step that was taken: mean loss and outputs before it, and the norm of its gradient as far as it is at hand.

    Where it is not, `anatomy.gradient_norm` finds it in the gradients that the step left.
    """

    loss: Tensor
    outputs: Tensor
    norm: Tensor | None = None


Update = Callable[[Tensor, Tensor], Taken]
"""Takes scaled inputs and labels, and changes the model."""


def update_of(
    experiment: Experiment, net: nn.Module, optimizer: torch.optim.Optimizer, objective: Objective, device: torch.device
) -> Update:
    """Return how this model takes a step."""
    training, descend = experiment.training, getattr(net, "descend", None)
    if descend is not None:  # it knows its own gradient, and needs no optimizer

        def by_hand(inputs: Tensor, labels: Tensor) -> Taken:
            (group,) = optimizer.param_groups
            return Taken(*descend(inputs, labels, group["lr"], group["weight_decay"]))

        return by_hand

    def gradient(inputs: Tensor, labels: Tensor) -> Taken:
        with precision(training.precision, device):
            outputs = net(inputs)
            loss = objective.loss(outputs, labels)
        optimizer.zero_grad()
        objective.total(loss, net, len(labels)).backward()  # type: ignore[no-untyped-call]  # untyped in torch
        norm = nn.utils.clip_grad_norm_(net.parameters(), training.clip_norm) if training.clip_norm else None
        return Taken(loss, outputs, norm)

    def step(inputs: Tensor, labels: Tensor) -> Taken:
        taken = gradient(inputs, labels)
        optimizer.step()
        return taken

    def search(inputs: Tensor, labels: Tensor) -> Taken:
        """Let the optimizer try several points along its direction; loss and gradient are those it began at."""
        first: list[Taken] = []

        def closure() -> Any:
            taken = gradient(inputs, labels)
            if not first:
                norm = gradient_norm(net) if taken.norm is None else taken.norm
                first.append(Taken(taken.loss.detach(), taken.outputs.detach(), norm))
            return objective.total(taken.loss, net, len(labels))

        optimizer.step(closure)
        return first[0]

    return search if experiment.optimizer.needs_full_batch else step
