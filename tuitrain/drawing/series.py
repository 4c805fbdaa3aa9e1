"""Number series before they are drawn: thinning, smoothing, splitting at gaps, round ticks.

Works on numpy arrays alone; it must not know colours, cells or plotext.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing.text import number

Floats = NDArray[np.float64]
Piece = tuple[Floats, Floats]
BLOCK = 128
"""How many values are smoothed at once: fewer cost Python, more cost products."""
CLOCK = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Round spans of time in seconds; above them come round numbers of days."""
RARE, ROOM = 0.05, 0.25
"""The share of values at either end that may be outliers, and how far beyond the others they still are none."""


def thin(x: ArrayLike, y: ArrayLike, columns: int) -> Piece:
    """Keep the first, last, lowest and highest point of each of `columns` equal stretches of x, in order.

    x must rise. Each run of NaN or infinite values keeps its first point, so that gaps survive. A million
    points cost some 35 ms.
    """
    x, y = _pair(x, y)
    if len(x) <= 4 * max(columns, 1):
        return x, y
    bins = _bins(x, max(columns, 1))
    finite = np.isfinite(y)
    starts = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
    ends = np.append(starts[1:], len(bins)) - 1
    keep = np.unique(np.concatenate([starts, ends, _extremes(y, finite, starts), _gaps(finite)]))
    return x[keep], y[keep]


def _pair(x: ArrayLike, y: ArrayLike) -> Piece:
    first, second = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    count = min(len(first), len(second))
    known = np.isfinite(first[:count])
    return first[:count][known], second[:count][known]


def _bins(x: Floats, columns: int) -> NDArray[np.intp]:
    low, high = float(x.min()), float(x.max())
    span = high / 2 - low / 2 or 1.0  # halves: the difference of two huge numbers would overflow
    return np.clip((x / 2 - low / 2) / span * columns, 0, columns - 1).astype(np.intp)


def _extremes(y: Floats, finite: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Find the index of one lowest and one highest finite value after each start."""
    found = []
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(y))))
    for sign in (1.0, -1.0):
        values = np.where(finite, sign * y, np.inf)
        least = np.minimum.reduceat(values, starts)
        hits = np.flatnonzero((values == least[owner]) & finite)
        found.append(hits[np.diff(owner[hits], prepend=-1) != 0])
    return np.concatenate(found)


def _gaps(finite: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Find where runs of unusable values begin."""
    return np.flatnonzero(~finite & np.append(True, finite[:-1]))


def smooth(y: ArrayLike, alpha: float, sizes: ArrayLike = 1) -> Floats:
    """Give the exponentially weighted mean of the values so far; `alpha` in (0, 1] is the weight of the newest.

    The value k places back weighs (1 - alpha)^k, and the weights are divided by their sum, which is free of
    bias from the first value on (pandas: `ewm(alpha=alpha).mean()`). NaN and infinity stay as gaps; across
    them the older values fade. `sizes` tells of how many values each one is the mean: it then fades, and
    counts, like so many. Raise ValueError for another alpha.
    """
    if not 0 < alpha <= 1:
        raise ValueError(f"alpha is {alpha}; it must be above 0 and at most 1.")
    values = np.asarray(y, dtype=np.float64).ravel()
    known = np.isfinite(values)
    keeps = (1 - alpha) ** np.broadcast_to(np.asarray(sizes, dtype=np.float64), values.shape)
    total = _faded(np.where(known, values, 0) * (1 - keeps), keeps)
    weight = _faded(known * (1 - keeps), keeps)
    return np.where(known, total / np.where(known, weight, 1), np.nan)


def _faded(values: Floats, keeps: Floats) -> Floats:
    """Sum the values so far, each one faded by the keeps of those after it; in blocks where all keep the same."""
    if not len(values) or (keeps != keeps[0]).any():
        return np.fromiter(_fading(values, keeps), dtype=np.float64, count=len(values))
    keep, places = float(keeps[0]), np.arange(BLOCK)
    powers = np.tril(keep ** np.abs(np.subtract.outer(places, places)).astype(np.float64))
    blocks = np.pad(values, (0, -len(values) % BLOCK)).reshape(-1, BLOCK) @ powers.T
    fading, carried = keep ** (places + 1.0), 0.0
    for row in range(len(blocks)):
        blocks[row] += carried * fading
        carried = float(blocks[row, -1])
    return blocks.ravel()[: len(values)]


def _fading(values: Floats, keeps: Floats) -> Iterator[float]:
    total = 0.0
    for value, keep in zip(values.tolist(), keeps.tolist(), strict=True):
        total = total * keep + value
        yield total


def split(x: ArrayLike, y: ArrayLike) -> tuple[list[Piece], Floats]:
    """Cut a series at NaN and infinity: the finite pieces, and the x of the first value of each gap."""
    x, y = _pair(x, y)
    finite = np.isfinite(y)
    cuts = np.flatnonzero(np.diff(finite)) + 1
    pieces = [(a, b) for a, b in zip(np.split(x, cuts), np.split(y, cuts), strict=True) if len(b) and np.isfinite(b[0])]
    return pieces, x[_gaps(finite)]


def usual(values: ArrayLike) -> tuple[float, float] | None:
    """Give the range of the finite values without outliers; None where there are none.

    From the 5th to the 95th percentile, a quarter of that wider on both sides, and no wider than all values.
    """
    array = np.asarray(values, dtype=np.float64).ravel()
    array = array[np.isfinite(array)]
    if not len(array):
        return None
    low, high = np.quantile(array, (RARE, 1 - RARE), method="nearest")
    room = (high / 2 - low / 2) * 2 * ROOM
    return float(max(low - room, array.min())), float(min(high + room, array.max()))


def stride(span: float, count: int) -> float:
    """Give the least of 1, 2 or 5 times a power of ten of which `count` cover a span; 0 for none."""
    if not 0 < span / count < math.inf:
        return 0.0
    power = float(f"1e{math.floor(math.log10(span / count))}")
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power * count >= span * (1 - 1e-9))


def moments(low: float, high: float, count: int) -> tuple[list[float], list[str]]:
    """Choose at most `count` round times within low..high (seconds), written `0:30`, `2:00`, `1:10:00`."""
    if count < 1 or not 0 <= high - low < 1e12:
        return [], []
    if high - low < 2:  # parts of a second are numbers
        positions, _ = ticks(low, high, count)
        return positions, [_time(position, positions) for position in positions]
    days = (factor * 86400.0 * 10**power for power in range(9) for factor in (2, 5, 10))
    for step in (*CLOCK, *days):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= count:
            break
    positions = [index * float(step) for index in range(first, last + 1)]
    return positions, [moment(position) for position in positions]


def moment(seconds: float) -> str:
    """Write a time since the beginning as `0:30`, `2:00` or `1:10:00`."""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if seconds < 0 and round(seconds) else ""
    return f"{sign}{hours:,}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"


def _time(position: float, positions: list[float]) -> str:
    step = positions[1] - positions[0] if len(positions) > 1 else 1.0
    return moment(position) if step >= 1 else f"{_plain(position, step)}s"


def ticks(low: float, high: float, count: int, *, whole: bool = False) -> tuple[list[float], list[str]]:
    """Choose at most `count` round positions (steps of 1, 2 or 5 times a power of ten) within low..high.

    Labels are distinct: `0`, `0.5`, `1,000`, `20k`, `1e-5`. With `whole` no step is below 1, as for epochs.
    A range of no width has its lower end alone.
    """
    span = high - low
    if count < 1 or not math.isfinite(span):
        return [], []
    if span < max(abs(high) * 1e-9, 1e-300):
        return [low], [number(low)]
    power = 10.0 ** math.floor(math.log10(span / (count + 1)))
    power = max(power, 1.0) if whole else power
    for factor in (1, 2, 5, 10, 20, 50, 100):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= count:
            break
    positions = [index * step for index in range(first, last + 1)]
    return positions, [_name(position, step) for position in positions]


def _name(value: float, step: float) -> str:
    """Write a tick so that its neighbours one step away are written differently."""
    if value == 0:
        return "0"
    size = max(abs(value), step)
    if size >= 1e9 or size < 1e-3:
        return _power(value, step)
    if size >= 1e4 and step >= 100:
        scale, letter = (1e6, "M") if size >= 1e6 and step >= 1e4 else (1e3, "k")
        return f"{_plain(value / scale, step / scale)}{letter}"
    return _plain(value, step)


def _plain(value: float, step: float) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:,.{decimals}f}"


def _power(value: float, step: float) -> str:
    digits = max(0, math.floor(math.log10(abs(value))) - math.floor(math.log10(step) + 1e-9))
    mantissa, exponent = f"{value:.{min(digits, 12)}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"
