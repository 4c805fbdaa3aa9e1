"""A split where training wants it: on the device as it came (uint8 for pixels), scaled and augmented a batch at a time.

What does not fit on the device stays in the host's memory, or in its file, and is moved a batch at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from tuitrain.datasets import Augmentation, Scaling, Split
from tuitrain.engine.augment import augment, rotated
from tuitrain.engine.objective import scaled_targets

SHARE = 0.5  # of a card's free memory that data may take; the rest is for the model and its gradients
BATCH = 4096  # samples at once where nothing is learned


@dataclass(frozen=True, slots=True)
class Placed:
    """Inputs [N, *shape] (perhaps on the host), labels [N] or targets [N, T], mean and factor [1, *shape or ones]."""

    inputs: Tensor
    labels: Tensor
    mean: Tensor
    factor: Tensor
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.labels)

    def head(self, samples: int) -> "Placed":
        """Return the first samples, without copying them."""
        return replace(self, inputs=self.inputs[:samples], labels=self.labels[:samples])

    def scaled(self, inputs: Tensor) -> Tensor:
        """Return (inputs - mean) / std as float32: new memory, the stored inputs stay as they are."""
        return torch.sub(inputs.to(self.mean.device), self.mean).mul_(self.factor)

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return scaled inputs and labels of the chosen sample numbers [B]."""
        return self.scaled(self.pick(chosen)), self.labels.index_select(0, chosen)

    def pick(self, chosen: Tensor) -> Tensor:
        """Return the chosen inputs as they are stored, on the device."""
        return self.inputs.index_select(0, chosen.to(self.inputs.device)).to(self.mean.device)

    def augmented(self, chosen: Tensor, generator: torch.Generator) -> Tensor:
        """Return the chosen inputs as training sees them this time, scaled."""
        how = self.augmentation
        inputs = self.scaled(augment(self.pick(chosen).float(), how, generator))
        if how.noise:
            inputs += how.noise * torch.randn(inputs.shape, generator=generator, device=inputs.device)
        return inputs

    def parts(self) -> Iterator[Tensor]:
        """Return the scaled inputs in large batches, in order."""
        return (self.scaled(part) for part in self.inputs.split(BATCH))  # type: ignore[no-untyped-call]  # untyped in torch

    def rotated(self, degrees: float, seed: int) -> "Placed":
        """Return the same images, each turned by a random angle of at most this, as they are stored."""
        generator = torch.Generator(self.inputs.device).manual_seed(seed)
        turned = [rotated(part.float(), degrees, generator).to(self.inputs.dtype) for part in self.inputs.split(BATCH)]  # type: ignore[no-untyped-call]  # untyped in torch
        return replace(self, inputs=torch.cat(turned))


def place(split: Split, scaling: Scaling, device: torch.device, targets: Scaling | None = None) -> Placed:
    """Return the split on the device: uint8 images take a quarter of the memory that floats would."""
    shape = (1, -1, *(1 for _ in split.inputs.shape[2:]))
    mean = torch.tensor(scaling.mean, dtype=torch.float32, device=device).reshape(shape)
    factor = torch.tensor([1 / std for std in scaling.std], dtype=torch.float32, device=device).reshape(shape)
    inputs = _tensor(split.inputs)
    if inputs.nbytes <= room(device):
        inputs = inputs.to(device)
    labels = _tensor(split.labels).to(device)
    return Placed(inputs, scaled_targets(labels, targets) if targets else labels, mean, factor)


def room(device: torch.device) -> float:
    """Return how many bytes of data the device has room for; the host, which maps files, any number."""
    return SHARE * torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else float("inf")


def _tensor(array: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> Tensor:
    # torch wants to be able to write, and a cache is mapped read-only. Mapped again as copy-on-write it stays in its
    # file until a page is touched, so that a set larger than memory costs nothing here.
    if isinstance(array, np.memmap) and array.filename and array.flags.c_contiguous:
        return torch.from_numpy(np.memmap(array.filename, array.dtype, "c", _offset(array), array.shape))
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _offset(array: "np.memmap[tuple[int, ...], np.dtype[np.generic]]") -> int:
    """Return where in its file the array begins, in bytes: a slice itself knows only the offset of the whole."""
    whole = array
    while isinstance(whole.base, np.memmap):
        whole = whole.base
    return whole.offset + array.ctypes.data - whole.ctypes.data


def drawing_seed(seed: int, step: int) -> int:
    """Return the seed of what is drawn for the batch of a step: again, a resumed run sees the same."""
    return (seed * 1_000_003 + step) % 2**63


def shuffled(samples: int, seed: int, epoch: int, device: torch.device) -> Tensor:
    """Return the order of an epoch [samples]: it follows from seed and epoch alone, so a resumed run sees the same."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    return torch.randperm(samples, generator=generator).to(device)
