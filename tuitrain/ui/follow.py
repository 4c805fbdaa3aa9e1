"""What the runs tell, on its way to the widgets: which run is in front, what was drawn of it, and when.

It knows the session and the widgets' attributes; keys and layout are the screen's business.
"""

from dataclasses import dataclass
from time import monotonic

from tuitrain.datasets import Facts
from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.runs import pictures
from tuitrain.runs.history import clock
from tuitrain.runs.session import Session
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
    _natural: str = ""
    """The view that shows most of the data in front."""
    _picture: tuple[str, str] | None = None
    _rates: tuple[str, str] | None = None
    _drawn: float = float("-inf")
    _stale: bool = False

    def update(self, force: bool = False) -> None:
        """Read what is new; words are told at once, drawings a few times a second at most."""
        self._stale = self.session.poll() or self._stale or force or self._is_fitting()
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

    def begin(self) -> None:
        """Show the runs of a new training, with nothing of the last one."""
        self.following, self.shown = True, None
        self._picture = self._rates = None
        self.board.show_arrays({}, (), 0)
        self.board.show_rates({}, None, 0)
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
        """Show curves, rows and pictures as they are now."""
        self._stale, self._drawn = False, monotonic()
        watches, score = self.session.watches, telling.score(self.facts)
        self.board.show_curves(telling.lines(watches, "loss"), telling.lines(watches, score), score)
        rows = telling.rows(watches, self.board.signs(), score)
        self.board.show_rows(rows, telling.measured(watches, score), score)
        if self.setup.experiment is not None:
            self._mark_models(self.setup.experiment)
        if self.shown is not None:
            self.board.select(self.shown.run.id)
        self._show_run()

    def _mark_models(self, experiment: Experiment) -> None:
        """Show the states of the runs beside the models, where the list is still the one that is trained."""
        listed = [model.name for model in experiment.models]
        trained = [watch.experiment.models[0].name if watch.experiment else "" for watch in self.session.watches]
        self.setup.marks = telling.marks(self.session.watches) if listed == trained else {}

    def _show_run(self) -> None:
        """Show the pictures, the parameters and the log of the run in front."""
        watch = self.shown
        self.board.show_waiting(*telling.waiting(watch))
        if watch is not None:
            log = [(clock(time), sentence) for time, sentence in watch.history.log]
            self.board.show_log(log, telling.fitted(watch))
        if watch is not None or self.experiment is not None:
            single = watch.history.single if watch else None
            self.board.show_parameters(telling.parameters(watch, self.experiment), single)
            self._show_picture(watch)
            self._show_rates(watch)

    def _show_picture(self, watch: Watch | None) -> None:
        step, latest = watch.history.snapshots[-1] if watch and watch.history.snapshots else (0, "")
        wanted = (watch.run.id, latest) if watch and latest else None
        if wanted != self._picture:
            self._picture, known = wanted, self.facts
            arrays = pictures.read(watch.run, latest) if watch and latest else {}
            self.board.show_arrays(arrays, known.labels if known else (), step)
        self.choose_view()

    def choose_view(self) -> None:
        """Keep the view in front unless it was for another kind of data; settings alone are no reason to change it."""
        known = self.facts
        natural = telling.natural_view(known)
        if known is not None and natural != self._natural and (self.shown or not self._natural):
            self.board.view = self._natural = natural

    def _show_rates(self, watch: Watch | None) -> None:
        step, latest, suggestion = watch.history.rates[-1] if watch and watch.history.rates else (0, "", None)
        wanted = (watch.run.id, latest) if watch and latest else None
        if wanted != self._rates:
            self._rates = wanted
            self.board.show_rates(pictures.read(watch.run, latest) if watch and latest else {}, suggestion, step)

    def _tell(self) -> None:
        """Say in the top line how the run in front stands."""
        experiment = self.experiment
        dataset = clean(experiment.dataset.name) if experiment else ""
        self.status.words = telling.status(self.shown, dataset, telling.score(self.facts))
