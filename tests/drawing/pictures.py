"""What the tests of drawings share: the terminals, the sizes, and a drawing as plain rows."""

from itertools import pairwise

from rich.segment import Segment

from tuitrain.drawing.cells import Lines
from tuitrain.drawing.look import Look

LOOKS = [
    *(Look(ascii=plain, colour=colour) for plain in (False, True) for colour in (False, True)),
    Look(dark=False),
    Look(depth=8),
    Look(depth=8, dark=False),
    Look(depth=4),
]
SIZES = [(1, 1), (2, 1), (1, 5), (3, 2), (7, 3), (16, 5), (20, 6), (33, 9), (58, 14), (80, 24), (200, 60)]
HOSTILE = "evil\x1b[2J\u202e[bold]\n\u200b"


def rows(lines: Lines) -> list[str]:
    """Give the characters of each line."""
    return ["".join(segment.text for segment in line) for line in lines]


def check(lines: Lines, width: int, height: int, look: Look) -> None:
    """Assert what holds for every drawing: its exact size, merged runs, ASCII and colour where asked."""
    assert len(lines) == height
    assert {Segment.get_line_length(line) for line in lines} <= {width}
    for line in lines:
        assert all(a.style != b.style for a, b in pairwise(line))
        assert all(segment.control is None and "\n" not in segment.text for segment in line)
    text = "".join(rows(lines))
    assert not look.ascii or text.isascii()
    assert not any(ord(character) < 32 or character in "\u202e\u200b" for character in text)
    if not look.colour:
        assert all(not segment.style for line in lines for segment in line)
