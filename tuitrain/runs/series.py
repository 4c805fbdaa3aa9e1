"""Numbers over steps as a run tells them: kept in full, and summed up at any scale at a cost that does not grow.

It knows arrays alone, neither journals nor drawings; numpy is loaded when somebody first looks.
"""

from array import array
from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BLOCK = 64
"""Points that are summed up in one row of the finest level: half a byte a point."""
FACTOR = 16
"""Rows of a level that are summed up in one of the next."""
FRESH = 1 << 14  # numbers that wait to be looked at: they lie in memory twice for a moment
BITE = 128  # rows that are made at once: what is needed for it stays under 1 MB


class Points(NamedTuple):
    """A stretch of a series in pieces, each array as long as there are pieces."""

    steps: "Floats"
    """The step in the middle of each piece."""
    values: "Floats"
    """The mean of each piece; NaN where it holds a number that was not finite, so that gaps survive."""
    lows: "Floats"
    """The lowest finite value of each piece; NaN where there is none."""
    highs: "Floats"
    """The highest finite value of each piece; NaN where there is none."""
    size: int
    """Recorded points in a piece, fewer in the first and the last one; 1: every point itself."""


class Numbers:
    """A float64 array that grows at its end. A view that was handed out goes on showing what it showed."""

    __slots__ = ("_fresh", "_room", "_size")

    def __init__(self, room: "Floats | None" = None, size: int = 0) -> None:
        """Begin with the first `size` numbers of an array; what is behind them is written over."""
        self._room, self._size = room, size
        self._fresh = array("d")

    def __len__(self) -> int:
        return self._size + len(self._fresh)

    def extend(self, numbers: "array[float]") -> None:
        """Put them at the end."""
        self._fresh += numbers
        if len(self._fresh) > FRESH:
            self.view()

    def ends_with(self, numbers: "array[float]") -> bool:
        """Tell whether these are the last ones."""
        if len(self._fresh) < len(numbers) <= len(self):
            return bool((self.view()[-len(numbers) :] == numbers).all())
        return self._fresh[-len(numbers) :] == numbers

    def view(self) -> "Floats":
        """Return all of them, infinite ones as NaN; costs what came since the last look."""
        import numpy as np

        if self._room is None:
            self._room = np.empty(0)
        if self._fresh:
            fresh, size = np.frombuffer(self._fresh), len(self)
            if size > len(self._room):
                grown = np.empty(size + size // 8)  # what is not written to takes no memory
                grown[: self._size] = self._room[: self._size]
                self._room = grown
            self._room[self._size : size] = np.where(np.isfinite(fresh), fresh, nan)
            self._size, self._fresh = size, array("d")
        return self._room[: self._size]

    def cut(self, size: int) -> None:
        """Keep the first ones, at another place: views of the old one stay as they are."""
        if size < len(self):
            self._room = self.view()[:size].copy()
            self._size = size


class Series:
    """Points of one metric in the order of their steps; NaN where one was not finite.

    8 bytes a point, and 8 for its step, which several series told by the same events share.
    """

    __slots__ = ("_last", "_levels", "axis", "numbers", "start")

    def __init__(self, axis: Numbers | None = None, values: Numbers | None = None, start: int = 0) -> None:
        """Begin with these values, their steps on the axis from the place `start` on; with none where none are given.

        A shared axis grows with the first series that is told a step, and the others follow.
        """
        self.axis = Numbers() if axis is None else axis
        self.numbers = Numbers() if values is None else values
        self.start = start
        self._last = float(self.steps[-1]) if len(self.numbers) else -inf
        self._levels: list[tuple[Numbers, ...]] = []
        """Lowest, highest, mean and count of the finite values of BLOCK points, of FACTOR times as many, and so on."""

    def __len__(self) -> int:
        return len(self.numbers)

    def __eq__(self, other: object) -> bool:
        """Tell whether the points are the same, with gaps at the same places."""
        import numpy as np

        if not isinstance(other, Series):
            return NotImplemented
        same = np.array_equal(self.steps, other.steps)
        return same and np.array_equal(self.values, other.values, equal_nan=True)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __repr__(self) -> str:
        return f"Series of {len(self)} points, the last {self.last}"

    @property
    def steps(self) -> "Floats":
        """The step of each point; to be read, never written to."""
        return self.axis.view()[self.start : self.start + len(self)]

    @property
    def values(self) -> "Floats":
        """The value of each point; to be read, never written to."""
        return self.numbers.view()

    @property
    def last(self) -> tuple[int, float] | None:
        """Step and value of the newest point."""
        return self._point(len(self) - 1)

    def add(self, step: int, value: float | None) -> None:
        """Append a point; raise as `extend` does."""
        self.extend([step], [value])

    def extend(self, steps: Sequence[int], values: Sequence[float | None]) -> None:
        """Append points, all or none: raise ValueError where steps fall, TypeError or OverflowError for no numbers."""
        places, numbers = array("d", steps), _numbers(values)
        self.check(places, numbers)
        self.take(places, numbers)

    def check(self, steps: "array[float]", numbers: "array[float]") -> None:
        """Raise ValueError where these cannot come next."""
        if len(steps) != len(numbers) or (steps and steps[0] < self._last) or list(steps) != sorted(steps):
            raise ValueError(f"steps from {list(steps[:1])} on do not follow {self._last}, one for each value")

    def take(self, steps: "array[float]", numbers: "array[float]") -> None:
        """Append points that were checked."""
        if steps:
            self._settle(steps)
            self.numbers.extend(numbers)
            self._last = steps[-1]

    def _settle(self, steps: "array[float]") -> None:
        """Find the next steps on the axis, or put them there; where others told different ones, have an own axis."""
        if not len(self):
            self.start = len(self.axis) - len(steps) * self.axis.ends_with(steps)
        missing = len(self.axis) - self.start - len(self)
        if missing and not (missing == len(steps) and self.axis.ends_with(steps)):
            own = self.steps.copy()
            self.axis, self.start, missing = Numbers(own, len(own)), 0, 0
        if not missing:
            self.axis.extend(steps)

    def cut(self, step: int) -> None:
        """Forget what came after this step. Of a shared axis nothing is taken."""
        size = int(self.steps.searchsorted(step, "right"))
        self.numbers.cut(size)
        self._last = float(self.steps[-1]) if size else -inf
        for level, rows in enumerate(self._levels, 1):
            for column in rows:
                column.cut(size // _width(level))

    def at(self, step: float) -> tuple[int, float] | None:
        """Return step and value of the last point at or before this step."""
        return self._point(int(self.steps.searchsorted(step, "right")) - 1)

    def near(self, step: float, by: int) -> int | None:
        """Return the step that lies `by` points after this one (before it where negative); at the ends the end."""
        if not len(self):
            return None
        steps = self.steps
        place = int(steps.searchsorted(step, "left" if by < 0 else "right")) - (by >= 0)
        return int(steps[min(max(place + by, 0), len(self) - 1)])

    def _point(self, place: int) -> tuple[int, float] | None:
        return (int(self.steps[place]), float(self.values[place])) if place >= 0 else None

    def part(self, low: float | None = None, high: float | None = None, pieces: int = 1000) -> Points:
        """Return the points from step `low` to `high` and one more at each side, in `pieces` to twice as many.

        Fewer points come as they are. Pieces begin at the same points however much came since, until they double.
        """
        steps = self.steps
        start = 0 if low is None else max(int(steps.searchsorted(low, "left")) - 1, 0)
        end = len(self) if high is None else min(int(steps.searchsorted(high, "right")) + 1, len(self))
        wanted = max(end - start, 0) // max(pieces, 1)
        if wanted < 2:
            values = self.values[start:end]
            return Points(steps[start:end], values, values, values, 1)
        return self._pieces(start, end, 1 << wanted.bit_length() - 1)

    def _pieces(self, start: int, end: int, size: int) -> Points:
        import numpy as np

        level = next(level for level in range(8, -1, -1) if _width(level) <= size)
        self._sum_up(level)
        width = _width(level)
        edges = np.arange(start // size * size, end, size)
        places = edges // width - -(-start // width) + (start % width > 0)  # of the row with which a piece begins
        edges[0], places[0] = start, 0
        lows, highs, means, counts = _folded(self._rows(start, end, level), places)
        ends = np.append(edges[1:], end)
        values = np.where(counts == ends - edges, means, nan)
        return Points(self.steps[(edges + ends - 1) // 2], values, lows, highs, size)

    def _sum_up(self, level: int) -> None:
        """Bring the levels up to this one up to date."""
        import numpy as np

        for depth in range(1, level + 1):
            if len(self._levels) < depth:
                self._levels.append((Numbers(), Numbers(), Numbers(), Numbers()))
            rows, width = self._levels[depth - 1], _width(depth)
            share, whole = width // _width(depth - 1), len(self) // width * width
            for begin in range(len(rows[0]) * width, whole, BITE * width):
                finer = self._rows(begin, min(begin + BITE * width, whole), depth - 1)
                for column, told in zip(rows, _folded(finer, np.arange(0, len(finer[0]), share)), strict=True):
                    column.extend(array("d", told.tobytes()))

    def _rows(self, start: int, end: int, level: int) -> "Floats":
        """Return lowest, highest, mean and count, (4, n), of stretches of this level's width, narrower at the ends."""
        import numpy as np

        if level == 0:
            values = self.values[start:end]
            known = np.isfinite(values)
            return np.stack([values, values, np.where(known, values, 0), known])
        width = _width(level)
        first, last = -(-start // width), end // width
        rows = [np.stack([column.view()[first:last] for column in self._levels[level - 1]])]
        if start < first * width:
            rows.insert(0, _folded(self._rows(start, first * width, level - 1), np.zeros(1, int)))
        if last * width < end:
            rows.append(_folded(self._rows(last * width, end, level - 1), np.zeros(1, int)))
        return np.concatenate(rows, axis=1)


def _width(level: int) -> int:
    """Return how many points a row of this level sums up; the rows of level 0 are the points."""
    return BLOCK * FACTOR ** (level - 1) if level else 1


def _folded(rows: "Floats", places: "NDArray[np.intp]") -> "Floats":
    """Sum up the rows from each of these places to the next."""
    import numpy as np

    lows, highs, means, counts = rows
    count = np.add.reduceat(counts, places)
    owners = np.repeat(np.maximum(count, 1), np.diff(places, append=len(lows)))
    shares = means * (counts / owners)  # never a sum of values: that of two huge ones would overflow
    return np.stack(
        [np.fmin.reduceat(lows, places), np.fmax.reduceat(highs, places), np.add.reduceat(shares, places), count]
    )


def _numbers(values: Sequence[float | None]) -> "array[float]":
    return array("d", [nan if value is None else value for value in values])


class Curves(dict[str, Series]):
    """The series that one kind of event tells, by metric, on one axis as far as they coincide."""

    def __init__(self, axis: Numbers | None = None) -> None:
        """Begin with none."""
        super().__init__()
        self.axis = Numbers() if axis is None else axis

    def extend(self, steps: Sequence[int], columns: Mapping[str, Sequence[float | None]]) -> None:
        """Append the values of each metric at these steps, all or none; raise as `Series.extend` does."""
        places = array("d", steps)
        found = [(self.get(name, Series(self.axis)), name, _numbers(values)) for name, values in columns.items()]
        for series, _, numbers in found:
            series.check(places, numbers)
        for series, name, numbers in found:
            self[name] = series
            series.take(places, numbers)

    def cut(self, step: int) -> None:
        """Forget what came after this step."""
        for series in self.values():
            series.cut(step)
        self.axis.cut(int(self.axis.view().searchsorted(step, "right")))
