"""The list of all runs: one line each, however many there are, for only what is seen is drawn.

It must not know where runs come from, nor what is done with them.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tuitrain.drawing.text import clean, shorten
from tuitrain.runs.entry import Entry
from tuitrain.ui.roll import Column, Mark
from tuitrain.ui.signs import sign
from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.canvas import MUTED, note
from tuitrain.ui.widgets.listing import CHOSEN_DARK, CHOSEN_LIGHT, GAP, PLAIN, SHORTEST

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

EDGE = 6  # cells of mark and state, and what is free around them
WEIGHED = 300  # runs whose words say how wide the columns are; those seen may widen them
LONGEST = 32  # cells that a word takes at most
LIVE, FAILED = Style(color="#0f9f76"), Style(color="#e5675b")
TITLE = Style(bold=True)
UP, DOWN = "▲", "▼"


class Entries(Browser, inherit_bindings=False):
    """Lines to choose from and to mark. The screen says which columns there are and what the order is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 'row')", "up", id="entries-up", show=False, tooltip="The run above"),
        Binding("down,j", "move(1, 'row')", "down", id="entries-down", show=False, tooltip="The run below"),
        Binding("pageup", "move(-1, 'page')", "page up", id="entries-page-up", show=False, tooltip="A page up"),
        Binding("pagedown", "move(1, 'page')", "page down", id="entries-page-down", show=False, tooltip="A page down"),
        Binding("home", "move(-1, 'all')", "first", id="entries-first", show=False, tooltip="The first run"),
        Binding("end", "move(1, 'all')", "last", id="entries-last", show=False, tooltip="The last run"),
        Binding("enter", "open", "open", key_display="enter", id="entries-open", tooltip="Open the marked ones"),
        Binding("space", "mark", "mark", id="entries-mark", tooltip="Mark the run, or take its mark away"),
    ]

    order: reactive[tuple[str, bool]] = reactive(("age", True), init=False)
    """The column that is sorted by, and whether the last comes first."""
    marks: reactive[Mapping[str, Mark]] = reactive[Mapping[str, Mark]]({}, init=False)
    """The marked runs, by id, with how their curves are drawn."""
    waiting: reactive[str] = reactive("", init=False)
    """What stands there where there is no run."""

    class Moved(Message):
        """Another run is under the cursor."""

    class Opened(Message):
        """The cursor's run, or the marked ones, are to be opened."""

    class Marked(Message):
        """A run is to be marked, or not any more."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Sorted(Message):
        """A person clicked on the title of a column."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.columns: Sequence[Column] = ()
        self.rows: Sequence[Entry] = ()
        self._first = 0
        self._least: list[int] = []
        self._fitted: list[tuple[Column, int]] = []

    @property
    def count(self) -> int:
        """How many runs there are."""
        return len(self.rows)

    @property
    def layout_shown(self) -> tuple[int, int]:
        """One in a row; a page is what is seen."""
        return 1, max(self.size.height - 2, 1)

    @property
    def chosen(self) -> Entry | None:
        """The run under the cursor."""
        return self.rows[self.place] if self.place < len(self.rows) else None

    @property
    def titles(self) -> list[str]:
        """The keys of the columns for which there was room."""
        return [column.key for column, _ in self._fitted]

    def show(self, columns: Sequence[Column], rows: Sequence[Entry]) -> None:
        """Show these runs; the cursor stays on its run wherever that is now, where it is gone at its place."""
        before = self.chosen
        kept = before.id if before else ""
        self.columns, self.rows, self._least = columns, rows, []
        place = next((number for number, entry in enumerate(rows) if entry.id == kept), self.place)
        self.set_reactive(Entries.place, max(0, min(place, len(rows) - 1)))
        self.redraw()

    def watch_order(self) -> None:
        """Show what is sorted by."""
        self.redraw()

    def watch_marks(self) -> None:
        """Show the marks."""
        self.redraw()

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_place(self) -> None:
        """Show the cursor, and say that it moved."""
        self.redraw()
        self.post_message(self.Moved())

    def action_open(self) -> None:
        """Say that the run, or the marked ones, are to be opened."""
        self.post_message(self.Opened())

    def action_mark(self) -> None:
        """Mark the run and go on to the next one."""
        if self.chosen:
            self.post_message(self.Marked(self.chosen.id))
            self.place += 1

    def on_click(self, event: events.Click) -> None:
        """Choose a run, mark it at its edge, open it with the second click; on a title sort by it."""
        event.stop()
        inside = event.get_content_offset(self)
        if inside is None:
            return
        if inside.y == 0:
            self._click_title(inside.x)
        elif self._first + inside.y <= len(self.rows):
            self.place = self._first + inside.y - 1
            if inside.x < EDGE - 2 and self.chosen:
                self.post_message(self.Marked(self.chosen.id))
            elif event.chain > 1:
                self.action_open()

    def _click_title(self, x: int) -> None:
        ends = accumulate((width + GAP for _, width in self._fitted), initial=EDGE)
        starts = list(ends)
        for start, (column, width) in zip(starts, self._fitted, strict=False):
            if start <= x < start + width + GAP:
                self.post_message(self.Sorted(column.key))

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the titles and the runs around the cursor."""
        if not self.rows:
            self.border_subtitle = None
            return note(self.waiting, width, height)
        room = max(height - 1, 1)
        self._first = min(max(self._first, self.place - room + 1, 0), self.place, max(len(self.rows) - room, 0))
        seen = self.rows[self._first : self._first + room]
        words = [[clean(column.word(entry)) for column in self.columns] for entry in seen]
        self._fitted = self._fit(words, width - EDGE - 1)
        lines = [self._titles(width)]
        for number, (entry, row) in enumerate(zip(seen, words, strict=True), self._first):
            lines.append(self._line(entry, row, width, number == self.place))
        last = self._first + len(seen)
        self.border_subtitle = f"{self._first + 1:,} to {last:,} of {self.count:,}" if len(seen) < self.count else None
        blank = [Segment(" " * width)]
        return (lines + [blank] * height)[:height]

    def _fit(self, words: Sequence[Sequence[str]], room: int) -> list[tuple[Column, int]]:
        """Return the columns for which there is room and how wide they are."""
        if not self._least:
            self._least = [self._measure(column) for column in self.columns]
        seen = zip(self.columns, self._least, zip(*words, strict=True), strict=True)
        shown = [
            (column, min(max(least, *map(cell_len, told)), LONGEST))
            for column, least, told in seen
            if least or any(told)
        ]
        while _width(shown) > room and any(column.rank for column, _ in shown):
            shown.remove(max(shown, key=lambda pair: pair[0].rank))
        excess, fitted = max(_width(shown) - room, 0), []
        for column, width in shown:
            less = min(excess, max(width - SHORTEST, 0)) if column.left else 0
            excess -= less
            fitted.append((column, width - less))
        return fitted

    def _measure(self, column: Column) -> int:
        """Return how many cells title and words take, 0 where no run has anything to say."""
        longest = max((cell_len(clean(column.word(entry))) for entry in self.rows[:WEIGHED]), default=0)
        return max(longest, cell_len(clean(column.title)) + 2) if longest else 0

    def _titles(self, width: int) -> list[Segment]:
        key, backwards = self.order
        segments = [Segment(" " * EDGE)]
        for column, cells in self._fitted:
            mine = column.key == key
            name = clean(column.title)
            title = f"{name} {DOWN if backwards else UP}" if mine else name
            segments.append(Segment(_padded(title, column, cells), TITLE if mine else MUTED))
        return Segment.adjust_line_length(segments, width)

    def _line(self, entry: Entry, words: Sequence[str], width: int, chosen: bool) -> list[Segment]:
        told = dict(zip((column.key for column in self.columns), words, strict=True))
        mark = self.marks.get(entry.id)
        state = LIVE if entry.live else PLAIN if entry.state in ("finished", "stopped") else FAILED
        segments = [
            Segment(f" {mark.sign if mark else ' '} ", Style(color=mark.colour) if mark else PLAIN),
            Segment(f"{sign(entry.state)}  ", state),
            *(Segment(_padded(told[column.key], column, cells)) for column, cells in self._fitted),
        ]
        lit = (CHOSEN_DARK if self.look.dark else CHOSEN_LIGHT) if chosen else PLAIN
        return [
            Segment(text, (style or PLAIN) + lit) for text, style, *_ in Segment.adjust_line_length(segments, width)
        ]


def _width(columns: Sequence[tuple[Column, int]]) -> int:
    return sum(width + GAP for _, width in columns) - GAP


def _padded(word: str, column: Column, cells: int) -> str:
    text = shorten(word, cells)
    blank = " " * (cells - cell_len(text))
    return (text + blank if column.left else blank + text) + " " * GAP
