"""A branch of a run: from which checkpoint it begins, and what is trained otherwise. It answers, and starts nothing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic.fields import FieldInfo
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.screen import ModalScreen

from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.ui.edits import Edits
from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.column import Hint
from tuitrain.ui.widgets.field import Field, Toggle
from tuitrain.ui.widgets.menu import Entry, Menu
from tuitrain.ui.widgets.rows import Deed, Rows, Sheet, helped

if TYPE_CHECKING:
    from tuitrain.runs.checkpoints import Checkpoint

POINT = "checkpoint"
AT = "The checkpoint at which the branch begins; what the trunk did up to there is not trained again."
NAMED = ("best", "last")
"""Checkpoints that are told by their names, beside their steps."""
TRAINS, OPENS = "enter or F5 trains it, esc closes", "enter opens, F5 trains, esc closes"


class Branching(ModalScreen[tuple[int, list[str]] | None]):
    """Answers with the step and the settings that differ, as `--set` has them; None: no branch."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]  # noqa: RUF012  an instance variable in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "train", "train", id="branching-train", tooltip="Train the branch", priority=True),
        Binding("enter", "answer", "train", id="branching-answer", tooltip="Train the branch", priority=True),
        Binding("escape,ctrl+q", "leave", "close", id="branching-close", tooltip="Make no branch"),
        Binding("q,f", "leave", "close", id="branching-close-too", show=False, tooltip="Make no branch"),
    ]

    def __init__(
        self,
        subject: str,
        points: "Sequence[Checkpoint]",
        begin: "Checkpoint",
        edit: Callable[[int], Edits],
        left: Callable[[Experiment, int], str],
    ) -> None:
        """Take the trunk in words, its checkpoints, the one to begin with, its settings at a step, why it would end."""
        super().__init__()
        self.subject, self.step, self.edit, self.left = subject, begin.step, edit, left
        self.edits = edit(begin.step)
        self._steps = _steps(points)
        now = next(words for words, step in self._steps.items() if step == begin.step)
        info = FieldInfo(annotation=str, default=now, description=AT)
        self._point = Field(POINT, info, {POINT: now}, list(map(Entry, self._steps)), label="from step")
        self._point.control.several = False  # type: ignore[union-attr]  # a choice: a branch has one beginning
        self._deed = Deed("train", "train the branch", "F5 does it from anywhere on this page.")

    def compose(self) -> ComposeResult:
        """Lay out the checkpoint, the settings and the help."""
        with Sheet(id="sheet"):
            yield self._point
            yield Rows(self.edits.rows)
            yield self._deed
            yield Hint()

    def on_mount(self) -> None:
        """Say of what it is, and begin at the learning rate: what most branches have otherwise."""
        self.query_one("#sheet").border_title = clean(f"Branch of {self.subject}")
        self._judge()
        self.query_one(Rows).enter("optimizer.lr")

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Explain what has the focus, and say what enter does there."""
        self.query_one(Hint).text = helped(event.widget)
        self.query_one("#sheet").border_subtitle = OPENS if isinstance(event.widget, Choice | Toggle | Menu) else TRAINS

    def on_field_changed(self, event: Field.Changed) -> None:
        """Begin at another checkpoint; where the trunk had other settings there, with those."""
        event.stop()
        self.step = self._steps[event.field.value]
        edits = self.edit(self.step)
        if edits.base != self.edits.base:
            self.edits = edits
            self.query_one(Rows).remove()
            self.query_one("#sheet").mount(Rows(edits.rows), after=self._point)
        self._judge()

    def on_rows_typed(self, event: Rows.Typed) -> None:
        """Take what was typed, and say what is wrong with it; another optimizer has settings of its own."""
        self.edits.take(event.key, event.text)
        rows = self.query_one(Rows)
        if event.key.endswith(".kind"):
            rows.show(self.edits.rows)
        rows.problems = dict(self.edits.problems)
        self._judge()

    def _judge(self) -> None:
        """Say at the checkpoint why nothing would be trained from there."""
        self._point.problem = self.left(self.edits.settled, self.step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave enter to choices, and to an open list."""
        theirs = action == "answer" and (isinstance(self.focused, Choice | Toggle) or bool(self.query(Menu)))
        return not theirs and super().check_action(action, parameters) is not False

    def on_deed_clicked(self) -> None:
        """Train it."""
        self.action_train()

    def action_answer(self) -> None:
        """Train it from a row without a list."""
        self.action_train()

    def action_train(self) -> None:
        """Answer, where nothing is wrong; else go there."""
        wrong = next(iter(self.edits.problems), None)
        if wrong is not None:
            self.query_one(Rows).enter(wrong)
        elif self._point.problem:
            self.query_one(Rows).enter("training.steps" if self.edits.settled.training.steps else "training.epochs")
        else:
            self.dismiss((self.step, self.edits.overrides))

    def action_leave(self) -> None:
        """Answer that no branch is wanted."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """Take ctrl+q as escape."""
        self.dismiss(None)


def _steps(points: "Sequence[Checkpoint]") -> dict[str, int]:
    """Return the steps of the checkpoints in words, in their order; the best and the last one are named."""
    found: dict[int, set[str]] = {}
    for point in sorted(points, key=lambda point: point.step):
        found.setdefault(point.step, set()).add(point.name)
    return {" ".join((str(step), *(name for name in NAMED if name in names))): step for step, names in found.items()}
