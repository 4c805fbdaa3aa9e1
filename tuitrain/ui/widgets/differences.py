"""The settings in which runs differ: a line for each, a column for each run. It knows words only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive

from tuitrain.drawing.text import clean, shorten
from tuitrain.runs.compare import Difference
from tuitrain.ui.roll import Mark
from tuitrain.ui.widgets.canvas import MUTED, Canvas, note
from tuitrain.ui.widgets.listing import GAP, PLAIN, line

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

NARROWEST, WIDEST = 6, 24  # cells of a run's column


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the column of a run: its name, how its curves are drawn, whether the cursor is on it."""

    name: str
    mark: Mark
    front: bool = False


class Differences(Canvas):
    """As many runs as there is room for, the one under the cursor among them; J and K bring the lines below."""

    waiting: reactive[str] = reactive("", init=False)
    """What stands there where nothing differs."""
    first: reactive[int] = reactive(0, init=False)
    """The line that is shown first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.heads: Sequence[Head] = ()
        self.rows: Sequence[Difference] = ()

    def show(self, heads: Sequence[Head], rows: Sequence[Difference]) -> None:
        """Show these values, one of each row for each head."""
        if [row.key for row in rows] != [row.key for row in self.rows]:
            self.set_reactive(Differences.first, 0)
        self.heads, self.rows = heads, rows
        self.redraw()

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_first(self) -> None:
        """Show other lines."""
        self.redraw()

    def validate_first(self, first: int) -> int:
        """Stay where there are lines."""
        return max(0, min(first, len(self.rows) - max(self.size.height - 1, 1)))

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the table; what has no room is told in the title."""
        if not self.rows:
            self.border_subtitle = None
            return note(self.waiting, width, height)
        seen = self.rows[self.first : self.first + height - 1]
        keys = [clean(row.key) for row in seen]
        left = max([cell_len("setting"), *map(cell_len, keys)])
        left = min(left, max(width // 2, NARROWEST))
        places, cells = self._room(width - left - 2)
        heads = [self.heads[place] for place in places]
        lines = [_row("setting", left, _heads(heads, cells), width)]
        for key, row in zip(keys, seen, strict=True):
            lines.append(_row(key, left, _values([row.values[place] or "-" for place in places], cells), width))
        self.border_subtitle = self._left_out(places, len(seen))
        return (lines + [line("", width)] * height)[:height]

    def _room(self, width: int) -> tuple[range, int]:
        """Return which runs are shown and in how many cells each."""
        words = [head.name for head in self.heads] + [value for row in self.rows for value in row.values]
        cells = max(NARROWEST, min(WIDEST, 2 + max(cell_len(clean(word)) for word in words)))
        several = max(1, width // (cells + GAP))
        if several < len(self.heads):
            cells = max(NARROWEST, min(cells, width // min(len(self.heads), max(several, 2)) - GAP))
            several = max(1, width // (cells + GAP))
        front = next((place for place, head in enumerate(self.heads) if head.front), 0)
        first = max(0, min(front - several // 2, len(self.heads) - several))
        return range(first, min(first + several, len(self.heads))), cells

    def _left_out(self, places: range, seen: int) -> str | None:
        told = []
        if seen < len(self.rows):
            told.append(f"{self.first + 1} to {self.first + seen} of {len(self.rows)}: J K")
        if len(places) < len(self.heads):
            told.append(f"runs {places[0] + 1} to {places[-1] + 1} of {len(self.heads)}")
        return "  ".join(told) or None


def _heads(heads: Sequence[Head], cells: int) -> list[Segment]:
    """Return the names of the runs behind their marks, right-aligned as the values below them."""
    segments = []
    for head in heads:
        text = shorten(clean(head.name), cells - 2)
        blank = " " * (cells - cell_len(text) - 2 + GAP)
        segments.append(Segment(f"{blank}{head.mark.sign} ", Style(color=head.mark.colour)))
        segments.append(Segment(text, Style(bold=True) if head.front else PLAIN))
    return segments


def _values(words: Sequence[str], cells: int) -> list[Segment]:
    texts = [shorten(clean(word), cells) for word in words]
    return [Segment("".join(" " * (cells - cell_len(text) + GAP) + text for text in texts))]


def _row(key: str, left: int, segments: Sequence[Segment], width: int) -> list[Segment]:
    """Return a line of just so many cells."""
    name = shorten(key, left)
    told = [Segment(f" {name}{' ' * (left - cell_len(name))}", MUTED), *segments]
    return Segment.adjust_line_length(told, width)
