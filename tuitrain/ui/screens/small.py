"""The page over everything while the terminal is too small for the cockpit; nothing below it is lost."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from tuitrain.ui import keys

LEAST = Size(40, 12)
"""Columns and lines that the cockpit needs."""


class Small(Screen[None]):
    """Says how large the terminal has to be; the app takes it away when it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in keys.APP if isinstance(binding, Binding) and binding.action == "quit"
    ]

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Static(f"too small: at least {LEAST.width}x{LEAST.height}", markup=False)

    def action_quit(self) -> None:
        """Leave at once: there is no room for a question, and what is being trained goes on."""
        self.app.exit(0)


def is_small(size: Size) -> bool:
    """Tell whether the cockpit does not fit."""
    return size.width < LEAST.width or size.height < LEAST.height
