"""A branch of a run: from which checkpoint it begins, and what is trained otherwise. It answers, and starts nothing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic.fields import FieldInfo
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import DescendantFocus
from textual.screen import ModalScreen

from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.ui.edits import Edits
from tuitrain.ui.widgets.column import Hint
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.menu import Entry, Menu
from tuitrain.ui.widgets.rows import Rows, helped

if TYPE_CHECKING:
    from tuitrain.runs.checkpoints import Checkpoint

POINT = "checkpoint"
AT = "The checkpoint at which the branch begins; what the trunk did up to there is not trained again."


class Branching(ModalScreen[tuple[int, list[str]] | None]):
    """Answers with the step and the settings that differ, as `--set` has them; None: no branch."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]  # noqa: RUF012  an instance variable in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f5", "train", "train", id="branching-train", tooltip="Train the branch", priority=True),
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
        steps = {point.step: point for point in sorted(points, key=lambda point: (point.step, point.name != "best"))}
        entries = [Entry(step, point.name if point.name in ("best", "last") else "") for step, point in steps.items()]
        info = FieldInfo(annotation=int, default=begin.step, description=AT)
        self._point = Field(POINT, info, {POINT: begin.step}, entries, label="from step")

    def compose(self) -> ComposeResult:
        """Lay out the checkpoint, the settings and the help."""
        with Vertical(id="sheet"):
            yield self._point
            yield Rows(self.edits.rows)
            yield Hint()

    def on_mount(self) -> None:
        """Say of what it is, and begin at the learning rate: what most branches have otherwise."""
        sheet = self.query_one("#sheet")
        sheet.border_title = clean(f"Branch of {self.subject}")
        sheet.border_subtitle = "enter trains it, esc closes"
        self._judge()
        self.query_one(Rows).enter("optimizer.lr")

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Explain what has the focus."""
        self.query_one(Hint).text = helped(event.widget)

    def on_field_changed(self, event: Field.Changed) -> None:
        """Begin at another checkpoint; where the trunk had other settings there, with those."""
        event.stop()
        self.step = int(event.field.value)
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
        """Leave enter to an open list."""
        return not (action == "train" and self.query(Menu)) and super().check_action(action, parameters) is not False

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
