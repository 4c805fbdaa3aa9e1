"""All charts of the runs: which of them are shown, and over which part of the runs, the same for all.

Keys call its methods, the mouse does the same by itself; a click posts `Moved`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.message import Message
from textual.reactive import reactive

from tuitrain.ui.widgets.chart import TITLES, Band, Chart, View
from tuitrain.ui.widgets.steering import Steered

USUAL = ("loss", "accuracy")
"""The charts that are there before anything is measured."""
IDS = ("loss", "score")
"""Of the first two charts."""
SMOOTHING = (1.0, 0.1, 0.02)
"""Weights of the newest value; 1 leaves curves as they are."""
WHEEL = 2**0.5
"""How much more or less one click of the wheel shows."""
NARROW, LOW = 70, 16  # columns under which two charts are stacked, lines under which one of them is hidden
WIDE, TALL = 40, 6  # columns and lines of a chart among many


def arrange(
    metrics: Sequence[str], chosen: str, second: str, stage: str, size: tuple[int, int]
) -> tuple[list[str], int]:
    """Return which charts there is room for in so many columns and lines, and in how many charts side by side."""
    width, height = size
    if stage == "one":
        return [chosen], 1
    if stage == "all":
        columns = max(min(width // WIDE, 3, len(metrics)), 1)
        room = columns * max(height // TALL, 1)
        begin = metrics.index(chosen) // room * room
        return list(metrics[begin : begin + room]), columns
    if width >= NARROW:
        return [metrics[0], second], 2
    return ([metrics[0], second] if height >= LOW else [chosen]), 1


@dataclass(frozen=True, slots=True)
class Own:
    """What one chart has for itself: values of a loss may be shown otherwise than those of an accuracy."""

    log_y: bool = False
    outliers: bool = True


class Charts(Steered):
    """The charts in the order of their metrics, over the same part of the runs."""

    bands: reactive[Mapping[str, Sequence[Band]]] = reactive(dict, init=False, repaint=False, always_update=True)
    marks: reactive[Sequence[tuple[int, str]]] = reactive[Sequence[tuple[int, str]]]((), init=False, repaint=False)
    note: reactive[str] = reactive("", init=False, repaint=False)
    waiting: reactive[str] = reactive("F5 trains", init=False, repaint=False)
    stage: reactive[str] = reactive("pair", init=False, repaint=False)
    """Which charts are shown: "pair" (the first and another one), "all" or "one"."""

    class Moved(Message):
        """A person put the crosshair on a step."""

        def __init__(self, step: int | None) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.smoothing = 1.0
        self._chosen, self._second = USUAL[0], ""
        self._own: dict[str, Own] = {}
        self._pending = False
        self._layout_now: object = None

    def compose(self) -> ComposeResult:
        """Begin with the two charts that are always there."""
        yield from (Chart(metric, id=name) for metric, name in zip(USUAL, IDS, strict=True))

    def on_mount(self) -> None:
        """Hand on whatever changes."""
        for name in ("lines", "bands", "marks", "note", "waiting", "stage"):
            self.watch(self, name, self.update, init=False)

    def on_resize(self) -> None:
        """Show as many charts as there is room for."""
        self.update()

    @property
    def metrics(self) -> list[str]:
        """The metrics that have a chart, in their order."""
        given = list(dict.fromkeys([*self.lines, *self.bands]))
        names = given[:2] + [name for name in given[2:] if self.lines.get(name) or self.bands.get(name)]
        return names + [name for name in USUAL if name not in names][: max(2 - len(names), 0)]

    @property
    def chosen(self) -> str:
        """The metric to which the keys for one chart go."""
        return self._chosen if self._chosen in self.metrics else self.metrics[0]

    def arranged(self) -> tuple[list[str], int]:
        """Return the metrics whose charts are shown, and how many of them side by side."""
        metrics = self.metrics
        second = self._second if self._second in metrics[1:] else metrics[1]
        return arrange(metrics, self.chosen, second, self.stage, (self.size.width, self.size.height))

    def update(self) -> None:
        """Hand everything to the charts soon, once for all that changes now."""
        if self.is_attached and not self._pending:
            self._pending = True
            self.call_next(self._hand_out)

    def _hand_out(self) -> None:
        self._pending = False
        shown, columns = self.arranged()
        charts, view = self._charts(), self._view()
        self._lay_out(charts, shown, columns)
        for metric, chart in charts.items():
            own, chosen = self._own.get(metric, Own()), metric == self.chosen and len(shown) > 1
            chart.metric, chart.waiting = metric, self.waiting
            chart.lines, chart.bands = self.lines.get(metric, ()), self.bands.get(metric, ())
            chart.note = self.note if metric == shown[0] else ""
            chart.view = replace(view, log_y=own.log_y, outliers=own.outliers, chosen=chosen)

    def _charts(self) -> dict[str, Chart]:
        """Return the chart of each metric, after making those that are missing and removing those too many."""
        charts, metrics = list(self.query(Chart)), self.metrics
        for chart in charts[len(metrics) :]:
            chart.remove()
        new = [Chart(metric) for metric in metrics[len(charts) :]]
        if new:
            self.mount_all(new)
        return dict(zip(metrics, charts + new, strict=False))

    def _lay_out(self, charts: Mapping[str, Chart], shown: Sequence[str], columns: int) -> None:
        """Put the charts in rows; the last one takes what is left of its row."""
        layout = (tuple(charts), tuple(shown), columns)
        if layout == self._layout_now:
            return
        self._layout_now = layout
        self.styles.grid_size_columns = columns
        for metric, chart in charts.items():
            chart.display = metric in shown
            chart.styles.column_span = 1 + -len(shown) % columns if metric == shown[-1] else 1

    def _view(self) -> View:
        """Return how all charts show their lines."""
        along, section = self.along, self.section
        limits = along.limits(live=self.cursor is None)
        return View(
            by=section.by,
            log_x=section.log,
            limits=limits and (along.plain(limits[0]), along.plain(limits[1])),
            smoothing=self.smoothing,
            cursor=None if self.cursor is None else (self.cursor, along.x(self.cursor)),
            marks=tuple((along.x(step), words) for step, words in self.marks),
            recent=section.recent,
            turn=self.turn,
        )

    def log_y(self) -> str:
        """Show the values of the chosen chart on a logarithmic axis, or on a linear one; say of which it is."""
        own = self._own.get(self.chosen, Own())
        self._own[self.chosen] = replace(own, log_y=not own.log_y)
        self.update()
        scale = "linear" if own.log_y else "logarithmic"
        return f"Values of {TITLES.get(self.chosen, self.chosen)} are {scale} now, of no other curve: g chooses one."

    def outliers(self) -> None:
        """Leave outliers out of the range of values of the chosen chart, or take them in."""
        own = self._own.get(self.chosen, Own())
        self._own[self.chosen] = replace(own, outliers=not own.outliers)
        self.update()

    def smooth(self) -> None:
        """Smooth the training curves more, or, after the most, not at all."""
        self.smoothing = SMOOTHING[(SMOOTHING.index(self.smoothing) + 1) % len(SMOOTHING)]
        self.update()

    def next_chart(self) -> None:
        """Choose the next chart, which is then beside the first one; after the last it is the first."""
        metrics = self.metrics
        place = (metrics.index(self.chosen) + 1) % len(metrics)
        self._chosen, self._second = metrics[place], metrics[place] if place else ""
        self.update()

    @property
    def columns(self) -> int:
        """How many columns of cells the axis has."""
        return next((chart.frame.width for chart in self.query(Chart) if chart.display and chart.frame), 50)

    def signs(self) -> Mapping[str, str]:
        """Return the characters of each model's curves, by its name; none where colours tell them apart."""
        self._hand_out()
        return self.query(Chart).first().signs()

    def on_chart_pointed(self, event: Chart.Pointed) -> None:
        """Put the crosshair where the pointer is."""
        step = self.along.recorded(event.place)
        if step is not None:
            self.post_message(self.Moved(step))

    def on_chart_scaled(self, event: Chart.Scaled) -> None:
        """Show more or less around the pointer."""
        self.scale(event.direction, event.place, WHEEL)

    def on_chart_panned(self, event: Chart.Panned) -> None:
        """Show an earlier or a later part."""
        self.pan(event.direction)
