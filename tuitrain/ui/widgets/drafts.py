"""All tables of an experiment as they are being typed, and what is wrong with them. Knows no widgets."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tuitrain import sweep
from tuitrain.datasets import DATASETS, Dataset, Facts
from tuitrain.drawing.text import clean
from tuitrain.experiment import CLASSES, Experiment, parse, suit
from tuitrain.models import MODELS, Model, Network
from tuitrain.problems import Problem, Rejected, choose
from tuitrain.runs.survey import Survey
from tuitrain.settings import Settings
from tuitrain.ui.widgets.draft import Draft
from tuitrain.ui.widgets.past import State

S = TypeVar("S", bound=Settings)
PARTS = {"schedule": "optimizer", "loss": "optimizer"}
"""The pane of those tables that share one."""
Answer = Callable[[dict[str, Any]], Survey | None]
"""Gives what is known already about tables of an experiment."""


class Spot(NamedTuple):
    """Where a problem belongs: the table, the field ("" where none is named), whether that field alone is wrong."""

    table: str
    field: str
    alone: bool


class Told(NamedTuple):
    """The problems by where they are said: at fields by table, at the foot of panes, and all that are wrong."""

    fields: dict[str, dict[str, str]]
    notes: dict[str, list[str]]
    wrong: set[str]


class Drafts:
    """A draft for each table of an experiment. Call `check` after each change."""

    def __init__(self, experiment: Experiment) -> None:
        tables = experiment.dump()
        self.models = [Draft.of(MODELS, table) for table in tables["models"]]
        self.tables = {key: Draft.of(CLASSES[key], tables[key]) for key in CLASSES if key != "models"}
        self.experiment: Experiment | None = experiment
        self.problems: list[Problem] = []

    @property
    def state(self) -> State:
        """What stands in the drafts now, copied."""
        return State({key: draft.copy() for key, draft in self.tables.items()}, [draft.copy() for draft in self.models])

    def restore(self, state: State) -> None:
        """Have the drafts be as they were; those there are now are let go of."""
        self.tables = {key: draft.copy() for key, draft in state.tables.items()}
        self.models = [draft.copy() for draft in state.models]

    def check(self, answer: Answer) -> None:
        """Have the experiment say what it thinks of the tables, and whether that goes with the data."""
        tables: dict[str, Any] = {key: draft.table for key, draft in self.tables.items()}
        self.experiment, self.problems = None, []
        try:
            experiment = parse({**tables, "models": [draft.table for draft in self.models]})
            self.problems = self._surveyed(answer)
            if (facts := self.facts(answer)) and not self.problems:
                suit(experiment, facts)
        except Rejected as rejected:
            self.problems = rejected.problems
        if not self.problems:
            self.experiment = experiment

    def _surveyed(self, answer: Answer) -> list[Problem]:
        """Return what is wrong with the data, or with the models that only torch can judge."""
        survey = self.survey(answer)
        found = list(survey.problems) if survey else []
        for number, question in self._open_models(answer).items():
            survey = answer(question)
            own = [problem for problem in survey.problems if problem.key.startswith("models.0")] if survey else []
            found += [Problem(f"models.{number}{each.key.removeprefix('models.0')}", each.sentence) for each in own]
        return found

    @property
    def dataset(self) -> Dataset | None:
        """The dataset, of several the first, where its own table is right."""
        return _attempt(DATASETS, self.tables["dataset"])

    @property
    def path(self) -> Path | None:
        """Where the data lie that are chosen, where they are a person's own."""
        path = getattr(self.dataset, "path", "")
        return Path(path).expanduser().absolute() if path else None

    def take(self, table: Mapping[str, Any]) -> Draft:
        """Take another dataset, and return its draft; columns to ignore, and the like, were those of another file."""
        draft = self.tables["dataset"]
        draft.kind = table["kind"]
        draft.typed.pop(draft.first, None)
        draft.values.update((name, value) for name, value in table.items() if name != "kind")
        return draft

    def model(self, number: int) -> Model | None:
        """Return the model, of several the first, where its own table is right."""
        return _attempt(MODELS, self.models[number])

    def questions(self, answer: Answer) -> list[dict[str, Any]]:
        """Return what arithmetic cannot tell: what a person's own files hold, and how large some models are."""
        dataset = self.dataset
        if dataset is None:
            return []
        data = [] if dataset.facts else [data_question(dataset)]
        return [*data, *self._open_models(answer).values()]

    def survey(self, answer: Answer) -> Survey | None:
        """Return what was found in a person's own files, where that is known."""
        dataset = self.dataset
        return None if dataset is None or dataset.facts else answer(data_question(dataset))

    def facts(self, answer: Answer) -> Facts | None:
        """Return what the data are like, where that is known."""
        dataset, survey = self.dataset, self.survey(answer)
        if survey:
            return survey.facts
        return dataset.facts if dataset else None

    def count(self, number: int, answer: Answer) -> int | None:
        """Return the number of parameters of a model, where that is known."""
        model, facts = self.model(number), self.facts(answer)
        if model is None or facts is None or model.misfit(facts):
            return None
        question = self._open_models(answer).get(number)
        survey = answer(question) if question else None
        if survey and survey.models and survey.models[0].table:
            return sum(prod(shape) for _, shape in survey.models[0].table)
        return model.count(facts.shape, facts.outputs)

    def _open_models(self, answer: Answer) -> dict[int, dict[str, Any]]:
        """Return what to ask about those models that fit and that arithmetic cannot count."""
        dataset, facts = self.dataset, self.facts(answer)
        if dataset is None or facts is None:
            return {}
        models = {number: self.model(number) for number in range(len(self.models))}
        return {
            number: {**data_question(dataset), "models": [model.model_dump()]}
            for number, model in models.items()
            if isinstance(model, Network)
            and not model.misfit(facts)
            and model.count(facts.shape, facts.outputs) is None
        }

    @property
    def told(self) -> Told:
        """The problems, safe to show, sorted by pane and field; of several at one field the first."""
        told = Told(defaultdict(dict), defaultdict(list), set())
        for problem in self.problems:
            spot = self.spot(problem)
            part = PARTS.get(spot.table, spot.table.partition(".")[0])
            told.wrong.update((part, spot.table))
            if spot.alone:
                told.fields[spot.table].setdefault(spot.field, clean(problem.sentence))
            else:
                told.notes[part].append(clean(problem.sentence))
        return told

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
        return Spot("models.0" if problem.key == "models" else "training", "", alone=False)


def data_question(dataset: Dataset) -> dict[str, Any]:
    """Return what to ask about a dataset: it is taken with the model that can learn anything."""
    return {"dataset": dataset.model_dump(), "models": [{"kind": "linear"}]}


def runs(models: int, vary: Mapping[str, list[Any]]) -> str:
    """Return how many runs a sweep has, in words; nothing where there is none.

    >>> runs(2, {"optimizer.lr": [0.1, 1, 10]}), runs(2, {"models.1.hidden": [[8], [16]], "training.seed": [1, 2]})
    ('6 runs: 2 models x 3 lr', '6 runs: 3 models (2 hidden) x 2 seed')
    """
    if not vary:
        return ""
    each = {key: len(values) for key, values in vary.items()}
    own = [prod(size for key, size in each.items() if key.startswith(f"models.{n}.")) for n in range(models)]
    others = [size for key, size in each.items() if not key.startswith("models.")]
    inner = ", ".join(f"{size} {_last(key)}" for key, size in each.items() if key.startswith("models."))
    factors = [f"{sum(own)} models" + f" ({inner})" * bool(inner)] if sum(own) > 1 else []
    factors += [f"{size} {_last(key)}" for key, size in each.items() if not key.startswith("models.")]
    return f"{sum(own) * prod(others)} runs: {' x '.join(factors)}"


def _last(key: str) -> str:
    """Return the name of a swept setting: its field, or for a kind its table."""
    table, _, field = key.rpartition(".")
    return table.partition(".")[0] if field == "kind" else field


def times(draft: Draft, classes: tuple[type[Settings], ...]) -> int:
    """Return how many settings the lists in a draft stand for; 1 where it is no sweep."""
    return prod(map(len, sweep.swept({"one": draft.table}, {"one": classes}).values()))


def _attempt(entries: tuple[type[S], ...], draft: Draft) -> S | None:
    """Return the settings in a draft, those of a sweep with the first of each; None where they are wrong."""
    swept = sweep.swept({"one": draft.table}, {"one": entries})
    table = sweep.settle({"one": draft.table}, {key: values[0] for key, values in swept.items()})["one"]
    try:
        return choose(entries, table)
    except Rejected:
        return None
