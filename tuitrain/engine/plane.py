"""The plane that a decision surface is drawn on: both inputs themselves, or a slice through more of them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from tuitrain.engine.split import Placed

GRID = 96  # points along each side of a surface: 9,216 samples, about one millisecond for a small net
WIDEST = 64  # inputs of which a slice is drawn


@dataclass(frozen=True, slots=True)
class Plane:
    """Where samples lie in a plane, and which samples lie at its points."""

    place: Callable[[Tensor], Tensor]
    """Takes stored inputs [N, F] to the plane [N, 2]."""
    lift: Callable[[Tensor], Tensor]
    """Takes points of the plane [N, 2] to scaled inputs [N, F]."""
    low: Tensor
    """The corner below and left of all training samples, a margin away [2]."""
    high: Tensor
    """The corner opposite [2]."""
    shares: Tensor | None = None
    """How much of the variance lies along each axis [2], where it is a slice."""

    @property
    def extent(self) -> Tensor:
        """Return x low and high, y low and high [4]."""
        return torch.stack([self.low[0], self.high[0], self.low[1], self.high[1]])

    @property
    def grid(self) -> Tensor:
        """Return scaled inputs at GRID x GRID points of it, row by row from the lowest y [GRID * GRID, F]."""
        steps = torch.linspace(0, 1, GRID, device=self.low.device)
        ends = zip(self.low, self.high, strict=True)
        xs, ys = (steps * (high - low) + low for low, high in ends)
        y, x = torch.meshgrid(ys, xs, indexing="ij")
        return self.lift(torch.stack([x.reshape(-1), y.reshape(-1)], dim=1))


def plane_of(train: Placed) -> Plane | None:
    """Return the plane of samples of two numbers, and of up to 64 where classes are learned; None of any others."""
    shape = train.inputs.shape[1:]
    if shape == (2,):
        return Plane(_unchanged, train.scaled, *margins(train.inputs))
    several = len(shape) == 1 and 2 < shape[0] <= WIDEST
    return _slice(train) if several and not train.labels.is_floating_point() else None


def margins(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the lowest and the highest of each column, and a tenth beyond."""
    low, high = inputs.amin(0), inputs.amax(0)
    margin = (high - low).clamp(min=1e-6) * 0.1
    return low - margin, high + margin


def _unchanged(points: Tensor) -> Tensor:
    return points


def _slice(train: Placed) -> Plane:
    """Return the plane through the mean of the scaled inputs along their first two principal components.

    By the eigenvectors of the covariance, each turned so that its largest entry is positive.
    """
    centre, covariance = _moments(train)
    variances, vectors = torch.linalg.eigh(covariance)
    axes, shares = vectors[:, [-1, -2]], variances[[-1, -2]] / variances.sum().clamp(min=1e-12)
    largest = axes.gather(0, axes.abs().argmax(0, keepdim=True))
    axes = (axes * torch.where(largest < 0, -1.0, 1.0)).float().to(train.mean.device)
    centre = centre.float().to(train.mean.device)

    def place(inputs: Tensor) -> Tensor:
        return torch.matmul(train.scaled(inputs) - centre, axes)

    def lift(points: Tensor) -> Tensor:
        return torch.addmm(centre, points, axes.T)

    placed = torch.cat([(part - centre) @ axes for part in train.parts()])
    return Plane(place, lift, *margins(placed), shares.clamp(min=0).float())


def _moments(train: Placed) -> tuple[Tensor, Tensor]:
    """Return the mean [F] and the covariance [F, F] of the scaled inputs, a part at a time, on the host."""
    features = train.inputs.shape[1]
    total = torch.zeros(features, dtype=torch.float64)  # on the host: MPS has no float64
    products = torch.zeros(features, features, dtype=torch.float64)
    for part in train.parts():
        rows = part.cpu().double()
        total += rows.sum(0)
        products += rows.T @ rows
    mean = total / len(train)
    return mean, products / len(train) - torch.outer(mean, mean)
