"""What is done with the line of runs that wait: put in, move, change, take out; and what lanes take from it.

All that is refused is refused before anything is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tuitrain import experiment as experiments, sweep
from tuitrain.experiment import Experiment, override, parse
from tuitrain.files import write_whole
from tuitrain.runs import about, lanes, line, lock, store
from tuitrain.runs.history import ENDED, State
from tuitrain.runs.lanes import Lane
from tuitrain.runs.line import Item, Line
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

FAILED: frozenset[State] = frozenset({"failed", "diverged"})
OVER: frozenset[State] = ENDED - {"stopped"}
"""How a run ends that has nothing left to do; one that was stopped goes on."""


class NotThus(Exception):
    """What was asked of the line cannot be; the message says why, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Assigned(Run):
    """A run as a lane trains it: where its settings say auto, on the lane's device. Its file stays as it is."""

    device: str

    def experiment(self) -> Experiment:
        """Return what is trained, on this device; raise Rejected."""
        found = Run.experiment(self)
        return found.model_copy(update={"training": found.training.model_copy(update={"device": self.device})})


def add(experiment: Experiment, folder: Path) -> list[Run]:
    """Make a run for each model and each value of a sweep, and put them last in line; raise line.Damaged, OSError."""
    line.read(folder)  # what is wrong with it is said before a directory is made
    made: list[tuple[Run, str]] = []
    try:
        for one in experiment.alone:
            made.append((store.create(one, folder), one.training.device))  # noqa: PERF401  known where the next fails
        with line.changing(folder) as now:
            now.items += [Item(run.id, device) for run, device in made]
    except BaseException:
        for run, _ in made:
            about.delete(run)
        raise
    return [run for run, _ in made]


def move(folder: Path, name: str, to: str) -> tuple[str, int]:
    """Move a run to the first, the last or another place (from 1), up or down; return its name and place.

    Raise NotThus, line.Damaged, OSError.
    """
    with line.changing(folder) as now:
        _tidy(folder, now)
        item = _find(now, name)
        place, last = now.items.index(item), len(now.items) - 1
        places = {"first": 0, "last": last, "up": max(place - 1, 0), "down": min(place + 1, last)}
        wanted = places.get(to, int(to) - 1 if to.isdecimal() else -1)
        if not 0 <= wanted <= last:
            raise NotThus(f"{to}: is no place in the line; there are first, last, up, down and 1 to {last + 1}")
        now.items.remove(item)
        now.items.insert(wanted, item)
        return item.run, wanted + 1


def copy(folder: Path, run: Run, overrides: Sequence[str]) -> list[Run]:
    """Put a copy of a run, begun or not, in line, changed where asked; of a sweep one for each value.

    Raise Rejected, NotThus, line.Damaged, OSError.
    """
    return add(_changed(run, overrides, told=True), folder)


def edit(folder: Path, name: str, overrides: Sequence[str]) -> Run:
    """Change a run in line that has not begun; it keeps its directory. Raise Rejected, NotThus, Damaged, OSError."""
    with line.changing(folder) as now:
        _tidy(folder, now)
        item = _find(now, name)
        run = _run(folder, item)
        if is_begun(run) or is_taken(folder, item):
            raise NotThus(f"{run.id} has begun; tuitrain queue copy {run.id} puts a changed one in line")
        changed = _changed(run, overrides, told=False)
        if len(changed.alone) > 1:
            raise NotThus(f"{run.id} is one run and takes one value each; tuitrain queue copy makes several")
        (changed,) = changed.alone
        heading = [each for each in run.text().splitlines() if each.startswith("#")][:1]
        text = "\n".join([*heading, "", experiments.write(changed)])
        write_whole(run.path / "experiment.toml", text.encode())
        now.items[now.items.index(item)] = Item(run.id, changed.training.device)
        return run


def remove(folder: Path, names: Sequence[str]) -> tuple[list[Run], list[Run]]:
    """Take runs out of the line; return those that were deleted, for they had not begun, and those that stay.

    Raise NotThus, about.Kept, line.Damaged, OSError.
    """
    gone: list[Run] = []
    kept: list[Run] = []
    with line.changing(folder) as now:
        _tidy(folder, now)
        items = list(dict.fromkeys(_find(now, name) for name in names))
        for item in items:
            if is_taken(folder, item):
                raise NotThus(f"{item.run} is being trained; tuitrain stop {item.run} stops it first")
        for item in items:
            run = _run(folder, item)
            (kept if is_begun(run) else gone).append(run)
        now.items = [item for item in now.items if item not in items]
    for run in gone:
        about.delete(run)
    return gone, kept


def hold(folder: Path, why: str = "on request") -> None:
    """Let nothing more be begun; raise line.Damaged, OSError."""
    with line.changing(folder) as now:
        now.held = now.held or why


def decide(folder: Path, on_error: str) -> None:
    """Say what becomes of the line after a run that failed: continue or stop; raise line.Damaged, OSError."""
    with line.changing(folder) as now:
        now.on_error = on_error


def release(folder: Path, asked: Sequence[str] = (), on_error: str = "") -> tuple[list[str], list[str]]:
    """Let the line move; return the lanes to start, only of those asked for if any are, and runs for no device here.

    Raise line.Damaged, OSError.
    """
    there = list(asked) or lanes.devices(folder)
    with line.changing(folder) as now:
        now.held, now.on_error = "", on_error or now.on_error
        _tidy(folder, now)
        busy = lanes.at_work(folder)
        wishes = [item.wish for item in now.items if not is_taken(folder, item)]
        stuck = [item.run for item in now.items if not any(lanes.fits(item.wish, lane) for lane in {*there, *busy})]
        return [lane for lane in lanes.needed(wishes, there) if lane not in busy], stuck


def resume(folder: Path, data_dir: Path, asked: Sequence[str] = (), on_error: str = "") -> "Resumed":
    """Let the line move, with a lane for each device that has work; wait until they are there, about half a second.

    Raise line.Damaged, OSError.
    """
    missing, stuck = release(folder, asked, on_error)
    wrong = {name: lanes.start(folder, data_dir, name) for name in missing}
    return Resumed([name for name in missing if not wrong[name]], stuck, [words for words in wrong.values() if words])


@dataclass(frozen=True, slots=True)
class Resumed:
    """What came of letting the line move."""

    lanes: list[str]
    """Those that were started."""
    stuck: list[str]
    """The runs for which there is no device."""
    wrong: list[str]
    """A sentence for each lane that could not be started."""


def take(lane: Lane) -> Run | None:
    """Return the run that this lane is to train now, one that was cut off before one that has not begun.

    None where there is nothing for it, or the line is held; then the lane is closed, under the lock of the line: who
    puts a run in line later and starts lanes finds it gone. Raise line.Damaged, OSError.
    """
    with line.changing(lane.folder) as now:
        _tidy(lane.folder, now)
        item = None if now.held else next(_fitting(lane, now), None)
        if item is None:
            lane.close()
            return None
        left = [replace(other, lane="") if other.lane == lane.name else other for other in now.items]
        now.items = [item.taken(lane.name) if other.run == item.run else other for other in left]
        return Assigned(lane.folder / item.run, lane.name)


def _fitting(lane: Lane, now: Line) -> Iterator[Item]:
    """Yield what this lane may take, in the order in which it would."""
    others = lanes.at_work(lane.folder)
    wanted = [item for item in now.items if lanes.fits(item.wish, lane.name, others)]
    for item in sorted(wanted, key=lambda item: not (item.kind or is_begun(_run(lane.folder, item)))):
        if not lock.held(_run(lane.folder, item).lock) and (item.lane == lane.name or item.lane not in others):
            yield item


def finish(run: Run, failure: str = "") -> None:
    """Take a run out of the line that is over; after a failure (in words) hold it, where that is asked for.

    Raise line.Damaged, OSError.
    """
    with line.changing(run.path.parent) as now:
        now.items = [item for item in now.items if item.run != run.id]
        if failure and now.on_error == "stop":
            now.held = failure


def is_begun(run: Run) -> bool:
    """Tell whether anything happened in a run."""
    return run.journal.exists()


def is_taken(folder: Path, item: Item) -> bool:
    """Tell whether a process trains a run in line, or is about to."""
    return lock.held(_run(folder, item).lock) or bool(item.lane and lanes.is_at_work(folder, item.lane))


def _tidy(folder: Path, now: Line) -> None:
    """Take out what was deleted, or is over since: its lane was cut off between its end and the next."""
    there = {item: _run(folder, item) for item in now.items}
    now.items = [item for item, run in there.items() if (run.path / "experiment.toml").exists() and not _is_over(run)]


def _is_over(run: Run) -> bool:
    return is_begun(run) and not lock.held(run.lock) and look(run).state in OVER


def _run(folder: Path, item: Item) -> Run:
    return Run(folder / item.run)


def _find(now: Line, name: str) -> Item:
    """Return the item of this name, or the only one that it begins or is part of; raise NotThus."""
    exact = [item for item in now.items if item.run == name]
    found = (
        exact
        or [item for item in now.items if item.run.startswith(name)]
        or [item for item in now.items if name in item.run]
    )
    if name and len(found) == 1:
        return found[0]
    if name and found:
        raise NotThus(f"{name!r} may be {', '.join(item.run for item in found[:5])}; name one of them")
    raise NotThus(f"no run in line is called {name!r}; tuitrain queue lists them")


def _changed(run: Run, overrides: Sequence[str], *, told: bool) -> Experiment:
    """Return what a run trains, changed; its label says what was, where it told of that before or `told` asks for it.

    Raise Rejected, NotThus.
    """
    before = run.experiment()
    if before.parent is not None:
        origin = f"{before.parent.run} --at {before.parent.step}"
        raise NotThus(f"{run.id} is a branch; tuitrain fork {origin} with --set makes another")
    tables = override(before.dump(), overrides)
    named = [text.partition("=")[0].strip() for text in overrides]
    short = {key.rpartition(".")[2] for key in named}
    parts = [part for part in before.label.split(", ") if part]
    kept = [part for part in parts if part.partition(" ")[0] not in short]
    if "label" not in named:
        tables["label"] = ", ".join(kept)
    changed = parse(experiments.rooted(tables, Path.cwd()))
    if "label" in named or not (told or len(kept) < len(parts)):
        return changed
    telling = [key for key in named if "." in key and not key.startswith("models.") and key not in changed.vary]
    label = sweep.label({key: sweep.take(changed.dump(), key) for key in telling})
    return changed.model_copy(update={"label": ", ".join(filter(None, [*kept, label]))})
