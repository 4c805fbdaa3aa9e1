"""What is wrong with a text that was edited: it is edited on, or dropped."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class Objections(ModalScreen[bool]):
    """True: edit on. The text is kept until then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,enter", "answer(True)", "edit again", id="objections-edit", tooltip="Edit the text again"),
        Binding("escape,q,ctrl+q", "answer(False)", "drop it", id="objections-drop", tooltip="Drop the text"),
        Binding("j", "scroll_page(1)", "down", id="objections-down", show=False, tooltip="Scroll down"),
        Binding("k", "scroll_page(-1)", "up", id="objections-up", show=False, tooltip="Scroll up"),
    ]

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__()
        self.sentences = sentences

    def compose(self) -> ComposeResult:
        """Lay out what is wrong, and what can be done."""
        with VerticalScroll(id="sheet"):
            yield Static("This cannot be trained yet.", classes="words")
            yield Static("e    edit it again, the text is kept\nesc  drop it, the settings stay as they were")
            for sentence in self.sentences:
                yield Static(sentence, classes="objection", markup=False)

    def on_mount(self) -> None:
        """Let arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_answer(self, again: bool) -> None:
        """Answer."""
        self.dismiss(again)

    def action_quit(self) -> None:
        """Take ctrl+q as q."""
        self.dismiss(False)

    def action_scroll_page(self, by: int) -> None:
        """Scroll a line with vim keys."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
