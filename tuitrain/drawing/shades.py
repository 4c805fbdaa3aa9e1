"""Filled bands between a lower and an upper curve, below all lines. Must not know what they mean."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import palette, series
from tuitrain.drawing.axes import Frame
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.look import Look
from tuitrain.drawing.series import Floats

BRAILLE = 0x2800
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bits of a braille character by row and column of its dots."""
QUIET = 0.68
"""How far the colour of a band is from that of its curve towards the background."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Shade:
    """A band: x (rising), its lower and its upper edge, of equal length; NaN leaves a gap."""

    x: ArrayLike
    lows: ArrayLike
    highs: ArrayLike
    colour: str


def draw_shade(canvas: Canvas, frame: Frame, shade: Shade, *, signs: bool) -> None:
    """Fill a band with faint dots, or with `signs` with the smallest sign.

    Values are in drawing units. Where no colour is faint one dot a cell is left, so that lines stand out.
    """
    dots = _dots(frame, shade)
    if not canvas.look.colour or canvas.look.depth < 8:
        dots[:, ::2] = dots[::4] = dots[2::4] = dots[3::4] = False
    blocks = dots.reshape(frame.height, 4, frame.width, 2).transpose(0, 2, 1, 3)
    found: Mask = np.asarray(blocks.any(axis=(2, 3)))
    place = np.s_[: frame.height, frame.left : frame.left + frame.width]
    small = "." if canvas.look.ascii else "·"
    codes = (blocks * DOTS).sum(axis=(2, 3)) + BRAILLE
    chars = np.full(codes.shape, small) if signs else codes.astype(np.uint32).view("<U1")
    canvas.chars[place][found] = chars[found]
    canvas.foregrounds[place][found] = _faint(shade.colour, canvas.look)


def _faint(colour: str, look: Look) -> int:
    packed = palette.pack(colour)
    return packed if look.depth < 8 else palette.mix(packed, 0x101418 if look.dark else 0xFFFFFF, QUIET)


def _dots(frame: Frame, shade: Shade) -> Mask:
    """Find the dots within the band, [4 height, 2 width] from the top left."""
    columns = 2 * frame.width
    low, high = np.full(columns, np.inf), np.full(columns, -np.inf)
    both = np.asarray(shade.lows) + np.asarray(shade.highs)
    pieces, _ = series.split(np.arange(len(both), dtype=np.float64), both)
    for indices, _ in pieces:
        part = slice(int(indices[0]), int(indices[-1]) + 1)
        x, lows = frame.place(np.asarray(shade.x)[part], np.asarray(shade.lows)[part])
        _, highs = frame.place(np.asarray(shade.x)[part], np.asarray(shade.highs)[part])
        _widen(low, high, x * columns, lows, highs)
    up = (np.arange(4 * frame.height)[::-1, None] + 0.5) / (4 * frame.height)
    half = 0.5 / (4 * frame.height)
    found: Mask = (up + half >= low) & (up - half <= high)
    return found


def _widen(low: Floats, high: Floats, x: Floats, lows: Floats, highs: Floats) -> None:
    """Take one piece into the edges of the dot columns: all points of a column, the line between them elsewhere."""
    centres = np.arange(len(low)) + 0.5
    inside = (centres >= x[0]) & (centres <= x[-1])
    low[inside] = np.minimum(low[inside], np.interp(centres[inside], x, lows))
    high[inside] = np.maximum(high[inside], np.interp(centres[inside], x, highs))
    seen = (x >= 0) & (x <= len(low))
    place = np.minimum(x[seen].astype(np.intp), len(low) - 1)
    np.minimum.at(low, place, lows[seen])
    np.maximum.at(high, place, highs[seen])


def in_units(shade: Shade, x: Floats, lows: Floats, highs: Floats, *, open_below: bool) -> Shade:
    """Return the band with its values in drawing units.

    With `open_below` (0 on a logarithmic axis) it has the height of its upper edge where the lower one is no number.
    """
    count = min(len(x), len(lows), len(highs))
    known = np.isfinite(x[:count])
    x, lows, highs = x[:count][known], lows[:count][known], highs[:count][known]
    floor = np.where(np.isfinite(lows), lows, highs) if open_below else lows
    return replace(shade, x=x, lows=floor, highs=highs)
