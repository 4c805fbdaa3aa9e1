"""Upright lines over a plot: marks with words, and the crosshair. Must not know what they stand for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.axes import Frame
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.text import label


class Mark(NamedTuple):
    """An upright line at x, with words beside it; quiet without a colour of its own."""

    x: float
    label: str = ""
    colour: str = ""


class Cross(NamedTuple):
    """An upright line at x, and the points (x, y, colour) to which it draws the eye."""

    x: float
    points: Sequence[tuple[float, float, str]] = ()


def draw_marks(canvas: Canvas, frame: Frame, marks: Sequence[Mark]) -> None:
    """Draw the upright lines, with a foot on the axis."""
    signs = ":^" if canvas.look.ascii else "┊▲"
    for mark in marks:
        _upright(canvas, frame, mark.x, signs, _colour(mark, canvas))


def draw_cross(canvas: Canvas, frame: Frame, cross: Cross, held: NDArray[np.bool_]) -> None:
    """Draw the crosshair but for the cells that are held, [height, width], and a sign over each point of it."""
    place = np.s_[: frame.height, frame.left : frame.left + frame.width]
    chars, colours = canvas.chars[place].copy(), canvas.foregrounds[place].copy()
    _upright(canvas, frame, cross.x, "|^" if canvas.look.ascii else "│▲", 0xC8CED6 if canvas.look.dark else 0x30363C)
    canvas.chars[place][held] = chars[held]
    canvas.foregrounds[place][held] = colours[held]
    for x, y, own in cross.points:
        cell = frame.cell(x, y)
        if cell:
            canvas.write(cell[0], frame.left + cell[1], "O" if canvas.look.ascii else "◉", palette.pack(own))


def _upright(canvas: Canvas, frame: Frame, x: float, signs: str, colour: int) -> None:
    place = frame.cell(x, frame.y[0])
    if place is None:
        return
    column = frame.left + place[1]
    for row in range(frame.height):
        canvas.write(row, column, signs[0], colour)
    if frame.axes:
        canvas.write(frame.height, column, signs[1], colour)


def name_marks(canvas: Canvas, frame: Frame, marks: Sequence[Mark]) -> None:
    """Write the words of each mark beside it, in the highest row where they cover least.

    Words that could stand only on those of another mark are left out.
    """
    words = np.zeros(canvas.chars.shape, dtype=np.bool_)
    for mark in marks:
        place = frame.cell(mark.x, frame.y[0])
        text = label(mark.label, max(frame.width // 2 - 1, 0), canvas.look)
        if place is None or not text:
            continue
        column, long = frame.left + place[1], cell_len(text)
        starts = [start for start in (column + 1, column - long) if frame.left <= start <= canvas.width - long]
        spots = [(row, slice(start, start + long)) for row in range(frame.height) for start in starts]
        covered = [(int(words[spot].sum()), int((canvas.chars[spot] != " ").sum())) for spot in spots]
        if not covered or min(covered)[0]:
            continue
        row, area = spots[covered.index(min(covered))]
        words[row, area] = True
        canvas.write(row, area.start, text, _colour(mark, canvas))


def _colour(mark: Mark, canvas: Canvas) -> int:
    return palette.pack(mark.colour) if mark.colour else palette.grey(canvas.look.dark)
