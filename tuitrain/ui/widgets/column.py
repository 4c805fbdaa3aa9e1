"""A column, or a square, of panes: how they share the rows, how the focus moves, what helps with it.

It must not know what the panes are for.
"""

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar, Self

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from tuitrain.ui.widgets.pane import Body, Pane, share


class Hint(Widget):
    """A few lines on what has the focus."""

    text: reactive[str] = reactive("")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return as many rows as the text takes."""
        return len(wrap(self.text, max(10, width)))

    def render(self) -> Content:
        """Return the text."""
        return Content("\n".join(wrap(self.text, max(10, self.size.width))))

    def watch_text(self, before: str, text: str) -> None:
        """Take more or fewer rows only where needed: laying out the screen costs ten times a line."""
        width = max(10, self.size.width)
        if len(wrap(before, width)) != len(wrap(text, width)):
            self.refresh(layout=True)

    def on_resize(self) -> None:
        """Tell, so that the panes share what is left."""
        self.post_message(Body.Resized())


class Column(Vertical):
    """Panes one below the other, with the class `-wide` two beside two, and beneath them help on what has the focus.

    The help is the attribute `help` of the widget that has the focus, or of one around it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "field(1)", "next field", id="setup.next", show=False, tooltip="Next field"),
        Binding("up,k", "field(-1)", "previous field", id="setup.previous", show=False, tooltip="Field before"),
        Binding(
            "right_curly_bracket,ctrl+down",
            "pane(1)",
            "next part",
            id="setup.next_pane",
            show=False,
            tooltip="Next part of the settings",
        ),
        Binding(
            "left_curly_bracket,ctrl+up",
            "pane(-1)",
            "previous part",
            id="setup.previous_pane",
            show=False,
            tooltip="Previous part of the settings",
        ),
    ]

    IDLE = "j, k: from field to field. h, l: through a choice. 0.1, 1: a run for each value."

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.panes: Sequence[Pane] = ()
        self._last: Widget | None = None
        self._tight = False
        """Whether there are too few rows for a little of each pane."""

    def compose(self) -> ComposeResult:
        """Lay out the panes and the help beneath them."""
        yield from self.panes
        yield Hint()

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the focus to the field that had it last, or to the first; once it is shown."""
        self.call_after_refresh(self._enter, scroll_visible)
        return self

    def _enter(self, scroll_visible: bool) -> None:
        stops = self.stops
        if stops:
            self.screen.set_focus(self._last if self._last in stops else stops[0], scroll_visible)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain what has the focus now; where there are few rows its pane has them."""
        self._last = event.widget
        self.explain(event.widget)
        if self._tight:
            self._share()

    def explain(self, widget: Widget | None) -> None:
        """Show the help on this widget, or a hint where nothing has the focus."""
        around = widget.ancestors_with_self if widget else ()
        known = (getattr(node, "help", "") for node in around)
        self.query_one(Hint).text = next(filter(None, known), self.IDLE)

    @property
    def stops(self) -> list[Widget]:
        """What can have the focus, in order; an open list is not one of them."""
        return [widget for widget in self.query(Widget) if widget.focusable and widget.styles.overlay == "none"]

    def action_field(self, by: int) -> None:
        """Go to the next field or the one before; at the ends stay."""
        stops = self.stops
        focused = self.screen.focused
        at = stops.index(focused) + by if focused in stops else 0
        if 0 <= at < len(stops):
            self.screen.set_focus(stops[at])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field."""
        self.action_field(1)

    def action_pane(self, by: int) -> None:
        """Go to the first field of the next pane or the one before."""
        panes = self.panes
        around = self.screen.focused.ancestors if self.screen.focused else ()
        at = next((n for n, pane in enumerate(panes) if pane in around), 0)
        stops = [stop for stop in self.stops if panes[(at + by) % len(panes)] in stop.ancestors]
        self.screen.set_focus(stops[0])

    def on_body_resized(self, event: Body.Resized) -> None:
        """Share the rows anew."""
        event.stop()
        self._share()

    def on_resize(self) -> None:
        """Share the rows anew."""
        self._share()

    def _share(self) -> None:
        panes = self.panes
        lines = [panes[:2], panes[2:]] if self.has_class("-wide") else [[pane] for pane in panes]
        rows = self.content_size.height - self.query_one(Hint).outer_size.height
        wanted = [max(pane.rows for pane in line) for line in lines]
        least = [max(pane.least for pane in line) for line in lines]
        self._tight = sum(least) > rows
        heights = self._alone(rows, lines) if self._tight else share(rows, wanted, least)
        self.styles.grid_rows = " ".join(map(str, heights))  # of the square; a column has no grid
        for line, height in zip(lines, heights, strict=True):
            for pane in line:
                pane.styles.height = height
        self.call_after_refresh(self._keep_in_sight)

    def _alone(self, rows: int, lines: Sequence[Sequence[Pane]]) -> list[int]:
        """Return the rows of each line where there are too few: what has the focus has all but the titles."""
        around = self.screen.focused.ancestors if self.screen.focused else ()
        front = next((n for n, line in enumerate(lines) if any(pane in around for pane in line)), 0)
        return [max(rows - len(lines) + 1, 1) if n == front else 1 for n in range(len(lines))]

    def _keep_in_sight(self) -> None:
        focused = self.screen.focused
        if focused is not None and self in focused.ancestors:
            focused.scroll_visible(animate=False)
