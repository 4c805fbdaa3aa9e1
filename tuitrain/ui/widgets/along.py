"""The runs along the axis of the charts: how far they reach, where a step lies, which step lies beside another.

It knows lines and the section that is shown, but no widgets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isfinite, log10
from typing import TYPE_CHECKING, Any

from tuitrain.ui.widgets.chart import Line
from tuitrain.ui.widgets.section import Range, Section

if TYPE_CHECKING:
    from tuitrain.runs.timeline import By

WINDOW = 50  # points at least in the window


@dataclass(frozen=True)
class Along:
    """Lines on an axis; places are in its units: steps, epochs or seconds, powers of ten of them where it is log."""

    lines: Sequence[Line]
    section: Section

    @cached_property
    def front(self) -> Line | None:
        """The line on whose points the crosshair rests: of the run in front that with the most of them."""
        known = [line for line in self.lines if len(line.series)]
        return max(known, key=lambda line: (line.front, len(line.series)), default=None)

    @cached_property
    def extent(self) -> Range | None:
        """From where to where the runs reach; None where that is no range."""
        if self.front is None:
            return None
        from tuitrain.ui.widgets.trace import reach

        found = reach(self.lines, self.section.by, log=self.section.log)
        return found if found and found[0] < found[1] else None

    def limits(self, *, live: bool) -> Range | None:
        """Return from where to where is shown."""
        if self.extent is None or self.front is None or self.front.series.last is None:
            return None
        last = self.front.series.last[0]
        few = self.place(last) - self.place(self.front.series.near(last, -WINDOW) or 0)
        return self.section.limits(self.extent, few, live=live)

    def place(self, step: float) -> float:
        """Return where a step of the run in front lies; minus infinity where no place is."""
        x = self.x(step)
        if not self.section.log:
            return x
        return log10(x) if x > 0 else -inf

    def x(self, step: float) -> float:
        """Return the steps, epochs or seconds of a step."""
        return step if self.front is None else located(self.front, step, self.section.by)

    def plain(self, place: float) -> float:
        """Return the steps, epochs or seconds of a place."""
        return float(10.0**place) if self.section.log else place

    def step(self, place: float) -> float:
        """Return the step of the run in front that lies at a place."""
        x = self.plain(place)
        return x if self.front is None else self.front.timeline.step(x, self.section.by)

    def recorded(self, place: float) -> int | None:
        """Return the step of the last point up to a place, the first one where there is none; None without points."""
        if self.front is None:
            return None
        found = self.front.series.at(self.step(place))
        return found[0] if found else self.front.series.near(-inf, 1)

    def beside(self, step: int | None, by: float) -> int | None:
        """Return the recorded step that lies `by` on from a step, at least one point on; None past the last."""
        if self.front is None or self.front.series.last is None:
            return None
        series, last = self.front.series, self.front.series.last[0]
        now = last if step is None else step
        begin = self.place(now)
        target = begin + by if isfinite(begin) else begin
        if by > 0 and (now >= last or target > self.place(last)):
            return None
        found = self.recorded(target)
        if found is None or (found <= now if by > 0 else found >= now):
            found = series.near(now, 1 if by > 0 else -1)
        return found

    def on(self, **changes: Any) -> Section:
        """Return the section on another axis, with the same part of the run in front."""
        part = self.section.part
        moved = Along(self.lines, replace(self.section, **changes))
        ends = [moved.place(self.step(place)) for place in part] if part else []
        if len(ends) == 2 and isfinite(ends[0]) and ends[0] < ends[1]:
            return replace(moved.section, part=(ends[0], ends[1]))
        return replace(moved.section, part=None, following=True)


def located(line: Line, step: float, by: "By") -> float:
    """Return where a step of a line lies."""
    return float(step) if by == "step" else float(line.timeline.place([step], by)[0])
