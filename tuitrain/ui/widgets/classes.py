"""How well the model knows each class, as a table: samples, precision, recall, F1 and average precision."""

from typing import TYPE_CHECKING, Any

from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.listing import Column, listed, table
from tuitrain.ui.widgets.pictures import Picture

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

BAR = 20  # cells of a full bar


class Classes(Picture, Browser, can_focus=True):  # Textual finds a widget by its first base only
    """A row for each class, and their mean at the top: each class counts alike, one without samples does not."""

    needs = ("confusion",)
    absent = "there are no classes, numbers are learned here: 6 shows the largest errors"

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.arrays["confusion"]) + 1 if self.drawable else 0

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the table."""
        rows = table(self._columns(), width - 2)
        return listed(rows, self.place if self.has_focus else None, width, height, self.look)

    def _columns(self) -> list[Column]:
        counts = self.arrays["confusion"].astype(float)
        hits, there, said = counts.diagonal(), counts.sum(1), counts.sum(0)
        f1 = 2 * hits / (there + said).clip(1)
        known = there > 0
        columns = [
            Column("class", ["mean of all", *map(self.name_of, range(len(counts)))], left=True),
            Column("samples", [f"{int(there.sum()):,}", *(f"{int(count):,}" for count in there)], rank=2),
            Column("precision", _shares(hits / said.clip(1), known)),
            Column("recall", _shares(hits / there.clip(1), known)),
            Column("F1", _shares(f1, known)),
        ]
        if "average_precisions" in self.arrays:
            columns.append(Column("AP", _shares(self.arrays["average_precisions"], known)))
        return [*columns, Column("", ["", *("━" * round(BAR * value) for value in f1)], left=True, rank=3)]


def _shares(values: Any, known: Any) -> list[str]:
    """Return the mean over the classes that have samples, then each class; nothing for one without."""
    mean = f"{float(values[known].mean()):.4f}" if known.any() else ""
    return [mean, *(f"{float(value):.4f}" if there else "" for value, there in zip(values, known, strict=True))]
