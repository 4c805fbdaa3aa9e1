"""What is told to the terminal beside cells: the title of its window, how far a training is, and the bell.

It knows escape sequences and when to send them; what the words are is the screen's business.
"""

import os
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Literal, NamedTuple

from tuitrain.drawing.text import clean, shorten

State = Literal["", "running", "paused", "finished", "stopped", "failed"]
"""How the training in front stands; empty where nothing is trained. What diverged or was lost has failed."""
SPACE = 1.0  # seconds between titles
LONGEST = 120  # cells of a title
PUSH, POP = "\x1b[22;0t", "\x1b[23;0t"
"""XTWINOPS of xterm: put the title on a stack, and take it back from there."""
PROGRESS = {"running": 1, "failed": 2, "paused": 4}
"""States of OSC 9;4, which ConEmu brought up; anything else takes the bar away."""
GONE, UNMEASURED = 0, 3
ACTIVE = ("running", "paused")
RUNG = ("finished", "failed")
"""What is worth a bell after a training; who stops one knows that it ends."""


class Sign(NamedTuple):
    """A title, and the state and percentage of a bar."""

    title: str
    state: int
    percentage: int


NOTHING = Sign("", GONE, 0)


class Signs:
    """Title, progress and bell of one terminal, written through `write` as seldom as possible."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        titled: bool = True,
        progress: bool = False,
        bell: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._write, self._clock = write, clock
        self._titled, self._progress, self._bell = titled, progress, bell
        self._state: State = ""
        self._wanted = self._shown = NOTHING
        self._told = float("-inf")

    def open(self) -> None:
        """Begin, or begin again after the terminal was another program's."""
        self._write(PUSH * self._titled)
        self._shown = NOTHING
        self._show()

    def close(self) -> None:
        """Leave the terminal with the title that it had and without a bar."""
        self._write(_bar(GONE, 0) * (self._progress and self._shown.state != GONE) + POP * self._titled)

    def tell(self, title: str, progress: float | None, state: State) -> None:
        """Say how it stands: words from anywhere, a share 0..1 where there is one, and the state.

        What came too soon after the last is written with a later call, so call again as time passes; a state that
        changed is written at once.
        """
        self._wanted = Sign(shorten(clean(title), LONGEST), *_bar_of(progress, state))
        ended = self._bell and self._state in ACTIVE and state in RUNG
        due = state != self._state or self._clock() - self._told >= SPACE
        self._state = state
        if due:
            self._show()
        if ended:
            self._write("\a")

    def _show(self) -> None:
        wanted, written = self._wanted, ""
        if self._titled and wanted.title != self._shown.title:
            written += f"\x1b]2;{wanted.title}\x1b\\"
        if self._progress and wanted[1:] != self._shown[1:]:
            written += _bar(wanted.state, wanted.percentage)
        if written:
            self._shown, self._told = wanted, self._clock()
            self._write(written)


def _bar_of(progress: float | None, state: State) -> tuple[int, int]:
    """Return the state of the bar and its percentage."""
    number = PROGRESS.get(state, GONE)
    if number == GONE:
        return GONE, 0
    if progress is None:
        return (UNMEASURED, 0) if state == "running" else (number, 0)
    return number, round(min(max(progress, 0.0), 1.0) * 100)


def _bar(state: int, percentage: int) -> str:
    return f"\x1b]9;4;{state};{percentage}\x1b\\"


def farewell(environment: Mapping[str, str] = os.environ) -> str:
    """Return what takes title and bar back from a terminal that was not left properly."""
    return _bar(GONE, 0) * shows_progress(environment) + POP * shows_titles(environment)


def shows_titles(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the terminal takes a title; consoles without windows print what they do not know."""
    return environment.get("TERM", "") not in ("linux", "vt100", "vt220")


def shows_progress(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the terminal is known to show OSC 9;4; elsewhere the same bytes pop up as a notification.

    tmux and screen keep it to themselves, whatever terminal is outside.
    """
    get = environment.get
    term, program = get("TERM", ""), get("TERM_PROGRAM", "").lower()
    if is_multiplexed(environment):
        return False
    known = program in ("ghostty", "wezterm") or term in ("xterm-ghostty", "wezterm")
    told = "P" in _features(get("TERM_FEATURES", ""))  # iTerm2 from 3.6.6 on
    ptyxis = get("PTYXIS_VERSION", "").partition(".")[0]
    gnome = ptyxis.isdecimal() and int(ptyxis) >= 48
    return known or told or gnome or "WT_SESSION" in environment or get("ConEmuANSI") == "ON"


def is_multiplexed(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether tmux or screen stands between us and the terminal."""
    term = environment.get("TERM", "")
    return term.startswith(("screen", "tmux")) or "TMUX" in environment or "STY" in environment


def _features(written: str) -> list[str]:
    """Split iTerm2's TERM_FEATURES: each begins with a capital letter."""
    found: list[str] = []
    for character in written:
        if character.isupper():
            found.append(character)
        elif found:
            found[-1] += character
    return found
