"""The flight recorder: the last states of a training in memory, and the way back to before a step that spoilt it.

That a step is one is for the meter to find, and what becomes of it for the orders and the experiment to say.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import torch
from torch import Tensor

from tuitrain.engine.anatomy import gradient_norm
from tuitrain.engine.lesson import Lesson
from tuitrain.engine.spread import crowded
from tuitrain.engine.state import State
from tuitrain.engine.trouble import Spoilt, is_finite
from tuitrain.engine.tuning import retune
from tuitrain.events import Changed, Event, Planned, Refused, Restarted, Skipped

STATES, BYTES = 4, 1_000_000_000  # that are kept at most
SHARE = 0.02  # of the time of training that copies may take
PAUSE = 0.1  # seconds between two copies at least
BACK = 64  # steps that a training goes back, and whose gradients are told


@dataclass(slots=True)
class Recorder:
    """Copies states of a lesson as it goes, takes it back to any step since, and looks at what happened there."""

    lesson: Lesson
    skipped: dict[int, bool] = field(default_factory=dict)
    """The steps whose batches are not learned from, and whether that is still to be told."""
    states: list[State] = field(default_factory=list)
    """In the order of their steps; their weights are finite. None where the model is too large to be copied."""
    rewound: int = 0
    """Times that it went back by itself."""
    _settings: dict[str, Any] = field(default_factory=dict)
    _turns: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What the settings are from the end of a step on, where they became others."""
    _last: float = 0.0
    _cost: float = 0.0

    @classmethod
    def planned(cls, lesson: Lesson, plan: Sequence[Planned]) -> "Recorder":
        """Return one that knows which batches are to be left out."""
        return cls(lesson, {planned.step: True for planned in plan if planned.action == "skip"})

    def keep(self) -> None:
        """Copy the state where that is due, and always where a setting is another one; the meter must have been read.

        Not at every evaluation either, so that copies take 2 % of the time at most.
        """
        turned = self.lesson.settings != self._settings
        if turned:
            self._settings = self._turns[self.lesson.step] = self.lesson.settings
        elif monotonic() - self._last < max(PAUSE, self._cost / SHARE):
            return
        began = monotonic()
        self.copy()
        self._last = monotonic()
        self._cost = self._last - began

    def read(self, *, learned: bool) -> Spoilt | None:
        """Read the meter; return what was found. `learned`: whether the step under way was, and so has a loss.

        Of a loss that only shoots up nothing is made where there is no way back.
        """
        found, last = self.lesson.meter.read(), self.lesson.step - (not learned)
        if found is None or (found[2] == "spike" and not self.states):
            return None
        return Spoilt(last - found[0], *found[1:])

    def copy(self) -> None:
        """Copy the state, unless it is spoilt already and nobody noticed yet."""
        room = min(STATES, BYTES // max(_size(self.lesson), 1))
        if room and is_finite(self.lesson.net):
            before = [state for state in self.states if state["step"] < self.lesson.step]
            self.states = [*before, self.lesson.state()]
        while len(self.states) > room:
            steps = [state["step"] for state in self.states]
            far = len(steps) > 1 and steps[1] <= steps[-1] - BACK
            del self.states[0 if far else crowded(steps) or 0]

    def back_to(self, step: int, measured: int = 0) -> list[float]:
        """Go back to after this step, or to the oldest state: what comes of it is as it was, bit for bit.

        That takes the steps from a state on once more. Return the gradient norms of the last `measured` of them, as
        far as there are states.
        """
        lesson = self.lesson
        self.start_before(step - measured, step)
        norms: list[Tensor] = []
        while lesson.step < step:
            norm = self.again(measure=lesson.step >= step - measured)
            norms += [norm] if norm is not None else []
        lesson.meter.read()
        return torch.stack(norms).tolist() if norms else []

    def start_before(self, wanted: int, latest: int) -> None:
        """Put in the newest state that is not beyond the step wanted, else the oldest, not beyond the latest."""
        fitting = [state for state in self.states if state["step"] <= wanted] or self.states[:1]
        self.states = [state for state in self.states if state["step"] <= latest] or self.states[:1]
        self.lesson.put_back(fitting[-1])

    def again(self, *, measure: bool = False) -> Tensor | None:
        """Take the next step as it was taken, without a word; return the norm of its gradient where that is wanted."""
        lesson, meter = self.lesson, self.lesson.meter
        step = lesson.step = lesson.step + 1
        norm = None
        if step not in self.skipped:
            inputs, labels = lesson.draw(lesson.batch(step), step)
            lesson.set_lr(step - 1)
            taken = lesson.update(inputs, labels)
            meter.add(taken.loss, lesson.objective.score(taken.outputs, labels), len(labels))
            norm = (gradient_norm(lesson.net) if taken.norm is None else taken.norm) if measure else None
        if meter.due():
            meter.read()
            meter.take_recent()
        if lesson.evaluates(step):
            meter.read()
            meter.take_epoch()
            lesson.judge(lesson.album.look().quick(lesson.watched)[f"{lesson.watched}/loss"])
        if step in self._turns:
            self._settle(self._turns[step])
        return norm

    def _settle(self, settings: dict[str, Any]) -> None:
        """Take on all of these settings; the state is the same but for them."""
        lesson = self.lesson
        lesson.put_back(lesson.state() | {"settings": settings})
        retune(lesson.optimizer, lesson.experiment.optimizer)

    def rewind(self, steps: int, command: str | None = None) -> Iterator[Event]:
        """Go so many steps back, or to the oldest state, with half the learning rate; other settings stay as they are.

        What lies on the disk beyond that step is removed. A command is refused where there is no state.
        """
        lesson = self.lesson
        if command and not self.states:
            yield Refused(step=lesson.step, command=command, reason="the model is too large to keep copies of")
            return
        now = lesson.settings | {"optimizer.lr": lesson.experiment.optimizer.lr / 2}
        self.back_to(max(lesson.step - steps, 0))
        before = lesson.settings
        self._settle(now)
        self.keep()
        yield from self.go_on_here(command)
        for key, new in now.items():
            if before[key] != new:
                yield Changed(step=lesson.step, key=key, old=before[key], new=new)
        yield from lesson.save()

    def go_on_here(self, command: str | None = None) -> Iterator[Event]:
        """Tell that the training goes on from where it was taken back to; what was kept of later steps is let go."""
        lesson = self.lesson
        self._turns = {step: settings for step, settings in self._turns.items() if step <= lesson.step}
        yield restarted(lesson, command)
        yield from lesson.keeper.forget(lesson.step)
        yield from lesson.album.recall(lesson.step, lesson.seconds)

    def leave_out(self, step: int) -> Iterator[Event]:
        """Tell that a batch is not learned from, unless that was just told; after going back it is told anew."""
        if self.skipped[step]:
            yield Skipped(step=step)
        self.skipped[step] = True


def restarted(lesson: Lesson, command: str | None = None) -> Restarted:
    """Return the event that says from where the training goes on."""
    return Restarted(
        step=lesson.step,
        epoch=lesson.epoch(lesson.step),
        evaluated=lesson.evaluated,
        steps=lesson.steps,
        epochs=lesson.epochs,
        seconds=lesson.seconds,
        device=str(lesson.device),
        pid=os.getpid(),
        host=socket.gethostname(),
        command=command,
    )


def _size(lesson: Lesson) -> int:
    """Return how many bytes a state takes, model and memory of the optimizer, and the best one that it holds on to."""
    memory = [value for entry in lesson.optimizer.state.values() for value in entry.values()]
    tensors = [*lesson.net.state_dict().values(), *(value for value in memory if isinstance(value, Tensor))]
    size: int = sum(tensor.nbytes for tensor in tensors)
    return size * (2 if lesson.watched == "val" else 1)
