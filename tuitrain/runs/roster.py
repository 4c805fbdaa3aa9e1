"""The line as it stands, in plain values: what each run is, how far it is, and what lane works on it.

It reads what is there and changes nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuitrain.drawing.text import duration
from tuitrain.runs import entry as entries, lanes, line, lock
from tuitrain.runs.entry import Entry
from tuitrain.runs.line import Item, Line
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch

Stamp = tuple[int, int]
WAITS, CUT_OFF = "queued", "cut off"


@dataclass(frozen=True, slots=True)
class Place:
    """A run in line as it stands."""

    number: int
    """From 1."""
    entry: Entry
    device: str
    """What its settings say."""
    state: str
    """What it is doing, where a process has it; else queued, stopped or "cut off"."""
    lane: str = ""
    """The lane that has it; a process that is no lane as "process 123"; empty where nobody has it."""
    steps: int = 0
    """Of the whole training; 0 before it began."""
    left: float | None = None
    """Seconds to its end, where anybody can tell."""

    @property
    def run(self) -> Run:
        """Its directory."""
        return self.entry.run

    @property
    def begun(self) -> bool:
        """Whether anything happened in it."""
        return self.state != WAITS

    @property
    def words(self) -> str:
        """The state, how far it is and how long it takes yet, in words."""
        share = f"{self.entry.step / self.steps:.0%}" if self.steps else ""
        epoch = f"epoch {self.entry.epoch}/{self.entry.epochs}" if self.entry.epochs else ""
        left = "" if self.left is None else f"{duration(self.left)} left"
        return "  ".join(filter(None, (self.state, share, epoch, left)))

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        entry = self.entry
        told = {"place": self.number, "run": entry.id, "device": self.device, "state": self.state, "lane": self.lane}
        counts = {"step": entry.step, "steps": self.steps, "epoch": entry.epoch, "epochs": entry.epochs}
        return told | counts | {"seconds_left": self.left, "dataset": entry.dataset, "model": entry.model}


@dataclass(slots=True)
class Roster:
    """The line of a folder of runs, read on at each look: only what changed is read again."""

    folder: Path
    line: Line = field(default_factory=Line)
    places: list[Place] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    """Those at work."""
    _known: dict[str, tuple[Stamp, Entry]] = field(default_factory=dict)
    _watches: dict[str, Watch] = field(default_factory=dict)

    def poll(self) -> None:
        """Read what is new; raise line.Damaged, OSError. Some 0.1 ms for each run, so call it in a thread."""
        self.line, self.lanes = line.read(self.folder), lanes.at_work(self.folder)
        found = [(item, Run(self.folder / item.run)) for item in self.line.items]
        there = [(item, run, stamp) for item, run in found if (stamp := _stamp(run))]
        self.places = [self._place(number, *each) for number, each in enumerate(there, 1)]
        names = {run.id for _, run, _ in there}
        self._known = {name: known for name, known in self._known.items() if name in names}
        self._watches = {name: watch for name, watch in self._watches.items() if name in names}

    def _place(self, number: int, item: Item, run: Run, stamp: Stamp) -> Place:
        lane = item.lane if item.lane in self.lanes else ""
        if not run.journal.exists():
            return Place(number, self._entry(run, stamp), item.device, "preparing" if lane else WAITS, lane)
        watch = self._watches.setdefault(run.id, Watch(run))
        watch.poll()
        entry, lane = entries.renew(self._entry(run, stamp), watch), lane or self._other(run)
        state: str = watch.state if lane or watch.history.ended else CUT_OFF
        state = "preparing" if state == "lost" else state  # the watch asks rarely whether anybody works on it
        return Place(number, entry, item.device, state, lane, watch.history.steps, watch.time_left())

    def _other(self, run: Run) -> str:
        """Return who else has a run: a lane that took it since the line was read, a process; empty where nobody has."""
        if not lock.held(run.lock):
            return ""
        pid = lock.holder(run.lock).get("pid", "?")
        taken = (name for name in self.lanes if lanes.holder(self.folder, name).get("pid") == pid)
        return next(taken, f"process {pid}")

    def _entry(self, run: Run, stamp: Stamp) -> Entry:
        """Return what is known of a run without its journal, read anew where its settings are others now."""
        known = self._known.get(run.id)
        if known is None or known[0] != stamp:
            known = self._known[run.id] = (stamp, entries.read(run)[0])
        return known[1]


def _stamp(run: Run) -> Stamp | None:
    """Return time and size of the settings; None where the directory is gone."""
    try:
        found = (run.path / "experiment.toml").stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
