"""What was done to a training beside its steps: with it, and a state from before, the steps can be taken once more.

It is part of each state that is saved; going back in memory does not change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Settings = dict[str, Any]


@dataclass(slots=True)
class Course:
    """Plain values by step."""

    rewound: int = 0
    """Times that the training went back by itself."""
    skipped: dict[int, bool] = field(default_factory=dict)
    """The steps whose batches are not learned from, and whether that is still to be told."""
    turns: dict[int, Settings] = field(default_factory=dict)
    """What the settings are from the end of a step on, where they became others."""
    accepted: dict[int, float] = field(default_factory=dict)
    """The losses that shot up and were learned from all the same, by the step of their batch."""
    changed: list[tuple[str, Any, Any]] = field(default_factory=list)
    """Key, old and new value of what going back to the step of this state changed, until that was told."""

    def state(self) -> dict[str, Any]:
        """Return it as plain data of its own."""
        return {
            "rewound": self.rewound,
            "skipped": sorted(self.skipped),
            "turns": dict(self.turns),
            "accepted": dict(self.accepted),
            "changed": list(self.changed),
        }

    def put_back(self, state: Mapping[str, Any]) -> None:
        """Know what `state` told; what was planned to be left out beyond it stays so."""
        self.rewound = int(state["rewound"])
        self.skipped = dict.fromkeys(state["skipped"], True) | self.skipped
        self.turns, self.accepted = dict(state["turns"]), dict(state["accepted"])
        self.changed = [(key, old, new) for key, old, new in state["changed"]]

    def cut(self, step: int) -> None:
        """Forget what holds beyond this step, but for the batches that are left out: they stay so."""
        self.turns = {at: settings for at, settings in self.turns.items() if at <= step}
        self.accepted = {at: loss for at, loss in self.accepted.items() if at <= step}

    def tell_again(self, step: int) -> list[int]:
        """Return the steps beyond this one whose batches are left out; they are told now, and not as they come."""
        beyond = sorted(at for at in self.skipped if at > step)
        self.skipped |= dict.fromkeys(beyond, False)
        return beyond
