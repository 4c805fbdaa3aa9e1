"""What the runs tell, on its way to the widgets: which run is in front, what was drawn of it, and when.

It knows the session and the widgets' attributes; keys and layout are the screen's business.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from tuitrain.experiment import Experiment
from tuitrain.runs import pictures
from tuitrain.runs.history import clock
from tuitrain.runs.session import ACTIVE, Session
from tuitrain.runs.watch import Watch
from tuitrain.ui import telling
from tuitrain.ui.widgets.board import Board
from tuitrain.ui.widgets.setup import Setup
from tuitrain.ui.widgets.status import Status

DRAW = 0.5  # seconds between drawings: what an eye follows and a slow line carries


@dataclass(slots=True)
class Follow:
    """Shows the runs of a session as they go on."""

    session: Session
    board: Board
    setup: Setup
    status: Status
    shown: Watch | None = None
    """The run whose pictures are in front."""
    following: bool = True
    """Whether that is always the one being trained: until a person chooses another."""
    _picture: tuple[str, str] | None = None
    _drawn: float = float("-inf")
    _stale: bool = False

    def update(self, force: bool = False) -> None:
        """Read what is new; words are told at once, drawings a few times a second at most."""
        self._stale = self.session.poll() or self._stale or force
        current = self.session.current
        if self.following and current is not None and current is not self.shown:
            self.shown, force = current, True
        if self._stale and (force or monotonic() - self._drawn >= DRAW):
            self._draw()
        self._tell()

    def choose(self, run: str) -> None:
        """Bring the run of this name to the front."""
        found = next((watch for watch in self.session.watches if watch.run.id == run), None)
        if found is not None and found is not self.shown:
            self.shown = found
            self.following = found is self.session.current
            self._show_run()
            self._tell()

    def begin(self, experiment: Experiment) -> None:
        """Show the runs of a new training, with nothing of the last one."""
        self.following, self._picture, self.shown = True, None, None
        self.board.show_arrays({}, experiment.dataset.labels)
        self.update(force=True)

    def describe(self, experiment: Experiment) -> None:
        """Show what the settings say now, as far as no run is in front."""
        self._mark_models(experiment)
        if not self.session.watches:
            self.update(force=True)

    def _draw(self) -> None:
        """Show curves, rows and pictures as they are now."""
        self._stale, self._drawn = False, monotonic()
        watches = self.session.watches
        self.board.show_curves({metric: telling.lines(watches, metric) for metric in ("loss", "accuracy")})
        self.board.show_rows(telling.rows(watches, self.board.signs()), telling.measured(watches))
        if self.setup.experiment is not None:
            self._mark_models(self.setup.experiment)
        if self.shown is not None:
            self.board.select(self.shown.run.id)
        self._show_run()

    def _mark_models(self, experiment: Experiment) -> None:
        """Show the states of the runs beside the models, where the list is still the one that is trained."""
        listed = [model.name for model in experiment.models]
        same = listed == [watch.model for watch in self.session.watches]
        self.setup.marks = telling.marks(self.session.watches) if same else {}

    def _show_run(self) -> None:
        """Show the pictures, the parameters and the log of the run in front."""
        watch = self.shown
        self._tell_waiting(watch)
        experiment = watch.experiment if watch else self.setup.experiment
        if watch is not None:
            log = [(clock(time), sentence) for time, sentence in watch.history.log]
            self.board.show_log(log, telling.fitted(watch))
        if experiment is not None:
            dataset = experiment.dataset
            self.board.show_parameters(experiment.models[0].parameters(dataset.shape, len(dataset.labels)))
            self._show_picture(watch, dataset.labels)

    def _tell_waiting(self, watch: Watch | None) -> None:
        """Say in what is still empty what will fill it."""
        if watch is None:
            self.board.show_waiting("nothing yet: F5 trains")
        elif watch.state in ACTIVE:
            self.board.show_waiting("with the first evaluation")
        else:
            self.board.show_waiting("there is nothing to show of this run")

    def _show_picture(self, watch: Watch | None, labels: tuple[str, ...]) -> None:
        latest = watch.history.snapshots[-1][1] if watch and watch.history.snapshots else None
        wanted = (watch.run.id, latest) if watch and latest else None
        if wanted != self._picture:
            self._picture = wanted
            arrays: dict[str, Any] = pictures.read(watch.run, latest) if watch and latest else {}
            self.board.show_arrays(arrays, labels)

    def _tell(self) -> None:
        """Say in the top line how the run in front stands."""
        experiment = self.shown.experiment if self.shown else self.setup.experiment
        self.status.words = telling.status(self.shown, experiment.dataset.kind if experiment else "")
