"""Pixels to cells: scaling images, half blocks in colour, characters where colours fail. Must not know layouts."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.album import SPAN
from tuitrain.drawing.cells import NONE, Canvas, Chars, Colours
from tuitrain.drawing.look import Look

Palette = Literal["sequential", "diverging", "grey"]
Values = NDArray[np.float64]
Scale = tuple[float, float]
LARGEST = 1e300
FINEST = (12, 24)
"""Pixels of a cell of a terminal, across and down, at most about so many."""


def paint(
    canvas: Canvas, array: NDArray[np.generic], box: tuple[int, int, int, int], kind: Palette, scale: Scale
) -> None:
    """Draw [H, W] values, or [H, W, 3] of 0..255, into the middle of a box (row, column, width, height).

    The image keeps its proportions; from twice its size on it grows by whole factors. `scale` are the values
    at the ends of the palette.
    """
    top, left, wide, tall = box
    if array.ndim < 2 or not array.size or wide < 1 or tall < 1:
        return
    characters = not canvas.look.pixels
    zoom = min(wide / array.shape[1], 2 * tall / array.shape[0])
    zoom = float(int(zoom)) if zoom >= 2 else zoom
    columns, rows = max(1, int(array.shape[1] * zoom + 1e-9)), max(1, int(array.shape[0] * zoom + 1e-9))
    rows = max(1, rows // 2) if characters else rows
    cells = rows if characters else -(-rows // 2)
    row, column = top + (tall - cells) // 2, left + (wide - columns) // 2
    area = slice(row, row + cells), slice(column, column + columns)
    if canvas.look.album is not None and max(cells, columns) <= SPAN:
        exact = _exact(array, kind, scale, canvas.look, (columns, cells))
        canvas.foregrounds[area], canvas.chars[area] = canvas.look.album.place(exact, columns, cells)
        return
    pixels = resample(_bounded(array), rows, columns)
    if not characters:
        parts = halves(_colours(pixels, kind, scale, canvas.look))
        canvas.chars[area], canvas.foregrounds[area], canvas.backgrounds[area] = parts
        return
    canvas.chars[area] = _characters(pixels, kind, scale, canvas.look)
    if pixels.ndim == 3 and canvas.look.colour:
        canvas.foregrounds[area] = _hues(pixels, canvas.look.depth)


def _exact(
    array: NDArray[np.generic], kind: Palette, scale: Scale, look: Look, cells: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return [height, width, 4] bytes of an image as it is, no finer than the terminal can show; NaN is clear."""
    tall, wide = min(array.shape[0], cells[1] * FINEST[1]), min(array.shape[1], cells[0] * FINEST[0])
    values = resample(_bounded(array), tall, wide)
    opaque = np.full((tall, wide), 255, dtype=np.uint8)
    if values.ndim == 3:
        return np.dstack([_bytes(values), opaque])
    if kind == "grey":  # as fine as bytes are, where cells have 26 steps
        channels = [_bytes(np.rint(_shares(values, kind, scale) * 255))] * 3
    else:
        packed = _colours(values, kind, scale, look)
        channels = [(packed >> shift & 255).astype(np.uint8) for shift in (16, 8, 0)]
    return np.dstack([*channels, np.where(np.isnan(values), 0, opaque)]).astype(np.uint8)


def extent(array: NDArray[np.generic], kind: Palette, low: float | None = None, high: float | None = None) -> Scale:
    """Find the ends of the scale of the finite values; bytes in grey are 0..255.

    A diverging scale is symmetrical about 0, by default up to the size below which 99 of 100 values lie.
    """
    if kind == "grey" and array.dtype == np.uint8:
        return (0.0 if low is None else low), (255.0 if high is None else high)
    values = np.asarray(array, dtype=np.float64)
    values = values[np.abs(values) <= LARGEST]
    if kind == "diverging" and low is None and high is None:
        most = float(np.quantile(np.abs(values), 0.99, method="higher")) if values.size else 0.0
        return -most, most
    least = float(values.min()) if low is None and values.size else low or 0.0
    most = float(values.max()) if high is None and values.size else high or 0.0
    if kind == "diverging":
        most = max(abs(least), abs(most))
        least = -most
    return least, most


def _bounded(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Keep floats within what can be added and subtracted: infinity is drawn as the end of the scale."""
    return np.clip(array.astype(np.float64), -LARGEST, LARGEST) if array.dtype.kind == "f" else array


def resample(array: NDArray[np.generic], rows: int, columns: int) -> Values:
    """Bring [H, W] or [H, W, 3] to another size: nearest up, mean of the covered area down, NaN left out."""
    values = np.asarray(array, dtype=np.float64)
    for axis, count in ((0, rows), (1, columns)):
        size = values.shape[axis]
        if count < size:
            values = _shrunk(values, axis, count)
        elif count > size:
            values = values.take((np.arange(count) * size) // count, axis=axis)
    return values


def _shrunk(values: Values, axis: int, count: int) -> Values:
    """Average along one axis; a value on the border of two belongs to each by the share that it covers."""
    size = values.shape[axis]
    edges = np.arange(count + 1) * size / count
    starts, ends = np.maximum.outer(edges[:-1], np.arange(size)), np.minimum.outer(edges[1:], np.arange(size) + 1)
    shares = np.clip(ends - starts, 0, None) * count / size
    known = ~np.isnan(values)
    total = np.moveaxis(np.tensordot(shares, np.where(known, values, 0), (1, axis)), 0, axis)
    weight = np.moveaxis(np.tensordot(shares, known.astype(np.float64), (1, axis)), 0, axis)
    return np.where(weight > 1e-9, total / np.where(weight > 1e-9, weight, 1), np.nan)


def halves(pixels: Colours) -> tuple[Chars, Colours, Colours]:
    """Turn [2 * rows, columns] packed colours into half blocks: characters, foregrounds, backgrounds.

    -1 is the terminal's own background; an odd last row is padded with it.
    """
    if len(pixels) % 2:
        pixels = np.vstack([pixels, np.full((1, pixels.shape[1]), NONE, dtype=pixels.dtype)])
    upper, lower = pixels[0::2], pixels[1::2]
    chars = np.where(upper == lower, " ", np.where(upper == NONE, "▄", "▀"))
    foregrounds = np.where(upper == lower, NONE, np.where(upper == NONE, lower, upper))
    return chars, foregrounds.astype(np.int32), np.where(upper == NONE, upper, lower).astype(np.int32)


def _shares(pixels: Values, kind: Palette, scale: Scale) -> Values:
    """Bring values to 0..1, or to -1..1 on a diverging scale."""
    low, high = scale
    with np.errstate(over="ignore"):  # what lies far beyond the scale is its end
        if kind == "diverging":
            return pixels / (high or 1.0)
        return (pixels - low) / ((high - low) or 1.0)


def _bytes(pixels: Values) -> NDArray[np.uint8]:
    return np.clip(np.nan_to_num(pixels), 0, 255).astype(np.uint8)


def _colours(pixels: Values, kind: Palette, scale: Scale, look: Look) -> Colours:
    if pixels.ndim == 3:
        return palette.rgb(_bytes(pixels), look.depth)
    return colour(_shares(pixels, kind, scale), kind, look)


def colour(shares: Values, kind: Palette, look: Look) -> Colours:
    """Colour values 0..1 (diverging: -1..1) with a palette; NaN gives -1."""
    if kind == "diverging":
        return palette.diverging(shares, look.dark, look.depth)
    return palette.greys(shares) if kind == "grey" else palette.sequential(shares)


def _hues(pixels: Values, depth: int) -> Colours:
    """Give the colours of pixels at full brightness: how bright they are the characters say."""
    brightest = np.maximum(pixels.max(axis=2, keepdims=True), 1)
    return palette.rgb(_bytes(pixels * 255 / brightest), depth)


def _characters(pixels: Values, kind: Palette, scale: Scale, look: Look) -> Chars:
    """Choose characters: more ink is a larger value; a picture in colours is as bright on paper as on black."""
    if pixels.ndim == 3:
        shares = pixels.mean(axis=2) / 255
        return ramp(shares if look.dark else 1 - shares)
    shares = _shares(pixels, kind, scale)
    if kind != "diverging":
        return ramp(shares)
    steps = palette.levels(np.abs(shares), len(palette.ABOVE))
    return np.where(shares < 0, np.array(list(palette.BELOW))[steps], np.array(list(palette.ABOVE))[steps])


def ramp(shares: Values) -> Chars:
    """Give the character of each value 0..1, from nothing to full; NaN is blank."""
    return np.array(list(palette.RAMP))[palette.levels(shares, len(palette.RAMP))]
