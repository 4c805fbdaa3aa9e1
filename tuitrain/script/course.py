"""What is known of a run beside its experiment: how its inputs were made, where, and what was changed on the way."""

import re
from dataclasses import dataclass, replace
from typing import Any

from tuitrain.datasets.recipe import Recipe
from tuitrain.experiment import Experiment
from tuitrain.live import changeable, changed
from tuitrain.problems import Rejected

DEVICE = re.compile(r"cpu|mps|cuda(:[0-9]+)?")
"""What a device may be called that a run was trained on."""
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


def checked(course: Course) -> Course:
    """Return a course of which nothing but settings gets into a program: a journal may hold any text.

    Raise Unwritable where it names a device or a change that cannot be.
    """
    if not DEVICE.fullmatch(course.device):
        raise Unwritable(f"journal.jsonl names the device {course.device!r}; it must be cpu, mps or cuda:NUMBER")
    experiment, changes = course.experiment, list[Change]()
    try:
        for step, key, value in course.changes:
            experiment, _, new = changed(experiment, key, value)
            changes.append((step, key, new))
    except Rejected as error:
        told = " ".join(str(error.problems[0]).split())
        raise Unwritable(f"journal.jsonl tells of a change that cannot be: {told}") from None
    return replace(course, changes=tuple(changes), torch=re.sub(r"[^0-9A-Za-z.+-]", "", course.torch))
