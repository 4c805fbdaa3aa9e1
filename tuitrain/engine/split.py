"""A split on the device: kept there as it came (uint8 for pixels) and scaled a batch at a time."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tuitrain.datasets import Scaling, Split


@dataclass(frozen=True, slots=True)
class Placed:
    """Inputs [N, *shape], labels [N], mean and factor [1, *shape or ones], all on one device."""

    inputs: Tensor
    labels: Tensor
    mean: Tensor
    factor: Tensor

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.labels)

    def head(self, samples: int) -> "Placed":
        """Return the first samples, without copying them."""
        return replace(self, inputs=self.inputs[:samples], labels=self.labels[:samples])

    def scaled(self, inputs: Tensor) -> Tensor:
        """Return (inputs - mean) / std as float32: new memory, the stored inputs stay as they are."""
        return torch.sub(inputs, self.mean).mul_(self.factor)

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return scaled inputs and labels of the chosen sample numbers [B]."""
        return self.scaled(self.inputs.index_select(0, chosen)), self.labels.index_select(0, chosen)


def place(split: Split, scaling: Scaling, device: torch.device) -> Placed:
    """Return the split on the device: uint8 images take a quarter of the memory that floats would."""
    shape = (1, -1, *(1 for _ in split.inputs.shape[2:]))
    mean = torch.tensor(scaling.mean, dtype=torch.float32, device=device).reshape(shape)
    factor = torch.tensor([1 / std for std in scaling.std], dtype=torch.float32, device=device).reshape(shape)
    return Placed(_tensor(split.inputs).to(device), _tensor(split.labels).to(device), mean, factor)


def _tensor(array: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> Tensor:
    # A memory-mapped cache is read-only and torch wants to be able to write: one copy, at the start.
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def shuffled(samples: int, seed: int, epoch: int, device: torch.device) -> Tensor:
    """Return the order of an epoch [samples]: it follows from seed and epoch alone, so a resumed run sees the same."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    return torch.randperm(samples, generator=generator).to(device)
