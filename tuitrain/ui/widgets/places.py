"""The line of runs that wait as a list to choose from. It must not know what is done with them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tuitrain.drawing.text import duration
from tuitrain.runs.compare import telling
from tuitrain.runs.entry import Entry, written
from tuitrain.runs.roster import CUT_OFF, Place
from tuitrain.ui.roll import brief, epoch
from tuitrain.ui.signs import sign
from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.canvas import MUTED, note
from tuitrain.ui.widgets.entries import LIVE
from tuitrain.ui.widgets.listing import CHOSEN_DARK, CHOSEN_LIGHT, PLAIN, Column, line, table

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

SETTINGS = 2  # columns for what differs
LOOKED_AT = 100  # runs in which these are looked for
TOLD = ("training.epochs", "training.device")  # which have columns of their own
EDGE = 3  # cells of the sign of a state


class Places(Browser, inherit_bindings=False):
    """A line for each run, in their order; the cursor stays on its run when that moves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 'row')", "up", id="places-up", show=False, tooltip="The run above"),
        Binding("down,j", "move(1, 'row')", "down", id="places-down", show=False, tooltip="The run below"),
        Binding("pageup", "move(-1, 'page')", "page up", id="places-page-up", show=False, tooltip="A page up"),
        Binding("pagedown", "move(1, 'page')", "page down", id="places-page-down", show=False, tooltip="A page down"),
        Binding("home", "move(-1, 'all')", "first", id="places-first", show=False, tooltip="The first run"),
        Binding("end", "move(1, 'all')", "last", id="places-last", show=False, tooltip="The last run"),
    ]

    rows: reactive[Sequence[Place]] = reactive[Sequence[Place]]((), init=False)
    waiting: reactive[str] = reactive("", init=False)
    """What stands there where there is no run."""

    class Moved(Message):
        """Another run is under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._first = 0

    @property
    def count(self) -> int:
        """How many runs there are."""
        return len(self.rows)

    @property
    def layout_shown(self) -> tuple[int, int]:
        """One in a row; a page is what is seen."""
        return 1, max(self.size.height - 2, 1)

    @property
    def chosen(self) -> Place | None:
        """The run under the cursor."""
        return self.rows[self.place] if self.place < len(self.rows) else None

    def watch_rows(self, before: Sequence[Place], rows: Sequence[Place]) -> None:
        """Keep the cursor on its run, wherever that is now; where it is gone at its place."""
        kept = before[self.place].run if self.place < len(before) else None
        place = next((number for number, row in enumerate(rows) if row.run == kept), self.place)
        self.set_reactive(Places.place, max(0, min(place, len(rows) - 1)))
        self.redraw()

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_place(self) -> None:
        """Show the cursor, and say that it moved."""
        self.redraw()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Choose a run."""
        event.stop()
        inside = event.get_content_offset(self)
        if inside is not None and 0 < inside.y <= self.count - self._first:
            self.place = self._first + inside.y - 1

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the titles and the runs around the cursor."""
        self.border_subtitle = None
        if not self.rows:
            return note(self.waiting, width, height)
        room = max(height - 1, 1)
        self._first = min(max(self._first, self.place - room + 1, 0), self.place, max(self.count - room, 0))
        title, *words = table(_columns(self.rows), width - EDGE - 2)
        lines = [[Segment(" " * EDGE), *line(title, width - EDGE, MUTED)]]
        last = min(self._first + room, self.count)
        seen = range(self._first, last)
        lines += [self._line(self.rows[each], words[each], width, each == self.place) for each in seen]
        if last - self._first < self.count:
            self.border_subtitle = f"{self._first + 1:,} to {last:,} of {self.count:,}"
        return (lines + [line("", width)] * height)[:height]

    def _line(self, row: Place, words: str, width: int, chosen: bool) -> list[Segment]:
        first = Segment(f" {sign('lost' if row.state == CUT_OFF else row.state)} ", LIVE if row.lane else PLAIN)
        lit = (CHOSEN_DARK if self.look.dark else CHOSEN_LIGHT) if chosen else PLAIN
        return [Segment(text, (style or Style()) + lit) for text, style, *_ in [first, *line(words, width - EDGE)]]


def _columns(rows: Sequence[Place]) -> list[Column]:
    """Return what is said of the runs in words, also in which settings they differ; what says nothing is left out."""
    told = [
        Column("", [str(row.number) for row in rows]),
        Column("model", [row.entry.name or row.entry.model or row.entry.id for row in rows], left=True),
        Column("dataset", [row.entry.dataset for row in rows], left=True, rank=5),
        Column("device", [row.device for row in rows], left=True, rank=4),
        Column("state", [row.state for row in rows], left=True),
        Column("done", [f"{row.entry.step / row.steps:.0%}" if row.steps else "" for row in rows], rank=2),
        Column("epoch", [_epoch(row.entry) for row in rows], rank=1),
        *_settings([row.entry for row in rows]),
        Column("left", ["" if row.left is None else duration(row.left) for row in rows], rank=6),
        Column("lane", [row.lane for row in rows], left=True, rank=3),
        Column("run", [row.entry.id for row in rows], left=True, rank=7),
    ]
    return [column for column in told if any(column.words)]


def _epoch(entry: Entry) -> str:
    """Return how far a run is, before it began of how many epochs it will be; nothing where steps are counted."""
    settings = entry.settings
    planned = 0 if settings.get("training.steps") else settings.get("training.epochs", 0)
    return epoch(entry) or (f"0/{planned}" if planned else "")


def _settings(entries: Sequence[Entry]) -> list[Column]:
    """Return columns for the settings that tell these runs apart."""
    keys = [key for key in telling(entries[:LOOKED_AT], SETTINGS + len(TOLD)) if key not in TOLD][:SETTINGS]
    return [
        Column(
            key.rpartition(".")[2],
            [brief(written(entry.settings[key])) if key in entry.settings else "" for entry in entries],
            rank=2 + place,
        )
        for place, key in enumerate(keys)
    ]
