"""Columns of a table: what their cells are (numbers, true or false, categories), and cells as numbers.

It must not know files, labels or splits.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tuitrain.datasets.own import few, shown

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

MISSING = frozenset({"", "na", "n/a", "nan", "null", "?"})
"""How a missing value is spelt, in any case."""

BOOLEANS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
"""What true and false are, however they are spelt, in any case."""

CLASSES = 1000
"""The largest number of classes that a column is learned as."""

Kind = Literal["nothing", "number", "boolean", "text"]

_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)
_LARGEST = 3.4e38  # of float32, which the columns become
_TELLING = 20  # different numbers in a column from which on a text among them is taken for a slip


def number(text: str) -> float | None:
    """Return the number that a text spells with a decimal point or comma; None where it is none or is too large.

    >>> number("1.5"), number("-1,5"), number("1_000"), number("inf")
    (1.5, -1.5, None, None)
    """
    if not (_POINT.fullmatch(text) or _COMMA.fullmatch(text)):
        return None
    value = float(text.replace(",", "."))
    return value if abs(value) <= _LARGEST else None


@dataclass(slots=True)
class Column:
    """What has been seen of a column: one of a table's, at this position in its rows."""

    name: str
    position: int
    filled: int = 0
    missing: int = 0
    gap: int = 0
    """The line of the first missing value."""
    whole: bool = True
    """Whether all numbers are whole."""
    rising: bool = True
    """Whether each number is the one before plus 1, as where rows are counted."""
    seen: set[str] = field(default_factory=set)
    """The different texts, one more than `CLASSES` at most."""
    points: tuple[str, int] | None = None
    """The first number with a decimal point, and its line."""
    commas: tuple[str, int] | None = None
    """The first number with a decimal comma, and its line."""
    odd: tuple[str, int] | None = None
    """The first text that is no number, and its line."""
    booleans: int = 0
    last: float | None = None

    @property
    def kind(self) -> Kind:
        """What the cells are."""
        if not self.filled:
            return "nothing"
        if self.booleans == self.filled:
            return "boolean"
        return "text" if self.odd else "number"

    @property
    def many(self) -> bool:
        """Whether there are more different texts than could be counted."""
        return len(self.seen) > CLASSES

    def categories(self) -> tuple[str, ...]:
        """Return the different texts in order; numbers by size, each value once, ahead of other texts."""
        if self.kind != "number":
            return tuple(sorted(self.seen))
        values = sorted({value for text in self.seen if (value := number(text)) is not None})
        return tuple(str(int(value)) if value.is_integer() else repr(value) for value in values)

    def look(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Take note of the next cells, which end on these lines."""
        if self._known(cells) or self._numbers(cells, lines):
            return
        for cell, line in zip(cells, lines, strict=True):
            text = cell.strip()
            if text.lower() in MISSING:
                self.missing += 1
                self.gap = self.gap or line
            else:
                self._look(text, line)

    def _known(self, cells: Sequence[str]) -> bool:
        """Take note of cells of words that were all seen before; tell whether they were."""
        if not self.odd or not self.seen.issuperset(cells):
            return False
        self.booleans += len(cells) if self.booleans == self.filled else 0
        self.filled += len(cells)
        return True

    def _numbers(self, cells: Sequence[str], lines: Sequence[int]) -> bool:
        """Take note of cells that are all numbers with a point or none, ten times as fast; tell whether they were."""
        import numpy as np

        joined = "".join(cells)
        values = None if self.odd or self.commas or "_" in joined or not joined.isascii() else _floats(cells)
        if values is None or not (np.abs(values) <= _LARGEST).all():
            return False
        self.filled += len(cells)
        if not self.many:
            self.seen.update(map(str.strip, cells))
        self.whole = self.whole and bool((values % 1 == 0).all())
        ahead = [] if self.last is None else [self.last]
        self.rising = self.rising and bool((np.diff(values, prepend=ahead) == 1).all())
        self.last = float(values[-1])
        if "." in joined and not self.points:
            place = next(place for place, cell in enumerate(cells) if "." in cell)
            self.points = cells[place].strip(), lines[place]
        return True

    def _look(self, text: str, line: int) -> None:
        self.filled += 1
        if not self.many:
            self.seen.add(text)
        value = number(text)
        if value is None:
            self.odd = self.odd or (text, line)
            self.booleans += text.lower() in BOOLEANS
            self.rising = False
            return
        if "," in text:
            self.commas = self.commas or (text, line)
        elif "." in text:
            self.points = self.points or (text, line)
        self.whole = self.whole and value.is_integer()
        self.rising = self.rising and self.last in (None, value - 1)
        self.last = value

    def objection(self, delimiter: str, limit: int) -> str:
        """Return what keeps the column from being an input, as a sentence on it, or nothing."""
        if self.kind == "number" and self.commas:
            return self._comma(delimiter)
        if self.kind != "text":
            return ""
        numbers = sum(number(text) is not None for text in self.seen)
        if self.odd and numbers > _TELLING:
            text, line = self.odd
            return f"has {shown(text)} in line {line} where other lines have numbers: correct it"
        if len(self.seen) > limit:
            there = f"more than {CLASSES:,}" if self.many else f"{len(self.seen):,}"
            examples = few(map(shown, sorted(self.seen)), 2).partition(" and ")[0]
            return f"is text with {there} different values ({examples}, ...) and categories allows {limit}: raise that"
        return ""

    def _comma(self, delimiter: str) -> str:
        assert self.commas is not None  # noqa: S101  the caller looked
        text, line = self.commas
        if self.points:
            other, there = self.points
            return f"has a decimal comma in line {line} ({text}) and a point in line {there} ({other}): use one of them"
        if delimiter == ",":
            return f"has {shown(text)} in line {line}, a comma where the delimiter is one: write numbers with a point"
        return ""

    def values(self, cells: Sequence[str]) -> "Array":
        """Return the cells [N] as numbers (float64), the missing ones as nan."""
        import numpy as np

        if self.kind == "boolean":
            return np.array([BOOLEANS.get(cell.strip().lower(), math.nan) for cell in cells])
        plain = None if self.commas else _floats(cells)
        if plain is not None:
            return plain
        texts = (cell.strip() for cell in cells)
        return np.array([math.nan if (value := number(text)) is None else value for text in texts])

    def codes(self, cells: Sequence[str], categories: Sequence[str]) -> "Array":
        """Return the place of each cell [N] among the categories (float64), nan for the missing ones."""
        import numpy as np

        if self.kind == "number":
            known = np.array([float(category) for category in categories])
            values = self.values(cells)
            found = np.searchsorted(known, np.nan_to_num(values)).clip(max=len(known) - 1)
            return np.where(known[found] == values, found, math.nan)
        places = {category: float(place) for place, category in enumerate(categories)}
        return np.array([places.get(cell.strip(), math.nan) for cell in cells])


def _floats(cells: Sequence[str]) -> "Array | None":
    """Return the numbers [N] as Python reads them, or None where a cell is none to it: an empty one, say."""
    import numpy as np

    try:
        return np.array(list(map(float, cells)))
    except ValueError:
        return None
