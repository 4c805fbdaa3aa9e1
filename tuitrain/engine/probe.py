"""The learning-rate range test: the loss while the learning rate climbs, on a state that is put back afterwards.

Source: Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

import numpy as np
import torch

from tuitrain.engine.devices import random_states, set_random_states
from tuitrain.engine.lesson import Lesson
from tuitrain.engine.split import shuffled
from tuitrain.events import Probed
from tuitrain.files import write_whole

LOWEST, HIGHEST, TRIALS = 1e-6, 10.0, 140  # 20 learning rates a decade
MEMORY = 0.9  # of the smoothed loss: about the last ten trials
BLOWN_UP = 4.0  # times the lowest smoothed loss: higher rates tell nothing more
SKIPPED = 10  # trials at the beginning, in which the smoothed loss has not settled
SEED = 20170404  # of the batches tried: always the same, and none of the training's own orders


@dataclass(frozen=True, slots=True)
class Curve:
    """Learning rates, the loss after a step at each, smoothed, and the rate at which it falls fastest."""

    rates: list[float]
    losses: list[float]
    suggestion: float | None


def probe(lesson: Lesson, step: int, command: str | None = None) -> Probed:
    """Try learning rates from where the training is and write the curve beside the snapshots. Raise OSError."""
    curve = climb(lesson)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, rates=np.array(curve.rates), losses=np.array(curve.losses))
    lesson.camera.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = lesson.camera.folder / f"rates-{step:09d}.npz"
    write_whole(path, buffer.getvalue())
    return Probed(step=step, path=f"{path.parent.name}/{path.name}", suggestion=curve.suggestion, command=command)


def climb(lesson: Lesson) -> Curve:
    """Return the curve; model, optimizer and random numbers are as before, or a RuntimeError is raised."""
    with restored(lesson):
        rates, losses = _tried(lesson)
    return Curve(rates, losses, _steepest(rates, losses))


def _tried(lesson: Lesson) -> tuple[list[float], list[float]]:
    factor = (HIGHEST / LOWEST) ** (1 / (TRIALS - 1))
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    lesson.net.train()
    for number, chosen in zip(range(TRIALS), _batches(lesson), strict=False):
        rate = LOWEST * factor**number
        for group in lesson.optimizer.param_groups:
            group["lr"] = rate * group["initial_lr"] / lesson.experiment.optimizer.lr
        loss = float(lesson.update(*lesson.train.batch(chosen)).loss.detach())
        mean = MEMORY * mean + (1 - MEMORY) * loss
        smooth = mean / (1 - MEMORY ** (number + 1))
        if not isfinite(smooth) or (losses and smooth > BLOWN_UP * min(losses)):
            break
        rates.append(rate)
        losses.append(smooth)
    return rates, losses


def _batches(lesson: Lesson) -> Iterator[torch.Tensor]:
    """Return sample numbers [B], batch after batch, for as long as anybody asks; drop_last holds here too."""
    size, epoch = lesson.experiment.training.batch(len(lesson.train)), 0
    while True:
        order = shuffled(len(lesson.train), SEED, epoch, lesson.device)
        yield from order[: lesson.per_epoch * size].split(size)  # type: ignore[no-untyped-call]  # untyped in torch
        epoch += 1


def _steepest(rates: list[float], losses: list[float]) -> float | None:
    """Return the rate at which the loss falls fastest over the logarithm of the rate; None where it never falls."""
    if len(rates) < SKIPPED + 2:
        return None
    slopes = np.gradient(losses, [log10(rate) for rate in rates])[SKIPPED:]
    place = int(slopes.argmin())
    return rates[SKIPPED + place] if slopes[place] < 0 else None


@contextmanager
def restored(lesson: Lesson) -> Iterator[None]:
    """Put back model, optimizer and random numbers afterwards, and prove it by their digest."""
    before, state = digest(lesson), deepcopy(_state(lesson))
    training = lesson.net.training
    try:
        yield
    finally:
        lesson.net.load_state_dict(state["model"])
        lesson.optimizer.load_state_dict(state["optimizer"])
        set_random_states(state["rng"], lesson.device)
        lesson.net.train(training)
    if digest(lesson) != before:
        raise RuntimeError("trying learning rates changed the model or its optimizer, and this cannot go on")


def _state(lesson: Lesson) -> dict[str, Any]:
    model, optimizer = lesson.net.state_dict(), lesson.optimizer.state_dict()
    return {"model": model, "optimizer": optimizer, "rng": random_states(lesson.device)}


def digest(lesson: Lesson) -> str:
    """Return the SHA-256 of everything that training goes on from."""
    found = hashlib.sha256()
    _feed(found, _state(lesson))
    return found.hexdigest()


def _feed(found: Any, value: Any) -> None:
    if isinstance(value, torch.Tensor):
        found.update(value.detach().cpu().contiguous().numpy().tobytes())
    elif isinstance(value, dict):
        for key in value:
            found.update(repr(key).encode())
            _feed(found, value[key])
    elif isinstance(value, list | tuple):
        for item in value:
            _feed(found, item)
    else:
        found.update(repr(value).encode())
