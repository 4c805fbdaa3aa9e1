"""What goes down the line: of each frame only the cells that the terminal does not show yet, in few bytes.

Textual sends a changed span from the left edge of its widget on, and every run of a style with all its colours and a
reset. It knows cells and styles; what they mean is the widgets' business.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tuitrain.drawing.album import Album

ANY = "any"
"""The foreground of a blank: it cannot be seen, so the one that is set may stay."""
NEAR = 3
"""Cells that are cheaper to write again than to jump over."""
ON_BLANKS = {"4", "7", "9", "21", "53"}
"""Attributes that a blank shows: underlines, reverse, strike, overline."""


class Pen(NamedTuple):
    """How a cell is written: attributes, foreground and background as codes of SGR; empty is the terminal's own."""

    attributes: str = ""
    front: str = ""
    back: str = ""

    def onto(self, other: "Pen") -> "tuple[str, Pen]":
        """Return the codes that turn this pen into another, and what it is then."""
        wanted = Pen(self.attributes if other.front == ANY else other.attributes, other.front, other.back)
        if wanted.front == ANY:
            wanted = wanted._replace(front=self.front)
            if ON_BLANKS.intersection(self.attributes.split(";")):
                wanted = wanted._replace(attributes="")
        if wanted == self:
            return "", self
        start = self
        codes = []
        if wanted.attributes != self.attributes:
            start = Pen() if self.attributes else self
            codes = ["0"] * bool(self.attributes) + [wanted.attributes] * bool(wanted.attributes)
        if wanted.front != start.front:
            codes.append(wanted.front or "39")
        if wanted.back != start.back:
            codes.append(wanted.back or "49")
        return f"\x1b[{';'.join(codes)}m", wanted


Cell = tuple[str, Pen]
UNKNOWN: Cell = ("", Pen())


class Page:
    """What the terminal shows, by cell."""

    def __init__(self, album: "Album | None" = None) -> None:
        self.album = album
        self._rows: dict[int, list[Cell]] = {}

    def begin(self) -> None:
        """Take it that the terminal is empty, and has no images."""
        self._rows.clear()
        if self.album is not None:
            self.album.resend()

    def end(self) -> str:
        """Return what has the terminal forget the images that it may have."""
        if self.album is None:
            return ""
        from tuitrain.ui import graphics  # as below

        return "".join(map(graphics.delete, self.album.numbers()))

    def frame(self, update: "RenderableType | None") -> "RenderableType | None":
        """Return the update as one that writes only what differs; one of another kind as it is."""
        if not isinstance(update, ChopsUpdate | LayoutUpdate):
            return update
        return cast("RenderableType", Frame(self, update))  # Textual asks any CompositorUpdate for its bytes

    def write(self, update: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """Return what brings the terminal to this update, and take it that it is written."""
        if isinstance(update, LayoutUpdate):
            self._rows.clear()  # the whole screen: a layout that changed, another size, or somebody asked for it
        line = Line(console)
        for row, column, strip in _parts(update):
            self._put(line, row, column, strip)
        if self.album is None:
            return line.end()
        from tuitrain.ui import graphics  # numpy: 0.2 s that the first frame need not wait for

        return graphics.uploads(self.album) + graphics.placeholders(line.end())

    def _put(self, line: "Line", row: int, column: int, strip: Strip) -> None:
        new = _cells(strip, line.system)
        old = self._rows.setdefault(row, [])
        old.extend([UNKNOWN] * (column + strip.cell_length - len(old)))
        place = slice(column, column + strip.cell_length)
        if new is None:
            line.paste(row, column, strip)
            old[place] = [UNKNOWN] * strip.cell_length
            return
        for start, end in _runs(old[place], new):
            line.write(row, column + start, new[start:end])
        old[place] = new


class Frame(CompositorUpdate):
    """An update of a page, written when Textual asks for it."""

    def __init__(self, page: Page, update: ChopsUpdate | LayoutUpdate) -> None:
        self.page, self.update = page, update

    def render_segments(self, console: Console) -> str:
        """Return the bytes as text."""
        return self.page.write(self.update, console)


class Line:
    """The way to the terminal within one frame: where the cursor is, and with which pen it writes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.system = COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        self._parts: list[str] = []
        self._pen = Pen()
        self._at = (-1, -1)

    def write(self, row: int, column: int, cells: Sequence[Cell]) -> None:
        """Write cells from a place on."""
        self._move(row, column)
        for character, pen in cells:
            if pen is not self._pen:
                codes, self._pen = self._pen.onto(pen)
                if codes:
                    self._parts.append(codes)
            self._parts.append(character)
        self._at = (row, column + len(cells))

    def paste(self, row: int, column: int, strip: Strip) -> None:
        """Write a strip as Textual does: it has characters of which terminals disagree how wide they are."""
        self._reset()
        self._move(row, column)
        self._parts.append(strip.render(self.console))
        self._at = (-1, -1)

    def end(self) -> str:
        """Return everything that was written."""
        self._reset()
        return "".join(self._parts)

    def _move(self, row: int, column: int) -> None:
        if self._at == (row, column):
            return
        gap = column - self._at[1]
        near = self._at[0] == row and gap > 0
        self._parts.append(f"\x1b[{gap}C" if near else f"\x1b[{row + 1};{column + 1}H")

    def _reset(self) -> None:
        if self._pen != Pen():
            self._parts.append("\x1b[0m")
            self._pen = Pen()


def _parts(update: ChopsUpdate | LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Return the strips of an update that it wants on the screen, each with its row and column."""
    if isinstance(update, LayoutUpdate):
        for row, strips in enumerate(update.strips, update.region.y):
            yield from _side_by_side(row, update.region.x, strips)
        return
    for row, left, right in update.spans:
        line: Mapping[int, Strip | None] = update.chops[row]
        for end, (column, strip) in zip(update.chop_ends[row], line.items(), strict=False):
            if strip is not None and column < right and end > left:
                yield row, column, strip


def _side_by_side(row: int, column: int, strips: Iterable[Strip]) -> Iterator[tuple[int, int, Strip]]:
    for strip in strips:
        yield row, column, strip
        column += strip.cell_length


def _runs(old: Sequence[Cell], new: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Return the ranges in which cells differ, those that are near each other as one."""
    start = end = -1
    for index, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if start >= 0 and index - end > NEAR:
            yield start, end
            start = index
        elif start < 0:
            start = index
        end = index + 1
    if start >= 0:
        yield start, end


def _cells(strip: Strip, system: ColorSystem) -> list[Cell] | None:
    """Return the cells of a strip; None where a character is not one cell wide, or is a link."""
    cells: list[Cell] = []
    for text, style, control in strip:
        if control or not _is_plain(text) or (style is not None and style.link):
            return None
        pen = _pen(style, system)
        blank = pen if ON_BLANKS.intersection(pen.attributes.split(";")) else _blank(pen)
        cells.extend((character, blank if character == " " else pen) for character in text)
    return cells


@lru_cache(16384)
def _is_plain(text: str) -> bool:
    """Tell whether every character is one cell wide."""
    return text.isascii() or all(get_character_cell_size(character) == 1 for character in text)


@lru_cache(16384)
def _blank(pen: Pen) -> Pen:
    return Pen("", ANY, pen.back)


@lru_cache(16384)
def _pen(style: Style | None, system: ColorSystem) -> Pen:
    """Return how a style is written with the colours that there are."""
    if style is None:
        return Pen()
    front = ";".join(style.color.downgrade(system).get_ansi_codes()) if style.color else ""
    back = ";".join(style.bgcolor.downgrade(system).get_ansi_codes(foreground=False)) if style.bgcolor else ""
    return Pen(Strip.render_ansi(style.without_color, system), front, back)
