"""What keys tell the session (start, pause, one step, learning rates, stop), and the words in which it answers.

It knows no widgets: words go out through `say`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuitrain.drawing.text import clean, number
from tuitrain.experiment import Experiment, override, parse
from tuitrain.runs.entry import written
from tuitrain.runs.journal import Record
from tuitrain.runs.session import Session
from tuitrain.runs.standing import asks
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch

BUSY = "A training is under way: s stops it, space pauses it."
HALTED = "A training is paused: space goes on, s stops it."
STUMBLED = "It stumbled: space asks what becomes of it."
PLAYED = "This is a recording: tuitrain without demo trains."
IDLE = "Nothing is being trained: F5 trains."
ONLOOKER = "You only look on (--readonly): nothing is trained, told or changed from here."
TRAINED = ("preparing", "running", "paused")
"""The states in which a run can be told something that concerns it alone."""
STARTED = {
    "step": "A new training: one step is taken, . takes the next, space goes on.",
    "probe": "Trying learning rates on a new run. It is paused before its first step: space goes on.",
}
"""What is said where an order starts a training of its own."""
ORDERS = {"step": ["step"], "probe": ["pause", "probe"]}


@dataclass(slots=True)
class Commands:
    """Sends commands to the runs of a session and tells what became of them."""

    session: Session
    say: Callable[..., None]
    """Shows a sentence: `notify` of a Textual screen."""
    front: Callable[[], Watch | None] = lambda: None
    """Returns the run in front: where several are trained at once it is the one that is meant."""
    _heard: dict[str, int] = field(default_factory=dict)
    """How many answers of each run were told, or were there when it came on the screen."""

    def hear(self, run: Run) -> None:
        """Tell of all answers of a run: it is new."""
        self._heard[run.id] = 0

    def looks_on(self) -> bool:
        """Tell whether nothing may be done from here, in words too."""
        if self.session.readonly:
            self.say(ONLOOKER, severity="warning", timeout=3)
        return self.session.readonly

    def barred(self) -> bool:
        """Tell whether nothing may be trained from here, in words too."""
        if self.session.recording:
            self.say(PLAYED, severity="warning")
        return self.session.recording or self.looks_on()

    def launch(self, experiment: Experiment, orders: Sequence[str] = ()) -> bool:
        """Start a training; tell whether there is one."""
        if self.barred():
            return False
        try:
            self.session.launch(experiment, orders)
        except OSError as error:
            self.say(f"{error.filename}: {error.strerror}", title="No run was made", severity="error", markup=False)
            return False
        for watch in self.session.watches:
            self.hear(watch.run)
        return True

    def busy(self) -> bool:
        """Tell whether a training is under way, or nothing may be done from here; in words too."""
        if self.looks_on():
            return True
        if self.session.active and not self.session.recording:
            current = self.session.current
            paused = current is not None and current.state == "paused"
            self.say(STUMBLED if stumbled(current) else HALTED if paused else BUSY, severity="warning")
        return bool(self.session.active) and not self.session.recording

    def pause(self) -> None:
        """Pause the run being trained, or let it go on."""
        current = self.current()
        if current is not None:
            self._send("resume" if current.state == "paused" else "pause", [current])

    def stop(self) -> None:
        """Stop the run being trained."""
        current = self.current()
        if current is not None:
            waiting = [watch.state for watch in self.session.active].count("queued")
            more = f" {waiting} more will follow: S stops all." if waiting else ""
            self.say("Stopping after this batch." + more)
            self._send("stop", [current])

    def stop_all(self) -> None:
        """Stop the run being trained and those that wait."""
        if self.looks_on():
            return
        if not self.session.active:
            self.say(IDLE)
        self._send("stop", self.session.active)

    def order(self, action: str) -> None:
        """Have the run being trained take a single step, or try learning rates."""
        current = self.current()
        if stumbled(current):
            self.say(STUMBLED, severity="warning")
        elif current is not None:
            if action == "probe":
                self.say("Trying learning rates; the model is put back afterwards.", timeout=3)
            self._send(action, [current])

    def tell(self, watch: Watch, action: str, **arguments: Any) -> None:
        """Tell a run something, unless nothing may be told from here."""
        if not self.looks_on():
            self._send(action, [watch], **arguments)

    def answers(self) -> list[Record]:
        """Tell what became of commands since the last call, and return it; what was there before is nobody's news."""
        news: list[Record] = []
        for watch in self.session.watches:
            if watch.behind and watch.run.id not in self._heard:
                continue  # what is read later was there before
            answers = list(watch.history.answers.values())
            news += answers[self._heard.get(watch.run.id, len(answers)) :]
            self._heard[watch.run.id] = len(answers)
        for answer in news:
            self._tell(answer)
        return news

    def _tell(self, answer: Record) -> None:
        if answer["event"] == "refused":
            self.say(clean(f"Not done: {answer.get('reason', '')}"), severity="warning", markup=False)
        elif answer["event"] == "probed":
            rate = answer.get("suggestion")
            found = "it never fell" if rate is None else f"it falls fastest at lr {number(rate)}. i takes that over"
            self.say(
                f"The loss at learning rates from 1e-6 to 10: {found}.", title="Learning rates tried", markup=False
            )
        elif answer["event"] == "changed":
            self.say(clean(changed(answer)), title="Changed", markup=False)
        elif answer["event"] == "saved":
            self.say(clean(f"{answer.get('path')} at step {answer.get('step'):,}"), title="Saved", markup=False)

    def current(self) -> Watch | None:
        """Return the run being trained, of several the one in front; say so where there is none."""
        if self.looks_on():
            return None
        current, front = self.session.current, self.front()
        if front is not None and front.state in TRAINED:
            current = front
        if current is None or current not in self.session.active:
            self.say(IDLE)
            return None
        return current

    def _send(self, action: str, watches: list[Watch], **arguments: Any) -> None:
        try:
            self.session.send(action, watches, **arguments)
        except OSError as error:
            self.say(f"{error.filename}: {error.strerror}", severity="error", markup=False)


def stumbled(watch: Watch | None) -> bool:
    """Tell whether a run waits to be told what becomes of it."""
    return watch is not None and asks(watch.history, watch.state)


def changed(answer: Record) -> str:
    """Return what became another setting, and from which step on."""
    values = f"{written(answer.get('old'))} -> {written(answer.get('new'))}"
    return f"{answer.get('key')} {values} from step {int(answer.get('step', 0)) + 1:,} on"


def with_rate(experiment: Experiment, rate: float) -> Experiment:
    """Return the experiment with this learning rate, to three digits; a sweep of it is over."""
    return parse(override(experiment.dump(), [f"optimizer.lr={rate:.2e}"]))
