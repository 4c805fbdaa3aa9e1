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

SCROLLED = 3
"""Rows that a pane has for what scrolls, however long the sentences at its foot."""


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
            yield Body(*self._foot, classes="foot")
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

    @property
    def least(self) -> int:
        """How many rows it needs to show its foot, and a little of what scrolls above it."""
        scrolling = self.query_one(Room).query_one(Body).outer_size.height
        return self.rows - max(0, scrolling - SCROLLED)


def share(rows: int, wanted: Sequence[int], least: Sequence[int] = ()) -> list[int]:
    """Return how many rows each part gets: its least, and of the rest what it wants, or no more than the others.

    >>> share(30, [9, 8, 7, 11]), share(40, [9, 8, 7, 11]), share(30, [19, 8, 7, 11], [15, 3, 3, 3])
    ([8, 8, 7, 7], [9, 8, 7, 11], [17, 4, 5, 4])
    """
    if least:
        given = share(rows, least)
        more = share(rows - sum(given), [want - part for want, part in zip(wanted, given, strict=True)])
        return [part + extra for part, extra in zip(given, more, strict=True)]
    given = [0] * len(wanted)
    for waiting, part in zip(
        range(len(wanted), 0, -1), sorted(range(len(wanted)), key=wanted.__getitem__), strict=True
    ):
        given[part] = max(0, min(wanted[part], -(-rows // waiting)))
        rows -= given[part]
    return given
