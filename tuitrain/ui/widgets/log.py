"""What a run had to say, in sentences, newest at the bottom. Text from outside, shown as it is."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import clean


class Log(VerticalScroll):
    """Times and sentences; it shows the newest until a person scrolls up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", show=False, tooltip="Scroll down"),
        Binding("k", "scroll_up", "up", show=False, tooltip="Scroll up"),
    ]

    entries: reactive[Sequence[tuple[str, str]]] = reactive((), init=False)
    of = ""

    def compose(self) -> ComposeResult:
        """Lay out the words."""
        yield Static("nothing has happened yet")

    def on_mount(self) -> None:
        """Stay with the newest."""
        self.anchor()

    def watch_entries(self) -> None:
        """Show the new entries."""
        lines = [
            Content.assemble((f"{clean(time)}  ", "$secondary"), clean(sentence)) for time, sentence in self.entries
        ]
        self.query_one(Static).update(Content("\n").join(lines))
