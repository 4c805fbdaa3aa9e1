"""What a run had to say, in sentences, newest at the bottom. Text from outside, shown as it is."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import clean


class Log(Static):
    """Times and sentences."""

    entries: reactive[Sequence[tuple[str, str]]] = reactive((), init=False)

    def __init__(self) -> None:
        super().__init__("nothing has happened yet")

    def watch_entries(self) -> None:
        """Show the new entries."""
        lines: list[str | tuple[str, str]] = []
        for time, sentence in self.entries:
            lines += [(f"{clean(time)}  ", "$secondary"), f"{clean(sentence)}\n"]
        self.update(Content.assemble(*lines))
