"""The first frame: there before anything slow is loaded, gone a moment later."""

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from tuitrain.ui import keys


class Opening(Screen[object]):
    """The top line as it will be, and nothing below it."""

    def action_train(self) -> None:
        """Remember that F5 was pressed already: what is opened will train."""
        self.eager = True

    def action_quit(self) -> None:
        """Leave before anything was opened."""
        self.app.exit(0)

    BINDINGS = [*keys.TRAIN[:1], *keys.APP[1:]]  # noqa: RUF012  an instance variable in Textual
    eager = False

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Static(" [b $primary]tuitrain[/]   [$secondary]opening[/]")
