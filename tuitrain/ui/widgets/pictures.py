"""The views of a snapshot: decision surface, confusion matrix, first-layer weights. They get arrays and draw them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.reactive import reactive

from tuitrain.ui.widgets.canvas import Canvas, note

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

Arrays = Mapping[str, Any]


class Picture(Canvas):
    """A view of the arrays of one snapshot; `labels` are the names of the classes."""

    arrays: reactive[Arrays] = reactive({}, always_update=True, init=False)
    waiting: reactive[str] = reactive("nothing yet: F5 trains", init=False)
    """What stands there before there is a snapshot."""
    labels: reactive[Sequence[str]] = reactive((), init=False)
    needs = ""
    """The array without which there is nothing to draw."""
    absent = ""
    """Why there will never be anything to draw of this data or model."""

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_arrays(self) -> None:
        """Show the new arrays."""
        self.redraw()

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the arrays, or say in the middle why there is nothing to see."""
        if self.needs in self.arrays:
            return self.paint(width, height)
        return note(self.absent if self.arrays else self.waiting, width, height)

    def paint(self, width: int, height: int) -> "Lines":
        """Draw arrays that are there."""
        raise NotImplementedError


class Surface(Picture):
    """The class that the model predicts at each point of the plane, and the training points on it."""

    needs = "surface"
    absent = "a surface needs data with two features: gmm2d, moons, circles"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the plane with its points."""
        from tuitrain.drawing.surface import surface

        shown = self.arrays
        return surface(
            shown["surface"],
            shown["confidence"],
            tuple(shown["extent"]),
            shown["points"],
            shown["labels"],
            shown["predictions"],
            width,
            height,
            self.look,
        )


class Confusion(Picture):
    """How often each true class (rows) was predicted as each class (columns)."""

    needs = "confusion"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the matrix."""
        from tuitrain.drawing.matrix import matrix

        return matrix(self.arrays["confusion"], self.labels, width, height, self.look)


class Weights(Picture):
    """What each unit of the first layer looks for, as an image on a diverging scale."""

    needs = "weights"
    absent = "weight images need one-channel images and a fully connected first layer"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw as many units as fit."""
        from tuitrain.drawing.heatmap import images

        stack = self.arrays["weights"]
        names = self.labels if len(stack) == len(self.labels) else [f"unit {number}" for number in range(len(stack))]
        return images(stack, names, width, height, self.look, palette="diverging")
