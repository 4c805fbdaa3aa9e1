"""The commands that a training obeys between two steps, each answered once, and what is known of them beforehand."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal, NamedTuple

from tuitrain.engine.flight import BACK
from tuitrain.engine.lesson import Lesson
from tuitrain.events import ACTIONS, Changed, Command, Continued, Control, Event, Paused, Planned, Refused, Warned
from tuitrain.problems import Rejected

INTERVAL = 0.1  # seconds between two looks
STUMBLED = ("skip", "go_on")
DECISIONS = ("rewind", *STUMBLED, "stop", "abort")


class Steps(NamedTuple):
    """So many steps that a command asked for."""

    command: str
    many: int


@dataclass(slots=True)
class Orders:
    """What was ordered so far, and what is planned."""

    control: Control
    lesson: Lesson
    probe: Callable[[int, str], Event]
    """Tries learning rates at a step, for the command of this id."""
    rewind: Callable[[int, str], Iterator[Event]]
    """Goes so many steps back, for the command of this id."""
    plan: Sequence[Planned] = ()
    ended: Literal["", "stop", "abort"] = ""
    """How the training was told to end before its time."""
    command: str | None = None
    """The id of the command that ended it."""
    paused: bool = False
    _planned: dict[int, list[Planned]] = field(default_factory=dict)
    _asked: deque[Steps] = field(default_factory=deque)
    """The first of them may be under way."""
    _until: int = 0
    """The step to which those under way go; 0 where none are."""
    _waiting: deque[Command] = field(default_factory=deque)
    """Commands that came and were not looked at yet."""
    _heard: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        """Put the plan in order of its steps."""
        for planned in self.plan:
            self._planned.setdefault(planned.step, []).append(planned)

    @property
    def stepping(self) -> bool:
        """Whether the step to come was asked for alone, to be looked at closely."""
        return bool(self._until) and self._asked[0].many == 1

    def due(self, step: int) -> bool:
        """Tell whether to listen after this step: ten times a second, and where steps or plans say so."""
        return step == self._until or step in self._planned or monotonic() - self._heard >= INTERVAL

    def obey(self, step: int) -> Iterator[Event]:
        """Carry out what is planned and what came since the last call; while paused, wait here."""
        self._heard = monotonic()
        due = sorted(at for at in self._planned if at <= step)  # a state may be later than its journal knows
        for planned in [planned for at in due for planned in self._planned.pop(at)]:  # once, also after going back
            yield from self._follow(planned)
        if self._until and step >= self._until:
            self._until = 0
            yield Paused(step=step, command=self._asked.popleft().command)
        while True:
            self._waiting.extend(self.control.commands())
            while self._waiting:
                yield from self._carry_out(self._waiting.popleft(), self.lesson.step)
            if self._asked and not self._until:
                self._until = self.lesson.step + self._asked[0].many
            if self.ended or self._until or not self.paused:
                break
            self._wait()

    def decide(self, *, hopeless: bool) -> Generator[Event, None, Command]:
        """Wait to be told what becomes of a batch that the training stumbled over; return the command that says so.

        Other commands are answered meanwhile. Where it is `hopeless` to learn from it, to go on is refused.
        """
        step = self.lesson.step
        yield from self._refuse_steps(step, "training stumbled before they were taken")
        while True:
            self._waiting.extend(self.control.commands())
            while self._waiting:
                command = self._waiting.popleft()
                if refusal := _indecision(command, hopeless=hopeless):
                    yield Refused(step=step, command=command.id, reason=refusal)
                elif command.action in DECISIONS:
                    return command
                else:
                    yield from self._carry_out(command, step)
            self._wait()

    def _wait(self) -> None:
        began = monotonic()
        self.control.wait()
        self.lesson.began += monotonic() - began

    def refuse(self, step: int) -> Iterator[Event]:
        """Answer what came too late."""
        yield from self._refuse_steps(step, "training is over")
        self._waiting.extend(self.control.commands())
        while self._waiting:
            yield Refused(step=step, command=self._waiting.popleft().id, reason="training is over")

    def _refuse_steps(self, step: int, reason: str) -> Iterator[Event]:
        self._until = 0
        while self._asked:
            yield Refused(step=step, command=self._asked.popleft().command, reason=reason)

    def _follow(self, planned: Planned) -> Iterator[Event]:
        """Do what was planned; what is so already, as in a state that was saved after it, is not told again."""
        if planned.action == "stop" and not self.ended:
            self.ended = "stop"
        elif planned.action == "set" and self.lesson.settings.get(planned.key) != planned.value:
            try:
                yield from self._set(planned.key, planned.value)
            except Rejected as error:
                yield Warned(message=f"what was planned for step {planned.step} cannot be: {error}")

    def _carry_out(self, command: Command, step: int) -> Iterator[Event]:
        action = command.action
        if action in ("stop", "abort") and not self.ended:
            self.ended, self.command = ("stop" if action == "stop" else "abort"), command.id
        elif action == "save":
            yield from self.lesson.save(command.id)
        elif action == "probe":
            began = monotonic()
            yield self._probed(command.id, step)
            self.lesson.began += monotonic() - began
        elif action == "set":
            yield from self._asked_to_set(command, step)
        elif action in ("step", "rewind"):
            yield from self._count(command, step)
        elif action == "pause" and (self._until or not self.paused):
            self.paused = True
            yield Paused(step=step, command=command.id)
            yield from self._refuse_steps(step, "training was paused before they were taken")
        elif action == "resume" and self.paused:
            self.paused = False
            yield Continued(step=step, command=command.id)
            yield from self._refuse_steps(step, "training goes on without stopping")
        else:
            yield Refused(step=step, command=command.id, reason=_refusal(action, self.paused))

    def _count(self, command: Command, step: int) -> Iterator[Event]:
        """Take so many steps, or go back as many."""
        if wrong := _miscounted(command):
            yield Refused(step=step, command=command.id, reason=wrong)
        elif command.action == "step":
            self.paused = True
            self._asked.append(Steps(command.id, command.arguments.get("steps", 1)))
        else:
            self.paused = False
            yield from self.rewind(command.arguments.get("steps", BACK), command.id)
            yield from self._refuse_steps(self.lesson.step, "training went back before they were taken")

    def _asked_to_set(self, command: Command, step: int) -> Iterator[Event]:
        missing = [name for name in ("key", "value") if name not in command.arguments]
        if missing:
            yield Refused(step=step, command=command.id, reason=f"set needs a key and a value; {missing[0]} is missing")
            return
        try:
            yield from self._set(str(command.arguments["key"]), command.arguments["value"], command.id)
        except Rejected as error:
            yield Refused(step=step, command=command.id, reason=str(error))

    def _set(self, key: str, value: Any, command: str | None = None) -> Iterator[Event]:
        old, new, note = self.lesson.change(key, value)
        yield Changed(step=self.lesson.step, key=key, old=old, new=new, command=command)
        if note:
            yield Warned(message=note)
        yield from self.lesson.save()

    def _probed(self, command: str, step: int) -> Event:
        try:
            return self.probe(step, command)
        except OSError as error:
            reason = f"the curve of step {step} was not written: {error.strerror}; training goes on"
            return Refused(step=step, command=command, reason=reason)


def _miscounted(command: Command) -> str:
    """Return what is wrong with the number of steps that a command gives, if it gives one."""
    count = command.arguments.get("steps", 1)
    return "" if type(count) is int and count >= 1 else f"steps must be a whole number above 0; got {count!r}"


def _indecision(command: Command, *, hopeless: bool) -> str:
    """Return why a command cannot be carried out where the training has stumbled; "" where it can."""
    if command.action == "rewind":
        return _miscounted(command)
    if command.action == "go_on" and hopeless:
        return "no step leads on from what is no number: rewind, skip or stop"
    if command.action in (*DECISIONS, "save", "set"):
        return ""
    return f"training has stumbled and waits for {', '.join(DECISIONS[:-1])} or {DECISIONS[-1]}"


def _refusal(action: str, paused: bool) -> str:
    if action in ("pause", "resume"):
        return f"training is {'paused already' if paused else 'not paused'}"
    if action in ("stop", "abort"):
        return "training stops already"
    if action in STUMBLED:
        return "training has not stumbled over a batch"
    *most, final = ACTIONS
    return f"{action!r} is not a command; there are {', '.join(most)} and {final}"
