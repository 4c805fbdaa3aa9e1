"""The commands that a training obeys between two steps, each answered once."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from tuitrain.engine.keeper import Keeper
from tuitrain.events import Command, Continued, Control, Event, Paused, Refused

INTERVAL = 0.1  # seconds between two looks


@dataclass(slots=True)
class Orders:
    """What was ordered so far: `stopped` is the id of the command to stop, `waited` the seconds paused or probing."""

    control: Control
    keeper: Keeper
    probe: Callable[[int, str], Event]
    """Tries learning rates at a step, for the command of this id."""
    stopped: str | None = None
    waited: float = 0.0
    _paused: bool = False
    _single: deque[str] = field(default_factory=deque)
    """The commands to take one step, the first of which may be under way."""
    _under_way: bool = False
    _heard: float = field(default_factory=monotonic)

    @property
    def stepping(self) -> bool:
        """Whether the step to come was asked for alone, to be looked at closely."""
        return self._under_way

    def due(self) -> bool:
        """Tell whether it is time to listen: ten times a second, whatever else is measured; and after a single step."""
        return self._under_way or monotonic() - self._heard >= INTERVAL

    def obey(self, step: int) -> Iterator[Event]:
        """Carry out what came since the last call; while paused, wait here."""
        self._heard = monotonic()
        if self._under_way:
            self._under_way = False
            yield Paused(step=step, command=self._single.popleft())
        while True:
            for command in self.control.commands():
                yield from self._carry_out(command, step)
            self._under_way = bool(self._single) and not self.stopped
            if self.stopped or self._under_way or not self._paused:
                break
            began = monotonic()
            self.control.wait()
            self.waited += monotonic() - began

    def refuse(self, step: int) -> Iterator[Event]:
        """Answer what came too late."""
        yield from self._refuse_single(step, "training is over")
        for command in self.control.commands():
            yield Refused(step=step, command=command.id, reason="training is over")

    def _refuse_single(self, step: int, reason: str) -> Iterator[Event]:
        while self._single:
            yield Refused(step=step, command=self._single.popleft(), reason=reason)

    def _carry_out(self, command: Command, step: int) -> Iterator[Event]:
        if command.action == "stop" and not self.stopped:
            self.stopped = command.id
        elif command.action == "save":
            yield from self.keeper.save(step, command.id)
        elif command.action == "probe":
            began = monotonic()
            yield self._probed(command.id, step)
            self.waited += monotonic() - began
        elif command.action == "step":
            self._paused = True
            self._single.append(command.id)
        elif command.action == "pause" and not self._paused:
            self._paused = True
            yield Paused(step=step, command=command.id)
        elif command.action == "resume" and self._paused:
            self._paused = False
            yield Continued(step=step, command=command.id)
            yield from self._refuse_single(step, "training goes on without stopping")
        else:
            yield Refused(step=step, command=command.id, reason=_refusal(command.action, self._paused))

    def _probed(self, command: str, step: int) -> Event:
        try:
            return self.probe(step, command)
        except OSError as error:
            reason = f"the curve of step {step} was not written: {error.strerror}; training goes on"
            return Refused(step=step, command=command, reason=reason)


def _refusal(action: str, paused: bool) -> str:
    if action in ("pause", "resume"):
        return f"training is {'paused already' if paused else 'not paused'}"
    if action == "stop":
        return "training stops already"
    return f"{action!r} is not a command; there are pause, resume, step, stop, save and probe"
