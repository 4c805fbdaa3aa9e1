"""The top line: what is being trained and how it stands."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import shorten

ROOMY = 60  # cells from which the program's own name takes no room from the run's
ENOUGH = 20  # cells in which the beginning of a sentence says something, and every number is whole


SPECIAL = ("$accent", "bold", "$error")
"""The styles of what is there first where not all has room: what is out of the ordinary, whose it is, what is wrong."""


class Status(Static):
    """Words with styles, as many as there is room for: the first ones before the others, in narrow lines but the first.

    That is the dataset.
    """

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
        shown, room = self._fitting(self.size.width - len(name))
        parts: list[tuple[str, str]] = [(name, "bold $primary")]
        for text, style in shown:
            cells = min(len(text), ENOUGH + room) if style == "$error" else len(text)
            parts.append((f"  {shorten(text, cells)}", style))
        return Content.assemble(*parts)

    def _fitting(self, room: int) -> tuple[list[tuple[str, str]], int]:
        """Return the words that have room, in their order, and the cells that are left; a number is never cut."""
        kept, more = set(), max((len(text) - ENOUGH for text, style in self.words if style == "$error"), default=0)
        for index in sorted(range(len(self.words)), key=self._rank):
            text, style = self.words[index]
            cells = 2 + (min(len(text), ENOUGH) if style == "$error" else len(text))
            if cells + (more if self._rank(index)[1] == len(self.words) else 0) <= room:
                kept.add(index)
                room -= cells
        return [word for index, word in enumerate(self.words) if index in kept], room

    def _rank(self, index: int) -> tuple[int, int]:
        style = self.words[index][1]
        if style in SPECIAL:
            return SPECIAL.index(style), index
        return len(SPECIAL), index if index or self.size.width >= ROOMY else len(self.words)
