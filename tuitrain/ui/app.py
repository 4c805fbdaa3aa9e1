"""The application: theme, style sheets and the look of the terminal. What happens there is the screen's business.

Importing it costs little more than Textual: the first frame is painted before anything else is loaded.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import Theme

from tuitrain.drawing.look import Look
from tuitrain.ui import keys
from tuitrain.ui.ascii import Ascii
from tuitrain.ui.screens.opening import Opening

if TYPE_CHECKING:
    from tuitrain.experiment import Experiment
    from tuitrain.runs.session import Session

HERE = Path(__file__).parent
TERMINATED = 143  # exit code
CALM = Theme(
    name="tuitrain",
    primary="#4fa3e3",
    secondary="#7c8a99",
    accent="#e0a43a",
    foreground="#d4d8dd",
    background="#101418",
    surface="#14191e",
    panel="#1b2127",
    success="#2bb38a",
    warning="#e0a43a",
    error="#e5675b",
    dark=True,
)


class Cockpit(App[int]):
    """One screen over one session; `find` says on what it opens, and is asked once the first frame is painted."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*sorted(HERE.rglob("*.tcss"))]
    TITLE = "tuitrain"

    def __init__(self, find: "Callable[[], tuple[Experiment, Session]]", *, ascii_only: bool = False) -> None:
        super().__init__()
        self.register_theme(CALM)
        self.theme = "tuitrain"
        self.find = find
        self.ascii_only = ascii_only
        self._ascii = Ascii()

    @property
    def look(self) -> Look:
        """How the terminal is, for what is drawn."""
        depth = {"standard": 4, "256": 8}.get(self.console.color_system or "", 24)
        return Look(ascii=self.ascii_only, colour=not self.no_color, dark=self.current_theme.dark, depth=depth)

    def get_default_screen(self) -> Screen[object]:
        """Open the page that is there at once."""
        return Opening()

    def on_mount(self) -> None:
        """Load the rest once the first frame is painted; give the terminal back also when told to end."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, partial(self.exit, return_code=TERMINATED))
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        from tuitrain.ui.screens.main import Main  # pydantic and the catalog: 0.3 s

        opening, main = self.screen, Main(*self.find())
        await self.push_screen(main)
        if isinstance(opening, Opening) and opening.eager:
            main.call_after_refresh(main.action_train)

    async def action_quit(self) -> None:
        """Leave it to the screen in front: only the cockpit's own knows what is being trained."""
        await self.run_action("quit", default_namespace=self.screen)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Add the one that keeps everything in ASCII."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self.ascii_only else filters

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key of the cockpit by name in the command palette."""
        # Textual's own would quit without a question, and show half of the keys.
        yield from (command for command in super().get_system_commands(screen) if command.title not in ("Quit", "Keys"))
        for bindings in keys.SECTIONS.values():
            for binding in bindings:
                title = binding.description.capitalize()
                yield SystemCommand(title, binding.tooltip, self._action(screen, binding.action))

    def _action(self, screen: Screen[object], action: str) -> Callable[[], Awaitable[bool]]:
        async def run() -> bool:
            return await self.run_action(action, default_namespace=screen)

        return run
