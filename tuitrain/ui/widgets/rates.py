"""The learning rates that were tried, and what came of it: the loss over the rate, and which one to take."""

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tuitrain.drawing.text import number
from tuitrain.ui.widgets.canvas import MUTED
from tuitrain.ui.widgets.listing import line
from tuitrain.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

TALL = 6  # lines from which words stand above the curve
FOUND = "steepest at lr {0}; take that or up to 10x less: i puts it into the settings"
SHORT = "steepest at lr {0}: i puts it into the settings"
NEVER = "the loss never fell: something other than the learning rate is wrong, such as data or loss"


class Rates(Picture):
    """Its arrays are the rates and smoothed losses of one test. Posts `Taken` where a person takes the suggestion."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "take", "into the settings", show=False, tooltip="Put the suggested rate into the settings")
    ]

    needs = ("rates",)
    suggestion: reactive[float | None] = reactive[float | None](None, init=False)
    """The rate at which the loss falls fastest; none where it never falls."""

    step = 0
    """At which step they were tried."""

    class Taken(Message):
        """A person wants to train with this learning rate."""

        def __init__(self, rate: float) -> None:
            super().__init__()
            self.rate = rate

    @property
    def subject(self) -> str:
        """What was done."""
        return "learning rates tried, the model put back"

    @property
    def movable(self) -> bool:
        """Whether there is a rate to take."""
        return self.suggestion is not None

    def action_take(self) -> None:
        """Hand the suggestion on."""
        if self.suggestion is not None:
            self.post_message(self.Taken(self.suggestion))

    def watch_suggestion(self) -> None:
        """Show the mark where it is now."""
        self.redraw()

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the curve with the suggestion on it, and say what to do."""
        from tuitrain.drawing.curves import Curve, Mark, draw
        from tuitrain.drawing.palette import series

        words = [line(self._advice(width), width, MUTED)] if height >= TALL else []
        marks = [Mark(self.suggestion, f"lr {number(self.suggestion)}")] if self.suggestion else []
        curve = Curve("loss", self.arrays["rates"], self.arrays["losses"], series(0))
        return words + draw([curve], width, height - len(words), self.look, log_x=True, marks=marks)

    def _advice(self, width: int) -> str:
        if self.suggestion is None:
            return NEVER
        text = FOUND.format(number(self.suggestion))
        return text if len(text) < width else SHORT.format(number(self.suggestion))
