"""Trainings that are interrupted and go on, told what to do at certain steps, and the numbers they told."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lessons import Told, timeless

from tuitrain.engine.train import train
from tuitrain.events import Command, Evaluated, Event, Finished, Start, Stepped
from tuitrain.experiment import Experiment

BEGINNING = Start()

Said = Mapping[int, Sequence[tuple[str, Mapping[str, Any]]]]
"""Actions and their arguments, by the number of the look, from 0; that of a step where every step is recorded."""


@dataclass(slots=True)
class Driver(Told):
    """A control that says what to do at certain looks; the id of a command is the look and its place in it: 3.0."""

    said: Said = field(default_factory=dict)

    def commands(self) -> list[Command]:
        """Return what is to be said at this look."""
        look, self.looks = self.looks, self.looks + 1
        found = enumerate(self.said.get(look, ()))
        return [Command(id=f"{look}.{n}", action=action, arguments=arguments) for n, (action, arguments) in found]


def course(
    experiment: Experiment, folder: Path, start: Start = BEGINNING, *, said: Said | None = None, until: int = 0
) -> list[Event]:
    """Return the events of a training that begins so and is told so; killed after so many events, where there are."""
    events: list[Event] = []
    going = train(experiment, experiment.dataset.load(folder), Driver(said=said or {}), folder, start)
    for event in going:
        events.append(event)
        if len(events) == until:
            break
    going.close()  # type: ignore[attr-defined]  # a generator, as train's type does not say
    return events


def numbers(events: Sequence[Event], after: int = 0) -> list[Any]:
    """Return all that was measured beyond a step, and how it ended, without what depends on the clock."""
    told = [event for event in events if isinstance(event, (Stepped, Evaluated)) and event.step > after]
    return timeless([*told, *(event for event in events if isinstance(event, Finished))])


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a run."""
    return sorted((folder / "checkpoints").glob("*.pt"))


def copied(folder: Path, name: str) -> Path:
    """Copy what a training left to a folder beside it, for another one to go on there."""
    return Path(shutil.copytree(folder, folder.with_name(f"{folder.name} {name}"), dirs_exist_ok=True))
