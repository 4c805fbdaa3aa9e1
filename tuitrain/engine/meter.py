"""Loss and hits of each step, kept on the device until they are read: a read waits for the device, so there are few."""

from dataclasses import dataclass, field
from time import monotonic

import torch
from torch import Tensor

INTERVAL = 0.1  # seconds between two reads: what an eye can follow
CAPACITY = 4096


@dataclass(slots=True)
class Tally:
    """Sums over steps, on the host in float64, so that when they were read does not change them."""

    losses: float = 0.0
    hits: int = 0
    samples: int = 0

    def add(self, loss: float, hits: int, samples: int) -> None:
        """Count one step of this mean loss."""
        self.losses += loss * samples
        self.hits += hits
        self.samples += samples

    def metrics(self) -> dict[str, float]:
        """Return the means per sample."""
        return {"train/loss": self.losses / self.samples, "train/accuracy": self.hits / self.samples}


@dataclass(slots=True)
class Meter:
    """A buffer of two numbers a step: mean loss and number of hits."""

    device: torch.device
    every: int
    """Steps between reads; 0 is by the clock."""
    buffer: Tensor = field(init=False)
    sizes: list[int] = field(default_factory=list)
    last: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        """Take the memory once."""
        self.buffer = torch.empty(CAPACITY, 2, device=self.device)

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Note one step; two small kernels, no wait."""
        row = self.buffer[len(self.sizes)]
        row[0] = loss.detach()
        row[1] = (logits.argmax(1) == labels).sum()
        self.sizes.append(len(labels))

    def due(self) -> bool:
        """Tell whether it is time to read: by count where one is asked for, else by the clock, always when full."""
        waiting = len(self.sizes)
        if waiting == CAPACITY:
            return True
        return waiting >= self.every if self.every else monotonic() - self.last >= INTERVAL

    def read(self) -> list[tuple[float, int, int]]:
        """Return loss, hits and samples of each step since the last read, and forget them."""
        rows = self.buffer[: len(self.sizes)].tolist()
        steps = [(loss, int(hits), size) for (loss, hits), size in zip(rows, self.sizes, strict=True)]
        self.sizes.clear()
        self.last = monotonic()
        return steps
