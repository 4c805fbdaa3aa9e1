"""The pane of the models: the list with their parameter counts, and the form of the one under the cursor.

It must not know datasets: counts and problems are given to it.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import ClassVar, NamedTuple

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuitrain.models import MLP, MODELS
from tuitrain.ui.widgets.draft import Draft
from tuitrain.ui.widgets.form import Form
from tuitrain.ui.widgets.pane import Pane


class Row(NamedTuple):
    """A model in the list: its name, its parameters (None: unknown), whether it is wrong, how many it stands for."""

    name: str
    parameters: int | None
    wrong: bool = False
    times: int = 1


class ModelList(Widget, can_focus=True):
    """The models, one row each, and a line of what can be done with them. Posts messages, changes nothing."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor(1)", "next", id="models.next", show=False, tooltip="Next model"),
        Binding("up,k", "cursor(-1)", "previous", id="models.previous", show=False, tooltip="Previous model"),
        Binding("enter", "edit", "edit", id="models.edit", show=False, tooltip="Change this model"),
        Binding("a", "change('add')", "add", id="models.add", tooltip="Add a multilayer perceptron"),
        Binding("c,D", "change('duplicate')", "duplicate", id="models.duplicate", tooltip="Add a copy of this model"),
        Binding("x,delete", "change('remove')", "remove", id="models.remove", tooltip="Remove this model"),
        Binding("K,shift+up", "change('up')", "up", id="models.up", show=False, tooltip="Move it up"),
        Binding("J,shift+down", "change('down')", "down", id="models.down", show=False, tooltip="Move it down"),
    ]
    LABELS = "add", "duplicate", "remove"

    rows: reactive[Sequence[Row]] = reactive[Sequence[Row]](())
    runs: reactive[str] = reactive("", layout=True)
    """How many runs there will be, where that is not one for each row."""
    marks: reactive[Mapping[int, str]] = reactive[Mapping[int, str]]({})
    cursor: reactive[int] = reactive(0, init=False)

    class Moved(Message):
        """The cursor is on another model."""

    class Entered(Message):
        """A person wants to change the model under the cursor."""

    class Asked(Message):
        """A person wants the list changed: add, duplicate, remove, up or down."""

        def __init__(self, change: str) -> None:
            self.change = change
            super().__init__()

    @property
    def help(self) -> str:
        """What can be done here."""
        return "Each model is a run. a adds one, c copies, x removes, J and K move it; enter changes it."

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return one row for each model, one for the labels and one for the runs where these need it."""
        return len(self.rows) + 1 + len(self._wrapped(width))

    def render(self) -> Content:
        """Return the rows, the labels and the number of runs."""
        rows = (self._row(number, row) for number, row in enumerate(self.rows))
        labels = (Content.from_markup(f"[@click=change('{label}')]{label}[/]") for label in self.LABELS)
        can = Content.assemble("  ", Content("  ").join(labels)).stylize("$text-muted")
        runs = (Content(f"  {line}").stylize("$accent") for line in self._wrapped(self.size.width))
        return Content("\n").join([*rows, can, *runs])

    def _wrapped(self, width: int) -> list[str]:
        return wrap(self.runs, max(10, width - 2), subsequent_indent="  ")

    def _row(self, number: int, row: Row) -> Content:
        mark = self.marks.get(number, " ")
        count = "wrong" if row.wrong else "?" if row.parameters is None else f"{row.parameters:,}"
        several = f" x{row.times}" if row.times > 1 else ""
        tail = f"{several} {count} {mark}"
        name = Content(row.name).truncate(max(1, self.size.width - 2 - len(tail)), ellipsis=True, pad=True)
        here = number == self.cursor
        line = Content.assemble(("▸ " if here else "  ", "$primary"), name, tail)
        if row.wrong:
            line = line.stylize("$text-error")
        if here:
            line = line.stylize("bold" if not self.has_focus else "bold on $primary 20%")
        return line

    def watch_rows(self, before: Sequence[Row], rows: Sequence[Row]) -> None:
        """Take another height only where needed: laying out the screen is slow."""
        if len(before) != len(rows):
            self.refresh(layout=True)

    def watch_cursor(self) -> None:
        """Keep the row in sight, and tell."""
        if isinstance(self.parent, Widget) and isinstance(self.parent.parent, Widget):
            self.parent.parent.scroll_to_region(Region(0, self.cursor, 1, 2), animate=False)
        self.post_message(self.Moved())

    def action_cursor(self, by: int) -> None:
        """Move by one model; beyond the ends the key is for what is around."""
        if not 0 <= self.cursor + by < len(self.rows):
            raise SkipAction
        self.cursor += by

    def action_edit(self) -> None:
        """Go into the form."""
        self.post_message(self.Entered())

    def action_change(self, change: str) -> None:
        """Ask for a change of the list."""
        self.post_message(self.Asked(change))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row under the pointer."""
        if event.y < len(self.rows):
            self.cursor = event.y


class Models(Pane):
    """The list and the form. Changes the list of drafts it is given in place and posts `Changed`."""

    def __init__(self, drafts: list[Draft]) -> None:
        self.drafts = drafts
        self.list = ModelList()
        self.form = Form(drafts[0])
        self._problems: Sequence[Mapping[str, str]] = []
        super().__init__("Models", self.list, self.form)

    class Changed(Message):
        """There are other models, or in another order."""

    def edit(self, drafts: list[Draft]) -> None:
        """Show and change another list of drafts from now on."""
        self.drafts = drafts
        self.list.cursor = 0
        self._show_form()

    def show(self, rows: Sequence[Row], problems: Sequence[Mapping[str, str]], runs: str) -> None:
        """Show names and counts, for each model by field what is wrong, and how many runs there will be."""
        self._problems = problems
        self.list.rows, self.list.runs = rows, runs
        self._show_form()

    def choose(self, table: str) -> None:
        """Put the cursor on the model of a key such as models.1."""
        family, _, number = table.partition(".")
        if family == "models":
            self.list.cursor = int(number)
            self._show_form()

    def on_model_list_moved(self, event: ModelList.Moved) -> None:
        """Show the form of the model under the cursor."""
        event.stop()
        self._show_form()

    def on_model_list_entered(self, event: ModelList.Entered) -> None:
        """Go to the first field."""
        event.stop()
        self.form.enter("kind")

    def on_model_list_asked(self, event: ModelList.Asked) -> None:
        """Change the list as asked."""
        event.stop()
        at = self.list.cursor
        if event.change == "remove" and len(self.drafts) == 1:
            self.notify("An experiment needs at least one model.", severity="warning", markup=False)
            return
        self.list.cursor = changed(self.drafts, at, event.change)
        self.post_message(self.Changed())

    def _show_form(self) -> None:
        at = self.list.cursor
        if self.form.draft is not self.drafts[at]:
            self.form.edit(self.drafts[at])
        self.form.problems = self._problems[at] if at < len(self._problems) else {}


def changed(drafts: list[Draft], at: int, change: str) -> int:
    """Change the list in place and return where the cursor goes."""
    if change in ("add", "duplicate"):
        drafts.insert(at + 1, drafts[at].copy() if change == "duplicate" else Draft.of(MODELS, MLP().model_dump()))
        return at + 1
    draft = drafts.pop(at)
    if change == "remove":
        return min(at, len(drafts) - 1)
    to = max(0, at - 1) if change == "up" else min(len(drafts), at + 1)
    drafts.insert(to, draft)
    return to
