"""The column of settings: dataset, models, optimizer and schedule, device and training, checked with each key.

It spreads what the drafts say over its panes. It must not know runs, files or what becomes of the experiment.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuitrain.datasets import Dataset
from tuitrain.experiment import Experiment
from tuitrain.problems import Problem
from tuitrain.ui.widgets.choice import Entry
from tuitrain.ui.widgets.column import Column
from tuitrain.ui.widgets.drafts import Drafts
from tuitrain.ui.widgets.form import Form
from tuitrain.ui.widgets.models import Models, Row
from tuitrain.ui.widgets.pane import Pane

Devices = Sequence[tuple[str, str]]


class Splits(Widget):
    """How many samples each split will have, in a line: with as many words as there is room for."""

    sizes: reactive[tuple[int, int, int] | None] = reactive[tuple[int, int, int] | None](None)

    def render(self) -> Content:
        """Return the longest line that fits."""
        numbers = [f"{size:,}" for size in self.sizes] if self.sizes else ["?", "?", "?"]
        named = [f"{name} {number}" for name, number in zip(("train", "val", "test"), numbers, strict=True)]
        lines = "  ".join(named), " ".join(named), "split " + " / ".join(numbers), " ".join(numbers)
        return Content(next((line for line in lines if len(line) <= self.size.width), lines[-1]))


class Setup(Column):
    """Shows an experiment and lets it be changed. Posts `Changed` after each change, and after `load`.

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

    def __init__(
        self,
        experiment: Experiment,
        *,
        id: str | None = None,  # noqa: A002  Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._drafts = Drafts(experiment)
        tables = self._drafts.tables
        self._forms = {
            "dataset": Form(tables["dataset"]),
            "optimizer": Form(tables["optimizer"]),
            "schedule": Form(tables["schedule"], "schedule"),
            "training": Form(tables["training"], options={"device": self._device_entries()}),
        }
        self._models = Models(self._drafts.models)
        self._splits = Splits()
        self._panes = {
            "dataset": Pane("Dataset", self._forms["dataset"], self._splits),
            "models": self._models,
            "optimizer": Pane("Optimizer", self._forms["optimizer"], self._forms["schedule"]),
            "training": Pane("Device and training", self._forms["training"]),
        }
        self.panes = list(self._panes.values())

    def on_mount(self) -> None:
        """Show counts and splits."""
        self._spread()

    @property
    def experiment(self) -> Experiment | None:
        """The experiment as it stands, or None while something is wrong."""
        return self._drafts.experiment

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, by the keys of an experiment file."""
        return self._drafts.problems

    def load(self, experiment: Experiment) -> None:
        """Show another experiment, once mounted; what was typed is gone."""
        self._drafts = Drafts(experiment)
        for key, form in self._forms.items():
            form.edit(self._drafts.tables[key])
        self._models.edit(self._drafts.models)
        self.watch_devices()
        self._check()

    def focus_problem(self) -> None:
        """Go to the first field that is wrong."""
        for spot in map(self._drafts.spot, self.problems[:1]):
            self._models.choose(spot.table)
            self._forms.get(spot.table, self._models.form).enter(spot.field)

    def on_form_changed(self, event: Form.Changed) -> None:
        """Take a new value."""
        event.stop()
        self._check()

    def on_models_changed(self, event: Models.Changed) -> None:
        """Take a new list."""
        event.stop()
        self._check()

    def _check(self) -> None:
        self._drafts.check()
        self._spread()
        self.post_message(self.Changed(self.experiment, self.problems))

    def _spread(self) -> None:
        """Tell each pane its counts, and what is wrong in it."""
        fields: dict[str, dict[str, str]] = defaultdict(dict)
        notes: dict[str, list[str]] = defaultdict(list)
        wrong = set()
        for problem in self.problems:
            spot = self._drafts.spot(problem)
            part = "optimizer" if spot.table == "schedule" else spot.table.partition(".")[0]
            wrong.add(part)
            if spot.alone:
                fields[spot.table].setdefault(spot.field, problem.sentence)
            else:
                notes[part].append(problem.sentence)
        dataset = self._drafts.dataset
        self._splits.sizes = dataset.sizes if dataset else None
        for key, form in self._forms.items():
            form.problems = fields[key]
        numbers = range(len(self._drafts.models))
        self._models.show([self._row(n, dataset) for n in numbers], [fields[f"models.{n}"] for n in numbers])
        for name, pane in self._panes.items():
            pane.note = "\n".join(notes[name])
            pane.set_class(name in wrong, "-wrong")
        self.explain(self.screen.focused)

    def _row(self, number: int, dataset: Dataset | None) -> Row:
        model = self._drafts.model(number)
        if model is None:
            return Row(self._drafts.models[number].kind, None, wrong=True)
        return Row(model.name, model.count(dataset.shape, len(dataset.labels)) if dataset else None)

    def watch_marks(self) -> None:
        """Show the states of the runs in the list of models."""
        self._models.list.marks = self.marks

    def validate_devices(self, devices: Devices) -> Devices:
        """Make what a driver says about itself safe to show."""
        from tuitrain.drawing.text import clean  # numpy, which the first frame can do without

        return [(clean(name), clean(text)) for name, text in devices]

    def watch_devices(self) -> None:
        """Offer the devices found."""
        self._forms["training"].options = {"device": self._device_entries()}

    def _device_entries(self) -> list[Entry]:
        found = [Entry("auto", "the fastest there is"), *(Entry(name, text) for name, text in self.devices)]
        wanted = self._drafts.tables["training"].values["device"]
        if wanted not in (entry.value for entry in found):
            found.append(Entry(wanted, "not on this machine"))
        return found
