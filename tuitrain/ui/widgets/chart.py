"""Curves of one metric, every run on the same axes: as trained, on held-out data, smoothed where asked.

It shows what it is given; which part of the runs that is, the charts decide together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import Click, MouseEvent, MouseScrollDown, MouseScrollLeft, MouseScrollRight, MouseScrollUp, Show
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive

from tuitrain.ui.widgets import legends
from tuitrain.ui.widgets.canvas import Canvas, note

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tuitrain.drawing.axes import Frame, Range
    from tuitrain.drawing.cells import Lines
    from tuitrain.runs.series import Series
    from tuitrain.runs.timeline import By, Timeline
    from tuitrain.ui.widgets.sketch import Before

TITLES = {"lr": "learning rate", "grad_norm": "gradient norm", "samples_per_second": "samples/s"}
"""What metrics are called whose names are no words."""


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One curve: the points, how they lie in time, the run it belongs to (its colour), and the split it is of."""

    label: str
    series: "Series"
    timeline: "Timeline"
    colour: str
    split: str
    best: tuple[float, float] | None = None
    front: bool = False
    """Whether it is of the run in front."""


@dataclass(frozen=True, eq=False, slots=True)
class Band:
    """The spread of a metric over several runs, and their mean where it is told; steps rise."""

    label: str
    colour: str
    steps: "ArrayLike"
    lows: "ArrayLike"
    highs: "ArrayLike"
    means: "ArrayLike | None" = None
    split: str = "train"


@dataclass(frozen=True, slots=True)
class View:
    """How a chart shows its lines."""

    by: "By" = "step"
    log_x: bool = False
    log_y: bool = False
    limits: "Range | None" = None
    """What is shown, in steps, epochs or seconds; None: everything."""
    smoothing: float = 1.0
    """The weight of the newest value in what is shown of training; 1 leaves it as it is."""
    outliers: bool = True
    """Whether they have a say in the range of values."""
    cursor: tuple[int, float] | None = None
    """The step of the crosshair and where it lies; None: at the end, without one."""
    marks: tuple[tuple[float, str], ...] = ()
    recent: bool = False
    chosen: bool = False
    turn: int = 0
    """How often a person chose another part: the range of values then starts anew."""

    def step(self, line: Line) -> float:
        """Return the step of a line at the crosshair, of other runs at the same epoch or time; without one the last."""
        if self.cursor is None:
            return float("inf")
        step, x = self.cursor
        return float(step) if line.front or self.by == "step" else line.timeline.step(x, self.by)


class Chart(Canvas):
    """One metric; the title line of its frame carries the legend, the bottom line the values at the crosshair."""

    lines: reactive[Sequence[Line]] = reactive[Sequence[Line]]((), init=False, repaint=False, always_update=True)
    bands: reactive[Sequence[Band]] = reactive[Sequence[Band]]((), init=False, repaint=False, always_update=True)
    view: reactive[View] = reactive(View(), init=False, repaint=False)
    waiting: reactive[str] = reactive("F5 trains", init=False, repaint=False)
    """What stands there before there is any curve."""
    note: reactive[str] = reactive("", init=False, repaint=False)
    """Words for the frame."""

    class Pointed(Message):
        """A person clicked on this place of the axis."""

        def __init__(self, place: float) -> None:
            super().__init__()
            self.place = place

    class Scaled(Message):
        """A person turned the wheel over this place of the axis, or beside it: less (-1) or more (1) is to be seen."""

        def __init__(self, direction: int, place: float | None) -> None:
            super().__init__()
            self.direction, self.place = direction, place

    class Panned(Message):
        """A person turned the wheel with shift: what is earlier (-1) or later (1) is to be seen."""

        def __init__(self, direction: int) -> None:
            super().__init__()
            self.direction = direction

    def __init__(self, metric: str, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.metric = metric
        self.frame: Frame | None = None
        """Where the axes of the last drawing lie."""
        self._before: tuple[str, Before | None] = ("", None)
        self._drawn: object = None
        self._pending = False
        self.border_title = TITLES.get(metric, metric)

    def on_mount(self) -> None:
        """Draw whatever changes."""
        for name in ("lines", "bands", "view", "waiting", "note"):
            self.watch(self, name, self.update, init=False)

    def on_show(self, _event: Show) -> None:
        """Draw what changed while it was hidden."""
        self.update()

    def update(self) -> None:
        """Draw soon, once for all that changes now."""
        if self.is_attached and not self._pending:
            self._pending = True
            self.call_next(self._update)

    def _update(self) -> None:
        """Draw if anything differs from what was drawn."""
        self._pending = False
        if self.display and self._state() != self._drawn:
            self.redraw()

    def _state(self) -> object:
        lines = [
            (
                line.label,
                id(line.series),
                len(line.series),
                line.series.last,
                line.colour,
                line.split,
                line.best,
                line.front,
            )
            for line in self.lines
        ]
        return self.metric, lines, [id(band) for band in self.bands], self.view, self.waiting, self.note, self.size

    def redraw(self) -> None:
        """Draw, and write title and values into the frame."""
        if not (self.size and self.is_attached):
            return
        self._drawn = self._state()
        super().redraw()
        self._write(self._title(), -1)
        values = list(legends.values(self.lines, self.view, TITLES.get(self.metric, self.metric)))
        values += legends.scattered(self.bands, self.view)
        heads = legends.where(self.lines, self.view) if self.lines else legends.across(self.bands, self.view)
        self._write(legends.foot(heads, values, self.note, self._room), self.size.height)

    @property
    def _room(self) -> int:
        """How many cells words in the frame may take."""
        return self.size.width - 4

    def _write(self, parts: legends.Parts, row: int) -> None:
        """Put words into the frame and repaint that line alone: Textual's attributes repaint the whole widget."""
        name, words = "_border_title" if row < 0 else "_border_subtitle", Content.assemble(*parts)
        before: Content | None = getattr(self, name)
        if before is None or not before.is_same(words):
            setattr(self, name, words)
            ends = (
                max(words.cell_length, before.cell_length if before else 0) + 4
            )  # two cells of the frame at each side
            self.refresh(Region(-1, row, min(ends, self.size.width + 2), 1))

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the curves; before there is any, say what will make one."""
        self.frame = None
        if not self.lines and not self.bands:
            return note(self.waiting, width, height)
        from tuitrain.drawing.curves import paint  # plotext and numpy: 0.2 s that the first frame need not wait for
        from tuitrain.ui.widgets import marking, sketch

        before = self._before[1] if self._before[0] == self.metric else None
        size = width, height
        plot, shown = sketch.lay_out(self.lines, self.bands, self.view, size=size, look=self.look, before=before)
        self.frame, self._before = plot.frame, (self.metric, shown)
        return paint(plot, marks=marking.marks(self.view, plot.frame), cross=sketch.cross(self.lines, self.view))

    def _title(self) -> legends.Parts:
        """Return the metric, in what way it is shown, and the legend, as far as there is room."""
        name = (TITLES.get(self.metric, self.metric), "bold $primary" if self.view.chosen else "bold")
        words = legends.words(self.view, self._room - len(name[0]))
        room = self._room - legends.length([name, *words])
        bands = legends.bands(self.bands, room)
        if not self.lines:
            return [name, *words, *bands]
        room -= legends.length(bands)
        return [name, *words, *bands, *legends.legend(self.lines, self._signs(), self.look, room)]

    def signs(self) -> dict[str, str]:
        """Return the characters of each model's curves, by its name; none where colours tell them apart."""
        found: dict[str, str] = {}
        if self.lines and (self.look.ascii or not self.look.colour):
            for sign, line in zip(self._signs(), self.lines, strict=True):
                found[line.label] = found.get(line.label, "") + sign
        return found

    def _signs(self) -> list[str]:
        from tuitrain.ui.widgets.sketch import signs

        return signs(self.lines, self.view, self.size.width, self.look)

    def _pointed(self, event: MouseEvent) -> float | None:
        """Return the place on the axis under the pointer; None beside it."""
        inside = event.get_content_offset(self)
        return self.frame.x_at(inside.x) if self.frame and inside else None

    def on_click(self, event: Click) -> None:
        """Tell where the pointer is."""
        place = self._pointed(event)
        if place is not None:
            self.post_message(self.Pointed(place))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Ask for less around the pointer, or with shift for what is earlier."""
        self._wheel(event, -1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Ask for more around the pointer, or with shift for what is later."""
        self._wheel(event, 1)

    def on_mouse_scroll_left(self, event: MouseScrollLeft) -> None:
        """Ask for what is earlier."""
        event.stop()
        self.post_message(self.Panned(-1))

    def on_mouse_scroll_right(self, event: MouseScrollRight) -> None:
        """Ask for what is later."""
        event.stop()
        self.post_message(self.Panned(1))

    def _wheel(self, event: MouseEvent, direction: int) -> None:
        event.stop()
        self.post_message(self.Panned(direction) if event.shift else self.Scaled(direction, self._pointed(event)))
