"""What can be taken along of what is on the screen: texts to copy, and files to write. It knows runs, no widgets."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitrain.command import command
from tuitrain.drawing.text import clean, number
from tuitrain.experiment import Experiment
from tuitrain.paper import table
from tuitrain.runs.watch import Watch, look
from tuitrain.ui.screens.taking import Offer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuitrain.drawing.cells import Lines
    from tuitrain.paper.table import Table

TABLES: "dict[str, tuple[str, Callable[[Mapping[str, Any], Sequence[str]], Table]]]" = {
    "confusion": ("confusion", table.confusion),
    "classes": ("confusion", table.classes),
    "mistakes": ("worst", lambda arrays, labels: table.mistakes(arrays, labels, len(arrays["worst"]))),
}
"""By view: the array without which there is no table of it, and how it is made."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What is in front: runs, the one of the pictures, the step shown, the view and its arrays, the settings."""

    watches: Sequence[Watch]
    front: Watch | None
    step: int | None
    view: str
    arrays: "Mapping[str, Any]"
    labels: Sequence[str]
    experiment: Experiment | None

    @property
    def table(self) -> "Table | None":
        """The view in front as a table; None where it has none."""
        if self.view in TABLES and TABLES[self.view][0] in self.arrays:
            return TABLES[self.view][1](self.arrays, self.labels)
        if self.view == "parameters" and self.front is not None and self.front.history.table:
            return table.parameters(self.front.history)
        return None

    @property
    def name(self) -> str:
        """What a file about the run in front is called."""
        return self.front.run.id if self.front else "tuitrain"


def offers(desk: Desk) -> list[Offer]:
    """Return what there is to copy: numbers at the time cursor, tables, the command line, where the run lies."""
    found = []
    front, told = desk.front, desk.table
    if front is not None and front.history.metrics:
        at = front.history.step if desk.step is None else desk.step
        found.append(Offer("v", f"values at step {at:,}", values(front, at)))
    if told is not None:
        found.append(Offer("t", f"{desk.view} as a table", table.text(told)))
    if desk.watches:
        found.append(Offer("r", "runs as a table", table.text(table.results(desk.watches))))
    if desk.experiment is not None:
        file = str(front.run.path / "experiment.toml") if front and front.experiment == desk.experiment else None
        found.append(Offer("c", "command that trains this", command(desk.experiment, file)))
    if front is not None:
        found.append(Offer("s", "command that shows the run", f"tuitrain show {shlex.quote(front.run.id)}"))
        found.append(Offer("d", "directory of the run", str(front.run.path)))
    return [offer for offer in found if offer.text]


def _anew(desk: Desk) -> Desk:
    """Return the desk with histories of its own."""
    fresh = {watch.run.id: look(watch.run) for watch in desk.watches}
    front = desk.front and fresh.get(desk.front.run.id)
    return replace(desk, watches=list(fresh.values()), front=front)


def values(watch: Watch, step: int) -> str:
    """Return every metric of a run at a step, one a line behind the run's name."""
    told = watch.history.metrics_at(step)
    lines = [f"{name} = {number(value)}" for name, value in told.items() if value is not None]
    return "\n".join([f"{clean(watch.model)}, step {step}", *lines])


def kinds(desk: Desk, *, drawn: bool, screen: bool) -> list[str]:
    """Return the kinds of files that can be written now: is the view a drawing, can the screen be told in cells."""
    found = ["svg", "png", "text"] if drawn else []
    found += ["screen"] if screen else []
    if desk.watches:
        found += ["curves", "runs" if desk.table is None else "table", "report"]
    return found


def write(kind: str, path: Path, desk: Desk, lines: "Lines", *, dark: bool) -> None:
    """Write a file of this kind; raise OSError. The picture of the whole screen is the screen's business.

    It may be called in a thread: runs are read anew, since the histories of the screen grow meanwhile.
    """
    from tuitrain.paper import cells, html

    if kind not in ("svg", "png", "text"):
        desk = _anew(desk)
    if kind in ("svg", "png", "text"):
        cells.save(path, lines, dark=dark, title=f"{desk.name} {desk.view}")
    elif kind == "curves":
        table.save(path, table.curves(desk.watches))
    elif kind == "runs":
        table.save(path, table.results(desk.watches))
    elif kind == "report":
        html.report(desk.watches, path)
    elif desk.table is not None:
        table.save(path, desk.table)
