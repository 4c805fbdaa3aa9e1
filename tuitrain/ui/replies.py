"""What the terminal says of itself when asked: its background, whether it takes images. Nobody waits for it.

The question goes out before anything heavy is imported. The answers come between keys, at once, late or never, and are
taken out of them. Device attributes (DA1), which every terminal answers, are asked for last: with them all is said.
"""

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tuitrain.ui.terminal import is_multiplexed

BACKGROUND = "\x1b]11;?\x1b\\"
IMAGES = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Would this pixel be taken? (kitty's graphics protocol)"""
ATTRIBUTES = "\x1b[c"
ESCAPE = 0.2  # seconds after which the beginning of an answer is a key: escape, or alt with a bracket
LATE = 10.0  # seconds from the question on in which such keys wait at all
_ANSWER = re.compile(
    rb"\x1b\]11;(?:rgba?:([0-9a-f]+)/([0-9a-f]+)/([0-9a-f]+))?[\w:/?;]*(?:\x07|\x1b\\)"
    rb"|\x1b_Gi=31[^;\x1b]*;(\w*)[^\x1b]*\x1b\\"
    rb"|\x1b\[\?[\d;]*(c)",
    re.IGNORECASE,
)
_BEGUN = re.compile(
    rb"\x1b(?:\]1?|\]11(?:;[\w:/?;]*\x1b?)?|_G?|_Gi=?|_Gi=3|_Gi=31[\w=,;:. -]*\x1b?|\[|\[\?[\d;]*)?\Z",
)
"""An answer that is not whole yet, at the end of what was read."""
_KEY = 2
"""Bytes at the beginning of an answer that a key sends as well; nobody types more of it."""


@dataclass(slots=True)
class Answers:
    """What was answered so far, and the bytes of what may become an answer."""

    owed: bool = False
    """Whether it has not said all yet, and may still."""
    modes: list[Any] | None = None
    """Those of the terminal before it was asked; None where nothing was."""
    background: tuple[float, float, float] | None = None
    """Red, green and blue, 0..1."""
    images: bool = False
    """Whether it takes images in kitty's protocol."""
    typed: bytes = b""
    """What a person typed before anybody read keys."""
    _held: bytes = b""
    _asked: float = 0.0
    _heard: float = 0.0

    def take(self, data: bytes) -> bytes:
        """Return what came from the terminal without what it answered; what may be half an answer is held back."""
        if not self.owed:
            return data
        data = _ANSWER.sub(self._note, self._held + data)
        self._heard = monotonic()
        begun = _BEGUN.search(data) if self.owed else None
        end = begun.start() if begun and not self._is_key(data[begun.start() :]) else len(data)
        self._held = data[end:]
        return data[:end]

    def release(self) -> bytes:
        """Return what was held back and, as nothing followed it, was a key."""
        if not self._held or len(self._held) > _KEY or monotonic() - self._heard < ESCAPE:
            return b""
        keys, self._held = self._held, b""
        return keys

    def look(self) -> None:
        """Take what is there already; what a person typed is kept."""
        file = sys.stdin.fileno()
        while self.owed and select.select([file], [], [], 0)[0] and (data := os.read(file, 4096)):
            self.typed += self.take(data)

    def _is_key(self, begun: bytes) -> bool:
        """Tell whether it is not worth waiting: a terminal that is silent for so long has no answer for us."""
        return len(begun) <= _KEY and monotonic() - self._asked > LATE

    def _note(self, found: re.Match[bytes]) -> bytes:
        *colour, images, attributes = found.groups()
        if colour[0]:
            self.background = tuple(int(part, 16) / (16 ** len(part) - 1) for part in colour)
        self.images = self.images or images == b"OK"
        self.owed = self.owed and not attributes
        return b""


@contextmanager
def asked(queries: str) -> Iterator[Answers]:
    """Ask a terminal on stdin and stderr, without its echo until this is left; no query, no question."""
    if not queries:
        yield Answers()
        return
    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)
    tty.setcbreak(file)
    try:
        os.write(sys.stderr.fileno(), (queries + ATTRIBUTES).encode())
        yield Answers(owed=True, modes=before, _asked=monotonic())
    finally:
        with suppress(termios.error):  # the terminal may be gone by now
            termios.tcsetattr(file, termios.TCSANOW, before)


def queries(environment: Mapping[str, str], *, background: bool, images: bool) -> str:
    """Return what may be asked here: nothing of a console that would print it, of images only where they may be."""
    if environment.get("TERM") in ("linux", "vt100", "vt220"):
        return ""
    return BACKGROUND * background + IMAGES * (images and may_place(environment))


def may_place(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal is one of those that show an image in the place of characters.

    Others take images too, but would draw boxes for the characters; tmux would put the question into its title.
    """
    names = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "").lower()
    known = any(word in name for name in names for word in ("kitty", "ghostty"))
    return known and not is_multiplexed(environment)
