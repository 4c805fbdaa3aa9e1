"""The question before a run that is over goes on: for how much longer, and what its schedule makes of that."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tuitrain.drawing.text import clean

Judge = Callable[[str], tuple[str, str]]
"""Returns what is wrong with what was typed, and what would come of it."""


class Longer(ModalScreen[str | None]):
    """Answers with a number of epochs or steps, or how many more; None where the run shall stay as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "leave", "close", id="longer-close", tooltip="Leave the run as it is"),
    ]

    def __init__(self, subject: str, unit: str, text: str, judge: Judge) -> None:
        """Take the run in words, what is counted, how many more are proposed, and who says what comes of it."""
        super().__init__()
        self.subject, self.unit, self.text, self.judge = subject, unit, text, judge

    def compose(self) -> ComposeResult:
        """Lay out the question, and what comes of the answer."""
        with Vertical(id="sheet"):
            with Horizontal(id="answer"):
                yield Label(f"{self.unit} (such as 200, or +10): ", markup=False)
                line = Input(self.text, compact=True, select_on_focus=False)
                line.cursor_blink = False
                yield line
            yield Static(id="said", markup=False)

    def on_mount(self) -> None:
        """Say of what it is."""
        sheet = self.query_one("#sheet")
        sheet.border_title = clean(f"Train {self.subject} for longer")
        sheet.border_subtitle = "enter goes on, esc closes"
        self.query_one(Input).focus()
        self._say()

    def on_input_changed(self) -> None:
        """Say what is wrong, or what comes of it."""
        self._say()

    def _say(self) -> str:
        """Say it, and return what is wrong."""
        wrong, told = self.judge(self.query_one(Input).value)
        said = self.query_one("#said", Static)
        said.set_class(bool(wrong), "error")
        said.update(clean(wrong or told))
        return wrong

    def on_input_submitted(self) -> None:
        """Answer, where nothing is wrong."""
        if not self._say():
            self.dismiss(self.query_one(Input).value.strip())

    def action_leave(self) -> None:
        """Answer that the run stays as it is."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """Take ctrl+q as escape."""
        self.dismiss(None)
