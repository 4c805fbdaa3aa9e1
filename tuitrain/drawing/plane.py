"""A grid of values over a plane, seen through a window: what it says between its points, and where things lie.

Must not know what the values mean.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.series import ticks

Extent = tuple[float, float, float, float]
"""The plane from x0 to x1 and from y0 to y1."""
Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
BLENDED = 12
"""Between so many classes boundaries are interpolated; of more the nearest point of the grid decides."""
NARROWEST, SHORTEST = 34, 10
"""From this width and height on there is room for numbers along the edges."""


class Window:
    """The part `seen` of the plane that a grid covers; all of it by default. The first row of a grid lies at y0."""

    def __init__(self, extent: Extent, seen: Extent | None = None) -> None:
        self.extent, self.seen = extent, seen or extent

    def nearest(self, grid: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
        """Pick the nearest grid values for a picture of that size, the top row first."""
        down, across = self._at(grid.shape, rows, columns)
        return grid[np.ix_(np.rint(down).astype(np.intp), np.rint(across).astype(np.intp))]

    def between(self, grid: Floats, rows: int, columns: int) -> Floats:
        """Interpolate the grid [G, H] bilinearly for a picture of that size, the top row first."""
        down, across = self._at(grid.shape, rows, columns)
        for axis, at in ((0, down), (1, across)):
            low = np.minimum(at.astype(np.intp), max(grid.shape[axis] - 2, 0))
            part = (at - low)[:, None] if axis == 0 else at - low
            high = np.minimum(low + 1, grid.shape[axis] - 1)
            grid = grid.take(low, axis) * (1 - part) + grid.take(high, axis) * part
        return grid

    def most_probable(self, classes: NDArray[Any], sure: Floats, rows: int, columns: int) -> tuple[Indices, Floats]:
        """Interpolate the most probable class and its probability 0..1.

        Of a class that is not the most probable one only a bound is known, which for two classes is exact.
        """
        kinds = np.unique(classes)
        if len(kinds) > BLENDED:
            return self.nearest(classes, rows, columns).astype(np.intp), self.between(sure, rows, columns)
        rest = np.minimum(sure, 1 - sure)
        chances = np.stack([self.between(np.where(classes == kind, sure, rest), rows, columns) for kind in kinds])
        best = chances.argmax(axis=0)
        return kinds[best].astype(np.intp), chances.max(axis=0)

    def place(self, canvas: Canvas, points: Floats) -> tuple[Indices, Indices, Indices]:
        """Find the indices of the points [N, 2] within the window, and the row and column of each."""
        x0, x1, y0, y1 = self.seen
        across = (points[:, 0] - x0) / ((x1 - x0) or 1.0)
        up = (points[:, 1] - y0) / ((y1 - y0) or 1.0)
        inside = np.flatnonzero((across >= 0) & (across <= 1) & (up >= 0) & (up <= 1))
        columns = np.minimum((across[inside] * canvas.width).astype(np.intp), canvas.width - 1)
        rows = canvas.height - 1 - np.minimum((up[inside] * canvas.height).astype(np.intp), canvas.height - 1)
        return inside, rows, columns

    def _at(self, shape: Sequence[int], rows: int, columns: int) -> tuple[Floats, Floats]:
        """Find where in the grid the middles of so many rows, from the top, and columns lie."""
        x0, x1, y0, y1 = self.extent
        left, right, low, high = self.seen
        up = _middles(rows, (low - y0) / ((y1 - y0) or 1), (high - y0) / ((y1 - y0) or 1))[::-1]
        across = _middles(columns, (left - x0) / ((x1 - x0) or 1), (right - x0) / ((x1 - x0) or 1))
        return up * (shape[0] - 1), across * (shape[1] - 1)


def _middles(count: int, low: float, high: float) -> Floats:
    """Give the middles of so many equal parts; of a plane without width they run from its one end to the other."""
    found: Floats = np.clip(low + (np.arange(count) + 0.5) / max(count, 1) * ((high - low) or 1), 0, 1)
    return found


def edged(canvas: Canvas, window: Window) -> tuple[Canvas, int]:
    """Write the numbers of the plane along its left and lower edge; return a canvas for the rest, and its column.

    Where there is hardly any room there are no numbers.
    """
    x0, x1, y0, y1 = window.seen
    heights = ticks(y0, y1, max((canvas.height - 1) // 4, 2))
    left = max((len(text) for text in heights[1]), default=0) + 1
    roomy = canvas.width >= max(NARROWEST, 4 * left) and canvas.height >= SHORTEST
    if not (roomy and x1 > x0 and y1 > y0 and np.isfinite(window.seen).all()):
        return Canvas(canvas.width, canvas.height, canvas.look), 0
    inner = Canvas(canvas.width - left, canvas.height - 1, canvas.look)
    grey = palette.grey(canvas.look.dark)
    for at, text in zip(*heights, strict=True):
        row = min(int((y1 - at) / (y1 - y0) * inner.height), inner.height - 1)
        canvas.write(row, left - 1 - len(text), text, grey)
    free = 0
    for at, text in zip(*ticks(x0, x1, max(inner.width // 9, 2)), strict=True):
        column = left + min(int((at - x0) / (x1 - x0) * inner.width), inner.width - 1)
        start = min(max(column - len(text) // 2, 0), canvas.width - len(text))
        if start >= free:
            canvas.write(canvas.height - 1, start, text, grey)
            free = start + len(text) + 1
    return inner, left


def lay(canvas: Canvas, part: Canvas, row: int, column: int) -> None:
    """Lay a smaller canvas onto another."""
    area = slice(row, row + part.height), slice(column, column + part.width)
    canvas.chars[area], canvas.foregrounds[area] = part.chars, part.foregrounds
    canvas.backgrounds[area] = part.backgrounds


def outline(regions: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Mark the dots of [R, C] regions whose neighbour below or on the right is of another one."""
    found = np.zeros(regions.shape, dtype=np.bool_)
    found[:-1] |= regions[:-1] != regions[1:]
    found[:, :-1] |= regions[:, :-1] != regions[:, 1:]
    return found


BRAILLE = 0x2800
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)
"""The bit of each of the 4 by 2 dots of a braille character (Unicode 15, block 2800)."""


def braille(dots: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Turn [4 * rows, 2 * columns] dots into characters, blank where there are none."""
    rows, columns = dots.shape[0] // 4, dots.shape[1] // 2
    bits = (dots.reshape(rows, 4, columns, 2) * DOTS[None, :, None, :]).sum(axis=(1, 3)).astype(np.uint32)
    found: NDArray[np.str_] = np.where(bits > 0, (bits + np.uint32(BRAILLE)).astype(np.uint32).view("<U1"), " ")
    return found
