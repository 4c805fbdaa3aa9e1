"""Which part of the runs the charts show: over steps, epochs or time, all of it or a part, at rest or going on.

Numbers alone; it knows neither widgets nor lines.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tuitrain.runs.timeline import By

Range = tuple[float, float]
AXES: "tuple[By, ...]" = ("step", "epoch", "time")
GRAIN = 16
"""The end of what goes on is rounded up to such a share of what is shown, so that old columns rarely move."""
SHARE = 10
"""How many windows make the whole, at most."""
LEAST = 1e-7
"""The smallest part that can be shown, as a share of the whole."""


@dataclass(frozen=True, slots=True)
class Section:
    """Ranges are in units of the axis: steps, epochs or seconds; on a logarithmic one their powers of ten."""

    by: "By" = "step"
    log: bool = False
    part: Range | None = None
    """The part that was chosen; None is all."""
    following: bool = True
    """Whether what is shown ends where the runs end, and goes on with them."""
    recent: bool = False
    """Whether it is only the last part, however long they grow."""

    @property
    def whole(self) -> bool:
        """Whether everything is shown."""
        return self.part is None and not self.recent

    def limits(self, extent: Range, fewest: float, *, live: bool) -> Range:
        """Return what is shown of runs that reach over `extent`; a window is at least `fewest` wide."""
        low, high = extent
        whole = low, _ended(extent, high - low)
        if live and self.recent:
            width = max(_stride((high - low) / SHARE), fewest)
        elif self.part is None:
            return whole
        elif live and self.following:
            width = self.part[1] - self.part[0]
        else:
            return self.part
        end = _ended(extent, width)
        return (end - width, end) if width < whole[1] - low else whole

    def held(self, limits: Range) -> Self:
        """Keep what is shown where it is, as long as the cursor rests on a step."""
        return self if self.whole else replace(self, part=limits)

    def scaled(self, limits: Range, extent: Range, factor: float, about: float) -> Self:
        """Show `factor` times as much, with the point `about` where it is; all where that is no less."""
        whole = extent[0], _ended(extent, extent[1] - extent[0])
        width = (limits[1] - limits[0]) * factor
        if width >= (whole[1] - whole[0]) * (1 - 1e-9):
            return replace(self, part=None, following=True, recent=False)
        if width < (whole[1] - whole[0]) * LEAST:
            return self
        low = about - (about - limits[0]) * factor
        return self._at(low, width, extent)

    def panned(self, limits: Range, extent: Range, share: float) -> Self:
        """Show what lies this share of the width on; nothing changes where all is shown."""
        if self.whole:
            return self
        width = limits[1] - limits[0]
        return self._at(limits[0] + share * width, width, extent)

    def seeing(self, x: float, limits: Range) -> Self:
        """Move what is shown so far that this point is in it."""
        if self.whole or limits[0] <= x <= limits[1]:
            return self
        width = limits[1] - limits[0]
        low = x - width / 4 if x < limits[0] else x - width * 3 / 4
        return replace(self, part=(low, low + width))

    def _at(self, low: float, width: float, extent: Range) -> Self:
        end = _ended(extent, width)
        low = max(min(low, end - width), extent[0])
        return replace(self, part=(low, low + width), following=low + width >= extent[1], recent=False)


def _ended(extent: Range, width: float) -> float:
    """Return where what is shown ends so that there is a little room to grow."""
    step = _stride(width / GRAIN)
    return -(-extent[1] // step) * step if step else extent[1]


def _stride(least: float) -> float:
    from tuitrain.drawing.series import stride  # numpy, which the first frame does not wait for

    return stride(least, 1)
