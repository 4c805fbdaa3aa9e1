"""What the views draw at a step: arrays computed beside the model, for viewers without torch or data."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tuitrain.engine.evaluation import Evaluation, logits
from tuitrain.engine.split import Placed
from tuitrain.files import write_whole

Arrays = dict[str, np.ndarray[Any, np.dtype[Any]]]

GRID = 96  # points along each side of a surface: 9,216 samples, about one millisecond for a small net
POINTS = 2_000  # training samples drawn on a surface
UNITS = 32  # first-layer units whose weights are shown as images


@dataclass(frozen=True, slots=True)
class Camera:
    """Takes snapshots of a model that learns this split."""

    folder: Path
    train: Placed

    def take(self, net: nn.Module, evaluation: Evaluation, split: str, step: int) -> str:
        """Write the arrays of this step; return the path relative to the run's directory. Raise OSError."""
        arrays: Arrays = {"confusion": evaluation.confusion.to(torch.int32).numpy(), "split": np.array(split)}
        shape = self.train.inputs.shape[1:]
        if shape == (2,):
            arrays |= self._surface(net)
        if len(shape) == 3 and shape[0] == 1:
            arrays |= _weights(net, (shape[1], shape[2]))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{step:09d}.npz"
        write_whole(self.folder / name, _packed(arrays), durable=False)
        return f"{self.folder.name}/{name}"

    def _surface(self, net: nn.Module) -> Arrays:
        """Return the most probable class and its probability (0..255) on a grid, row 0 at the lowest y."""
        points = self.train.inputs[:POINTS]
        low, high = self.train.inputs.amin(0), self.train.inputs.amax(0)
        margin = (high - low).clamp(min=1e-6) * 0.1
        low, high = low - margin, high + margin
        grid = _grid(low, high)
        confidence, classes = logits(net, self.train.scaled(grid)).softmax(1).max(1)
        return {
            "surface": classes.reshape(GRID, GRID).to(torch.int16).cpu().numpy(),
            "confidence": (confidence.reshape(GRID, GRID) * 255).round().to(torch.uint8).cpu().numpy(),
            "extent": torch.stack([low[0], high[0], low[1], high[1]]).cpu().numpy(),
            "points": points.cpu().numpy(),
            "labels": self.train.labels[:POINTS].to(torch.int16).cpu().numpy(),
            "predictions": logits(net, self.train.scaled(points)).argmax(1).to(torch.int16).cpu().numpy(),
        }


def _grid(low: Tensor, high: Tensor) -> Tensor:
    xs = torch.linspace(0, 1, GRID, device=low.device) * (high[0] - low[0]) + low[0]
    ys = torch.linspace(0, 1, GRID, device=low.device) * (high[1] - low[1]) + low[1]
    y, x = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack([x.reshape(-1), y.reshape(-1)], dim=1)


def _weights(net: nn.Module, size: tuple[int, int]) -> Arrays:
    first = next((value for value in net.parameters() if value.dim() == 2), None)
    if first is None or first.shape[1] != size[0] * size[1]:
        return {}
    images = first.detach()[:UNITS].reshape(-1, *size)
    return {"weights": images.to(torch.float16).cpu().numpy()}


def _packed(arrays: Mapping[str, np.ndarray[Any, np.dtype[Any]]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
