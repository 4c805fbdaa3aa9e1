"""The program from Python: read an experiment, train it here, open a run and look at its history.

For notebooks and scripts; it does what batch mode does, and prints nothing.

    from tuitrain import Experiment, Run, train

    runs = train(Experiment.from_file("mnist-linear", ["optimizer.lr=0.05"]))
    runs[0].metrics["test/accuracy"], runs[0].history.curve("val/loss").values
"""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitrain import places
from tuitrain.experiment import Experiment
from tuitrain.runs import launch, pictures, store, watch, worker
from tuitrain.runs.history import History
from tuitrain.runs.journal import Record

if TYPE_CHECKING:
    from tuitrain.runs.pictures import Picture

Folder = str | PathLike[str] | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run on disk, being trained or over; each look reads what is new."""

    directory: store.Run

    @classmethod
    def open(cls, name: str, runs_dir: Folder = None) -> "Run":
        """Return the run of this name, or the only one that it is part of; raise `tuitrain.runs.store.NoSuchRun`."""
        return cls(store.find(_places(runs_dir, None).runs, name))

    @property
    def name(self) -> str:
        """Its name: time, dataset and model."""
        return self.directory.id

    @property
    def path(self) -> Path:
        """Its directory."""
        return self.directory.path

    @property
    def experiment(self) -> Experiment:
        """What it trains, every default resolved; raise `tuitrain.problems.Rejected` where that is damaged."""
        return self.directory.experiment()

    @property
    def state(self) -> str:
        """queued, preparing, running, paused, finished, stopped, diverged, failed or lost."""
        return watch.look(self.directory).state

    @property
    def history(self) -> History:
        """What its journal tells so far: `history.curve("val/loss")` has `steps` and `values`."""
        return watch.look(self.directory).history

    @property
    def metrics(self) -> dict[str, float | None]:
        """The latest value of each metric; of a run that is over, those of the kept weights on every split."""
        return self.history.metrics

    def picture(self) -> "Picture":
        """Return the arrays of the newest snapshot by name (confusion, weights, worst, ...); empty before the first."""
        snapshots = self.history.snapshots
        return pictures.read(self.directory, snapshots[-1][1]) if snapshots else {}


def train(
    experiment: Experiment,
    *,
    runs_dir: Folder = None,
    data_dir: Folder = None,
    report: Callable[[Run, dict[str, Any]], None] | None = None,
) -> list[Run]:
    """Train every run of the experiment in this process, one after another, and return them.

    `report` is given each event as it goes into the journal. Raise `tuitrain.problems.Rejected` or
    `tuitrain.datasets.Unavailable` where it cannot be trained here, before anything is written. A run that fails
    does not stop the next: its `state` says so. An interrupt stops softly, a second one at once.
    """
    where = _places(runs_dir, data_dir)
    shelf = worker.Shelf(where.data)
    worker.check(experiment, shelf)
    runs = launch.create(experiment, where.runs)

    def told(run: store.Run, record: Record) -> None:
        if report is not None:
            report(Run(run), record)

    with worker.interruptible() as interrupt:
        worker.work(runs, shelf, told, interrupt)
    return [Run(run) for run in runs]


def _places(runs_dir: Folder, data_dir: Folder) -> places.Places:
    return places.find(Path(runs_dir) if runs_dir else None, Path(data_dir) if data_dir else None, False)
