"""The first frame: there before anything slow is loaded, gone a moment later."""

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static


class Opening(Screen[object]):
    """The top line as it will be, and nothing below it."""

    def action_quit(self) -> None:
        """Leave before anything was opened."""
        self.app.exit(0)

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Static(" [b $primary]tuitrain[/]   [$secondary]opening[/]")
