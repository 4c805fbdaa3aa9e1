"""Loss and score of each step, kept on the device until they are read: a read waits for it, so there are few.

It also knows how fast samples are learned from.
"""

from dataclasses import dataclass, field
from math import sqrt
from time import monotonic

import torch
from torch import Tensor

from tuitrain.datasets import Task
from tuitrain.engine.trouble import Kind, Watch

INTERVAL = 0.1  # seconds between two points of a curve: what an eye can follow
CAPACITY = 4096  # steps between two reads at most: 32 kB


@dataclass(slots=True)
class Tally:
    """Sums over steps, on the host in float64, so that when they were read does not change them."""

    task: Task
    losses: float = 0.0
    score: float = 0.0
    """Hits, or squared errors."""
    samples: int = 0
    steps: int = 0

    def add(self, loss: float, score: float, samples: int) -> None:
        """Count one step of this mean loss."""
        self.losses += loss * samples
        self.score += score
        self.samples += samples
        self.steps += 1

    def metrics(self) -> dict[str, float]:
        """Return the mean loss per sample, and the accuracy or the root mean squared error; nothing of no step."""
        if not self.steps:
            return {}
        mean = self.score / self.samples
        score = {"train/rmse": sqrt(mean)} if self.task == "regression" else {"train/accuracy": mean}
        return {"train/loss": self.losses / self.samples, **score}


@dataclass(slots=True)
class Meter:
    """A buffer of two numbers a step, mean loss and score, and what those that were read add up to."""

    device: torch.device
    task: Task
    every: int
    """Steps between two points of the curves; 0 is by the clock."""
    watch: Watch
    """What says whether a loss is one to go on from."""
    recent: Tally = field(init=False)
    """Since the last point of the curves."""
    epoch: Tally = field(init=False)
    """Since the last evaluation."""
    _buffer: Tensor = field(init=False)
    _sizes: list[int] = field(default_factory=list)
    _told: float = field(default_factory=monotonic)
    _since: float = field(default_factory=monotonic)
    """When the steps that were not read yet began."""
    _spent: float = 0.0
    """Seconds that the steps since the last point took."""

    def __post_init__(self) -> None:
        """Take the memory once."""
        self.recent, self.epoch = Tally(self.task), Tally(self.task)
        self._buffer = torch.empty(CAPACITY, 2, device=self.device)

    def go_on(self) -> None:
        """Count seconds from here on to the next read as training, and not those in between."""
        self._since = monotonic()

    def add(self, loss: Tensor, score: Tensor, samples: int) -> None:
        """Note one step; two small kernels, no wait."""
        row = self._buffer[len(self._sizes)]
        row[0] = loss.detach()
        row[1] = score.detach()
        self._sizes.append(samples)

    def due(self) -> bool:
        """Tell whether a point of the curves is due, by count or by the clock, or the buffer is full."""
        waiting = len(self._sizes)
        if waiting == CAPACITY:
            return True
        if self.every:
            return self.recent.steps + waiting >= self.every
        return monotonic() - self._told >= INTERVAL and self.recent.steps + waiting > 0

    def read(self) -> tuple[int, float, Kind] | None:
        """Add up the steps since the last read; return the first loss that is not one to go on from, if there is one.

        That is how many steps ago it was, the loss, and what is wrong with it.
        """
        rows = self._buffer[: len(self._sizes)].tolist()
        spoilt = None
        for number, ((loss, score), size) in enumerate(zip(rows, self._sizes, strict=True), start=1):
            wrong = self.watch.take(loss, size)
            if wrong and not spoilt:
                spoilt = (len(rows) - number, loss, wrong)
            self.recent.add(loss, score, size)
            self.epoch.add(loss, score, size)
        self._sizes.clear()
        self._spent += monotonic() - self._since
        return spoilt

    def take_recent(self) -> dict[str, float]:
        """Return the means since the last point and the samples learned from in a second of it, and begin the next."""
        metrics = self.recent.metrics() | {"samples_per_second": self.recent.samples / max(self._spent, 1e-9)}
        self.recent, self._told, self._spent = Tally(self.task), monotonic(), 0.0
        return metrics

    def take_epoch(self) -> dict[str, float]:
        """Return the means since the last evaluation, and begin anew."""
        metrics, self.epoch = self.epoch.metrics(), Tally(self.task)
        return metrics

    def state(self) -> dict[str, list[float]]:
        """Return what was read and not told yet: steps that were not read are in no state."""
        sums = {name: [tally.losses, tally.score, tally.samples, tally.steps] for name, tally in self._tallies()}
        return {**sums, "watch": self.watch.state()}

    def put_back(self, state: dict[str, list[float]]) -> None:
        """Go on from these sums; steps that were not read are forgotten."""
        for name, tally in self._tallies():
            losses, score, samples, steps = state[name]
            tally.losses, tally.score, tally.samples, tally.steps = losses, score, int(samples), int(steps)
        self.watch.put_back(state["watch"])
        self._sizes.clear()

    def _tallies(self) -> tuple[tuple[str, Tally], ...]:
        return ("recent", self.recent), ("epoch", self.epoch)
