"""Trainings small enough for tests, and what they told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tuitrain.engine.train import train
from tuitrain.events import Command, Evaluated, Event
from tuitrain.experiment import Experiment, parse
from tuitrain.models import Network

E = TypeVar("E", bound=Event)
CLOCK = {"time", "seconds", "samples_per_second", "pid", "host"}


def toy(**tables: Any) -> Experiment:
    """Return an experiment on 48 + 12 points of a plane; each table given is put on top of the usual one."""
    usual: dict[str, Any] = {
        "dataset": {"kind": "gmm2d"},
        "optimizer": {"kind": "sgd"},
        "training": {"epochs": 3, "batch_size": 16, "device": "cpu", "threads": 1, "record_every": 1},
    }
    changed = {key: usual.get(key, {}) | table for key, table in tables.items() if key != "models"}
    return parse({"models": [{"kind": "linear"}], **usual, **tables, **changed})


@dataclass(slots=True)
class Told:
    """A control that hands out one batch of actions at each look; the id of a command is its number, from "1"."""

    batches: Sequence[Sequence[str]] = ()
    looks: int = 0
    waits: int = 0
    _given: int = field(default=0)

    def commands(self) -> list[Command]:
        """Return the next batch."""
        actions = self.batches[self.looks] if self.looks < len(self.batches) else ()
        self.looks += 1
        given, self._given = self._given, self._given + len(actions)
        return [Command(id=str(number), action=action) for number, action in enumerate(actions, start=given + 1)]

    def wait(self) -> None:
        """Count the waits, and let nobody wait for ever."""
        self.waits += 1
        assert self.waits < 100, "the training waits for commands that never come"


def trained(experiment: Experiment, folder: Path, *batches: Sequence[str], control: Told | None = None) -> list[Event]:
    """Return the events of a training of the first model, given these batches of commands."""
    data = experiment.dataset.load(folder)
    return list(train(experiment, data, control or Told(batches), folder))


def network(experiment: Experiment) -> Network:
    """Return the experiment's one model, which is trained a step at a time."""
    (model,) = experiment.models
    assert isinstance(model, Network)
    return model


def of(kind: type[E], events: Sequence[Event]) -> list[E]:
    """Return the events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def measured(events: Sequence[Event]) -> list[Evaluated]:
    """Return the evaluations once training has begun: without that of the untrained model."""
    return [event for event in of(Evaluated, events) if event.step]


def last(kind: type[E], events: Sequence[Event]) -> E:
    """Return the event at the end, which is of this kind."""
    assert isinstance(events[-1], kind), events[-1]
    return events[-1]


def timeless(events: Sequence[Event]) -> list[Any]:
    """Return the records without what depends on clock and machine."""
    return [_without_clock(event.record()) for event in events]


def _without_clock(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_clock(item) for key, item in value.items() if key not in CLOCK}
    return value
