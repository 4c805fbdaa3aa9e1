"""What a run learned, as it is taken elsewhere: the kept weights in the model, its scaling with it.

It knows checkpoints, not runs or formats.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from tuitrain.datasets.recipe import Recipe
from tuitrain.engine import checkpoint
from tuitrain.models import Network

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SAMPLES = 16  # with which a file is compared that was written


class Untrained(Exception):
    """The checkpoint does not suit the model; the message names it."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A model with its kept weights, in evaluation, on the CPU."""

    net: nn.Module
    recipe: Recipe
    path: Path
    """The checkpoint that the weights are from."""
    step: int

    @property
    def outputs(self) -> tuple[str, ...]:
        """What `Applied` gives, by name."""
        return ("predictions",) if self.recipe.task == "regression" else ("probabilities", "logits")


def learned(model: Network, recipe: Recipe, path: Path) -> Learned:
    """Return the model with the weights in this checkpoint; raise Untrained or checkpoint.Damaged."""
    state = checkpoint.load(path)
    net = model.build(recipe.shape, len(recipe.labels))
    try:
        net.load_state_dict(state["model"])
    except (KeyError, RuntimeError) as error:
        why = str(error).strip().splitlines()[-1].strip()
        raise Untrained(f"{path} does not suit the model of the run: {why}") from None
    return Learned(net.eval().requires_grad_(False), recipe, path, int(state["step"]))


class Applied(nn.Module):
    """The model with its scaling: inputs [N, *shape] as they are (float32) to what a person wants to know.

    Of classes that is probabilities and logits [N, C]; of a regression the numbers [N, T] in their own units.
    """

    mean: Tensor
    factor: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, found: Learned) -> None:
        super().__init__()
        recipe = found.recipe
        shape = (1, -1, *(1 for _ in recipe.shape[1:]))
        self.net = _plain(found.net)
        self.regression = recipe.task == "regression"
        self.register_buffer("mean", torch.tensor(recipe.scaling.mean, dtype=torch.float32).reshape(shape))
        self.register_buffer("factor", torch.tensor([1 / std for std in recipe.scaling.std]).reshape(shape))
        self.register_buffer("centre", torch.tensor(recipe.targets.mean))
        self.register_buffer("spread", torch.tensor(recipe.targets.std))

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return probabilities and logits, or the predicted numbers alone."""
        outputs = self.net((inputs - self.mean) * self.factor)
        return (outputs * self.spread + self.centre,) if self.regression else (outputs.softmax(1), outputs)


def _plain(net: nn.Module) -> nn.Module:
    """Return the net in layers of torch: that of NumPy computes in float64, and so do they."""
    if not hasattr(net, "descend"):
        return net
    state = net.state_dict()
    hidden, inputs = state["W1"].shape
    first = nn.Linear(inputs, hidden, dtype=torch.float64)
    second = nn.Linear(hidden, len(state["W2"]), dtype=torch.float64)
    first.load_state_dict({"weight": state["W1"], "bias": state["b1"]})
    second.load_state_dict({"weight": state["W2"], "bias": state["b2"]})
    return nn.Sequential(nn.Flatten(), Doubled(nn.Sequential(first, nn.ReLU(), second)))


class Doubled(nn.Module):
    """Layers of float64 between inputs and outputs of float32."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the outputs [N, C]."""
        return self.net(inputs.double()).float()  # type: ignore[no-any-return]  # untyped in torch


def probes(recipe: Recipe) -> Tensor:
    """Return inputs [N, *shape] like those that were learned from, always the same: pixels, or normal numbers."""
    generator = torch.Generator().manual_seed(0)
    if recipe.white is not None:
        return torch.rand(SAMPLES, *recipe.shape, generator=generator) * recipe.white
    shape = (1, -1, *(1 for _ in recipe.shape[1:]))
    mean, std = (torch.tensor(values).reshape(shape) for values in (recipe.scaling.mean, recipe.scaling.std))
    return torch.randn(SAMPLES, *recipe.shape, generator=generator) * std + mean


@torch.inference_mode()
def apply(applied: Applied, inputs: Tensor) -> tuple[Tensor, ...]:
    """Return what the model makes of inputs [N, *shape] that are not scaled yet."""
    found: tuple[Tensor, ...] = applied(inputs)
    return found


def tensor(inputs: "Array") -> Tensor:
    """Return samples [N, *shape] of files as the model takes them."""
    return torch.from_numpy(np.ascontiguousarray(inputs, np.float32))


def difference(applied: Applied, inputs: Tensor, others: tuple[Tensor, ...]) -> float:
    """Return by how much the outputs differ at most from those of a file that was read back; raise ValueError.

    The measure is the largest distance to what the run's own model says, relative to the largest output.
    """
    own = apply(applied, inputs)
    if [tuple(each.shape) for each in own] != [tuple(each.shape) for each in others]:
        raise ValueError("it gives outputs of another shape than the run's model")
    return max(
        float((each - other).abs().max() / each.abs().max().clamp(min=1.0))
        for each, other in zip(own, others, strict=True)
    )
