"""Runs under way without a screen: what they are told and answer, waiting for them, how they stand; freeing disk space.

It writes commands and reads journals. What takes long to import is imported where it is needed: a prompt waits.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitrain.complaint import complain, refusing, say
from tuitrain.drawing.text import clean
from tuitrain.runs import lock, standing

if TYPE_CHECKING:
    from tuitrain.runs.journal import Record
    from tuitrain.runs.store import Run
    from tuitrain.runs.watch import Watch

ANSWER = 5.0  # seconds to wait for a run to answer
ENDING = ("stop", "abort")
"""The commands after which there is no more of a run."""
AT_ONCE = 10.0  # seconds in which a run has to end that is told to do so at once
PAUSE = 1.0  # seconds between two looks at runs that are waited for: under a millisecond of work each


class Unfit(Exception):
    """What a run, as it is now, cannot do; the message says why."""


@refusing(Unfit, lock.Occupied)
def order(name: str, runs_dir: Path, action: str) -> int:
    """Tell a run to do this, pause or save, and wait a moment for its answer."""
    return _tell(running(name, runs_dir), action)


@refusing(Unfit, lock.Occupied)
def step(name: str, runs_dir: Path, steps: int) -> int:
    """Have a run take so many steps and pause."""
    if steps < 1:
        raise Unfit(f"steps must be 1 or more; got {steps}")
    return _tell(running(name, runs_dir), "step", [{"steps": steps}])


@refusing(Unfit, lock.Occupied)
def change(name: str, runs_dir: Path, settings: Sequence[str]) -> int:
    """Change settings, each KEY=VALUE, of a run while it trains: all of them, or none where one cannot be."""
    watch = running(name, runs_dir)
    return _tell(watch, "set", _changes(watch, settings))


@refusing(Unfit, lock.Occupied)
def stop(name: str, runs_dir: Path, *, now: bool) -> int:
    """Have a run end softly, or `now`: a worker of this machine that does not answer is killed."""
    from tuitrain.runs import line

    watch = running(name, runs_dir)
    if watch.run.id in line.waiting(runs_dir) and not lock.held(watch.run.lock):
        raise Unfit(f"{watch.run.id} waits in line; tuitrain queue remove {watch.run.id} takes it out")
    if not now:
        return _tell(watch, "stop")
    (command,) = _send(watch, "abort", [{}])
    return _answer(watch, "abort", command) if _answered(watch, [command], AT_ONCE) else _kill(watch, command)


@refusing(Unfit, lock.Occupied)
def wait(names: Sequence[str], runs_dir: Path, *, as_json: bool) -> int:
    """Wait until these runs are over, or all under way; 1 where one failed, diverged, was lost or waits to be told."""
    from tuitrain.runs.watch import summary

    found = [_find(name, runs_dir) for name in names] if names else _awaited(runs_dir)
    watches = list({watch.run: watch for watch in found}.values())
    if not watches:
        say("nothing is under way")
    _follow(watches)
    if as_json:
        print(json.dumps([summary(watch) for watch in watches], indent=2))
    return 0 if all(watch.state in ("finished", "stopped") for watch in watches) else 1


@refusing(Unfit, lock.Occupied)
def status(runs_dir: Path, *, as_json: bool) -> int:
    """Print a line for each run under way, nothing where none is."""
    told = [standing.told(run) for run in standing.under_way(runs_dir)]
    if as_json:
        print(json.dumps(told, indent=2))
    else:
        for one in told:
            print(standing.line(one))
    return 0


@refusing(Unfit, lock.Occupied)
def free(names: Sequence[str], runs_dir: Path, *, dry: bool) -> int:
    """Remove the checkpoints of earlier steps of these runs, or of all that are over; `dry` only counts them."""
    from tuitrain.runs import checkpoints

    runs = _freeable(names, runs_dir) if names else _old(runs_dir)
    total = 0
    for run in runs:
        freed = checkpoints.free(run, dry=dry)
        total += freed
        print(f"{clean(run.id)}  {freed:,} bytes")
    say(f"{total:,} bytes {'would be ' * dry}freed in {len(runs):,} run{'s' * (len(runs) != 1)}")
    return 0


def _freeable(names: Sequence[str], runs_dir: Path) -> list["Run"]:
    """Return the runs of these names; raise Unfit where one is under way, damaged, or of a later version."""
    from tuitrain.runs import again

    found = {watch.run: watch for watch in (_find(name, runs_dir) for name in names)}
    for run, watch in found.items():
        if watch.state not in standing.OVER:
            raise Unfit(f"{run.id} is {watch.state}; only of runs that are over something can be removed")
        if trouble := _trouble(run):
            raise Unfit(f"{run.id} is damaged: {trouble}")
        try:
            again.settled(run, watch.history)
        except again.NotThus as error:
            raise Unfit(error) from None
    return list(found)


def _old(runs_dir: Path) -> list["Run"]:
    """Return the runs that are over and have checkpoints of earlier steps; those that cannot be read are left alone."""
    from tuitrain.runs import again, checkpoints, entry, store
    from tuitrain.runs.history import ENDED, History

    found = []
    for run in store.listed(runs_dir):
        if not any((run.path / checkpoints.FOLDER).glob(checkpoints.RING)) or entry.read(run)[0].state not in ENDED:
            continue
        try:
            again.settled(run, History())
        except again.NotThus as error:
            say(error)
        else:
            found.append(run)
    return found


def running(name: str, runs_dir: Path) -> "Watch":
    """Return the run of this name, which is under way; raise Unfit where there is none, or it is not."""
    watch = _find(name, runs_dir)
    if watch.state in standing.OVER:
        trouble, run = _trouble(watch.run), watch.run.id
        hint = f"; tuitrain resume {run} goes on with it" if watch.state == "lost" else ""
        raise Unfit(f"{run} is damaged: {trouble}" if trouble else f"{run} is not running: it is {watch.state}{hint}")
    return watch


def _awaited(runs_dir: Path) -> list["Watch"]:
    """Return the runs under way; of those in line only where somebody trains them."""
    from tuitrain.runs import lanes, line
    from tuitrain.runs.store import Run
    from tuitrain.runs.watch import look

    idle = frozenset() if lanes.at_work(runs_dir) else line.waiting(runs_dir)
    going = [run for run in standing.under_way(runs_dir) if run.state != "queued" or run.folder.name not in idle]
    return [look(Run(run.folder)) for run in going]


def _follow(watches: Sequence["Watch"]) -> None:
    """Return when all runs are over, or wait to be told; say on the way how each stands, and when that changes."""
    told: dict[Run, tuple[str, bool]] = {}
    while True:
        for watch in watches:
            now = standing.Going(watch.run.path, watch.history, _state(watch))
            news = now.state, standing.asks(now.history, now.state)
            if told.get(watch.run) != news:
                told[watch.run] = news
                say(standing.line(standing.told(now)))
        going = [watch for watch in watches if watch.state not in standing.OVER]
        if all(standing.asks(watch.history, watch.state) for watch in going):
            return
        time.sleep(PAUSE)
        for watch in going:
            watch.poll()


def _state(watch: "Watch") -> str:
    return standing.doing(watch.run.path, watch.state)


def _find(name: str, runs_dir: Path) -> "Watch":
    """Return the run of this name as it is now; raise Unfit or OSError."""
    from tuitrain.runs import store
    from tuitrain.runs.watch import look

    try:
        return look(store.find(runs_dir, name))
    except store.NoSuchRun as error:
        path = runs_dir / name
        plain = Path(name).name == name != "" and not name.startswith(".")
        trouble = _trouble(store.Run(path)) if plain and os.path.isdir(path) else ""  # noqa: PTH112  no error for any name
        raise Unfit(f"{name} is damaged: {trouble}" if trouble else str(error)) from None


def _trouble(run: "Run") -> str:
    """Return what is wrong with the files of a run; nothing where it only ended badly."""
    from tuitrain.runs import entry

    found, _ = entry.read(run)
    return found.trouble if found.state == entry.DAMAGED else ""


def _tell(watch: "Watch", action: str, many: Sequence[Mapping[str, Any]] = ({},)) -> int:
    """Send a command for each of these arguments, say the answers, and return the exit code."""
    commands = _send(watch, action, many)
    _answered(watch, commands, ANSWER)
    return max(_answer(watch, action, command) for command in commands)


def _send(watch: "Watch", action: str, many: Iterable[Mapping[str, Any]]) -> list[str]:
    from tuitrain.runs import inbox

    try:
        return [inbox.send(watch.run.inbox, action, **arguments) for arguments in many]
    except PermissionError as error:
        raise Unfit(f"{error.filename}: {error.strerror}; only the owner of a run may drive it") from None


def _answered(watch: "Watch", commands: Iterable[str], seconds: float) -> bool:
    """Wait until a run answered all these commands, or is over; tell whether that was in time."""
    from tuitrain.runs.watch import wait as follow

    asked = set(commands)
    return follow(watch, lambda watch: asked <= watch.history.answers.keys() or watch.state in standing.OVER, seconds)


def _answer(watch: "Watch", action: str, command: str) -> int:
    """Say what became of a command, and return the exit code."""
    record, run = watch.history.answers.get(command), watch.run.id
    if record is not None and record["event"] == "refused":
        return complain(f"{run}: {record['reason']}")
    if record is not None:
        say(f"{run}: {_words(record)}")
    elif watch.state not in standing.OVER:
        say(f"{run}: asked to {action}; it will {_when(watch)}")
    elif action in ENDING and watch.state == "stopped":  # as somebody else said
        say(f"{run}: stopped")
    else:
        return complain(f"{run}: it was {watch.state} before it could {action}")
    return 0


def _words(record: "Record") -> str:
    """Return the answer to a command as a person reads it."""
    event, at = record["event"], f"at step {record['step']:,}"
    if event == "changed":
        return f"{record['key']} {_value(record['old'])} -> {_value(record['new'])} from step {record['step'] + 1:,} on"
    if event == "saved":
        return f"saved {record['path']} {at}"
    return f"{record['reason'] if event == 'finished' else event} {at}"


def _value(value: object) -> str:
    from tuitrain.runs.entry import written

    return written(value)


def _when(watch: "Watch") -> str:
    """Return when a run will do what it has not answered yet."""
    process = lock.holder(watch.run.lock).get("pid", "?")
    known = {
        "stalled": f"once its process goes on, which is stopped: kill -CONT {process}",
        "queued": "when its turn comes",
        "preparing": "once it trains",
    }
    return known.get(_state(watch), "after what it is at: a batch, an evaluation")


def _kill(watch: "Watch", command: str) -> int:
    """End the worker of a run that was told to end at once and did not, where it is one of this machine."""
    run = watch.run
    if not watch.history.records:  # its worker is at another run
        return _answer(watch, "abort", command)
    who, others, lane = lock.describe(lock.holder(run.lock)), _others(run), _lane(run)
    if not lock.kill(run.lock):
        raise Unfit(f"{run.id}: {who} does not answer, and can be killed only there; it ends when it looks")
    (run.inbox / f"{command}.json").unlink(missing_ok=True)  # else the first thing to be done when it goes on
    cut = f"; so were cut off {', '.join(others)}" if others else ""
    say(f"{run.id}: {who} did not answer and was killed; the last checkpoint stays{cut}")
    if lane:
        say(f"the queue on {lane} ended with it: tuitrain queue resume goes on")
    return 0


def _lane(run: "Run") -> str:
    """Return the lane of the queue that the process which has a run works on; nothing where it works on none."""
    from tuitrain.runs import lanes

    def process(holder: lock.Holder) -> list[object]:
        return [holder.get(key) for key in ("host", "pid", "created")]

    folder, owner = run.path.parent, process(lock.holder(run.lock))
    return next((name for name in lanes.at_work(folder) if process(lanes.holder(folder, name)) == owner), "")


def _others(run: "Run") -> list[str]:
    """Return the runs that the worker of this one took with it and has not come to."""
    from tuitrain.runs import store

    holder, there = lock.holder(run.lock), store.listed(run.path.parent)
    return [one.id for one in there if one != run and not one.journal.exists() and lock.holder(one.lock) == holder]


def _changes(watch: "Watch", settings: Iterable[str]) -> list[dict[str, Any]]:
    """Return key and value of each change, in plain values; raise Unfit where one cannot be."""
    from tuitrain import live
    from tuitrain.problems import Rejected
    from tuitrain.runs import again

    try:
        experiment = again.settled(watch.run, watch.history)
    except again.NotThus as error:
        raise Unfit(error) from None
    found = []
    for text in settings:
        key, sign, value = (part.strip() for part in text.partition("="))
        if not sign:
            raise Unfit(f"{text}: must be KEY=VALUE, such as optimizer.lr=0.01")
        try:
            experiment, _, new = live.changed(experiment, key, value)
        except Rejected as error:
            raise Unfit(error) from None
        found.append({"key": key, "value": new})
    started = watch.history.started
    short = live.too_short(experiment, int(started["train_size"]), watch.history.step) if started else ""
    if short and any(change["key"] in live.LENGTHS for change in found):
        raise Unfit(short)
    return found
