"""What a front end with a screen holds: the runs it shows, the worker it starts, the commands it sends. No screen."""

import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from tuitrain.experiment import Experiment, parse
from tuitrain.problems import Rejected
from tuitrain.runs import checkpoints, inbox, launch, lock, store
from tuitrain.runs.history import ENDED, State
from tuitrain.runs.launch import Standby
from tuitrain.runs.store import Run
from tuitrain.runs.survey import Survey
from tuitrain.runs.watch import Watch
from tuitrain.settings import Settings

T = TypeVar("T")
ACTIVE: frozenset[State] = frozenset({"queued", "preparing", "running", "paused"})
BUDGET = 0.03  # seconds of reading at a time: keys wait no longer, also where a journal is long
RECENT = 200  # runs looked at to find those under way


@dataclass(slots=True)
class Session:
    """The runs on the screen, in the order in which they are trained, and how to reach them."""

    runs_dir: Path
    data_dir: Path
    watches: list[Watch] = field(default_factory=list)
    standby: Standby | None = None
    warm: bool = True
    """Whether to have a worker get ready while nothing is trained: seconds of one core, and about 0.5 GB."""
    wanted: str = ""
    """The run that somebody asked for by name."""
    recording: bool = False
    """Whether the runs are only played: nothing is trained beside them."""
    readonly: bool = False
    """Whether whoever holds it only looks on."""
    _children: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    """Held while the worker that stands by is replaced: a screen asks it from a thread."""
    _closed: bool = False
    _resumed: dict[str, int] = field(default_factory=dict)
    """By run that a worker is about to go on with: how many records its journal had by then."""

    def open(self, run: Run) -> None:
        """Show this run and those that the same worker took with it; of a branch its trunk above it."""
        runs = store.listed(self.runs_dir)
        shown = _together(run, runs)
        self.watches = [Watch(each) for each in (*_trunks(run, shown, runs), *shown)]
        self.poll()

    def open_all(self, runs: Sequence[Run]) -> None:
        """Show just these runs side by side, the oldest first."""
        self.watches = [Watch(run) for run in sorted(runs, key=lambda run: run.id)]
        self.poll()

    def open_active(self) -> bool:
        """Show the newest runs that are being trained; tell whether there are any."""
        for run in store.listed(self.runs_dir)[:RECENT]:
            if lock.held(run.lock):
                self.open(run)
                return True
        return False

    def experiment(self) -> Experiment | None:
        """Return what the runs on the screen train, with all their models; None where it cannot be read.

        Of a trunk and its branches that is what the branches train.
        """
        trunks = {_parent(watch) for watch in self.watches}
        found = [watch.experiment for watch in self.watches if watch.run.id not in trunks]
        readable = [experiment for experiment in found if experiment is not None]
        return _whole(readable) if readable else None

    def launch(self, experiment: Experiment, orders: Sequence[str] = ()) -> None:
        """Make a run for each model, start a worker on them and show them; raise OSError.

        The first run obeys the orders before its first step.
        """
        runs = launch.create(experiment, self.runs_dir)
        for order in orders:
            inbox.send(runs[0].inbox, order)
        self._start(runs)
        self.watches = [Watch(run) for run in runs]
        self.poll()

    def resume(self, watch: Watch) -> int | None:
        """Start a worker that goes on with a run that was prepared for that; raise OSError.

        Return the step of its newest checkpoint, None where it has none and begins anew.
        """
        there = checkpoints.checkpoints(watch.run, watch.history)
        self._start([watch.run])
        watch.expected = True
        watch.poll(BUDGET)
        self._resumed[watch.run.id] = watch.history.records
        return there[0].step if there else None

    def branch(self, trunk: Watch, run: Run) -> None:
        """Start a worker on a branch that was made, and show it with its trunk and its siblings; raise OSError."""
        self._start([run])
        names = {trunk.run.id, _parent(trunk)} - {""}
        family = [watch for watch in self.watches if watch.run.id in names or _parent(watch) in names]
        self.watches = [*family, Watch(run)]
        self.poll()

    def _start(self, runs: Sequence[Run]) -> None:
        """Have the worker that stands by train these runs, else a new one; where it stumbles it waits to be told."""
        ready = self.standby
        if ready and not ready.busy and ready.start(runs, self.data_dir, waits=True):
            self._children.append(ready.process)
            with self._lock:
                self._let_go()
        else:
            self._children.append(launch.start(runs, self.data_dir, waits=True))

    def poll(self) -> bool:
        """Read what is new; tell whether there was anything."""
        running = [child for child in self._children if child.poll() is None]
        if len(running) < len(self._children):
            for watch in self.watches:
                watch.expected = False
        self._children = running
        share = BUDGET / max(len(self.watches), 1)
        return sum(_poll(watch, share) for watch in self.watches) > 0  # all are read, not up to the first with news

    @property
    def behind(self) -> bool:
        """Whether more stands in the journals than was read: ask again soon."""
        return any(watch.behind for watch in self.watches)

    @property
    def active(self) -> list[Watch]:
        """The runs that are not over, or about to go on."""
        return [watch for watch in self.watches if watch.state in ACTIVE or self._is_resumed(watch)]

    def _is_resumed(self, watch: Watch) -> bool:
        """Tell whether a worker is about to go on with a run, and has said nothing yet."""
        return bool(self._children) and self._resumed.get(watch.run.id) == watch.history.records

    @property
    def current(self) -> Watch | None:
        """The run being trained; else the last one that was, else the first."""
        begun = [watch for watch in self.watches if watch.history.records]
        going = [watch for watch in begun if watch.state not in ENDED]
        return next(iter([*going, *reversed(begun), *self.watches]), None)

    def send(self, action: str, watches: list[Watch], **arguments: Any) -> None:
        """Put a command into the inbox of each run, and what goes with it; raise OSError."""
        for watch in watches:
            inbox.send(watch.run.inbox, action, **arguments)

    @property
    def devices(self) -> list[tuple[str, str]]:
        """Name and description of each device, none as long as no worker has told."""
        return self.standby.known if self.standby else []

    def stand_by(self) -> Standby:
        """Have a worker get ready for the next training, unless one is; one that died is replaced."""
        with self._lock:
            self._let_go()
            if self.standby is None:
                self.standby = Standby()
            return self.standby

    def _let_go(self) -> None:
        """Forget a worker that trains now or died."""
        ready = self.standby
        if ready is not None and not ready.alive:
            self.standby = None
            if not ready.taken:
                ready.dismiss()

    def survey(self, tables: dict[str, Any]) -> Survey | None:
        """Wait for what a worker finds out about these tables; None where it died over them, or all is closed.

        A worker that is given runs to train meanwhile is no longer there to answer: then another one is asked.
        """
        while True:
            asked = self.stand_by()
            if self._closed:
                self.close()  # the new one too
                return None
            found = asked.survey(tables, self.data_dir)
            if found is not None or not asked.taken:
                return found

    def close(self) -> None:
        """Let go of the worker that waits; those that train go on."""
        self._closed = True
        with self._lock:
            if self.standby is not None:
                self.standby.dismiss()
                self.standby = None


def _poll(watch: Watch, budget: float) -> bool:
    """Read what is new in a run; nothing is where its files cannot be read, as on a disk that went away."""
    try:
        return watch.poll(budget)
    except OSError:
        return False


def _whole(runs: Sequence[Experiment]) -> Experiment:
    """Return the experiment of which these are the runs: what differs is a sweep where it makes just these runs."""
    plain = [run.model_copy(update={"label": "", "parent": None}) for run in runs]
    models = _distinct(run.models[0] for run in plain)
    tables: dict[str, Any] = {"models": [model.model_dump() for model in models]}
    for name in ("dataset", "optimizer", "schedule", "loss", "training"):
        tables[name] = _swept([getattr(run, name) for run in plain])
    with suppress(Rejected):
        whole = parse(tables)
        made = [run.model_copy(update={"label": ""}) for run in whole.alone]
        if all(run in plain for run in made) and all(run in made for run in plain):
            return whole
    return plain[0].model_copy(update={"models": models})


def _swept(parts: Sequence[Settings]) -> dict[str, Any]:
    """Return one table for all of these; of several kinds only what is not as each has it itself."""
    kinds = _distinct(part.model_dump().get("kind") for part in parts)
    dumps = [part.model_dump(exclude_defaults=len(kinds) > 1) for part in parts]
    fields = dict.fromkeys(field for dump in dumps for field in dump)
    found = {field: _distinct(dump[field] for dump in dumps if field in dump) for field in fields}
    found |= {"kind": kinds} if len(kinds) > 1 else {}
    return {field: values[0] if len(values) == 1 else values for field, values in found.items()}


def _distinct(values: Iterable[T]) -> list[T]:
    """Return the values in their order, each once; lists cannot be keys."""
    found: list[T] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _together(run: Run, runs: list[Run]) -> list[Run]:
    """Return the runs that bear the same worker's signature, in the order in which they were made."""
    signature = lock.holder(run.lock)
    if not signature:
        return [run]
    return [other for other in reversed(runs) if lock.holder(other.lock) == signature]


def _parent(watch: Watch) -> str:
    """Return the name of the run of which this is a branch; nothing where it is none."""
    parent = watch.experiment.parent if watch.experiment else None
    return parent.run if parent else ""


def _trunks(run: Run, shown: Sequence[Run], runs: Sequence[Run]) -> list[Run]:
    """Return the run of which this one is a branch, where it is there and not shown yet."""
    parent = _parent(Watch(run))
    return [other for other in runs if other.id == parent and other not in shown]
