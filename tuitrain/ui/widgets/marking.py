"""Marks over the curves as one chart has room for them: those that lie close together are one, long words short."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log10
from typing import TYPE_CHECKING

from tuitrain.drawing.axes import Frame
from tuitrain.drawing.curves import Mark

if TYPE_CHECKING:
    from tuitrain.ui.widgets.chart import View

ALARM = "#d95448"
ALARMING = ("diverged", "trouble")
"""Marks that tell of something bad."""
APART = 8  # columns within which marks are one
PART = 3  # of the width words may take, before they are made short
ARROW = " -> "
BRANCH = "branch "

Placed = tuple[float, float, str]
"""The column of a mark, its place in plain values, its words."""


def marks(view: "View", frame: Frame | None) -> list[Mark]:
    """Return the upright lines that are drawn in this frame."""
    if frame is None:
        return []
    return [_mark(group, frame.width // PART) for group in _groups(list(_placed(view.marks, frame)))]


def _placed(given: Sequence[tuple[float, str]], frame: Frame) -> Iterator[Placed]:
    low, high = frame.x
    for x, words in given:
        place = (log10(x) if x > 0 else low - 1) if frame.log_x else x
        if low <= place <= high:
            yield (place - low) / ((high - low) or 1) * frame.width, x, words


def _groups(placed: Sequence[Placed]) -> list[list[Placed]]:
    """Return the marks in groups, each with what lies within a few columns of its first."""
    groups: list[list[Placed]] = []
    for one in placed:
        if groups and one[0] - groups[-1][0][0] < APART:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _mark(group: Sequence[Placed], room: int) -> Mark:
    """Return the mark of a group: at what is alarming in it, else at its first."""
    bad = next((one for one in group if one[2] in ALARMING), None)
    x, words = (bad or group[0])[1:]
    told = [one[2] for one in group]
    if len(set(told)) == 1:
        return Mark(x, _short(words, room) + (f" x{len(told)}" if len(told) > 1 else ""), ALARM if bad else "")
    if bad:
        return Mark(x, f"{words} +{len(told) - 1}", ALARM)
    whole = ", ".join(told)
    return Mark(x, whole if len(whole) <= room else ", ".join(_latest(told)))


def _latest(told: Sequence[str]) -> Iterator[str]:
    """Yield short words for each, of one setting that was changed again and again only the last value."""
    for words, following in pairwise([*told, ""]):
        if _key(words) != _key(following):
            yield _short(words, 0)


def _key(words: str) -> str:
    return words.partition(" ")[0]


def _short(words: str, room: int) -> str:
    """Return a change without its old value where it is too long: lr 0.1 -> 0.01 is lr 0.01; of a branch the word."""
    if words.startswith(BRANCH) and len(words) > room:
        return BRANCH.strip()
    before, arrow, new = words.partition(ARROW)
    return words if not arrow or len(words) <= room else f"{_key(before)} {new}"
