"""What the runs tell, on its way to the widgets: which run is in front, at which step, and when it is drawn.

It knows the session and the widgets' attributes; keys and layout are the screen's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from tuitrain.datasets import Facts
from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.runs import line
from tuitrain.runs.session import Session
from tuitrain.runs.watch import Watch
from tuitrain.ui import plots, telling
from tuitrain.ui.app import Pace
from tuitrain.ui.portrait import Portrait
from tuitrain.ui.widgets.board import Board
from tuitrain.ui.widgets.setup import Setup
from tuitrain.ui.widgets.status import Status


@dataclass(slots=True)
class Follow:
    """Shows the runs of a session as they go on."""

    session: Session
    board: Board
    setup: Setup
    status: Status
    portrait: Portrait
    pace: Pace
    """How often it may draw: what an eye follows and the line carries."""
    shown: Watch | None = None
    """The run whose pictures are in front."""
    following: bool = True
    """Whether that is always the one being trained: until a person chooses another."""
    cursor: int | None = None
    """The step that everything shows; None is now."""
    difference: bool = False
    """Whether the views show what differs from the best snapshot."""
    stalled: frozenset[str] = frozenset()
    """The names of the runs whose process was stopped."""
    _drawn: float = float("-inf")
    _stale: bool = False

    def update(self, force: bool = False) -> None:
        """Read what is new; words are told at once, drawings a few times a second at most."""
        self._stale = self.session.poll() or self._stale or force or self._is_fitting()
        current = self.session.current
        if self.following and current is not None and current is not self.shown:
            self.shown, force = current, True
        if self._stale and (force or monotonic() - self._drawn >= self.pace.drawings):
            self._draw()
        self._tell()

    def choose(self, run: str) -> None:
        """Bring the run of this name to the front."""
        found = next((watch for watch in self.session.watches if watch.run.id == run), None)
        if found is not None and found is not self.shown:
            self.shown = found
            self.following = found is self.session.current
            self._draw()
            self._tell()

    def go(self, step: int | None) -> None:
        """Show how everything was at this step; None is now."""
        self.cursor = step
        self._draw()
        self._tell()

    def compare(self, difference: bool) -> None:
        """Show the views as their difference to the best snapshot, or as they are."""
        self.difference = difference
        self._draw()
        self._tell()

    def first_step(self) -> int | None:
        """Return the step of the first snapshot of the run in front; None where it has none."""
        found = self.shown.history.snapshots if self.shown else []
        return found[0][0] if found else None

    def best_step(self) -> int | None:
        """Return the step of the best evaluation of the run in front; None where it has none."""
        best = self.shown.history.best if self.shown else None
        return best[0] if best else None

    def next_snapshot(self) -> int | None:
        """Return the step of the first snapshot after the time cursor; None after the last."""
        if self.shown is None or self.cursor is None:
            return None
        return next((step for step, _ in self.shown.history.snapshots if step > self.cursor), None)

    def begin(self) -> None:
        """Show the runs of a new training, with nothing of the last one."""
        self.following, self.shown, self.cursor, self.difference = True, None, None, False
        self.portrait.clear()
        self.update(force=True)

    def describe(self, experiment: Experiment) -> None:
        """Show what the settings say now, as far as no run is in front."""
        self._mark_models(experiment)
        if not self.session.watches:
            self.update(force=True)

    @property
    def experiment(self) -> Experiment | None:
        """What the run in front trains, else what the settings say; None where neither can be read."""
        return self.shown.experiment if self.shown else self.setup.experiment

    @property
    def facts(self) -> Facts | None:
        """What the data in front are like, as far as anybody can tell."""
        return telling.facts(self.shown, self.experiment)

    def _is_fitting(self) -> bool:
        """Tell whether time passes on the screen although a journal says nothing."""
        return any(watch.history.one_go and watch.state == "running" for watch in self.session.watches)

    def _draw(self) -> None:
        """Show curves, rows and pictures as they are now, or were at the time cursor."""
        self._stale, self._drawn = False, monotonic()
        watches, score = self.session.watches, telling.score(self.facts)
        self._show_curves(watches, score)
        rows = telling.rows(watches, self.board.charts.signs(), score, self.cursor, self.stalled)
        self.board.show_rows(rows, telling.measured(watches, score), score)
        if self.setup.experiment is not None:
            self._mark_models(self.setup.experiment)
        if self.shown is not None:
            self.board.select(self.shown.run.id)
        self.portrait.show(self.shown, self.experiment, self.cursor, difference=self.difference)

    def _show_curves(self, watches: Sequence[Watch], score: str) -> None:
        charts = self.board.charts
        charts.marks = plots.events(self.shown, watches)
        charts.note = plots.chart_note(self.shown)
        charts.cursor = self.cursor
        charts.lines = plots.curves(watches, score, self.shown)

    def _mark_models(self, experiment: Experiment) -> None:
        """Show the states of the runs beside the models, where the list is still the one that is trained."""
        listed = [model.name for model in experiment.models]
        trained = [watch.experiment.models[0].name if watch.experiment else "" for watch in self.session.watches]
        self.setup.marks = telling.marks(self.session.watches) if listed == trained else {}

    def _tell(self) -> None:
        """Say in the top line how the run in front stands."""
        experiment = self.experiment
        dataset = clean(experiment.dataset.name) if experiment else ""
        words = telling.status(self.shown, dataset, telling.score(self.facts), self.cursor, self.stalled)
        if self.difference:
            words.insert(1, ("difference to the best", "$accent"))
        if waiting := len(line.waiting(self.session.runs_dir)):
            words.insert(2, (f"queue: {waiting} in line", "$secondary"))
        if self.session.readonly:
            words.insert(0, ("read only", "$accent"))
        self.status.words = words
