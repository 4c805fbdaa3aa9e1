"""One step of training: the loss of a batch, its gradient, and the change it makes to the model."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tuitrain.engine.devices import precision
from tuitrain.engine.objective import Objective
from tuitrain.experiment import Experiment

Update = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Takes scaled inputs and labels, changes the model, and returns mean loss and outputs."""


def update_of(
    experiment: Experiment, net: nn.Module, optimizer: torch.optim.Optimizer, objective: Objective, device: torch.device
) -> Update:
    """Return how this model takes a step."""
    training, descend = experiment.training, getattr(net, "descend", None)
    if descend is not None:  # it knows its own gradient, and needs no optimizer

        def by_hand(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
            (group,) = optimizer.param_groups
            loss, outputs = descend(inputs, labels, group["lr"], group["weight_decay"])
            return loss, outputs

        return by_hand

    def gradient(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        with precision(training.precision, device):
            outputs = net(inputs)
            loss = objective.loss(outputs, labels)
        optimizer.zero_grad()
        objective.total(loss, net, len(labels)).backward()  # type: ignore[no-untyped-call]  # untyped in torch
        if training.clip_norm:
            nn.utils.clip_grad_norm_(net.parameters(), training.clip_norm)
        return loss, outputs

    def step(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        loss, outputs = gradient(inputs, labels)
        optimizer.step()
        return loss, outputs

    def search(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Let the optimizer try several points along its direction; the loss is the one it began at."""
        first: list[tuple[Tensor, Tensor]] = []

        def closure() -> Any:
            loss, outputs = gradient(inputs, labels)
            if not first:
                first.append((loss.detach(), outputs.detach()))
            return objective.total(loss, net, len(labels))

        optimizer.step(closure)
        return first[0]

    return search if experiment.optimizer.needs_full_batch else step
