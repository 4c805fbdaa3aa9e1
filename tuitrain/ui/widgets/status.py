"""The top line: what is being trained and how it stands."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import shorten

ROOMY = 60  # cells from which the program's own name takes no room from the run's
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
        name = " tuitrain " if self.size.width >= ROOMY else ""
        room = self.size.width - len(name)
        parts: list[tuple[str, str]] = [(name, "bold $primary")]
        for text, style in self.words:
            room -= 2
            if room < (min(len(text), ENOUGH) if style == "$error" else len(text)):  # a number that is cut is wrong
                break
            parts.append((f"  {shorten(text, room)}", style))
            room -= len(text)
        return Content.assemble(*parts)
