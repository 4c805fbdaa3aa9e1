"""All runs on one screen: find, mark, compare, open. It wires the book of runs to the list that shows it."""

from asyncio import Event, to_thread, wait_for
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Footer, Label, Static

from tuitrain.drawing.text import clean
from tuitrain.runs import query
from tuitrain.runs.entry import Entry
from tuitrain.runs.ledger import Book, Histories
from tuitrain.runs.query import Keys, Query
from tuitrain.runs.session import Session
from tuitrain.ui import keys, roll, tree
from tuitrain.ui.screens.comparing import Comparing
from tuitrain.ui.screens.help import Help
from tuitrain.ui.widgets.charts import Charts
from tuitrain.ui.widgets.differences import Differences
from tuitrain.ui.widgets.entries import Entries
from tuitrain.ui.widgets.filter import Ask, Filter

TICK = 1.0  # seconds between two looks at the runs
PAUSE = 0.1  # seconds that the cursor rests on a run before its journal is read
NEWEST = ("age", True)
RUNS = [
    Binding("slash", "filter", "filter", key_display="/", id="ledger-filter", tooltip="Find runs as you type"),
    Binding(
        "asterisk", "mark_all", "all", key_display="*", id="ledger-all", show=False, tooltip="Mark all shown, or none"
    ),
    Binding("tab", "stage", "panel", key_display="tab", id="ledger-panel", tooltip="The list, curves or settings"),
    Binding("b", "band", "seeds", id="ledger-band", tooltip="Mean and band of runs that differ only in their seed"),
    Binding(
        "less_than_sign",
        "sort(-1)",
        "sort",
        key_display="<",
        id="ledger-before",
        show=False,
        tooltip="Sort by the column before",
    ),
    Binding(
        "greater_than_sign",
        "sort(1)",
        "sort",
        key_display=">",
        id="ledger-after",
        show=False,
        tooltip="Sort by the next column",
    ),
    Binding("r", "reverse", "reverse", id="ledger-reverse", show=False, tooltip="The other way round"),
    Binding("t", "tag", "tag", id="ledger-tag", tooltip="Put tags on the marked runs, or take them away"),
    Binding("n", "note", "note", id="ledger-note", show=False, tooltip="A note on the run"),
    Binding("R", "rename", "rename", id="ledger-rename", show=False, tooltip="A name to show for the run"),
    Binding("delete,D", "delete", "delete", id="ledger-delete", show=False, tooltip="Delete the marked runs; asks"),
    Binding("y", "copy", "copy", id="ledger-copy", show=False, tooltip="Copy the marked ids, or the table shown"),
    Binding(
        "E",
        "export",
        "export",
        id="ledger-export",
        show=False,
        tooltip="The table and the marked curves as CSV files here",
    ),
    Binding("question_mark,f1", "help", "help", key_display="?", id="ledger-help", tooltip="All keys"),
    Binding("escape,o,q", "leave", "back", key_display="esc", id="ledger-leave", tooltip="Clear the filter; go back"),
]
CURVES = [
    Binding("left,h", "cursor(-1)", "back", id="ledger-back", show=False, tooltip="The crosshair a column back"),
    Binding("right,l", "cursor(1)", "on", id="ledger-on", show=False, tooltip="The crosshair a column on"),
    Binding("J", "lines(1)", "settings down", id="ledger-lines-down", show=False, tooltip="The settings below"),
    Binding("K", "lines(-1)", "settings up", id="ledger-lines-up", show=False, tooltip="The settings above"),
    Binding(
        "plus,equals_sign", "chart('scale', -1)", "closer", id="ledger-closer", show=False, tooltip="Curves closer"
    ),
    Binding("minus", "chart('scale', 1)", "wider", id="ledger-wider", show=False, tooltip="More of the curves"),
    Binding(
        "left_square_bracket", "chart('pan', -1)", "earlier", id="ledger-earlier", show=False, tooltip="An earlier part"
    ),
    Binding("right_square_bracket", "chart('pan', 1)", "later", id="ledger-later", show=False, tooltip="A later part"),
    Binding("0", "chart('unscale')", "all of it", id="ledger-unscale", show=False, tooltip="All of the curves again"),
    Binding("x", "chart('axis')", "axis", id="ledger-axis", show=False, tooltip="Curves over steps, epochs or time"),
    Binding("X", "chart('log_x')", "log x", id="ledger-log-x", show=False, tooltip="A logarithmic time axis"),
    Binding("Y", "chart('log_y')", "log y", id="ledger-log-y", show=False, tooltip="Logarithmic values"),
    Binding("O", "chart('outliers')", "outliers", id="ledger-outliers", show=False, tooltip="Leave outliers out"),
    Binding("m", "chart('smooth')", "smooth", id="ledger-smooth", show=False, tooltip="Smooth training curves"),
    Binding("g", "chart('next_chart')", "chart", id="ledger-chart", show=False, tooltip="The next curve"),
]
BINDINGS_TABLE: list[Binding] = [*RUNS, *CURVES]
"""The keys of this screen; those of its list are in `Entries`."""


def rows() -> list[tuple[str, str, str]]:
    """Return section, keys and meaning of every key of this screen, in the order of the help screen."""
    listed = [binding for binding in Entries.BINDINGS if isinstance(binding, Binding)]
    sections = {"Runs": [*listed, *RUNS], "Curves and settings": CURVES}
    return [
        (section, keys.written(binding.key), binding.tooltip)
        for section, bindings in sections.items()
        for binding in bindings
    ]


class Ledger(Comparing):
    """The list with its filter, and beside it what the marked runs, or the one under the cursor, have done.

    Ends with the runs to open, or None. A book that is given is read on: opened again the screen shows all at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*BINDINGS_TABLE]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-roomy"), (180, "-wide")]  # noqa: RUF012  an instance variable in Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012  as above
    AUTO_FOCUS = "Entries"

    def __init__(self, session: Session, book: Book | None = None) -> None:
        super().__init__()
        self.book = book or Book(session.runs_dir)
        self.histories = Histories()
        self.readonly = session.readonly
        self._query, self._misread = Query(), ""
        self._known: tuple[list[Entry], Keys] = ([], Keys())
        self._order = NEWEST
        self._changed = Event()

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        with Horizontal(id="bar"):
            yield Label(" / ", id="slash")
            yield Filter()
            yield Label(id="count")
        yield Ask()
        yield Static(id="said", markup=False)
        with Container(id="both"):
            yield Entries()
            with Container(id="panel"):
                yield Charts()
                yield Differences()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Show what the book holds already once the first frame is there, and read on."""
        self.query_one(Entries).border_title = "Runs"
        self.set_stage("-list" if self.app.size.height < self.VERTICAL_BREAKPOINTS[1][0] else "-curves")
        self.call_after_refresh(self._follow)

    @work(group="follow")
    async def _follow(self) -> None:
        self.refresh_book()
        while True:
            first = not self.book.listed
            if await to_thread(self.book.poll) or first:
                self.refresh_book()
            elif any(entry.live for entry in self.compared()):
                self.compare()
            self._changed.clear()
            with suppress(TimeoutError):
                await wait_for(self._changed.wait(), 0 if self.book.waiting else TICK)

    def look_again(self) -> None:
        """Do not wait for the next look."""
        self._changed.set()

    @property
    def shown(self) -> Sequence[Entry]:
        """The runs in the list."""
        return self.query_one(Entries).rows

    @property
    def chosen(self) -> list[Entry]:
        """The run under the cursor, or none."""
        return [listed.chosen for listed in self.query(Entries) if listed.chosen]

    def refresh_book(self) -> None:
        """Show the runs as they are now, found and sorted; nothing once the screen is being left."""
        if not self.query(Entries):
            return
        self._find()
        found = self._query.among(self.book.entries)
        columns = roll.columns(found)
        by = next((column for column in columns if column.key == self._order[0]), None)
        if by and self._order != NEWEST:
            found = roll.ordered(found, by, self._order[1])
        else:
            found, depths = tree.ordered(found)
            columns = roll.columns(found, depths)
        listed = self.query_one(Entries)
        listed.waiting = self._waiting()
        listed.order = self._order
        listed.show(columns, found)
        self.marks = {entry.id: self.marks[entry.id] for entry in self.marked}
        self._show_marks()

    def _find(self) -> None:
        """Understand the filter; a term that cannot be understood leaves the list as it is without it."""
        if self._known[0] is not self.book.entries:
            self._known = (self.book.entries, Keys.of(self.book.entries))
        self._query, self._misread = query.understood(self.query_one(Filter).value, self._known[1])

    def _waiting(self) -> str:
        if self.book.waiting or not self.book.listed:
            return "reading ..."
        if self.book.entries:
            return "no run is like that: escape clears the filter"
        return f"no runs yet in {clean(str(self.book.folder))}: escape goes back, and F5 trains one"

    def _show_marks(self) -> None:
        """Show marks and counts, and what is compared."""
        listed, total = self.query_one(Entries), len(self.book.entries)
        self.show_signs()
        told = [
            f"reading {self.book.waiting:,} more" if self.book.waiting else "",
            f"{len(self.marks):,} marked" if self.marks else "",
            f"{len(listed.rows):,} of {total:,} runs" if len(listed.rows) < total else f"{total:,} runs",
        ]
        count, words = self.query_one("#count", Label), Content(f" {'  '.join(filter(None, told))} ")
        if words != count.content:
            count.update(words)
        self.say()
        self.compare(PAUSE)

    def say(self) -> None:
        """Tell what is wrong with the filter, else how the run under the cursor stands, and its checkpoints."""
        text = Content.styled(clean(self._misread), "$error")
        if not self._misread:
            told = [word for entry in self.chosen for word in (roll.standing(entry), self.kept.get(entry.id, ""))]
            text = Content("  ".join(filter(None, told)))
        for said in self.query("#said").results(Static):  # none while the screen is being left
            said.update(text, layout=False)

    def on_input_changed(self) -> None:
        """Find runs as it is typed."""
        self.refresh_book()

    def on_entries_moved(self) -> None:
        """Show the run under the cursor."""
        self.say()
        self.compare(PAUSE)

    def on_entries_marked(self, event: Entries.Marked) -> None:
        """Mark a run, or take its mark away."""
        self.mark([event.key], event.key not in self.marks)
        self._show_marks()

    def on_entries_opened(self) -> None:
        """Open the meant runs in the cockpit."""
        if self.meant:
            meant = sorted(self.meant, key=lambda entry: self.marks.get(entry.id, 0))  # each keeps its colour
            self.dismiss([entry.run for entry in meant])

    def on_entries_sorted(self, event: Entries.Sorted) -> None:
        """Sort by the column that was clicked on; the other way round at the second click."""
        key, backwards = self._order
        self._sort(event.key, not backwards if event.key == key else event.key == "age")

    def on_ask_closed(self) -> None:
        """Go back to the list."""
        self.query_one(Entries).focus()

    def action_filter(self) -> None:
        """Type into the filter."""
        self.query_one(Filter).focus()

    def action_mark_all(self) -> None:
        """Mark all runs in the list; where they all are, none."""
        names = [entry.id for entry in self.shown]
        self.mark(names, any(name not in self.marks for name in names))
        self._show_marks()

    def action_sort(self, by: int) -> None:
        """Sort by the column beside the one that is sorted by now."""
        names = self.query_one(Entries).titles
        place = names.index(self._order[0]) if self._order[0] in names else 0
        if names:
            key = names[(place + by) % len(names)]
            self._sort(key, key == "age")

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sort(self._order[0], not self._order[1])

    def _sort(self, key: str, backwards: bool) -> None:
        self._order = (key, backwards)
        self.refresh_book()

    def action_leave(self) -> None:
        """Clear the filter and leave it; without one take the marks away; without any go back."""
        line = self.query_one(Filter)
        if line.has_focus or line.value:
            line.value = ""
            self.query_one(Entries).focus()
        elif self.marks:
            self.marks = {}
            self._show_marks()
        else:
            self.dismiss(None)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        self.app.push_screen(Help(rows()))

    def action_quit(self) -> None:
        """Take ctrl+q as the way back."""
        self.dismiss(None)
