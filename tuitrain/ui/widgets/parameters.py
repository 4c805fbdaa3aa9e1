"""The parameter table of a model: what each tensor is and costs, and what a step did to it."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from textual.reactive import reactive

from tuitrain.models import Parameter
from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.canvas import MUTED, note
from tuitrain.ui.widgets.listing import Column, line, listed, table

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

Told = tuple[int, Mapping[str, float | None]]
BYTES = 4  # of a number in float32
LOW, HIGH = 1e-5, 1e-1  # relative updates beyond which a tensor hardly learns, or is thrown about; 1e-3 is usual
RATIO = 8  # cells of a relative update in figures
HINT = ". takes one step: then the gradient and the update of each tensor stand here"
TALL = 5  # lines from which one is left for the hint


class Parameters(Browser):
    """The total, then one row a tensor; where it is narrow names, counts and updates stay longest."""

    table: reactive[Sequence[Parameter]] = reactive((), init=False)
    live: reactive[Told | None] = reactive[Told | None](None, init=False)
    """The number of a step, the last one or that of the cursor, with `grad/NAME` and `update/NAME` of each tensor."""
    waiting: reactive[str] = reactive("nothing yet: F5 trains", init=False)
    """What stands there as long as nobody knows the parameters."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.table) + 1 if self.table else 0

    @property
    def of(self) -> str:
        """Which step the gradients are of."""
        return f"norm of the gradient and relative update in step {self.live[0]:,}" if self.live else ""

    def watch_table(self) -> None:
        """Show the new table."""
        self.redraw()

    def watch_live(self) -> None:
        """Show the new numbers."""
        self.redraw()

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the table, with a hint below it as long as nobody knows what a step does."""
        if not self.table:
            return note(self.waiting, width, height)
        hint = [line(HINT, width, MUTED)] if self.live is None and height >= TALL else []
        chosen = self.place if self.has_focus else None
        columns = [*self._sizes(), *self._changes()]
        return listed(table(columns, width - 2), chosen, width, height - len(hint), self.look) + hint

    def _sizes(self) -> list[Column]:
        total = sum(parameter.count for parameter in self.table)
        shapes = [" x ".join(map(str, parameter.shape)) for parameter in self.table]
        counts = [total, *(parameter.count for parameter in self.table)]
        known = [parameter.flops for parameter in self.table]
        flops = [sum(filter(None, known)) if any(each is not None for each in known) else None, *known]
        columns = [
            Column("parameter", ["total", *(parameter.name for parameter in self.table)], left=True),
            Column("shape", ["", *shapes], left=True, rank=3),
            Column("count", [f"{count:,}" for count in counts]),
            Column("share", [f"{count / total:.1%}" if total else "" for count in counts], rank=5),
            Column("in float32", [_size(count * BYTES) for count in counts], rank=6),
        ]
        return columns if flops[0] is None else [*columns, Column("flops", list(map(_operations, flops)), rank=4)]

    def _changes(self) -> list[Column]:
        """Return the gradients and updates; the total is the norm over all tensors."""
        if self.live is None:
            return []
        gradients, updates = (self._of_each(key) for key in ("grad", "update"))
        whole = sqrt(sum(each**2 for each in gradients if each is not None)) if any(gradients) else None
        words = ["", *map(_ratio, updates)]
        marked = max(map(len, words)) > RATIO
        return [
            Column("gradient", ["" if each is None else f"{each:.3g}" for each in (whole, *gradients)], rank=2),
            Column("update", [word.ljust(RATIO + 5) if marked else word for word in words], rank=1),
        ]

    def _of_each(self, key: str) -> list[float | None]:
        told = self.live[1] if self.live else {}
        return [told.get(f"{key}/{parameter.name}") for parameter in self.table]


def _ratio(update: float | None) -> str:
    """Return a relative update, with a word behind it where it is far from the usual 1e-3."""
    if update is None:
        return ""
    return f"{update:.2e}" + (" low" if update < LOW else " high" if update > HIGH else "")


def _operations(count: int | None) -> str:
    """Return a number of operations in the unit that keeps it short; nothing where nobody knows it."""
    if count is None:
        return ""
    size, units = float(count), ["", "k", "M", "G", "T"]
    while size >= 999.5 and len(units) > 1:  # what rounds to 1,000 is 1 of the next
        size /= 1000
        units.pop(0)
    return f"{size:.3g} {units[0]}".rstrip()


def _size(count: int) -> str:
    """Return a number of bytes in the unit that keeps it short."""
    size, units = float(count), ["B", "KiB", "MiB", "GiB"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:,.0f} {units[0]}" if units[0] == "B" else f"{size:,.1f} {units[0]}"
