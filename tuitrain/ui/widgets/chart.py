"""Curves of one metric over steps, every run on the same axes: as trained, on held-out data, smoothed where asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from tuitrain.ui.widgets.canvas import Canvas, note

if TYPE_CHECKING:
    from array import array

    from tuitrain.drawing.cells import Lines
    from tuitrain.drawing.curves import Curve

EMPTY: tuple["Line", ...] = ()
STYLES: Mapping[str, Literal["solid", "dashed", "points"]] = {"val": "dashed", "train_eval": "points"}
"""How the curve of a split is drawn; others are solid."""
POINTS = 12  # of a curve that is drawn as points: more would hide the others
MORE = " \u2026"


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One curve: points to draw, the run it belongs to (its colour), and the split it is of."""

    label: str
    steps: "array[float]"
    values: "array[float]"
    colour: str
    split: str
    best: tuple[float, float] | None = None


class Chart(Canvas):
    """One metric; its title line carries the legend."""

    waiting: reactive[str] = reactive("F5 trains", init=False)
    """What stands there before there is any curve."""
    lines: reactive[Sequence[Line]] = reactive(EMPTY, always_update=True, init=False)
    smoothing: reactive[float] = reactive(1.0, init=False)
    """The weight of the newest value in what is shown of training; 1 leaves it as it is."""

    def __init__(self, metric: str, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.metric = metric
        self.border_title = metric

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_lines(self) -> None:
        """Show the new curves."""
        self.border_title = Content.assemble(*self._title())
        self.redraw()

    def watch_smoothing(self) -> None:
        """Show the curves smoother, or as they are."""
        self.watch_lines()

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the curves; before there is any, say what will make one."""
        if not self.lines:
            return note(self.waiting, width, height)
        from tuitrain.drawing.curves import draw  # plotext and numpy: 0.2 s that the first frame need not wait for

        return draw(self._raw() + self._curves(), width, height, self.look)

    def _raw(self) -> list["Curve"]:
        """Return what lies faint below the smoothed curves."""
        return [_curve(line, faint=True) for line in self.lines if self._is_smooth(line)]

    def _curves(self) -> list["Curve"]:
        return [_curve(line, alpha=self.smoothing if self._is_smooth(line) else 1.0) for line in self.lines]

    def _is_smooth(self, line: Line) -> bool:
        return line.split == "train" and self.smoothing < 1

    def _title(self) -> list[tuple[str, str]]:
        """Return the metric, the models by colour, and what solid and dashed mean; as much as there is room for."""
        smoothed = f" smoothed {self.smoothing:g}" if self.smoothing < 1 else ""
        room = self.size.width - len(self.metric) - len(smoothed) - 4
        return [(self.metric, "bold"), (smoothed, "$secondary"), *self._legend(room)]

    def signs(self) -> Mapping[str, str]:
        """Return the characters of each model's curves, by its name; none where colours tell them apart."""
        found: dict[str, str] = {}
        if self.look.ascii or not self.look.colour:
            for sign, line in zip(self._signs(), self.lines, strict=True):
                found[line.label] = found.get(line.label, "") + sign
        return found

    def _signs(self) -> list[str]:
        """Return the character that each line is drawn with."""
        from tuitrain.drawing.curves import legend

        raw = self._raw()
        return [sign for sign, _, _ in legend(raw + self._curves(), self.look)[len(raw) :]]

    def _legend(self, room: int) -> list[tuple[str, str]]:
        """Return the models and what kinds of lines there are; shorter names, and last, where that is too long."""
        signs, models = self._signs(), {line.label: line.colour for line in self.lines}
        brief = short(list(models))
        if self.look.ascii or not self.look.colour:
            whole, less = (self._each(signs, names) for names in ({name: name for name in models}, brief))
            return whole if _length(whole) <= room else _fitting(less, room)
        styles = {line.split: sign for sign, line in zip(signs, self.lines, strict=True)}
        splits = [(f" {sign} {split}", "$secondary") for split, sign in styles.items()]
        if len(styles) == 1:  # one kind of line needs no key
            splits = []
        whole = [(f" \u25cf {name}", colour) for name, colour in models.items()] + splits
        less = splits + [(f" \u25cf {brief[name]}", colour) for name, colour in models.items() if brief[name]]
        return whole if _length(whole) <= room else _fitting(less, room)

    def _each(self, signs: Sequence[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return sign, name and split of each line, where colours and dashes do not tell them apart."""
        told = [(sign, names[line.label], line.split) for sign, line in zip(signs, self.lines, strict=True)]
        return [("  " + " ".join(filter(None, words)), "") for words in told]


def short(names: Sequence[str]) -> dict[str, str]:
    """Return by name what tells it apart: without the words with which all begin; nothing where it is the only one.

    >>> short(["mlp 100 lr 0.1", "mlp 100 lr 0.2"])
    {'mlp 100 lr 0.1': '0.1', 'mlp 100 lr 0.2': '0.2'}
    """
    words = [name.split(" ") for name in names]
    alike = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    same = min([len(list(alike)), *(len(each) - 1 for each in words)])
    return {name: " ".join(each[same:]) if len(names) > 1 else "" for name, each in zip(names, words, strict=True)}


def _fitting(parts: Sequence[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    """Return the parts from the first on for which there is room, and a sign for those that are left out."""
    if _length(parts) <= room:
        return list(parts)
    shown = [part for number, part in enumerate(parts) if _length(parts[: number + 1]) <= room - len(MORE)]
    return [*shown, (MORE, "$secondary")]


def _length(parts: Sequence[tuple[str, str]]) -> int:
    return sum(cell_len(text) for text, _ in parts)


def _curve(line: Line, *, alpha: float = 1.0, faint: bool = False) -> "Curve":
    from tuitrain.drawing.curves import Curve
    from tuitrain.drawing.series import smooth

    style = STYLES.get(line.split, "solid")
    apart = -(-len(line.steps) // POINTS) if style == "points" else 1
    few = slice((len(line.steps) - 1) % apart, None, apart)  # the last one among them
    return Curve(
        label=line.label,
        x=line.steps[few],
        y=(smooth(line.values, alpha) if alpha < 1 else line.values)[few],
        colour=line.colour,
        style=style,
        faint=faint,
        best=None if faint else line.best,
    )
