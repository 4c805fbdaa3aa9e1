"""Axes of a plot: the ranges shown, where the canvas lies in the cells, round ticks and their labels.

Must not know what is drawn between the axes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuitrain.drawing import palette, series
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.series import Floats
from tuitrain.drawing.text import number

Range = tuple[float, float]
Indices = NDArray[np.intp]
LARGEST = 1e300
"""Values beyond are drawn as gaps: the span between two of them would overflow."""

TIMES = (1, 10, 60, 600, 3600, 36000, 360000)
"""The seconds that have a tick on a logarithmic axis."""

USED, STEPS = 0.6, 16
"""How much of a range is used at least before it narrows, and into how many steps a new one is rounded."""

FAR = (-3.0, 4.0)
"""Fractions of the canvas are kept within; the slope of a line towards a farther point is not exact."""


class Frame(NamedTuple):
    """Where the canvas lies in the cells, and the ranges it shows.

    `whole`: every x is an integer; `clock`: x are seconds. The ranges of logarithmic axes are powers of ten.
    """

    left: int
    width: int
    height: int
    x: Range
    y: Range
    log_x: bool
    log_y: bool
    whole: bool
    clock: bool = False

    @property
    def axes(self) -> bool:
        """Whether there is room for axes beside the canvas."""
        return self.left > 0

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Turn values into fractions of the canvas from the lower left; far ones cost a walk."""
        return np.clip(_share(x, self.x), *FAR), np.clip(_share(y, self.y), *FAR)

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Find the row and column (from the top left of the canvas) of a point; None outside."""
        across, up = _share(np.array([x]), self.x)[0], _share(np.array([y]), self.y)[0]
        if not (0 <= across <= 1 and 0 <= up <= 1):
            return None
        column = min(int(across * self.width), self.width - 1)
        return self.height - 1 - min(int(up * self.height), self.height - 1), column

    def x_at(self, column: int) -> float | None:
        """Give the x in the middle of a column of cells, as the axis has it; None left of it."""
        if column < self.left:
            return None
        return self.x[0] + (column - self.left + 0.5) / self.width * (self.x[1] - self.x[0])

    def cells(self, x: Floats, y: Floats) -> tuple[Indices, Indices]:
        """Find the rows and columns of those of many points that lie within."""
        across, up = _share(x, self.x), _share(y, self.y)
        inside = (across >= 0) & (across <= 1) & (up >= 0) & (up <= 1)
        rows = np.minimum((up[inside] * self.height).astype(np.intp), self.height - 1)
        return self.height - 1 - rows, np.minimum((across[inside] * self.width).astype(np.intp), self.width - 1)


def frame(
    xs: Floats,
    ys: Floats,
    canvas: Canvas,
    x_range: Range | None,
    y_range: Range | None,
    *,
    log_x: bool,
    log_y: bool,
    clock: bool = False,
) -> Frame | None:
    """Choose ranges for the finite points given and leave room for labels; None without points or room.

    On a logarithmic axis the points, and the range of them, are powers of ten.
    """
    x, y = _usable(x_range) or _extent(xs), _usable(y_range) or _padded(_extent(ys))
    if x is None or y is None or not len(ys) or canvas.width < 2 or canvas.height < 2:
        return None
    whole = not log_x and bool((xs == np.floor(xs)).all())
    bare = Frame(0, canvas.width, canvas.height, x, y, log_x, log_y, whole, clock)
    if canvas.width < 16 or canvas.height < 5:
        return bare
    height = canvas.height - 2
    left = max((len(text) for text in _ticks(y, _rows(height), log_y)[1]), default=0) + 1
    if left > canvas.width // 2:
        return bare
    return bare._replace(left=left, width=canvas.width - left, height=height)


def steady(before: Range | None, wanted: Range | None) -> Range | None:
    """Choose a range of values for a curve that grows: it widens at once, and narrows where 40 % would be empty.

    What it widens to is round, so that the next values mostly find room.
    """
    if wanted is None or not all(abs(limit) <= LARGEST for limit in wanted):
        return None
    low, high = wanted
    if before is not None and before[0] <= low <= high <= before[1] and high - low >= USED * (before[1] - before[0]):
        return before
    step = series.stride(high - low, STEPS) if high - low > max(abs(high), abs(low)) * 1e-9 else 0.0
    if not step:
        return _padded(wanted)
    return float(np.floor(low / step + 1e-9) * step), float(np.ceil(high / step - 1e-9) * step)


def _usable(limits: Range | None) -> Range | None:
    """Let through a range that can be drawn: finite, rising."""
    if limits is None or not all(abs(limit) <= LARGEST for limit in limits) or limits[0] >= limits[1]:
        return None
    return limits


def _extent(values: Floats) -> Range | None:
    return (float(values.min()), float(values.max())) if len(values) else None


def _padded(extent: Range | None) -> Range | None:
    """Widen a range to the next round tick where that is near, and a constant to a range around it."""
    if extent is None:
        return None
    low, high = extent
    if high - low <= max(abs(high) * 1e-12, 1e-300):
        room = abs(high) * 0.1 or 1.0
        return low - room, high + room
    positions, _ = series.ticks(low, high, 5)
    step = positions[1] - positions[0] if len(positions) > 1 else high - low
    down, up = np.floor(low / step) * step, np.ceil(high / step) * step
    slack = (high - low) * 0.15
    return float(down if low - down < slack else low), float(up if up - high < slack else high)


def _share(values: Floats, limits: Range) -> Floats:
    low, high = limits
    with np.errstate(over="ignore"):  # a value may lie 1e300 spans away
        return (values - low) / ((high - low) or 1.0)


def _rows(height: int) -> int:
    """Give the most ticks that stand well beside so many rows."""
    return max(2, min(5, (height + 1) // 2))


def _ticks(limits: Range, count: int, log: bool, *, whole: bool = False) -> tuple[list[float], list[str]]:
    """Choose at most `count` round positions; on a logarithmic axis powers of ten where two of them are shown."""
    if not log:
        return series.ticks(*limits, count, whole=whole)
    low, high = int(np.ceil(limits[0] - 1e-9)), int(np.floor(limits[1] + 1e-9))
    if high - low <= 1 and abs(low) < 4:  # one or two powers alone are few to read from
        fine = [factor * 10.0**power for power in (low - 1, low, low + 1) for factor in (1, 2, 5)]
        shown = [value for value in fine if limits[0] - 1e-9 <= np.log10(value) <= limits[1] + 1e-9]
        if 3 <= len(shown) <= count:
            return [float(np.log10(value)) for value in shown], [number(value) for value in shown]
    if high - low < 1:
        plain = zip(*series.ticks(10 ** limits[0], 10 ** limits[1], count), strict=True)
        kept = [(float(np.log10(position)), text) for position, text in plain if position > 0]
        return [position for position, _ in kept], [text for _, text in kept]
    powers = range(low, high + 1, -(-(high - low + 1) // count))
    names = [number(10.0**power) if low >= -3 and high <= 5 else f"1e{power}" for power in powers]
    return [float(power) for power in powers], names


def draw(canvas: Canvas, frame: Frame) -> None:
    """Draw the thin axis with its ticks: y labels right-aligned, x labels centred below."""
    if not frame.axes:
        return
    line, words = palette.faint(canvas.look.dark), palette.grey(canvas.look.dark)
    bar, stub, corner, floor, tick = "|++-+" if canvas.look.ascii else "│┤└─┬"
    for row in range(frame.height):
        canvas.write(row, frame.left - 1, bar, line)
    canvas.write(frame.height, frame.left - 1, corner + floor * frame.width, line)
    for position, text in zip(*_ticks(frame.y, _rows(frame.height), frame.log_y), strict=True):
        place = frame.cell(frame.x[0], position)
        if place:
            canvas.write(place[0], frame.left - 1, stub, line)
            canvas.write(place[0], frame.left - 1 - len(text), text, words)
    _draw_x_ticks(canvas, frame, tick, line, words)


def _draw_x_ticks(canvas: Canvas, frame: Frame, tick: str, line: int, words: int) -> None:
    free = 0
    count = max(1, min(12 if frame.log_x else 8, frame.width // 7))
    for position, text in zip(*_x_ticks(frame, count), strict=True):
        place = frame.cell(position, frame.y[0])
        if place is None:
            continue
        column = frame.left + place[1]
        start = min(max(column - len(text) // 2, 0), canvas.width - len(text))
        if start >= free:
            canvas.write(frame.height, column, tick, line)
            canvas.write(frame.height + 1, start, text, words)
            free = start + len(text) + 1


def _x_ticks(frame: Frame, count: int) -> tuple[list[float], list[str]]:
    if not frame.clock:
        return _ticks(frame.x, count, frame.log_x, whole=frame.whole)
    if not frame.log_x:
        return series.moments(*frame.x, count)
    shown = [time for time in TIMES if frame.x[0] <= np.log10(time) <= frame.x[1]]
    return [float(np.log10(time)) for time in shown], [series.moment(time) for time in shown]
