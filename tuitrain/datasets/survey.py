"""What a table holds, seen in one pass over its file: the inputs, the label, and rows as numbers in a second pass.

It must not know splits. Nothing of the file is kept in memory but the different texts of its columns.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tuitrain.datasets.columns import Column
from tuitrain.datasets.encoder import Encoder
from tuitrain.datasets.own import few
from tuitrain.datasets.sheet import Sheet

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array, Task

Allocate = Callable[[str, tuple[int, ...]], "Array"]
"""Makes a float32 array of this name and shape, in memory or in a file."""

_AT_ONCE = 4096  # rows that become one-hot at a time


def look(sheet: Sheet, ignore: Sequence[str]) -> tuple[list[Column], int]:
    """Return what is seen of each column that is not ignored, and the number of rows; raise Unavailable."""
    columns = [Column(name, place) for place, name in enumerate(sheet.names) if name not in ignore]
    rows = 0
    for lines, chunk in sheet.chunks():
        cells = list(zip(*chunk, strict=True))
        for column in columns:
            column.look(cells[column.position], lines)
        rows += len(lines)
    return columns, rows


@dataclass(frozen=True, slots=True)
class Feature:
    """A column as inputs: one number, or one input for each category, of which the one that holds is 1."""

    column: Column
    categories: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        if not self.categories:
            return (self.column.name,)
        return tuple(f"{self.column.name}={category}" for category in self.categories)

    @property
    def kind(self) -> Literal["number", "boolean", "text"]:
        """What the cells are; a column without any is none of a table's inputs."""
        return "number" if self.column.kind == "nothing" else self.column.kind

    @property
    def scaled(self) -> bool:
        """Whether the input has a scale that may be changed: what is 0 or 1 stays so."""
        return self.column.kind == "number"

    def encode(self, cells: Sequence[str]) -> "Array":
        """Return a number for each cell [N]: its value, or the place of its category; nan where it is missing."""
        return self.column.codes(cells, self.categories) if self.categories else self.column.values(cells)

    def tally(self, values: "Array") -> "Array":
        """Return the sum and the number of these values [N], or of a column that is no number how many of each."""
        import numpy as np

        there = values[~np.isnan(values)]
        if self.scaled:
            return np.array([there.sum(dtype=np.float64), len(there)])
        return np.bincount(there.astype(np.int64), minlength=max(2, len(self.categories))).astype(np.float64)

    def common(self, tally: "Array") -> float:
        """Return what stands for a missing value: the mean of numbers, else the most frequent value; nan for none."""
        if not tally[-1 if self.scaled else slice(None)].any():
            return math.nan
        return float(tally[0] / tally[1] if self.scaled else tally.argmax())

    def spelt(self, value: float) -> str:
        """Return a value as the file would have it."""
        if self.categories:
            return self.categories[int(value)]
        return f"{value:.4g}" if self.scaled else str(bool(value)).lower()


@dataclass(frozen=True, slots=True)
class Survey:
    """The columns that are learned from, the one that is learned, and how many rows there are."""

    sheet: Sheet
    features: tuple[Feature, ...]
    label: Column
    rows: int
    task: "Task"
    classes: tuple[str, ...] = ()
    """Of a classification."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(name for feature in self.features for name in feature.names)

    @property
    def size(self) -> int:
        """Bytes of the inputs."""
        return self.rows * len(self.names) * 4

    def encoded(self, allocate: Allocate, drop: bool) -> "tuple[Array, Array]":
        """Return a number for each column of each row [N, columns] (float32), and labels [N] (float64).

        Rows without a label are left out; `drop`: those that miss anything as well.
        """
        import numpy as np

        rows, labels, end = allocate("rows", (self.rows, len(self.features))), np.empty(self.rows), 0
        for part, found in self._encoded():
            whole = ~np.isnan(found) & ~(np.isnan(part).any(axis=1) & drop)
            after = end + int(whole.sum())
            rows[end:after], labels[end:after], end = part[whole], found[whole], after
        return rows[:end], labels[:end]

    def _encoded(self) -> "Iterator[tuple[Array, Array]]":
        import numpy as np

        for _, chunk in self.sheet.chunks():
            cells = list(zip(*chunk, strict=True))
            part = np.stack([feature.encode(cells[feature.column.position]) for feature in self.features], axis=1)
            own = cells[self.label.position]
            yield part, self.label.codes(own, self.classes) if self.classes else self.label.values(own)

    def common(self, rows: "Array", chosen: "Array") -> "Array":
        """Return what stands for a missing value of each feature [columns], judged by the chosen encoded rows.

        It is nan where no chosen row has a value, and where none is missing.
        """
        import numpy as np

        gaps = {place: feature for place, feature in enumerate(self.features) if feature.column.missing}
        tallies = {place: feature.tally(np.empty(0)) for place, feature in gaps.items()}
        for start in range(0, len(chosen), _AT_ONCE):
            part = rows[chosen[start : start + _AT_ONCE]]
            for place, feature in gaps.items():
                tallies[place] += feature.tally(part[:, place])
        common = np.full(len(self.features), np.nan)
        for place, feature in gaps.items():
            common[place] = feature.common(tallies[place])
        return common

    def encoders(self, common: "Array") -> tuple[Encoder, ...]:
        """Return how each column becomes inputs; `common` [columns] is what stands for missing values, nan for none."""
        return tuple(
            Encoder(feature.column.name, feature.kind, feature.categories, None if math.isnan(fill) else fill)
            for feature, fill in zip(self.features, common.tolist(), strict=True)
        )

    def expanded(self, rows: "Array", chosen: "Array", fill: "Array", out: "Array") -> "Array":
        """Return `out`, filled with the inputs [N, inputs] of the chosen rows; `fill` [columns] where they miss any."""
        import numpy as np

        for start in range(0, len(chosen), _AT_ONCE):
            part = rows[chosen[start : start + _AT_ONCE]]
            part = np.where(np.isnan(part), fill.astype(np.float32), part)
            columns = (_expanded(part[:, [place]], feature) for place, feature in enumerate(self.features))
            out[start : start + len(part)] = np.concatenate(list(columns), axis=1)
        return out


def _expanded(values: "Array", feature: Feature) -> "Array":
    """Return the inputs [N, inputs of the feature] of its encoded values [N, 1]."""
    import numpy as np

    return values == np.arange(len(feature.categories)) if feature.categories else values


def told(features: Sequence[Feature]) -> list[str]:
    """Return a sentence for each kind of column there is: which they are, and what they miss."""
    groups = {
        "numbers": [_told(feature, "") for feature in features if feature.scaled],
        "true or false": [_told(feature, "") for feature in features if feature.column.kind == "boolean"],
        "categories": [
            _told(feature, few(feature.categories, 4)) for feature in features if feature.column.kind == "text"
        ],
        "the same in every row": [feature.column.name for feature in features if len(feature.column.seen) == 1],
        "counts the rows (if that is all, put it into ignore)": [
            feature.column.name for feature in features if feature.column.rising and feature.column.filled > _FEW
        ],
    }
    return [f"{kind}: {few(names, 12)}" for kind, names in groups.items() if names]


_FEW = 20  # rows in which a column may rise by one from row to row by chance


def _told(feature: Feature, what: str) -> str:
    missing = f"{feature.column.missing:,} missing" if feature.column.missing else ""
    more = "; ".join(filter(None, (what, missing)))
    return f"{feature.column.name} ({more})" if more else feature.column.name
