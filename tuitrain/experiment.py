"""An experiment: what is trained on what, and how. Reads and writes TOML, and says in words what is wrong.

It must not know runs, training or screens.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator
from pydantic_core import PydanticCustomError

from tuitrain import assets
from tuitrain.datasets import DATASETS, Dataset
from tuitrain.models import MLP, MODELS, Model
from tuitrain.optimizers import OPTIMIZERS, SGD, Optimizer
from tuitrain.problems import Problem, Rejected, check, choose, nearest
from tuitrain.schedules import SCHEDULES, Constant, Schedule
from tuitrain.settings import Settings

FAMILIES: dict[str, tuple[type[Settings], ...]] = {
    "dataset": DATASETS,
    "model": MODELS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
"""The classes to choose from, by the word for one of them."""


def _device(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", value):
        return value
    raise PydanticCustomError(
        "device", "must be auto, cpu, cuda, cuda:NUMBER or mps; got '{value}'", {"value": str(value)}
    )


def _batch_size(value: object) -> object:
    if value == "full" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise PydanticCustomError("batch_size", 'must be a whole number above 0, or "full"')


class Training(Settings):
    """How long, in which steps and on which device to train."""

    epochs: int = Field(default=10, ge=1)
    """How many times to go through the training split."""
    batch_size: Annotated[int | str, BeforeValidator(_batch_size)] = 64
    """Samples a step; "full" is the whole training split."""
    drop_last: bool = False
    """Leave out the last batch of an epoch where it is not full."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Fixes the first weights and the order of the samples."""
    device: Annotated[str, BeforeValidator(_device)] = "auto"
    """auto, cpu, cuda, cuda:1, mps; auto is the fastest there is."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Numbers the model computes with; bfloat16 is faster where the machine has it."""
    threads: int = Field(default=0, ge=0, le=1024)
    """CPU threads; 0 is all cores but one, which the screen needs."""
    evaluate_every: int = Field(default=0, ge=0)
    """Steps between evaluations; 0 is once an epoch."""
    record_every: int = Field(default=0, ge=0)
    """Steps between recorded points of the curves; 0 is about ten a second."""
    patience: int = Field(default=0, ge=0)
    """Stop after this many evaluations without a lower val/loss; 0 never stops early."""

    def batch(self, samples: int) -> int:
        """Return the number of samples in a step where the split has this many."""
        return min(self.batch_size, samples) if isinstance(self.batch_size, int) else samples

    def steps(self, samples: int) -> int:
        """Return the number of steps in an epoch."""
        size = self.batch_size if isinstance(self.batch_size, int) else samples
        return samples // size if self.drop_last else -(-samples // size)


class Experiment(Settings):
    """A dataset, one or more models, and how to train them: each model is a run."""

    dataset: SerializeAsAny[Dataset]
    models: list[SerializeAsAny[Model]]
    optimizer: SerializeAsAny[Optimizer] = SGD()
    schedule: SerializeAsAny[Schedule] = Constant()
    training: Training = Training()

    @model_validator(mode="after")
    def _parts_fit(self) -> "Experiment":
        train, val, _ = self.dataset.sizes
        if self.training.patience and not val:
            raise PydanticCustomError(
                "patience",
                "training.patience watches the validation split and there is none; "
                "set dataset.val_size above 0, or training.patience = 0",
            )
        if not self.training.steps(train):
            raise PydanticCustomError(
                "batch_size",
                "training.batch_size is larger than the training split of {train} and drop_last leaves "
                "nothing to train on; set a smaller training.batch_size, or training.drop_last = false",
                {"train": train},
            )
        lonely = not self.training.drop_last and train % self.training.batch(train) == 1
        lonely = lonely or self.training.batch(train) == 1
        if lonely and any(isinstance(model, MLP) and model.batch_norm for model in self.models):
            raise PydanticCustomError(
                "batch_norm",
                "models with batch_norm cannot learn from a batch of one sample, and {train} samples in "
                "batches of {size} leave one; set training.drop_last = true, or another training.batch_size",
                {"train": train, "size": self.training.batch(train)},
            )
        return self

    @property
    def alone(self) -> list["Experiment"]:
        """The same experiment once for each model, with only that model: one for each run."""
        return [self.model_copy(update={"models": [model]}) for model in self.models]

    def counts(self) -> list[int]:
        """Return the number of parameters of each model, by arithmetic."""
        shape, outputs = self.dataset.shape, len(self.dataset.labels)
        return [model.count(shape, outputs) for model in self.models]

    def dump(self) -> dict[str, Any]:
        """Return plain tables with every default resolved, as TOML and JSON can hold them."""
        return self.model_dump()


def parse(tables: Mapping[str, Any], source: str = "") -> Experiment:
    """Return the experiment in these tables; raise Rejected with a sentence for each problem."""
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
        raise Rejected(source, problems)
    try:
        return check(Experiment, parts)
    except Rejected as rejected:
        raise Rejected(source, rejected.problems) from None


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


TABLES: dict[str, Callable[[Any, str], Any]] = {
    "dataset": partial(choose, DATASETS),
    "models": _models,
    "optimizer": partial(choose, OPTIMIZERS, otherwise="sgd"),
    "schedule": partial(choose, SCHEDULES, otherwise="constant"),
    "training": partial(check, Training),
}
"""How each table of an experiment file is checked."""


def read(source: str, overrides: Iterable[str] = ()) -> Experiment:
    """Return the experiment of a preset or a TOML file, with `a.b=value` overrides applied; raise Rejected."""
    path = find(source)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Rejected(source, [Problem("", f"cannot be read: {error.strerror}")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Rejected(source, [Problem("", f"is not TOML: {error}")]) from None
    return parse(override(tables, overrides), source)


def find(source: str) -> Path:
    """Return the file of a preset, or the file itself; raise Rejected naming the presets there are."""
    there = presets()
    if source in there:
        return there[source]
    if source.endswith(".toml") or os.sep in source:
        if Path(source).is_file():
            return Path(source)
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
    result: dict[str, Any] = _copy(tables)
    pairs = [_assignment(text) for text in overrides]
    for keys, value in sorted(pairs, key=lambda pair: pair[0][-1] != "kind"):
        table = _descend(result, keys[:-1])
        if keys[-1] == "kind" and len(keys) > 1:
            table.clear()
        table[keys[-1]] = value
    return result


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _assignment(text: str) -> tuple[list[str], Any]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip() or not all(key.split(".")):
        raise Rejected("--set", [Problem(text, "must be KEY=VALUE, such as optimizer.lr=0.1")])
    try:
        return key.strip().split("."), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        # A bare word is what a person types for a string; TOML would want it in quotes.
        return key.strip().split("."), value.strip()


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
