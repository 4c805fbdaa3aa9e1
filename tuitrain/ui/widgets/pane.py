"""A titled part of a column that scrolls inside and keeps a note at its foot, and how such parts share the rows.

It must not know what is in it.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalGroup, VerticalScroll
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static


class Body(VerticalGroup):
    """What is in a pane. Posts `Resized` when it needs more rows or fewer."""

    class Resized(Message):
        """The content has another height."""

    def on_resize(self) -> None:
        """Tell."""
        self.post_message(self.Resized())


class Room(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Scrolls without keys of its own: arrows move from field to field."""

    BINDINGS: ClassVar[list[BindingType]] = []


class Pane(Vertical):
    """A title line, the content, and at the foot what stays in sight and what is wrong with all of it."""

    note: reactive[str] = reactive("", init=False)

    def __init__(self, title: str, *children: Widget, foot: Sequence[Widget] = ()) -> None:
        super().__init__()
        self.border_title = f" {title} "
        self._content, self._foot = children, foot

    def compose(self) -> ComposeResult:
        """Lay out the content with the note beneath it."""
        with Room():
            yield Body(*self._content)
        if self._foot:
            yield Body(*self._foot)
        with Body(classes="note"):
            yield Static("", markup=False)

    def watch_note(self, note: str) -> None:
        """Show the note while there is one."""
        foot = self.query_one(".note", Body)
        foot.display = bool(note)
        foot.query_one(Static).update(note)

    @property
    def rows(self) -> int:
        """How many rows it needs to show everything."""
        return self.gutter.height + sum(body.outer_size.height for body in self.query(Body) if body.display)


def share(rows: int, wanted: Sequence[int]) -> list[int]:
    """Return how many rows each part gets: what it wants, or, where that is too much, no more than the others.

    >>> share(30, [9, 8, 7, 11]), share(40, [9, 8, 7, 11])
    ([8, 8, 7, 7], [9, 8, 7, 11])
    """
    given = [0] * len(wanted)
    for waiting, part in zip(
        range(len(wanted), 0, -1), sorted(range(len(wanted)), key=wanted.__getitem__), strict=True
    ):
        given[part] = max(0, min(wanted[part], -(-rows // waiting)))
        rows -= given[part]
    return given
