"""What a screen of runs shows of those that are marked: their curves over each other, the settings that differ.

It reads journals in threads; which runs there are is the business of the screen that is made of it.
"""

from asyncio import sleep, to_thread
from collections.abc import Sequence

from textual import work

from tuitrain.runs import checkpoints, compare, lock
from tuitrain.runs.compare import Difference
from tuitrain.runs.entry import Entry, written
from tuitrain.runs.ledger import read_history
from tuitrain.runs.session import BUDGET
from tuitrain.runs.store import Run
from tuitrain.ui import overlay, roll
from tuitrain.ui.roll import Mark
from tuitrain.ui.screens.keeping import Keeping
from tuitrain.ui.telling import colour
from tuitrain.ui.widgets.charts import Charts
from tuitrain.ui.widgets.differences import Differences, Head
from tuitrain.ui.widgets.entries import Entries

MOST = 24  # runs whose curves are laid over each other: beyond that nobody tells them apart
TEN = 10_000_000  # bytes from which a tenth of a MB says nothing
STAGES = ("-list", "-curves", "-differences")
"""What is in front where not everything has room."""


class Comparing(Keeping):
    """The marks, and the panel about the marked runs, else about the one under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, int] = {}
        """The marked runs, by id, in their order, with the number of their colour."""
        self.banded = False
        self._signs: dict[str, str] = {}
        """What the curves of runs are drawn with, by id, where colours do not tell them apart."""
        self.kept: dict[str, str] = {}
        """By id of the run under the cursor: what its checkpoints take, in words."""

    @property
    def marked(self) -> list[Entry]:
        """The marked runs, in the order in which they were marked; the filter does not matter."""
        known = {entry.id: entry for entry in self.book.entries if entry.id in self.marks}
        return [known[name] for name in self.marks if name in known]

    @property
    def meant(self) -> list[Entry]:
        """The marked runs, else the one under the cursor."""
        return self.marked or self.chosen

    def mark(self, names: Sequence[str], marked: bool) -> None:
        """Mark runs, each in the first colour that is free, or take their marks away."""
        for name in names:
            self.marks.pop(name, None)
            if marked:
                taken = set(self.marks.values())
                self.marks[name] = next(number for number in range(len(taken) + 1) if number not in taken)

    def compared(self) -> list[Entry]:
        """Return the runs that are compared; with bands on, all that differ from them only in their seed."""
        repeated = [entry for group in self._groups() for entry in group]
        several = len(self.marks) > 1
        return (self.meant if several or not repeated else repeated)[:MOST]

    def _groups(self) -> list[list[Entry]]:
        """Return the runs to be summed up: among the marked ones, else those like the one under the cursor."""
        if not self.banded:
            return []
        if len(self.marks) > 1:
            return compare.repeated(self.marked[:MOST])
        like = {entry.id for entry in self.meant}
        groups = compare.repeated(self.book.entries)
        return [group[:MOST] for group in groups if any(entry.id in like for entry in group)]

    def compare(self, patience: float = 0.0) -> None:
        """Show the runs that are compared, the curves after so many seconds without another wish."""
        entries = self.compared()
        self._show_settings(entries)
        self._draw(entries, patience)

    def _show_settings(self, entries: Sequence[Entry]) -> None:
        """Show what differs between several runs; of a single one all settings."""
        shown, several = self.query_one(Differences), len(entries) > 1
        names, colours = roll.brief_names(entries), self._colours(entries)
        front = [entry.id for entry in self.chosen]
        few = f" in the first {MOST} marked" if len(self.meant) > MOST else ""
        shown.border_title = f"settings that differ{few}" if several else "settings"
        shown.waiting = "they do not differ in any setting" if several else "no run is chosen"
        heads = [Head(names[entry.id], self._sign(entry.id, colours[entry.id]), entry.id in front) for entry in entries]
        single = [Difference(key, (written(value),)) for entry in entries for key, value in entry.settings.items()]
        shown.show(heads, compare.differing(entries) if several else single)

    def _sign(self, name: str, drawn: str) -> Mark:
        return Mark(drawn, self._signs[name]) if name in self._signs else Mark(drawn)

    def show_signs(self) -> None:
        """Show in the list what the curves of marked runs are drawn with."""
        self.query_one(Entries).marks = {name: self._sign(name, colour(number)) for name, number in self.marks.items()}

    def _colours(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Return the colour of each run: that of its mark, else the first that is free."""
        taken = set(self.marks.values())
        free = (number for number in range(len(taken) + len(entries)) if number not in taken)
        return {entry.id: colour(self.marks[entry.id] if entry.id in self.marks else next(free)) for entry in entries}

    @work(group="compare", exclusive=True)
    async def _draw(self, entries: Sequence[Entry], patience: float) -> None:
        """Read the runs and lay their curves over each other, or show mean and band where they are repetitions."""
        await sleep(patience)
        runs = [entry.run for entry in entries]
        self.histories.keep([await to_thread(read_history, run) for run in self.histories.missing(runs)])
        if not self.query(Entries):  # the screen is being left
            return
        watches = self.histories.poll(runs, BUDGET)
        told = {watch.run.id: watch for watch in watches}
        colours, front = self._colours(entries), [entry.id for entry in (*self.chosen, *entries) if entry.id in told]
        groups = [group for group in self._groups() if all(entry.id in told for entry in group)]
        summed = {entry.id for group in groups for entry in group}
        charts = self.query_one(Charts)
        charts.waiting = "there is no curve yet" if entries else "curves stand here once there is a run"
        bands = overlay.bands(groups, told, colours)
        single = [entry for entry in entries if entry.id not in summed]
        lines = overlay.lines(single, told, colours, front[:1])
        charts.bands = bands
        charts.lines = {name: lines.get(name, []) for name in overlay.METRICS if name in bands or name in lines}
        signs, names = charts.signs(), overlay.labels(single)
        self._signs = {entry.id: signs[names[entry.id]] for entry in single if names[entry.id] in signs}
        self.show_signs()
        self._show_settings(entries)
        self.kept = {entry.id: await to_thread(_kept, entry.run) for entry in self.chosen}
        self.say()

    def say(self) -> None:
        """Tell how the run under the cursor stands."""
        raise NotImplementedError

    def action_band(self) -> None:
        """Show mean and band of runs that differ only in their seed, or each run again."""
        self.banded = not self.banded
        if self.banded and not self._groups():
            self.banded = False
            self.notify("No two of the marked runs differ in training.seed alone: mark those to be averaged.")
        self.compare()

    def action_stage(self) -> None:
        """Bring the next of list, curves and settings to the front, as far as they do not stand side by side."""
        names = STAGES if self.has_class("-short") else STAGES[1:]
        stage = next((name for name in names if self.query_one("#both").has_class(name)), names[0])
        self.set_stage(names[(names.index(stage) + 1) % len(names)])

    def set_stage(self, stage: str) -> None:
        """Bring one of them to the front."""
        self.query_one("#both").set_classes(stage)
        self.query_one(Entries).focus()

    def action_lines(self, by: int) -> None:
        """Show the settings below or above."""
        self.query_one(Differences).first += by

    def action_chart(self, name: str, *arguments: int) -> None:
        """Pass a key on to the charts; show what they have to say."""
        told = getattr(self.query_one(Charts), name)(*arguments)
        if told:
            self.notify(told, timeout=3)

    def action_cursor(self, by: int) -> None:
        """Move the crosshair of the charts, beyond the last point to none."""
        charts = self.query_one(Charts)
        charts.cursor = charts.beside(charts.cursor, by)

    def on_charts_moved(self, event: Charts.Moved) -> None:
        """Put the crosshair where a person clicked."""
        self.query_one(Charts).cursor = event.step


def _kept(run: Run) -> str:
    """Return how many checkpoints a run has, what they take, and what of it can be had back; nothing without any."""
    try:
        found = [path.stat() for path in run.path.glob("checkpoints/*.pt")]
        taken = sum({(one.st_dev, one.st_ino): one.st_size for one in found}.values())
        freed = checkpoints.free(run, dry=True) if found and not lock.held(run.lock) else 0
    except (OSError, lock.Occupied):  # it is being trained, or removed, this very moment
        return ""
    if not found:
        return ""
    return f"checkpoints {len(found)}, {_mb(taken)}" + (f"; tuitrain gc frees {_mb(freed)}" if freed else "")


def _mb(size: int) -> str:
    return f"{size / 1e6:.{0 if size >= TEN else 1}f} MB"
