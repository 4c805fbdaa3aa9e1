"""The right side of the cockpit: two charts, the views, the table of runs. It lays out what it is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive

from tuitrain.models import Parameter
from tuitrain.ui.widgets.chart import Chart, Line
from tuitrain.ui.widgets.log import Log
from tuitrain.ui.widgets.parameters import Parameters, Single
from tuitrain.ui.widgets.pictures import Picture
from tuitrain.ui.widgets.rates import Rates
from tuitrain.ui.widgets.runs import Row, RunsTable
from tuitrain.ui.widgets.views import Views

SMOOTHING = (1.0, 0.1, 0.02)
"""Weights of the newest value; 1 leaves curves as they are."""


class Board(Vertical):
    """Charts above, the view in front below them, the runs at the bottom."""

    view: reactive[str] = reactive("confusion", init=False)

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Horizontal(id="charts"):
            yield Chart("loss", id="loss")
            yield Chart("accuracy", id="score")
        yield Views(id="views")
        yield RunsTable(id="runs")

    def on_mount(self) -> None:
        """Name the table."""
        self.query_one("#runs").border_title = "Runs"

    @property
    def views(self) -> Views:
        """The views."""
        return self.query_one(Views)

    def watch_view(self) -> None:
        """Bring the view to the front."""
        self.views.front = self.view

    def focus_view(self) -> None:
        """Send keys to the view in front where it has a use for them, else to the table."""
        widget = self.views.widget
        (widget if widget.can_focus else self.query_one(RunsTable)).focus()

    def zoom(self) -> None:
        """Show only the view in front, then only the charts, then everything."""
        stages = ["", "-view", "-curves"]
        now = next((stage for stage in stages[1:] if self.has_class(stage)), "")
        self.remove_class(*stages[1:])
        wanted = stages[(stages.index(now) + 1) % len(stages)]
        self.set_class(bool(wanted), wanted or "-view")

    def smooth(self) -> None:
        """Smooth the training curves more, or, after the most, not at all."""
        now = self.query_one("#loss", Chart).smoothing
        alpha = SMOOTHING[(SMOOTHING.index(now) + 1) % len(SMOOTHING)]
        for chart in self.query(Chart):
            chart.smoothing = alpha

    def signs(self) -> Mapping[str, str]:
        """Return the characters that each model is drawn with in the charts, where colour does not tell them apart."""
        return self.query_one("#loss", Chart).signs()

    def show_curves(self, loss: Sequence[Line], score: Sequence[Line], metric: str) -> None:
        """Draw the curves of the loss, and of the metric that says how good the models are."""
        self.query_one("#loss", Chart).lines = loss
        chart = self.query_one("#score", Chart)
        chart.metric, chart.lines = metric, score

    def show_rows(self, rows: Sequence[Row], note: str, metric: str) -> None:
        """List the runs; the note says of what their numbers are."""
        table = self.query_one(RunsTable)
        table.metric = metric
        table.rows_shown = rows
        table.border_subtitle = note

    def select(self, run: str) -> None:
        """Put the cursor on this run."""
        self.query_one(RunsTable).select(run)

    def show_waiting(self, words: str, rates: str) -> None:
        """Say in empty charts and pictures what fills them."""
        for widget in (*self.query(Chart), *self.query(Picture), self.query_one(Parameters)):
            widget.waiting = rates if isinstance(widget, Rates) else words

    def show_arrays(self, arrays: Mapping[str, Any], labels: Sequence[str], step: int) -> None:
        """Draw the pictures of a run."""
        self.views.show_arrays(arrays, labels, step)

    def show_rates(self, arrays: Mapping[str, Any], suggestion: float | None, step: int) -> None:
        """Draw the curve of learning rates that were tried at a step."""
        rates = self.query_one(Rates)
        rates.suggestion, rates.step, rates.arrays = suggestion, step, arrays
        self.views.name_all()

    def show_parameters(self, table: Sequence[Parameter], single: Single | None) -> None:
        """List the parameters of a model, and what a step taken alone did to them."""
        parameters = self.query_one(Parameters)
        parameters.table, parameters.single = table, single
        self.views.name_all()

    def show_log(self, entries: Sequence[tuple[str, str]], fitted: str = "") -> None:
        """Show what a run had to say, and the values of a small model in the frame."""
        self.query_one(Log).entries = entries
        self.views.fitted = fitted
