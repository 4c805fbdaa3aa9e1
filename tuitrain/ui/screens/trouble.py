"""The question where a training stumbled: what happened, in words and pictures, and what becomes of it.

It is given the record and the arrays of the batch; whom the answer is told is the business of who asks.
"""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuitrain.drawing.text import clean, number
from tuitrain.ui.measures import compact
from tuitrain.ui.widgets.picture import Arrays
from tuitrain.ui.widgets.stumble import Batch, Norms

Choice = Literal["rewind", "skip", "go_on", "stop"]
GRACE = 0.5  # seconds in which keys still mean what was on the screen before
LETTERS: dict[Choice | Literal["later"], str] = {
    "rewind": "r",
    "skip": "x",
    "go_on": "g",
    "stop": "s",
    "later": "esc",
}
WORDS = {
    "rewind": "Rewind 64 steps, half the learning rate",
    "skip": "Skip this batch, on with the next one",
    "go_on": "Go on: learn from it all the same",
    "stop": "Stop: it ends as diverged, with the model from before this step",
    "later": "Later: the training waits, and this page comes again",
}
BACK = 64  # steps to which a training goes back, as far as there are so many
ANEW = "Rewind to the beginning, half the learning rate"
HOPELESS = "Go on: not here, as one step would spoil all weights"
BECAME = {"nan": "NaN", "infinity": "infinite"}


class Trouble(ModalScreen[Choice | None]):
    """Answers with what the training is to do, None for later; only a spike can be gone on from.

    It may open while somebody types: keys of the first half second are not taken for an answer.
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-usual"), (34, "-tall")]  # noqa: RUF012  an instance variable in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "choose('rewind')", "rewind", id="trouble-rewind", tooltip=WORDS["rewind"]),
        Binding("x", "choose('skip')", "skip", id="trouble-skip", tooltip=WORDS["skip"]),
        Binding("g", "choose('go_on')", "go on", id="trouble-go-on", tooltip=WORDS["go_on"]),
        Binding("s", "choose('stop')", "stop", id="trouble-stop", tooltip=WORDS["stop"]),
        Binding("escape,q,ctrl+q", "leave", "later", id="trouble-later", tooltip=WORDS["later"]),
        Binding("j", "move(1)", "down", id="trouble-down", show=False, tooltip="The choice below"),
        Binding("k", "move(-1)", "up", id="trouble-up", show=False, tooltip="The choice above"),
    ]

    def __init__(
        self, record: Mapping[str, Any], arrays: Arrays, *, labels: Sequence[str] = (), subject: str = ""
    ) -> None:
        """Take the record of a `troubled`, the arrays of its file, the names of the classes and what is trained."""
        super().__init__()
        self.record, self.arrays, self.labels, self.subject = record, arrays, labels, subject
        self._opened = float("inf")

    def compose(self) -> ComposeResult:
        """Lay out what happened over what can be done."""
        with Vertical(id="sheet"):
            yield Static("\n".join(map(clean, sentences(self.record))), id="words", markup=False)
            norms = self.record.get("norms") or []
            yield Norms(norms, self.record["step"]).set_class(
                len(set(norms)) < 2, "-empty"
            )  # a line of words says it all
            yield Batch(self.arrays, self.labels).set_class(not self.arrays, "-empty")
            yield OptionList(*self._options(), compact=True, markup=False)

    def _options(self) -> list[Option]:
        refused = self.record["trouble"] != "spike"
        words = WORDS | ({"go_on": HOPELESS} if refused else {})
        words |= {"rewind": ANEW} if self.record["step"] <= BACK else {}
        return [
            Option(f"{letter:3} {words[choice]}", id=choice, disabled=refused and choice == "go_on")
            for choice, letter in LETTERS.items()
        ]

    def on_mount(self) -> None:
        """Say which training it is; no choice is under the cursor until somebody moves it."""
        self.query_one("#sheet").border_title = Content(clean(f"Trouble: {self.subject}".rstrip(": "))).markup
        self.query_one(OptionList).focus()
        self.query_one(OptionList).highlighted = None
        self._opened = monotonic()

    @property
    def ready(self) -> bool:
        """Whether somebody can have seen what is asked."""
        return monotonic() - self._opened >= GRACE

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer under the cursor."""
        choices: tuple[Choice, ...] = ("rewind", "skip", "go_on", "stop")
        chosen = [choice for choice in choices if choice == event.option.id]
        self.action_choose(chosen[0]) if chosen else self.action_leave()

    def action_choose(self, choice: Choice) -> None:
        """Answer."""
        if self.ready and not self.query_one(OptionList).get_option(choice).disabled:
            self.dismiss(choice)

    def action_leave(self) -> None:
        """Leave it for later."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """Take ctrl+q as q."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the cursor with vim keys."""
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()


def sentences(record: Mapping[str, Any]) -> list[str]:
    """Return in words what the record of a `troubled` tells, the most important first."""
    step, loss, kind = f"{record['step']:,}", record.get("loss"), record["trouble"]
    became = BECAME.get(kind, kind)
    rate = f"learning rate {number(record['lr'])}" if record.get("lr") is not None else "learning rate unknown"
    if kind == "spike":
        shot = "" if loss is None else f" to {compact(loss)}"
        return [f"The loss shot up{shot} at step {step}, {rate}.", f"What stands out: {record['layer']}."]
    what = f"is {became}" if loss is None else f"is {compact(loss)}, and what comes of it {became}"
    return [f"The loss of step {step} {what}, {rate}.", f"First there: {record['layer']}."]
