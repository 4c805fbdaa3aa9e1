"""The flight recorder: the last states of a training in memory, and the way back to before a step that spoilt it.

That a step is one is for the meter to find, and what becomes of it for the orders and the experiment to say.
"""

import os
import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import torch
from torch import Tensor

from tuitrain.engine import names
from tuitrain.engine.anatomy import gradient_norm
from tuitrain.engine.checkpoint import Damaged
from tuitrain.engine.lesson import Lesson
from tuitrain.engine.spread import crowded
from tuitrain.engine.state import State, on_host, read
from tuitrain.engine.trouble import Spoilt, is_finite
from tuitrain.engine.tuning import retune
from tuitrain.events import Changed, Event, Planned, Refused, Restarted, Skipped, Warned

STATES, BYTES = 4, 1_000_000_000  # that are kept at most
SHARE = 0.02  # of the time of training that copies may take
PAUSE = 0.1  # seconds between two copies at least
BACK = 64  # steps that a training goes back, and whose gradients are told


@dataclass(slots=True)
class Recorder:
    """Copies states of a lesson as it goes, takes it back to any step since, and looks at what happened there."""

    lesson: Lesson
    bold: set[int] = field(default_factory=set)
    """The steps whose batches are to be learned from though their losses shoot up, as is planned."""
    states: list[State] = field(default_factory=list)
    """In the order of their steps; their weights are finite. None where the model is too large to be copied."""
    origin: State | None = None
    """The state that the training began with, on the host; None where the model is too large to be copied."""
    _full: bool = False
    """Whether the memory of the device was too small for a copy: then there is none."""
    _warned: bool = False
    _settings: dict[str, Any] = field(default_factory=dict)
    _last: float = 0.0
    _cost: float = 0.0

    @classmethod
    def planned(cls, lesson: Lesson, plan: Sequence[Planned]) -> "Recorder":
        """Return one that knows which batches are to be left out, and which are not in any case."""
        lesson.course.skipped |= {planned.step: True for planned in plan if planned.action == "skip"}
        return cls(lesson, {planned.step for planned in plan if planned.action == "go_on"})

    @property
    def skipped(self) -> Collection[int]:
        """The steps whose batches are not learned from."""
        return self.lesson.course.skipped

    def begin(self) -> None:
        """Take the state for the one that the training began with."""
        state = self._copied() if self._room else None
        self.origin = on_host(state) if state else None

    def keep(self) -> list[Event]:
        """Copy the state where that is due, and always where a setting is another one; the meter must have been read.

        Not at every evaluation either, so that copies take 2 % of the time at most. Return what there is to tell.
        """
        turned = self.lesson.settings != self._settings
        if turned:
            self._settings = self.lesson.course.turns[self.lesson.step] = self.lesson.settings
        elif monotonic() - self._last < max(PAUSE, self._cost / SHARE):
            return []
        began = monotonic()
        self.copy()
        self._last = monotonic()
        self._cost = self._last - began
        if not self._full or self._warned:
            return []
        self._warned = True
        return [Warned(message="the memory of the device has no room for copies of the model: there is no way back")]

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
        room = self._room
        if room and is_finite(self.lesson.net) and (now := self._copied()):
            self.states = [*(state for state in self.states if state["step"] < self.lesson.step), now]
        while len(self.states) > room:
            steps = [state["step"] for state in self.states]
            far = len(steps) > 1 and steps[1] <= steps[-1] - BACK
            del self.states[0 if far else crowded(steps) or 0]

    def _copied(self) -> State | None:
        """Return a copy of the state; where the device has no memory for it, let go of those there are, for good."""
        try:
            return self.lesson.state()
        except torch.OutOfMemoryError:
            self._full, self.states = True, []
            return None

    @property
    def _room(self) -> int:
        """How many states may be kept; those there are on a GPU may become more by half of what is free."""
        size = max(_size(self.lesson), 1)
        room = 0 if self._full else min(STATES, BYTES // size)
        if self.lesson.device.type != "cuda":
            return room
        device = self.lesson.device
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return min(room, len(self.states) + (torch.cuda.mem_get_info(device)[0] + unused) // 2 // size)

    def back_to(self, step: int, measured: int = 0) -> list[float]:
        """Go back to after this step, or to the beginning: what comes of it is as it was, bit for bit.

        That takes the steps from a state on once more. Return the gradient norms of the last `measured` of them, as
        far as there are states in memory.
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
        """Put in the newest state that is not beyond the step wanted, else the oldest not beyond the latest.

        Where none in memory is so old it is one of the disk, else the beginning: what a step is does not hang on when
        states were copied, nor on whether the training was cut off since.
        """
        there = [state for state in self.states if state["step"] <= latest]
        fitting = [state for state in there if state["step"] <= wanted][-1:] or there[:1]
        state = fitting[0] if fitting else self._earlier(latest)
        self.states = there if fitting or state else self.states[:1]
        self.lesson.put_back(state or self.states[0])
        self._turn()  # it may have been saved before the setting that was changed at its step
        if not self.states:
            self.copy()

    def _earlier(self, step: int) -> State | None:
        """Return the newest state of the disk that is not beyond this step, else the one that the training began with.

        What is on the disk and was damaged is passed over.
        """
        for path in self.lesson.keeper.earlier(step):
            with suppress(Damaged):
                return read(path)
        return self.origin

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
        self._turn()
        if step + 1 in lesson.course.accepted:
            meter.read()
            meter.watch.accept(lesson.course.accepted[step + 1])
        return norm

    def _turn(self) -> None:
        """Take on the settings that came at this step, if any did."""
        turn = self.lesson.course.turns.get(self.lesson.step, self.lesson.settings)
        if turn != self.lesson.settings:
            self.lesson.meter.read()  # what was not read is in no state
            self._settle(turn)

    def _settle(self, settings: dict[str, Any]) -> None:
        """Take on all of these settings; the state is the same but for them."""
        lesson = self.lesson
        lesson.put_back(lesson.state() | {"settings": settings})
        retune(lesson.optimizer, lesson.experiment.optimizer)

    def rewind(self, steps: int, command: str | None = None) -> Iterator[Event]:
        """Go so many steps back, or to the beginning, with half the learning rate; other settings stay as they are.

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
        found = self.keep()
        lesson.course.changed = [(key, before[key], new) for key, new in now.items() if before[key] != new]
        yield from self.go_on_here(command)
        yield from found

    def go_on_here(self, command: str | None = None) -> Iterator[Event]:
        """Tell that the training goes on from where it was taken back to; what was kept of later steps is let go.

        It is saved before: killed in between, there is a state that goes on here, and the tale of how it came here.
        """
        lesson = self.lesson
        lesson.course.cut(lesson.step)
        self.bold = {step for step in self.bold if step <= lesson.step}
        gone = lesson.keeper.forget(lesson.step)
        saved = list(lesson.save())
        yield from self.tell_again(command)
        yield from saved
        yield from lesson.keeper.remove([path for path in gone if path.name != names.ring_file(lesson.step)])
        yield from lesson.album.recall(lesson.step, lesson.seconds)

    def tell_again(self, command: str | None = None) -> Iterator[Event]:
        """Tell from where it goes on, with what changed there, and which batches beyond are left out all the same."""
        lesson = self.lesson
        yield restarted(lesson, command)
        changed, lesson.course.changed = lesson.course.changed, []
        for key, old, new in changed:
            yield Changed(step=lesson.step, key=key, old=old, new=new)
        for step in lesson.course.tell_again(lesson.step):
            yield Skipped(step=step)

    def leave_out(self, step: int) -> Iterator[Event]:
        """Tell that a batch is not learned from, unless that was told."""
        if self.lesson.course.skipped[step]:
            self.lesson.course.skipped[step] = False
            yield Skipped(step=step)


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
