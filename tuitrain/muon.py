"""Several torch optimizers that step as one: Muon takes only matrices and needs another beside it.

It imports torch, so only `build` of an optimizer may import it. It must not know settings.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.nn import Parameter
from torch.optim import Optimizer


class Joined(Optimizer):
    """Optimizers over different parameters, with one list of groups and one state between them.

    Groups and state are those of the parts themselves, not copies: what a schedule writes into a group here is
    what its part steps with, and `state_dict` holds everything, as that of any torch optimizer does.
    """

    def __init__(self, *parts: Optimizer) -> None:
        self.parts = parts
        super().__init__([group for part in parts for group in part.param_groups], {})
        for part in parts:
            self.state.update(part.state)
        self._share()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Let every part take its step; return the loss where a closure counts it, once, before all steps."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for part in self.parts:
            part.step()
        return loss

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from this state; raise ValueError where it is of other parameters."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        groups = iter(self.param_groups)
        for part in self.parts:
            part.param_groups = [next(groups) for _ in part.param_groups]
            part.state = self.state


def divide(parameters: Iterable[Parameter]) -> tuple[list[Parameter], list[Parameter]]:
    """Return what Muon is for, hidden matrices, and the rest: vectors, filters, and the last matrix, the output."""
    rest = list(parameters)
    matrices = [parameter for parameter in rest if parameter.ndim == 2]
    hidden = {id(matrix) for matrix in matrices[:-1]}
    return matrices[:-1], [parameter for parameter in rest if id(parameter) not in hidden]
