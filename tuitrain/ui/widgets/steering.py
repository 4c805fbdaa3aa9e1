"""Which part of the runs the charts show, and over what: the keys that change it, and the crosshair that stays in it.

What is drawn there is the business of whoever builds on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import isfinite

from textual.containers import Container
from textual.reactive import reactive

from tuitrain.ui.widgets.along import Along
from tuitrain.ui.widgets.chart import Line
from tuitrain.ui.widgets.section import AXES, Section


class Steered(Container):
    """Something that shows a section of runs; `update` shows another one, `columns` is how wide it is drawn."""

    lines: reactive[Mapping[str, Sequence[Line]]] = reactive(dict, init=False, repaint=False, always_update=True)
    """The curves of each metric. The first two metrics always have a chart, the others where they have curves."""
    cursor: reactive[int | None] = reactive[int | None](None, init=False, repaint=False)
    """The step of the crosshair; None: live, without one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.section = Section()
        self.turn = 0
        """How often a person chose another part."""

    def update(self) -> None:
        """Show what changed."""
        raise NotImplementedError

    @property
    def columns(self) -> int:
        """How many columns of cells the axis has."""
        raise NotImplementedError

    @property
    def along(self) -> Along:
        """The runs along the axis."""
        return Along(list(chain.from_iterable(self.lines.values())), self.section)

    def watch_cursor(self, before: int | None, _now: int | None) -> None:
        """Keep what is shown while the crosshair rests on a step, and the crosshair in it."""
        along = self.along
        limits = along.limits(live=before is None)
        if limits is not None and self.cursor is not None:
            section, place = self.section.held(limits) if before is None else self.section, along.place(self.cursor)
            self.section = section.seeing(place, limits) if isfinite(place) else section
        self.update()

    def _turned(self, section: Section) -> None:
        """Show another part of the runs."""
        self.section = section
        self.turn += 1
        self.update()

    def scale(self, direction: int, about: float | None = None, factor: float = 2.0) -> None:
        """Show more (1) or less (-1) of the axis around the crosshair, its end when live, or around a place on it."""
        along = self.along
        limits = along.limits(live=self.cursor is None)
        if about is None and self.cursor is not None:
            about = along.place(self.cursor)
        if along.extent and limits:
            place = limits[1] if about is None else min(max(about, limits[0]), limits[1])
            self._turned(self.section.scaled(limits, along.extent, factor**direction, place))

    def pan(self, direction: int) -> None:
        """Show a later (1) or an earlier (-1) part, a quarter of it on."""
        along = self.along
        limits = along.limits(live=self.cursor is None)
        if along.extent and limits:
            self._turned(self.section.panned(limits, along.extent, direction / 4))

    def unscale(self) -> None:
        """Show everything."""
        self._turned(replace(self.section, part=None, following=True, recent=False))

    def window(self) -> None:
        """Show only the last part of the runs, or everything."""
        self.section = replace(self.section, part=None, following=True, recent=not self.section.recent)
        limits = self.along.limits(live=True)
        self._turned(self.section.held(limits) if limits else self.section)

    def axis(self) -> None:
        """Go from steps to epochs, to time, and back to steps."""
        self._turned(self.along.on(by=AXES[(AXES.index(self.section.by) + 1) % len(AXES)]))

    def log_x(self) -> None:
        """Make the axis logarithmic, or linear again."""
        self._turned(self.along.on(log=not self.section.log))

    def beside(self, step: int | None, columns: int) -> int | None:
        """Return the recorded step so many drawn columns from a step (None: the last); None past the last one."""
        along = self.along
        limits = along.limits(live=self.cursor is None)
        return along.beside(step, columns * (limits[1] - limits[0]) / self.columns if limits else float(columns))
