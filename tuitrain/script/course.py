"""What is known of a run beside its experiment: how its inputs were made, where, and what was changed on the way."""

from dataclasses import dataclass
from typing import Any

from tuitrain.datasets.recipe import Recipe
from tuitrain.experiment import Experiment
from tuitrain.live import changeable

Change = tuple[int, str, Any]
"""The step after which it holds, the key, the value."""


class Unwritable(Exception):
    """No program can be written that does the same; the message says why, to follow a name and a colon."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a run went that is written down."""

    experiment: Experiment
    recipe: Recipe
    validates: bool
    """Whether there is a validation split, which chooses the kept weights."""
    threads: int = 1
    device: str = "cpu"
    torch: str = ""
    """The version of torch that trained it."""
    changes: tuple[Change, ...] = ()
    skipped: tuple[int, ...] = ()
    """The steps whose batches were not learned from."""
    stopped: int = 0
    """The step at which somebody stopped it; 0 where nobody did."""

    @property
    def regression(self) -> bool:
        """Whether numbers are learned."""
        return self.recipe.task == "regression"

    def values(self, key: str) -> list[Any]:
        """Return what a setting is at the beginning, and what it was changed to."""
        return [changeable(self.experiment).get(key), *(value for _, changed, value in self.changes if changed == key)]

    def uses(self, key: str) -> bool:
        """Tell whether a setting that may be 0 or false is anything else at any time."""
        return any(self.values(key))

    def named(self, key: str) -> str:
        """Return how a program spells a setting: the value, or where that changes a variable of its name."""
        return key.rpartition(".")[2] if len(self.values(key)) > 1 else repr(self.values(key)[0])
