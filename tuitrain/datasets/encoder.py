"""Cells of a table as inputs once more: with the categories and fills of the rows that were learned from.

It must not know files, labels or splits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tuitrain.datasets.columns import BOOLEANS, MISSING, number
from tuitrain.datasets.own import few, shown

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array


@dataclass(frozen=True, slots=True)
class Encoder:
    """A column as inputs: one number, or one input for each category, of which the one that holds is 1."""

    name: str
    kind: Literal["number", "boolean", "text"] = "number"
    categories: tuple[str, ...] = ()
    """The texts that the column had, in the order of their inputs."""
    fill: float | None = None
    """What stands for a missing value: a number, or the place of a category; None where nothing does."""

    def code(self, cell: str) -> float:
        """Return the number of a cell, or the place of its category; raise ValueError where it has none."""
        text = cell.strip()
        if text.lower() in MISSING:
            if self.fill is None:
                raise ValueError(f"column {shown(self.name)} has no value, and nothing is known to stand for it")
            return self.fill
        found = self._place(text) if self.categories else self._value(text)
        if found is None:
            raise ValueError(f"column {shown(self.name)} has {shown(text)}, which is no {self._wanted}")
        return found

    def _place(self, text: str) -> float | None:
        return float(self.categories.index(text)) if text in self.categories else None

    def _value(self, text: str) -> float | None:
        return BOOLEANS.get(text.lower()) if self.kind == "boolean" else number(text)

    @property
    def _wanted(self) -> str:
        if self.categories:
            return f"category that was learned ({few(self.categories, 4)})"
        return "true or false" if self.kind == "boolean" else "number"


def inputs(codes: Sequence[Sequence[float]], encoders: Sequence[Encoder]) -> "Array":
    """Return the inputs [N, inputs] (float32) of encoded rows [N, columns]."""
    import numpy as np

    values = np.array(codes, np.float32).reshape(len(codes), len(encoders))
    parts = [_spread(values[:, [place]], encoder) for place, encoder in enumerate(encoders)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _spread(values: "Array", encoder: Encoder) -> "Array":
    import numpy as np

    return values == np.arange(len(encoder.categories)) if encoder.categories else values
