"""The queue on the command line: put runs in line, move and change them, train them one after another on each device.

Names and tables go to stdout, all else to stderr. It trains nothing itself but as a lane, and knows no Textual.
"""

import json
import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from tuitrain import experiment as experiments
from tuitrain.batch import Lines
from tuitrain.complaint import complain, say
from tuitrain.drawing.text import clean
from tuitrain.problems import Rejected
from tuitrain.report import console, plain_table
from tuitrain.runs import lane, lanes, line, queue, store, worker
from tuitrain.runs.about import Kept
from tuitrain.runs.lanes import NAME
from tuitrain.runs.lock import Occupied
from tuitrain.runs.roster import Roster
from tuitrain.runs.store import NoSuchRun, Run
from tuitrain.runs.watch import look

LOOK = 0.5  # seconds between two looks at the line while its end is awaited
CHANGE = 5.0  # seconds that a lane may be away: after a run that failed another process goes on
REFUSALS = (Rejected, queue.NotThus, NoSuchRun, Kept, line.Damaged, Occupied)


def do(what: str, asked: Namespace, runs_dir: Path, data_dir: Path) -> int:
    """Do one of the things that can be done with the queue; return the exit code, 2 where nothing was done."""
    try:
        if what == "resume":
            return _resume(asked, runs_dir, data_dir)
        return DEEDS[what](asked, runs_dir)
    except REFUSALS as error:
        return complain(error)
    except OSError as error:
        return complain(f"{error.filename or runs_dir}: {error.strerror or error}; nothing was changed")


def work(name: str, runs_dir: Path, data_dir: Path) -> int:
    """Train in this process what waits for a device, until nothing does; return the exit code.

    After a run that failed a fresh process goes on in the place of this one.
    """
    try:
        _check(name)
        with worker.interruptible() as interrupt:
            code = lane.work(name, runs_dir, worker.Shelf(data_dir), Lines().report, interrupt)
    except REFUSALS as error:
        return complain(error)
    except OSError as error:
        return complain(f"{error.filename or runs_dir}: {error.strerror or error}")
    if code == lane.AGAIN:
        command = lanes.command(name, runs_dir, data_dir)
        os.execv(command[0], command)  # noqa: S606  our own interpreter, no shell
    return code


def _check(name: str) -> None:
    """Raise NotThus where this is no device."""
    if not NAME.fullmatch(name):
        raise queue.NotThus(f"{name}: is no device; there are cpu, cuda:0, cuda:1 and so on, and mps")


def _list(asked: Namespace, folder: Path) -> int:
    roster = Roster(folder)
    roster.poll()
    if getattr(asked, "json", False):
        print(json.dumps(_record(roster), indent=2))
        return 0
    if roster.places:
        table = plain_table()
        table.add_column("place", justify="right", no_wrap=True)
        for heading in ("run", "device", "state", "lane"):
            table.add_column(heading, no_wrap=True)
        for place in roster.places:
            told = (place.entry.id, place.device, place.words, place.lane)
            table.add_row(str(place.number), *map(clean, told))
        console().print(table)
    say(standing(roster))
    return 0


def _record(roster: Roster) -> dict[str, object]:
    at_work = [{"lane": name, "pid": lanes.holder(roster.folder, name).get("pid")} for name in roster.lanes]
    told = {"on_error": roster.line.on_error, "held": roster.line.held, "lanes": at_work}
    return told | {"runs": [place.record() for place in roster.places]}


def standing(roster: Roster) -> str:
    """Return in a sentence whether the line moves, and what would make it."""
    if roster.line.held:
        return f"held: {roster.line.held}; tuitrain queue resume goes on"
    if not roster.places:
        return f"nothing is in line in {roster.folder}: tuitrain queue add puts an experiment there"
    if not roster.lanes:
        return "no lane is at work: tuitrain queue resume trains what waits"
    return f"at work: {', '.join(roster.lanes)}; on error: {roster.line.on_error}"


def _add(asked: Namespace, folder: Path) -> int:
    return _print(queue.add(experiments.read(asked.experiment, asked.set), folder))


def _copy(asked: Namespace, folder: Path) -> int:
    return _print(queue.copy(folder, store.find(folder, asked.run), asked.set))


def _print(runs: list[Run]) -> int:
    for run in runs:
        print(run.id)
    return 0


def _move(asked: Namespace, folder: Path) -> int:
    name, place = queue.move(folder, asked.run, asked.to)
    say(f"{name}: place {place}")
    return 0


def _edit(asked: Namespace, folder: Path) -> int:
    if not asked.set:
        raise queue.NotThus("queue edit: say what to change, with --set KEY=VALUE")
    print(queue.edit(folder, asked.run, asked.set).id)
    return 0


def _remove(asked: Namespace, folder: Path) -> int:
    gone, kept = queue.remove(folder, asked.runs)
    for run in gone:
        say(f"{run.id}: out of the line, and deleted, for it had not begun")
    for run in kept:
        say(f"{run.id}: out of the line; what it learned stays")
    return 0


def _hold(_asked: Namespace, folder: Path) -> int:
    queue.hold(folder)
    at_work = lanes.at_work(folder)
    say("nothing more is begun" + f"; what is trained on {', '.join(at_work)} ends first" * bool(at_work))
    return 0


def _resume(asked: Namespace, folder: Path, data_dir: Path) -> int:
    for name in asked.device:
        _check(name)
    before = [item.run for item in line.read(folder).items]
    done = queue.resume(folder, data_dir, asked.device, asked.on_error)
    for name in done.lanes:
        pid, path = lanes.holder(folder, name).get("pid", "?"), lanes.output(folder, name)
        say(f"{name}: process {pid} trains what waits, and says in {path} how it goes")
    for name in done.stuck:
        say(f"{name}: waits for a device that is not here; tuitrain queue edit {name} --set training.device=auto")
    for sentence in done.wrong:
        say(sentence)
    if not asked.wait:
        say("" if done.lanes else _look(folder))
        return int(bool(done.wrong))
    return _wait(folder, before)


def _look(folder: Path) -> str:
    roster = Roster(folder)
    roster.poll()
    return standing(roster)


def _wait(folder: Path, names: list[str]) -> int:
    """Wait until the lanes are through; return 1 where a run failed, or some are left."""
    seen, left, away = dict.fromkeys(names), names, monotonic()
    while lanes.at_work(folder) or (left and monotonic() - away < CHANGE):
        away = monotonic() if lanes.at_work(folder) else away
        now = line.read(folder)
        left = [] if now.held else [item.run for item in now.items]
        seen |= dict.fromkeys(left)
        sleep(LOOK)
    left = [item.run for item in line.read(folder).items]
    states = {name: look(Run(folder / name)).state for name in seen if (folder / name).is_dir() and name not in left}
    failed = [name for name, state in states.items() if state in queue.FAILED]
    for name in failed:
        say(f"{name}: {states[name]}; tuitrain show {name} says why")
    if left:
        say(f"{len(left)} left in line: {_look(folder)}")
    return int(bool(failed or left))


DEEDS: dict[str, Callable[[Namespace, Path], int]] = {
    "list": _list,
    "add": _add,
    "move": _move,
    "copy": _copy,
    "edit": _edit,
    "remove": _remove,
    "hold": _hold,
}
"""What can be done with the queue without training, by its name."""
