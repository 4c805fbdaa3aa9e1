"""The top line: what is being trained and how it stands."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import shorten

ENOUGH = 20  # cells in which the beginning of a sentence says something, and every number is whole


class Status(Static):
    """Words with styles, as many as there is room for."""

    words: reactive[Sequence[tuple[str, str]]] = reactive((), init=False)

    def watch_words(self) -> None:
        """Show them behind the program's name."""
        self.refresh(layout=False)

    def on_resize(self) -> None:
        """Fit them anew."""
        self.refresh()

    def render(self) -> Content:
        """Return the line."""
        room = self.size.width - 10
        parts: list[tuple[str, str]] = [(" tuitrain ", "bold $primary")]
        for text, style in self.words:
            room -= 2
            if room < min(len(text), ENOUGH):
                break
            parts.append((f"  {shorten(text, room)}", style))
            room -= len(text)
        return Content.assemble(*parts)
