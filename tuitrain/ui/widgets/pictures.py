"""Views of a snapshot that are one picture: surface, confusion, weights, embedding. They get arrays and draw them."""

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
    needs: tuple[str, ...] = ()
    """The arrays without any of which there is nothing to draw."""
    absent = ""
    """Why there will never be anything to draw of this data or model."""

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_arrays(self) -> None:
        """Show the new arrays."""
        self.redraw()

    @property
    def drawable(self) -> bool:
        """Whether there is something to draw."""
        return any(name in self.arrays for name in self.needs)

    @property
    def of(self) -> str:
        """What is drawn, in a word or two: the split, where it is of one."""
        return str(self.arrays.get("split", ""))

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the arrays, or say in the middle why there is nothing to see."""
        if self.drawable:
            return self.paint(width, height)
        return note(self.absent if self.arrays else self.waiting, width, height)

    def paint(self, width: int, height: int) -> "Lines":
        """Draw arrays that are there."""
        raise NotImplementedError

    def name_of(self, number: int) -> str:
        """Return the name of a class, its number where it has none."""
        return self.labels[number] if 0 <= number < len(self.labels) else str(number)


class Surface(Picture):
    """What the model predicts at each point of the plane, or over one input, and the training points on it."""

    needs = ("surface", "fit_x", "fit_map")
    absent = "a surface needs one or two inputs: gmm2d, moons, circles, line, curve"
    of = "training samples"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the plane of classes, the plane of numbers, or the curve, with their points."""
        shown = self.arrays
        if "fit_x" in shown:
            from tuitrain.drawing.fit import fit

            inputs, targets = shown["points"][:, 0], shown["targets"]
            return fit(inputs, targets, shown["fit_x"], shown["fit_y"], width, height, self.look)
        if "fit_map" in shown:
            from tuitrain.drawing.field import field

            extent = tuple(shown["extent"])
            return field(shown["fit_map"], extent, shown["points"], shown["targets"], width, height, self.look)
        from tuitrain.drawing.surface import surface

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
            special=shown.get("support", ()),
        )


class Confusion(Picture):
    """How often each true class (rows) was predicted as each class (columns)."""

    needs = ("confusion",)
    absent = "a confusion matrix needs classes, and here numbers are learned: 6 shows the largest errors"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the matrix."""
        from tuitrain.drawing.matrix import matrix

        return matrix(self.arrays["confusion"], self.labels, width, height, self.look)


class Weights(Picture):
    """What each unit of the first layer looks for, as an image on a diverging scale; filters of colours in colour."""

    needs = ("weights",)
    absent = "weights are shown of images, where the first layer is affine or a convolution"
    of = "units of the first layer"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw as many units as fit."""
        from tuitrain.drawing.heatmap import images

        stack = self.arrays["weights"]
        names = self.labels if len(stack) == len(self.labels) else [str(number) for number in range(len(stack))]
        return images(stack, names, width, height, self.look, palette="diverging")


class Embedding(Picture):
    """What the last layer is given, laid out in the plane: a point for each sample, in the colour of its class."""

    needs = ("embedding",)
    absent = "an embedding is shown by class, and here numbers are learned: 6 shows the largest errors"

    @property
    def of(self) -> str:
        """By which method, and of how many samples of which split."""
        method = "t-SNE" if "tsne" in self.arrays else "PCA"
        return f"{method} of what the last layer is given, {len(self.arrays['embedding']):,} samples of {super().of}"

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the points."""
        from tuitrain.drawing.scatter import scatter

        points, classes = self.arrays["embedding"], self.arrays["embedding_labels"]
        return scatter(points, classes, self.labels, width, height, self.look)
