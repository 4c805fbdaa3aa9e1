"""The application: themes, style sheets, the look of the terminal and what goes down the line to it.

What happens on the screen is the screen's business. Importing it costs little more than Textual: the first frame is
painted before anything else is loaded.
"""

import asyncio
import gc
import signal
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import constants
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.events import Resize
from textual.filter import LineFilter
from textual.geometry import Size
from textual.notifications import Notify
from textual.screen import Screen

from tuitrain.drawing.look import Look
from tuitrain.ui import themes
from tuitrain.ui.ascii import Ascii
from tuitrain.ui.frames import Page
from tuitrain.ui.line import Line
from tuitrain.ui.replies import Answers
from tuitrain.ui.screens.opening import Opening
from tuitrain.ui.screens.small import Small, is_small
from tuitrain.ui.terminal import Signs, State, shows_progress, shows_titles

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.drivers.linux_driver import LinuxDriver

    from tuitrain.experiment import Experiment
    from tuitrain.runs.session import Session

HERE = Path(__file__).parent
FIRST = (HERE / "screens" / "opening.tcss", HERE / "screens" / "small.tcss")
"""Style sheets of what may be the first frame, which does not wait for the others."""
ENDING = {signal.SIGTERM: 143, signal.SIGINT: 130}
"""Signals that end it, with their exit codes; without a terminal, SIGHUP ends it at once."""
TOASTS = 2  # at once: more of them would hide the charts
SETTLED = 3.0  # seconds after which all is there that stays


@dataclass(frozen=True)
class Pace:
    """How often what runs do is shown: seconds between drawings, and between the words at the top."""

    drawings: float
    words: float


USUAL, SLOW = Pace(0.5, 0.25), Pace(3.0, 2.0)
"""What an eye follows, and what 3 kB a second carry."""


@dataclass(frozen=True)
class Wishes:
    """What the terminal is taken for, and what a person wants of it."""

    ascii_only: bool = False
    slow: bool = False
    bell: bool = True
    shade: themes.Shade = "dark"
    follow: bool = False
    """Whether the shade is the terminal's own as soon as it says what it is."""
    images: bool = False
    """Whether to show images in kitty's protocol, whatever the terminal says."""
    answers: Answers = field(default_factory=Answers)
    alone: bool = False
    """Whether the process is the cockpit's alone, so that its garbage collection is too."""


class Cockpit(App[int]):
    """One screen over one session; `find` says on what it opens, and is asked once the first frame is painted."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FIRST]
    TITLE = "tuitrain"

    def __init__(
        self,
        find: "Callable[[], tuple[Experiment, Session]]",
        *,
        ascii_only: bool = False,
        wishes: Wishes | None = None,
    ) -> None:
        self.wishes = wishes or Wishes(ascii_only=ascii_only)
        if self.wishes.alone:
            gc.freeze()  # what was imported is not sought through for garbage: a quarter of a second of opening
        super().__init__(driver_class=None if constants.DRIVER else Line)  # None: what TEXTUAL_DRIVER says
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.NAMES[self.wishes.shade]
        self.find = find
        self.failure = ""
        """The traceback of what went wrong in here."""
        self.pace = SLOW if self.wishes.slow else USUAL
        if self.wishes.slow:
            self.animation_level = "none"
        self.signs: Signs | None = None
        self._ascii = Ascii()
        self._page = Page()

    @property
    def look(self) -> Look:
        """How the terminal is, for what is drawn."""
        depth = {"standard": 4, "256": 8}.get(self.console.color_system or "", 24)
        plain = Look(ascii=self.wishes.ascii_only, colour=not self.no_color, dark=self.current_theme.dark, depth=depth)
        if not ((self.wishes.images or self.answers.images) and plain.pixels and depth == 24):
            return plain
        if self._page.album is None:
            from tuitrain.drawing.album import Album  # numpy, which drawing needs anyway by now

            self._page.album = Album()
        return Look(dark=plain.dark, album=self._page.album)

    def get_default_screen(self) -> Screen[object]:
        """Open the page that is there at once."""
        return Opening()

    @property
    def answers(self) -> Answers:
        """What the terminal said of itself so far."""
        return self.wishes.answers

    def hear(self) -> None:
        """Follow an answer that came after the first frame; whoever has chosen a theme meanwhile keeps it."""
        shade = self.wishes.shade
        if self.wishes.follow and self.answers.background and self.theme == themes.NAMES[shade]:
            self.theme = themes.NAMES[themes.said_by_colour(*self.answers.background)]
        self.refresh_css(animate=False)  # images: each drawing is made anew

    def take_terminal(self, driver: "LinuxDriver") -> None:
        """Begin to write beside the cells, at the start and after each suspension; the terminal shows nothing yet."""
        if self.signs is None:
            self.signs = Signs(driver.write, titled=shows_titles(), progress=shows_progress(), bell=self.wishes.bell)
        self.signs.open()
        self._page.begin()

    def leave_terminal(self, driver: "LinuxDriver") -> None:
        """Put back what was written beside the cells; another program has the terminal now."""
        if self.signs is not None:
            self.signs.close()
        driver.write(self._page.end())

    def tell(self, title: str, progress: float | None, state: State) -> None:
        """Say in the window's title, the taskbar and by the bell how it stands; without a terminal nowhere.

        `progress` is a share 0..1, None where it is unknown. It writes what changed, once a second at most: call it
        with each look at the runs.
        """
        if self.signs is not None:
            self.signs.tell(title, progress, state)

    def on_mount(self) -> None:
        """Load the rest once the first frame is painted; give the terminal back also when told to end."""
        for number, code in ENDING.items():
            asyncio.get_running_loop().add_signal_handler(number, partial(self.exit, return_code=code))
        self.app_resume_signal.subscribe(self, self._repaint)
        self.call_after_refresh(self._open)

    def _repaint(self, _app: App[object]) -> None:
        """Paint all of it after fg: Textual does so only where the size is another."""
        self.screen.refresh(layout=True)

    async def _open(self) -> None:
        from tuitrain.ui.screens.main import Main  # pydantic and the catalog: 0.3 s

        self.stylesheet.read_all(sorted({*HERE.rglob("*.tcss")}.difference(FIRST)))
        self.stylesheet.parse()
        if isinstance(self.screen, Small):
            self.pop_screen()  # awaited, it would wait for a page that waits for this
        opening, main = self.screen, Main(*self.find())
        if self.wishes.alone:
            gc.freeze()
            self.set_timer(SETTLED, _settle)
        await self.push_screen(main)
        self._fit(self.size)
        if isinstance(opening, Opening) and opening.eager:
            main.call_after_refresh(main.action_train)

    def on_notify(self, event: Notify) -> None:
        """Make room for a toast: what was told in the same words goes, and all but the newest of the others."""
        told = event.notification
        there = list(self._notifications)
        new = [one for one in there if (one.title, one.message) != (told.title, told.message)][1 - TOASTS :]
        for one in there:
            if one not in new:
                self._unnotify(one, refresh=False)

    def on_resize(self, event: Resize) -> None:
        """Keep to what fits."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Cover the screen where the terminal is too small for it, and uncover it where it is not."""
        covered = isinstance(self.screen, Small)
        if is_small(size) and not covered:
            self.push_screen(Small())
        elif covered and not is_small(size):
            self.pop_screen()

    def action_theme(self) -> None:
        """Change between dark and light."""
        self.theme = themes.NAMES["light" if self.current_theme.dark else "dark"]

    async def action_quit(self) -> None:
        """Leave it to the screen in front: only the cockpit's own knows what is being trained."""
        await self.run_action("quit", default_namespace=self.screen)

    def _handle_exception(self, error: Exception) -> None:
        """Keep the traceback of the first one, and end."""
        self.failure = self.failure or "".join(traceback.format_exception(error))
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Leave it to whoever opened this to say where the traceback is."""
        self._close_messages_no_wait()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Add the one that keeps everything in ASCII."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self.wishes.ascii_only else filters

    def _display(self, screen: Screen[object], renderable: "RenderableType | None") -> None:
        """Send only the cells that the terminal does not show yet."""
        super()._display(screen, self._page.frame(renderable))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key of the screen in front by name in the command palette."""
        # Textual's own would quit without a question, and show half of the keys.
        yield from (command for command in super().get_system_commands(screen) if command.title not in ("Quit", "Keys"))
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding) and binding.tooltip:
                title = binding.description.capitalize()
                yield SystemCommand(title, binding.tooltip, self._action(screen, binding.action))

    def _action(self, screen: Screen[object], action: str) -> Callable[[], Awaitable[bool]]:
        async def run() -> bool:
            return await self.run_action(action, default_namespace=screen)

        return run


def _settle() -> None:
    """Seek garbage only among what comes from now on: among all that stays each search took a key 100 ms."""
    gc.collect()
    gc.freeze()
