"""The line to the terminal: Textual's driver, which also says when the terminal is ours and when it is given back.

Every way in and out goes through it: start, end, a panic, ctrl+z, another program in between. It knows bytes and keys,
nothing of what is shown.
"""

import os
import select
from codecs import getincrementaldecoder
from typing import Protocol, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from tuitrain import guard
from tuitrain.ui.replies import Answers

LOOK = 0.1  # seconds from one look at the end to the next, and after which the beginning of a sequence is a key


class Owner(Protocol):
    """Who uses the terminal."""

    answers: Answers

    def take_terminal(self, driver: LinuxDriver) -> None:
        """Begin to write to it."""

    def leave_terminal(self, driver: LinuxDriver) -> None:
        """Put back what was written beside the cells."""

    def hear(self) -> None:
        """Take note of an answer."""


class Line(LinuxDriver):
    """Tells its app, which is an Owner, when it takes and leaves the terminal, and takes answers out of the keys."""

    _ours = False
    _begun = False

    @property
    def owner(self) -> Owner:
        """The app."""
        return cast("Owner", self._app)

    def start_application_mode(self) -> None:
        """Take the terminal, unless it is ours: who is told twice to go on would read the keys twice."""
        if self._ours:
            return
        before, self._ours = self._writer_thread, True  # at once: it may be told again in the middle of this
        guard.mark(taken=True)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # as Textual has it
        if self._writer_thread is before:
            self._ours = False
            guard.mark(taken=False)
            return  # in the background: it will be called again
        if not self._begun:
            self._begun = True
            self.attrs_before = self.owner.answers.modes or self.attrs_before  # those from before it was asked
        self.owner.take_terminal(self)

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was."""
        if self._ours:
            self._ours = False
            self.owner.leave_terminal(self)
        super().stop_application_mode()

    def close(self) -> None:
        """Wait until everything is written."""
        super().close()
        guard.mark(taken=False)

    def run_input_thread(self) -> None:
        """Read keys and answers until the terminal is left; at its end wait for the guard, which ends all."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")(errors="replace").decode
        answers = self.owner.answers
        data, answers.typed = answers.typed, b""
        while True:
            if data and (text := decode(data)):
                for message in parser.feed(text):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)
            if self.exit_event.is_set():
                return
            data = self._read(answers)

    def _read(self, answers: Answers) -> bytes:
        """Wait a moment for what is typed and return it; the app hears what was answered."""
        if not select.select([self.fileno], [], [], LOOK)[0]:
            return answers.release()
        try:
            data = os.read(self.fileno, 4096)
        except OSError:
            data = b""
        if not data:
            self.exit_event.wait()  # hung up: read again, it would be nothing again at once
        known = answers.background, answers.images
        typed = answers.take(data)
        if (answers.background, answers.images) != known:
            self._app.call_later(self.owner.hear)
        return typed
