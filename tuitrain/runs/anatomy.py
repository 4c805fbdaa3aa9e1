"""How gradients and updates of each tensor stood at some steps of a run: few enough to be kept for good."""

from bisect import bisect_right
from dataclasses import dataclass, field

PREFIXES = ("grad/", "update/")
"""How the metrics begin that stand for a tensor each."""
KEPT = 400  # steps, and at least half as many: 32 bytes for each tensor and prefix
Entry = tuple[int, tuple[str, ...], tuple[float | None, ...]]


@dataclass(slots=True)
class Anatomy:
    """Every so many-th step that was looked at closely, evenly over the run, and the newest."""

    entries: list[Entry] = field(default_factory=list)
    stride: int = 1
    told: int = 0
    newest: Entry | None = None

    def add(self, step: int, numbers: dict[str, float | None]) -> None:
        """Take note of a step."""
        names = tuple(numbers)
        names = self.newest[1] if self.newest and self.newest[1] == names else names  # one object for all
        self.newest = (step, names, tuple(numbers.values()))
        if self.told % self.stride == 0:
            self.entries.append(self.newest)
        self.told += 1
        if len(self.entries) > KEPT:
            del self.entries[1::2]
            self.stride *= 2

    def cut(self, step: int) -> None:
        """Forget what came after this step."""
        del self.entries[bisect_right(self.entries, step, key=lambda entry: entry[0]) :]
        if self.newest and self.newest[0] > step:
            self.newest = self.entries[-1] if self.entries else None

    def at(self, step: int) -> tuple[int, dict[str, float | None]] | None:
        """Return the last step at or before this one that is known, and its numbers by name."""
        if self.newest and self.newest[0] <= step:
            return _told(self.newest)
        place = bisect_right(self.entries, step, key=lambda entry: entry[0])
        return _told(self.entries[place - 1]) if place else None


def _told(entry: Entry) -> tuple[int, dict[str, float | None]]:
    step, names, values = entry
    return step, dict(zip(names, values, strict=True))
