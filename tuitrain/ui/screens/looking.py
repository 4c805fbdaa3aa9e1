"""What a screen does to look at runs: the time cursor, the playback, curves and views. It wires keys to widgets.

What is trained, and which runs there are, is the business of the screens around it.
"""

from typing import ClassVar

from textual.timer import Timer

from tuitrain.ui import keys
from tuitrain.ui.screens.driving import Driving
from tuitrain.ui.widgets.board import Board
from tuitrain.ui.widgets.charts import Charts
from tuitrain.ui.widgets.pictures import Picture
from tuitrain.ui.widgets.runs import RunsTable
from tuitrain.ui.widgets.views import Views

NEITHER = "There is no curve yet to move along."
NO_BEST = "There is no best step yet: it comes with the first evaluation after a step."
UNVALIDATED = "Without a validation split no step is the best one: val_size makes a split."


class Looking(Driving):
    """The keys of the sections `Curves` and `Views`."""

    SPEEDS: ClassVar[tuple[float, ...]] = (1.0, 2.0, 5.0, 10.0)
    """Snapshots a second that the playback shows."""

    _player: Timer | None = None
    _speed = 1

    @property
    def board(self) -> Board:
        """The right side."""
        return self.query_one(Board)

    @property
    def charts(self) -> Charts:
        """The curves."""
        return self.board.charts

    def action_cursor(self, columns: int) -> None:
        """Move the time cursor by columns of the curves; past the last it is live again."""
        self._halt()
        self._go(self.charts.beside(self.follow.cursor, columns))

    def on_charts_moved(self, event: Charts.Moved) -> None:
        """Put the time cursor where somebody clicked."""
        self._halt()
        self._go(event.step)

    def action_cursor_first(self) -> None:
        """Put the time cursor on the first snapshot."""
        self._halt()
        self._go(self.follow.first_step())

    def action_cursor_best(self) -> None:
        """Put the time cursor on the best evaluation."""
        self._halt()
        best = self.follow.best_step()
        if best is None:
            self._miss_best()
        else:
            self._go(best)

    def _miss_best(self) -> None:
        """Say why there is no best step, once however often it is asked for."""
        watch = self.follow.shown
        started = watch.history.started if watch else None
        self.app.clear_notifications()
        self.notify(NEITHER if started is None else NO_BEST if started.get("val_size") else UNVALIDATED)

    def action_live(self) -> None:
        """Let everything show what is happening now."""
        self._halt()
        self._go(None)

    def action_difference(self) -> None:
        """Show the views as their difference to the best snapshot, or as they are."""
        if self.follow.best_step() is None and not self.follow.difference:
            self._miss_best()
        else:
            self.follow.compare(not self.follow.difference)

    def _go(self, step: int | None) -> None:
        if self.follow.shown is None:
            self.notify(NEITHER)
        else:
            self.follow.go(step)

    def action_play(self) -> None:
        """Play the snapshots from the time cursor on, from the first where all is live; or halt."""
        if self._player is not None:
            self._halt()
            return
        first = self.follow.first_step()
        if first is None:
            self.notify(NEITHER)
            return
        if self.follow.cursor is None:
            self.follow.go(first)
        self._player = self.set_interval(1 / self.SPEEDS[self._speed], self._play_on)

    def action_speed(self, by: int) -> None:
        """Play faster or more slowly."""
        self._speed = max(0, min(self._speed + by, len(self.SPEEDS) - 1))
        self.notify(f"Playback: {self.SPEEDS[self._speed]:g} a second.", timeout=2)
        if self._player is not None:
            self._player.stop()
            self._player = self.set_interval(1 / self.SPEEDS[self._speed], self._play_on)

    def _play_on(self) -> None:
        """Go to the next snapshot; after the last all is live again."""
        following = self.follow.next_snapshot()
        if following is None:
            self._halt()
        self.follow.go(following)

    def _halt(self) -> None:
        if self._player is not None:
            self._player.stop()
            self._player = None

    def action_scale(self, direction: int) -> None:
        """Show less of the time axis (-1), or more."""
        self.charts.scale(direction)

    def action_pan(self, direction: int) -> None:
        """Show an earlier (-1) or later part of the curves."""
        self.charts.pan(direction)

    def action_unscale(self) -> None:
        """Show all of the curves."""
        self.charts.unscale()

    def action_window(self) -> None:
        """Show the whole history, or only its last part."""
        self.charts.window()

    def action_axis(self) -> None:
        """Draw the curves over steps, epochs or time."""
        self.charts.axis()

    def action_log_x(self) -> None:
        """Draw time on a logarithmic axis, or on a linear one."""
        self.charts.log_x()

    def action_log_y(self) -> None:
        """Draw values on a logarithmic axis, or on a linear one."""
        self.notify(self.charts.log_y(), timeout=3)

    def action_outliers(self) -> None:
        """Leave outliers out of the range of values, or let them in."""
        self.charts.outliers()

    def action_smooth(self) -> None:
        """Smooth the training curves more, or not at all."""
        self.charts.smooth()

    def action_next_chart(self) -> None:
        """Choose the next metric."""
        self.charts.next_chart()

    def action_view(self, name: str) -> None:
        """Bring a view to the front; where it is there already, move inside."""
        if self.board.view == name and not self._is_covered():
            self.board.focus_view()
            return
        self.board.view = name
        if self._is_covered():
            self.board.zoom("-view")
        elif self.charts.stage != "pair":
            self.board.zoom("")
        if not self.setup.has_focus_within:
            self.query_one(RunsTable).focus()

    def _is_covered(self) -> bool:
        """Tell whether a flat terminal shows curves in the place of the view."""
        return self.has_class("-flat") and not self.board.has_class("-view")

    def action_next_view(self, by: int) -> None:
        """Bring the next view to the front."""
        names = list(keys.VIEWS)
        self.action_view(names[(names.index(self.board.view) + by) % len(names)])

    def action_aspect(self) -> None:
        """Show another side of the view in front."""
        view = self.query_one(Views).widget
        if isinstance(view, Picture):
            view.next_aspect()

    def on_picture_told(self) -> None:
        """Say in the frame what the view shows now."""
        self.query_one(Views).name_all()

    def action_zoom(self) -> None:
        """Give the whole side to the view in front, to all charts, to the chosen chart, then to all again."""
        self.board.zoom()

    def action_next_run(self, by: int) -> None:
        """Show the pictures of the next run."""
        self.query_one(RunsTable).move(by)
