"""What can be changed in a training while it goes on, and what else it can be told. It answers, and sends nothing."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic.fields import FieldInfo
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.screen import ModalScreen

from tuitrain.drawing.text import clean
from tuitrain.ui.edits import Edits
from tuitrain.ui.widgets.column import Hint
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.form import Heading
from tuitrain.ui.widgets.menu import Menu
from tuitrain.ui.widgets.rows import Deed, Rows, Sheet, helped

STEPS = "steps"
DEEDS = {
    "save": ("save a checkpoint now", "R and f can go on from it."),
    "abort": ("stop at once", "Nothing is evaluated; the last checkpoint stays. s stops softly."),
}
AGAIN = "stop at once: enter again does it"


class Order(NamedTuple):
    """What a run is to be told, and what goes with it."""

    action: str
    arguments: Mapping[str, Any] = {}


class Changing(ModalScreen[list[Order] | None]):
    """Each setting with its value, edited in its row; enter answers with all that was changed. None: nothing."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]  # noqa: RUF012  an instance variable in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "send", id="changing-send", tooltip="Tell the training", priority=True),
        Binding("escape,ctrl+q", "leave", "close", id="changing-close", tooltip="Change nothing"),
        Binding("q,C", "leave", "close", id="changing-close-too", show=False, tooltip="Change nothing"),
    ]

    def __init__(self, subject: str, edits: Edits, *, steps: bool = True) -> None:
        """Take what is trained in words, its settings, and whether it has single steps at all."""
        super().__init__()
        self.subject, self.edits = subject, edits
        self._deeds = [Deed(name, *DEEDS[name]) for name in (DEEDS if steps else ("abort",))]
        info = FieldInfo(annotation=int, default=10, description="Steps to take; the training then waits.")
        self._steps = [Field(STEPS, info, {STEPS: 10}, label="run steps")] if steps else []
        self._asked = False

    def compose(self) -> ComposeResult:
        """Lay out the settings, what can be done, and the help."""
        with Sheet(id="sheet"):
            yield Rows(self.edits.rows, Heading("do"), *self._steps, *self._deeds)
            yield Hint()

    def on_mount(self) -> None:
        """Say of what it is, and begin at the first row."""
        self.query_one("#sheet").border_title = clean(f"Change {self.subject}")
        self._count()
        self.set_focus(self.query_one(Sheet).stops[0])

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Explain what has the focus; a question is over where that goes elsewhere."""
        self.query_one(Hint).text = helped(event.widget)
        self._ask(self._asked and event.widget is self._deeds[-1])

    def on_rows_typed(self, event: Rows.Typed) -> None:
        """Take what was typed, and say what is wrong with it."""
        if event.key == STEPS:
            wrong = "" if event.text.isdecimal() and int(event.text) else "must be a whole number above 0"
            self._steps[0].problem = wrong
            return
        self.edits.take(event.key, event.text)
        self.query_one(Rows).problems = dict(self.edits.problems)
        self._count()

    def _count(self) -> None:
        """Say what enter does."""
        count = len(self.edits.changes)
        changes = f" {count} changes" if count > 1 else " the change" if count else ""
        self.query_one("#sheet").border_subtitle = f"enter sends{changes}, esc closes"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave enter to an open list."""
        return not (action == "send" and self.query(Menu)) and super().check_action(action, parameters) is not False

    def on_deed_clicked(self) -> None:
        """Do it."""
        self.action_send()

    def action_send(self) -> None:
        """Answer with what was changed, and with what has the focus where that is to be done."""
        wrong = next(iter(self.edits.problems), None)
        if wrong is not None:
            self.query_one(Rows).enter(wrong)
            return
        done = self._done()
        if done is not None:
            changed = [Order("set", {"key": key, "value": value}) for key, value in self.edits.changes.items()]
            self.dismiss([*changed, *done] or None)

    def _done(self) -> list[Order] | None:
        """Return what is to be done where that has the focus; None where it is asked first, or wrong."""
        focused = self.focused
        if any(field.control is focused for field in self._steps):
            (field,) = self._steps
            return None if field.problem else [Order("step", {"steps": int(field.value)})]
        if focused not in self._deeds:
            return []
        if focused.id == "abort" and not self._asked:
            self._ask(True)
            return None
        return [Order(focused.id or "")]

    def _ask(self, asked: bool) -> None:
        if asked != self._asked:
            self._asked = asked
            self._deeds[-1].update(AGAIN if asked else DEEDS["abort"][0])
            self._deeds[-1].set_class(asked, "-asking")

    def action_leave(self) -> None:
        """Answer that nothing is to be changed."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """Take ctrl+q as escape."""
        self.dismiss(None)
