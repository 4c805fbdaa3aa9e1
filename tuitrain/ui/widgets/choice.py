"""One of several values in one row: arrows change it in place, enter opens the list. Knows no settings."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuitrain.ui.widgets.menu import Entry, Menu


class Choice(Widget, can_focus=True):
    """The value chosen among entries, or a list of those to be tried. Posts `Changed` when a person changes it.

    Not when a program does.
    """

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

    def __init__(self, entries: Sequence[Entry], value: object, *, several: bool = True) -> None:
        super().__init__()
        self.several = several
        self.set_reactive(Choice.entries, entries)
        self.set_reactive(Choice.value, value)

    @property
    def values(self) -> list[object]:
        """The value, or each of those to be tried."""
        return self.value if isinstance(self.value, list) else [self.value]

    @property
    def index(self) -> int:
        """Where the value stands among the entries, the first one of several."""
        return next((n for n, entry in enumerate(self.entries) if entry.value in self.values), 0)

    def render(self) -> Content:
        """Return the value, with arrows on both sides while it has the focus."""
        left, right = ("◂ ", " ▸") if self.has_focus or self.query(Menu) else ("", " ▾")
        room = self.size.width - len(left) - len(right)
        value = Content(", ".join(map(str, self.values))).truncate(max(1, room), ellipsis=True)
        return Content.assemble((left, "$primary"), value, (right, "$primary" if left else "$foreground 40%"))

    def action_step(self, by: int) -> None:
        """Take the value before or after; after the last comes the first."""
        self._take(self.entries[(self.index + by) % len(self.entries)].value)

    def action_open(self) -> None:
        """Open the list."""
        if self.query(Menu):
            return
        menu = Menu(self.entries, self.values, several=self.several)
        self.mount(menu)
        menu.focus(scroll_visible=False)

    def on_click(self, event: events.Click) -> None:
        """Open the list."""
        if event.widget is self:
            self.action_open()

    def on_menu_taken(self, event: Menu.Taken) -> None:
        """Take what was chosen in the list."""
        event.stop()
        self._close(focus=True)
        self._take(event.values if len(event.values) > 1 else event.values[0])

    def on_menu_closed(self, event: Menu.Closed) -> None:
        """Put the list away."""
        event.stop()
        self._close(focus=not event.left)

    def _close(self, focus: bool) -> None:
        for menu in self.query(Menu):
            if focus:
                self.screen.set_focus(self)
            menu.remove()

    def _take(self, value: object) -> None:
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self))
