"""Regression in the plane: predicted values as a heat map, the data on it in the colours of their targets.

Must not know the model that was asked.
"""

import numpy as np
from numpy.typing import ArrayLike

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Chars, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import CROWDED, NOTHING, say
from tuitrain.drawing.pixels import LARGEST, Palette, Scale, colour, halves, ramp
from tuitrain.drawing.plane import Extent, Window, edged, lay
from tuitrain.drawing.series import Floats
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
    seen: Extent | None = None,
    reference: ArrayLike | None = None,
) -> Lines:
    """Draw predicted values [G, G] (row 0 at the bottom) with points [N, 2] of targets [N] on them.

    `extent` is (x0, x1, y0, y1), and `seen` the part of it that is drawn. Map and points have one scale from `low`
    to `high`, by default that of the targets, or of the map where there are none; the last line shows it. With few
    colours or in ASCII the map is a ramp of characters, and a point the digit of its tenth of the scale: 0 is
    lowest, 9 highest. With a `reference` [G, G] the map is what was added to it, on a diverging scale.
    """
    canvas = Canvas(width, height, look)
    grid = np.asarray(values, dtype=np.float64)
    if not grid.size or canvas.width < 1 or canvas.height < 1:
        say(canvas, NOTHING if not grid.size else CROWDED)
        return canvas.lines()
    window, wanted = Window(extent, seen), np.asarray(targets, dtype=np.float64).ravel()
    outer = Canvas(width, canvas.height - 1 if canvas.height >= SHORTEST else canvas.height, look)
    inner, left = edged(outer, window)
    key = Canvas(width, canvas.height - outer.height, look)
    if reference is None:
        scale = _scale(wanted, grid, low, high)
        _draw_map(inner, window, grid, scale, "sequential")
        places = np.asarray(points, dtype=np.float64).reshape(-1, 2)[: len(wanted)]
        _draw_points(inner, window, places, wanted, scale)
        draw_key(key, scale, "sequential", "" if look.pixels else "points 0-9")
    else:
        change = _change(grid, reference)
        most = float(np.nanmax(np.abs(change), initial=0.0))
        _draw_map(inner, window, change, (-most, most), "diverging")
        draw_key(key, (-2 * most, 2 * most), "diverging")
    lay(outer, inner, 0, left)
    return outer.lines() + key.lines()


def _change(grid: Floats, reference: ArrayLike) -> Floats:
    """Return half the difference."""
    bounded = [np.clip(values, -LARGEST, LARGEST) for values in (grid, np.asarray(reference, dtype=np.float64))]
    return bounded[0] / 2 - bounded[1] / 2  # halves: the difference of two huge numbers would overflow


def _scale(targets: Floats, grid: Floats, low: float | None, high: float | None) -> Scale:
    known = [values[np.abs(values) <= LARGEST] for values in (targets, grid.ravel())]
    seen = known[0] if len(known[0]) else known[1]
    least, most = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 0.0)
    return least if low is None else low, most if high is None else high


def _shares(values: Floats, scale: Scale) -> Floats:
    """Bring values to 0..1; all are in the middle where the scale has no span."""
    low, high = scale
    if not high > low:
        return np.where(np.isnan(values), np.nan, 0.5)
    with np.errstate(over="ignore"):  # what lies far beyond the scale is its end
        return (values - low) / (high - low)


def _draw_map(canvas: Canvas, window: Window, grid: Floats, scale: Scale, kind: Palette) -> None:
    rows = 2 * canvas.height if canvas.look.pixels else canvas.height
    values = (window.between if (np.abs(grid) <= LARGEST).all() else window.nearest)(grid, rows, canvas.width)
    shares = _shares(values, scale)
    if canvas.look.pixels:
        pixels = colour(2 * shares - 1 if kind == "diverging" else shares, kind, canvas.look)
        canvas.chars[:], canvas.foregrounds[:], canvas.backgrounds[:] = halves(pixels)
    else:
        canvas.chars[:] = _characters(shares, kind)


def _characters(shares: Floats, kind: Palette) -> Chars:
    """Choose characters, of a diverging scale from both sides of its middle."""
    if kind != "diverging":
        return ramp(shares)
    steps = palette.levels(np.abs(2 * shares - 1), len(palette.ABOVE))
    return np.where(shares < 0.5, np.array(list(palette.BELOW))[steps], np.array(list(palette.ABOVE))[steps])


def _draw_points(canvas: Canvas, window: Window, points: Floats, targets: Floats, scale: Scale) -> None:
    inside, rows, columns = window.place(canvas, points)
    shares = _shares(targets[inside], scale)
    signs = palette.levels(shares, 10).tolist()
    colours = palette.sequential(shares).tolist()
    for row, column, sign, ink in zip(rows.tolist(), columns.tolist(), signs, colours, strict=True):
        if canvas.look.pixels:
            canvas.write(row, column, "●", ink, DARK if palette.brightness(ink) > 0.1 else LIGHT)
        else:
            canvas.write(row, column, str(sign), palette.of_class(0))


def draw_key(canvas: Canvas, scale: Scale, kind: Palette, words: str = "") -> None:
    """Draw the palette between the numbers at its ends, and words, on the first line, as long as there is room.

    The scale of a difference has signs.
    """
    ends = [number(value) for value in scale]
    if kind == "diverging":
        ends[1] = f"+{ends[1]}"
    grey, room = palette.grey(canvas.look.dark), min(canvas.width - sum(map(len, ends)) - 2, 24)
    if room < 1 or not canvas.height:
        return
    canvas.write(0, 0, ends[0], grey)
    canvas.write(0, len(ends[0]) + room + 2, ends[1], grey)
    area = slice(len(ends[0]) + 1, len(ends[0]) + 1 + room)
    shares = (np.arange(room) + 0.5) / room
    if canvas.look.pixels:
        canvas.backgrounds[0, area] = colour(2 * shares - 1 if kind == "diverging" else shares, kind, canvas.look)
    else:
        canvas.chars[0, area] = _characters(shares, kind)
    start = area.stop + len(ends[1]) + 3
    canvas.write(0, start, label(words, canvas.width - start, canvas.look), grey)
