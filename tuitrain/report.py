"""Runs as tables of text: what batch mode prints at the end and `tuitrain runs` prints at any time."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment, Segments
from rich.table import Table

from tuitrain.drawing.look import Look
from tuitrain.drawing.text import clean, duration, metric
from tuitrain.runs.history import History
from tuitrain.runs.watch import Watch

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

COLUMNS = ("accuracy", "loss", "precision", "recall", "f1", "average_precision", "rmse", "mae", "r2")
NARROW = ("accuracy", "loss", "average_precision", "rmse", "r2")  # what 80 cells have room for
HEADINGS = {"average_precision": "AP", "f1": "F1", "r2": "R2"}
DRAWN = 100  # cells of a drawing at most: a line is read at a glance
UNLIMITED = 240  # cells where nobody looks at a line's length: in a pipe or a file
SPLITS = ("train", "val", "test", "test_rotated")


class Out(Console):
    """Leaves it to the command line what to do where nobody reads stdout any more."""

    def on_broken_pipe(self) -> None:
        """Pass the error on, which rich would turn into exit code 1."""
        raise BrokenPipeError


@dataclass(frozen=True, slots=True)
class Result:
    """How one run ended, or stands."""

    model: str
    history: History
    state: str


def result(watch: Watch) -> Result:
    """Return what the table says of a run on disk."""
    return Result(watch.model, watch.history, watch.state)


def console() -> Console:
    """Return stdout as plain text goes to it: not wrapped where it is no terminal."""
    return Out(highlight=False, markup=False, width=None if sys.stdout.isatty() else UNLIMITED)


def breadth(out: Console) -> int:
    """Return how many cells a drawing may take."""
    return min(out.width, DRAWN)


def plain_look(*, ascii_only: bool) -> Look:
    """Return how stdout looks: coloured on a terminal only, since a file holds no colours."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return Look(ascii=ascii_only or not unicode, colour=colour, dark=True, depth=8)


def print_lines(out: Console, title: str, lines: "Lines") -> None:
    """Print a drawing under its title."""
    from tuitrain.paper.cells import stacked  # what a training without a screen does not need

    out.print()
    drawn = [segment for line in stacked([(title, lines)]) for segment in (*line, Segment.line())]
    out.print(Segments(drawn), end="", crop=False)


def results(ends: Sequence[Result], width: int) -> Table:
    """Return a table of the ends of runs, a row for each run and split; fewer metrics in fewer than 100 cells."""
    known = COLUMNS if width >= 100 else NARROW
    told = {name.partition("/")[2] for end in ends for name in _metrics(end)}
    columns = [column for column in known if column in told] or ["accuracy", "loss"]
    table = plain_table()
    for heading in ("model", "params", "epoch", "split"):
        table.add_column(heading, justify="left" if heading in ("model", "split") else "right", no_wrap=True)
    for column in columns:
        table.add_column(HEADINGS.get(column, column), justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for end in ends:
        for row in _rows(end, columns):
            table.add_row(*row)
    return table


def plain_table() -> Table:
    """Return an empty table that a script can read as well: no frame, two spaces between columns."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def _rows(end: Result, columns: Sequence[str]) -> list[list[str]]:
    history, metrics = end.history, _metrics(end)
    there = {name.partition("/")[0] for name in metrics}
    splits = [split for split in SPLITS if split in there] or [""]
    first = [clean(end.model), parameters(history), f"{history.epoch}/{history.epochs}"]
    last = [duration(history.seconds), end.state]
    rows = []
    for number, split in enumerate(splits):
        numbers = [metric(metrics.get(f"{split}/{column}")) for column in columns]
        rows.append([*(first if not number else [""] * 3), split, *numbers, *(last if not number else [""] * 2)])
    return rows


def _metrics(end: Result) -> dict[str, float | None]:
    """Return what was measured at the end; nothing of a run that failed, the latest numbers of one that goes on."""
    found: dict[str, float | None] = (end.history.ended or {"metrics": end.history.metrics}).get("metrics", {})
    return found


def parameters(history: History) -> str:
    """Return the number of parameters in groups of three digits."""
    return "" if history.parameters is None else f"{history.parameters:,}"
