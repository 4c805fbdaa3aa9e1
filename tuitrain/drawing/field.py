"""Regression in the plane: predicted values as a heat map, the data on it in the colours of their targets.

Must not know the model that was asked.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import CROWDED, NOTHING, say
from tuitrain.drawing.pixels import LARGEST, Scale, halves, ramp
from tuitrain.drawing.surface import Extent, place, sampled
from tuitrain.drawing.text import label, number

DARK, LIGHT = 0x101318, 0xF4F6F8
"""What points stand on: where the model is right their colour is that of the map below them."""
SHORTEST = 4
"""With fewer lines there is no scale below the map."""


def field(  # noqa: PLR0917  a plane, its points and its place are always all given
    values: ArrayLike,
    extent: Extent,
    points: ArrayLike,
    targets: ArrayLike,
    width: int,
    height: int,
    look: Look,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Lines:
    """Draw predicted values [G, G] (row 0 at the bottom) with points [N, 2] of targets [N] on them.

    `extent` is (x0, x1, y0, y1). Map and points have one scale from `low` to `high`, by default that of the
    targets, or of the map where there are none; the last line shows it. With few colours or in ASCII the map
    is a ramp of characters, and a point the digit of its tenth of the scale: 0 is lowest, 9 highest.
    """
    canvas = Canvas(width, height, look)
    grid = np.asarray(values, dtype=np.float64)
    if not grid.size or canvas.width < 1 or canvas.height < 1:
        say(canvas, NOTHING if not grid.size else CROWDED)
        return canvas.lines()
    wanted = np.asarray(targets, dtype=np.float64).ravel()
    scale = _scale(wanted, grid, low, high)
    map_ = Canvas(width, canvas.height - 1 if canvas.height >= SHORTEST else canvas.height, look)
    _draw_map(map_, grid, scale)
    _draw_points(map_, extent, np.asarray(points, dtype=np.float64).reshape(-1, 2)[: len(wanted)], wanted, scale)
    if map_.height == canvas.height:
        return map_.lines()
    key = Canvas(width, 1, look)
    _draw_key(key, scale)
    return map_.lines() + key.lines()


def _scale(targets: NDArray[np.float64], grid: NDArray[np.float64], low: float | None, high: float | None) -> Scale:
    known = [values[np.abs(values) <= LARGEST] for values in (targets, grid.ravel())]
    seen = known[0] if len(known[0]) else known[1]
    least, most = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 0.0)
    return least if low is None else low, most if high is None else high


def _shares(values: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Bring values to 0..1; all are in the middle where the scale has no span."""
    low, high = scale
    if not high > low:
        return np.where(np.isnan(values), np.nan, 0.5)
    with np.errstate(over="ignore"):  # what lies far beyond the scale is its end
        return (values - low) / (high - low)


def _draw_map(canvas: Canvas, grid: NDArray[np.float64], scale: Scale) -> None:
    if not canvas.look.pixels:
        canvas.chars[:] = ramp(_shares(sampled(grid, canvas.height, canvas.width), scale))
        return
    pixels = palette.sequential(_shares(sampled(grid, 2 * canvas.height, canvas.width), scale))
    canvas.chars[:], canvas.foregrounds[:], canvas.backgrounds[:] = halves(pixels)


def _draw_points(
    canvas: Canvas, extent: Extent, points: NDArray[np.float64], targets: NDArray[np.float64], scale: Scale
) -> None:
    inside, rows, columns = place(canvas, extent, points)
    shares = _shares(targets[inside], scale)
    signs = palette.levels(shares, 10).tolist()
    colours = palette.sequential(shares).tolist()
    for row, column, sign, colour in zip(rows.tolist(), columns.tolist(), signs, colours, strict=True):
        if canvas.look.pixels:
            canvas.write(row, column, "●", colour, DARK if palette.brightness(colour) > 0.1 else LIGHT)
        else:
            canvas.write(row, column, str(sign), palette.of_class(0))


def _draw_key(canvas: Canvas, scale: Scale) -> None:
    """Draw the palette between the numbers at its ends, as long as there is room."""
    low, high = (number(value) for value in scale)
    grey, room = palette.grey(canvas.look.dark), min(canvas.width - len(low) - len(high) - 2, 24)
    if room < 1:
        return
    canvas.write(0, 0, low, grey)
    canvas.write(0, len(low) + room + 2, high, grey)
    area = slice(len(low) + 1, len(low) + 1 + room)
    shares = (np.arange(room) + 0.5) / room
    if canvas.look.pixels:
        canvas.backgrounds[0, area] = palette.sequential(shares)
    else:
        canvas.chars[0, area] = ramp(shares)
        start = area.stop + len(high) + 3
        canvas.write(0, start, label("points 0-9", canvas.width - start, canvas.look), grey)
