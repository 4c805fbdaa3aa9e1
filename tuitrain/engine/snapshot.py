"""What the views draw at a step, as one file of arrays: for viewers without torch or data."""

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tuitrain.engine import views
from tuitrain.engine.evaluation import Classified, Predicted
from tuitrain.engine.plane import Plane, plane_of
from tuitrain.engine.split import Placed, drawing_seed
from tuitrain.engine.views import Arrays
from tuitrain.files import write_whole


@dataclass(slots=True)
class Camera:
    """Takes snapshots of a model that learns `train` and is measured on `watched`, whose name is `split`."""

    folder: Path
    train: Placed
    watched: Placed
    split: str
    seed: int
    support: Tensor | None = None
    """The numbers of the training samples that carry the model, where it has such."""
    order: Tensor | None = None
    """The sample numbers of the last batch."""
    _plane: Plane | None = field(init=False)
    _generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Draw augmentation apart from training, which shall not change because somebody looks."""
        self._generator = torch.Generator(self.train.mean.device)
        self._plane = plane_of(self.train)

    def take(
        self, net: nn.Module, found: Classified | Predicted, step: int, *, last: bool = False, tsne: bool = False
    ) -> str:
        """Write the arrays of this step; return the path relative to the run's directory. Raise OSError.

        The last picture of a run is the one that people come back to, and may cost more.
        """
        arrays = {"split": np.array(self.split)} | views.worst(found, self.watched)
        self._generator.manual_seed(drawing_seed(self.seed, step))
        arrays |= self._of_classes(net, found, last) if isinstance(found, Classified) else self._of_numbers(net, found)
        arrays |= views.weights(net, tuple(self.train.inputs.shape[1:]))
        if tsne and "embedding" in arrays:
            laid_out = self.watched.scaled(self.watched.inputs[: views.LAID_OUT])
            arrays |= {"embedding": views.tsne(views.hidden(net, laid_out), self.seed).numpy(), "tsne": np.array(1)}
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{step:09d}.npz"
        write_whole(self.folder / name, _packed(arrays), durable=False)
        return f"{self.folder.name}/{name}"

    def _of_classes(self, net: nn.Module, found: Classified, last: bool) -> Arrays:
        shape = self.train.inputs.shape[1:]
        arrays = {"confusion": found.confusion.to(torch.int32).numpy()}
        if last or found.logits.numel() <= views.RANKED:
            arrays["average_precisions"] = found.average_precisions.float().numpy()
        arrays |= views.embedding(net, self.watched, found.predictions)
        if self._plane is not None:
            arrays |= views.surface(net, self.train, self._plane)
            if self.support is not None:
                arrays["support"] = self.support[self.support < views.POINTS].to(torch.int32).numpy()
        if len(shape) == 3:
            order = torch.arange(len(self.train), device=self.train.mean.device) if self.order is None else self.order
            arrays |= views.samples(net, self.train, order, self._generator)
        return arrays

    def _of_numbers(self, net: nn.Module, found: Predicted) -> Arrays:
        small = self.train.inputs.shape[1:] in ((1,), (2,))
        return views.fit(net, self.train, found, self._plane) if small else {}


def _packed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
