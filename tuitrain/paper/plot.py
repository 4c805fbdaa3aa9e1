"""Curves, points and pictures over round axes as vector SVG for a page, which gives the colours of axes and words.

Must not know where the numbers come from.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuitrain.drawing.series import ticks
from tuitrain.drawing.text import clean, number
from tuitrain.runs.series import Points

Floats = NDArray[np.float64]
Range = tuple[float, float]
LEFT, RIGHT, TOP, BOTTOM = 46.0, 42.0, 8.0, 34.0
"""Room around the plot for numbers, names of lines and the name of the axis."""
DASHES = "5 3.5"
SIGNS = {"dots": "h0", "crosses": "m-3-3l6 6m0-6l-6 6", "rings": "m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0"}
"""How each sign goes on from the middle of its point; a line of no length has round ends."""
LARGEST = 1e300
FAR = 4.0
"""Lines go on so many heights beyond the plot, where they are cut off."""
STEEP = 100.0
"""A logarithmic scale is taken where the largest value is so many times the least."""
BETWEEN = 11.0
"""Units between the names of two lines."""


@dataclass(frozen=True)
class Line:
    """One curve: its points, its colour, a short name for its end, and a point (step, value) to mark."""

    name: str
    points: Points
    colour: str
    dashed: bool = False
    best: tuple[float, float] | None = None


class Dots(NamedTuple):
    """Points [N, 2] in one colour, each with this sign."""

    places: Floats
    colour: str
    sign: Literal["dots", "crosses", "rings"] = "dots"


@dataclass(frozen=True)
class Axes:
    """What part of the plane is shown, and how large, all in all."""

    x: Range
    y: Range
    width: float = 560.0
    height: float = 250.0
    log: bool = False

    def across(self, values: Floats) -> Floats:
        """Return where x lies."""
        return LEFT + _share(values, self.x) * self._inner[0]

    def down(self, values: Floats) -> Floats:
        """Return where y lies; on a logarithmic scale that of its logarithm."""
        shares = _share(_logs(values) if self.log else values, self.y)
        return TOP + (1 - np.clip(shares, -FAR, FAR)) * self._inner[1]

    @property
    def _inner(self) -> tuple[float, float]:
        return self.width - LEFT - RIGHT, self.height - TOP - BOTTOM

    def svg(
        self, title: str, name: str, inside: Iterable[str], behind: Iterable[str] = (), beside: Iterable[str] = ()
    ) -> str:
        """Return the plot: what lies behind, grid and numbers, what is cut off at the edges, what stands beside it."""
        wide, tall = self._inner
        area = f"{LEFT:g} {TOP:g} {wide:g} {tall:g}"
        return "".join(
            (
                f'<svg class="plot" viewBox="0 0 {self.width:g} {self.height:g}" role="img">',
                f"<title>{escape(clean(title))}</title>",
                *behind,
                *self._grid(name),
                f'<svg x="{LEFT:g}" y="{TOP:g}" width="{wide:g}" height="{tall:g}" viewBox="{area}">',
                *inside,
                "</svg>",
                *beside,
                "</svg>",
            )
        )

    def _grid(self, name: str) -> Iterable[str]:
        wide, tall = self._inner
        foot = TOP + tall
        lines, words = [], []
        for at, text in _marks(self.y, max(int(tall / 44), 2), self.log):
            y = TOP + (1 - _share(np.array([at]), self.y)[0]) * tall
            lines.append(f"M{LEFT:g} {y:.1f}h{wide:g}")
            words.append(f'<text class="up" x="{LEFT - 6:g}" y="{y + 3.5:.1f}">{text}</text>')
        for at, text in zip(*ticks(*self.x, max(int(wide / 80), 2)), strict=True):
            x = LEFT + _share(np.array([at]), self.x)[0] * wide
            words.append(f'<text class="on" x="{x:.1f}" y="{foot + 14:g}">{text}</text>')
        yield f'<path class="grid" d="{"".join(lines)}"/><path class="axis" d="M{LEFT:g} {foot:g}h{wide:g}"/>'
        yield "".join(words)
        if name:
            yield f'<text class="on name" x="{LEFT + wide / 2:g}" y="{foot + 29:g}">{escape(clean(name))}</text>'


def _share(values: Floats, limits: Range) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        found: Floats = (values - limits[0]) / ((limits[1] - limits[0]) or 1.0)
    return found


def _logs(values: Floats) -> Floats:
    return np.log10(np.where(values > 0, values, np.nan))


def _marks(limits: Range, count: int, log: bool) -> list[tuple[float, str]]:
    if not log:
        return list(zip(*ticks(*limits, count), strict=True))
    low, high = math.ceil(limits[0] - 1e-9), math.floor(limits[1] + 1e-9)
    step = max(-(-(high - low + 1) // count), 1)
    return [
        (float(power), number(10.0**power) if -4 < power < 6 else f"1e{power}") for power in range(low, high + 1, step)
    ]


def curves(title: str, lines: Sequence[Line], marks: Sequence[tuple[float, str]] = (), *, steep: bool = False) -> str:
    """Draw lines over steps, each named at its end; where pieces stand for many points, over the band of these.

    With `steep` a logarithmic scale is taken where the values need one. `marks` are upright lines with words.
    Return nothing where there is no finite value.
    """
    axes = _fitted(lines, steep)
    if axes is None:
        return ""
    parts = [_mark(axes, *mark) for mark in marks]
    parts += [_band(axes, line) for line in lines if line.points.size > 1]
    parts += [_line(axes, line) for line in lines]
    parts += [_best(axes, line) for line in lines if line.best]
    name = "step, logarithmic values" if axes.log else "step"
    return axes.svg(title, name, parts, beside=_names(axes, lines))


def _fitted(lines: Sequence[Line], steep: bool) -> Axes | None:
    """Choose the ranges: all steps, and from the least to the largest of the values that are drawn as lines."""
    values = np.concatenate([np.empty(0), *(line.points.values for line in lines)])
    values = values[np.abs(values) <= LARGEST]
    steps = np.concatenate([np.empty(0), *(line.points.steps for line in lines)])
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    log = steep and low > 0 and high / low > STEEP
    if log:
        low, high = math.log10(low), math.log10(high)
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    floor = max(low - room, 0.0) if low >= 0 and not log else low - room
    return Axes((float(steps.min()), float(steps.max()) or 1.0), (floor, high + room), log=log)


def _line(axes: Axes, line: Line) -> str:
    steps, values = axes.across(line.points.steps), axes.down(line.points.values)
    dashes = f' stroke-dasharray="{DASHES}"' if line.dashed else ""
    return f'<path class="line" stroke="{line.colour}"{dashes} d="{_pieces(steps, values)}"/>'


def _pieces(x: Floats, y: Floats) -> str:
    """Return a path that is interrupted where y is not finite; a point alone is a dot."""
    finite = np.isfinite(y)
    cuts = np.flatnonzero(np.diff(finite)) + 1
    parts = zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    return "".join(_joined(a, b) for a, b in parts if len(b) and np.isfinite(b[0]))


def _joined(x: Floats, y: Floats) -> str:
    points = [f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    kept = [point for place, point in enumerate(points) if not place or point != points[place - 1]]
    return f"M{'L'.join(kept)}" + ("h0" if len(kept) == 1 else "")


def _band(axes: Axes, line: Line) -> str:
    known = np.isfinite(line.points.lows)
    x = axes.across(line.points.steps[known])
    lows, highs = axes.down(line.points.lows[known]), axes.down(line.points.highs[known])
    lows = np.where(np.isfinite(lows), lows, TOP + axes.height)
    outline = _joined(np.concatenate([x, x[::-1]]), np.concatenate([highs, lows[::-1]]))
    return f'<path class="band" fill="{line.colour}" d="{outline}z"/>'


def _best(axes: Axes, line: Line) -> str:
    x, y = line.best or (math.nan, math.nan)
    across, down = axes.across(np.array([x]))[0], axes.down(np.array([y]))[0]
    if not math.isfinite(across + down):
        return ""
    return f'<path class="best" fill="{line.colour}" d="M{across:.1f} {down - 5:.1f}l5 5l-5 5l-5-5z"/>'


def _mark(axes: Axes, step: float, words: str) -> str:
    x, foot = axes.across(np.array([step]))[0], axes.height - BOTTOM
    side, start = ("before", x - 4) if x > axes.width / 2 else ("after", x + 4)
    text = f'<text class="{side}" x="{start:.1f}" y="{foot - 6:g}">{escape(clean(words))}</text>'
    return f'<path class="mark" d="M{x:.1f} {TOP:g}V{foot:g}"/>{text}'


def _names(axes: Axes, lines: Sequence[Line]) -> list[str]:
    """Write the name of each line at its end, moved apart where they would cover each other."""
    ends = []
    for line in lines:
        known = np.flatnonzero(np.isfinite(axes.down(line.points.values)))
        if line.name and len(known):
            last = slice(known[-1], known[-1] + 1)
            ends.append((float(axes.down(line.points.values[last])[0]), line))
    ends.sort(key=lambda end: end[0])
    heights: list[float] = []
    for at, _ in ends:
        heights.append(max(at, heights[-1] + BETWEEN if heights else TOP + 4))
    over = max(heights[-1] - (axes.height - BOTTOM) if heights else 0.0, 0.0)
    return [
        f'<text class="end" style="fill:{line.colour}" x="{axes.width - RIGHT + 4:g}" y="{y - over + 3.5:.1f}">'
        f"{escape(clean(line.name))}</text>"
        for y, (_, line) in zip(heights, ends, strict=True)
    ]


def plane(title: str, axes: Axes, dots: Sequence[Dots], behind: Sequence[str] = (), parts: Sequence[str] = ()) -> str:
    """Draw points over a picture that fills the plot; `behind` are its data URIs, for light and for dark pages."""
    wide, tall = axes.width - LEFT - RIGHT, axes.height - TOP - BOTTOM
    place = f'x="{LEFT:g}" y="{TOP:g}" width="{wide:g}" height="{tall:g}" preserveAspectRatio="none"'
    kinds = ("by-day", "by-night") if len(behind) > 1 else ("",)
    images = [f'<image class="{kind}" {place} href="{uri}"/>' for kind, uri in zip(kinds, behind, strict=False)]
    return axes.svg(title, "", [*parts, *(_dots(axes, each) for each in dots)], images)


def _dots(axes: Axes, dots: Dots) -> str:
    """Draw all points as one path."""
    known = dots.places[np.isfinite(dots.places).all(axis=1)]
    pairs = zip(axes.across(known[:, 0]).tolist(), axes.down(known[:, 1]).tolist(), strict=True)
    d = "".join(f"M{x:.1f} {y:.1f}{SIGNS[dots.sign]}" for x, y in pairs)
    return f'<path class="{dots.sign}" stroke="{dots.colour}" d="{d}"/>' if d else ""


def sample(colour: str, *, dashed: bool = False) -> str:
    """Return a short piece of a line, for a legend."""
    dashes = f' stroke-dasharray="{DASHES}"' if dashed else ""
    return f'<svg class="sample" viewBox="0 0 24 8"><path class="line" stroke="{colour}"{dashes} d="M1 4h22"/></svg>'


def path(axes: Axes, x: Floats, y: Floats, colour: str) -> str:
    """Return a line through points of a plane."""
    return f'<path class="line" stroke="{colour}" d="{_pieces(axes.across(x), axes.down(y))}"/>'
