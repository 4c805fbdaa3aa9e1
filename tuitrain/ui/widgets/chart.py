"""Curves of one metric over steps, train and validation of every run on the same axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive

from tuitrain.drawing.text import clean
from tuitrain.ui.widgets.canvas import Canvas, note

if TYPE_CHECKING:
    from array import array

    from tuitrain.drawing.cells import Lines
    from tuitrain.drawing.curves import Curve

EMPTY: tuple["Line", ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One curve: points to draw, the run it belongs to (its colour), and whether it is of held-out data."""

    label: str
    steps: "array[float]"
    values: "array[float]"
    colour: str
    held_out: bool
    best: tuple[float, float] | None = None


class Chart(Canvas):
    """One metric; its title line carries the legend."""

    waiting: reactive[str] = reactive("F5 trains", init=False)
    """What stands there before there is any curve."""
    lines: reactive[Sequence[Line]] = reactive(EMPTY, always_update=True, init=False)

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

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the curves; before there is any, say what will make one."""
        if not self.lines:
            return note(self.waiting, width, height)
        from tuitrain.drawing.curves import draw  # plotext and numpy: 0.2 s that the first frame need not wait for

        return draw(self._curves(), width, height, self.look)

    def _curves(self) -> list["Curve"]:
        from tuitrain.drawing.curves import Curve

        return [
            Curve(
                label=line.label,
                x=line.steps,
                y=line.values,
                colour=line.colour,
                style="dashed" if line.held_out else "solid",
                best=line.best,
            )
            for line in self.lines
        ]

    def _title(self) -> list[tuple[str, str]]:
        """Return the metric, the models by colour, and what solid and dashed mean; as much as there is room for."""
        parts = [(self.metric, "bold")]
        room = self.size.width - len(self.metric) - 4
        for text, style in self._legend():
            room -= len(text)
            if room < 0:
                parts.append((" \u2026", "$secondary"))
                break
            parts.append((text, style))
        return parts

    def signs(self) -> Mapping[str, str]:
        """Return the characters of each model's curves, by its name; none where colours tell them apart."""
        from tuitrain.drawing.curves import legend

        found: dict[str, str] = {}
        if self.look.ascii or not self.look.colour:
            for (sign, _, _), line in zip(legend(self._curves(), self.look), self.lines, strict=True):
                found[line.label] = found.get(line.label, "") + sign
        return found

    def _legend(self) -> list[tuple[str, str]]:
        from tuitrain.drawing.curves import legend

        curves = self._curves()
        entries = legend(curves, self.look)
        models = {line.label: line.colour for line in self.lines}
        if self.look.ascii or not self.look.colour:
            return [
                (f"  {sign} {name} {_split(line)}", "")
                for (sign, name, _), line in zip(entries, self.lines, strict=True)
            ]
        styles = {_split(line): sign for (sign, _, _), line in zip(entries, self.lines, strict=True)}
        if len(styles) == 1:  # one kind of line needs no key
            styles = {}
        splits = [(f" {sign} {split}", "$secondary") for split, sign in styles.items()]
        return [(f" \u25cf {clean(model)}", colour) for model, colour in models.items()] + splits


def _split(line: Line) -> str:
    return "val" if line.held_out else "train"
