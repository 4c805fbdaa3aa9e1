"""The question at the end: what becomes of a training that is under way."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

Choice = Literal["leave", "stop", "stay"]
CHOICES: dict[Choice, str] = {
    "leave": "l  Leave it running: it goes on without this screen; tuitrain shows it again",
    "stop": "s  Stop it: it finishes its batch, evaluates, saves, and ends",
    "stay": "esc  Stay here",
}


class Quit(ModalScreen[Choice]):
    """Each choice says what it does; nothing ends by accident."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "choose('leave')", "leave it running", id="quit-leave", tooltip=CHOICES["leave"]),
        Binding("s", "choose('stop')", "stop it", id="quit-stop", tooltip=CHOICES["stop"]),
        Binding("escape,q,ctrl+q", "choose('stay')", "stay", id="quit-stay", tooltip=CHOICES["stay"]),
        Binding("j", "move(1)", "down", id="quit-down", show=False, tooltip="The choice below"),
        Binding("k", "move(-1)", "up", id="quit-up", show=False, tooltip="The choice above"),
    ]

    def __init__(self, runs: int, *, paused: bool = False) -> None:
        super().__init__()
        self.runs, self.paused = runs, paused

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical(id="question"):
            subject = "A training is" if self.runs == 1 else f"{self.runs} trainings are"
            how = "paused, and stays so until somebody lets it go on" if self.paused else "under way"
            yield Label(f"{subject} {how}.", id="words")
            yield OptionList(*(Option(text, id=choice) for choice, text in CHOICES.items()), markup=False)

    def on_mount(self) -> None:
        """Let enter take the safe answer."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer under the cursor."""
        self.action_choose("stop" if event.option.id == "stop" else "leave" if event.option.id == "leave" else "stay")

    def action_quit(self) -> None:
        """Take ctrl+q as q."""
        self.action_choose("stay")

    def action_choose(self, choice: Choice) -> None:
        """Answer."""
        self.dismiss(choice)

    def action_move(self, by: int) -> None:
        """Move the cursor with vim keys."""
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()
