"""What the views of a snapshot have in common: arrays, those to compare them with, aspects, and words for the frame.

It knows no drawing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tuitrain.drawing.text import shorten
from tuitrain.ui.widgets.canvas import MUTED, Canvas, note
from tuitrain.ui.widgets.listing import line

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines

Arrays = Mapping[str, Any]
ROOMY = 5  # lines from which one more in words costs no picture
SAME = "nothing here differs from the best"


class Picture(Canvas):
    """A view of the arrays of one snapshot; `labels` are the names of the classes. Posts `Told` when `of` changed."""

    arrays: reactive[Arrays] = reactive({}, always_update=True, init=False)
    reference: reactive[Arrays] = reactive({}, always_update=True, init=False)
    """The arrays of the best snapshot, to show the difference to; empty where none is to be shown."""
    waiting: reactive[str] = reactive("nothing yet: F5 trains", init=False)
    """What stands there before there is a snapshot."""
    labels: reactive[Sequence[str]] = reactive((), init=False)
    aspect: reactive[int] = reactive(0, init=False)
    """Which side is shown, by its place among the aspects."""
    needs: tuple[str, ...] = ()
    """The arrays without any of which there is nothing to draw."""
    compared: tuple[str, ...] = ()
    """The arrays that a difference is taken of."""
    measured = True
    """Whether they are of a split, which must be the same in both snapshots."""
    absent = ""
    """Why there will never be anything to draw of this data or model."""
    _told = ""

    class Told(Message):
        """What is drawn is now called otherwise."""

    def watch_waiting(self) -> None:
        """Show the new words where they stand."""
        self.redraw()

    def watch_arrays(self) -> None:
        """Show the new arrays."""
        self.redraw()

    def watch_reference(self) -> None:
        """Show the difference, or no longer."""
        self.redraw()

    def watch_aspect(self) -> None:
        """Show the other side."""
        self.redraw()

    @property
    def drawable(self) -> bool:
        """Whether there is something to draw."""
        return any(name in self.arrays for name in self.needs)

    @property
    def aspects(self) -> tuple[str, ...]:
        """The sides that it has of these arrays, the usual one first; none where there is but one."""
        return ()

    @property
    def side(self) -> str:
        """The name of the side that is shown."""
        return self.aspects[self.aspect % len(self.aspects)] if self.aspects else ""

    def next_aspect(self) -> None:
        """Show the next side, if there is another."""
        if len(self.aspects) > 1:
            self.aspect = (self.aspect + 1) % len(self.aspects)

    @property
    def movable(self) -> bool:
        """Whether there is something to move, or to choose, inside."""
        return False

    @property
    def subject(self) -> str:
        """What is drawn, in a word or two: the split, where it is of one."""
        return str(self.arrays.get("split", ""))

    @property
    def part(self) -> str:
        """Which part is seen; nothing where that is all."""
        return ""

    @property
    def change(self) -> str:
        """How the difference is called that is shown; nothing where none is."""
        return "difference to the best" if self.base else ""

    @property
    def of(self) -> str:
        """What is seen, short: of what, which side unless it is the usual one, which part, compared with what."""
        side = self.side if self.aspects and self.aspect % len(self.aspects) else ""
        return ", ".join(filter(None, (self.subject, side, self.part, self.change)))

    @property
    def base(self) -> Arrays:
        """The arrays to show the difference to; none where there is none to be shown."""
        return self.reference if self.drawable and not self.remark else {}

    @property
    def remark(self) -> str:
        """Why no difference is shown although one is wanted."""
        if not (self.reference and self.drawable):
            return ""
        return self.refusal or (SAME if self._is_same() else "")

    @property
    def refusal(self) -> str:
        """Why there cannot be a difference; nothing where there can."""
        now, best = self.arrays, self.reference
        names = [name for name in self.compared if name in now]
        if any(name not in best for name in names):
            return "no difference: the best snapshot holds none of this"
        if self.measured and str(now.get("split")) != str(best.get("split")):
            return f"no difference: the best is of {best.get('split')}, this is of {now.get('split')}"
        if any(now[name].shape != best[name].shape for name in names):
            return "no difference: the best snapshot is of another size"
        return ""

    def _is_same(self) -> bool:
        now, best = self.arrays, self.reference
        return all(bool((now[name] == best[name]).all()) for name in self.compared if name in now)

    @property
    def space(self) -> tuple[int, int]:
        """The width and height in cells that the picture has, without the remark above it."""
        width, height = self.size
        return width, height - 1 if height >= ROOMY and self.remark else height

    def redraw(self) -> None:
        """Draw anew; keys come here while there is somewhere to go. Tell where it is called otherwise now."""
        super().redraw()
        self.can_focus = self.drawable and self.movable
        words = self.of if self.drawable else ""
        if words != self._told and self.is_attached:
            self._told = words
            self.post_message(self.Told())

    def draw(self, width: int, height: int) -> "Lines":
        """Draw the arrays, or say in the middle why there is nothing to see."""
        if not self.drawable:
            return note(self.absent if self.arrays else self.waiting, width, height)
        room = self.space[1]
        words = [line(shorten(self.remark, width - 2), width, MUTED)] * (height - room)
        return [*words, *self.paint(width, room)]

    def paint(self, width: int, height: int) -> "Lines":
        """Draw arrays that are there."""
        raise NotImplementedError

    def name_of(self, number: int) -> str:
        """Return the name of a class, its number where it has none."""
        return self.labels[number] if 0 <= number < len(self.labels) else str(number)


class Moving(Picture):
    """A picture that may be larger than its place: keys and the wheel move over it while there is somewhere to go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "go(-1, 0)", "left", show=False, tooltip="To the left"),
        Binding("right,l", "go(1, 0)", "right", show=False, tooltip="To the right"),
        Binding("up,k", "go(0, -1)", "up", show=False, tooltip="Up"),
        Binding("down,j", "go(0, 1)", "down", show=False, tooltip="Down"),
        Binding("shift+left,H", "go(-1, 0, 'page')", "page left", show=False, tooltip="A page to the left"),
        Binding("shift+right,L", "go(1, 0, 'page')", "page right", show=False, tooltip="A page to the right"),
        Binding("pageup", "go(0, -1, 'page')", "page up", show=False, tooltip="A page up"),
        Binding("pagedown", "go(0, 1, 'page')", "page down", show=False, tooltip="A page down"),
        Binding("home", "go(-1, -1, 'all')", "first", show=False, tooltip="To the beginning"),
        Binding("end", "go(1, 1, 'all')", "last", show=False, tooltip="To the end"),
    ]

    def action_go(self, across: int, down: int, unit: str = "one") -> None:
        """Move by one, by what is seen at once, or to the end."""
        raise NotImplementedError

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down, or with shift to the right."""
        self._roll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up, or with shift to the left."""
        self._roll(event, -1)

    def _roll(self, event: events.MouseEvent, by: int) -> None:
        if self.can_focus:
            event.stop()
            self.action_go(by * event.shift, by * (not event.shift))

    def on_focus(self) -> None:
        """Show that keys come here."""
        self.redraw()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.redraw()
