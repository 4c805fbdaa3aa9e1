"""Nothing outside ASCII: one filter over every line that is painted, whichever widget painted it."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# ruff: noqa: RUF001  the look-alikes are what this table is about
GLYPHS = {
    **dict.fromkeys("─━═╌┄┈▔▁▂▃▀▄╍╴╶╸╺", "-"),
    **dict.fromkeys("│┃║▏▎▍▌▐▕▋▊▉┆┊╎┇┋", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+"),
    **dict.fromkeys("█▅▆▇▓■▮", "#"),
    **dict.fromkeys("▒░▪", ":"),
    **dict.fromkeys("●◉⬤•◆", "*"),
    **dict.fromkeys("○◌◯·∙", "o"),
    **dict.fromkeys("▲△▴▵↑⬆", "^"),
    **dict.fromkeys("▼▽▾▿↓⬇⏷", "v"),
    **dict.fromkeys("▶▸►→⭘➜❯›", ">"),
    **dict.fromkeys("◀◂◄←‹", "<"),
    **dict.fromkeys("✓✔", "+"),
    **dict.fromkeys("✗✘×✕✖", "x"),
    "…": "~",
}


class Ascii(LineFilter):
    """Replaces each character by one that means the same, cell by cell, so that nothing moves."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the line in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(plain(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(4096)
def plain(text: str) -> str:
    """Return text of the same width in which every character is ASCII."""
    return "".join(character if character.isascii() else _plain(character) for character in text)


def _plain(character: str) -> str:
    if character in GLYPHS:
        return GLYPHS[character]
    letter = unicodedata.normalize("NFKD", character)[0]
    return (letter if letter.isascii() else "?").ljust(cell_len(character), "?")[: cell_len(character)]
