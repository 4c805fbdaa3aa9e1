"""Loss and hits of each step, kept on the device until they are read: a read waits for it, so there are few."""

from dataclasses import dataclass, field
from math import isfinite
from time import monotonic

import torch
from torch import Tensor

INTERVAL = 0.1  # seconds between two points of a curve: what an eye can follow
CAPACITY = 4096  # steps between two reads at most: 32 kB


@dataclass(slots=True)
class Tally:
    """Sums over steps, on the host in float64, so that when they were read does not change them."""

    losses: float = 0.0
    hits: int = 0
    samples: int = 0
    steps: int = 0

    def add(self, loss: float, hits: int, samples: int) -> None:
        """Count one step of this mean loss."""
        self.losses += loss * samples
        self.hits += hits
        self.samples += samples
        self.steps += 1

    def metrics(self) -> dict[str, float]:
        """Return the means per sample."""
        return {"train/loss": self.losses / self.samples, "train/accuracy": self.hits / self.samples}


@dataclass(slots=True)
class Meter:
    """A buffer of two numbers a step, mean loss and number of hits, and what those that were read add up to."""

    device: torch.device
    every: int
    """Steps between two points of the curves; 0 is by the clock."""
    recent: Tally = field(default_factory=Tally)
    """Since the last point of the curves."""
    epoch: Tally = field(default_factory=Tally)
    """Since the last evaluation."""
    _buffer: Tensor = field(init=False)
    _sizes: list[int] = field(default_factory=list)
    _told: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        """Take the memory once."""
        self._buffer = torch.empty(CAPACITY, 2, device=self.device)

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Note one step; two small kernels, no wait."""
        row = self._buffer[len(self._sizes)]
        row[0] = loss.detach()
        row[1] = (logits.argmax(1) == labels).sum()
        self._sizes.append(len(labels))

    def due(self) -> bool:
        """Tell whether a point of the curves is due, by count or by the clock, or the buffer is full."""
        waiting = len(self._sizes)
        if waiting == CAPACITY:
            return True
        return self.recent.steps + waiting >= self.every if self.every else monotonic() - self._told >= INTERVAL

    def read(self) -> tuple[int, float] | None:
        """Add up the steps since the last read; return how many steps ago a loss was not finite first, and the loss."""
        rows = self._buffer[: len(self._sizes)].tolist()
        spoilt = None
        for number, ((loss, hits), size) in enumerate(zip(rows, self._sizes, strict=True), start=1):
            if spoilt is None and not isfinite(loss):
                spoilt = (len(rows) - number, loss)
            self.recent.add(loss, int(hits), size)
            self.epoch.add(loss, int(hits), size)
        self._sizes.clear()
        return spoilt

    def take_recent(self) -> dict[str, float]:
        """Return the means since the last point, and begin the next."""
        metrics, self.recent, self._told = self.recent.metrics(), Tally(), monotonic()
        return metrics

    def take_epoch(self) -> dict[str, float]:
        """Return the means since the last evaluation, and begin anew."""
        metrics, self.epoch = self.epoch.metrics(), Tally()
        return metrics
