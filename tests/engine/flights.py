"""Trainings that stumble: data in which something is planted, and somebody who answers when a training waits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from lessons import Told, toy

from tuitrain.datasets import Data
from tuitrain.engine.split import shuffled
from tuitrain.engine.train import train
from tuitrain.events import Command, Event, Planned, Start
from tuitrain.experiment import Experiment

Answer = str | tuple[str, dict[str, Any]]
"""An action, alone or with its arguments."""


@dataclass(slots=True)
class Answering(Told):
    """A control that says the next of its answers whenever the training waits; ids are their numbers, from "1"."""

    answers: Sequence[Answer] = ()
    _said: int = 0
    _due: list[Command] = field(default_factory=list)

    def commands(self) -> list[Command]:
        """Return the answer that is due."""
        due, self._due = self._due, []
        return due

    def wait(self) -> None:
        """Let the next answer be due."""
        Told.wait(self)
        if self._said < len(self.answers):
            answer = self.answers[self._said]
            self._said += 1
            action, arguments = (answer, {}) if isinstance(answer, str) else answer
            self._due.append(Command(id=str(self._said), action=action, arguments=arguments))


def flown(
    experiment: Experiment,
    folder: Path,
    *answers: Answer,
    plant: Callable[[Data], object] | None = None,
    plan: Sequence[Planned] = (),
) -> list[Event]:
    """Return the events of a training of such data; with answers it waits for them, without it does as it is set."""
    data = experiment.dataset.load(folder)
    if plant:
        plant(data)
    start = Start(waits=bool(answers), plan=tuple(plan))
    return list(train(experiment, data, Answering(answers=answers), folder, start))


def poisoned(sample: int, value: float = float("nan")) -> Callable[[Data], None]:
    """Return what puts a value into the first input of a training sample."""

    def plant(data: Data) -> None:
        data.train.inputs.reshape(len(data.train), -1)[sample, 0] = value

    return plant


def unstable(**training: Any) -> Experiment:
    """Return a regression whose loss has gone beyond all bounds at step 71, and does not at half the learning rate."""
    return toy(
        dataset={"kind": "curve"},
        models=[{"kind": "mlp", "hidden": [8]}],
        optimizer={"lr": 1.1},
        training={"epochs": 30, "evaluate_every": 4, "spike": 10.0, **training},
    )


def spiked() -> tuple[Experiment, int]:
    """Return an experiment of two epochs of 80 steps, and the sample that is learned from first at step 76."""
    experiment = toy(dataset={"kind": "moons", "points": 400}, training={"batch_size": 4, "epochs": 2, "spike": 10.0})
    return experiment, int(shuffled(320, 0, 0, torch.device("cpu"))[75 * 4])


class Nobody:
    """A control that says nothing."""

    def commands(self) -> list[Any]:
        """Return nothing."""
        return []

    def wait(self) -> None:
        """Return at once."""


def last_of(folder: Path) -> Path:
    """Return the last checkpoint of a run."""
    return folder / "checkpoints" / "last.pt"


def killed(going: Iterator[Event], when: Callable[[Event], bool]) -> list[Event]:
    """Return the events of a training up to the one of which this is true; then it is no more."""
    events = []
    for event in going:
        events.append(event)
        if when(event):
            break
    going.close()  # type: ignore[attr-defined]  # a generator, as train's type does not say
    return events
