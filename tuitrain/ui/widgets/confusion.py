"""The confusion matrix: counts, shares of the true class, or the pairs of classes that are mixed up most."""

from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from tuitrain.ui.widgets.listing import Column, listed, table
from tuitrain.ui.widgets.picture import Moving

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines
    from tuitrain.drawing.matrix import Layout

PAIRS = 200  # pairs that are listed: nobody reads on
BAR = 20  # cells of a full bar
FAR = 1_000_000  # more classes than there are


class Pair(NamedTuple):
    """A true class, the class it was predicted as, how often now and in the best snapshot, of how many samples."""

    true: int
    predicted: int
    times: int
    before: int
    samples: int


class Confusion(Moving):
    """How often each true class (rows) was predicted as each class (columns)."""

    needs = compared = ("confusion",)
    absent = "a confusion matrix needs classes, and here numbers are learned: 6 shows the largest errors"
    place: reactive[tuple[int, int]] = reactive((0, 0), init=False)
    """The first row and column that are shown of the matrix."""
    pair: reactive[int] = reactive(0, init=False)
    """The row of the list that is chosen."""

    @property
    def aspects(self) -> tuple[str, ...]:
        """What the numbers are, or the list."""
        return ("counts", "shares", "worst pairs")

    def watch_place(self) -> None:
        """Show the other part."""
        self.redraw()

    def watch_pair(self) -> None:
        """Show the other row."""
        self.redraw()

    @property
    def movable(self) -> bool:
        """Whether classes or pairs are out of sight."""
        if self.side == "worst pairs":
            return len(self._pairs()) > 1
        return bool(self.part)

    @property
    def part(self) -> str:
        """Which classes are seen: those of the rows and columns where they differ."""
        if self.side == "worst pairs" or not self.drawable or not all(self.size):
            return ""
        count, seen = len(self.arrays["confusion"]), self._layout_now()
        rows, columns = (f"{part.start + 1}-{part.stop}" for part in (seen.rows, seen.columns))
        if len(seen.rows) == len(seen.columns) == count:
            return ""
        if rows == columns:
            return f"classes {rows} of {count}"
        named = [
            *([f"true {rows}"] if len(seen.rows) < count else []),
            *([f"predicted {columns}"] if len(seen.columns) < count else []),
        ]
        return f"{', '.join(named)} of {count}"

    def action_go(self, across: int, down: int, unit: str = "one") -> None:
        """Scroll the matrix, or choose another pair."""
        if self.side == "worst pairs":
            step = {"one": 1, "page": max(self.space[1] - 2, 1)}.get(unit, FAR)
            self.pair = max(0, min(self.pair + step * down, len(self._pairs()) - 1))
            return
        seen = self._layout_now()
        count = len(self.arrays["confusion"])
        places = []
        for part, by in ((seen.rows, down), (seen.columns, across)):
            step = {"one": 1, "page": max(len(part), 1)}.get(unit, FAR)
            places.append(max(0, min(part.start + step * by, count - len(part))))
        self.place = (places[0], places[1])

    def _layout_now(self) -> "Layout":
        from tuitrain.drawing.matrix import layout

        return layout(self.arrays["confusion"], self.labels, *self.space, self.look, at=self.place)

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the matrix, or list the pairs."""
        if self.side == "worst pairs":
            return self._list(width, height)
        from tuitrain.drawing.matrix import matrix

        return matrix(
            self.arrays["confusion"],
            self.labels,
            width,
            height,
            self.look,
            shares=self.side == "shares",
            reference=self.base.get("confusion"),
            at=self.place,
        )

    def _pairs(self) -> list[Pair]:
        """Return the pairs with most mistakes, or with the largest change, those first."""
        import numpy as np

        counts = self.arrays["confusion"].astype(int)
        before = self.base["confusion"].astype(int) if self.base else np.zeros_like(counts)
        weights = np.abs(counts - before)
        np.fill_diagonal(weights, 0)
        order = np.argsort(-weights, axis=None, kind="stable")[: min(PAIRS, np.count_nonzero(weights))]
        samples = counts.sum(1)
        places = zip(*(part.tolist() for part in np.unravel_index(order, counts.shape)), strict=True)
        return [Pair(at, to, int(counts[at, to]), int(before[at, to]), int(samples[at])) for at, to in places]

    def _list(self, width: int, height: int) -> "Lines":
        pairs = self._pairs()
        if not pairs:
            from tuitrain.ui.widgets.canvas import note

            return note(
                "no pair changed" if self.base else "no mistakes: every sample is predicted right", width, height
            )
        columns = [
            Column("true", [self.name_of(pair.true) for pair in pairs], left=True),
            Column("", ["→"] * len(pairs), left=True),
            Column("predicted", [self.name_of(pair.predicted) for pair in pairs], left=True),
            *(_changes(pairs) if self.base else _counts(pairs)),
        ]
        chosen = min(self.pair, len(pairs) - 1)
        focused = chosen if self.has_focus else None
        return listed(table(columns, width - 2), focused, width, height, self.look, around=chosen)


def _counts(pairs: list[Pair]) -> list[Column]:
    """Return how often, of how much of the class, and a bar of that."""
    shares = [pair.times / max(pair.samples, 1) for pair in pairs]
    most = max(shares)
    return [
        Column("count", [f"{pair.times:,}" for pair in pairs]),
        Column("of the class", [f"{100 * share:.1f} %" for share in shares], rank=1),
        Column("", ["━" * max(round(BAR * share / most), 1) for share in shares], left=True, rank=2),
    ]


def _changes(pairs: list[Pair]) -> list[Column]:
    """Return by how much, to how many from how many, and a bar of signs."""
    changes = [pair.times - pair.before for pair in pairs]
    most = max(map(abs, changes))
    return [
        Column("change", [f"{change:+,}" for change in changes]),
        Column("now", [f"{pair.times:,}" for pair in pairs], rank=1),
        Column("best", [f"{pair.before:,}" for pair in pairs], rank=2),
        Column(
            "",
            [("+" if change > 0 else "-") * max(round(BAR * abs(change) / most), 1) for change in changes],
            left=True,
            rank=3,
        ),
    ]
