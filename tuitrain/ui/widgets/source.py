"""An experiment file as text: keys and values told apart, and a sign at what is not as usual. It opens no files."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from tuitrain.drawing.text import clean
from tuitrain.experiment import CLASSES
from tuitrain.settings import Settings, kinds
from tuitrain.ui.widgets.canvas import Canvas, note
from tuitrain.ui.widgets.draft import default

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

Tables = Mapping[str, Any]
HEAD = re.compile(r"\s*\[(\[?)([\w.-]+)\]")
KEY = re.compile(r"(\s*)([\w.-]+)(\s*=\s*)(.*)")
MARGIN = 2  # cells for the sign
NARROWEST = 8  # cells into which a line is broken
NOTHING = "there is no file to read"


class Part(NamedTuple):
    """Text of one sort: head, key, sign, value (as usual), set (otherwise) or comment."""

    text: str
    sort: str


class Line(NamedTuple):
    """A line of the file, and whether it is marked."""

    parts: tuple[Part, ...]
    marked: bool


class Source(Canvas, can_focus=True):
    """Shows a text line by line; `base` are the tables with which values are compared, by default what they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, tooltip="A line down"),
        Binding("up,k", "move(-1)", "up", show=False, tooltip="A line up"),
        Binding("pagedown,ctrl+d", "turn(1)", "page down", show=False, tooltip="A page down"),
        Binding("pageup,ctrl+u", "turn(-1)", "page up", show=False, tooltip="A page up"),
        Binding("home,g", "jump(False)", "top", show=False, tooltip="The first line"),
        Binding("end,G", "jump(True)", "bottom", show=False, tooltip="The last line"),
    ]

    text: reactive[str] = reactive("", init=False)
    base: reactive[Tables | None] = reactive[Tables | None](None, init=False)
    base_name: reactive[str] = reactive("", init=False)
    """What the base is called: a preset."""
    top: reactive[int] = reactive(0, init=False)
    """How many lines of the screen are scrolled out of sight."""

    @property
    def of(self) -> str:
        """What the sign means."""
        return f"{self._sign} differs from {clean(self.base_name) or 'the defaults'}" if self.text else ""

    @property
    def _sign(self) -> str:
        return "*" if self.look.ascii else "•"

    def watch_text(self) -> None:
        """Show the new text from its first line."""
        self.top = 0
        self.redraw()

    def watch_base(self) -> None:
        """Mark anew."""
        self.redraw()

    def watch_top(self) -> None:
        """Show where it is now."""
        self.redraw()

    def validate_top(self, top: int) -> int:
        """Keep the page full."""
        return max(0, min(top, len(self._rows(self.size.width)) - self.size.height))

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.top = self.top
        super().on_resize()

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the lines in sight."""
        from tuitrain.drawing.cells import Canvas as Sheet
        from tuitrain.drawing.palette import faint, grey, pack, series

        if not self.text:
            return note(NOTHING, width, height)
        sheet = Sheet(width, height, self.look)
        dark = self.look.dark
        colours = {"head": pack(series(0)), "value": grey(dark), "set": pack(series(1)), "comment": grey(dark)}
        colours |= {"sign": faint(dark)}
        for row, line in enumerate(self._rows(width)[self.top : self.top + height]):
            if line.marked:
                sheet.write(row, 0, self._sign, pack(series(1)))
            column = MARGIN
            for part in line.parts:
                sheet.write(row, column, part.text, colours.get(part.sort, -1))
                column += cell_len(part.text)
        return sheet.lines()

    def _rows(self, width: int) -> list[Line]:
        """Return the lines as they are broken for so many cells."""
        room = max(width - MARGIN, NARROWEST)
        return [row for line in lines(self.text, self.base) for row in _broken(line, room)]

    def action_move(self, by: int) -> None:
        """Move by lines."""
        self.top += by

    def action_turn(self, by: int) -> None:
        """Move by pages, of which one line stays."""
        self.top += by * max(self.size.height - 1, 1)

    def action_jump(self, last: bool) -> None:
        """Go to the first line or to the last."""
        self.top = len(self._rows(self.size.width)) if last else 0

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down."""
        event.stop()
        self.top += 3

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up."""
        event.stop()
        self.top -= 3


def lines(text: str, base: Tables | None) -> Iterator[Line]:
    """Yield the lines of a file of TOML, safe to show, marked where their value is not that of the base.

    Without a base it is compared with the defaults of the kind that the file names.
    """
    usual = _defaults(text) if base is None else base
    place, number = "", -1
    for line in map(clean, text.splitlines()):
        if head := HEAD.match(line):
            place, number = head[2], number + 1 if head[1] else -1
            yield Line((Part(line, "head"),), marked=False)
        else:
            yield _line(line, _table(usual, place, number))


def _line(line: str, usual: Tables) -> Line:
    if line.lstrip().startswith("#"):
        return Line((Part(line, "comment"),), marked=False)
    if not (parts := KEY.fullmatch(line)):
        return Line((Part(line, "value"),), marked=False)
    space, key, sign, value = parts.groups()
    marked = _differs(key, value, usual)
    return Line((Part(space + key, "key"), Part(sign, "sign"), Part(value, "set" if marked else "value")), marked)


def _differs(key: str, value: str, usual: Tables) -> bool:
    """Tell whether a value is another than usual; one that goes over several lines is not compared."""
    try:
        found = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return False
    return key not in usual or bool(usual[key] != found)


def _table(tables: Tables, place: str, number: int) -> Tables:
    """Return one table of these, of several the one of this number; empty where there is none."""
    found = tables.get(place) if place else tables
    if isinstance(found, list):
        found = found[number] if 0 <= number < len(found) else None
    return found if isinstance(found, Mapping) else {}


def _defaults(text: str) -> dict[str, Any]:
    """Return the tables of this text with every value at the default of its kind; none where it is not TOML."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    return {key: _usual(CLASSES[key], table) for key, table in tables.items() if key in CLASSES}


def _usual(entries: tuple[type[Settings], ...], table: Any) -> Any:
    if isinstance(table, list):
        return [_usual(entries, one) for one in table]
    if not isinstance(table, dict) or "kind" not in entries[0].model_fields:
        entry: type[Settings] | None = entries[0]
    else:
        kind = table.get("kind")
        entry = kinds(entries).get(kind) if isinstance(kind, str) else None
    return {name: default(info) for name, info in entry.model_fields.items()} if entry else {}


def _broken(line: Line, room: int) -> Iterator[Line]:
    """Yield a line in pieces of at most so many cells, the sign at the first."""
    pieces: list[Part] = []
    left, marked = room, line.marked
    for text, sort in line.parts:
        rest = text
        while cell_len(rest) > left:
            fits = _fitting(rest, left)
            yield Line((*pieces, Part(rest[:fits], sort)), marked)
            rest, pieces, left, marked = rest[fits:], [], room, False
        pieces.append(Part(rest, sort))
        left -= cell_len(rest)
    yield Line(tuple(pieces), marked)


def _fitting(text: str, cells: int) -> int:
    """Return how many characters from the first on fit."""
    return next((number for number in range(len(text) + 1) if cell_len(text[: number + 1]) > cells), len(text))
