"""The application: theme, style sheets and the look of the terminal. What happens there is the screen's business."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path, PurePath
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import Theme

from tuitrain.drawing.look import Look
from tuitrain.experiment import Experiment
from tuitrain.runs.session import Session
from tuitrain.ui import keys
from tuitrain.ui.ascii import Ascii
from tuitrain.ui.screens.main import Main

HERE = Path(__file__).parent
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
    """One screen over one session."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*sorted(HERE.rglob("*.tcss"))]
    TITLE = "tuitrain"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, experiment: Experiment, session: Session, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.register_theme(CALM)
        self.theme = "tuitrain"
        self.experiment = experiment
        self.session = session
        self.ascii_only = ascii_only
        self._ascii = Ascii()

    @property
    def look(self) -> Look:
        """How the terminal is, for what is drawn."""
        return Look(ascii=self.ascii_only, colour=not self.no_color, dark=self.current_theme.dark)

    def get_default_screen(self) -> Screen[None]:
        """Open the cockpit's own screen."""
        return Main(self.experiment, self.session)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Add the one that keeps everything in ASCII."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self.ascii_only else filters

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key of the cockpit by name in the command palette."""
        yield from super().get_system_commands(screen)
        if isinstance(screen, Main):
            for bindings in keys.SECTIONS.values():
                for binding in bindings:
                    title = binding.description.capitalize()
                    yield SystemCommand(title, binding.tooltip, self._action(screen, binding.action))

    def _action(self, screen: Main, action: str) -> Callable[[], Awaitable[bool]]:
        async def run() -> bool:
            return await self.run_action(action, default_namespace=screen)

        return run
