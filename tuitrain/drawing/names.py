"""Names side by side in narrow places: shortened so that no two become the same. Must not know what is named."""

from collections import Counter
from collections.abc import Callable, Sequence

from rich.cells import get_character_cell_size

from tuitrain.drawing.look import Look
from tuitrain.drawing.text import label

LONGEST = 200
"""Cells of a name beyond which nobody tells it apart from another."""


def distinct(names: Sequence[str], cells: int, look: Look) -> list[str]:
    """Shorten names from outside to at most `cells` cells, none like another.

    Those that would be alike lose their middle, and where that does not help they end in their number. Where not
    even the number fits the name is empty: nothing is better than a wrong one.

    >>> distinct(["mouse", "maple_leaf", "maple_log", "maple_lag"], 6, Look())
    ['mouse', 'map…af', 'map…og', 'map…ag']
    """
    whole = [label(name, LONGEST, look) for name in names]
    short = [label(name, cells, look) for name in whole]
    mark = "~" if look.ascii else "…"
    ways: list[Callable[[int], str]] = [
        lambda at: _ends(whole[at], cells, mark),
        lambda at: _numbered(whole[at], at, cells, mark),
    ]
    for way in ways:
        seen = Counter(short)
        short = [way(at) if seen[name] > 1 else name for at, name in enumerate(short)]
    return short


def _ends(name: str, cells: int, mark: str) -> str:
    """Keep the beginning and the end of a name."""
    head = cells // 2
    return _taken(name, head) + mark + _taken(name[::-1], max(cells - head - 1, 0))[::-1]


def _numbered(name: str, number: int, cells: int, mark: str) -> str:
    """Keep the beginning of a name and write its number behind it."""
    text = str(number)
    if len(text) > cells:
        return ""
    return _taken(name, cells - len(text) - 1) + mark + text if cells > len(text) + 1 else text


def _taken(name: str, cells: int) -> str:
    """Take as many characters as fit."""
    kept = ""
    for character in name:
        cells -= get_character_cell_size(character)
        if cells < 0:
            break
        kept += character
    return kept
