"""Text cells: how a terminal looks, arrays of characters and colours, and the styled lines made of them.

Must not know what is drawn.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.cells import get_character_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tuitrain.drawing.look import Look

CHARACTER = np.dtype("<U1")
NONE = -1
"""The packed colour that stands for the terminal's own."""

Lines = list[list[Segment]]
Chars = NDArray[np.str_]
Colours = NDArray[np.int32]


@lru_cache(maxsize=16384)
def style(foreground: int, background: int) -> Style:
    """Give the style of two packed 0xRRGGBB colours; -1 is the terminal's own. Cached: making one is slow."""
    return Style(color=_colour(foreground), bgcolor=_colour(background))


def _colour(packed: int) -> Color | None:
    if packed < 0:
        return None
    return Color.from_rgb(packed >> 16 & 255, packed >> 8 & 255, packed & 255)


def merge(chars: Chars, foregrounds: Colours, backgrounds: Colours) -> Lines:
    """Turn [height, width] characters and packed colours into lines, equal neighbours in one segment.

    An empty string is the second cell of the wide character on its left. A space takes over the foreground
    on its left, which cannot be seen and saves a segment.
    """
    height, width = chars.shape
    if width == 0:
        return [[] for _ in range(height)]
    chars = np.ascontiguousarray(chars, dtype=CHARACTER)
    seen = np.where((chars != " ") & (chars != ""), np.arange(width), 0)
    foregrounds = np.take_along_axis(foregrounds, np.maximum.accumulate(seen, axis=1), axis=1)
    changes = (np.diff(foregrounds, axis=1) != 0) | (np.diff(backgrounds, axis=1) != 0)
    return [list(_runs(*row)) for row in zip(chars, foregrounds, backgrounds, changes, strict=True)]


def _runs(chars: Chars, foregrounds: Colours, backgrounds: Colours, changes: NDArray[np.bool_]) -> Iterator[Segment]:
    text = chars.tobytes().decode("utf-32-le")
    cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(chars)]
    for start, end in pairwise(cuts):
        run = text[start:end].replace("\0", "")
        yield Segment(run, style(int(foregrounds[start]), int(backgrounds[start])))


def blank(width: int, height: int) -> Lines:
    """Make `height` empty lines of `width` cells."""
    return Canvas(width, height).lines()


class Canvas:
    """A sheet of cells to draw on: `chars`, `foregrounds` and `backgrounds`, each [height, width]."""

    def __init__(self, width: int, height: int, look: Look | None = None) -> None:
        self.width, self.height = max(width, 0), max(height, 0)
        self.look = look or Look()
        shape = (self.height, self.width)
        self.chars: Chars = np.full(shape, " ", dtype=CHARACTER)
        self.foregrounds: Colours = np.full(shape, NONE, dtype=np.int32)
        self.backgrounds: Colours = np.full(shape, NONE, dtype=np.int32)

    def write(self, row: int, column: int, text: str, foreground: int = NONE, background: int | None = None) -> None:
        """Write clean text from a cell on, cut at the edge; without a background the one there is kept.

        Marks of no width are dropped: a cell holds one character.
        """
        if not 0 <= row < self.height:
            return
        for character in text:
            cells = get_character_cell_size(character)
            if cells and column >= 0 and column + cells <= self.width:
                self._put(row, slice(column, column + cells), character)
                self.foregrounds[row, column : column + cells] = foreground
                if background is not None:
                    self.backgrounds[row, column : column + cells] = background
            column += cells

    def _put(self, row: int, place: slice, character: str) -> None:
        """Set a character of one or two cells; a wide one that it covers by half goes."""
        if self.chars[row, place.start] == "":
            self.chars[row, place.start - 1] = " "
        if place.stop < self.width and self.chars[row, place.stop] == "":
            self.chars[row, place.stop] = " "
        self.chars[row, place] = ""
        self.chars[row, place.start] = character

    def lines(self) -> Lines:
        """Merge the sheet into lines; a look without colour loses its colours here."""
        if self.look.colour:
            return merge(self.chars, self.foregrounds, self.backgrounds)
        plain = np.full_like(self.foregrounds, NONE)
        return merge(self.chars, plain, plain)
