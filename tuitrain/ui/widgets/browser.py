"""A canvas with something to choose on it: arrow keys and vim keys move the choice. It knows no drawing."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from tuitrain.ui.widgets.canvas import Canvas


class Browser(Canvas, can_focus=True):
    """Holds the place of what is chosen, from 0; who draws it says how many there are and how they lie."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1, 'one')", "previous", show=False, tooltip="The previous one"),
        Binding("right,l", "move(1, 'one')", "next", show=False, tooltip="The next one"),
        Binding("up,k", "move(-1, 'row')", "up", show=False, tooltip="The one above"),
        Binding("down,j", "move(1, 'row')", "down", show=False, tooltip="The one below"),
        Binding("pageup", "move(-1, 'page')", "page up", show=False, tooltip="A page up"),
        Binding("pagedown", "move(1, 'page')", "page down", show=False, tooltip="A page down"),
        Binding("home", "move(-1, 'all')", "first", show=False, tooltip="The first one"),
        Binding("end", "move(1, 'all')", "last", show=False, tooltip="The last one"),
    ]

    place: reactive[int] = reactive(0, init=False)

    @property
    def count(self) -> int:
        """How many there are to choose from."""
        return 0

    @property
    def layout_shown(self) -> tuple[int, int]:
        """How many there are in a row and on a page."""
        return 1, max(self.size.height - 2, 1)

    def validate_place(self, place: int) -> int:
        """Keep it among those that there are."""
        return max(0, min(place, self.count - 1))

    def watch_place(self) -> None:
        """Show the choice."""
        self.redraw()

    def action_move(self, by: int, unit: str) -> None:
        """Choose another one: the next, one in the next row, on the next page, or at the end."""
        row, page = self.layout_shown
        self.place += by * {"one": 1, "row": row, "page": page}.get(unit, self.count)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go on to the next row."""
        event.stop()
        self.action_move(1, "row")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go back to the row before."""
        event.stop()
        self.action_move(-1, "row")

    def on_focus(self) -> None:
        """Show that keys come here."""
        self.redraw()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.redraw()
