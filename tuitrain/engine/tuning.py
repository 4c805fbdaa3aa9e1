"""Other settings for an optimizer that has learned already: its groups take them, its memory stays."""

from typing import Any

import torch

from tuitrain.optimizers import Optimizer

SET_ELSEWHERE = {"params", "lr"}  # the schedule puts the learning rate in at each step, by `initial_lr`


def retune(optimizer: torch.optim.Optimizer, settings: Optimizer) -> None:
    """Give the groups what these settings, of the same kind, say; what they say of the memory holds from here on.

    A momentum that is switched off is forgotten, and one that is switched on begins at 0.
    """
    parameters = [value for group in optimizer.param_groups for value in group["params"]]
    order = {id(value): group for group in settings.build(parameters).param_groups for value in group["params"]}
    for group in optimizer.param_groups:
        fresh = order[id(group["params"][0])]
        group.update({name: value for name, value in fresh.items() if name not in SET_ELSEWHERE})
        for value in group["params"]:
            _remember(group, value, optimizer.state.get(value, {}))


def _remember(group: dict[str, Any], value: torch.Tensor, memory: dict[str, Any]) -> None:
    """Drop the memory that is not kept up any more, and begin what torch expects from the first step on: RMSprop's."""
    wanted = {"momentum_buffer": group.get("momentum", 1), "grad_avg": group.get("centered", True)}
    for name, kept in wanted.items():
        if not kept:
            memory.pop(name, None)
        elif "square_avg" in memory:
            memory.setdefault(name, torch.zeros_like(value))
