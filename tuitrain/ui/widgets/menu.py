"""The open list of a choice: letters jump to what begins with them, and several values can be marked.

It must not know what is chosen.
"""

from collections.abc import Sequence
from time import monotonic
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

PAUSE = 1.5  # seconds after which letters begin another word


class Entry(NamedTuple):
    """A value to choose and a few words about it."""

    value: object
    note: str = ""


class Menu(OptionList):
    """Lies over everything else; posts nothing beyond its own messages. h, j, k and l jump too, behind a slash."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "next", id="menu.next", show=False, tooltip="Next value"),
        Binding("k", "cursor_up", "previous", id="menu.previous", show=False, tooltip="Previous value"),
        Binding("right,l", "select", "take", id="menu.take", show=False, tooltip="Take this value"),
        Binding("space,comma", "mark", "mark", id="menu.mark", show=False, tooltip="Mark it: a run for each"),
        Binding("escape,left,h", "close", "close", id="menu.close", show=False, tooltip="Leave it as it is"),
    ]

    class Taken(Message):
        """These values are chosen, one or more, in the order of the list."""

        def __init__(self, values: list[object]) -> None:
            self.values = values
            super().__init__()

    class Closed(Message):
        """Nothing was chosen; `left` where the focus had gone elsewhere by itself."""

        def __init__(self, left: bool) -> None:
            self.left = left
            super().__init__()

    def __init__(self, entries: Sequence[Entry], values: Sequence[object], *, several: bool) -> None:
        self._entries, self._several = entries, several
        self._marked = {n for n, entry in enumerate(entries) if len(values) > 1 and entry.value in values}
        self._word, self._last = "", 0.0
        super().__init__(*(Option(self._line(n)) for n in range(len(entries))), compact=True, markup=False)
        self.highlighted = next((n for n, entry in enumerate(entries) if entry.value in values), 0)

    def _line(self, number: int) -> Content:
        entry = self._entries[number]
        width = max(len(str(entry.value)) for entry in self._entries)
        mark = "" if not self._marked else "● " if number in self._marked else "  "
        note = (f"  {entry.note}", "$foreground 60%") if entry.note else ""
        value = str(entry.value).ljust(width if entry.note else 0)
        return Content.assemble(mark, value, note).stylize("not bold")  # as a changed field is

    def action_mark(self) -> None:
        """Mark the value under the cursor, or take its mark away."""
        if self.highlighted is None or not self._several:
            return
        self._marked ^= {self.highlighted}
        self._word = ""
        for number in range(len(self._entries)):
            self.replace_option_prompt_at_index(number, self._line(number))

    def on_key(self, event: events.Key) -> None:
        """Jump to the first entry that begins with what is being typed."""
        letter = event.character or ""
        if not letter.isprintable() or letter in (" ", ",") or not letter:
            return
        going = bool(self._word) and letter != "/" and monotonic() - self._last < PAUSE
        if not going and letter in "hjkl":
            return
        event.stop()
        event.prevent_default()
        self._word = (self._word if going else "") + letter.lower()
        self._last = monotonic()
        self._jump(self._word.removeprefix("/"))

    def _jump(self, word: str) -> None:
        names = [str(entry.value).lower() for entry in self._entries]
        for fits in (str.startswith, str.__contains__):
            for number, name in enumerate(names):
                if fits(name, word):
                    self.highlighted = number
                    return

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what is marked, else the value under the cursor."""
        event.stop()
        self.post_message(self.Taken([self._entries[n].value for n in sorted(self._marked) or [event.option_index]]))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Keep what moves in the list to itself."""
        event.stop()

    def action_close(self) -> None:
        """Close without choosing."""
        self.post_message(self.Closed(left=False))

    def on_blur(self) -> None:
        """Close when the focus goes elsewhere."""
        self.post_message(self.Closed(left=True))
