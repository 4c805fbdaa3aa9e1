"""Settings of a run that are to be other ones: what they are, what was typed for them, what is wrong with it.

It knows experiments, no widgets; what becomes of the edits is the business of whoever asks.
"""

import json
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo

from tuitrain import live
from tuitrain.experiment import CLASSES, Experiment, override, parse
from tuitrain.problems import Problem, Rejected
from tuitrain.settings import Settings, kinds

TRAINING = ("epochs", "steps", "patience", "clip_norm", "on_divergence", "evaluate_every", "device")
"""What a branch may have otherwise of how long and where it is trained."""


class Row(NamedTuple):
    """One setting: its dotted key, what the class says of it with the present value as its default, and that value."""

    key: str
    info: FieldInfo
    value: Any
    kinds: tuple[tuple[str, str], ...] = ()
    """Of a kind: those that there are, and what each is."""

    @property
    def table(self) -> str:
        """The table in which it stands."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Its key in there."""
        return self.key.partition(".")[2]


def changeable(experiment: Experiment) -> list[Row]:
    """Return what can be another one while this is trained."""
    return [_row(experiment, key) for key in live.changeable(experiment)]


def branchable(experiment: Experiment) -> list[Row]:
    """Return what a branch of this may have otherwise: how it learns and for how long, not what learns from what."""
    keys = [f"optimizer.{name}" for name in type(experiment.optimizer).model_fields]
    keys += [f"schedule.{name}" for name in type(experiment.schedule).model_fields]
    keys += [f"training.{name}" for name in TRAINING]
    keys += [f"loss.{name}" for name in type(experiment.loss).model_fields]
    keys += [key for key in live.changeable(experiment) if key.startswith("dataset.")]
    return [_row(experiment, key) for key in sorted(keys, key=_kind_first)]


def _kind_first(key: str) -> tuple[int, bool]:
    table, _, name = key.partition(".")
    return ("optimizer", "schedule", "training", "loss", "dataset").index(table), name != "kind"


def _row(experiment: Experiment, key: str) -> Row:
    table, name = key.split(".")
    settings, value = getattr(experiment, table), _value(experiment, key)
    if name == "kind":
        told = tuple(
            (kind, entry.summary()) for kind, entry in kinds(CLASSES[table]).items() if _suits(experiment, entry)
        )
        return Row(key, FieldInfo(annotation=str, default=value, description=f"The {table}"), value, told)
    info = copy(type(settings).model_fields[name])
    info.default, info.default_factory = value, None
    return Row(key, info, value)


def _suits(experiment: Experiment, entry: type[Settings]) -> bool:
    """Tell whether a kind goes with what a branch keeps: some optimizers are only sound with the whole split a step."""
    return experiment.training.batch_size == "full" or not getattr(entry, "needs_full_batch", False)


def _value(experiment: Experiment, key: str) -> Any:
    table, name = key.split(".")
    return getattr(experiment, table).model_dump()[name]


def settle(experiment: Experiment, key: str, text: str) -> Experiment:
    """Return the experiment with what was typed for a setting; raise Rejected."""
    if key in live.changeable(experiment):
        return live.changed(experiment, key, text)[0]
    settled = parse(override(experiment.dump(), [f"{key}={text}"]))
    if settled.vary:
        raise Rejected("", [Problem(key, f"must be one value; got {text}")])
    return settled


@dataclass(slots=True)
class Edits:
    """What was typed for the settings of an experiment, and what that makes of it."""

    base: Experiment
    """The settings as they are."""
    find: Callable[[Experiment], list[Row]]
    """Which of them can be other ones: `changeable` or `branchable`."""
    typed: dict[str, str] = field(default_factory=dict)
    """By key."""
    settled: Experiment = field(init=False)
    """The settings as they would be, as far as nothing is wrong."""
    problems: dict[str, str] = field(default_factory=dict)
    """By key: what is wrong with what was typed."""

    def __post_init__(self) -> None:
        """Begin with the settings as they are."""
        self.settled = self.base

    @property
    def rows(self) -> list[Row]:
        """What can be edited: of another optimizer or schedule its own settings, as they are by themselves."""
        of_kinds = {key: text for key, text in self.typed.items() if key.endswith(".kind")}
        return self.find(_settled(self.base, of_kinds)[0])

    def take(self, key: str, text: str) -> None:
        """Take what was typed for a setting, and find out what is wrong now."""
        if key.endswith(".kind"):  # each kind has settings of its own
            self.typed = {name: words for name, words in self.typed.items() if not name.startswith(key[:-4])}
        if not (key.endswith(".kind") and self._has(key, text)):
            self.typed[key] = text
        self.settled, self.problems, order = _settled(self.base, self.typed)
        self.typed = {name: self.typed[name] for name in (*order, *self.problems)}

    @property
    def changes(self) -> dict[str, Any]:
        """By key, in an order in which each is allowed: the values that are not what they were."""
        new = {key: _value(self.settled, key) for key in self.typed if key not in self.problems}
        return {key: value for key, value in new.items() if not self._has(key, value)}

    def _has(self, key: str, value: Any) -> bool:
        table, name = key.split(".")
        was: dict[str, Any] = getattr(self.base, table).model_dump()
        return name in was and was[name] == value

    @property
    def overrides(self) -> list[str]:
        """The changes as `--set` has them."""
        return [f"{key}={json.dumps(value)}" for key, value in self.changes.items()]


def _settled(base: Experiment, typed: dict[str, str]) -> tuple[Experiment, dict[str, str], list[str]]:
    """Return the experiment with all that was typed, what is wrong by key, and the keys in an order that is allowed.

    One setting may be allowed only with another: what is refused is tried again after the others.
    """
    experiment, order, left = base, list[str](), sorted(typed, key=lambda key: not key.endswith(".kind"))
    while True:
        problems: dict[str, str] = {}
        for key in left:
            try:
                experiment = settle(experiment, key, typed[key])
                order.append(key)
            except Rejected as rejected:
                problems[key] = _words(key, rejected.problems)
        if len(problems) in (0, len(left)):
            return experiment, problems, order
        left = list(problems)


def _words(key: str, problems: Iterable[Problem]) -> str:
    """Return what is wrong; where it stands is told of another key alone."""
    return "; ".join(problem.sentence if problem.key == key else str(problem) for problem in problems)
