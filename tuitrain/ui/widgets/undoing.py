"""A column of settings whose changes can be taken back and made again. What the settings are it must not know."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tuitrain.ui.widgets.column import Column
from tuitrain.ui.widgets.field import Field, Text
from tuitrain.ui.widgets.past import Change, Past, State

SPARED = "uU"
"""The keys of the screen that undo and redo: the text to which one of them leads leaves them alone at first."""


class Undoing(Column):
    """Undoes what is noted in `past`. Where the focus is in the column it goes to what is different."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+underscore,ctrl+slash",  # what ctrl+_ and ctrl+/ are called depends on the terminal
            "undo_field",
            "undo",
            key_display="ctrl+_",
            id="undo-field",
            show=False,
            tooltip="Take back the last change of the settings, also from within a text",
        ),
    ]

    past: Past

    def restore(self, state: State) -> None:
        """Show the settings as they were."""
        raise NotImplementedError

    def enter(self, table: str, field: str) -> None:
        """Go to a field; where its row is only being made, once it is there."""
        raise NotImplementedError

    def undo(self) -> str:
        """Take back the last change, and return what that was as a sentence."""
        change = self.past.undo()
        return f"Taken back: {self._show(change)}" if change else "There is no change to take back."

    def redo(self) -> str:
        """Make the change again that was taken back last, and return what it is as a sentence."""
        change = self.past.redo()
        return f"Made again: {self._show(change)}" if change else "There is no change to make again."

    def action_undo_field(self) -> None:
        """Take back the last change, and tell."""
        self.notify(self.undo(), markup=False)

    _coming: str | None = None
    """The field of which the text is about to have the focus because of an undo."""

    def _show(self, change: Change) -> str:
        self.restore(self.past.now)
        if self.has_focus_within:
            self._coming = change.field
            self.enter(change.table, change.field)
            self._spare(self.screen.focused)
        return change.words

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain what has the focus; what is typed there now is a step of its own."""
        super().on_descendant_focus(event)
        self.past.leave(event.widget.parent)
        self._spare(event.widget)

    def _spare(self, widget: object) -> None:
        """Let a text to which an undo led hand the same keys on rather than type them."""
        if isinstance(widget, Text) and isinstance(widget.parent, Field) and widget.parent.key == self._coming:
            self._coming, widget.spared = None, SPARED
