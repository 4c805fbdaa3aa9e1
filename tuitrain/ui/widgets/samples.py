"""Samples of the snapshot one by one: of the last batch as they were trained on, and those with the worst loss."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tuitrain.drawing.text import clean, number
from tuitrain.ui.measures import compact
from tuitrain.ui.widgets.browser import Browser
from tuitrain.ui.widgets.canvas import MUTED
from tuitrain.ui.widgets.listing import GAP, Column, beside, line, listed, table
from tuitrain.ui.widgets.picture import ROOMY, Arrays, Picture

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines
    from tuitrain.drawing.gallery import Caption

LONG = 1e4  # from here on a loss has no decimals
WIDE = 60  # cells from which bars have room beside the images
INPUTS = 6  # of a sample that is a row of a table
NEW, GONE = "+", "-"
WORDS = {"": "", NEW: "new", GONE: "gone"}
BECAME = {"": "", NEW: ", new among the worst", GONE: ", no longer among the worst"}


class Gallery(Picture, Browser):
    """Images to choose from."""

    @property
    def stack(self) -> Sequence[Any]:
        """The images; none where the samples are none."""
        return ()

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.arrays[self.needs[0]]) if self.drawable else 0

    @property
    def movable(self) -> bool:
        """Whether there is a choice."""
        return self.count > 1

    @property
    def room(self) -> tuple[int, int]:
        """The width and height in cells that the images have."""
        return self.space

    @property
    def layout_shown(self) -> tuple[int, int]:
        """How many there are in a row and on a page."""
        from tuitrain.drawing.gallery import grid

        found = grid(self.stack, *self.room) if len(self.stack) else None
        return (found.columns, found.shown) if found else super().layout_shown

    @property
    def part(self) -> str:
        """Which samples are seen."""
        _, page = self.layout_shown if len(self.stack) and all(self.size) else (1, self.count)
        if not 0 < page < self.count:
            return ""
        first = self.place // page * page
        return f"{first + 1}-{min(first + page, self.count)} of {self.count}"

    def watch_arrays(self) -> None:
        """Show the new arrays; the choice stays where it was, as far as there are so many."""
        self._settle()

    def watch_reference(self) -> None:
        """Show the difference, which may have more samples."""
        self._settle()

    def _settle(self) -> None:
        self.place = min(self.place, max(self.count - 1, 0))
        self.redraw()

    def _pictures(self, captions: "list[Caption]") -> "Lines":
        from tuitrain.drawing.gallery import gallery

        return gallery(self.stack, captions, *self.room, self.look, selected=self.place)


class Samples(Gallery):
    """The images of a batch as training sees them; beside them what the model thinks of the chosen one."""

    needs = ("samples",)
    absent = "samples are shown where they are images and have classes: mnist, fashion, a folder of images"
    refusal = "no difference: every batch is another one"

    @property
    def stack(self) -> Sequence[Any]:
        """The images of the batch."""
        found: Sequence[Any] = self.arrays.get("samples", ())
        return found

    @property
    def subject(self) -> str:
        """What they are."""
        return "a batch as it is trained on"

    @property
    def room(self) -> tuple[int, int]:
        """All but what the bars have."""
        width, height = self.space
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


class Entry(NamedTuple):
    """One of the worst samples: where its numbers stand, and what became of it since the best snapshot."""

    arrays: Arrays
    at: int
    mark: str = ""

    def value(self, name: str) -> Any:
        """Return what is known of it under a name."""
        return self.arrays[name][self.at]


class Mistakes(Gallery):
    """The samples with the worst loss: images with what they are and were taken for, else rows of numbers."""

    needs = ("worst",)
    compared = ("worst", "worst_images", "worst_losses")
    absent = "this run kept no samples: a new one does"

    @property
    def entries(self) -> list[Entry]:
        """The worst samples; of a difference those are marked that are new, and those follow that have gone."""
        now, best = self.arrays, self.base
        if not best:
            return [Entry(now, at) for at in range(len(now["worst"]))] if self.drawable else []
        ours, theirs = set(now["worst"].tolist()), set(best["worst"].tolist())
        new = [Entry(now, at, "" if sample in theirs else NEW) for at, sample in enumerate(now["worst"].tolist())]
        gone = [Entry(best, at, GONE) for at, sample in enumerate(best["worst"].tolist()) if sample not in ours]
        return new + gone

    @property
    def stack(self) -> Sequence[Any]:
        """The images of the samples, where they are images."""
        return [entry.value("worst_images") for entry in self.entries] if "worst_images" in self.arrays else ()

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.entries)

    @property
    def change(self) -> str:
        """How many samples came and went."""
        if not self.base:
            return ""
        marks = [entry.mark for entry in self.entries]
        return f"difference to the best: {marks.count(NEW)} new, {marks.count(GONE)} gone"

    @property
    def room(self) -> tuple[int, int]:
        """All but the words above."""
        width, height = self.space
        return width, height - 1 if height >= ROOMY else height

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the images, or list the samples."""
        if not len(self.stack):
            chosen = self.place if self.has_focus else None
            return listed(table(self._columns(), width - 2), chosen, width, height, self.look, around=self.place)
        from tuitrain.drawing.gallery import Caption

        entries = self.entries
        rows = [(self._row(entry), entry.mark) for entry in entries]
        pictures = self._pictures([Caption(true, guess, loss, mark) for (_, loss, true, guess), mark in rows])
        (sample, loss, true, predicted), mark = rows[self.place]
        words = f"sample {sample} of {self.subject}: {true}, predicted {predicted}, loss {loss}{BECAME[mark]}"
        return [line(clean(words), width, MUTED), *pictures] if height >= ROOMY else pictures

    def _row(self, entry: Entry) -> tuple[str, str, str, str]:
        """Return the number of a sample in its split, its loss, what it is, and what it was taken for."""
        true, predicted = (self._said(entry.value(name)) for name in ("worst_labels", "worst_predictions"))
        return f"{int(entry.value('worst')):,}", _loss(float(entry.value("worst_losses"))), true, predicted

    def _said(self, value: Any) -> str:
        """Return a class by name, or target numbers in words."""
        if value.ndim == 0:
            return self.name_of(int(value))
        return ", ".join(number(round(each, 4)) for each in value.tolist())

    def _columns(self) -> list[Column]:
        entries = self.entries
        samples, losses, trues, guesses = zip(*map(self._row, entries), strict=True)
        numbers = self.arrays["worst_labels"].ndim > 1
        target = self.labels[0] if numbers and len(self.labels) == 1 else "true"
        right = [true == guess for true, guess in zip(trues, guesses, strict=True)]
        signs = [Column("", ["" if same else "✗" for same in right], left=True)] if not numbers else []
        changed = any(entry.mark for entry in entries)
        became = [Column("", [WORDS[entry.mark] for entry in entries], left=True)] if changed else []
        inputs = [entry.value("worst_inputs").reshape(-1) for entry in entries]
        return [
            *became,
            Column("sample", samples),
            Column("loss", losses),
            Column(target, trues, left=not numbers),
            *signs,
            Column("predicted", guesses, left=not numbers),
            *(
                Column(f"input {place + 1}", [number(float(values[place])) for values in inputs], rank=place + 1)
                for place in range(min(INPUTS, len(inputs[0])))
            ),
        ]


def _loss(value: float) -> str:
    return f"{value:.3f}" if abs(value) < LONG else compact(value)
