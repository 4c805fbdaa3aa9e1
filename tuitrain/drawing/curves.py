"""Curves over round axes: the only module that knows plotext, which draws the dots within.

plotext has one global figure, aborts the process on NaN and raises on infinity: it is given one curve at a
time, as finite fractions of the canvas, under a lock. Must not know what the curves mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import axes, palette, series
from tuitrain.drawing.axes import LARGEST, Frame
from tuitrain.drawing.cells import Canvas, Chars, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.series import Floats
from tuitrain.drawing.text import label

Mask = NDArray[np.bool_]
BRAILLE = 0x2800
DASH, SPACE = 6.0, 4.0
"""Lengths along a dashed line, in braille dots."""

_lock = Lock()


@dataclass(frozen=True)
class Curve:
    """One line of a plot: x (rising) and y of equal length; `best` is a point (x, y) to mark."""

    label: str
    x: ArrayLike
    y: ArrayLike
    colour: str
    style: Literal["solid", "dashed"] = "solid"
    faint: bool = False
    best: tuple[float, float] | None = None


def draw(
    curves: Sequence[Curve],
    width: int,
    height: int,
    look: Look,
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    log_y: bool = False,
    empty: str = "nothing yet",
) -> Lines:
    """Draw curves into `width` by `height` cells, later ones over earlier ones, faint ones below all.

    NaN and infinity leave a gap with an x on the axis. With `log_y` values up to 0 are gaps and ranges are
    given in plain values. Where no value is finite the message `empty` stands in the middle.
    """
    canvas = Canvas(width, height, look)
    ready = [_prepare(curve, log_y) for curve in curves]
    frame = axes.frame(*_finite(ready), canvas, x_range, _logs(y_range) if log_y else y_range, log=log_y)
    if frame is None:
        message = label(empty, canvas.width, look)
        canvas.write(canvas.height // 2, (canvas.width - len(message)) // 2, message, palette.grey(look.dark))
        return canvas.lines()
    axes.draw(canvas, frame)
    order = sorted(range(len(ready)), key=lambda index: not ready[index].faint)
    signs = _signs(ready, look)
    held = np.zeros((frame.height, frame.width), dtype=np.bool_)
    for index in order:
        _draw_curve(canvas, frame, ready[index], signs[index], held)
    for index in order:
        _draw_marks(canvas, frame, ready[index])
    return canvas.lines()


def legend(curves: Sequence[Curve], look: Look) -> list[tuple[str, str, str]]:
    """Give the marker, the label and the colour of each curve, for the title of the frame around it."""
    return [
        (_sample(curve, sign), label(curve.label, 40, look), curve.colour)
        for curve, sign in zip(curves, _signs(curves, look), strict=True)
    ]


def _sample(curve: Curve, sign: str) -> str:
    return sign or ("╌" if curve.style == "dashed" else "─")


def _signs(curves: Sequence[Curve], look: Look) -> list[str]:
    """Give each curve the character it is drawn with; empty for braille dots.

    Without colour the styles tell two curves apart, and characters of their own tell more apart.
    """
    styles = [curve.style for curve in curves]
    dots = not look.ascii and (look.colour or len(set(styles)) == len(styles))
    return ["" if dots else palette.MARKS[index % len(palette.MARKS)] for index in range(len(curves))]


def _prepare(curve: Curve, log_y: bool) -> Curve:
    """Bring a curve to arrays in drawing units, NaN where nothing can be drawn."""
    y = np.array(curve.y, dtype=np.float64).ravel()
    best = curve.best
    y[np.abs(y) > LARGEST] = np.nan
    if log_y:
        y = _log(y)
        best = best and (best[0], float(_log(np.array([best[1]]))[0]))
    x = np.array(curve.x, dtype=np.float64).ravel()[: len(y)]
    x[np.abs(x) > LARGEST] = np.nan
    return Curve(curve.label, x, y[: len(x)], curve.colour, curve.style, curve.faint, best)


def _log(y: Floats) -> Floats:
    return np.log10(np.where(y > 0, y, np.nan))


def _logs(values: tuple[float, float] | None) -> tuple[float, float] | None:
    if values is None or not all(value > 0 for value in values):
        return None
    return float(np.log10(values[0])), float(np.log10(values[1]))


def _finite(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Gather the coordinates of all points that can be drawn."""
    pairs = [(np.asarray(curve.x), np.asarray(curve.y)) for curve in curves]
    known = [np.isfinite(x) & np.isfinite(y) for x, y in pairs]
    none = [np.empty(0)]
    xs = np.concatenate([x[k] for (x, _), k in zip(pairs, known, strict=True)] + none)
    ys = np.concatenate([y[k] for (_, y), k in zip(pairs, known, strict=True)] + none)
    return xs, ys


def _draw_curve(canvas: Canvas, frame: Frame, curve: Curve, sign: str, held: Mask) -> None:
    """Draw one curve; `held` are the cells whose colour is that of a curve that is not faint."""
    pieces, gaps = series.split(*series.thin(*_within(curve, frame), frame.width))
    colour = _colour(curve, canvas.look)
    dotted = curve.style == "dashed" and not sign
    placed = [_settle(*frame.place(*piece), frame) for piece in pieces]
    strokes = [stroke for piece in placed for stroke in (_dashes(*piece, frame) if dotted else [piece])]
    if strokes:
        dots = _rasterise(strokes, frame.width, frame.height, sign or "braille")
        _stamp(canvas, frame, dots, colour, held)
        held |= (dots != " ") & (not curve.faint)
    for gap in gaps if frame.axes else ():
        place = frame.cell(float(gap), frame.y[0])
        if place:
            canvas.write(frame.height, frame.left + place[1], "x", colour)


def _within(curve: Curve, frame: Frame) -> tuple[Floats, Floats]:
    """Keep the points in the range of x, and a neighbour at each side for the line to leave towards."""
    x, y = np.asarray(curve.x), np.asarray(curve.y)
    inside = np.flatnonzero((x >= frame.x[0]) & (x <= frame.x[1]))
    if not len(inside):
        return x[:0], y[:0]
    part = slice(max(inside[0] - 1, 0), inside[-1] + 2)
    return x[part], y[part]


def _settle(x: Floats, y: Floats, frame: Frame) -> tuple[Floats, Floats]:
    """Drop points that fall on the dot of the one before: each point costs plotext some microseconds."""
    dots = np.stack([np.floor(x * frame.width * 2), np.floor(y * frame.height * 4)])
    new = np.append(True, (np.diff(dots, axis=1) != 0).any(axis=0))
    return x[new], y[new]


def _colour(curve: Curve, look: Look) -> int:
    colour = palette.pack(curve.colour)
    return palette.mix(colour, 0x000000 if look.dark else 0xFFFFFF, 0.45) if curve.faint else colour


def _draw_marks(canvas: Canvas, frame: Frame, curve: Curve) -> None:
    """Mark the best point of a curve."""
    place = curve.best and frame.cell(*curve.best)
    if place:
        sign = "@" if canvas.look.ascii else "◆"
        canvas.write(place[0], frame.left + place[1], sign, palette.pack(curve.colour))


def _dashes(x: Floats, y: Floats, frame: Frame) -> Iterator[tuple[Floats, Floats]]:
    """Cut a line into dashes of equal length along it; a long, noisy line gets longer ones."""
    if len(x) < 2:
        yield x, y
        return
    lengths = np.hypot(np.diff(x) * frame.width * 2, np.diff(y) * frame.height * 4)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    period = max(DASH + SPACE, along[-1] / (frame.width / 2))
    starts = np.arange(0, along[-1], period)
    ends = np.minimum(starts + period * DASH / (DASH + SPACE), along[-1])
    at = np.unique(np.concatenate([along, starts, ends]))
    across, up = np.interp(at, along, x), np.interp(at, along, y)
    for first, last in zip(np.searchsorted(at, starts), np.searchsorted(at, ends), strict=True):
        yield across[first : last + 1], up[first : last + 1]


def _stamp(canvas: Canvas, frame: Frame, dots: Chars, colour: int, held: Mask) -> None:
    """Lay one curve over what is there.

    Braille dots of two curves in a cell join; its colour is that of the new one where it has half of
    them or the other is faint.
    """
    rows, columns = slice(0, frame.height), slice(frame.left, frame.left + frame.width)
    chars, colours = canvas.chars[rows, columns], canvas.foregrounds[rows, columns]
    new, old = dots.view(np.uint32), np.ascontiguousarray(chars).view(np.uint32)
    both = (new >= BRAILLE) & (old >= BRAILLE) & (old < BRAILLE + 256)
    joined = np.where(both, new | old, new).astype(np.uint32).view(chars.dtype)
    drawn = dots != " "
    chars[drawn] = joined[drawn]
    most = ~(both & held) | (2 * np.bitwise_count(new & 0xFF) >= np.bitwise_count(joined.view(np.uint32) & 0xFF))
    colours[drawn & most] = colour


def _rasterise(strokes: Sequence[tuple[Floats, Floats]], width: int, height: int, marker: str) -> Chars:
    """Draw connected points, given as fractions of the canvas, into [height, width] characters."""
    with _lock:
        figure = _figure()
        figure.clear.data()
        figure.plot_size(width, height)
        # The public draw() walks over every point for its colour, in Python: twice the cost.
        figure._signals._add(_signal(strokes, _marker(marker)))
        rows = figure.build().string(True).split("\n")[:height]
        figure.clear.data()
    return np.array([list(row.ljust(width)[:width]) for row in rows], dtype="<U1").reshape(height, width)


def _signal(strokes: Sequence[tuple[Floats, Floats]], marker: Any) -> Any:
    """Make the plotext signal of several strokes; the public way copies a marker for each point."""
    from plotext._signal.signal import signal_class

    signal = signal_class(sum(len(x) for x, _ in strokes))
    signal._set_marker(marker)
    for x, y in strokes:
        start = signal.length()
        for across, up in zip(x.tolist(), y.tolist(), strict=True):
            signal._append_point(across, up, marker)
        for index in range(start + 1, signal.length()):
            signal._set_connected(index, True)
    return signal


@lru_cache(maxsize=1)
def _figure() -> Any:  # plotext ships no types
    """Prepare the one figure of plotext: bare, uncoloured, of any size, both axes from 0 to 1."""
    import plotext  # a fifth of a second, which the first frame does not wait for

    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.axes(False)
    figure.legend(False)
    figure.canvas("default")
    for axis in ("x", "y"):
        figure.ruler(axis).lim(0, 1).alignment("edge").frequency(0)
    return figure


@lru_cache(maxsize=16)
def _marker(sign: str) -> Any:
    import plotext

    return plotext.marker(sign)
