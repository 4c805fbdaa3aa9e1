"""Heat maps: images and stacks of images as half blocks, confusion matrices; where colours fail, characters.

Must not know where the numbers come from.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.cells import NONE, Canvas, Chars, Colours, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.matrix import matrix
from tuitrain.drawing.surface import surface
from tuitrain.drawing.text import label

__all__ = ["image", "images", "matrix", "surface"]

Palette = Literal["sequential", "diverging"]
Values = NDArray[np.float64]
GAP = 2
LARGEST = 1e300
SMALLEST = 8
"""Images are not drawn narrower than this many cells while fewer of them would fit better."""


def image(
    values: ArrayLike,
    width: int,
    height: int,
    look: Look,
    *,
    palette: Palette = "sequential",
    low: float | None = None,
    high: float | None = None,
) -> Lines:
    """Draw [H, W] values or [H, W, 3] bytes, centred, in their own proportions; NaN stays empty.

    Two pixels share a cell. `low` and `high` are the ends of the scale, by default those of the values; a
    diverging scale is symmetrical about 0, its ends the size below which 99 of 100 values lie.
    """
    canvas = Canvas(width, height, look)
    array = np.asarray(values)
    _draw_image(canvas, array, (0, 0, canvas.width, canvas.height), palette, _scale(array, palette, low, high))
    return canvas.lines()


def images(
    stack: ArrayLike,
    titles: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    palette: Palette = "sequential",
) -> Lines:
    """Draw as many of [N, H, W] (or [N, H, W, 3]) images as fit, each below its title, on one scale."""
    array = np.asarray(stack)
    canvas = Canvas(width, height, look)
    if array.ndim < 3 or not array.size or canvas.width < 1 or canvas.height < 2:
        return canvas.lines()
    count, columns, tile, tall = _tile(len(array), array.shape[2], array.shape[1], canvas)
    scale = _scale(array, palette, None, None)
    for index in range(count):
        row, column = divmod(index, columns)
        top, left = row * tall, column * (tile + GAP)
        _draw_title(canvas, top, left, tile, titles[index] if index < len(titles) else "")
        _draw_image(canvas, array[index], (top + 1, left, tile, tall - 1), palette, scale)
    if count < len(array):
        _draw_more(canvas, len(array) - count)
    return canvas.lines()


def _draw_title(canvas: Canvas, row: int, left: int, width: int, title: str) -> None:
    text = label(title, width, canvas.look)
    canvas.write(row, left + (width - len(text)) // 2, text, _grey(canvas.look))


def _draw_more(canvas: Canvas, count: int) -> None:
    text = label(f"{'~' if canvas.look.ascii else '…'} {count} more", canvas.width, canvas.look)
    canvas.write(canvas.height - 1, canvas.width - len(text), text, _grey(canvas.look))


def _grey(look: Look) -> int:
    return palette.grey(look.dark)


def _tile(count: int, wide: int, tall: int, canvas: Canvas) -> tuple[int, int, int, int]:
    """Choose how many images to draw, in how many columns, and the width and height of a tile in cells."""
    for shown in range(count, 0, -1):
        options = [_grid(shown, columns, wide, tall, canvas) for columns in range(1, shown + 1)]
        scale, columns, rows = max(options)
        if scale * wide >= min(SMALLEST, wide) or shown == 1:
            break
    room = canvas.height - (1 if shown < count else 0)
    tile = min((canvas.width + GAP) // columns - GAP, max(int(wide * max(scale, 0)), 6))
    return shown, columns, max(tile, 1), max(min(room // rows, int(np.ceil(tall * max(scale, 0) / 2)) + 1), 1)


def _grid(count: int, columns: int, wide: int, tall: int, canvas: Canvas) -> tuple[float, int, int]:
    rows = -(-count // columns)
    tile = (canvas.width + GAP) // columns - GAP
    pixels = 2 * (canvas.height // rows - 1)
    return min(tile / wide, pixels / tall), columns, rows


def _bounded(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Keep floats within what can be added and subtracted: infinity is drawn as the end of the scale."""
    return np.clip(array.astype(np.float64), -LARGEST, LARGEST) if array.dtype.kind == "f" else array


def _scale(array: NDArray[np.generic], kind: Palette, low: float | None, high: float | None) -> tuple[float, float]:
    """Find the ends of the scale of the finite values."""
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


def _draw_image(
    canvas: Canvas,
    array: NDArray[np.generic],
    box: tuple[int, int, int, int],
    kind: Palette,
    scale: tuple[float, float],
) -> None:
    """Draw one image into a box (row, column, width, height)."""
    top, left, wide, tall = box
    if array.ndim < 2 or not array.size or wide < 1 or tall < 1:
        return
    characters = not canvas.look.pixels
    zoom = min(wide / array.shape[1], 2 * tall / array.shape[0])
    columns, rows = max(1, int(array.shape[1] * zoom)), max(1, int(array.shape[0] * zoom))
    rows = max(1, rows // 2) if characters else rows
    pixels = resample(_bounded(array), rows, columns)
    cells = rows if characters else -(-rows // 2)
    row, column = top + (tall - cells) // 2, left + (wide - columns) // 2
    area = slice(row, row + cells), slice(column, column + columns)
    if characters:
        canvas.chars[area] = _characters(pixels, kind, scale)
    else:
        colours = _colours(pixels, kind, scale, canvas.look)
        canvas.chars[area], canvas.foregrounds[area], canvas.backgrounds[area] = halves(colours)


def resample(array: NDArray[np.generic], rows: int, columns: int) -> Values:
    """Bring [H, W] or [H, W, 3] to another size: nearest up, mean of the area down."""
    values = np.asarray(array, dtype=np.float64)
    for axis, count in ((0, rows), (1, columns)):
        size = values.shape[axis]
        if count < size:
            starts = np.arange(count) * size // count
            shape = [-1 if axis == i else 1 for i in range(values.ndim)]
            widths = np.diff(np.append(starts, size)).reshape(shape)
            values = np.add.reduceat(values, starts, axis=axis) / widths
        elif count > size:
            values = values.take((np.arange(count) * size) // count, axis=axis)
    return values


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


def _shares(pixels: Values, kind: Palette, scale: tuple[float, float]) -> Values:
    """Bring values to 0..1, or to -1..1 on a diverging scale."""
    low, high = scale
    with np.errstate(over="ignore"):  # what lies far beyond the scale is its end
        if kind == "diverging":
            return pixels / (high or 1.0)
        return (pixels - low) / ((high - low) or 1.0)


def _colours(pixels: Values, kind: Palette, scale: tuple[float, float], look: Look) -> Colours:
    if pixels.ndim == 3:
        return palette.rgb(np.clip(pixels, 0, 255).astype(np.uint8))
    shares = _shares(pixels, kind, scale)
    return palette.diverging(shares, look.dark, look.depth) if kind == "diverging" else palette.sequential(shares)


def _characters(pixels: Values, kind: Palette, scale: tuple[float, float]) -> Chars:
    if pixels.ndim == 3:
        pixels = pixels.mean(axis=2)
    shares = _shares(pixels, kind, scale)
    if kind == "sequential":
        return np.array(list(palette.RAMP))[palette.levels(shares, len(palette.RAMP))]
    steps = palette.levels(np.abs(shares), len(palette.ABOVE))
    return np.where(shares < 0, np.array(list(palette.BELOW))[steps], np.array(list(palette.ABOVE))[steps])
