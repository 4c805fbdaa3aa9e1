"""The right side of the cockpit: two charts, the views, the table of runs. It lays out what it is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import ContentSwitcher

from tuitrain.models import Parameter
from tuitrain.ui.widgets.chart import Chart, Line
from tuitrain.ui.widgets.log import Log
from tuitrain.ui.widgets.parameters import Parameters
from tuitrain.ui.widgets.pictures import Confusion, Picture, Surface, Weights
from tuitrain.ui.widgets.runs import Row, RunsTable

VIEWS = {
    "confusion": "1 Confusion",
    "surface": "2 Surface",
    "parameters": "3 Parameters",
    "weights": "4 Weights",
    "log": "5 Log",
}


class Board(Vertical):
    """Charts above, the view in front below them, the runs at the bottom."""

    view: reactive[str] = reactive("confusion", init=False)

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Horizontal(id="charts"):
            yield Chart("loss", id="loss")
            yield Chart("accuracy", id="accuracy")
        with ContentSwitcher(id="views", initial=self.view):
            yield Confusion(id="confusion")
            yield Surface(id="surface")
            with VerticalScroll(id="parameters"):
                yield Parameters()
            yield Weights(id="weights")
            with VerticalScroll(id="log"):
                yield Log()
        yield RunsTable(id="runs")

    def on_mount(self) -> None:
        """Name the views."""
        self.query_one("#runs").border_title = "Runs"
        self.watch_view()

    def watch_view(self) -> None:
        """Bring the view to the front; its name stands out among the others in the frame."""
        views = self.query_one("#views", ContentSwitcher)
        views.current = self.view
        titles = [
            (f" {title} ", "bold $primary" if name == self.view else "$secondary") for name, title in VIEWS.items()
        ]
        views.border_title = Content.assemble(*titles)

    def zoom(self) -> None:
        """Show only the view in front, then only the charts, then everything."""
        stages = ["", "-view", "-curves"]
        now = next((stage for stage in stages[1:] if self.has_class(stage)), "")
        self.remove_class(*stages[1:])
        wanted = stages[(stages.index(now) + 1) % len(stages)]
        self.set_class(bool(wanted), wanted or "-view")

    def signs(self) -> Mapping[str, str]:
        """Return the characters that each model is drawn with in the charts, where colour does not tell them apart."""
        return self.query_one("#loss", Chart).signs()

    def show_curves(self, curves: Mapping[str, Sequence[Line]]) -> None:
        """Draw the curves of each metric."""
        for metric, lines in curves.items():
            self.query_one(f"#{metric}", Chart).lines = lines

    def show_rows(self, rows: Sequence[Row], note: str) -> None:
        """List the runs; the note says of what their numbers are."""
        table = self.query_one(RunsTable)
        table.rows_shown = rows
        table.border_subtitle = note

    def select(self, run: str) -> None:
        """Put the cursor on this run."""
        self.query_one(RunsTable).select(run)

    def show_waiting(self, words: str) -> None:
        """Say in empty charts and pictures what fills them."""
        for widget in (*self.query(Chart), *self.query(Picture)):
            widget.waiting = words

    def show_arrays(self, arrays: Mapping[str, Any], labels: Sequence[str]) -> None:
        """Draw the pictures of a run; only the view in front costs anything."""
        for picture in self.query(Picture):
            picture.labels = labels
            picture.arrays = arrays

    def show_parameters(self, table: Sequence[Parameter]) -> None:
        """List the parameters of a model."""
        self.query_one(Parameters).table = table

    def show_log(self, entries: Sequence[tuple[str, str]], note: str = "") -> None:
        """Show what a run had to say, and a note under the runs."""
        self.query_one(Log).entries = entries
        self.query_one("#views").border_subtitle = note
