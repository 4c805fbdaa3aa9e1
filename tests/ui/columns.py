"""The column of settings alone on a screen, which writes down the keys and messages that reach it."""

from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import Static

from tuitrain.experiment import Experiment, read
from tuitrain.runs.survey import Survey, survey
from tuitrain.ui.widgets import STYLES
from tuitrain.ui.widgets.field import Field, Text
from tuitrain.ui.widgets.form import Form
from tuitrain.ui.widgets.models import ModelList
from tuitrain.ui.widgets.pane import Pane
from tuitrain.ui.widgets.setup import Setup

FORMS = "dataset", "model", "optimizer", "schedule", "loss", "training"


class Cockpit(App[None]):
    """The column, and a screen that writes down the keys and messages which reach it."""

    CSS_PATH = STYLES  # type: ignore[assignment]  # a list is what Textual documents
    BINDINGS = [(key, f"note('{key}')", "") for key in ("space", "q", "s", "question_mark", "escape", "e")]  # noqa: RUF012  Textual's way

    def __init__(self, preset: str, classes: str = "", folder: Path | None = None) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self.folder = folder
        self.column = Setup(read(preset), self.ask, classes=classes)
        self.keys: list[str] = []
        self.changes: list[Experiment | None] = []

    def compose(self) -> ComposeResult:
        """Show the column."""
        yield self.column

    def ask(self, tables: dict[str, Any]) -> Survey | None:
        """Find out what a worker would, in this process."""
        self.asked.append(tables)
        return survey(tables, self.folder) if self.folder else Survey()

    def action_note(self, key: str) -> None:
        """Write down a key."""
        self.keys.append(key)

    def on_setup_changed(self, event: Setup.Changed) -> None:
        """Write down an experiment."""
        self.changes.append(event.experiment)

    @property
    def models(self) -> ModelList:
        """The list of models."""
        return self.query_one(ModelList)

    @property
    def now(self) -> Experiment:
        """The experiment as it stands."""
        assert self.column.experiment is not None
        return self.column.experiment

    @property
    def place(self) -> str:
        """Where the focus is: the form and the field."""
        for form in self.query(Form):
            for field in form.query(Field):
                if field.control.has_focus:
                    return f"{self.name_of(form)}.{field.key}"
        return "models" if self.models.has_focus else ""

    def name_of(self, form: Form) -> str:
        """Return which form it is."""
        return FORMS[list(self.query(Form)).index(form)]

    def form(self, name: str) -> Form:
        """Return a form."""
        return list(self.query(Form))[FORMS.index(name)]

    def field(self, place: str) -> Field:
        """Return a row."""
        name, key = place.split(".")
        field = self.form(name).field(key)
        assert field is not None
        return field

    def typed(self, place: str) -> str:
        """Return what stands in a text."""
        control = self.field(place).control
        assert isinstance(control, Text)
        return control.value

    def counts(self) -> dict[str, int | None]:
        """Return the parameters shown, by model."""
        return {row.name: row.parameters for row in self.models.rows}

    def note(self, pane: int) -> str:
        """Return what stands at the foot of a pane."""
        foot = list(self.query(Pane))[pane].query_one(".note")
        return str(foot.query_one(Static).content) if foot.display else ""
