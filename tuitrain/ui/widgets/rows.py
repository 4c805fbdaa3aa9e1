"""Settings of a few tables in one list, each edited in its row. It checks nothing: what is wrong is given to it."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tuitrain.runs.entry import written
from tuitrain.ui.edits import Row
from tuitrain.ui.widgets.field import Field, Text
from tuitrain.ui.widgets.form import Heading
from tuitrain.ui.widgets.menu import Entry

HEADINGS = {"dataset": "augmentation"}
"""What tables are called of which only a part is in the list."""


class Deed(Static, can_focus=True):
    """Something to do rather than to set: a sentence. Posts `Clicked` where a person clicks on it."""

    ALLOW_SELECT = False

    class Clicked(Message):
        """A person wants it done."""

        def __init__(self, deed: "Deed") -> None:
            super().__init__()
            self.deed = deed

    def __init__(self, name: str, words: str, help_: str) -> None:
        super().__init__(words, id=name, markup=False)
        self.help = help_

    def on_click(self, event: events.Click) -> None:
        """Say so."""
        event.stop()
        self.focus()
        self.post_message(self.Clicked(self))


class Sheet(Vertical):
    """A page with rows, and what stands above and below them: keys lead through all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "row(1)", "next", id="rows.next", show=False, tooltip="The next row"),
        Binding("up,k", "row(-1)", "previous", id="rows.previous", show=False, tooltip="The row before"),
        Binding("tab", "row(1)", "next", show=False, tooltip="The next row"),
        Binding("shift+tab", "row(-1)", "previous", show=False, tooltip="The row before"),
    ]

    @property
    def stops(self) -> list[Widget]:
        """What can have the focus, in order."""
        return [widget for widget in self.query(Widget) if widget.focusable and widget.styles.overlay == "none"]

    def action_row(self, by: int) -> None:
        """Go to the next row or the one before; at the ends stay."""
        stops, focused = self.stops, self.screen.focused
        at = stops.index(focused) + by if focused in stops else 0
        if 0 <= at < len(stops):
            self.screen.set_focus(stops[at])
        rows = self.query_one(Rows)
        if not any(rows in stop.ancestors for stop in stops[: max(at, 0)]):
            rows.scroll_home(animate=False)  # the heading above the first row is seen again


class Rows(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Shows settings by table. Posts `Typed` where a person typed or chose another value."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", "page up", id="rows.page_up", show=False, tooltip="A page up"),
        Binding("pagedown", "page_down", "page down", id="rows.page_down", show=False, tooltip="A page down"),
    ]

    problems: reactive[Mapping[str, str]] = reactive[Mapping[str, str]]({}, init=False)
    """By key: what is wrong."""

    class Typed(Message):
        """What stands in a row now, as it would be typed."""

        def __init__(self, key: str, text: str) -> None:
            super().__init__()
            self.key, self.text = key, text

    def __init__(self, rows: Sequence[Row], *more: Widget) -> None:
        """Show these rows, and below them what else there is."""
        super().__init__()
        self._rows, self._more = list(rows), more

    def compose(self) -> ComposeResult:
        """Lay out each table under its name."""
        for table, rows in groupby(self._rows, lambda row: row.table):
            yield Heading(HEADINGS.get(table, table))
            yield from map(field, rows)
        yield from self._more

    def show(self, rows: Sequence[Row]) -> None:
        """Show other settings in those tables that have others now: those of another optimizer."""
        before, self._rows = self._rows, list(rows)
        for table, group in groupby(rows, lambda row: row.table):
            new, old = list(group), [row for row in before if row.table == table]
            if [(row.key, row.value) for row in new[1:]] != [(row.key, row.value) for row in old[1:]]:
                kind, *others = (one for one in self.query(Field) if one.key.startswith(f"{table}."))
                for one in others:
                    one.remove()
                self.mount_all(map(field, new[1:]), after=kind)

    def watch_problems(self) -> None:
        """Say in each row what is wrong with it."""
        for one in self.query(Field):
            one.problem = self.problems.get(one.key, "")

    def on_field_changed(self, event: Field.Changed) -> None:
        """Tell what stands there now."""
        event.stop()
        control = event.field.control
        text = control.value if isinstance(control, Text) else written(event.field.value)
        self.post_message(self.Typed(event.field.key, text))

    def enter(self, key: str) -> None:
        """Go to the row of this key."""
        for one in self.query(Field):
            if one.key == key:
                self.screen.set_focus(one.control)


def field(row: Row) -> Field:
    """Return the row of a setting."""
    kinds = [Entry(kind, words) for kind, words in row.kinds]
    made = Field(row.key, row.info, {row.key: row.value}, kinds, label=row.name)
    if row.kinds:
        made.control.several = False  # type: ignore[union-attr]  # a choice: a run has one kind
    return made


def helped(widget: Widget | None) -> str:
    """Return what is to be said of what has the focus: of a setting what it is now as well."""
    around = list(widget.ancestors_with_self) if widget else []
    words = next(filter(None, (getattr(node, "help", "") for node in around)), "")
    now = next((f"Now {written(node.info.default)}. " for node in around if isinstance(node, Field)), "")
    return now + words
