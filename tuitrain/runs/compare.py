"""What sets runs apart and what they have in common: settings that differ, repetitions with other seeds, their spread.

It knows entries and curves, not where they are shown.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tuitrain.runs.entry import Entry, written
from tuitrain.runs.series import Series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = "training.seed"
LEAST = 2  # curves of which there is a spread
PIECES = 1000  # points of a spread at least, where the curves have as many
TOLD = ("dataset.kind", "dataset.path", "model.")
"""How settings begin that the names of dataset and model tell."""


class Difference(NamedTuple):
    """One setting and its value in each run, nothing where a run has no such setting."""

    key: str
    values: tuple[str, ...]


class Spread(NamedTuple):
    """How equal runs scatter: at each step mean, and mean less and plus one standard deviation of the sample."""

    steps: "Floats"
    means: "Floats"
    lows: "Floats"
    highs: "Floats"


def differing(entries: Sequence[Entry]) -> list[Difference]:
    """Return the settings in which these runs differ, in the order of the experiment file."""
    names = dict.fromkeys(key for entry in entries for key in entry.settings)
    rows = [Difference(key, tuple(_value(entry, key) for entry in entries)) for key in names]
    return [row for row in rows if len(set(row.values)) > 1]


def _value(entry: Entry, key: str) -> str:
    return written(entry.settings[key]) if key in entry.settings else ""


def telling(entries: Sequence[Entry], most: int) -> list[str]:
    """Return the settings that tell most of these runs apart beyond what dataset and model are called.

    A setting counts for every run that has not the commonest value among those of the same dataset and model, and
    a little for every one that has not the commonest of all.
    """
    rows = [row for row in differing(entries) if not row.key.startswith(TOLD)]
    groups: dict[tuple[str, str], list[int]] = {}
    for place, entry in enumerate(entries):
        groups.setdefault((entry.dataset, entry.model), []).append(place)
    scores = {
        row.key: sum(_uncommon([row.values[place] for place in group]) for group in groups.values())
        + _uncommon(row.values) / (len(entries) + 1)
        for row in rows
    }
    return sorted(scores, key=lambda key: -scores[key])[:most]


def _uncommon(values: Sequence[str]) -> int:
    """Return how many values are not the commonest one; none is no value."""
    given = Counter(value for value in values if value)
    return given.total() - given.most_common(1)[0][1] if given else 0


def repeated(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the groups of runs that differ in nothing but `training.seed`, two or more in each."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        same = tuple(sorted((key, written(value)) for key, value in entry.settings.items() if key != SEED))
        groups.setdefault(same, []).append(entry)
    return [group for group in groups.values() if len({_value(entry, SEED) for entry in group}) >= LEAST]


def spread(curves: Sequence[Series]) -> Spread | None:
    """Return mean and standard deviation (n - 1) over the steps that all curves reach; None where there are too few.

    Between two points a curve is a straight line, so that curves recorded at other steps count as well. What is not
    finite in one curve is a gap in the spread.
    """
    import numpy as np

    told = [curve.part(pieces=PIECES) for curve in curves if len(curve)]
    if len(told) < LEAST:
        return None
    first, last = max(part.steps[0] for part in told), min(part.steps[-1] for part in told)
    steps = np.unique(np.concatenate([part.steps for part in told]))
    steps = steps[(steps >= first) & (steps <= last)]
    values = np.stack([np.interp(steps, part.steps, part.values) for part in told])
    means, deviations = values.mean(axis=0), values.std(axis=0, ddof=1)
    return Spread(steps, means, means - deviations, means + deviations) if len(steps) else None
