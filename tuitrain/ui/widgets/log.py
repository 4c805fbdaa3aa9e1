"""What a run had to say, in sentences, newest at the bottom. Text from outside, shown as it is."""

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import clean

NARROWEST = 12  # cells into which a sentence is broken


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

    def watch_entries(self) -> None:
        """Show the new entries."""
        if self.entries and self.size.width:  # broken for no width at all they would be taller than the page
            newest = self.is_vertical_scroll_end
            told = [self._told(*entry) for entry in self.entries]
            self.query_one(Static).update(Content("\n").join(told))
            if newest:
                self.call_after_refresh(self.scroll_end, animate=False)

    def on_resize(self) -> None:
        """Break the sentences anew."""
        self.watch_entries()

    def _told(self, time: str, sentence: str) -> Content:
        """Return a sentence in lines below each other, behind its time."""
        before = f"{clean(time)}  "
        room = self.scrollable_content_region.width - len(before)
        lines = wrap(clean(sentence), max(room, NARROWEST))
        return Content.assemble((before, "$secondary"), f"\n{' ' * len(before)}".join(lines))
