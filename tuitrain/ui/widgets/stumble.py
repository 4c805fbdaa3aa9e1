"""What a training stumbled over: the gradients before it, and the samples of the batch. It knows no keys."""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from rich.style import Style

from tuitrain.ui.measures import compact
from tuitrain.ui.widgets.canvas import MUTED, Canvas, note
from tuitrain.ui.widgets.listing import line
from tuitrain.ui.widgets.picture import Arrays
from tuitrain.ui.widgets.samples import Mistakes

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

CHART = 4  # lines from which there is room for axes
WIDE_RANGE = 30.0  # times the smallest norm from which an axis is logarithmic
NONE_KEPT = "the batch was not written"


class Norms(Canvas):
    """The norms of the gradients of the steps before `step`: a curve, or a row of columns where it is low."""

    def __init__(self, norms: Sequence[float | None], step: int) -> None:
        super().__init__(id="norms")
        self.norms = [norm if norm is not None and isfinite(norm) else None for norm in norms]
        self.step = step

    def words(self, room: int) -> str:
        """Return from where to where they go, in so many cells as far as that can be."""
        known = [norm for norm in self.norms if norm is not None]
        if not known:
            return "no gradient before it was measured"
        few = "step" if len(self.norms) == 1 else f"{len(self.norms)} steps"
        low, high = compact(min(known)), compact(max(known))
        spread = low if low == high else f"{low} to {high}"
        long = f"gradient norm of the {few} before it: {spread}"
        return long if len(long) <= room else f"gradient norm {spread}"

    def draw(self, width: int, height: int) -> "Lines":
        """Draw them under a line of words; where there are none, or one line, the words alone."""
        words = line(self.words(width - 2), width, MUTED)
        if height == 1 or not any(norm is not None for norm in self.norms):
            return ([words] + [line("", width)] * height)[:height]
        return [words, *(self._curve(width, height - 1) if height > CHART else self._columns(width, height - 1))]

    def _curve(self, width: int, height: int) -> "Lines":
        from tuitrain.drawing.curves import Curve, draw
        from tuitrain.drawing.palette import series

        values = [float("nan") if norm is None else norm for norm in self.norms]
        known = [norm for norm in self.norms if norm is not None]
        steps = range(self.step - len(values), self.step)
        wide = min(known) > 0 and max(known) / min(known) > WIDE_RANGE
        curve = Curve("gradient norm", list(steps), values, series(0))
        return draw([curve], width, height, self.look, log_y=wide)

    def _columns(self, width: int, height: int) -> "Lines":
        from tuitrain.drawing.gauge import history
        from tuitrain.drawing.palette import series

        shown = self.norms[-max(width - 2, 1) :]
        top = max((norm for norm in shown if norm is not None), default=0.0) or 1.0
        shares = [None if norm is None else norm / top for norm in shown]
        return [line(row, width, Style(color=series(0))) for row in history(shares, height, self.look)]


class Batch(Mistakes):
    """The samples of one batch, those that matter most first, as the file of a trouble has them."""

    def __init__(self, arrays: Arrays, labels: Sequence[str]) -> None:
        super().__init__(id="batch")
        self.set_reactive(Batch.labels, labels)
        self.set_reactive(Batch.arrays, _sorted(arrays))

    @property
    def subject(self) -> str:
        """What the numbers of the samples count in."""
        return "the training split"

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the samples, or say that there are none."""
        return super().draw(width, height) if self.drawable else note(NONE_KEPT, width, height)

    def _said(self, value: Any) -> str:
        """Return a class by name, a question mark where the model found none; target numbers in words."""
        return "?" if value.ndim == 0 and int(value) < 0 else super()._said(value)


NAMES = {"samples": "worst", "losses": "worst_losses", "labels": "worst_labels", "predictions": "worst_predictions"}
"""What the arrays of a batch are called in a snapshot."""


def _sorted(arrays: Arrays) -> Arrays:
    """Return the arrays of a batch as a snapshot has those of its worst samples; none where one is missing."""
    kind = "images" if "images" in arrays else "inputs"
    names = {**NAMES, kind: f"worst_{kind}"}
    if not all(name in arrays for name in ("worst", *names)):
        return {}
    return {name: arrays[own][arrays["worst"]] for own, name in names.items()}
