"""The question before runs are deleted. It knows words only."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option


class Removal(ModalScreen[bool]):
    """Says what will be gone; the safe answer is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose(True)", "delete", id="removal-delete", tooltip="Delete: it cannot be taken back"),
        Binding("escape,q,ctrl+q", "choose(False)", "keep", id="removal-keep", tooltip="Keep everything"),
        Binding("j", "move(1)", "down", id="removal-down", show=False, tooltip="The choice below"),
        Binding("k", "move(-1)", "up", id="removal-up", show=False, tooltip="The choice above"),
    ]

    def __init__(self, question: str, what: str) -> None:
        super().__init__()
        self.question, self.what = question, what

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical(id="removal"):
            yield Label(self.question, id="words", markup=False)
            yield Label(self.what, id="what", markup=False)
            yield OptionList(
                Option("esc  Keep everything", id="keep"),
                Option("d    Delete: journals, snapshots, checkpoints. It cannot be taken back", id="delete"),
                markup=False,
            )

    def on_mount(self) -> None:
        """Let enter take the safe answer."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer under the cursor."""
        self.action_choose(event.option.id == "delete")

    def action_choose(self, delete: bool) -> None:
        """Answer."""
        self.dismiss(delete)

    def action_quit(self) -> None:
        """Take ctrl+q as q."""
        self.dismiss(False)

    def action_move(self, by: int) -> None:
        """Move the cursor with vim keys."""
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()
