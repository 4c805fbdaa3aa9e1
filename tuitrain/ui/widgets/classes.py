"""How well the model knows each class, as a table: samples, precision, recall, F1 and average precision."""

from typing import TYPE_CHECKING, Any

from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.listing import Column, listed, table
from tuitrain.ui.widgets.picture import Arrays, Picture

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

BAR = 20  # cells of a full bar
SHORT = {"average precision": "AP"}
"""What a column is called that has a long name."""


class Classes(Picture, Browser):
    """A row for each class, and their mean at the top: each class counts alike, one without samples does not."""

    needs = ("confusion",)
    compared = ("confusion", "average_precisions")
    absent = "there are no classes, numbers are learned here: 6 shows the largest errors"

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.arrays["confusion"]) + 1 if self.drawable else 0

    @property
    def movable(self) -> bool:
        """Whether there are rows to choose from."""
        return self.count > 1

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the table."""
        rows = table(self._columns(), width - 2)
        chosen = self.place if self.has_focus else None
        return listed(rows, chosen, width, height, self.look, around=self.place)

    def _columns(self) -> list[Column]:
        """Return the columns: of a difference how much more each number is than that of the best."""
        there, scores = _scores(self.arrays)
        names = ["mean of all", *map(self.name_of, range(len(there)))]
        columns = [
            Column("class", names, left=True),
            Column("samples", [f"{int(there.sum()):,}", *(f"{int(count):,}" for count in there)], rank=2),
        ]
        if self.base:
            best = _scores(self.base)[1]
            return [*columns, *(Column(name, _changes(scores[name], best[name])) for name in scores if name in best)]
        columns += [Column(name, _written(values)) for name, values in scores.items()]
        bars = ["━" * round(BAR * value) if there else "" for value, there in zip(scores["F1"][1:], there, strict=True)]
        return [*columns, Column("", ["", *bars], left=True, rank=3)]


def _scores(arrays: Arrays) -> "tuple[Any, dict[str, Any]]":
    """Return the samples of each class, and of each score the mean and then each class, NaN for one without samples."""
    import numpy as np

    from tuitrain.paper import table as tables

    there, found = tables.scores(arrays)
    known = there > 0
    means = {name: values[known].mean() if known.any() else np.nan for name, values in found.items()}
    return there, {
        SHORT.get(name, name): np.append(means[name], np.where(known, values, np.nan)) for name, values in found.items()
    }


def _written(values: Any) -> list[str]:
    return [f"{value:.4f}" if value == value else "" for value in values.tolist()]  # noqa: PLR0124  NaN is none


def _changes(now: Any, best: Any) -> list[str]:
    """Write differences with their sign; one that rounds to nothing is a dot."""
    found = [f"{change:+.4f}" if change == change else "" for change in (now - best).tolist()]  # noqa: PLR0124  as above
    return ["·" if text in {"+0.0000", "-0.0000"} else text for text in found]
