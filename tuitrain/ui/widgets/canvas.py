"""A widget that shows lines of text cells and sends only the cells that changed. It knows no drawing."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tuitrain.drawing.look import Look

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines


MUTED = Style(color="#808890")
MUTED_LIGHT = Style(color="#5f6870")
"""What takes its place on a light ground."""


def note(text: str, width: int, height: int) -> "Lines":
    """Return lines with a sentence in their middle, made without numpy: for widgets that are empty at first."""
    lines = [[Segment(" " * width)] for _ in range(height)]
    words = wrap(text, max(width - 2, 1))[:height]
    for row, shown in enumerate(words, (height - len(words)) // 2):
        left = (width - len(shown)) // 2
        lines[row] = [Segment(" " * left), Segment(shown, MUTED), Segment(" " * (width - left - len(shown)))]
    return lines


class Canvas(Widget, can_focus=False):
    """Draws through `draw`, keeps the lines, and repaints the lines that a new drawing changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: Lines = []
        self._strips: list[Strip] = []
        self._on_paper = False

    @property
    def look(self) -> Look:
        """How the terminal is, as the app says; paper has no images of its own."""
        look = getattr(self.app, "look", None)
        look = look if isinstance(look, Look) else Look()
        return replace(look, album=None) if self._on_paper else look

    def on_paper(self) -> "Lines":
        """Return what is shown, without what only this terminal can show."""
        self._on_paper = True
        try:
            return self.draw(*self.size)
        finally:
            self._on_paper = False

    def draw(self, width: int, height: int) -> "Lines":
        """Return `height` lines of `width` cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew and repaint what differs: over SSH each cell that is sent costs."""
        width, height = self.size
        if not (width and height and self.is_attached):
            return
        before, self._lines = self._lines, self.draw(width, height)
        style = self.rich_style  # looked up once: Textual walks the style sheet for it
        quiet = None if self.look.dark else MUTED_LIGHT
        self._strips = [Strip(_shaded(line, quiet), width).apply_style(style) for line in self._lines]
        changed = [
            _difference(row, old, new)
            for row, (old, new) in enumerate(zip_longest(before, self._lines, fillvalue=None))
            if old != new
        ]
        if len(before) != len(self._lines):
            self.refresh()
        elif changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Fit the drawing to the new size."""
        self._lines = []
        self.redraw()

    def notify_style_update(self) -> None:
        """Take on the colours of another theme."""
        super().notify_style_update()
        self._lines = []
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Return one line of the last drawing."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Take the room there is."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take the room there is."""
        return container.height


def _shaded(line: list[Segment], quiet: Style | None) -> list[Segment]:
    """Return a line with muted words in another style, where there is one."""
    if quiet is None:
        return line
    return [Segment(segment.text, quiet) if segment.style == MUTED else segment for segment in line]


def _difference(row: int, old: Sequence[Segment] | None, new: Sequence[Segment] | None) -> Region:
    """Return the cells of this row in which two lines of equal width differ."""
    if old is None or new is None:
        return Region(0, row, sum(segment.cell_length for segment in old or new or ()), 1)
    left = _common(old, new)
    right = _common(old[::-1], new[::-1])
    width = sum(segment.cell_length for segment in new)
    return Region(left, row, max(1, width - left - right), 1)


def _common(old: Sequence[Segment], new: Sequence[Segment]) -> int:
    """Return how many cells at the beginning are in segments that are the same."""
    cells = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        cells += before.cell_length
    return cells
