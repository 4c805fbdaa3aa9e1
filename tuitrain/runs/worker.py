"""The worker: trains runs one after another and writes their journals. It alone imports the engine."""

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from tuitrain.datasets import Data, Unavailable
from tuitrain.events import Command, Event, Failed, Finished, Noted, Preparing, Warned
from tuitrain.experiment import Experiment, suit
from tuitrain.models import Network
from tuitrain.problems import Problem, Rejected
from tuitrain.runs import digest, lock
from tuitrain.runs.inbox import Inbox
from tuitrain.runs.journal import Record, Writer, stamp
from tuitrain.runs.store import Run
from tuitrain.runs.watch import write_summary

Report = Callable[[Run, Record], None]
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@dataclass(slots=True)
class Shelf:
    """The data of the last dataset that was loaded: several runs learn from the same one."""

    data_dir: Path
    _dataset: object = None
    _data: Data | None = None

    def load(self, experiment: Experiment) -> Data:
        """Return the data; raise Unavailable."""
        if self._data is None or self._dataset != experiment.dataset:
            self._dataset, self._data = experiment.dataset, experiment.dataset.load(self.data_dir)
        return self._data


@dataclass(slots=True)
class Interrupt:
    """The first signal asks the training to stop and save; a second one ends the process at once."""

    code: int = 0

    def catch(self, number: int, _frame: FrameType | None) -> None:
        """Take note of a signal."""
        if self.code:
            raise SystemExit(self.code)
        self.code = SIGNALS[signal.Signals(number)]


@dataclass(slots=True)
class Channel:
    """Commands from the inbox and from signals, as the engine asks for them."""

    inbox: Inbox
    interrupt: Interrupt
    told: bool = False

    def commands(self) -> list[Command]:
        """Return what came since the last call."""
        signalled, self.told = bool(self.interrupt.code) and not self.told, bool(self.interrupt.code)
        return self.inbox.commands() + [Command(id="signal", action="stop")] * signalled

    def wait(self) -> None:
        """Sleep for a moment."""
        self.inbox.wait()


def check(experiment: Experiment, shelf: Shelf) -> None:
    """Raise Rejected or Unavailable where the experiment cannot be trained here; nothing is written."""
    from tuitrain.engine.devices import pick

    for one in experiment.combinations:
        pick(one.training.device)
    _suit(experiment, shelf)


def _suit(experiment: Experiment, shelf: Shelf) -> None:
    """Raise Rejected or Unavailable where the data do not suit it: a person's own are known once they are read."""
    for one in experiment.combinations:
        suit(one, shelf.load(one).facts)


def warm_up() -> list[tuple[str, str]]:
    """Load the engine, which takes seconds; return the devices there are and what a person calls each."""
    from tuitrain.engine import devices, train  # noqa: F401  the training loop is loaded for what comes next

    return [(name, devices.describe(name)) for name in devices.found()]


def compare_gradients(experiment: Experiment, shelf: Shelf) -> list[dict[str, Any]]:
    """Return, for each trained tensor, its gradient by autograd and another way; raise Rejected or Unavailable."""
    from tuitrain.engine.gradients import compare

    _suit(experiment, shelf)
    found = [each for one in experiment.combinations for each in compare(one, shelf.load(one))]
    return [asdict(each) | {"difference": each.difference, "equal": each.equal} for each in found]


def try_rates(experiment: Experiment, shelf: Shelf) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the title of each run that the experiment would be, and rates, losses and suggestion; raise Rejected."""
    from tuitrain.engine.lesson import prepare
    from tuitrain.engine.probe import climb

    _suit(experiment, shelf)
    for one in experiment.alone:
        (model,) = one.models
        if not isinstance(model, Network):
            raise Rejected("", [Problem("models", f"{model.kind} is fitted in one go: it has no learning rate")])
        with TemporaryDirectory() as folder:
            yield one.title, asdict(climb(prepare(one, model, shelf.load(one), Path(folder))))


def work(runs: Sequence[Run], shelf: Shelf, report: Report, interrupt: Interrupt) -> int:
    """Train each run, handing each line of its journal to `report`; return the exit code.

    One that fails does not stop the next; a signal stops all. Raise Occupied where another process has one.
    """
    me = lock.signature()
    locks = {run: lock.take(run.lock, me) for run in runs}
    code = 0
    with lock.kept_fresh(locks.values()):
        for run in runs:
            try:
                ended = _train(run, shelf, report, interrupt)
            except OSError as error:  # its journal or summary: the disk, not the training; the next may do better
                report(run, stamp(run.id, Warned(message=f"{error.filename or run.path}: {error.strerror}")))
                ended = False
            code = code if ended else 1
            locks[run].release()
    return interrupt.code or code


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Catch the signals that end a program, and put back what handled them before."""
    interrupt = Interrupt()
    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup ignores some
    before = {number: signal.signal(number, interrupt.catch) for number in heeded}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _train(run: Run, shelf: Shelf, report: Report, interrupt: Interrupt) -> bool:
    """Train one run; tell whether it ended as it should. Raise OSError where nothing can be written."""
    writer, event, due = Writer(run.journal), None, digest.SMALL
    try:
        for event in _skipped() if interrupt.code else _events(run, shelf, interrupt):
            record = stamp(run.id, event)
            report(run, record)
            error = writer.append(record)
            if writer.size >= due:
                due = _digest(run, writer.size)
        if error:
            raise OSError(error.errno, f"{error.strerror}, and the journal is not complete", str(run.journal))
    finally:
        writer.close()
    _digest(run, writer.size)
    write_summary(run)
    return not isinstance(event, Failed)


def _digest(run: Run, size: int) -> int:
    """Bring the digest of a long journal up to date; return how long the journal should be the next time."""
    try:
        return digest.write(run)
    except OSError:  # a full disk: viewers then read the journal itself, which takes them seconds
        return size + digest.GROWN


def _skipped() -> Iterator[Event]:
    """Say that a run was stopped before it began, so that nobody waits for it."""
    yield Finished(
        reason="stopped", step=0, epoch=0, parameters=0, metrics={}, best_epoch=None, seconds=0.0, command="signal"
    )


def _events(run: Run, shelf: Shelf, interrupt: Interrupt) -> Iterator[Event]:
    yield Preparing(phase="loading torch")
    from tuitrain.engine.failure import explain
    from tuitrain.engine.train import train

    step = 0
    try:
        experiment = run.experiment()
        yield Preparing(phase=f"loading {experiment.dataset.name}")
        data = shelf.load(experiment)
        for note in data.notes:
            yield Noted(message=note)
        yield Preparing(phase="building the model")
        for event in train(experiment, data, Channel(Inbox(run.inbox), interrupt), run.path):
            step = getattr(event, "step", step)
            yield event
    except Unavailable as error:
        yield Failed(reason="error", error=str(error), hint="put the data there, or choose another", step=step)
    except Exception as error:
        _keep(run, traceback.format_exc())
        yield explain(error, step)


def _keep(run: Run, text: str) -> None:
    """Put a traceback behind what the worker printed."""
    output = os.open(run.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(output, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
