"""Characters that are pictures, as exact geometry: blocks, braille, frames and signs.

Must not know colours, nor the format in which they end up.
"""

import math
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

WIDE, TALL = 8.0, 16.0
"""The size of a cell in the units of all shapes; the origin is its top left."""
MIDDLE, CENTRE = WIDE / 2, TALL / 2
LIGHT, HEAVY = 1.0, 2.5
"""Widths of thin and of thick lines."""
DOT = 3.2
"""Diameter of a braille dot; the dots lie 4 units apart, so that those of a curve almost touch."""

Point = tuple[float, float]


class Box(NamedTuple):
    """A filled rectangle; `share` of its colour covers what lies below."""

    left: float
    top: float
    right: float
    bottom: float
    share: float = 1.0


class Dot(NamedTuple):
    """A filled disc."""

    x: float
    y: float
    size: float


class Stroke(NamedTuple):
    """Points joined by a line of this width."""

    points: tuple[Point, ...]
    width: float


class Area(NamedTuple):
    """A filled polygon."""

    points: tuple[Point, ...]


Shape = Box | Dot | Stroke | Area
Shapes = tuple[Shape, ...]

FULL = Box(0, 0, WIDE, TALL)
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
QUADRANTS = dict(zip("▖▗▘▙▚▛▜▝▞▟", ("C", "D", "A", "ACD", "AD", "ABC", "ABD", "B", "BC", "BCD"), strict=True))
"""The quarters that each character fills: A B above, C D below."""
BRAILLE = tuple(
    (1 << bit, column, row)
    for bit, (column, row) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)))
)
"""The bit, the column and the row of each dot (Unicode 15, block 2800)."""


@lru_cache(maxsize=1024)
def shapes(character: str) -> Shapes:
    """Return what a character is made of; nothing where it is a letter, for a font to draw."""
    code = ord(character)
    if 0x2800 <= code <= 0x28FF:
        return tuple(Dot(2 + 4 * column, 2 + 4 * row, DOT) for bit, column, row in BRAILLE if code & bit)
    if 0x2580 <= code <= 0x259F:
        return _block(character)
    if 0x2500 <= code <= 0x257F:
        return _frame(unicodedata.name(character).removeprefix("BOX DRAWINGS "))
    return _SIGNS.get(character, ())


def _block(character: str) -> Shapes:
    """Return the part of a cell that a block element fills (Unicode 15, block 2580)."""
    code = ord(character)
    if character in SHADES:
        return (FULL._replace(share=SHADES[character]),)
    if character in QUADRANTS:
        return tuple(_quarter(place) for place in QUADRANTS[character])
    if 0x2581 <= code <= 0x2588:
        return (FULL._replace(top=TALL * (0x2588 - code) / 8),)
    if 0x2589 <= code <= 0x258F:
        return (FULL._replace(right=WIDE * (0x2590 - code) / 8),)
    parts = {"▀": FULL._replace(bottom=CENTRE), "▐": FULL._replace(left=MIDDLE)}
    eighths = {"▔": FULL._replace(bottom=TALL / 8), "▕": FULL._replace(left=WIDE * 7 / 8)}
    return ((parts | eighths)[character],)


def _quarter(place: str) -> Box:
    left, top = MIDDLE * (place in "BD"), CENTRE * (place in "CD")
    return Box(left, top, left + MIDDLE, top + CENTRE)


def _frame(name: str) -> Shapes:
    """Return the lines of a box drawing character from its name, such as LIGHT DOWN AND RIGHT."""
    if "DIAGONAL" in name:
        falling, rising = ((0.0, 0.0), (WIDE, TALL)), ((0.0, TALL), (WIDE, 0.0))
        cross = "CROSS" in name
        drawn = [falling] * (cross or "LEFT TO LOWER" in name) + [rising] * (cross or "RIGHT TO LOWER" in name)
        return tuple(Stroke(points, LIGHT) for points in drawn)
    if "DASH" in name:
        return _dashes(name)
    if "ARC" in name:
        return (_arc(name),)
    arms = _arms(name)
    reach = max(arms.values()) / 2
    return tuple(box for arm, width in arms.items() for box in _arm(arm, width, reach, "DOUBLE" in name))


def _dashes(name: str) -> Shapes:
    count = {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}[re.findall("DOUBLE|TRIPLE|QUADRUPLE", name)[0]]
    half = (HEAVY if "HEAVY" in name else LIGHT) / 2
    if "VERTICAL" in name:
        pitch = TALL / count
        starts = [pitch * (number + 0.2) for number in range(count)]
        return tuple(Box(MIDDLE - half, start, MIDDLE + half, start + pitch * 0.6) for start in starts)
    pitch = WIDE / count
    starts = [pitch * (number + 0.2) for number in range(count)]
    return tuple(Box(start, CENTRE - half, start + pitch * 0.6, CENTRE + half) for start in starts)


def _arc(name: str) -> Stroke:
    """Return a rounded corner: a quarter of a circle with straight ends."""
    right, down = "RIGHT" in name, "DOWN" in name
    across, along = (1 if right else -1), (1 if down else -1)
    turn = [math.pi / 2 * step / 6 for step in range(7)]
    corner = [
        (MIDDLE + across * MIDDLE * (1 - math.sin(angle)), CENTRE + along * MIDDLE * (1 - math.cos(angle)))
        for angle in turn
    ]
    return Stroke((*corner, (MIDDLE, TALL if down else 0.0)), LIGHT)


def _arms(name: str) -> dict[str, float]:
    """Return the width of the line to each side, by the name of the side."""
    weights = {"LIGHT": LIGHT, "SINGLE": LIGHT, "HEAVY": HEAVY, "DOUBLE": LIGHT}
    both = {"VERTICAL": ("UP", "DOWN"), "HORIZONTAL": ("LEFT", "RIGHT")}
    found: dict[str, float] = {}
    usual = next(word for word in name.split() if word in weights)
    for part in name.split(" AND "):
        words = part.split()
        weight = next((word for word in words if word in weights), usual)
        for word in words:
            for side in both.get(word, (word,) if word not in weights else ()):
                found[side] = weights[weight]
    return found


def _arm(side: str, width: float, reach: float, double: bool) -> list[Box]:
    """Return the line from the middle to one side, in two rails where it is a double one."""
    half = width / 2
    rails = (-1.5, 1.5) if double else (0.0,)
    low, high = (0.0, MIDDLE + reach) if side == "LEFT" else (MIDDLE - reach, WIDE)
    if side in ("LEFT", "RIGHT"):
        return [Box(low, CENTRE + rail - half, high, CENTRE + rail + half) for rail in rails]
    low, high = (0.0, CENTRE + reach) if side == "UP" else (CENTRE - reach, TALL)
    return [Box(MIDDLE + rail - half, low, MIDDLE + rail + half, high) for rail in rails]


def _circle(radius: float) -> tuple[Point, ...]:
    angles = [math.tau * step / 24 for step in range(25)]
    return tuple((MIDDLE + radius * math.cos(angle), CENTRE + radius * math.sin(angle)) for angle in angles)


def _lines(width: float, *lines: tuple[Point, ...]) -> Shapes:
    return tuple(Stroke(points, width) for points in lines)


def _pointer(side: str, size: float) -> Shapes:
    """Return a triangle that points to a side."""
    x, y = MIDDLE, CENTRE
    corners = {
        "up": ((x - size, y + size), (x, y - size), (x + size, y + size)),
        "down": ((x - size, y - size), (x, y + size), (x + size, y - size)),
        "right": ((x - size, y - size - 1), (x + size, y), (x - size, y + size + 1)),
        "left": ((x + size, y - size - 1), (x - size, y), (x + size, y + size + 1)),
    }
    return (Area(corners[side]),)


def _arrow(side: str) -> Shapes:
    """Return an arrow that points to a side."""
    turned = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}[side]

    def place(along: float, across: float) -> Point:
        return MIDDLE + along * turned[0] + across * turned[1], CENTRE + along * turned[1] + across * turned[0]

    reach = 3.2 if turned[0] else 5.0
    shaft = (place(-reach, 0), place(reach, 0))
    head = (place(reach - 2.5, -2.5), place(reach, 0), place(reach - 2.5, 2.5))
    return _lines(1.2, shaft, head)


_CROSS = ((1.3, CENTRE - 2.9), (6.7, CENTRE + 2.9)), ((6.7, CENTRE - 2.9), (1.3, CENTRE + 2.9))
_CHECK = ((1.2, CENTRE + 0.4), (3.2, CENTRE + 2.9), (6.9, CENTRE - 3.1))
_SMALL = ((1.9, CENTRE - 2.1), (6.1, CENTRE + 2.1)), ((6.1, CENTRE - 2.1), (1.9, CENTRE + 2.1))
_DIAMOND = (Area(((MIDDLE, CENTRE - 4), (MIDDLE + 3.6, CENTRE), (MIDDLE, CENTRE + 4), (MIDDLE - 3.6, CENTRE))),)
_RING, _DISC = Stroke(_circle(3.0), 1.1), Dot(MIDDLE, CENTRE, 6.6)
_SIGNS: dict[str, Shapes] = {
    **dict.fromkeys("●⬤", (_DISC,)),
    **dict.fromkeys("○◯◌", (_RING,)),
    "◉": (_RING, Dot(MIDDLE, CENTRE, 3.0)),
    "⊗": (_RING, *_lines(1.1, *_SMALL)),
    "•": (Dot(MIDDLE, CENTRE, 4.0),),
    **dict.fromkeys("·∙", (Dot(MIDDLE, CENTRE, 2.0),)),
    **dict.fromkeys("✗✕", _lines(1.4, *_CROSS)),
    **dict.fromkeys("✘✖", _lines(2.2, *_CROSS)),
    "✓": _lines(1.4, _CHECK),
    "✔": _lines(2.2, _CHECK),
    "◆": _DIAMOND,
    "■": (Box(0.8, CENTRE - 3.2, 7.2, CENTRE + 3.2),),
    "▪": (Box(2.0, CENTRE - 2.0, 6.0, CENTRE + 2.0),),
    "‖": (Box(1.8, 3.0, 3.2, 13.0), Box(4.8, 3.0, 6.2, 13.0)),
    "…": (Dot(1.4, 12.0, 1.5), Dot(4.0, 12.0, 1.5), Dot(6.6, 12.0, 1.5)),
    **dict.fromkeys("▲▴", _pointer("up", 3.2)),
    **dict.fromkeys("▼▾", _pointer("down", 3.2)),
    **dict.fromkeys("▶▸►", _pointer("right", 2.4)),
    **dict.fromkeys("◀◂◄", _pointer("left", 2.4)),
    "→": _arrow("right"),
    "←": _arrow("left"),
    "↑": _arrow("up"),
    "↓": _arrow("down"),
}
"""Signs that few fonts have in the width of a cell."""
