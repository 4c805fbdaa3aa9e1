"""The line to the terminal: Textual's driver, which also says when the terminal is ours and when it is given back.

Every way in and out goes through it: start, end, a panic, ctrl+z, another program in between. It knows bytes and keys,
nothing of what is shown.
"""

from time import monotonic
from typing import Protocol, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tuitrain.ui.replies import Replies


class Owner(Protocol):
    """Who uses the terminal."""

    replies: Replies

    def take_terminal(self, driver: LinuxDriver) -> None:
        """Begin to write to it."""

    def leave_terminal(self, driver: LinuxDriver) -> None:
        """Put back what was written beside the cells."""


LATE = 5.0  # seconds in which an answer may still come; a caret typed later is a caret


class Line(LinuxDriver):
    """Tells its app, which is an Owner, when it takes and leaves the terminal, and swallows answers that come late."""

    _ours = False
    _swallowed: str | None = None
    """What came of a late answer so far."""
    _typed = False
    _since = 0.0
    """When the terminal was taken first."""

    @property
    def owner(self) -> Owner:
        """The app."""
        return cast("Owner", self._app)

    def start_application_mode(self) -> None:
        """Take the terminal; the first time also what was typed before it was ours."""
        before = self._writer_thread
        super().start_application_mode()  # type: ignore[no-untyped-call]  # as Textual has it
        if self._writer_thread is before:
            return  # in the background: it will be called again
        self._ours = True
        self._since = self._since or monotonic()
        self.owner.take_terminal(self)
        if not self._typed:
            self._typed = True
            for message in XTermParser().feed(self.owner.replies.typed):
                super().process_message(message)

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was."""
        if self._ours:
            self._ours = False
            self.owner.leave_terminal(self)
        super().stop_application_mode()

    def process_message(self, message: Message) -> None:
        """Pass on what was typed, and no late answer: Textual takes an unknown sequence for keys."""
        late = self.owner.replies.owed and monotonic() - self._since < LATE
        if not (late and isinstance(message, events.Key) and self._is_answer(message)):
            super().process_message(message)

    def _is_answer(self, key: events.Key) -> bool:
        """Tell whether a key is part of an answer: from its escape, a caret then, to the end of the attributes."""
        if self._swallowed is None:
            if key.key not in ("circumflex_accent", "alt+left_square_bracket", "alt+right_square_bracket"):
                return False
            self._swallowed = ""
        self._swallowed += key.character or key.key
        if "?" in self._swallowed and key.character == "c":
            self._swallowed = None
        return True
