"""Horizontal bars with names and values. Must not know what is counted."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import CROWDED, NOTHING, say, tell_more
from tuitrain.drawing.text import label, number

EIGHTHS = " ▏▎▍▌▋▊▉"
INK_DARK, INK_LIGHT = 0xF0F4F8, 0x101418
NARROWEST = 8
"""Fewer cells hold no bar."""
COLUMN, GAP = 36, 3
"""Bars stand in several columns where each has this width, so far apart."""


class Bar(NamedTuple):
    """One line: its name, its value in words and as a share of the full bar, its colour, whether it is marked."""

    name: str
    value: str
    share: float
    colour: int
    marked: bool


def bars(
    values: ArrayLike,
    names: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    true: int | None = None,
    high: float | None = None,
    largest: bool = False,
    write: Callable[[float], str] = number,
    colours: Sequence[str] = palette.CLASSES,
) -> Lines:
    """Draw one bar a line: name, bar, value; the name of the bar `true` stands behind a sign.

    `high` is the value of a full bar, by default the largest; `write` turns values to words. With `largest` they
    are sorted, the largest first. Negative and unknown values have no bar. Many stand in several columns; what
    does not fit is counted in the last line, except that the bar `true` takes the last place.
    """
    canvas = Canvas(width, height, look)
    numbers = np.asarray(values, dtype=np.float64).ravel()
    if canvas.width < NARROWEST or not len(numbers) or not canvas.height:
        say(canvas, NOTHING if not len(numbers) else CROWDED)
        return canvas.lines()
    columns, rows = _columns(len(numbers), canvas.width, canvas.height)
    order = _order(numbers, columns * rows, true, largest)
    finite = numbers[np.isfinite(numbers)]
    full = high or float(finite.max(initial=0.0)) or 1.0
    shown = []
    for index in order:
        name, value = names[index] if index < len(names) else str(index), float(numbers[index])
        colour = palette.pack(colours[index % len(colours)])
        shown.append(Bar(name, write(value), value / full, colour, index == true))
    wide = (canvas.width + GAP) // columns - GAP
    for column in range(columns):
        _draw_column(canvas, column * (wide + GAP), wide, shown[column * rows : (column + 1) * rows])
    tell_more(canvas, len(numbers) - len(order), left=True)
    return canvas.lines()


def _columns(count: int, width: int, height: int) -> tuple[int, int]:
    """Choose how many columns of how many bars, a line kept for the number of those that do not fit."""
    columns = min(-(-count // height), max((width + GAP) // (COLUMN + GAP), 1))
    return columns, (height if columns * height >= count or height == 1 else height - 1)


def _order(numbers: np.ndarray, room: int, true: int | None, largest: bool) -> list[int]:
    """List the bars to draw, top down; the marked one takes the last place rather than none."""
    order = list(range(len(numbers)))
    if largest:
        order = np.argsort(-np.where(np.isfinite(numbers), numbers, -np.inf), kind="stable").tolist()
    shown = order[:room]
    if true is not None and true in order[room:]:
        shown[-1] = true
    return shown


def _draw_column(canvas: Canvas, start: int, width: int, column: Sequence[Bar]) -> None:
    """Draw bars one below the other: names to the right of their column, values to the right of theirs."""
    look, sign = canvas.look, ">" if canvas.look.ascii else "▸"
    room = max(width * 2 // 5, 1)
    texts = [label(bar.name, room, look) for bar in column]
    left = max(map(cell_len, texts), default=0) + 3
    right = max((len(bar.value) for bar in column), default=0)
    cells = width - left - right - 1
    for row, (bar, text) in enumerate(zip(column, texts, strict=True)):
        ink = INK_DARK if look.dark else INK_LIGHT
        if bar.marked:
            canvas.write(row, start, sign, ink)
        quiet = palette.grey(look.dark)
        canvas.write(row, start + left - 1 - cell_len(text), text, ink if bar.marked else quiet)
        if cells > 0:
            canvas.write(row, start + left, _strip(bar.share, cells, look), bar.colour)
        value = label(bar.value, width - left, look)
        canvas.write(row, start + width - len(value), value, ink if bar.marked else quiet)


def _strip(share: float, cells: int, look: Look) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8) if np.isfinite(share) else 0
    if look.ascii:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
