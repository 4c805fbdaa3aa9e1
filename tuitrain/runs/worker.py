"""The worker: trains runs one after another and writes their journals. It alone imports the engine."""

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time_ns
from types import FrameType
from typing import Any

from tuitrain.datasets import Data, Unavailable
from tuitrain.events import Command, Event, Failed, Finished, Noted, Planned, Preparing, Refused, Troubled, Warned
from tuitrain.experiment import Experiment, suit
from tuitrain.models import Network
from tuitrain.problems import Problem, Rejected
from tuitrain.runs import again, checkpoints, digest, inputs, lock
from tuitrain.runs.history import History
from tuitrain.runs.hook import Hook
from tuitrain.runs.inbox import Inbox
from tuitrain.runs.journal import Record, Writer, stamp
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look, write_summary

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
    since: int = 0
    """Nanoseconds since the epoch when the worker was ordered: what was said before was said to one that is no more."""
    told: bool = False
    _late: list[Command] = field(default_factory=list)

    def commands(self) -> list[Command]:
        """Return what came since the last call."""
        signalled, self.told = bool(self.interrupt.code) and not self.told, bool(self.interrupt.code)
        heard: list[Command] = []
        for command in self.inbox.commands():
            (self._late if self._is_late(command) else heard).append(command)
        return heard + [Command(id="signal", action="stop")] * signalled

    def _is_late(self, command: Command) -> bool:
        sent = command.id.partition("-")[0]
        return sent.isdecimal() and int(sent) < self.since

    def refused(self, step: int) -> Iterator[Refused]:
        """Answer what was said to a worker that is no more."""
        while self._late:
            reason = "the run was cut off before it could obey"
            yield Refused(step=step, command=self._late.pop(0).id, reason=reason)

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


def work(
    runs: Sequence[Run], shelf: Shelf, report: Report, interrupt: Interrupt, *, waits: bool = False, since: int = 0
) -> int:
    """Train each run, or go on with it, handing each line of its journal to `report`; return the exit code.

    One that fails does not stop the next; a signal stops all. `waits`: where a training stumbles it waits for a word.
    `since`: when somebody ordered this, in nanoseconds since the epoch; now, where it is 0. What a run was told from
    then on is heard. Raise Occupied where another process has one, OSError.
    """
    since = since or time_ns()
    locks, code = _taken(runs), 0
    with lock.kept_fresh(locks.values()):
        for run in runs:
            try:
                ended = _Training(run, shelf, report, interrupt, Hook(run), since, waits).train()
            except OSError as error:  # its journal or summary: the disk, not the training; the next may do better
                report(run, stamp(run.id, Warned(message=f"{error.filename or run.path}: {error.strerror}")))
                ended = False
            code = code if ended else 1
            locks[run].release()
    return interrupt.code or code


def _taken(runs: Sequence[Run]) -> dict[Run, lock.Lock]:
    """Take the locks of all these runs, or of none; raise Occupied, OSError."""
    me = lock.signature()
    with ExitStack() as stack:
        locks = dict[Run, lock.Lock]()
        for run in runs:
            locks[run] = lock.take(run.lock, me)
            stack.callback(locks[run].release)
        stack.pop_all()  # all are taken: they are let go of one by one
    return locks


def train_one(run: Run, shelf: Shelf, report: Report, interrupt: Interrupt, *, waits: bool = False) -> bool:
    """Train one run, or go on with it, as `work` does; tell whether it ended as it should.

    Raise Occupied where another process has it, OSError where nothing can be written.
    """
    since, taken = time_ns(), lock.take(run.lock, lock.signature())
    try:
        with lock.kept_fresh([taken]):
            return _Training(run, shelf, report, interrupt, Hook(run), since, waits).train()
    finally:
        taken.release()


def rehearse(
    run: Run, shelf: Shelf, report: Report, interrupt: Interrupt, plan: Sequence[Planned], *, waits: bool
) -> bool:
    """Train a run from its beginning as it was trained elsewhere; tell whether it ended as it should.

    Nobody is called at its end. Raise OSError.
    """
    return _Training(run, shelf, report, interrupt, Hook(run, ""), waits=waits, plan=tuple(plan)).train()


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


@dataclass(slots=True)
class _Training:
    """One run as it is trained here: what happens is told its journal, whoever listens, and its hook."""

    run: Run
    shelf: Shelf
    report: Report
    interrupt: Interrupt
    hook: Hook
    since: int = 0
    """Nanoseconds since the epoch when somebody ordered it."""
    waits: bool = False
    plan: tuple[Planned, ...] = ()
    """What is done to a training that begins."""
    _writer: Writer = field(init=False)
    _due: int = digest.SMALL

    def train(self) -> bool:
        """Train the run; tell whether it ended as it should. Raise OSError where nothing can be written."""
        before = look(self.run).history
        if self.interrupt.code and before.records:
            return True  # it stays as it was
        self._writer, ended, error = Writer(self.run.journal), None, None
        try:
            for event in _skipped() if self.interrupt.code else self._events(before):
                record, error = self._tell(event)
                if isinstance(event, Finished | Failed):
                    ended = record
                elif isinstance(event, Troubled):
                    self.hook.call(record, "running")
                for complaint in self.hook.complaints():
                    self._tell(Warned(message=complaint))
            if error:
                raise OSError(error.errno, f"{error.strerror}, and the journal is not complete", str(self.run.journal))
            self._close(ended)
        finally:
            self._writer.close()
        return ended is not None and ended["event"] == "finished"

    def _tell(self, event: Event) -> tuple[Record, OSError | None]:
        """Write an event into the journal and report it; return its record, and the error where it has to wait."""
        record = stamp(self.run.id, event)
        self.report(self.run, record)
        error = self._writer.append(record)
        if self._writer.size >= self._due:
            self._due = _digest(self.run, self._writer.size)
        return record, error

    def _close(self, ended: Record | None) -> None:
        """Sum up a run that is over, and call its hook."""
        _digest(self.run, self._writer.size)
        write_summary(self.run)
        if ended is None:
            return
        self.hook.call(ended, look(self.run).state)
        complaints = list(self.hook.complaints(wait=True))
        for complaint in complaints:
            self._tell(Warned(message=complaint))
        if complaints:
            write_summary(self.run)  # not older than the journal

    def _events(self, before: History) -> Iterator[Event]:
        yield Preparing(phase="loading torch")
        from tuitrain.engine.failure import explain

        step = before.step
        try:
            experiment = self.run.experiment()
            yield Preparing(phase=f"loading {experiment.dataset.name}")
            data = self.shelf.load(experiment)
            for note in data.notes:
                yield Noted(message=note)
            yield from _note_inputs(self.run, experiment, data)
            yield Preparing(phase="building the model")
            for event in self._course(experiment, data, before):
                step = getattr(event, "step", step)
                yield event
        except Unavailable as error:
            yield Failed(reason="error", error=str(error), hint="put the data there, or choose another", step=step)
        except Exception as error:
            _keep(self.run, traceback.format_exc())
            yield explain(error, step)

    def _course(self, experiment: Experiment, data: Data, before: History) -> Iterator[Event]:
        """Train from the newest state that can be read, or from the beginning; raise Damaged where there is neither."""
        from tuitrain.engine.checkpoint import Damaged
        from tuitrain.engine.train import train

        channel = Channel(Inbox(self.run.inbox), self.interrupt, self.since if before.records else 0)
        starts = again.starts(self.run, before)
        if not starts:
            raise Damaged(f"{checkpoints.start(self.run)} is not there: the branch cannot begin from it")
        for number, start in enumerate(starts, 1):
            known = replace(start, waits=self.waits, plan=self.plan or start.plan)
            try:
                for event in train(experiment, data, channel, self.run.path, known):
                    yield event
                    yield from channel.refused(getattr(event, "step", 0))
            except Damaged as error:
                if number == len(starts):
                    raise
                yield Warned(message=f"{error}; the one before it is used")
            else:
                return


def _note_inputs(run: Run, experiment: Experiment, data: Data) -> Iterator[Event]:
    """Keep how inputs are made of files, for when the data are gone."""
    try:
        inputs.write(run, experiment, data)
    except OSError as error:
        yield Warned(message=f"{error.filename} was not written: {error.strerror}; training goes on")


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


def _keep(run: Run, text: str) -> None:
    """Put a traceback behind what the worker printed."""
    output = os.open(run.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(output, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
