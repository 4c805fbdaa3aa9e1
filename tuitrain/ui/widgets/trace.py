"""Lines as curves: the part of a series that is shown, in as many pieces as there are columns, smoothed.

What it costs depends on the columns, not on the length of the run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, log
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuitrain.drawing.curves import Curve, Shade
from tuitrain.drawing.series import smooth
from tuitrain.runs.series import Points

if TYPE_CHECKING:
    from tuitrain.runs.timeline import By, Timeline
    from tuitrain.ui.widgets.chart import Band, Line, View

Floats = NDArray[np.float64]
Style = Literal["solid", "dashed", "points"]
STYLES: Mapping[str, Style] = {"val": "dashed", "train_eval": "points"}
"""How the curve of a split is drawn; others are solid."""
NOISY = ("train", "")
"""The splits that are measured at steps: they are smoothed, and a faint band shows how far they spread."""
POINTS = 12  # of a curve that is drawn as points, at most twice as many: more would hide the others
FINE = 2  # pieces a column, at most twice as many
WARM = 4.0  # times 1 / alpha: as many points before the first one shown still count in its mean


class Trace(NamedTuple):
    """What is shown of one line, x in units of the axis; `size` is of how many points each value is the mean."""

    x: Floats
    values: Floats
    smoothed: Floats
    lows: Floats
    highs: Floats
    size: Floats

    @property
    def pieces(self) -> bool:
        """Whether values are means, which hide how far the points spread."""
        return bool((self.size > 1).any())


def trace(line: "Line", view: "View", columns: int) -> Trace:
    """Return the part of a line that is shown, and a neighbour at each side."""
    alpha = view.smoothing if line.split in NOISY else 1.0
    first, last = _steps(line, view)
    warm = line.series.near(first, -ceil(WARM / alpha)) if first is not None and alpha < 1 else first
    steps, values, lows, highs, size = _joined(list(_stretches(line, warm, last, columns, view)))
    smoothed = smooth(values, alpha, size) if alpha < 1 else values
    begin = 0 if first is None else max(int(steps.searchsorted(first)) - 1, 0)
    x = line.timeline.place(steps, view.by)
    return Trace(*(array[begin:] for array in (x, values, smoothed, lows, highs, size)))


def _steps(line: "Line", view: "View") -> tuple[float | None, float | None]:
    if view.limits is None:
        return None, None
    low, high = (line.timeline.step(x, view.by) for x in view.limits)
    return low, high


def _stretches(line: "Line", first: float | None, last: float | None, columns: int, view: "View") -> Iterator[Points]:
    """Return the points in pieces; on a logarithmic axis stretch by stretch, each four times as long as the last."""
    series, known = line.series, line.series.steps
    if not view.log_x or len(known) <= FINE * columns:
        yield series.part(first, last, FINE * columns)
        return
    low = max(float(known[0]) if first is None else first, 1.0)
    high = max(float(known[-1]) if last is None else min(last, float(known[-1])), low)
    count = max(ceil(log(high / low) / log(4)), 1)
    edges = [low * (high / low) ** (index / count) for index in range(count + 1)]
    for begin, end in pairwise(edges):
        yield series.part(begin, end, max(FINE * columns // count, 8))


def _joined(parts: Sequence[Points]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Put parts together, each without what the one before had: steps, means, lows, highs and sizes of the pieces."""
    end, new = -np.inf, []
    for part in parts:
        new.append(slice(int(part.steps.searchsorted(end, "right")), None))
        end = max(end, float(part.steps[-1])) if len(part.steps) else end
    pairs = list(zip(parts, new, strict=True))
    steps = np.concatenate([part.steps[kept] for part, kept in pairs])
    values = np.concatenate([part.values[kept] for part, kept in pairs])
    lows = np.concatenate([part.lows[kept] for part, kept in pairs])
    highs = np.concatenate([part.highs[kept] for part, kept in pairs])
    size = np.concatenate([np.full(len(part.steps[kept]), float(part.size)) for part, kept in pairs])
    return steps, values, lows, highs, size


def style(split: str) -> Style:
    """Return how the curve of a split is drawn."""
    return STYLES.get(split, "solid")


def curve(line: "Line", found: Trace, by: "By") -> Curve:
    """Return the curve of a line, smoothed where that is asked for."""
    x, y = found.x, found.smoothed
    if style(line.split) == "points":
        few = _few(len(line.series), len(x))
        x, y = x[few], y[few]
    best = None
    if line.best is not None:
        best = (float(line.timeline.place(np.array([float(line.best[0])]), by)[0]), line.best[1])
    return Curve(line.label, x, y, line.colour, style(line.split), best=best, over=line.front)


def _few(count: int, shown: int) -> NDArray[np.intp]:
    """Choose a few of the last points, always the same ones as more come, and the last of all."""
    apart = 1 << max(ceil(log(max(shown, 1) / POINTS, 2)), 0)
    first = -(count - shown) % apart
    return np.unique(np.append(np.arange(first, shown, apart), shown - 1)) if shown else np.arange(0)


def raw(line: "Line", found: Trace) -> Curve:
    """Return the points themselves, to lie faint below the smoothed curve."""
    return Curve(line.label, found.x, found.values, line.colour, faint=True, over=line.front)


def spread(line: "Line", found: Trace) -> Shade:
    """Return the band in which the points of each piece lie."""
    return Shade(found.x, found.lows, found.highs, line.colour)


def banded(band: "Band", line: "Line | None", by: "By") -> tuple[Shade, Curve | None]:
    """Return the band over several runs and its mean; their steps lie in time as those of the line do."""
    steps = np.asarray(band.steps, dtype=np.float64)
    x = line.timeline.place(steps, by) if line else steps
    mean = None if band.means is None else Curve(band.label, x, band.means, band.colour, style(band.split))
    return Shade(x, band.lows, band.highs, band.colour), mean


def reach(lines: Iterable["Line"], by: "By", *, log: bool) -> tuple[float, float] | None:
    """Return from where to where lines reach, in powers of ten of what is above 0 with `log`; None without points."""
    ends: dict[int, tuple[Timeline, float, float]] = {}
    for line in lines:
        steps = line.series.steps
        begin = int(steps.searchsorted(0, "right")) if log else 0
        if begin < len(steps):
            _, low, high = ends.get(id(line.timeline), (line.timeline, np.inf, -np.inf))
            ends[id(line.timeline)] = line.timeline, min(low, float(steps[begin])), max(high, float(steps[-1]))
    found = [timeline.place([low, high], by) for timeline, low, high in ends.values()]
    if not found:
        return None
    with np.errstate(divide="ignore"):
        places = np.log10(np.concatenate(found)) if log else np.concatenate(found)
    places = places[np.isfinite(places)]
    return (float(places.min()), float(places.max())) if len(places) else None
