"""Heat maps: one image, or a stack of them on one scale. Must not know where the numbers come from."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import CROWDED, NOTHING, say, tell_more
from tuitrain.drawing.pixels import LARGEST, Palette, extent, paint
from tuitrain.drawing.text import label

GAP = 2
SMALLEST = 8
"""Images are not drawn narrower than this many cells while fewer of them would fit better."""
LEAST = 6
"""Nor are those of fewer pixels, which are enlarged."""


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
    paint(canvas, array, (0, 0, canvas.width, canvas.height), palette, extent(array, palette, low, high))
    return canvas.lines()


def images(
    stack: ArrayLike,
    titles: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    palette: Palette = "sequential",
    first: int = 0,
) -> Lines:
    """Draw as many of [N, H, W] images as fit, from `first` on, each below its title, on one scale.

    [N, H, W, 3] bytes are in colour. Colour filters, [N, 3, H, W] of any numbers, are so too, the smallest of
    all their weights 0 and the largest 255. Images of few pixels are enlarged by whole factors.
    """
    array = _in_colour(np.asarray(stack))
    canvas = Canvas(width, height, look)
    if array.ndim < 3 or not array.size or canvas.width < 1 or canvas.height < 2:
        say(canvas, CROWDED if array.ndim >= 3 and array.size else NOTHING)
        return canvas.lines()
    count, columns, tile, tall = _tile(len(array), array.shape[2], array.shape[1], canvas.width, canvas.height)
    scale = extent(array, palette)
    first = max(min(first, len(array) - 1), 0)
    part = range(first, min(first + count, len(array)))
    for index in part:
        row, column = divmod(index - first, columns)
        top, left = row * tall, column * (tile + GAP)
        _draw_title(canvas, top, left, tile, titles[index] if index < len(titles) else "")
        paint(canvas, array[index], (top + 1, left, tile, tall - 1), palette, scale)
    tell_more(canvas, len(array) - len(part))
    return canvas.lines()


def fitting(stack: ArrayLike, width: int, height: int) -> tuple[int, int]:
    """Tell how many of these images are drawn at this size, and in how many columns."""
    array = _in_colour(np.asarray(stack))
    if array.ndim < 3 or not array.size or width < 1 or height < 2:
        return 0, 1
    count, columns, *_ = _tile(len(array), array.shape[2], array.shape[1], width, height)
    return count, columns


def _in_colour(stack: NDArray[np.generic]) -> NDArray[np.generic]:
    """Bring [N, 3, H, W] filters to [N, H, W, 3] of 0..255; leave the rest as it is."""
    if stack.ndim != 4 or stack.shape[1] != 3 or (stack.shape[3] == 3 and stack.dtype == np.uint8):
        return stack
    values = np.clip(stack.astype(np.float64), -LARGEST, LARGEST).transpose(0, 2, 3, 1)
    low, high = extent(values, "sequential")
    return (values - low) / ((high - low) or 1.0) * 255


def _draw_title(canvas: Canvas, row: int, left: int, width: int, title: str) -> None:
    text = label(title, width, canvas.look)
    canvas.write(row, left + (width - len(text)) // 2, text, _grey(canvas.look))


def _grey(look: Look) -> int:
    return palette.grey(look.dark)


@lru_cache(maxsize=64)
def _tile(count: int, wide: int, tall: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Choose how many images to draw, in how many columns, and the width and height of a tile in cells."""
    most = max((width + GAP) // (LEAST + GAP), 1) * max(height // 2, 1)
    for shown in range(min(count, most), 0, -1):
        room = height - (1 if shown < count and height > 2 else 0)
        scale, columns, rows = max(_grid(shown, at, (wide, tall), (width, room)) for at in range(1, shown + 1))
        if scale * wide >= min(SMALLEST, max(wide, LEAST)):
            break
    scale = float(int(scale)) if scale >= 2 else max(scale, 0.0)
    tile = min((width + GAP) // columns - GAP, max(int(wide * scale), LEAST))
    return shown, columns, max(tile, 1), max(min(room // rows, int(np.ceil(tall * scale / 2)) + 1), 1)


def _grid(count: int, columns: int, size: tuple[int, int], room: tuple[int, int]) -> tuple[float, int, int]:
    """Give the scale at which so many images fit, and their columns and rows."""
    rows = -(-count // columns)
    tile = (room[0] + GAP) // columns - GAP
    pixels = 2 * (room[1] // rows - 1)
    return min(tile / size[0], pixels / size[1]), columns, rows
