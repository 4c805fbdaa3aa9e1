"""All tables of an experiment as they are being typed, and what is wrong with them. Knows no widgets."""

import re
from typing import Any, NamedTuple, TypeVar

from tuitrain.datasets import DATASETS, Dataset
from tuitrain.experiment import Experiment, parse
from tuitrain.models import MODELS, Model
from tuitrain.optimizers import OPTIMIZERS
from tuitrain.problems import Problem, Rejected, choose
from tuitrain.schedules import SCHEDULES
from tuitrain.settings import Settings
from tuitrain.ui.widgets.draft import Draft

S = TypeVar("S", bound=Settings)


class Spot(NamedTuple):
    """Where a problem belongs: the table, the field ("" where none is named), whether that field alone is wrong."""

    table: str
    field: str
    alone: bool


class Drafts:
    """A draft for each table of an experiment. Call `check` after each change."""

    def __init__(self, experiment: Experiment) -> None:
        self.models = [Draft.of(model, MODELS) for model in experiment.models]
        self.tables = {
            "dataset": Draft.of(experiment.dataset, DATASETS),
            "optimizer": Draft.of(experiment.optimizer, OPTIMIZERS),
            "schedule": Draft.of(experiment.schedule, SCHEDULES),
            "training": Draft.of(experiment.training),
        }
        self.experiment: Experiment | None = experiment
        self.problems: list[Problem] = []

    def check(self) -> None:
        """Have the experiment say what it thinks of the tables."""
        tables: dict[str, Any] = {key: draft.table for key, draft in self.tables.items()}
        self.experiment, self.problems = None, []
        try:
            self.experiment = parse({**tables, "models": [draft.table for draft in self.models]})
        except Rejected as rejected:
            self.problems = rejected.problems

    @property
    def dataset(self) -> Dataset | None:
        """The dataset, where its own table is right."""
        return _attempt(DATASETS, self.tables["dataset"])

    def model(self, number: int) -> Model | None:
        """Return the model, where its own table is right."""
        return _attempt(MODELS, self.models[number])

    def spot(self, problem: Problem) -> Spot:
        """Return where a problem belongs; what concerns several fields is with the first that it names."""
        named = {**self.tables, **{f"models.{n}": draft for n, draft in enumerate(self.models)}}
        for table, draft in named.items():
            if f"{problem.key}.".startswith(f"{table}."):
                field = problem.key.removeprefix(table).lstrip(".").partition(".")[0]
                words = re.findall(r"\w+", problem.sentence)
                return Spot(table, field or next((w for w in words if w in draft.fields), ""), bool(field))
        for table, field in re.findall(r"\b(\w+)\.(\w+)", problem.sentence):
            if table in self.tables and field in self.tables[table].fields:
                return Spot(table, field, alone=False)
        return Spot("training", "", alone=False)


def _attempt(entries: tuple[type[S], ...], draft: Draft) -> S | None:
    try:
        return choose(entries, draft.table)
    except Rejected:
        return None
