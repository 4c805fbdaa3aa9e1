"""What the terminal says of itself when asked, before the screen is there: its background, whether it takes images.

The question goes out while the rest is still being imported, so that nobody waits for the answer. Device attributes
(DA1), which every terminal answers, are asked for last: with them the answers are complete.
"""

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from tuitrain.ui.terminal import is_multiplexed

BACKGROUND = "\x1b]11;?\x1b\\"
IMAGES = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Would this pixel be taken? (kitty's graphics protocol)"""
ATTRIBUTES = "\x1b[c"
PATIENCE = 0.3  # seconds from the question on; importing Textual takes longer
_COLOUR = re.compile(rb"\x1b\]11;rgba?:([0-9a-f]+)/([0-9a-f]+)/([0-9a-f]+)[^\x07\x1b]*(?:\x07|\x1b\\)", re.IGNORECASE)
_IMAGES = re.compile(rb"\x1b_Gi=31[^;]*;(\w*)[^\x1b]*\x1b\\")
_ATTRIBUTES = re.compile(rb"\x1b\[\?[\d;]*c")


@dataclass(frozen=True)
class Replies:
    """What was answered in time."""

    background: tuple[float, float, float] | None = None
    """Red, green and blue, 0..1."""
    images: bool = False
    """Whether it takes images in kitty's protocol."""
    typed: str = ""
    """What a person typed meanwhile."""
    owed: bool = False
    """Whether it has not answered yet, and may still."""


class Question:
    """Asked, and not yet answered; without a file there was nothing to ask."""

    def __init__(self, file: int | None) -> None:
        self._file, self._read, self._until = file, b"", monotonic() + PATIENCE

    def replies(self) -> Replies:
        """Wait for the rest of the answers, no longer than since the question was asked, and return them."""
        if self._file is None:
            return Replies()
        while not _ATTRIBUTES.search(self._read) and (left := self._until - monotonic()) > 0:
            if not self._take(self._file, left):
                break
        self._take(self._file, 0)  # what is there already, however late it is
        return parse(self._read)

    def _take(self, file: int, seconds: float) -> bytes:
        """Read what comes within this time; nothing where nothing does, or the terminal is gone."""
        if not select.select([file], [], [], seconds)[0]:
            return b""
        more = os.read(file, 4096)
        self._read += more
        return more


@contextmanager
def asked(queries: str) -> Iterator[Question]:
    """Ask a terminal on stdin and stderr, and hold back its echo until the answers are read; no query, no question."""
    if not queries:
        yield Question(None)
        return
    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)
    tty.setcbreak(file)
    try:
        os.write(sys.stderr.fileno(), (queries + ATTRIBUTES).encode())
        yield Question(file)
    finally:
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


def parse(answer: bytes) -> Replies:
    """Take the answers apart from what was typed between them."""
    colour, images = _COLOUR.search(answer), _IMAGES.search(answer)
    typed = answer
    for pattern in (_COLOUR, _IMAGES, _ATTRIBUTES):
        typed = pattern.sub(b"", typed)
    return Replies(
        background=tuple(int(part, 16) / (16 ** len(part) - 1) for part in colour.groups()) if colour else None,
        images=bool(images and images[1] == b"OK"),
        typed=typed.decode(errors="replace"),
        owed=not _ATTRIBUTES.search(answer),
    )
