"""Tables of words as lines of cells: columns that give way where it is narrow, rows around the one that is chosen.

It must not know what they say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tuitrain.drawing.look import Look
from tuitrain.drawing.text import clean, shorten
from tuitrain.ui.widgets.canvas import MUTED

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

GAP = 2
SHORTEST = 8  # cells to which a name is cut
PLAIN = Style()
CHOSEN_DARK, CHOSEN_LIGHT = Style(bgcolor="#1f3d57", bold=True), Style(bgcolor="#c4dcf2", bold=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A title and a word for each row; where it is narrow the columns of the highest rank go first, 0 never."""

    title: str
    words: Sequence[str]
    left: bool = False
    rank: int = 0

    @property
    def width(self) -> int:
        """How many cells the longest word takes."""
        return max(map(cell_len, (self.title, *self.words)))


def table(columns: Sequence[Column], width: int) -> list[str]:
    """Return the heading and a line for each row, in at most `width` cells as far as columns can go."""
    shown = [_cleaned(column) for column in columns]
    while _width(shown) > width and any(column.rank for column in shown):
        last = max(shown, key=lambda column: column.rank)
        shown = [column for column in shown if column is not last]
    excess = _width(shown) - width
    widths = [
        max(min(SHORTEST, column.width), column.width - excess) if excess > 0 and column.left else column.width
        for column in shown
    ]
    rows = zip(*([column.title, *column.words] for column in shown), strict=True)
    return ["".join(_padded(row, shown, widths)) for row in rows]


def _cleaned(column: Column) -> Column:
    return Column(column.title, [clean(word) for word in column.words], column.left, column.rank)


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width + GAP for column in columns) - GAP


def _padded(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    for number, (word, column, width) in enumerate(zip(row, columns, widths, strict=True)):
        text = shorten(word, width)
        blank = " " * (width - cell_len(text))
        yield " " * (GAP if number else 0) + (text + blank if column.left else blank + text)


def listed(rows: Sequence[str], chosen: int | None, width: int, height: int, look: Look, *, around: int = 0) -> "Lines":
    """Return the heading, `rows[0]`, and below it the rows around the chosen one (from 0), as many as there is room.

    Where none is chosen they are those around `around`. Where some are left out the last line says which are shown.
    """
    count, room = len(rows) - 1, max(height - 1, 0)
    if count > room:
        room = max(room - 1, 0)
    first = min(max((around if chosen is None else chosen) - room // 2, 0), max(count - room, 0))
    lines = [line(rows[0], width, MUTED)]
    for number in range(first, min(first + room, count)):
        mark = CHOSEN_DARK if look.dark else CHOSEN_LIGHT
        lines.append(line(rows[number + 1], width, mark if number == chosen else PLAIN))
    if count > room:
        lines.append(line(f"{first + 1:,} to {first + room:,} of {count:,}", width, MUTED))
    return (lines + [line("", width)] * height)[:height]


def line(text: str, width: int, style: Style = PLAIN) -> list[Segment]:
    """Return text as a line of so many cells, a cell free at either side where there is room."""
    return [Segment(set_cell_size(f" {text}", width), style)] if width > 0 else []


def beside(left: "Lines", right: "Lines") -> "Lines":
    """Return two drawings of equal height side by side."""
    return [[*a, *b] for a, b in zip(left, right, strict=True)]
