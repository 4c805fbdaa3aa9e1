"""Lines of styled cells, as drawn for a terminal, to SVG, PNG, plain text and text with colours.

Must not know what was drawn.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rich.cells import get_character_cell_size
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Lines
from tuitrain.drawing.text import clean
from tuitrain.files import write_whole

DEPTHS = {24: ColorSystem.TRUECOLOR, 8: ColorSystem.EIGHT_BIT, 4: ColorSystem.STANDARD}


class Paper(NamedTuple):
    """What lies under the cells, and the colour of those that have none of their own: packed 0xRRGGBB."""

    ground: int
    ink: int


DARK, LIGHT = Paper(0x101418, 0xD4D8DD), Paper(0xFFFFFF, 0x20262C)


class Cell(NamedTuple):
    """One character with its place; `width` is 1 or 2 cells; colours are resolved."""

    row: int
    column: int
    character: str
    width: int
    ink: int
    ground: int
    bold: bool
    italic: bool
    underline: bool


class Dress(NamedTuple):
    """How the cells of one style look on a paper."""

    ink: int
    ground: int
    bold: bool
    italic: bool
    underline: bool


def paper(*, dark: bool) -> Paper:
    """Return the paper of a dark or of a light screen."""
    return DARK if dark else LIGHT


def cells(lines: Lines, on: Paper) -> Iterator[Cell]:
    """Return every cell; characters of no width are dropped, those that cannot be shown are `?`."""
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            dress = _dress(segment.style or Style.null(), on)
            for character in segment.text if segment.control is None else "":
                width = get_character_cell_size(character)
                if width:
                    yield Cell(row, column, _shown(character), width, *dress)
                column += width


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() or unicodedata.category(character) == "Co" else "?"  # drawing.album holds places


@lru_cache(maxsize=4096)
def _dress(style: Style, on: Paper) -> Dress:
    ink, ground = _packed(style.color, on.ink), _packed(style.bgcolor, on.ground)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = palette.mix(ink, ground, 0.4)
    return Dress(ink, ground, bool(style.bold), bool(style.italic), bool(style.underline))


def _packed(colour: Color | None, otherwise: int) -> int:
    if colour is None or colour.is_default:
        return otherwise
    red, green, blue = colour.get_truecolor()
    return red << 16 | green << 8 | blue


def size(lines: Lines) -> tuple[int, int]:
    """Return how many cells wide and tall lines are."""
    return max(map(Segment.get_line_length, lines), default=0), len(lines)


def plain(lines: Lines) -> str:
    """Return the characters alone, without spaces at the ends of lines."""
    return "".join("".join(segment.text for segment in line).rstrip() + "\n" for line in lines)


def ansi(lines: Lines, depth: int = 24) -> str:
    """Return the lines with escape sequences for colours of so many bits: 24, 8 or 4."""
    system = DEPTHS[depth]
    rows = ("".join(_painted(segment, system) for segment in line) for line in lines)
    return "".join(f"{row}\n" for row in rows)


def _painted(segment: Segment, system: ColorSystem) -> str:
    if segment.style is None:
        return segment.text
    return _lowered(segment.style, system).render(segment.text, color_system=system)


@lru_cache(maxsize=4096)
def _lowered(style: Style, system: ColorSystem) -> Style:
    """Return a style that was never rendered: rich keeps the sequences of the first time, whatever is asked later."""
    return Style(
        color=style.color.downgrade(system) if style.color else None,
        bgcolor=style.bgcolor.downgrade(system) if style.bgcolor else None,
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        reverse=style.reverse,
    )


def stacked(drawings: Iterable[tuple[str, Lines]]) -> Lines:
    """Put drawings below one another, each under its title; titles are from outside and get cleaned."""
    found: Lines = []
    for title, lines in drawings:
        seen = max((row for row, line in enumerate(lines, 1) if not all(map(_empty, line))), default=0)
        found += [[Segment("")]] if found else []
        found += [[Segment(clean(title), Style(bold=True))]] if title else []
        found += lines[:seen]
    return found


def _empty(segment: Segment) -> bool:
    """Tell whether nothing of it can be seen: a space on a ground of its own can."""
    return not segment.text.strip() and not (segment.style and segment.style.bgcolor)


def _svg(lines: Lines, on: Paper, title: str) -> bytes:
    from tuitrain.paper import svg

    return svg.draw(lines, on, title).encode()


def _png(lines: Lines, on: Paper, title: str) -> bytes:
    from tuitrain.paper import png

    return png.draw(lines, on, title)


FORMATS: dict[str, Callable[[Lines, Paper, str], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".txt": lambda lines, _on, _title: plain(lines).encode("utf-8", "replace"),
    ".ans": lambda lines, _on, _title: ansi(lines).encode("utf-8", "replace"),
}
"""What a file of each ending holds."""


def save(path: Path, lines: Lines, *, dark: bool, title: str = "") -> None:
    """Write a drawing in the format that the name ends with; raise ValueError for another, and OSError."""
    draw = FORMATS.get(path.suffix.lower())
    if draw is None:
        raise ValueError(
            f"{path}: end the name in {_listed(list(FORMATS))}; {path.suffix or 'no ending'} says no format"
        )
    write_whole(path, draw(lines, paper(dark=dark), clean(title)), mode=0o666)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
