"""One setting in one row: its name, a control made from its annotation, and beneath it what is wrong with it.

It must not know any particular setting, and checks nothing: the sentence about what is wrong is given to it.
"""

from collections.abc import MutableMapping, Sequence
from textwrap import wrap
from typing import Any, ClassVar, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.draft import default
from tuitrain.ui.widgets.menu import Entry
from tuitrain.ui.widgets.notation import Notation


class Text(Input):
    """A value to type. It takes only characters that can belong to the value: every other key goes on."""

    def __init__(self, value: str, alphabet: str) -> None:
        super().__init__(value, compact=True)
        self.alphabet = alphabet
        self.spared = ""
        """Characters that go on to the bindings around it, until another one is typed or it is left."""
        self.cursor_blink = False

    def on_resize(self) -> None:
        """Show the end of a path that is too long: the name of the file."""
        if not self.alphabet:
            self.scroll_to(x=self.virtual_size.width, animate=False)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Say whether the key is typed here, so that bindings around it hold for all others."""
        if character is None or character in self.spared:
            return False
        return self._fits(character) or self._parts(character)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in the place of a part of the value, without the characters that cannot belong to it."""
        kept = text if self._parts(text) else "".join(filter(self._fits, text))
        super().replace(kept, start, end)

    def _parts(self, character: str) -> bool:
        """Say whether this is a space behind a comma, where people type one."""
        return character == " " and self.value[: self.cursor_position].endswith(",")

    def _fits(self, character: str) -> bool:
        return character.isprintable() and (not self.alphabet or character in self.alphabet)

    async def _on_key(self, event: events.Key) -> None:
        if event.is_printable and not self.check_consume_key(event.key, event.character):
            event.prevent_default()  # Input would type the key and stop it: it is the screen's
        elif event.is_printable:
            self.spared = ""

    def on_blur(self) -> None:
        """Type every character again."""
        self.spared = ""


class Toggle(Widget, can_focus=True):
    """On or off. Posts `Changed` when a person changes it, not when a program does."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,left,right,h,l", "flip", "switch", id="toggle.flip", show=False, tooltip="On or off"),
        Binding("comma", "both", "both", id="toggle.both", show=False, tooltip="A run for off and one for on"),
    ]

    value: reactive[object] = reactive[object](False)
    """True, False, or a list of both for a sweep."""

    class Changed(Message):
        """A person has switched it."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.set_reactive(Toggle.value, value)

    def render(self) -> Content:
        """Return a dot, filled where it is on, and the word."""
        if isinstance(self.value, list):
            words = ", ".join("on" if value is True else "off" for value in self.value)
            return Content.assemble(("◐ ", "$primary"), words)
        if self.value:
            return Content.assemble(("● ", "$primary"), "on")
        return Content.assemble(("○ ", "$foreground 40%"), "off")

    def action_flip(self) -> None:
        """Switch it."""
        self.value = self.value is not True
        self.post_message(self.Changed())

    def action_both(self) -> None:
        """Try both."""
        self.value = [False, True]
        self.post_message(self.Changed())

    def on_click(self) -> None:
        """Switch it."""
        self.action_flip()


class Field(Widget):
    """One field of a settings class, kept under its name in a mapping. Posts `Changed` once it has written there.

    Values are as TOML would have them, right or wrong.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"field--name", "field--problem"}
    NAME = 16
    """Cells for the name; the style sheet gives the control as much margin."""

    problem: reactive[str] = reactive("", layout=True)

    class Changed(Message):
        """A person has typed or chosen another value."""

        def __init__(self, field: "Field") -> None:
            self.field = field
            super().__init__()

    def __init__(
        self,
        key: str,
        info: FieldInfo,
        values: MutableMapping[str, Any],
        entries: Sequence[Entry] = (),
        label: str = "",
    ) -> None:
        super().__init__()
        self.key, self.info, self.values = key, info, values
        self._label = label or key
        self.notation = Notation(info.annotation)
        self.control = control(info, self.value, entries)
        self._compare()

    def compose(self) -> ComposeResult:
        """Lay out the control; the rest is drawn around it, which halves the time to open a form."""
        yield self.control

    def render(self) -> Content:
        """Return the name, and what is wrong beneath it."""
        width = self.size.width
        name = Content(self._label).truncate(self.NAME - 1, ellipsis=True).extend_right(width)
        styles = [self.get_visual_style(f"field--{part}") for part in ("name", "problem")]
        lines = [Content(f"  {line}").stylize(styles[1]) for line in self._wrap(width)]
        return Content("\n").join([name.truncate(width).stylize(styles[0]), *lines])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a row for the control and those that the problem takes."""
        return 1 + len(self._wrap(width))

    def _wrap(self, width: int) -> list[str]:
        return wrap(self.problem, max(10, width - 2))

    @property
    def value(self) -> Any:
        """The value there is."""
        return self.values[self.key]

    @property
    def help(self) -> str:
        """What the setting means, and the value chosen where there is a word on it."""
        control = self.control
        note = control.entries[control.index].note if isinstance(control, Choice) else ""
        return " ".join(part for part in (self.info.description, note) if part)

    def edit(self, values: MutableMapping[str, Any]) -> None:
        """Show and change the value in another mapping from now on."""
        self.values = values
        if isinstance(self.control, Text):
            if self.notation.read(self.control.value) != self.value:
                self.control.value = self.notation.write(self.value)
        else:
            self.control.value = self.value
        self._compare()

    def on_click(self) -> None:
        """Go to the control from a click on the name."""
        if not self.has_pseudo_class("focus-within"):
            self.control.focus()

    def watch_problem(self) -> None:
        """Show that something is wrong."""
        self.set_class(bool(self.problem), "-wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what was typed; an input also tells of what a program gave it, which is no news."""
        event.stop()
        value, text = self.notation.read(event.input.value), self.notation.write(self.value)
        if (value, type(value)) != (self.value, type(self.value)) and event.input.value != text:
            self._take(value)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Take what was chosen."""
        event.stop()
        self._take(event.choice.value)

    def on_toggle_changed(self, event: Toggle.Changed) -> None:
        """Take what was switched."""
        event.stop()
        if isinstance(self.control, Toggle):
            self._take(self.control.value)

    def _take(self, value: Any) -> None:
        self.values[self.key] = value
        self._compare()
        self.post_message(self.Changed(self))

    def _compare(self) -> None:
        self.tooltip = Content(self.help)
        self.set_class(self.value != default(self.info), "-changed")


def control(info: FieldInfo, value: Any, entries: Sequence[Entry] = ()) -> Text | Choice | Toggle:
    """Return the control for a field: a choice where values are listed, a switch for bool, else a text."""
    if entries:
        return Choice(entries, value)
    if get_origin(info.annotation) is Literal:
        return Choice([Entry(word) for word in get_args(info.annotation)], value)
    if info.annotation is bool:
        return Toggle(value)
    notation = Notation(info.annotation)
    return Text(notation.write(value), notation.alphabet(info, value))
