"""Samples of the snapshot one by one: of the last batch as they were trained on, and those with the worst loss."""

from typing import TYPE_CHECKING, Any

from tuitrain.drawing.text import clean, number
from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.canvas import MUTED
from tuitrain.ui.widgets.listing import GAP, Column, beside, line, listed, table
from tuitrain.ui.widgets.pictures import Picture

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines
    from tuitrain.drawing.gallery import Caption

WIDE = 60  # cells from which bars have room beside the images
TALL = 5  # lines from which one more in words costs no picture
INPUTS = 6  # of a sample that is a row of a table


class Gallery(Picture, Browser, can_focus=True):  # Textual finds a widget by its first base only
    """Images to choose from."""

    images = ""
    """The array that they are in."""

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.arrays[self.needs[0]]) if self.drawable else 0

    @property
    def room(self) -> tuple[int, int]:
        """The width and height in cells that the images have."""
        return self.size.width, self.size.height

    @property
    def layout_shown(self) -> tuple[int, int]:
        """How many there are in a row and on a page."""
        from tuitrain.drawing.gallery import grid

        found = grid(self.arrays[self.images], *self.room) if self.images in self.arrays else None
        return (found.columns, found.shown) if found else super().layout_shown

    def watch_arrays(self) -> None:
        """Show the new arrays; the choice stays where it was, as far as there are so many."""
        self.place = min(self.place, max(self.count - 1, 0))
        self.redraw()

    def _pictures(self, captions: "list[Caption]") -> "Lines":
        from tuitrain.drawing.gallery import gallery

        return gallery(self.arrays[self.images], captions, *self.room, self.look, selected=self.place)


class Samples(Gallery):
    """The images of a batch as training sees them; beside them what the model thinks of the chosen one."""

    needs = ("samples",)
    images = "samples"
    absent = "samples are shown where they are images and have classes: mnist, fashion, a folder of images"
    of = "a batch as it is trained on"

    @property
    def room(self) -> tuple[int, int]:
        """All but what the bars have."""
        width, height = self.size
        side = self._side(width)
        return width - side - (GAP if side else 0), height

    @staticmethod
    def _side(width: int) -> int:
        return min(44, width // 3) if width >= WIDE else 0

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the images, and the bars where there is room."""
        from tuitrain.drawing.gallery import Caption

        labels, probabilities = self.arrays["sample_labels"], self.arrays["sample_probabilities"]
        guesses = probabilities.argmax(1)
        pairs = zip(labels.tolist(), guesses.tolist(), strict=True)
        pictures = self._pictures([Caption(self.name_of(true), self.name_of(guess)) for true, guess in pairs])
        side = self._side(width)
        if not side:
            return pictures
        gap = [line("", GAP)] * height
        return beside(beside(pictures, gap), self._thoughts(side, height, int(labels[self.place])))

    def _thoughts(self, width: int, height: int, true: int) -> "Lines":
        """Return the probability of each class for the chosen sample; the true class is marked."""
        from tuitrain.drawing.bars import bars

        found = self.arrays["sample_probabilities"][self.place]
        guess = int(found.argmax())
        names = [self.name_of(each) for each in range(len(found))]
        right = "right" if guess == true else f"taken for {names[guess]}"
        words = line(clean(f"sample {self.place + 1}: {names[true]}, {right}"), width, MUTED)
        many = len(found) > height - 1
        rest = bars(
            found, names, width, height - 1, self.look, true=true, high=1.0, largest=many, write=lambda p: f"{p:.3f}"
        )
        return [words, *rest]


class Mistakes(Gallery):
    """The samples with the worst loss: images with what they are and were taken for, else rows of numbers."""

    needs = ("worst",)
    images = "worst_images"
    absent = "this run kept no samples: a new one does"

    @property
    def room(self) -> tuple[int, int]:
        """All but the words above."""
        width, height = self.size
        return width, height - 1 if height >= TALL else height

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the images, or list the samples."""
        if self.images not in self.arrays:
            return listed(
                table(self._columns(), width - 2), self.place if self.has_focus else None, width, height, self.look
            )
        from tuitrain.drawing.gallery import Caption

        rows = [self._row(place) for place in range(self.count)]
        pictures = self._pictures([Caption(true, predicted, loss) for _, loss, true, predicted in rows])
        sample, loss, true, predicted = rows[self.place]
        words = f"sample {sample} of {self.of}: {true}, predicted {predicted}, loss {loss}"
        return [line(clean(words), width, MUTED), *pictures] if height >= TALL else pictures

    def _row(self, place: int) -> tuple[str, str, str, str]:
        """Return the number of a sample in its split, its loss, what it is, and what it was taken for."""
        shown = self.arrays
        true, predicted = (self._said(shown[name][place]) for name in ("worst_labels", "worst_predictions"))
        return f"{int(shown['worst'][place]):,}", f"{float(shown['worst_losses'][place]):.3f}", true, predicted

    def _said(self, value: Any) -> str:
        """Return a class by name, or target numbers in words."""
        if value.ndim == 0:
            return self.name_of(int(value))
        return ", ".join(number(round(each, 4)) for each in value.tolist())

    def _columns(self) -> list[Column]:
        samples, losses, trues, guesses = zip(*map(self._row, range(self.count)), strict=True)
        numbers = self.arrays["worst_labels"].ndim > 1
        target = self.labels[0] if numbers and len(self.labels) == 1 else "true"
        right = [true == guess for true, guess in zip(trues, guesses, strict=True)]
        signs = [Column("", ["" if same else "✗" for same in right], left=True)] if not numbers else []
        inputs = self.arrays["worst_inputs"].reshape(self.count, -1)
        return [
            Column("sample", samples),
            Column("loss", losses),
            Column(target, trues, left=not numbers),
            *signs,
            Column("predicted", guesses, left=not numbers),
            *(
                Column(f"input {place + 1}", [number(float(value)) for value in inputs[:, place]], rank=place + 1)
                for place in range(min(INPUTS, inputs.shape[1]))
            ),
        ]
