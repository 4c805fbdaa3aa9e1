"""The rows for one table of an experiment: its kind, and the fields of that kind.

What is typed goes into the draft; which table that is, the form must not know.
"""

from collections.abc import Mapping, Sequence

from pydantic.fields import FieldInfo
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.draft import Draft
from tuitrain.ui.widgets.field import Field, Text
from tuitrain.ui.widgets.menu import Entry

Options = Mapping[str, Sequence[Entry]]
"""By field: the values to choose from where the class of the settings does not list them."""


class Fields(VerticalGroup):
    """The fields of one kind; made anew when the kind changes."""

    def __init__(self, draft: Draft, options: Options) -> None:
        super().__init__()
        self.draft, self.options = draft, options
        self.problems: Mapping[str, str] = {}
        self._entered: str | None = None
        self._ageing = False
        """Whether the rows are about to be made anew."""

    def compose(self) -> ComposeResult:
        """Lay out one row for each field."""
        self._entry = self.draft.entry
        for name, info in self.draft.fields.items():
            yield Field(name, info, self.draft.values, self.options.get(name, ()))

    def edit(self, draft: Draft) -> None:
        """Change another draft from now on, in the rows that are there where it is of the same kind."""
        self.draft = draft
        if draft.entry is not self._entry:
            self._ageing = True
            self.refresh(recompose=True)
            return
        for field in self.query(Field):
            field.edit(draft.values)

    def on_mount(self) -> None:
        """Show what is wrong from the start."""
        self.mark(self.problems)

    async def recompose(self) -> None:
        """Make the rows anew, with what is wrong in each."""
        await super().recompose()
        self._ageing = False
        self.mark(self.problems)
        if self._entered is not None:
            self.enter(self._entered)

    def enter(self, key: str) -> None:
        """Go to the row of this key; where the rows are about to be made anew, once they are."""
        if self._ageing:
            self._entered = key
            return
        self._entered = None
        for field in self.query(Field):
            if field.key == key:
                self.screen.set_focus(field.control)

    def mark(self, problems: Mapping[str, str]) -> None:
        """Give each field the sentence on what is wrong with it."""
        self.problems = problems
        for field in self.query(Field):
            field.problem = problems.get(field.key, "")


class Heading(Widget):
    """The name of a form that is not the first in its pane, in a line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self) -> Content:
        """Return the name and a rule behind it."""
        return Content(f"{self._text} " + "─" * (self.size.width - len(self._text) - 1))


class Form(VerticalGroup):
    """Shows a draft. Posts `Changed` once what a person typed or chose is in it."""

    problems: reactive[Mapping[str, str]] = reactive[Mapping[str, str]]({}, init=False)
    """By field: what is wrong with it."""
    options: reactive[Options] = reactive[Options]({}, init=False)

    class Changed(Message):
        """The draft has another value, or another kind; `typed` is the field where it was typed, None if chosen."""

        def __init__(self, typed: Field | None) -> None:
            self.typed = typed
            super().__init__()

    def __init__(self, draft: Draft, heading: str = "", options: Options | None = None) -> None:
        super().__init__()
        self.draft = draft
        self._heading = heading
        self.set_reactive(Form.options, options or {})

    def compose(self) -> ComposeResult:
        """Lay out the kind, where there is one to choose, and the fields."""
        if self._heading:
            yield Heading(self._heading)
        if self.draft.kind:
            entries = [Entry(kind, entry.summary()) for kind, entry in self.draft.entries.items()]
            yield Field("kind", FieldInfo(annotation=str), {"kind": self.draft.kind}, entries)
        yield Fields(self.draft, self.options)

    def field(self, key: str) -> Field | None:
        """Return the row of this key, where there is one."""
        return next((field for field in self.query(Field) if field.key == key), None)

    def enter(self, key: str) -> None:
        """Go to the row of this key, or to the first where it is not known."""
        if key in self.draft.fields:
            self.query_one(Fields).enter(key)
        else:
            self.screen.set_focus(self.query(Field).first().control)

    def edit(self, draft: Draft) -> None:
        """Show and change another draft of the same family from now on."""
        self.draft = draft
        if kind := self.field("kind"):
            kind.edit({"kind": draft.kind})
        self.query_one(Fields).edit(draft)

    def on_field_changed(self, event: Field.Changed) -> None:
        """Change the kind, and tell."""
        event.stop()
        if event.field.key == "kind":
            self.draft.kind = event.field.value
            self.query_one(Fields).edit(self.draft)
        self.post_message(self.Changed(event.field if isinstance(event.field.control, Text) else None))

    def watch_problems(self, problems: Mapping[str, str]) -> None:
        """Hand each field its own."""
        if kind := self.field("kind"):
            kind.problem = problems.get("kind", "")
        self.query_one(Fields).mark(problems)

    def watch_options(self, options: Options) -> None:
        """Hand each choice its values."""
        self.query_one(Fields).options = options
        for field in self.query(Field):
            if field.key in options and isinstance(field.control, Choice):
                field.control.entries = options[field.key]
