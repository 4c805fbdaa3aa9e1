"""Confusion matrices, rows true and columns predicted. Must not know how they were counted."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import tell_more
from tuitrain.drawing.text import label

STEPS = len(palette.RAMP)
RIGHT, WRONG = palette.pack("#2f8fdf"), palette.pack("#e07a1a")
PAPER_DARK, PAPER_LIGHT = 0x16191E, 0xF2F3F4
WIDEST = 9
"""A cell of the matrix is at most this wide."""


class Layout(NamedTuple):
    """Where the matrix lies: rows above, cells left of it, the size of its cells, how many are shown."""

    top: int
    left: int
    wide: int
    tall: int
    rows: int
    columns: int


def matrix(counts: ArrayLike, labels: Sequence[str], width: int, height: int, look: Look) -> Lines:
    """Draw [C, D] counts, rows true, columns predicted, shaded by their share of the row.

    The diagonal is blue, mistakes are orange; with few colours the diagonal stands in brackets. Counts are
    printed where they fit. Classes that do not fit are counted in the last line. Negative and unknown
    counts are 0.
    """
    canvas = Canvas(width, height, look)
    table = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    table = np.where(np.isfinite(table), np.clip(table, 0, 1e15), 0)
    if not table.size or canvas.width < 1 or canvas.height < 1:
        return canvas.lines()
    names = [_name(labels, index, look) for index in range(max(table.shape))]
    layout = _layout(table.shape, names, canvas)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9)
    # Roots: a few mistakes among hundreds of hits must be seen.
    steps = palette.levels(np.sqrt(shares), STEPS).tolist()
    _draw_names(canvas, layout, names)
    for row in range(layout.rows):
        for column in range(layout.columns):
            _draw_cell(canvas, layout, (row, column), float(table[row, column]), steps[row][column])
    hidden = max(table.shape[0] - layout.rows, table.shape[1] - layout.columns)
    tell_more(canvas, hidden, left=True)
    return canvas.lines()


def _name(labels: Sequence[str], index: int, look: Look) -> str:
    """Give the name of a class fit for a narrow column; its number where it has none."""
    return label(labels[index] if index < len(labels) else str(index), 12, look)


def _layout(shape: tuple[int, ...], names: Sequence[str], canvas: Canvas) -> Layout:
    longest = max(map(cell_len, names))
    left = min(longest, max(canvas.width // 5, 1)) + 1 if canvas.width >= 8 else 0
    top = 2 if canvas.height >= shape[0] + 2 else 1 if canvas.height >= 3 else 0
    wide = min(max((canvas.width - left) // shape[1], 1), WIDEST)
    columns = min(shape[1], canvas.width - left)
    rows = min(shape[0], canvas.height - top)
    if rows < shape[0] or columns < shape[1]:
        rows = min(rows, max(canvas.height - top - 1, 1))
    tall = min(max((canvas.height - top) // shape[0], 1), max(1, wide // 2), 3)
    return Layout(top, left, wide, tall, rows, columns)


def _draw_names(canvas: Canvas, layout: Layout, names: Sequence[str]) -> None:
    grey, look = palette.grey(canvas.look.dark), canvas.look
    if layout.top == 2:
        down, across = ("v", ">") if look.ascii else ("↓", "→")
        canvas.write(0, layout.left, label(f"true {down}  predicted {across}", canvas.width - layout.left, look), grey)
    for column in range(layout.columns if layout.top else 0):
        text = label(names[column], layout.wide - 1, look) if layout.wide > 2 else names[column]
        if cell_len(text) > layout.wide:
            continue
        start = layout.left + column * layout.wide + (layout.wide - cell_len(text)) // 2
        canvas.write(layout.top - 1, start, text, grey)
    for row in range(layout.rows if layout.left else 0):
        text = label(names[row], layout.left - 1, look)
        line = layout.top + row * layout.tall + layout.tall // 2
        canvas.write(line, layout.left - 1 - cell_len(text), text, grey)


def _draw_cell(canvas: Canvas, layout: Layout, place: tuple[int, int], count: float, step: int) -> None:
    row, column = place
    top, left = layout.top + row * layout.tall, layout.left + column * layout.wide
    text = _count(count, layout.wide - 1, canvas.look)
    if not canvas.look.pixels:
        text = _marked(text, row == column, count, step, layout.wide)
    background, foreground = _shade(step, row == column, count == 0, canvas.look)
    canvas.backgrounds[top : top + layout.tall, left : left + layout.wide] = background
    canvas.write(top + layout.tall // 2, left + (layout.wide - len(text)) // 2, text, foreground)


def _marked(text: str, right: bool, count: float, step: int, wide: int) -> str:
    """Stand in for colour: brackets on the diagonal, a character of the ramp where no count fits."""
    if not text and count > 0:
        return palette.RAMP[max(step, 1)] * wide
    return f"[{text}]" if right and text and len(text) + 2 <= wide else text


def _count(count: float, room: int, look: Look) -> str:
    """Write a count where it fits; a zero is a dot; else nothing."""
    if count == 0:
        return ("." if look.ascii else "·") if room > 0 else ""
    text = f"{count:.0f}" if count == round(count) else f"{count:.2f}"
    return text if len(text) <= room else ""


@lru_cache(maxsize=256)
def _shade(step: int, right: bool, zero: bool, look: Look) -> tuple[int, int]:
    """Choose the background of a cell and a foreground that reads on it."""
    paper = PAPER_DARK if look.dark else PAPER_LIGHT
    background = paper if zero else palette.mix(paper, RIGHT if right else WRONG, (step + 1) / STEPS)
    if zero:
        return background, palette.faint(look.dark)
    return background, 0x101214 if palette.brightness(background) > 0.18 else 0xF4F6F8
