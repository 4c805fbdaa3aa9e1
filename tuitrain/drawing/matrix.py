"""Confusion matrices, rows true and columns predicted. Must not know how they were counted."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import NONE, Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.names import distinct
from tuitrain.drawing.notes import tell_more
from tuitrain.drawing.text import label

STEPS = len(palette.RAMP)
RIGHT, WRONG = palette.pack("#2f8fdf"), palette.pack("#e07a1a")
PAPER_DARK, PAPER_LIGHT = 0x16191E, 0xF2F3F4
WIDEST = 9
"""A cell of the matrix is at most this wide."""
NAMED, COUNTED = 6, 4
"""Where the matrix scrolls, a column holds so many cells of a name, and of a number."""
ARROWED = 12
"""From this width on a column is kept for arrows towards what is out of sight."""
UNITS = ((1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))
Table = NDArray[np.float64]


class Layout(NamedTuple):
    """Where the matrix lies: lines above, cells left of it, the size of its cells, the rows and columns shown."""

    top: int
    left: int
    wide: int
    tall: int
    rows: range
    columns: range


class Value(NamedTuple):
    """What a cell says: its number, its shade in steps, of a difference its ground, and whether it is a hit."""

    number: float
    step: int
    ground: int
    hit: bool


class Kind(NamedTuple):
    """How numbers are to be read: as counts or in percent, plain or as differences."""

    shares: bool
    change: bool


def matrix(
    counts: ArrayLike,
    labels: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    shares: bool = False,
    reference: ArrayLike | None = None,
    at: tuple[int, int] | None = None,
) -> Lines:
    """Draw [C, D] counts, rows true, columns predicted, shaded by their share of the row.

    The diagonal is blue, mistakes are orange; with few colours the diagonal stands in brackets. Numbers are printed
    where they fit: counts, or with `shares` percent of the row. With a `reference` [C, D] they are what was added to
    it, with their signs, on a diverging scale. Negative and unknown counts are 0.

    Without `at` all classes are pressed into the room, and those that have none are counted in the last line. With
    `at`, the first row and column to show, cells are wide enough to be read and as many as fit are shown.
    """
    canvas = Canvas(width, height, look)
    table = _counted(counts)
    if not table.size or canvas.width < 1 or canvas.height < 1:
        return canvas.lines()
    places = layout(table, labels, canvas.width, canvas.height, look, at=at)
    kind = Kind(shares, reference is not None)
    numbers, shades = _values(table, None if reference is None else _counted(reference), kind)
    steps = palette.levels(np.abs(shades), STEPS).tolist()
    grounds = palette.diverging(shades, look.dark, look.depth).tolist()
    _draw_names(canvas, places, _names(labels, table.shape), kind)
    texts = _texts(numbers, places, kind, look)
    field = max(map(len, texts.values()), default=0)
    for (row, column), text in texts.items():
        value = Value(float(numbers[row, column]), steps[row][column], grounds[row][column], row == column)
        place = row - places.rows.start, column - places.columns.start
        _draw_cell(canvas, places, place, value, kind, text.rjust(field))
    if at is None:
        tell_more(canvas, max(table.shape[0] - len(places.rows), table.shape[1] - len(places.columns)), left=True)
    elif canvas.width >= ARROWED:
        _draw_arrows(canvas, places, table.shape)
    return canvas.lines()


def layout(
    counts: ArrayLike,
    labels: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    at: tuple[int, int] | None = None,
) -> Layout:
    """Tell how `matrix` lays out these counts at this size, and which rows and columns it shows."""
    table = _counted(counts)
    names = [label(name, 12, look) for name in _names(labels, table.shape)]
    longest = max(map(cell_len, names), default=0)
    left = min(longest, max(width // 5, min(width // 3, NAMED), 1)) + 1 if width >= 8 else 0
    top = 2 if height >= table.shape[0] + 2 else 1 if height >= 3 else 0
    if at is None:
        return _pressed(table.shape, Layout(top, left, 1, 1, range(0), range(0)), width, height)
    digits = len(f"{table.max(initial=0):.0f}")
    least = max(min(longest, NAMED), min(max(digits, 2), COUNTED)) + 1
    rows = _part(table.shape[0], max(height - top, 1), at[0])
    hidden = len(rows) < table.shape[0] or (width - left) // least < table.shape[1]
    room = width - left - (hidden and width >= ARROWED)
    columns = _part(table.shape[1], max(room // least, 1), at[1])
    wide = min(max(room // max(len(columns), 1), 1), WIDEST)
    tall = _tall(wide, height - top, table.shape[0])
    return Layout(top, left, wide, tall, rows, columns)


def _pressed(shape: tuple[int, ...], start: Layout, width: int, height: int) -> Layout:
    """Lay out as many classes as there are cells."""
    wide = min(max((width - start.left) // max(shape[1], 1), 1), WIDEST)
    columns, rows = min(shape[1], width - start.left), min(shape[0], height - start.top)
    if rows < shape[0] or columns < shape[1]:
        rows = min(rows, max(height - start.top - 1, 1))
    tall = _tall(wide, height - start.top, shape[0])
    return start._replace(wide=wide, tall=tall, rows=range(rows), columns=range(columns))


def _tall(wide: int, height: int, count: int) -> int:
    return min(max(height // max(count, 1), 1), max(1, wide // 2), 3)


def _part(count: int, room: int, start: int) -> range:
    """Choose the part of so many that begins at `start`, or the last one."""
    first = max(min(start, count - room), 0)
    return range(first, min(first + room, count))


def _counted(counts: ArrayLike) -> Table:
    table = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    found: Table = np.where(np.isfinite(table), np.clip(table, 0, 1e15), 0)
    return found


def _shares(table: Table) -> Table:
    found: Table = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9)
    return found


def _values(table: Table, reference: Table | None, kind: Kind) -> tuple[Table, Table]:
    """Return what is written and how it is shaded, by roots: a few mistakes among hundreds of hits must be seen."""
    if reference is None:
        shares = _shares(table)
        return (100 * shares if kind.shares else table), np.sqrt(shares)
    numbers = 100 * (_shares(table) - _shares(reference)) if kind.shares else table - reference
    most = float(np.abs(numbers).max(initial=0)) or 1.0
    return numbers, np.sign(numbers) * np.sqrt(np.abs(numbers) / most)


def _names(labels: Sequence[str], shape: tuple[int, ...]) -> list[str]:
    """Give the name of each class; its number where it has none."""
    return [labels[index] if index < len(labels) else str(index) for index in range(max(shape))]


def _draw_names(canvas: Canvas, places: Layout, names: Sequence[str], kind: Kind) -> None:
    grey, look = palette.grey(canvas.look.dark), canvas.look
    down, across = ("v", ">") if look.ascii else ("↓", "→")
    if places.top == 2:
        unit = ", percent of the true class" if kind.shares else ""
        text = f"true {down}  predicted {across}{unit}"
        canvas.write(0, places.left, label(text, canvas.width - places.left, look), grey)
    elif places.top and places.left > NAMED:
        canvas.write(0, 0, f"true {down}", palette.faint(look.dark))
    for column, text in zip(places.columns, _headings(places, names, look), strict=True):
        start = places.left + (column - places.columns.start) * places.wide + (places.wide - cell_len(text)) // 2
        canvas.write(places.top - 1, start, text, grey)
    if places.left:
        short = distinct(names, places.left - 1, look)
        for row in places.rows:
            line = places.top + (row - places.rows.start) * places.tall + places.tall // 2
            canvas.write(line, places.left - 1 - cell_len(short[row]), short[row], grey)


def _headings(places: Layout, names: Sequence[str], look: Look) -> list[str]:
    """Give the names above the columns that are shown; none where they would run into each other."""
    if not places.top:
        return [""] * len(places.columns)
    short = distinct(names, places.wide - 1 if places.wide > 2 else places.wide, look)
    return [short[column] if cell_len(short[column]) <= places.wide else "" for column in places.columns]


def _draw_arrows(canvas: Canvas, places: Layout, shape: tuple[int, ...]) -> None:
    """Point from the edges to rows and columns that are out of sight."""
    up, down, before, after = "^v<>" if canvas.look.ascii else "↑↓←→"
    last, right = places.top + len(places.rows) - 1, canvas.width - 1
    arrows = [
        (places.rows.start > 0, places.top, right, up),
        (places.rows.stop < shape[0], last, right, down),
        (places.columns.start > 0 and places.top > 0, places.top - 1, max(places.left - 2, 0), before),
        (places.columns.stop < shape[1] and places.top > 0, places.top - 1, right, after),
    ]
    for there, row, column, sign in arrows:
        if there:
            canvas.write(row, column, sign, palette.pack(palette.SERIES[0]))


def _texts(numbers: Table, places: Layout, kind: Kind, look: Look) -> dict[tuple[int, int], str]:
    """Write the numbers that are shown, by row and column."""
    return {
        (row, column): _written(float(numbers[row, column]), places.wide - 1, kind, look)
        for row in places.rows
        for column in places.columns
    }


def _draw_cell(  # noqa: PLR0917  where, what and how
    canvas: Canvas, places: Layout, place: tuple[int, int], value: Value, kind: Kind, text: str
) -> None:
    """Draw one cell; its text stands in the middle of the field that the texts of all cells take."""
    row, column = place
    top, left = places.top + row * places.tall, places.left + column * places.wide
    if not canvas.look.pixels:
        text = _marked(text, value, kind, places.wide)
    foreground, background = _painted(value, kind, canvas.look)
    canvas.backgrounds[top : top + places.tall, left : left + places.wide] = background
    canvas.write(top + places.tall // 2, left + (places.wide - len(text)) // 2, text, foreground)


def _marked(text: str, value: Value, kind: Kind, wide: int) -> str:
    """Stand in for colour: brackets on the diagonal, a character of the ramp where no number fits."""
    if not text.strip() and value.number:
        ramp = palette.BELOW if value.number < 0 else palette.ABOVE if kind.change else palette.RAMP
        return ramp[max(value.step * len(ramp) // STEPS, 1)] * wide
    if not (value.hit and text.strip() and len(text) + 2 <= wide):
        return text
    return f"{text[: -len(text.strip())]}[{text.strip()}]"


def _written(number: float, room: int, kind: Kind, look: Look) -> str:
    """Write a number in so many cells; a zero is a dot, and what does not fit is nothing."""
    if number == 0:
        return ("." if look.ascii else "·") if room > 0 else ""
    sign = ("+" if number > 0 else "-") if kind.change else ""
    size = abs(number)
    forms = _percents(size) if kind.shares else _sizes(size)
    return next((sign + form for form in forms if len(sign + form) <= room), "")


def _sizes(count: float) -> list[str]:
    """Write a count in full, then shorter and shorter: 12345, 12k."""
    forms = [f"{count:.0f}" if count == round(count) else f"{count:.2f}"]
    for size, unit in UNITS:
        if count >= size * 0.95:
            forms += [f"{count / size:.1f}{unit}"] * (count < 9.95 * size) + [f"{count / size:.0f}{unit}"]
    return forms


def _percents(percent: float) -> list[str]:
    """Write a percentage: 97.3, 97; what is less than a half is not nothing."""
    whole = f"{percent:.0f}" if percent >= 0.5 else "<1"
    return [f"{percent:.1f}" if 0.05 <= percent < 99.95 else whole, whole]


def _painted(value: Value, kind: Kind, look: Look) -> tuple[int, int]:
    """Choose foreground and background of a cell; sixteen colours are too few for grounds that words read on."""
    if look.depth < 8:
        blue = value.number < 0 if kind.change else value.hit
        return palette.grey(look.dark) if not value.number else RIGHT if blue else WRONG, NONE
    if not kind.change or not value.number:
        return _shade(value.step, value.hit, not value.number, look)
    return _ink(value.ground), value.ground


@lru_cache(maxsize=64)
def _ink(ground: int) -> int:
    return 0x000000 if palette.brightness(ground) > 0.18 else 0xFFFFFF


@lru_cache(maxsize=256)
def _shade(step: int, right: bool, zero: bool, look: Look) -> tuple[int, int]:
    """Choose the background of a cell and a foreground that reads on it."""
    paper = PAPER_DARK if look.dark else PAPER_LIGHT
    background = paper if zero else palette.mix(paper, RIGHT if right else WRONG, (step + 1) / STEPS)
    if zero:
        return palette.faint(look.dark), background
    return 0x101214 if palette.brightness(background) > 0.18 else 0xF4F6F8, background
