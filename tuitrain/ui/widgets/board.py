"""The right side of the cockpit: two charts, the views, the table of runs. It lays out what it is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive

from tuitrain.machine import Sample, recent
from tuitrain.models import Parameter
from tuitrain.ui.widgets.charts import Charts
from tuitrain.ui.widgets.log import Log
from tuitrain.ui.widgets.machine import Machine
from tuitrain.ui.widgets.parameters import Parameters
from tuitrain.ui.widgets.pictures import Arrays, Picture
from tuitrain.ui.widgets.rates import Rates
from tuitrain.ui.widgets.runs import Row, RunsTable
from tuitrain.ui.widgets.source import Source
from tuitrain.ui.widgets.views import Views

Closely = tuple[int, Mapping[str, float | None]] | None
"""A step, and the gradient and relative update of each tensor in it."""
STAGES = ("", "-view", "-curves", "-curve")
"""What has the room: everything; the view in front; all charts; the chosen one."""


class Board(Vertical):
    """Charts above, the view in front below them, the runs at the bottom."""

    view: reactive[str] = reactive("confusion", init=False)

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Charts(id="charts")
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
        """Send keys to the view in front where it has a use for them."""
        widget = self.views.widget
        if widget.can_focus:
            widget.focus()

    @property
    def charts(self) -> Charts:
        """The curves."""
        return self.query_one(Charts)

    def zoom(self, wanted: str | None = None) -> None:
        """Show only the view in front, then all charts, then the chosen one, then everything; or what is wanted."""
        if wanted is None:
            now = next((stage for stage in STAGES[1:] if self.has_class(stage)), "")
            wanted = STAGES[(STAGES.index(now) + 1) % len(STAGES)]
        for stage in STAGES[1:]:
            self.set_class(stage == wanted, stage)
        self.charts.stage = {"-curves": "all", "-curve": "one"}.get(wanted, "pair")

    def show_rows(self, rows: Sequence[Row], note: str, metric: str) -> None:
        """List the runs; the note says of what their numbers are."""
        table = self.query_one(RunsTable)
        table.metric = metric
        table.rows_shown = rows
        table.border_subtitle = note

    def select(self, run: str) -> None:
        """Put the cursor on this run."""
        self.query_one(RunsTable).select(run)

    def show_waiting(self, charts: str, views: str, rates: str) -> None:
        """Say in empty charts and pictures what fills them."""
        self.charts.waiting = charts
        for widget in (*self.query(Picture), self.query_one(Parameters)):
            widget.waiting = rates if isinstance(widget, Rates) else views

    def show_arrays(self, arrays: Arrays, labels: Sequence[str], step: int, reference: Arrays) -> None:
        """Draw the pictures of a run, against those of another step where there are any."""
        self.views.show_arrays(arrays, labels, step, reference)

    def show_rates(self, arrays: Arrays, suggestion: float | None, step: int) -> None:
        """Draw the curve of learning rates that were tried at a step."""
        rates = self.query_one(Rates)
        rates.suggestion, rates.step, rates.arrays = suggestion, step, arrays
        self.views.name_all()

    def show_parameters(self, table: Sequence[Parameter], closely: Closely) -> None:
        """List the parameters of a model, and what a step did to them."""
        parameters = self.query_one(Parameters)
        parameters.table, parameters.live = table, closely
        self.views.name_all()

    def show_file(self, text: str, base: Mapping[str, Any] | None = None, name: str = "") -> None:
        """Show an experiment file, and what differs in it from these tables, by default from the defaults."""
        source = self.query_one(Source)
        source.base, source.base_name, source.text = base, name, text

    def show_machine(self, sample: Sample, device: str) -> None:
        """Show how busy the machine is that trains on a device; no device where nothing is trained."""
        for view in self.query(Machine):  # none while the screen is being left
            view.device, view.samples = device, recent(view.samples, sample)

    def show_log(self, entries: Sequence[tuple[str, str]], fitted: str = "") -> None:
        """Show what a run had to say, and the values of a small model in the frame."""
        self.query_one(Log).entries = entries
        self.views.fitted = fitted
