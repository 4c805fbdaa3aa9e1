"""What the views show of one run: pictures at a step, parameters, learning rates, log and file, each read once.

It knows the board's attributes; which run and which step it is about is told to it.
"""

from dataclasses import dataclass

from tuitrain import experiment as experiments
from tuitrain.command import nearest
from tuitrain.experiment import Experiment
from tuitrain.runs import pictures
from tuitrain.runs.history import clock
from tuitrain.runs.watch import Watch
from tuitrain.ui import telling
from tuitrain.ui.waiting import waiting
from tuitrain.ui.widgets.board import Board


@dataclass(slots=True)
class Portrait:
    """Hands what there is of a run to the board, and only what changed since the last time."""

    board: Board
    _natural: str = ""
    """The view that shows most of the data in front."""
    _picture: tuple[str, str, str] | None = None
    _rates: tuple[str, str] | None = None
    _file: tuple[str, Experiment | None] | None = None

    def clear(self) -> None:
        """Show nothing of the last run."""
        self._picture = self._rates = None
        self.board.show_arrays({}, (), 0, {})
        self.board.show_rates({}, None, 0)

    def show(self, watch: Watch | None, experiment: Experiment | None, step: int | None, *, difference: bool) -> None:
        """Show a run as it is now or was at a step, where asked for as its difference to the best snapshot.

        `experiment` is what it trains, or what the settings say as long as there is no run.
        """
        self.board.show_waiting(*waiting(watch, step))
        self._show_file(watch, experiment)
        if watch is not None:
            log = [(clock(time), sentence) for time, sentence in watch.history.log]
            self.board.show_log(log, telling.fitted(watch))
        if watch is not None or experiment is not None:
            self.board.show_parameters(telling.parameters(watch, experiment), telling.closely(watch, step))
            self._show_picture(watch, experiment, step, difference)
            self._show_rates(watch)

    def _show_picture(
        self, watch: Watch | None, experiment: Experiment | None, step: int | None, difference: bool
    ) -> None:
        history = watch.history if watch else None
        at, latest = (history and history.snapshot_at(history.step if step is None else step)) or (0, "")
        best = history.best if history and difference else None
        _, before = (history and best and history.snapshot_at(best[0])) or (0, "")
        wanted = (watch.run.id, latest, before) if watch else None
        if wanted != self._picture:
            self._picture, known = wanted, telling.facts(watch, experiment)
            arrays = pictures.read(watch.run, latest) if watch and latest else {}
            compared = pictures.read(watch.run, before) if watch and before else {}
            self.board.show_arrays(arrays, known.labels if known else (), at, compared)
        self.choose_view(watch, experiment)

    def choose_view(self, watch: Watch | None, experiment: Experiment | None) -> None:
        """Keep the view in front unless it was for another kind of data; settings alone are no reason to change it."""
        known = telling.facts(watch, experiment)
        natural = telling.natural_view(known)
        if known is not None and natural != self._natural and (watch or not self._natural):
            self.board.view = self._natural = natural

    def _show_rates(self, watch: Watch | None) -> None:
        step, latest, suggestion = watch.history.rates[-1] if watch and watch.history.rates else (0, "", None)
        wanted = (watch.run.id, latest) if watch and latest else None
        if wanted != self._rates:
            self._rates = wanted
            self.board.show_rates(pictures.read(watch.run, latest) if watch and latest else {}, suggestion, step)

    def _show_file(self, watch: Watch | None, experiment: Experiment | None) -> None:
        """Show the file of the run as it lies in its directory, else the settings as they would be written."""
        wanted = (watch.run.id if watch else "", experiment)
        if wanted == self._file:
            return
        self._file = wanted
        if watch is None:
            self.board.show_file(experiments.write(experiment) if experiment is not None else "")
            return
        preset = nearest(experiment) if experiment is not None else None
        self.board.show_file(watch.run.text(), experiments.read(preset).dump() if preset else None, preset or "")
