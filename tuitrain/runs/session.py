"""What a front end with a screen holds: the runs it shows, the worker it starts, the commands it sends. No screen."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuitrain.experiment import Experiment
from tuitrain.runs import inbox, launch, lock, store
from tuitrain.runs.history import ENDED, State
from tuitrain.runs.launch import Standby
from tuitrain.runs.store import Run
from tuitrain.runs.survey import Survey
from tuitrain.runs.watch import Watch

ACTIVE: frozenset[State] = frozenset({"queued", "preparing", "running", "paused"})
RECENT = 200  # runs looked at to find those under way


@dataclass(slots=True)
class Session:
    """The runs on the screen, in the order in which they are trained, and how to reach them."""

    runs_dir: Path
    data_dir: Path
    watches: list[Watch] = field(default_factory=list)
    standby: Standby | None = None
    warm: bool = True
    """Whether to have a worker get ready while nothing is trained: seconds of one core, and about 0.5 GB."""
    _children: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def open(self, run: Run) -> None:
        """Show this run and those that the same worker took with it."""
        self.watches = [Watch(each) for each in _together(run, store.listed(self.runs_dir))]
        self.poll()

    def open_active(self) -> bool:
        """Show the newest runs that are being trained; tell whether there are any."""
        for run in store.listed(self.runs_dir)[:RECENT]:
            if lock.held(run.lock):
                self.open(run)
                return True
        return False

    def open_earlier(self) -> bool:
        """Show the runs before those on the screen, after the first ones the newest; tell whether there are any."""
        runs = store.listed(self.runs_dir)
        if not runs:
            return False
        shown = {watch.run.id for watch in self.watches}
        last = max((place for place, run in enumerate(runs) if run.id in shown), default=-1)
        self.open(runs[(last + 1) % len(runs)])
        return True

    def experiment(self) -> Experiment | None:
        """Return what the runs on the screen train, with all their models; None where it cannot be read."""
        found = [watch.experiment for watch in self.watches]
        readable = [experiment for experiment in found if experiment is not None]
        if not readable:
            return None
        return readable[0].model_copy(update={"models": [one.models[0] for one in readable]})

    def launch(self, experiment: Experiment, orders: Sequence[str] = ()) -> None:
        """Make a run for each model, start a worker on them and show them; raise OSError.

        The first run obeys the orders before its first step.
        """
        runs = launch.create(experiment, self.runs_dir)
        for order in orders:
            inbox.send(runs[0].inbox, order)
        ready = self.standby
        if ready and not ready.busy and ready.start(runs, self.data_dir):
            self.standby = None
            self._children.append(ready.process)
        else:
            self._children.append(launch.start(runs, self.data_dir))
        self.watches = [Watch(run) for run in runs]
        self.poll()

    def poll(self) -> bool:
        """Read what is new; tell whether there was anything."""
        running = [child for child in self._children if child.poll() is None]
        if len(running) < len(self._children):
            for watch in self.watches:
                watch.expected = False
        self._children = running
        return sum(watch.poll() for watch in self.watches) > 0  # all are read, not only up to the first with news

    @property
    def active(self) -> list[Watch]:
        """The runs that are not over."""
        return [watch for watch in self.watches if watch.state in ACTIVE]

    @property
    def current(self) -> Watch | None:
        """The run being trained; else the last one that was, else the first."""
        begun = [watch for watch in self.watches if watch.history.records]
        going = [watch for watch in begun if watch.state not in ENDED]
        return next(iter([*going, *reversed(begun), *self.watches]), None)

    def send(self, action: str, watches: list[Watch]) -> None:
        """Put a command into the inbox of each run; raise OSError."""
        for watch in watches:
            inbox.send(watch.run.inbox, action)

    def stand_by(self) -> Standby:
        """Have a worker get ready for the next training, unless one is."""
        if self.standby is None:
            self.standby = Standby()
        return self.standby

    def survey(self, tables: dict[str, Any]) -> Survey | None:
        """Wait for what a worker finds out about these tables; None where it died."""
        return self.stand_by().survey(tables, self.data_dir)

    def close(self) -> None:
        """Let go of the worker that waits; those that train go on."""
        if self.standby is not None:
            self.standby.dismiss()
            self.standby = None


def _together(run: Run, runs: list[Run]) -> list[Run]:
    """Return the runs that bear the same worker's signature, in the order in which they were made."""
    signature = lock.holder(run.lock)
    if not signature:
        return [run]
    return [other for other in reversed(runs) if lock.holder(other.lock) == signature]
