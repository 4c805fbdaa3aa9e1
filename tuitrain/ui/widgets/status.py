"""The top line: what is being trained and how it stands."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static


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
            room -= len(text) + 2
            if room < 0:
                break
            parts.append((f"  {text}", style))
        return Content.assemble(*parts)
