"""Training without a screen: the front end for scripts, and what the cockpit starts as its worker.

Results go to stdout, progress and messages to stderr. It knows no Textual.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from tuitrain import experiment as experiments
from tuitrain.complaint import complain, say, silence
from tuitrain.datasets import Unavailable
from tuitrain.drawing.text import clean, number
from tuitrain.problems import Rejected
from tuitrain.report import Result, console, results
from tuitrain.runs import again, launch, worker
from tuitrain.runs.anatomy import PREFIXES
from tuitrain.runs.handlers import told
from tuitrain.runs.journal import Record
from tuitrain.runs.lock import Occupied
from tuitrain.runs.store import Run
from tuitrain.runs.survey import survey
from tuitrain.runs.watch import look

SAID = frozenset({"noted", "warned", "changed", "skipped", "troubled", "failed", "finished"})
"""The kinds of which a sentence is said beside the progress."""
LINES = 10  # progress lines of a run where stderr is no terminal


def train(source: str, overrides: Sequence[str], folder: Path, data_dir: Path, *, as_json: bool) -> int:
    """Train a preset or a file in this process, its models one after another; return the exit code.

    Nothing is written where the experiment is wrong, or cannot be trained on this machine.
    """
    shelf = worker.Shelf(data_dir)
    with worker.interruptible() as interrupt:
        try:
            experiment = experiments.read(source, overrides)
            if sys.stderr.isatty():
                say(f"loading torch and {experiment.dataset.name}")  # seconds, in which nothing else would be seen
            worker.check(experiment, shelf)
            if interrupt.code:
                return interrupt.code
        except (Rejected, Unavailable) as error:
            return complain(error)
        try:
            runs = launch.create(experiment, folder)
        except OSError as error:
            return complain(f"{error.filename}: {error.strerror}; choose another --runs-dir")
        return follow(runs, lambda report: worker.work(runs, shelf, report, interrupt), as_json=as_json)


def follow(runs: Sequence[Run], train: Callable[[worker.Report], int], *, as_json: bool) -> int:
    """Return the exit code of training these runs, which `train` does; say on the way how it goes, and print the end.

    Progress goes to stderr; to stdout each line of the journals where asked for, else a table at the end.
    """
    shown, printer = progress(as_json=as_json), Printer()
    watches = {run: look(run) for run in runs}  # in memory as well: a full disk may hold only a part of the journal

    def report(run: Run, record: Record) -> None:
        watches[run].history.take([record])
        shown.report(run, {**record, "steps": watches[run].history.steps})  # which a change may have made others
        if as_json:
            printer.report(record)

    with shown.shown():
        code = train(report)
    if not as_json:
        out = console()
        ends = [Result(each.model, each.history, each.history.state(alive=False)) for each in watches.values()]
        out.print(results(ends, out.width))
    return code


def progress(*, as_json: bool) -> "Bar | Lines":
    """Return what says on stderr how a training goes: a bar where that is a terminal with nothing else on it."""
    mixed = as_json and sys.stdout.isatty()  # a bar would be redrawn over the lines
    return Bar() if sys.stderr.isatty() and not mixed else Lines()


def train_waiting(paths: Sequence[Path], data_dir: Path, *, waits: bool = False, since: int = 0) -> int:
    """Train runs whose directories are there already, or go on with them; return the exit code.

    `waits`: where a training stumbles it waits for somebody's word. `since`: when it was ordered, as `worker.work` has
    it.
    """
    runs = [Run(path) for path in paths]
    refused = [why for run in runs if run.journal.exists() and (why := again.resumable(look(run)))]
    if refused:
        return complain("\n".join(refused))
    try:
        with worker.interruptible() as interrupt:
            return worker.work(runs, worker.Shelf(data_dir), Lines().report, interrupt, waits=waits, since=since)
    except Occupied as error:
        return complain(error)


def stand_by() -> int:
    """Load what is slow to load, say which devices there are, and do on stdin's order what needs torch or the data.

    Prints one JSON line, `devices`. Takes lines: of `tables` and `data_dir` it prints a survey; on `runs`, `data_dir`,
    `output`, `waits` and `since` it trains and ends. Ends where stdin ends.
    """
    devices = worker.warm_up()
    _answer({"devices": devices})
    for line in sys.stdin:
        order = json.loads(line)
        if "runs" in order:
            output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
            runs = [Path(run) for run in order["runs"]]
            return train_waiting(runs, Path(order["data_dir"]), waits=order["waits"], since=order["since"])
        _answer(survey(order["tables"], Path(order["data_dir"])).record())
    return 0


def _answer(record: dict[str, Any]) -> None:
    """Print a line; where whoever asked is gone, what was ordered before that is done all the same."""
    try:
        print(json.dumps(record), flush=True)
    except BrokenPipeError:
        silence()


@dataclass(slots=True)
class Printer:
    """The journal on stdout; where nobody reads it any more, the training goes on without."""

    _read: bool = True

    def report(self, record: Record) -> None:
        """Print one event."""
        if not self._read:
            return
        try:
            print(json.dumps(record, allow_nan=False), flush=True)
        except BrokenPipeError:
            self._read = False
            silence()
            say("stdout was closed; the training goes on")


@dataclass(slots=True)
class Lines:
    """Progress as a few plain lines."""

    _model: str = ""
    _steps: int = 1
    _next: float = 0.0

    def shown(self) -> AbstractContextManager[object]:
        """Need nothing to be shown."""
        return nullcontext()

    def report(self, run: Run, record: Record) -> None:
        """Print what matters, an evaluation about every tenth of the training."""
        event = record["event"]
        self._steps = record.get("steps", self._steps)
        if event == "restarted":
            self._next = 0.0
            say(f"{run.id}: goes on from step {record['step']:,} on {record['device']}")
        elif event == "started":
            self._model, self._next = record["model"], 0.0
            counted = f"{record['parameters']:,} parameters " * bool(record["table"])  # none that is fitted in one go
            say(f"{run.id}: {counted}on {record['device']}")
        elif event == "evaluated" and record["step"] >= self._next:
            self._next = record["step"] + self._steps / LINES
            say(f"{self._model or run.id}  epoch {record['epoch']}  {_numbers(record)}")
        elif event in SAID:
            say(_sentence(record))


@dataclass(slots=True)
class Bar:
    """Progress as a bar for each run, redrawn in place."""

    progress: Progress = field(
        default_factory=lambda: Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[numbers]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False),
        )
    )
    _tasks: dict[Run, TaskID] = field(default_factory=dict)

    def shown(self) -> AbstractContextManager[object]:
        """Draw the bars while this is open."""
        return self.progress

    def report(self, run: Run, record: Record) -> None:
        """Move the bar of the run, and print above it what must not be missed."""
        event = record["event"]
        if run not in self._tasks:
            self._tasks[run] = self.progress.add_task(clean(run.id), total=None, numbers="")
        task = self._tasks[run]
        if event == "preparing":
            self.progress.update(task, numbers=clean(record["phase"]))
        elif event == "started":
            self.progress.update(task, description=clean(record["model"]), total=record["steps"])
        if event in ("restarted", "changed"):
            self.progress.update(task, total=record.get("steps"), completed=record["step"])
        elif event in ("stepped", "evaluated"):
            self.progress.update(task, completed=record["step"], numbers=_numbers(record))
        elif event in SAID - {"finished"}:
            self.progress.console.print(clean(_sentence(record)), markup=False)


def _numbers(record: Record) -> str:
    told = record["metrics"].items()
    shown = {name: value for name, value in told if "/" in name and not name.startswith(PREFIXES)}
    return "  ".join(f"{name} {'nan' if value is None else number(value)}" for name, value in shown.items())


def _sentence(record: Record) -> str:
    if record["event"] in ("noted", "warned"):
        return f"{'warning: ' * (record['event'] == 'warned')}{record['message']}"
    if record["event"] in ("changed", "skipped", "troubled"):
        return f"{record['run']}: {told(record)}"
    if record["event"] == "failed":
        return f"{record['run']}: {record['error']}; {record['hint']}"
    return f"{record['run']}: {record['reason'].replace('_', ' ')} after {record['seconds']:.1f} s"
