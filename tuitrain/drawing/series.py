"""Number series before they are drawn: thinning, smoothing, splitting at gaps, round ticks.

Works on numpy arrays alone; it must not know colours, cells or plotext.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing.text import number

Floats = NDArray[np.float64]
Piece = tuple[Floats, Floats]
BLOCK = 128
"""How many values are smoothed at once: fewer cost Python, more cost products."""


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


def smooth(y: ArrayLike, alpha: float) -> Floats:
    """Give the exponentially weighted mean of the values so far; `alpha` in (0, 1] is the weight of the newest.

    The value k places back weighs (1 - alpha)^k, and the weights are divided by their sum, which is free of
    bias from the first value on (pandas: `ewm(alpha=alpha).mean()`). NaN and infinity stay as gaps; across
    them the older values fade. Raise ValueError for another alpha.
    """
    if not 0 < alpha <= 1:
        raise ValueError(f"alpha is {alpha}; it must be above 0 and at most 1.")
    values = np.asarray(y, dtype=np.float64).ravel()
    known = np.isfinite(values)
    total = _faded(np.where(known, values, 0) * alpha, 1 - alpha)
    weight = _faded(known * alpha, 1 - alpha)
    return np.where(known, total / np.where(known, weight, 1), np.nan)


def _faded(values: Floats, keep: float) -> Floats:
    """Sum the values so far, each one times keep^k when k places back; in blocks, each a matrix product."""
    places = np.arange(BLOCK)
    powers = np.tril(keep ** np.abs(np.subtract.outer(places, places)).astype(np.float64))
    blocks = np.pad(values, (0, -len(values) % BLOCK)).reshape(-1, BLOCK) @ powers.T
    fading, carried = keep ** (places + 1.0), 0.0
    for row in range(len(blocks)):
        blocks[row] += carried * fading
        carried = float(blocks[row, -1])
    return blocks.ravel()[: len(values)]


def split(x: ArrayLike, y: ArrayLike) -> tuple[list[Piece], Floats]:
    """Cut a series at NaN and infinity: the finite pieces, and the x of the first value of each gap."""
    x, y = _pair(x, y)
    finite = np.isfinite(y)
    cuts = np.flatnonzero(np.diff(finite)) + 1
    pieces = [(a, b) for a, b in zip(np.split(x, cuts), np.split(y, cuts), strict=True) if len(b) and np.isfinite(b[0])]
    return pieces, x[_gaps(finite)]


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
