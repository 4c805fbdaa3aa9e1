"""Views of a snapshot that are one picture: surface, confusion, weights, embedding. They get arrays and draw them."""

from typing import TYPE_CHECKING, Any

from textual.reactive import reactive

from tuitrain.ui.widgets.confusion import Confusion
from tuitrain.ui.widgets.picture import Arrays, Moving, Picture
from tuitrain.ui.widgets.surface import Surface

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

__all__ = ["Arrays", "Confusion", "Embedding", "Picture", "Surface", "Weights"]


class Weights(Moving):
    """What each unit of the first layer looks for, as an image on a diverging scale; filters of colours in colour."""

    needs = compared = ("weights",)
    measured = False
    absent = "weights are shown of images, where the first layer is affine or a convolution"
    first: reactive[int] = reactive(0, init=False)
    """The first unit that is shown."""

    def watch_first(self) -> None:
        """Show other units."""
        self.redraw()

    @property
    def subject(self) -> str:
        """What has these weights."""
        return "units of the first layer"

    @property
    def part(self) -> str:
        """Which units are seen."""
        if not self.movable:
            return ""
        first, count, _ = self._seen()
        total = len(self.arrays["weights"])
        return f"units {first + 1}-{min(first + count, total)} of {total}"

    @property
    def of(self) -> str:
        """The part alone says of what it is."""
        return super().of.removeprefix(f"{self.subject}, ") if self.part else super().of

    @property
    def movable(self) -> bool:
        """Whether units are out of sight."""
        return self.drawable and 0 < self._seen()[1] < len(self.arrays["weights"])

    def _seen(self) -> tuple[int, int, int]:
        """Return the first unit that is shown, how many there are, and in how many columns."""
        from tuitrain.drawing.heatmap import fitting

        count, columns = fitting(self._stack(), *self.space)
        total = len(self.arrays["weights"])
        last = max(-(-(total - count) // columns) * columns, 0)
        return min(self.first // columns * columns, last), count, columns

    def action_go(self, across: int, down: int, unit: str = "one") -> None:
        """Show other rows of units."""
        first, count, columns = self._seen()
        total = len(self.arrays["weights"])
        step = {"one": columns, "page": max(count // columns, 1) * columns}.get(unit, total)
        last = max(-(-(total - count) // columns) * columns, 0)
        self.first = max(0, min(first + (down or across) * step, last))

    def _stack(self) -> Any:
        """Return the weights, or how they changed; of colours the mean, because a change has no colour."""
        if not self.base:
            return self.arrays["weights"]
        change = self.arrays["weights"].astype(float) - self.base["weights"].astype(float)
        return change.mean(1) if change.ndim == 4 else change

    def paint(self, width: int, height: int) -> "Lines":
        """Draw as many units as fit."""
        from tuitrain.drawing.heatmap import images

        stack = self._stack()
        names = self.labels if len(stack) == len(self.labels) else [str(number) for number in range(len(stack))]
        return images(stack, names, width, height, self.look, palette="diverging", first=self._seen()[0])


class Embedding(Picture):
    """What the last layer is given, laid out in the plane: a point for each sample, in the colour of its class."""

    needs = ("embedding",)
    compared = ("embedding", "embedding_labels", "embedding_predictions")
    absent = "an embedding is shown by class, and here numbers are learned: 6 shows the largest errors"

    @property
    def aspects(self) -> tuple[str, ...]:
        """How points are told apart."""
        return ("classes", "right and wrong")

    @property
    def subject(self) -> str:
        """By which method, and of how many samples of which split; of what only where no more is to be said."""
        method = "t-SNE" if "tsne" in self.arrays else "PCA"
        what = "" if self.aspect or self.base else " of what the last layer is given"
        return f"{method}{what}, {len(self.arrays['embedding']):,} samples of {super().subject}"

    @property
    def change(self) -> str:
        """How many samples are predicted otherwise than by the best."""
        if not self.base:
            return ""
        changed = int((self.arrays["embedding_predictions"] != self.base["embedding_predictions"]).sum())
        return f"difference to the best: {changed:,} predicted otherwise"

    @property
    def refusal(self) -> str:
        """Why there cannot be a difference: also where the samples are others."""
        if reason := super().refusal:
            return reason
        labels = "embedding_labels"
        if (self.arrays[labels] != self.reference[labels]).any():
            return "no difference: the best snapshot is of other samples"
        if ("tsne" in self.arrays) != ("tsne" in self.reference):
            return "no difference: one is laid out by PCA, the other by t-SNE"
        return ""

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the points."""
        from tuitrain.drawing.scatter import scatter

        shown, best = self.arrays, self.base
        return scatter(
            shown["embedding"],
            shown["embedding_labels"],
            self.labels,
            width,
            height,
            self.look,
            predictions=shown.get("embedding_predictions"),
            verdict=self.side == "right and wrong" and not best,
            before=(best["embedding"], best["embedding_predictions"]) if best else None,
        )
