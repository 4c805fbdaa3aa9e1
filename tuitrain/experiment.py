"""An experiment: what is trained on what, and how. Reads and writes TOML, and says in words what is wrong.

It must not know runs, training or screens.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from pydantic import Field, SerializeAsAny

from tuitrain import assets, sweep
from tuitrain.datasets import DATASETS, Dataset, Facts, own
from tuitrain.misfits import misfits
from tuitrain.models import MODELS, Model
from tuitrain.optimizers import OPTIMIZERS, SGD, Optimizer
from tuitrain.problems import Problem, Rejected, check, choose, nearest
from tuitrain.schedules import SCHEDULES, Constant, Schedule
from tuitrain.settings import Settings
from tuitrain.training import Loss, Training

FAMILIES: dict[str, tuple[type[Settings], ...]] = {
    "dataset": DATASETS,
    "model": MODELS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
"""The classes to choose from, by the word for one of them."""


class Parent(Settings):
    """Where a branch begins: the run it was taken from, and at which step."""

    run: str
    """The name of the run whose checkpoint it goes on from."""
    step: int = Field(ge=0)
    """The step of that checkpoint."""


class Experiment(Settings):
    """A dataset, one or more models, and how to train them: each model, and each value of a sweep, is a run."""

    dataset: SerializeAsAny[Dataset]
    models: list[SerializeAsAny[Model]]
    optimizer: SerializeAsAny[Optimizer] = SGD()
    schedule: SerializeAsAny[Schedule] = Constant()
    loss: Loss = Loss()
    training: Training = Training()
    parent: Parent | None = None
    """The run of which this is a branch."""
    label: str = ""
    """What sets this run apart from the others of its sweep."""
    vary: dict[str, list[Any]] = {}  # noqa: RUF012  pydantic copies defaults
    """The values of each swept key; the tables hold the first ones."""

    @classmethod
    def from_file(cls, source: "str | os.PathLike[str]", overrides: Iterable[str] = ()) -> "Experiment":
        """Return the experiment of a preset or a TOML file, with `a.b=value` overrides applied; raise Rejected."""
        return read(os.fspath(source), overrides)

    @property
    def title(self) -> str:
        """What a run of this experiment is called in tables: its model, and what sets it apart in a sweep."""
        return " ".join(filter(None, (self.models[0].name, self.label)))

    @property
    def combinations(self) -> list["Experiment"]:
        """The same experiment, with all its models, once for each combination of swept values."""
        if not self.vary:
            return [self]
        return [parse(sweep.settle(self.dump(), choice)) for choice in sweep.choices(self.vary)]

    @property
    def alone(self) -> list["Experiment"]:
        """The same experiment once for each combination of swept values and each model: one for each run."""
        if not self.vary:
            return self._settled({}, {})
        choices = sweep.choices(self.vary)
        told = [{key: value for key, value in choice.items() if not key.startswith("models.")} for choice in choices]
        found = _distinct(one for pair in zip(choices, told, strict=True) for one in self._settled(*pair))
        if len({one.title for one in found}) < len(found):  # the names of the models do not tell them apart
            found = _distinct(one for choice in choices for one in self._settled(choice, choice))
        return found

    def _settled(self, choice: sweep.Choice, told: sweep.Choice) -> list["Experiment"]:
        settled = parse(sweep.settle(self.dump(), choice)) if choice else self
        parts = enumerate(settled.models)
        return [
            settled.model_copy(update={"models": [model], "label": _label(self.label, told, number)})
            for number, model in parts
        ]

    def counts(self, facts: Facts | None = None) -> list[int | None]:
        """Return the number of parameters of each model, by arithmetic; None where only training can tell."""
        known = facts or self.dataset.facts
        return [model.count(known.shape, known.outputs) if known else None for model in self.models]

    def dump(self) -> dict[str, Any]:
        """Return plain tables with every default resolved, as TOML and JSON can hold them."""
        left_out = {"vary", *(name for name in ("label", "parent") if not getattr(self, name))}
        tables, given = self.model_dump(exclude=left_out), self.model_dump(exclude_unset=True)
        for key in self.vary:
            if key.endswith(".kind"):  # of several kinds only what was given belongs to all
                sweep.put(tables, key.removesuffix(".kind"), sweep.take(given, key.removesuffix(".kind")))
        return sweep.settle(tables, self.vary)


def _distinct(experiments: Iterable[Experiment]) -> list[Experiment]:
    """Return each experiment once: what varies in one model leaves the others as they are."""
    found: list[Experiment] = []
    for one in experiments:
        if one not in found:
            found.append(one)
    return found


def _label(label: str, told: sweep.Choice, number: int) -> str:
    """Return the label of a run of the model with this number: what varies in another model is not its business."""
    own = {
        key: value for key, value in told.items() if not key.startswith("models.") or key.split(".")[1] == str(number)
    }
    return ", ".join(filter(None, (label, sweep.label(own))))


def parse(tables: Mapping[str, Any], source: str = "") -> Experiment:
    """Return the experiment in these tables; raise Rejected with a sentence for each problem."""
    vary = sweep.swept(tables, CLASSES)
    runs = prod(map(len, vary.values()))
    if runs > LARGEST:
        said = ", ".join(f"{key} ({len(values)} values)" for key, values in vary.items())
        raise Rejected(source, [Problem("", f"a sweep has at most {LARGEST} runs; this has {runs:,}: {said}")])
    found: list[Experiment] = []
    problems: list[Problem] = []
    for choice in sweep.choices(vary):
        try:
            found.append(_parse_one(sweep.settle(tables, choice)))
        except Rejected as rejected:
            problems += [problem for problem in rejected.problems if problem not in problems]
    if problems:
        raise Rejected(source, problems)
    return found[0].model_copy(update={"vary": vary}) if vary else found[0]


def _parse_one(tables: Mapping[str, Any]) -> Experiment:
    problems = [
        Problem(key, f"unknown table{nearest(key, TABLES)}; there are {', '.join(TABLES)}")
        for key in tables
        if key not in TABLES
    ]
    parts: dict[str, Any] = {}
    for key, table in TABLES.items():
        try:
            if key in tables:
                parts[key] = table(tables[key], key)
            elif key in ("dataset", "models"):
                problems.append(Problem(key, "is missing; an experiment needs a dataset and at least one model"))
        except Rejected as rejected:
            problems += rejected.problems
    if problems:
        raise Rejected("", problems)
    experiment = check(Experiment, parts)
    if experiment.dataset.facts:
        suit(experiment, experiment.dataset.facts)
    return experiment


def suit(experiment: Experiment, facts: Facts) -> None:
    """Raise Rejected, with a sentence for each problem, where this cannot be learned from data like these."""
    parts = {name: getattr(experiment, name) for name in ("models", "optimizer", "schedule", "loss", "training")}
    problems = misfits(facts, **parts)
    if problems:
        raise Rejected("", problems)


def _models(tables: Any, key: str) -> list[Model]:
    if not isinstance(tables, list) or not tables:
        raise Rejected("", [Problem(key, "must be one or more [[models]] tables, each with a kind")])
    models, problems = [], []
    for number, table in enumerate(tables):
        try:
            models.append(choose(MODELS, table, f"{key}.{number}"))
        except Rejected as rejected:
            problems += rejected.problems
    if problems:
        raise Rejected("", problems)
    return models


def _label_of_file(value: Any, key: str) -> str:
    if isinstance(value, str):
        return value
    raise Rejected("", [Problem(key, f"must be text; got {value!r}")])


TABLES: dict[str, Callable[[Any, str], Any]] = {
    "dataset": partial(choose, DATASETS),
    "models": _models,
    "optimizer": partial(choose, OPTIMIZERS, otherwise="sgd"),
    "schedule": partial(choose, SCHEDULES, otherwise="constant"),
    "loss": partial(check, Loss),
    "training": partial(check, Training),
    "parent": partial(check, Parent),
    "label": _label_of_file,
}
"""How each table of an experiment file is checked."""
CLASSES: dict[str, tuple[type[Settings], ...]] = {
    "dataset": DATASETS,
    "models": MODELS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": (Loss,),
    "training": (Training,),
}
"""The classes of each table, the default first."""
OWN = {".csv": "csv", ".tsv": "csv", ".npz": "npz"}
"""The kind of dataset that a file of one's own is, by its ending."""
LARGEST = 500  # runs of a sweep; more than anyone reads is a slip of the keyboard


def read(source: str, overrides: Iterable[str] = ()) -> Experiment:
    """Return the experiment of a preset or a TOML file, with `a.b=value` overrides applied; raise Rejected."""
    path = find(source)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Rejected(source, [Problem("", f"cannot be read: {error.strerror}")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Rejected(source, [Problem("", f"is not TOML: {error}")]) from None
    folder = Path.cwd() if source in presets() else path.parent  # what is in the package refers to nothing there
    # What a person types is meant from where they are, what a file says from where it lies.
    return parse(rooted(override(rooted(tables, folder), overrides), Path.cwd()), source)


def rooted(tables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the tables with the dataset's path, or swept paths, absolute: meant from this folder."""
    dataset = tables.get("dataset")
    if not isinstance(dataset, dict) or not isinstance(path := dataset.get("path"), str | list) or not path:
        return tables
    paths = [str(folder.absolute() / own.home(each)) if isinstance(each, str) else each for each in _all(path)]
    return {**tables, "dataset": {**dataset, "path": paths if isinstance(path, list) else paths[0]}}


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def find(source: str) -> Path:
    """Return the file of a preset, or the file itself; raise Rejected naming the presets there are."""
    there = presets()
    if source in there:
        return there[source]
    path = Path(source)
    if source and (path.is_dir() or (path.is_file() and path.suffix in OWN)):
        way_in = f"--set dataset.kind={OWN.get(path.suffix, 'folder')} --set dataset.path={source}"
        raise Rejected(
            source, [Problem("", f"is data and no experiment; try first-run {way_in}, or ctrl+o in the cockpit")]
        )
    if source.endswith(".toml") or os.sep in source:
        if path.is_file():
            return path
        raise Rejected(source, [Problem("", "no such file")])
    hint = nearest(source, there)
    raise Rejected(source, [Problem("", f"no such preset{hint}; there are {', '.join(there)} (or name a .toml file)")])


def presets() -> dict[str, Path]:
    """Return the presets that are in the package, by name."""
    return {path.stem: path for path in sorted(assets.path("presets").glob("*.toml"))}


def title(preset: Path) -> str:
    """Return the comment on the first line of a preset: what it is, in a sentence."""
    return preset.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def override(tables: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return the tables with each `a.b=value` (a TOML value) put in its place.

    A `kind` clears the rest of its table, and comes first whatever the order.
    """
    result = sweep.settle(tables, {})
    pairs = [_assignment(text) for text in overrides]
    for keys, value in sorted(pairs, key=lambda pair: pair[0][-1] != "kind"):
        table = _descend(result, keys[:-1])
        if keys[-1] == "kind" and len(keys) > 1:
            table.clear()
        table[keys[-1]] = value
    return result


def _assignment(text: str) -> tuple[list[str], Any]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip() or not all(key.split(".")):
        raise Rejected("--set", [Problem(text, "must be KEY=VALUE, such as optimizer.lr=0.1")])
    try:
        return key.strip().split("."), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip().split("."), _untyped(value.strip())


def _untyped(text: str) -> Any:
    """Return what a person types where TOML wants brackets or quotes: several values, or a bare word."""
    words = [word.strip() for word in text.split(",")]
    if len(words) > 1 and all(re.fullmatch(r"[\w.:+-]+", word) for word in words):
        return [_word(word) for word in words]
    with suppress(tomllib.TOMLDecodeError):
        return tomllib.loads(f"values = [{text}]")["values"] if len(words) > 1 else text
    return text


def _word(text: str) -> Any:
    """Return a value of TOML, or the bare word."""
    with suppress(tomllib.TOMLDecodeError):
        return tomllib.loads(f"value = {text}")["value"]
    return text


def _descend(table: Any, keys: list[str]) -> dict[str, Any]:
    for done, key in enumerate(keys):
        if isinstance(table, list):
            if not key.isdecimal() or int(key) >= len(table):
                where = ".".join(keys[:done])
                raise Rejected("--set", [Problem(where, f"has no entry {key}; there are 0 to {len(table) - 1}")])
            table = table[int(key)]
        elif isinstance(table, dict):
            table = table.setdefault(key, {})
    if not isinstance(table, dict):
        raise Rejected("--set", [Problem(".".join(keys), "is not a table of settings")])
    return table


def write(experiment: Experiment) -> str:
    """Return the experiment as TOML with every default resolved."""
    import tomlkit  # 0.05 s that only writing needs

    document = tomlkit.document()
    for key, value in experiment.dump().items():
        document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document)
