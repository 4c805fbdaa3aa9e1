"""A run as drawings: its curves and the pictures of its last snapshot, for a terminal without a screen and for files.

It draws what it is given and must not know how runs are kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment

from tuitrain.drawing import palette
from tuitrain.drawing.bars import bars
from tuitrain.drawing.cells import Lines
from tuitrain.drawing.curves import Curve, Mark, draw
from tuitrain.drawing.field import field
from tuitrain.drawing.fit import fit
from tuitrain.drawing.gallery import Caption, gallery
from tuitrain.drawing.heatmap import images
from tuitrain.drawing.look import Look
from tuitrain.drawing.matrix import matrix
from tuitrain.drawing.scatter import scatter
from tuitrain.drawing.series import smooth
from tuitrain.drawing.surface import surface
from tuitrain.drawing.text import clean, number
from tuitrain.paper import cells
from tuitrain.runs.history import History

SMOOTHING = 0.1  # weight of the newest loss in the smoothed curve
HEIGHT = 16  # lines of a drawing that has no size of its own
INPUTS = 6  # of a sample that is a row of a table
SHOWN = 8  # mistakes and samples that are drawn
MANY = 10  # classes from which on a confusion matrix may be wider than the terminal
NAME, NAMED = 14, 6  # cells of it for the name of a row, and at most of a column


@dataclass(frozen=True, slots=True)
class Plate:
    """A drawing under its title."""

    name: str
    title: str
    lines: Lines


class Space(NamedTuple):
    """How wide a drawing may be, how its surface looks, and whether it may be wider where it would be cut off."""

    width: int
    look: Look
    whole: bool = False


Arrays = Mapping[str, Any]
Painter = Callable[[Arrays, Sequence[str], Space], Lines]


def curves(history: History, width: int, look: Look) -> Iterator[Plate]:
    """Return the curves of loss and score, training smoothed before its raw self, validation dashed."""
    for name in ("loss", "accuracy", "rmse"):
        drawn = list(_curves(history, name))
        if drawn:
            yield Plate("curves", f"{name}: {_key(drawn)}", draw(drawn, width, HEIGHT, look))


def _curves(history: History, name: str) -> Iterator[Curve]:
    train, val = history.curve(f"train/{name}"), history.curve(f"val/{name}")
    if len(train.steps) > 1:
        colour = palette.series(0)
        yield Curve("", train.steps, train.values, colour, faint=True)
        yield Curve("train", train.steps, smooth(train.values, SMOOTHING), colour)
    if len(val.steps) > 1:
        yield Curve("val", val.steps, val.values, palette.series(1), style="dashed")


def _key(drawn: Sequence[Curve]) -> str:
    words = {"train": "train (smoothed over its faint self)", "val": "val (dashed)"}
    return ", ".join(words[curve.label] for curve in drawn if curve.label)


def pictures(arrays: Arrays, labels: Sequence[str], width: int, look: Look, *, whole: bool = False) -> Iterator[Plate]:
    """Return what can be drawn of a snapshot; with `whole` what has many columns is as wide as it needs to be."""
    for name, (needs, title, paint) in PICTURES.items():
        if needs in arrays:
            yield Plate(name, _titled(name, title, arrays), paint(arrays, labels, Space(width, look, whole)))


def _titled(name: str, title: str, arrays: Arrays) -> str:
    """Say of a surface over more than two inputs which plane it shows."""
    if name != "surface" or "plane" not in arrays:
        return title
    shares = " and ".join(f"{float(share):.0%}" for share in arrays["plane"])
    return f"{title}, on the plane of the first two principal components ({shares} of the variance)"


def save(drawn: Sequence[Plate], path: Path, *, dark: bool) -> None:
    """Write drawings below one another as the name ends: .svg, .png, .txt or .ans; raise ValueError and OSError."""
    cells.save(path, cells.stacked((plate.title, plate.lines) for plate in drawn), dark=dark, title=path.stem)


def _confusion(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    counts = arrays["confusion"]
    height = len(counts) + 4
    needed = NAME + len(counts) * (max(NAMED, len(str(counts.max(initial=0)))) + 1)
    if space.whole and len(counts) > MANY:
        return matrix(counts, labels, max(space.width, needed), height, space.look, at=(0, 0))
    return matrix(counts, labels, space.width, height, space.look)


def _surface(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    return surface(
        arrays["surface"],
        arrays["confidence"],
        tuple(arrays["extent"]),
        arrays["points"],
        arrays["labels"],
        arrays["predictions"],
        space.width,
        min(space.width // 3, 30),
        space.look,
        special=arrays.get("support", ()),
    )


def _line(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    points, targets = arrays["points"][:, 0], arrays["targets"]
    return fit(points, targets, arrays["fit_x"], arrays["fit_y"], space.width, HEIGHT, space.look)


def _map(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    extent, height = tuple(arrays["extent"]), min(space.width // 3, 30)
    return field(arrays["fit_map"], extent, arrays["points"], arrays["targets"], space.width, height, space.look)


def _weights(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    stack = arrays["weights"]
    titles = labels if len(stack) == len(labels) else [str(number) for number in range(len(stack))]
    return images(stack, titles, space.width, 2 * HEIGHT, space.look, palette="diverging")


def _samples(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    guesses = arrays["sample_probabilities"].argmax(1)
    pairs = zip(arrays["sample_labels"][:SHOWN], guesses, strict=False)
    captions = [Caption(labels[true], labels[guess]) for true, guess in pairs]
    drawn = gallery(arrays["samples"][:SHOWN], captions, space.width, HEIGHT, space.look)
    height = min(len(labels), HEIGHT) + 1
    true = int(arrays["sample_labels"][0])
    thought = arrays["sample_probabilities"][0].astype(float)
    return [*drawn, *bars(thought, labels, space.width, height, space.look, true=true, high=1.0)]


def _mistakes(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    parts = (arrays[f"worst_{name}"][:SHOWN].tolist() for name in ("labels", "predictions", "losses"))
    captions = [Caption(labels[true], labels[guess], number(loss)) for true, guess, loss in zip(*parts, strict=True)]
    return gallery(arrays["worst_images"][:SHOWN], captions, space.width, HEIGHT, space.look)


def _errors(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    """Write the samples that are rows of a table, one a line."""
    parts = (arrays[f"worst{name}"][:SHOWN].tolist() for name in ("", "_losses", "_labels", "_predictions", "_inputs"))
    words = [("sample", "loss", "true", "predicted", "inputs as stored")]
    for place, loss, true, guess, inputs in zip(*parts, strict=True):
        told = (_answer(true, labels), _answer(guess, labels), "  ".join(map(number, inputs[:INPUTS])))
        words.append((str(place), number(loss), *told))
    widths = [max(cell_len(row[column]) for row in words) + 2 for column in range(len(words[0]))]
    rows = ("".join(map(set_cell_size, row, widths)) for row in words)
    return [[Segment(set_cell_size(row, space.width))] for row in rows]


def _answer(value: int | list[float], labels: Sequence[str]) -> str:
    """Return the name of a class, or numbers."""
    return clean(labels[value]) if isinstance(value, int) else "  ".join(map(number, value))


def _embedding(arrays: Arrays, labels: Sequence[str], space: Space) -> Lines:
    height = min(space.width // 3, 30)
    return scatter(arrays["embedding"], arrays["embedding_labels"], labels, space.width, height, space.look)


PICTURES: dict[str, tuple[str, str, Painter]] = {
    "confusion": ("confusion", "confusion: true classes down, predicted ones across", _confusion),
    "surface": ("surface", "decision surface, with the training points", _surface),
    "fit": ("fit_x", "the fitted curve, with the training points", _line),
    "map": ("fit_map", "predicted values over both inputs, with the training points", _map),
    "weights": ("weights", "weights of the first layer, diverging about 0", _weights),
    "samples": ("samples", "a batch as it is trained on, and what the model thinks of its first image", _samples),
    "mistakes": ("worst_images", "worst mistakes: true -> predicted, loss", _mistakes),
    "errors": ("worst_inputs", "samples with the largest loss", _errors),
    "embedding": ("embedding", "what the last layer is given, in the plane", _embedding),
}
"""By name: the array without which there is nothing to draw, a title, and how it is drawn."""


def rates(curve: Arrays, suggestion: float | None, width: int, look: Look) -> Plate:
    """Return the smoothed loss over the learning rates that were tried, the steepest place marked."""
    marks = [Mark(suggestion, "steepest")] if suggestion else []
    line = Curve("loss", curve["rates"], curve["losses"], palette.series(0))
    title = "smoothed loss over the learning rate"
    return Plate("rates", title, draw([line], width, HEIGHT, look, log_x=True, marks=marks))
