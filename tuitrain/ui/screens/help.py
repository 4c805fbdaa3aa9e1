"""All keys on one page, from the table that also makes the bindings; typing finds one of them."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuitrain.ui import keys

Row = tuple[str, str, str]
Part = tuple[str, str]
"""Text and its style."""

WIDEST = 90  # cells of the page with one column, as its style sheet says
TWICE = 150  # cells of the screen from which there are two
FRAME = 6  # cells for frame, padding, scrollbar and a free one
KEYS = 18  # cells for the keys
SMALL = 44  # cells of a column below which the keys stand above what they do
GAP = 4  # cells between the columns


class Help(ModalScreen[None]):
    """Shows section, keys and meaning of each row, by default of the whole program. Letters find; escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,enter", "dismiss", "close", key_display="?", id="help-close", tooltip="Close this"),
        Binding("escape", "leave", "back", id="help-leave", tooltip="All keys again, or close this page"),
        Binding("down", "scroll_page(1)", "down", id="help-down", show=False, tooltip="Scroll down"),
        Binding("up", "scroll_page(-1)", "up", id="help-up", show=False, tooltip="Scroll up"),
        Binding("backspace", "delete", "delete", id="help-delete", show=False, tooltip="One letter less"),
    ]

    def __init__(self, rows: Sequence[Row] | None = None) -> None:
        super().__init__()
        self.rows = keys.rows() if rows is None else rows
        self.wanted = ""
        """What was typed."""

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with VerticalScroll(id="page"), Horizontal():
            yield Static(id="left")
            yield Static(id="right")

    def on_mount(self) -> None:
        """Say how to leave."""
        self.query_one("#page").focus()

    def on_resize(self) -> None:
        """Break the sentences for the width there is."""
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Look for what is typed."""
        if event.is_printable and event.character is not None and event.character != "?":  # which closes the page
            event.stop()
            self._find(self.wanted + event.character)

    def action_delete(self) -> None:
        """Take the last letter back."""
        self._find(self.wanted[:-1])

    def action_leave(self) -> None:
        """Show all keys again where some were looked for, else close."""
        if self.wanted:
            self._find("")
        else:
            self.dismiss()

    def _find(self, wanted: str) -> None:
        self.wanted = wanted.lstrip()
        self._show()
        self.query_one("#page").scroll_home(animate=False)

    def _show(self) -> None:
        page = self.query_one("#page")
        page.border_title = Content(f"Keys: {self.wanted}_" if self.wanted else "Keys")
        page.border_subtitle = "esc shows all again" if self.wanted else "type to find one, esc closes"
        two = self.size.width >= TWICE
        width = min(self.size.width, TWICE if two else WIDEST) - FRAME
        page.set_class(two, "-two")
        room = (width - GAP) // 2 if two else width
        blocks = [_block(rows, room) for _, rows in groupby(found(self.rows, self.wanted), key=lambda row: row[0])]
        left, right = _halves(blocks) if two else (blocks, [])
        for place, shown in (("#left", left), ("#right", right)):
            nothing = [] if shown or place == "#right" else [("no key is called that", "$secondary")]
            self.query_one(place, Static).update(Content.assemble(*_joined(shown), *nothing))

    def action_quit(self) -> None:
        """Take ctrl+q for escape: it closes what is on top."""
        self.dismiss()

    def action_scroll_page(self, by: int) -> None:
        """Scroll a line."""
        self.query_one("#page").scroll_relative(y=by, animate=False)


def found(rows: Iterable[Row], wanted: str) -> list[Row]:
    """Return the rows in which every word that is wanted is part of section, keys or meaning; case is no matter."""
    words = wanted.lower().split()
    return [row for row in rows if all(word in " ".join(row).lower() for word in words)]


def _block(rows: Iterable[Row], room: int) -> list[list[Part]]:
    """Return a section in lines: its name, then the keys and, beside or below them, what they do."""
    lines: list[list[Part]] = []
    for section, key, meaning in rows:
        lines = lines or [[(section, "bold $primary")]]
        if room < SMALL:
            lines.append([(f"  {key}", "$accent")])
            lines += [[(f"    {line}", "")] for line in wrap(meaning, max(room - 4, 8))]
            continue
        for number, line in enumerate(wrap(meaning, room - KEYS)):
            lines.append([(f"  {key if number == 0 else '':<{KEYS - 3}} ", "$accent"), (line, "")])
    return lines


def _halves(blocks: Sequence[list[list[Part]]]) -> tuple[Sequence[list[list[Part]]], Sequence[list[list[Part]]]]:
    """Return the sections in two columns of which the longer one is as short as can be."""
    heights = [len(block) + 1 for block in blocks]
    cut = min(range(len(blocks) + 1), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    return blocks[:cut], blocks[cut:]


def _joined(blocks: Iterable[list[list[Part]]]) -> Iterable[Part]:
    """Yield the text of sections one below the other, a line free between them."""
    for number, block in enumerate(blocks):
        yield ("\n\n" if number else "", "")
        for row, line in enumerate(block):
            yield ("\n" if row else "", "")
            yield from line
