"""Lines to type in on the screen of runs: the filter that acts as it is typed, and a question to answer.

It must not know what a filter or an answer means.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from tuitrain.drawing.text import clean


class Filter(Input):
    """What runs must have; down and enter lead to them. Characters that cannot be seen are shown as such."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,down,tab",
            "down",
            "runs",
            key_display="enter",
            id="filter-down",
            tooltip="To the runs that are found",
        ),
    ]

    def __init__(self) -> None:
        super().__init__(
            placeholder="words, optimizer=adam, val/accuracy>0.9, tag:baseline, -diverged",
            select_on_focus=False,
            compact=True,
        )
        self.cursor_blink = False

    def action_down(self) -> None:
        """Go on to what is below."""
        self.screen.focus_next()


class Ask(Horizontal):
    """A question and a line for the answer; hidden until something is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,tab", "close", "leave it", id="ask-close", tooltip="Leave it as it was"),
    ]

    class Answered(Message):
        """Something was typed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Nothing is asked any more."""

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        yield Label(markup=False)
        line = Input(select_on_focus=False, compact=True)
        line.cursor_blink = False
        yield line

    def ask(self, question: str, text: str) -> None:
        """Show the question, with an answer to begin from, and take the keys."""
        line = self.query_one(Input)
        self.query_one(Label).update(f" {clean(question)} ")
        line.value = text
        line.cursor_position = len(text)
        self.add_class("-asking")
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is typed to itself."""
        event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the answer on."""
        event.stop()
        self.action_close()
        self.post_message(self.Answered(event.value))

    def action_close(self) -> None:
        """Hide again."""
        self.remove_class("-asking")
        self.post_message(self.Closed())
