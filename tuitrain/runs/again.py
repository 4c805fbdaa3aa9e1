"""Going on with a run, branching off it, training it once more: what can be, checked before anything is written.

It reads directories and journals, and knows neither screens nor the engine.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tuitrain import live, sweep
from tuitrain.events import Changed, Planned, Start
from tuitrain.experiment import Experiment, Parent, override, parse
from tuitrain.files import sync_folder, write_whole
from tuitrain.live import LENGTHS
from tuitrain.problems import Rejected
from tuitrain.runs import checkpoints, lock, store
from tuitrain.runs.checkpoints import Checkpoint
from tuitrain.runs.handlers import WENT_ON
from tuitrain.runs.history import History
from tuitrain.runs.journal import Writer, stamp
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch, look

Change = tuple[str, Any, Any]
"""A key, its old value and its new one."""
KEPT = ("training.batch_size", "training.seed", "training.drop_last")
"""Settings of a training that its branches keep, beside the model and the data: the order of samples hangs on them."""
SETTLE = 0.1  # seconds in which a run that has written a checkpoint has said so in its journal
TRIES = 5  # times that a checkpoint of a run under way may be replaced while it is taken


class NotThus(Exception):
    """What cannot be done with a run as it stands; the message says why, and what can."""


class _Replaced(Exception):
    """A checkpoint was written anew while it was taken."""


def resumable(watch: Watch, *, epochs: str = "", steps: str = "") -> str:
    """Return why a run cannot go on, for so many epochs or steps in all where that is said; nothing where it can."""
    try:
        _longer(watch, epochs, steps)
    except NotThus as error:
        return str(error)
    return ""


def prepare(watch: Watch, *, epochs: str = "", steps: str = "") -> None:
    """Note in the journal for how long a run is to go on; a worker that is started on it then does. Nothing else.

    `epochs` or `steps`: how many in all, or "+10" for ten more. Raise NotThus, OSError.
    """
    changes = _longer(watch, epochs, steps)
    if not changes:
        return
    run, there = watch.run, checkpoints.checkpoints(watch.run, watch.history)
    step = there[0].step if there else watch.history.first
    try:
        taken = lock.take(run.lock, lock.signature())
    except lock.Occupied as error:
        raise NotThus(str(error)) from None
    writer = Writer(run.journal)
    try:
        for key, old, new in changes:
            full = writer.append(stamp(run.id, Changed(step=step, key=key, old=old, new=new)))
            if full:
                raise OSError(full.errno, full.strerror, str(run.journal))
    finally:
        writer.close()
        taken.release()


def settled(run: Run, history: History, step: int | None = None) -> Experiment:
    """Return what is trained once this step is taken, or at the end: with what was changed by then; raise NotThus.

    The length is that of the whole training, whenever that was said.
    """
    _refuse_later(run, history)
    try:
        experiment = run.experiment()
        for at, key, _, new in history.changes:
            if step is None or at <= step or key in LENGTHS:
                experiment, _, _ = live.changed(experiment, key, new)
    except Rejected as error:
        raise NotThus(f"{run.id} is damaged: experiment.toml: {error.problems[0]}") from None
    return experiment


def _refuse_later(run: Run, history: History) -> None:
    """Raise NotThus where a newer version of this program wrote the experiment or the journal."""
    here = version("tuitrain")
    header = re.match(r"# .*: written by tuitrain (\S+?),", run.text())
    told = ((history.started or {}).get("versions") or {}).get("tuitrain", "")
    for wrote in (header[1] if header else "", str(told)):
        if _numbers(wrote) > _numbers(here):
            raise NotThus(f"{run.id} was written by tuitrain {wrote}, and this is {here}; use that one")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _longer(watch: Watch, epochs: str, steps: str) -> list[Change]:
    """Return what is to be changed for a run to go on; raise NotThus where it cannot."""
    run, history = watch.run, watch.history
    if epochs and steps:
        raise NotThus("give epochs or steps, not both: each says how long the whole training is")
    if lock.held(run.lock):
        raise NotThus(f"{run.id} is being trained by {lock.describe(lock.holder(run.lock))}: it cannot be resumed")
    if watch.reader.skipped and not history.records:
        raise NotThus(f"{run.id} is damaged: journal.jsonl holds no event")
    if not os.access(run.path, os.W_OK):
        raise NotThus(f"{run.path} cannot be written to; only the owner of a run may go on with it")
    experiment = settled(run, history)
    if not (epochs or steps):
        _refuse_over(run, history, history.steps)
        return []
    if not history.started:
        raise NotThus(f"{run.id} has not begun: it is trained as its experiment.toml says; resume it without a length")
    return _prolonged(run, history, experiment, ("training.epochs", epochs) if epochs else ("training.steps", steps))


def _prolonged(run: Run, history: History, experiment: Experiment, wanted: tuple[str, str]) -> list[Change]:
    """Return the changes with which a training lasts as long as somebody wants; raise NotThus."""
    key, text = wanted
    wants: list[tuple[str, int]] = [("training.steps", 0)] if key == LENGTHS[0] else []  # steps go before epochs
    wants.append((key, _count(key, text, history.epochs if key == LENGTHS[0] else history.steps)))
    found: list[Change] = []
    try:
        for name, value in wants:
            experiment, old, new = live.changed(experiment, name, value)
            found += [(name, old, new)] if old != new else []
    except Rejected as error:
        raise NotThus(str(error)) from None
    _refuse_over(run, history, _length(history, experiment))
    return found


def _count(key: str, text: str, now: int) -> int:
    more = text.strip().removeprefix("+")
    if not more.isdecimal():
        raise NotThus(f"{key}: must be a whole number, or +10 for ten more; got {text!r}")
    return int(more) + now * text.strip().startswith("+")


def _length(history: History, experiment: Experiment) -> int:
    """Return the steps of a whole training on the data of this run."""
    return experiment.training.span(int((history.started or {})["train_size"]))[0]


def _refuse_over(run: Run, history: History, steps: int) -> None:
    """Raise NotThus where a training of so many steps has nothing left to do."""
    reason = (history.ended or {}).get("reason")
    if reason == "early_stopping":
        raise NotThus(
            f"{run.id} is over: val/loss had not fallen for as long as training.patience says, and it would stop again "
            f"at once; tuitrain fork {run.id} --at last --set training.patience=0 goes on"
        )
    if history.started and history.step >= steps and (reason == "completed" or steps < history.steps):
        if history.one_go:
            raise NotThus(f"{run.id} is over: a model that is fitted in one go has nothing to go on with")
        done = f"{history.step:,} steps, {history.epoch:,} epochs"
        raise NotThus(f"{run.id} is over: it has trained for {done}; --epochs +10 makes it ten more")


def plan(history: History, step: int, *, stop: bool = False) -> tuple[Planned, ...]:
    """Return what was done to a training from the state of this step on: its changes, what it left out, its end.

    A change at that very step is in it as well: the state may have been saved before. So is a batch that somebody said
    to learn from although its loss shot up.
    """
    found = [Planned(at, "set", key, new) for at, key, _, new in history.changes if at >= step]
    found += [Planned(at, "skip") for at, words in history.marks if words == "skipped" and at > step]
    found += [Planned(at + 1, "go_on") for at, words in history.marks if words == WENT_ON and at >= step]
    found += [Planned(history.step, "stop")] if stop else []
    return tuple(sorted(found, key=lambda each: each.step))


def starts(run: Run, history: History) -> list[Start]:
    """Return the states that the training can go on from, the newest first, each with what was done beyond it.

    The last is the beginning; of a branch that is the state it was given, and none without that.
    """
    found = [
        Start(checkpoint=one.path, branch=one.path == checkpoints.start(run), plan=plan(history, one.step))
        for one in checkpoints.checkpoints(run, history)
    ]
    return found if run.experiment().parent else [*found, Start(plan=plan(history, 0))]


def branched(run: Run, at: str, overrides: Sequence[str]) -> tuple[Experiment, Checkpoint]:
    """Return what a branch of a run would train, and from which checkpoint on; nothing is written. Raise NotThus.

    `at`: a step of which there is a checkpoint, best or last; empty is the best one where there is one.
    """
    history = look(run).history
    settled(run, history)  # so that what is wrong with the run is said before what is wrong with the wish
    if not history.started:
        raise NotThus(f"{run.id} has not begun: there is nothing to branch off")
    there = checkpoints.checkpoints(run, history)
    names = ", ".join(dict.fromkeys(str(one.step) for one in reversed(there)))
    if not there:
        raise NotThus(f"{run.id} has no checkpoint to begin from")
    found = checkpoints.at(run, history, at) if at else checkpoints.at(run, history, "best") or there[0]
    if found is None:
        raise NotThus(f"{run.id} has no checkpoint at {at!r}; there are {names} (two of them: best, last)")
    if not checkpoints.is_whole(found.path):
        raise NotThus(f"{found.path} was changed or cut: its SHA-256 is not the one beside it; there are {names}")
    wishes = [_counted(text, history) for text in overrides]
    experiment = _differing(settled(run, history, found.step), wishes, run, found.step)
    if _length(history, experiment) <= found.step:
        raise NotThus(f"step {found.step:,} is the end: --at an earlier one of {names}, or set training.epochs higher")
    return experiment, found


def _counted(wish: str, history: History) -> str:
    """Return a wish for so many more epochs or steps as one for so many in all; any other as it is."""
    key, _, value = (part.strip() for part in wish.partition("="))
    if key not in LENGTHS or not value.startswith("+"):
        return wish
    return f"{key}={_count(key, value, history.epochs if key == LENGTHS[0] else history.steps)}"


def _differing(trunk: Experiment, overrides: Sequence[str], run: Run, step: int) -> Experiment:
    """Return the experiment of a branch, its label what differs; raise NotThus where it cannot differ in that."""
    try:
        experiment = parse(override(trunk.dump(), overrides))
    except Rejected as error:
        raise NotThus(str(error)) from None
    if experiment.vary:
        raise NotThus(f"a branch is one run: {', '.join(experiment.vary)} must be one value each")
    before, after = dict(_flat(trunk)), dict(_flat(experiment))
    differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    for key in differing:
        if _is_kept(key, trunk):
            kept = "dataset, models, batch_size, seed and drop_last"
            raise NotThus(f"{key}: a branch keeps {kept} of its trunk; start a new run for another one")
    asked = tuple(text.partition("=")[0].strip() for text in overrides)
    said = {
        key: after[key]
        for key in differing
        if key in after and any(key == one or key.startswith(f"{one}.") for one in asked)
    }
    told = {"label": sweep.label(said) or f"from step {step}", "parent": Parent(run=run.id, step=step)}
    return experiment.model_copy(update=told)


def _flat(experiment: Experiment) -> Iterator[tuple[str, Any]]:
    """Return the settings by their dotted keys; the models as a whole."""
    for table, values in experiment.dump().items():
        if table == "models":
            yield table, values
        elif table not in ("label", "parent"):
            yield from ((f"{table}.{key}", value) for key, value in values.items())


def _is_kept(key: str, trunk: Experiment) -> bool:
    if key in KEPT or key == "models":
        return True
    return key.startswith("dataset.") and key not in live.changeable(trunk)


def branch(run: Run, at: str, overrides: Sequence[str], runs_dir: Path) -> Run:
    """Make a run that goes on from a checkpoint of another one, with other settings; raise NotThus, OSError.

    `at`: a step of which there is a checkpoint, best or last; empty is the best one where there is one.
    """
    for _ in range(TRIES):
        experiment, found = branched(run, at, overrides)
        with suppress(_Replaced):
            return store.create(experiment, runs_dir, partial(_take, run, found))
    raise NotThus(f"{run.id} saves too often to take its {at or 'best'} checkpoint; choose one of an earlier step")


def _take(trunk: Run, found: Checkpoint, made: Run) -> None:
    """Put a checkpoint of the trunk where the branch begins with it; raise _Replaced, OSError."""
    try:
        plant(found.path, made)
    except FileNotFoundError:
        raise _Replaced from None
    if lock.held(trunk.lock):
        time.sleep(SETTLE)
        there = checkpoints.checkpoints(trunk, look(trunk).history)
        same = found in there and checkpoints.start(made).stat().st_size == found.size
        if not same or not checkpoints.is_whole(checkpoints.start(made)):
            raise _Replaced


def plant(state: Path, made: Run) -> None:
    """Put a state where a branch begins with it: the same file where that can be, else a copy; raise OSError."""
    there = checkpoints.start(made)
    there.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        os.link(state, there)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(state, there)
        there.chmod(0o600)
        with there.open("rb") as copy:
            os.fsync(copy.fileno())
    write_whole(checkpoints.beside(there), checkpoints.beside(state).read_bytes())
    sync_folder(there.parent)
