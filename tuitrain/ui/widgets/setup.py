"""The column of settings: dataset, models, optimizer and schedule, device and training, checked with each key.

It spreads what the drafts say over its panes. It must not know runs, files or what becomes of the experiment.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuitrain.datasets import Dataset
from tuitrain.experiment import Experiment
from tuitrain.problems import Problem
from tuitrain.ui.widgets.choice import Entry
from tuitrain.ui.widgets.drafts import Drafts
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.form import Form
from tuitrain.ui.widgets.models import ModelList, Models, Row
from tuitrain.ui.widgets.pane import Body, Pane, share

Devices = Sequence[tuple[str, str]]


class Help(Widget):
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


class Splits(Widget):
    """How many samples each split will have, in a line: with as many words as there is room for."""

    sizes: reactive[tuple[int, int, int] | None] = reactive[tuple[int, int, int] | None](None)

    def render(self) -> Content:
        """Return the longest line that fits."""
        numbers = [f"{size:,}" for size in self.sizes] if self.sizes else ["?", "?", "?"]
        named = [f"{name} {number}" for name, number in zip(("train", "val", "test"), numbers, strict=True)]
        lines = "  ".join(named), " ".join(named), "split " + " / ".join(numbers), " ".join(numbers)
        return Content(next((line for line in lines if len(line) <= self.size.width), lines[-1]))


class Setup(Vertical):
    """Shows an experiment and lets it be changed. Posts `Changed` after each change, and after `load`.

    With the class `-wide` the four panes stand in a square, else in a column. Keys that no field can use go on
    to the screen, escape among them.
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

    def compose(self) -> ComposeResult:
        """Lay out the four panes and the help beneath them."""
        yield from self._panes.values()
        yield Help()

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
        self._explain(self.screen.focused)

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

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain what has the focus now."""
        self._explain(event.widget)

    def _explain(self, widget: Widget | None) -> None:
        if widget is None:
            self.query_one(Help).text = "j and k go from field to field, h and l through the values of a choice."
        if isinstance(widget, ModelList):
            self.query_one(Help).text = widget.help
        for node in widget.ancestors if widget else ():
            if isinstance(node, Field):
                self.query_one(Help).text = node.help

    @property
    def _stops(self) -> list[Widget]:
        kinds = (ModelList, *(type(field.control) for field in self.query(Field)))
        return [widget for widget in self.query("*") if isinstance(widget, kinds) and widget.focusable]

    def action_field(self, by: int) -> None:
        """Go to the next field or the one before; at the ends stay."""
        stops = self._stops
        focused = self.screen.focused
        at = stops.index(focused) + by if focused in stops else 0
        if 0 <= at < len(stops):
            self.screen.set_focus(stops[at])

    def on_input_submitted(self) -> None:
        """Go on to the next field."""
        self.action_field(1)

    def action_pane(self, by: int) -> None:
        """Go to the first field of the next pane or the one before."""
        panes = list(self._panes.values())
        around = self.screen.focused.ancestors if self.screen.focused else ()
        at = next((n for n, pane in enumerate(panes) if pane in around), 0)
        stops = [stop for stop in self._stops if panes[(at + by) % len(panes)] in stop.ancestors]
        self.screen.set_focus(stops[0])

    def on_body_resized(self, event: Body.Resized) -> None:
        """Share the rows anew."""
        event.stop()
        self._share()

    def on_resize(self) -> None:
        """Share the rows anew."""
        self._share()

    def _share(self) -> None:
        panes = list(self._panes.values())
        lines = [panes[:2], panes[2:]] if self.has_class("-wide") else [[pane] for pane in panes]
        rows = self.content_size.height - self.query_one(Help).outer_size.height
        wanted = [max(pane.rows for pane in line) for line in lines]
        heights = share(rows, wanted)
        self.styles.grid_rows = " ".join(map(str, heights))  # of the square; a column has no grid
        for line, height in zip(lines, heights, strict=True):
            for pane in line:
                pane.styles.height = height
        self.call_after_refresh(self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        focused = self.screen.focused
        if focused is not None and self in focused.ancestors:
            focused.scroll_visible(animate=False)
