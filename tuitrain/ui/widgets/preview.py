"""What a dataset holds, before anything is trained on it: words, first rows, classes, points and images.

It is given a survey and must not know who made it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import DataTable, Static

from tuitrain.datasets import Facts
from tuitrain.drawing.text import clean, number, shorten
from tuitrain.runs.survey import Survey
from tuitrain.ui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

CELL = 24  # characters of a value that are shown
ROWS = 8  # of a table
BARS = 10  # lines of classes at most; more stand in several columns


class Drawn(Canvas):
    """A part of a survey as a drawing; takes the rows it is worth."""

    survey: Survey = Survey()

    def show(self, survey: Survey) -> None:
        """Draw this, or take no room."""
        self.survey = survey
        self.display = self.rows > 0
        self.styles.height = self.rows
        self.redraw()

    @property
    def rows(self) -> int:
        """How many rows it is worth."""
        raise NotImplementedError


class Balance(Drawn):
    """How many training samples each class has."""

    @property
    def rows(self) -> int:
        """A row for each class, as far as these are few."""
        return min(len(self.survey.balance), BARS)

    def draw(self, width: int, height: int) -> "Lines":
        """Draw a bar for each class."""
        from tuitrain.drawing.bars import bars  # numpy, which the first frame can do without

        names, counts = zip(*self.survey.balance, strict=True) if self.survey.balance else ((), ())
        return bars(counts, names, width, height, self.look)


class Samples(Drawn):
    """Some images, or the points of data in a plane."""

    @property
    def rows(self) -> int:
        """What an image or two take, or a plot."""
        if self.survey.images is not None:
            return min(30, max(11, int(self.survey.images.shape[2]) // 2 + 1))
        return 14 if self.survey.points else 0

    def draw(self, width: int, height: int) -> "Lines":
        """Draw as many as fit."""
        from tuitrain.drawing.gallery import Caption, gallery
        from tuitrain.drawing.scatter import scatter

        survey = self.survey
        if survey.images is not None:
            return gallery(survey.images, [Caption(name) for name in survey.captions], width, height, self.look)
        places = [point[:2] for point in survey.points]
        names = survey.facts.labels if survey.facts else ()
        return scatter(places, [point[2] for point in survey.points], names, width, height, self.look)


class Preview(VerticalScroll):
    """Shows a survey, and while there is none what is awaited."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", id="preview.down", show=False, tooltip="Scroll down"),
        Binding("k", "scroll_up", "up", id="preview.up", show=False, tooltip="Scroll up"),
    ]

    survey: reactive[Survey | None] = reactive[Survey | None](None, init=False)
    waiting: reactive[str] = reactive("", init=False)
    """What stands there without a survey."""

    def compose(self) -> ComposeResult:
        """Lay out all parts; those that have nothing to show are hidden."""
        yield Static(classes="waiting", markup=False)
        yield Static(classes="facts", markup=False)
        yield Static(classes="problems", markup=False)
        table: DataTable[Text] = DataTable(cursor_type="none", zebra_stripes=True)
        table.can_focus = False
        yield table
        yield Balance()
        yield Samples()
        yield Static(classes="notes", markup=False)

    def on_mount(self) -> None:
        """Show what there is."""
        self._show()

    def watch_survey(self) -> None:
        """Show another one."""
        self._show()
        self.scroll_home(animate=False)

    def watch_waiting(self) -> None:
        """Show other words."""
        self._show()

    def _show(self) -> None:
        survey = self.survey or Survey()
        notes = [*(_target(*target) for target in survey.targets), *survey.notes]
        self._say("waiting", [] if self.survey else [self.waiting])
        self._say("facts", [words(survey.facts)] if survey.facts else [])
        self._say("problems", [problem.sentence for problem in survey.problems])
        self._say("notes", notes)
        self._show_rows(survey.rows)
        for part in self.query(Drawn):
            part.show(survey)

    def _say(self, name: str, sentences: Sequence[str]) -> None:
        part = self.query_one(f".{name}", Static)
        part.update(Content("\n".join(map(clean, sentences))))
        part.display = any(sentences)

    def _show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        table = self.query_one(DataTable)
        table.display = bool(rows)
        table.clear(columns=True)
        if rows:
            table.add_columns(*(_cell(name) for name in rows[0]))
            table.add_rows([[_cell(cell) for cell in row] for row in rows[1 : ROWS + 1]])


def words(facts: Facts) -> str:
    """Return what data are like, in a line.

    >>> words(Facts((2,), ("a", "b"), (160, 40, 0)))
    '200 samples (train 160, val 40), each 2 numbers; 2 classes'
    """
    splits = [f"{name} {size:,}" for name, size in zip(("train", "val", "test"), facts.sizes, strict=True) if size]
    samples = f"{sum(facts.sizes):,} samples ({', '.join(splits)})"
    if len(facts.shape) == 3:
        colour = "" if facts.shape[0] == 1 else f" in {facts.shape[0]} channels"
        each = f"{facts.shape[1]} x {facts.shape[2]} pixels{colour}"
    else:
        each = "1 number" if facts.shape == (1,) else f"{' x '.join(map(str, facts.shape))} numbers"
    if facts.task == "classification":
        return f"{samples}, each {each}; {facts.outputs} classes"
    return f"{samples}, each {each}; to predict: {', '.join(facts.labels)}"


def _target(name: str, low: float, mean: float, high: float) -> str:
    return f"{name}: {number(low)} to {number(high)}, on average {number(mean)}"


def _cell(text: str) -> Text:
    return Text(shorten(clean(text), CELL))
