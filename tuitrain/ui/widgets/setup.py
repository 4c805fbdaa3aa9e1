"""The column of settings: dataset, models, optimizer and schedule, device and training, checked with each key.

It spreads what the drafts say over its panes. It must not know runs, files or what becomes of the experiment.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

from tuitrain.datasets import Dataset, Facts
from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.models import MODELS
from tuitrain.problems import Problem
from tuitrain.runs.survey import Survey
from tuitrain.ui.inquiry import Ask, Inquiry, Tables
from tuitrain.ui.widgets import drafts
from tuitrain.ui.widgets.drafts import Answer, Drafts
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.form import Form
from tuitrain.ui.widgets.holdings import Notes, Opener, Splits
from tuitrain.ui.widgets.menu import Entry
from tuitrain.ui.widgets.models import Models, Row
from tuitrain.ui.widgets.pane import Pane
from tuitrain.ui.widgets.past import Past, State
from tuitrain.ui.widgets.undoing import Undoing

Devices = Sequence[tuple[str, str]]
INQUIRY = "inquiry"


def unknown(_: Tables) -> Survey:
    """Answer a question with nothing."""
    return Survey()


def entries(devices: Devices, wanted: object) -> list[Entry]:
    """Return the devices to choose from, those that are wanted among them whether they are there or not."""
    found = [Entry("auto", "the fastest there is"), *(Entry(name, text) for name, text in devices)]
    known = {entry.value for entry in found}
    missing = [name for name in (wanted if isinstance(wanted, list) else [wanted]) if name not in known]
    return found + [Entry(name, "not on this machine") for name in missing]


def row(typed: Drafts, number: int, wrong: bool, answer: Answer) -> Row:
    """Return what the list of models says of the one of this number."""
    draft, model = typed.models[number], typed.model(number)
    if model is None:
        return Row(draft.first, None, wrong=True)
    return Row(model.name, typed.count(number, answer), wrong, drafts.times(draft, MODELS))


class Setup(Undoing):
    """Shows an experiment and lets it be changed. Posts `Changed` after each change, and after `load`.

    What arithmetic cannot tell about data and models is asked with `ask`, in a thread.

    With the class `-wide` the four panes stand in a square, else in a column. Keys that no field can use go on
    to the screen, escape among them.
    """

    marks: reactive[Mapping[int, str]] = reactive[Mapping[int, str]]({}, init=False)
    """By model: a character for the state of its run."""
    devices: reactive[Devices] = reactive[Devices]((("cpu", ""),), init=False)
    """The devices found: name and description."""

    class Changed(Message):
        """There is another experiment, or None while something is wrong: then the problems say what."""

        def __init__(self, experiment: Experiment | None, problems: list[Problem]) -> None:
            self.experiment = experiment
            self.problems = problems
            super().__init__()

    class Wanted(Message):
        """A person wants to choose data of their own."""

    def __init__(
        self,
        experiment: Experiment,
        ask: Ask = unknown,
        *,
        id: str | None = None,  # noqa: A002  Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._drafts = Drafts(experiment)
        self.past = Past(self._drafts.state)
        tables = self._drafts.tables
        self._forms = {
            "dataset": Form(tables["dataset"]),
            "optimizer": Form(tables["optimizer"]),
            "schedule": Form(tables["schedule"], "schedule"),
            "loss": Form(tables["loss"], "loss"),
            "training": Form(
                tables["training"], options={"device": entries(self.devices, tables["training"].values["device"])}
            ),
        }
        self._models = Models(self._drafts.models)
        self._splits, self._notes = Splits(), Notes()
        self._place: Path | None = None
        self._inquiry = Inquiry(ask, self._check)
        self._panes = {
            "dataset": Pane("Dataset", self._forms["dataset"], self._notes, foot=(self._splits, Opener())),
            "models": self._models,
            "optimizer": Pane("Optimizer", *(self._forms[key] for key in ("optimizer", "schedule", "loss"))),
            "training": Pane("Device and training", self._forms["training"]),
        }
        self.panes = list(self._panes.values())

    def on_mount(self) -> None:
        """Show counts and splits, and find out what arithmetic cannot tell of them."""
        self._spread()
        self._inquire()

    @property
    def experiment(self) -> Experiment | None:
        """The experiment as it stands, or None while something is wrong."""
        return self._drafts.experiment

    @property
    def facts(self) -> Facts | None:
        """What the data are like, as far as that is known."""
        return self._drafts.facts(self._inquiry.answer)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, by the keys of an experiment file."""
        return self._drafts.problems

    def load(self, experiment: Experiment) -> None:
        """Show another experiment, once mounted; what was typed is gone."""
        self._drafts = Drafts(experiment)
        self._inquiry.forget()
        self._show_drafts()

    def _show_drafts(self) -> None:
        for key, form in self._forms.items():
            form.edit(self._drafts.tables[key])
        self._models.edit(self._drafts.models)
        self.watch_devices()
        self._check()

    def restore(self, state: State) -> None:
        """Show the settings as they were."""
        self._drafts.restore(state)
        self._show_drafts()

    def enter(self, table: str, field: str) -> None:
        """Go to a field, or to the list of models."""
        if table == "models":
            self.screen.set_focus(self._models.list)
            return
        self._models.choose(table)
        self._forms.get(table, self._models.form).enter(field)

    def focus_problem(self) -> None:
        """Go to the first field that is wrong."""
        for spot in map(self._drafts.spot, self.problems[:1]):
            self.enter(spot.table, spot.field)

    @property
    def place(self) -> tuple[Path, Path | None]:
        """The folder in which to choose data, and the file or folder that is chosen there already."""
        chosen = self._drafts.path
        return (chosen.parent, chosen) if chosen else (self._place or Path.cwd(), None)

    def take(self, table: Mapping[str, Any] | None, place: Path) -> None:
        """Take another dataset, as a table of an experiment file, or none; choose from this folder the next time."""
        self._place = place
        if table is not None:
            self._inquiry.forget()
            self._forms["dataset"].edit(self._drafts.take(table))
            self._forms["dataset"].enter("")  # not a text, which would take the next key for a letter
            self._check()

    @property
    def dataset(self) -> Dataset | None:
        """The dataset, of several the first, where its settings are right."""
        return self._drafts.dataset

    def on_opener_pressed(self, event: Opener.Pressed) -> None:
        """Have data chosen."""
        event.stop()
        self.post_message(self.Wanted())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Have a file chosen where one is named."""
        if isinstance(event.input.parent, Field) and event.input.parent.key == "path":
            event.prevent_default()  # the column would go to the next field
            self.post_message(self.Wanted())

    def on_form_changed(self, event: Form.Changed) -> None:
        """Take a new value."""
        event.stop()
        self._check(event.typed)

    def on_models_changed(self, event: Models.Changed) -> None:
        """Take a new list."""
        event.stop()
        self._check()

    def _check(self, typed: Field | None = None) -> None:
        """Find out what is wrong, and tell; `typed` is the field in which somebody types."""
        self.past.note(self._drafts.state, typed)
        self._drafts.check(self._inquiry.answer)
        self._inquire()
        self._spread()
        self.post_message(self.Changed(self.experiment, self.problems))

    def _inquire(self) -> None:
        """Have what arithmetic cannot tell found out, unless that is under way."""
        asking = self._inquiry.want(self._drafts.questions(self._inquiry.answer))
        if asking and not any(worker.group == INQUIRY for worker in self.workers):
            self.run_worker(self._inquiry.run(), group=INQUIRY)

    def _spread(self) -> None:
        """Tell each pane its counts, and what is wrong in it."""
        fields, notes, wrong = self._drafts.told
        for key, form in self._forms.items():
            form.problems = fields.get(key, {})
        self._show_models(fields, wrong)
        self._show_data()
        for name, pane in self._panes.items():
            pane.note = "\n".join(notes.get(name, ()))
            pane.set_class(name in wrong, "-wrong")
        self.explain(self.screen.focused)

    def _show_models(self, fields: Mapping[str, Mapping[str, str]], wrong: Collection[str]) -> None:
        numbers = range(len(self._drafts.models))
        rows = [row(self._drafts, n, f"models.{n}" in wrong, self._inquiry.answer) for n in numbers]
        runs = drafts.runs(len(rows), self.experiment.vary) if self.experiment else ""
        self._models.show(rows, [fields.get(f"models.{n}", {}) for n in numbers], runs)

    def _show_data(self) -> None:
        dataset, survey = self._drafts.dataset, self._drafts.survey(self._inquiry.answer)
        reading = dataset is not None and dataset.facts is None and survey is None and self._inquiry.asking
        self._splits.reading = Path(getattr(dataset, "path", "")).name if reading else ""
        self._splits.sizes = self.facts.sizes if self.facts else None
        self._notes.sentences = survey.notes if survey else ()

    def watch_marks(self) -> None:
        """Show the states of the runs in the list of models."""
        self._models.list.marks = self.marks

    def validate_devices(self, devices: Devices) -> Devices:
        """Make what a driver says about itself safe to show."""
        return [(clean(name), clean(text)) for name, text in devices]

    def watch_devices(self) -> None:
        """Offer the devices found."""
        wanted = self._drafts.tables["training"].values["device"]
        self._forms["training"].options = {"device": entries(self.devices, wanted)}
