"""The parameter table of a model: names, shapes and counts, and of a step taken alone what it did to each tensor."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.reactive import reactive

from tuitrain.models import Parameter
from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.canvas import MUTED, note
from tuitrain.ui.widgets.listing import Column, line, listed, table

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

Single = tuple[int, Mapping[str, float | None]]
BYTES = 4  # of a number in float32
HINT = ". takes one step: then the gradient and the update of each tensor stand here"
TALL = 5  # lines from which one is left for the hint


class Parameters(Browser):
    """The total, then one row a tensor."""

    table: reactive[Sequence[Parameter]] = reactive((), init=False)
    single: reactive[Single | None] = reactive[Single | None](None, init=False)
    """The number of a step taken alone and, for each tensor NAME, the `grad/NAME` and `update/NAME` of it."""
    waiting: reactive[str] = reactive("nothing yet: F5 trains", init=False)
    """What stands there as long as nobody knows the parameters."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.table) + 1 if self.table else 0

    @property
    def of(self) -> str:
        """Which step the gradients are of."""
        return f"norm of the gradient and relative update in step {self.single[0]:,}" if self.single else ""

    def watch_table(self) -> None:
        """Show the new table."""
        self.redraw()

    def watch_single(self) -> None:
        """Show the new numbers."""
        self.redraw()

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the table, with a hint below it as long as no step was taken alone."""
        if not self.table:
            return note(self.waiting, width, height)
        hint = [line(HINT, width, MUTED)] if self.single is None and height >= TALL else []
        chosen = self.place if self.has_focus else None
        return listed(table(self._columns(), width - 2), chosen, width, height - len(hint), self.look) + hint

    def _columns(self) -> list[Column]:
        total = sum(parameter.count for parameter in self.table)
        counts = [total, *(parameter.count for parameter in self.table)]
        columns = [
            Column("parameter", ["total", *(parameter.name for parameter in self.table)], left=True),
            Column("shape", ["", *(" x ".join(map(str, parameter.shape)) for parameter in self.table)], left=True),
            Column("count", [f"{count:,}" for count in counts]),
            Column("share", [f"{count / total:.1%}" if total else "" for count in counts], rank=1),
            Column("in float32", [_size(count * BYTES) for count in counts], rank=2),
        ]
        if self.single is None:
            return columns
        told = self.single[1]
        for title, key, words in (("gradient", "grad", "{:.3g}"), ("update", "update", "{:.2e}")):
            values = [told.get(f"{key}/{parameter.name}") for parameter in self.table]
            columns.append(Column(title, ["", *("" if value is None else words.format(value) for value in values)]))
        return columns


def _size(count: int) -> str:
    """Return a number of bytes in the unit that keeps it short."""
    size, units = float(count), ["B", "KiB", "MiB", "GiB"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:,.0f} {units[0]}" if units[0] == "B" else f"{size:,.1f} {units[0]}"
