"""All keys on one page, from the table that also makes the bindings."""

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuitrain.ui import keys

WIDEST = 90  # cells of the page, as its style sheet says
FRAME = 7  # of these for frame, padding and scrollbar
KEYS = 18  # for the keys
NARROWEST = 12  # for what they do


class Help(ModalScreen[None]):
    """Closes on any of the keys that open or leave things."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "close", id="help-close", tooltip="Close this page"),
        Binding("j", "scroll_page(1)", "down", id="help-down", show=False, tooltip="Scroll down"),
        Binding("k", "scroll_page(-1)", "up", id="help-up", show=False, tooltip="Scroll up"),
    ]

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with VerticalScroll(id="page"):
            yield Static()

    def on_mount(self) -> None:
        """Say how to leave."""
        page = self.query_one("#page")
        page.border_title = "Keys"
        page.border_subtitle = "esc closes"
        page.focus()

    def on_resize(self) -> None:
        """Break the sentences for the width there is."""
        room = min(self.size.width, WIDEST) - FRAME - KEYS
        self.query_one(Static).update(Content.assemble(*_lines(max(room, NARROWEST))))

    def action_quit(self) -> None:
        """Take ctrl+q as q."""
        self.dismiss()

    def action_scroll_page(self, by: int) -> None:
        """Scroll a line with vim keys."""
        self.query_one("#page").scroll_relative(y=by, animate=False)


def _lines(room: int) -> list[str | tuple[str, str]]:
    """Return section by section the keys, and beside them what they do in lines of so many cells."""
    parts: list[str | tuple[str, str]] = []
    last = ""
    for section, key, meaning in keys.rows():
        if section != last:
            parts.append((f"{'' if not last else chr(10)}{section}\n", "bold $primary"))
            last = section
        words = f"\n{' ' * KEYS}".join(wrap(meaning, room))
        parts += [(f"  {key:<{KEYS - 2}}", "$accent"), f"{words}\n"]
    return parts
