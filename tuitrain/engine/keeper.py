"""What of a model is kept: the best weights in memory, the last and the best on disk, at a bounded cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from torch import Tensor, nn

from tuitrain.engine import checkpoint
from tuitrain.engine.devices import random_states
from tuitrain.events import Event, Refused, Saved, Warned

SHARE = 50  # a save is due when training has gone on for 50 times what the last one took: 2 %
PAUSE = 5.0  # and at most this often, in seconds


@dataclass(slots=True)
class Keeper:
    """Watches the validation loss (mean, nats) and saves into `folder`."""

    folder: Path
    net: nn.Module
    optimizer: torch.optim.Optimizer
    best_loss: float = float("inf")
    best_step: int = 0
    best: dict[str, Tensor] | None = None
    stale: int = 0
    """Evaluations since the best one."""
    _unsaved_best: bool = False
    _last: float = field(default_factory=monotonic)
    _cost: float = 0.0

    def consider(self, loss: float, step: int) -> bool:
        """Keep a copy of the weights, on their device, if this loss is the lowest so far; tell whether it is."""
        if not loss < self.best_loss:
            self.stale += 1
            return False
        self.best_loss, self.best_step, self.stale = loss, step, 0
        self.best = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self._unsaved_best = True
        return True

    def due(self) -> bool:
        """Tell whether saving now stays within its share of the time."""
        return monotonic() - self._last >= max(PAUSE, SHARE * self._cost)

    def save(self, step: int, command: str | None = None) -> Iterator[Event]:
        """Write last.pt, and best.pt where the best is new; a full disk is a warning, training goes on."""
        began = monotonic()
        states = {"last.pt": self._state(step)}
        if self._unsaved_best:
            states["best.pt"] = {"model": self.best, "step": self.best_step, "loss": self.best_loss}
        for name, state in states.items():
            answered = command if name == "last.pt" else None  # a command has one answer
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                checkpoint.save(state, self.folder / name)
                yield Saved(step=step, path=f"{self.folder.name}/{name}", command=answered)
            except OSError as error:
                sentence = f"{self.folder / name} was not written: {error.strerror}; training goes on"
                refused = answered and Refused(step=step, command=answered, reason=sentence)
                yield refused or Warned(message=sentence)
            else:
                self._unsaved_best = self._unsaved_best and name != "best.pt"
        self._last = monotonic()
        self._cost = self._last - began

    @contextmanager
    def at_best(self) -> Iterator[None]:
        """Put the best weights in, and afterwards those that were there, bit for bit; there must be best ones."""
        there = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self.restore_best()
        try:
            yield
        finally:
            self.net.load_state_dict(there)

    def restore_best(self) -> None:
        """Put the best weights back, where there are any."""
        if self.best is not None:
            self.net.load_state_dict(self.best)

    def _state(self, step: int) -> dict[str, Any]:
        return {
            "model": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": random_states(next(self.net.parameters()).device),
            "step": step,
            "best": {"model": self.best, "step": self.best_step, "loss": self.best_loss, "stale": self.stale},
        }
