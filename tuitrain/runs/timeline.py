"""How the steps of a run lie in its epochs and in time. It knows what a journal says of both, and no curves."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

By = Literal["step", "epoch", "time"]
ANCHORS = 1024  # between half as many and as many are kept: a thousandth of a run is less than a drawn column
Anchor = tuple[int, float]


@dataclass(slots=True)
class Timeline:
    """Steps, epochs and seconds since training began, pauses among them. Bounded memory, however long the run."""

    per_epoch: float = 0.0
    """Steps in an epoch; 0 before it began."""
    anchors: list[Anchor] = field(default_factory=list)
    """Steps in their order and the seconds at which they were told: every `stride`th of those that were."""
    stride: int = 1
    told: int = 0
    """How often a step and a time were told since the beginning."""
    began: str = ""
    """The time of the beginning, as the journal has it."""
    newest: tuple[int, str] | None = None
    """The last step that was told and its time."""
    clock: tuple[str, float] = ("", 0.0)
    """The time that was looked at last, and how many seconds had passed by then."""

    def begin(self, started: dict[str, Any]) -> None:
        """Take note of the size of an epoch, and the first time also of the beginning."""
        self.per_epoch = _per_epoch(started)
        if not self.began:
            self.began = str(started.get("time", ""))
            self.clock, self.anchors = (self.began, 0.0), [(0, 0.0)]

    def add(self, step: int, time: str) -> None:
        """Take note of when a step was told (ISO 8601), unless that is before the beginning or before the last step."""
        if not self.began or (self.newest and step < self.newest[0]):
            return
        self.newest = (step, time)
        self.told += 1
        if self.told % self.stride == 0:
            self.clock = (time, self._passed(time))
            self.anchors.append((step, self.clock[1]))
            if len(self.anchors) > ANCHORS:
                del self.anchors[1::2]
                self.stride *= 2

    def cut(self, step: int) -> None:
        """Forget what came after this step; time has passed all the same."""
        self.anchors = [anchor for anchor in self.anchors if anchor[0] <= step]
        if self.newest and self.newest[0] > step:
            self.newest = None

    def reopen(self, step: int, time: str) -> None:
        """Go on from when this step was told, as if no time had passed until this one: nobody was at work on it."""
        self.clock = (time, float(self.place([step], "time")[0]))

    def _passed(self, time: str) -> float:
        """Return the seconds until this time: none more where the clock was set back, or says nothing."""
        before, seconds = self.clock
        try:
            passed = (datetime.fromisoformat(time) - datetime.fromisoformat(before)).total_seconds()
        except (ValueError, TypeError):  # no time, or one with a zone beside one without
            return seconds
        return seconds + max(passed, 0.0)

    def place(self, steps: "ArrayLike", by: By) -> "NDArray[np.float64]":
        """Return where these steps lie: as they are, in epochs, or in seconds since the beginning.

        Beyond what was told, time stands still; where nothing was, everything lies at 0.
        """
        import numpy as np

        steps = np.asarray(steps, dtype=np.float64)
        if by == "step":
            return steps
        if by == "epoch":
            return steps / self.per_epoch if self.per_epoch else np.zeros_like(steps)
        known, seconds = self._known()
        # The first of several times of one step: it was made before the pause, not after it.
        after = np.clip(known.searchsorted(steps, "left"), 1, len(known) - 1)
        span = known[after] - known[after - 1]
        share = np.where(span > 0, (steps - known[after - 1]) / np.where(span > 0, span, 1), 1.0)
        return seconds[after - 1] + np.clip(share, 0, 1) * (seconds[after] - seconds[after - 1])

    def step(self, x: float, by: By) -> float:
        """Return the step that lies there: what `place` undoes."""
        import numpy as np

        if by == "step":
            return x
        if by == "epoch":
            return x * self.per_epoch
        known, seconds = self._known()
        return float(np.interp(x, seconds, known))

    def _known(self) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return steps and seconds of at least two places."""
        import numpy as np

        known = [(0, 0.0), *self.anchors]
        if self.newest and self.newest[0] >= known[-1][0]:
            known.append((self.newest[0], self._passed(self.newest[1])))
        known = known if len(known) > 1 else known * 2
        steps, seconds = np.array(known, dtype=np.float64).T
        return steps, seconds


def _per_epoch(started: dict[str, Any]) -> float:
    """Return the steps in an epoch: of a whole number of epochs their share, else by the size of a batch."""
    steps, epochs = int(started["steps"]), int(started["epochs"])
    training = (started.get("experiment") or {}).get("training") or {}
    samples, size = started.get("train_size"), training.get("batch_size")
    if training.get("steps") and isinstance(samples, int) and samples > 0:
        size = size if isinstance(size, int) and size > 0 else samples
        return float(max(samples // size if training.get("drop_last") else -(-samples // size), 1))
    return steps / epochs if epochs else 0.0
