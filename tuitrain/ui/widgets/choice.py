"""One of several values in one row: arrows change it in place, enter opens the list. Knows no settings."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Entry(NamedTuple):
    """A value to choose and a few words about it."""

    value: object
    note: str = ""


class Menu(OptionList):
    """The open list of a choice, over everything else; posts nothing beyond its own messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "next", id="menu.next", show=False, tooltip="Next value"),
        Binding("k", "cursor_up", "previous", id="menu.previous", show=False, tooltip="Previous value"),
        Binding("right,l", "select", "take", id="menu.take", show=False, tooltip="Take this value"),
        Binding("escape,left,h", "close", "close", id="menu.close", show=False, tooltip="Leave it as it is"),
    ]

    class Closed(Message):
        """Nothing was chosen; `left` where the focus had gone elsewhere by itself."""

        def __init__(self, left: bool) -> None:
            self.left = left
            super().__init__()

    def action_close(self) -> None:
        """Close without choosing."""
        self.post_message(self.Closed(left=False))

    def on_blur(self) -> None:
        """Close when the focus goes elsewhere."""
        self.post_message(self.Closed(left=True))


class Choice(Widget, can_focus=True):
    """The value chosen among entries. Posts `Changed` when a person changes it, not when a program does."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "previous", id="choice.previous", show=False, tooltip="Previous value"),
        Binding("right,l", "step(1)", "next", id="choice.next", show=False, tooltip="Next value"),
        Binding("enter", "open", "choose", id="choice.open", show=False, tooltip="Open the list of values"),
    ]

    value: reactive[object] = reactive[object](None)
    entries: reactive[Sequence[Entry]] = reactive[Sequence[Entry]](())

    class Changed(Message):
        """A person has chosen another value."""

        def __init__(self, choice: "Choice") -> None:
            self.choice = choice
            super().__init__()

        @property
        def control(self) -> "Choice":
            """The choice itself."""
            return self.choice

    def __init__(self, entries: Sequence[Entry], value: object) -> None:
        super().__init__()
        self.set_reactive(Choice.entries, entries)
        self.set_reactive(Choice.value, value)

    @property
    def index(self) -> int:
        """Where the value stands among the entries."""
        return next((n for n, entry in enumerate(self.entries) if entry.value == self.value), 0)

    def render(self) -> Content:
        """Return the value, with arrows on both sides while it has the focus."""
        left, right = ("◂ ", " ▸") if self.has_focus or self.query(Menu) else ("", " ▾")
        room = self.size.width - len(left) - len(right)
        value = Content(str(self.value)).truncate(max(1, room), ellipsis=True)
        return Content.assemble((left, "$primary"), value, (right, "$primary" if left else "$foreground 40%"))

    def action_step(self, by: int) -> None:
        """Take the value before or after; after the last comes the first."""
        self._take((self.index + by) % len(self.entries))

    def action_open(self) -> None:
        """Open the list."""
        if self.query(Menu):
            return
        width = max(len(str(entry.value)) for entry in self.entries)
        menu = Menu(*(Option(_line(entry, width)) for entry in self.entries), compact=True, markup=False)
        menu.highlighted = self.index
        self.mount(menu)
        menu.focus(scroll_visible=False)

    def on_click(self, event: events.Click) -> None:
        """Open the list."""
        if event.widget is self:
            self.action_open()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the value chosen in the list."""
        event.stop()
        self._close(focus=True)
        self._take(event.option_index)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Keep what moves in the list to itself."""
        event.stop()

    def on_menu_closed(self, event: Menu.Closed) -> None:
        """Put the list away."""
        event.stop()
        self._close(focus=not event.left)

    def _close(self, focus: bool) -> None:
        for menu in self.query(Menu):
            if focus:
                self.screen.set_focus(self)
            menu.remove()

    def _take(self, index: int) -> None:
        if self.entries[index].value != self.value:
            self.value = self.entries[index].value
            self.post_message(self.Changed(self))


def _line(entry: Entry, width: int) -> Content:
    note = (f"  {entry.note}", "$foreground 60%") if entry.note else ""
    value = str(entry.value).ljust(width if entry.note else 0)
    return Content.assemble(value, note).stylize("not bold")  # a changed field is bold, its list is not
