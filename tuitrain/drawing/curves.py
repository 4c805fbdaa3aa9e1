"""Curves, points, bands and upright marks over round axes, linear or logarithmic. Must not know what they mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import axes, palette, series
from tuitrain.drawing.axes import LARGEST, Frame, Range
from tuitrain.drawing.cells import Canvas, Chars, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.marks import Cross, Mark, draw_cross, draw_marks, name_marks
from tuitrain.drawing.notes import NOTHING, say
from tuitrain.drawing.series import Floats
from tuitrain.drawing.shades import BRAILLE, Shade, draw_shade, in_units
from tuitrain.drawing.strokes import rasterise
from tuitrain.drawing.text import label

Mask = NDArray[np.bool_]
__all__ = ["Cross", "Curve", "Mark", "Plot", "Shade", "draw", "lay", "legend", "paint"]
DASH, SPACE = 6.0, 4.0
"""Lengths along a dashed line, in braille dots."""
POINTS = {"points": "●", "rings": "○"}
"""The styles that are not joined, and their signs."""


@dataclass(frozen=True)
class Curve:
    """One line of a plot: x (rising) and y of equal length; `best` is a point (x, y) to mark.

    In the styles `points` and `rings` nothing joins them, and x need not rise. What is `faint` lies below the
    others, as the raw values below their smoothed ones; what is `over` lies above them.
    """

    label: str
    x: ArrayLike
    y: ArrayLike
    colour: str
    style: Literal["solid", "dashed", "points", "rings"] = "solid"
    faint: bool = False
    best: tuple[float, float] | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """What is to be drawn, laid out in cells: everything in drawing units, powers of ten on logarithmic axes."""

    canvas: Canvas
    frame: Frame | None
    """Where the axes lie; None where there is nothing to draw, or no room."""
    curves: Sequence[Curve]
    shades: Sequence[Shade]


def draw(
    curves: Sequence[Curve],
    width: int,
    height: int,
    look: Look,
    *,
    x_range: Range | None = None,
    y_range: Range | None = None,
    log_x: bool = False,
    log_y: bool = False,
    marks: Sequence[Mark] = (),
    empty: str = NOTHING,
) -> Lines:
    """Draw curves into `width` by `height` cells, later ones over earlier ones, faint ones below all.

    NaN and infinity leave a gap with an x on the axis. On a logarithmic axis values up to 0 are gaps; ranges
    and marks are given in plain values all the same. Marks beyond the range shown are left out. Where no value
    is finite the message `empty` stands in the middle.
    """
    plot = lay(curves, width, height, look, x_range=x_range, y_range=y_range, log_x=log_x, log_y=log_y)
    return paint(plot, marks=marks, empty=empty)


def lay(
    curves: Sequence[Curve],
    width: int,
    height: int,
    look: Look,
    *,
    shades: Sequence[Shade] = (),
    x_range: Range | None = None,
    y_range: Range | None = None,
    log_x: bool = False,
    log_y: bool = False,
    clock: bool = False,
) -> Plot:
    """Lay curves out over bands that are shaded, as `draw` does; with `clock` x are seconds."""
    canvas = Canvas(width, height, look)
    ready = [_prepare(curve, log_x, log_y) for curve in curves]
    filled = [
        in_units(shade, _units(shade.x, log_x), _units(shade.lows, log_y), _units(shade.highs, log_y), open_below=log_y)
        for shade in shades
    ]
    x_range, y_range = _logs(x_range) if log_x else x_range, _logs(y_range) if log_y else y_range
    xs, ys = _finite(ready, filled)
    frame = axes.frame(xs, ys, canvas, x_range, y_range, log_x=log_x, log_y=log_y, clock=clock)
    return Plot(canvas, frame, ready, filled)


def paint(plot: Plot, *, marks: Sequence[Mark] = (), cross: Cross | None = None, empty: str = NOTHING) -> Lines:
    """Draw what is laid out, with marks and a crosshair given in plain values."""
    canvas, frame, curves = plot.canvas, plot.frame, plot.curves
    if frame is None:
        say(canvas, empty)
        return canvas.lines()
    axes.draw(canvas, frame)
    order = sorted(range(len(curves)), key=lambda index: (not curves[index].faint, curves[index].over))
    signs = _signs(curves, canvas.look)
    lettered = canvas.look.ascii or any(sign and sign not in POINTS.values() for sign in signs)
    for shade in plot.shades:
        draw_shade(canvas, frame, shade, signs=lettered)
    upright = [mark._replace(x=_plain_or_log(mark.x, frame.log_x)) for mark in marks]
    draw_marks(canvas, frame, upright)
    held = np.zeros((frame.height, frame.width), dtype=np.bool_)
    for index in order:
        draw_one = _draw_points if curves[index].style in POINTS else _draw_curve
        draw_one(canvas, frame, curves[index], signs[index], held)
    for index in order:
        _draw_best(canvas, frame, curves[index])
    if cross is not None:
        points = [(_plain_or_log(x, frame.log_x), _plain_or_log(y, frame.log_y), own) for x, y, own in cross.points]
        draw_cross(canvas, frame, Cross(_plain_or_log(cross.x, frame.log_x), points), held)
    name_marks(canvas, frame, upright)
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

    Without colour the styles tell two curves apart, and characters of their own tell more apart; what is
    faint has the smallest.
    """
    styles = [curve.style for curve in curves]
    if not look.ascii and (look.colour or len(set(styles)) == len(styles)):
        return [POINTS.get(style, "") for style in styles]
    small = "." if look.ascii else "·"
    return [small if curve.faint else palette.MARKS[i % len(palette.MARKS)] for i, curve in enumerate(curves)]


def _prepare(curve: Curve, log_x: bool, log_y: bool) -> Curve:
    """Bring a curve to arrays in drawing units, NaN where nothing can be drawn."""
    y, x = _units(curve.y, log_y), _units(curve.x, log_x)
    best = curve.best and (_plain_or_log(curve.best[0], log_x), _plain_or_log(curve.best[1], log_y))
    return replace(curve, x=x[: len(y)], y=y[: len(x)], best=best)


def _units(values: ArrayLike, log: bool) -> Floats:
    array = np.array(values, dtype=np.float64).ravel()
    array[np.abs(array) > LARGEST] = np.nan
    return _log(array) if log else array


def _log(values: Floats) -> Floats:
    return np.log10(np.where(values > 0, values, np.nan))


def _plain_or_log(value: float, log: bool) -> float:
    return float(_log(np.array([value]))[0]) if log else value


def _logs(values: Range | None) -> Range | None:
    if values is None or not all(value > 0 for value in values):
        return None
    return float(np.log10(values[0])), float(np.log10(values[1]))


def _finite(curves: Sequence[Curve], shades: Sequence[Shade]) -> tuple[Floats, Floats]:
    """Gather the coordinates of all points that can be drawn."""
    pairs = [(np.asarray(curve.x), np.asarray(curve.y)) for curve in curves]
    pairs += [(np.asarray(shade.x), np.asarray(edge)) for shade in shades for edge in (shade.lows, shade.highs)]
    known = [np.isfinite(x) & np.isfinite(y) for x, y in pairs]
    none = [np.empty(0)]
    xs = np.concatenate([x[k] for (x, _), k in zip(pairs, known, strict=True)] + none)
    ys = np.concatenate([y[k] for (_, y), k in zip(pairs, known, strict=True)] + none)
    return xs, ys


def _draw_curve(canvas: Canvas, frame: Frame, curve: Curve, sign: str, held: Mask) -> None:
    """Draw one curve; `held` are the cells of curves that are not faint, whose dots and colour stay."""
    pieces, gaps = series.split(*series.thin(*_within(curve, frame), frame.width))
    colour = _colour(curve, canvas.look)
    dotted = curve.style == "dashed" and not sign
    placed = [_settle(*frame.place(*piece), frame) for piece in pieces]
    strokes = [stroke for piece in placed for stroke in (_dashes(*piece, frame) if dotted else [piece])]
    if strokes:
        dots = rasterise(strokes, frame.width, frame.height, sign or "braille")
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


def _draw_points(canvas: Canvas, frame: Frame, curve: Curve, sign: str, held: Mask) -> None:
    """Draw one character in the cell of each point."""
    x, y = np.asarray(curve.x), np.asarray(curve.y)
    known = np.isfinite(x) & np.isfinite(y)
    rows, columns = frame.cells(x[known], y[known])
    canvas.chars[rows, columns + frame.left] = sign
    canvas.foregrounds[rows, columns + frame.left] = _colour(curve, canvas.look)
    held[rows, columns] |= not curve.faint


def _draw_best(canvas: Canvas, frame: Frame, curve: Curve) -> None:
    """Mark the best point of a curve."""
    place = curve.best and frame.cell(*curve.best)
    if place:
        sign = "@" if canvas.look.ascii else "◆"
        canvas.write(place[0], frame.left + place[1], sign, palette.pack(curve.colour))


def _dashes(x: Floats, y: Floats, frame: Frame) -> Iterator[tuple[Floats, Floats]]:
    """Cut a line into dashes of equal length along it; a long, noisy line gets longer ones.

    Their length doubles, so that a line that grows mostly keeps those it has.
    """
    if len(x) < 2:
        yield x, y
        return
    lengths = np.hypot(np.diff(x) * frame.width * 2, np.diff(y) * frame.height * 4)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    least = max(along[-1] / (frame.width / 2) / (DASH + SPACE), 1.0)
    period = (DASH + SPACE) * 2.0 ** np.ceil(np.log2(least))
    starts = np.arange(0, along[-1], period)
    ends = np.minimum(starts + period * DASH / (DASH + SPACE), along[-1])
    at = np.unique(np.concatenate([along, starts, ends]))
    across, up = np.interp(at, along, x), np.interp(at, along, y)
    for first, last in zip(np.searchsorted(at, starts), np.searchsorted(at, ends), strict=True):
        yield across[first : last + 1], up[first : last + 1]


def _stamp(canvas: Canvas, frame: Frame, dots: Chars, colour: int, held: Mask) -> None:
    """Lay one curve over what is there.

    Braille dots of two curves in a cell join, and its colour is that of the new one where it has half of them;
    those of bands and faint curves go, so that the line on them stays as thin as it is.
    """
    rows, columns = slice(0, frame.height), slice(frame.left, frame.left + frame.width)
    chars, colours = canvas.chars[rows, columns], canvas.foregrounds[rows, columns]
    new, old = dots.view(np.uint32), np.ascontiguousarray(chars).view(np.uint32)
    both = held & (new >= BRAILLE) & (old >= BRAILLE) & (old < BRAILLE + 256)
    joined = np.where(both, new | old, new).astype(np.uint32).view(chars.dtype)
    drawn = dots != " "
    chars[drawn] = joined[drawn]
    most = ~both | (2 * np.bitwise_count(new & 0xFF) >= np.bitwise_count(joined.view(np.uint32) & 0xFF))
    colours[drawn & most] = colour
