"""Going on with a run, branching off it, training it once more to compare: here as batch mode, or in the background.

Results go to stdout, progress and messages to stderr.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tuitrain import batch
from tuitrain.complaint import complain, refusing, say
from tuitrain.datasets import Unavailable
from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.problems import Rejected
from tuitrain.runs import again, inbox, launch, rehearsal, store, worker
from tuitrain.runs.history import History
from tuitrain.runs.journal import Record
from tuitrain.runs.lock import Occupied
from tuitrain.runs.rehearsal import Difference
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch, look, wait

ANSWER = 5.0  # seconds to wait for a run to answer
REFUSALS = (store.NoSuchRun, again.NotThus, Rejected, Unavailable, Occupied)
"""What cannot be done, in words."""


@refusing(*REFUSALS)
def resume(name: str, runs_dir: Path, data_dir: Path, *, epochs: str, steps: str, detach: bool, as_json: bool) -> int:
    """Go on with a run that is paused, was stopped or cut off, or is over and shall last longer; return the exit code.

    `epochs`, `steps`: how many in all, or "+10" for ten more.
    """
    watch = look(store.find(runs_dir, name))
    if watch.state == "paused" and not (epochs or steps):
        return _continue(watch)
    run = watch.run
    if detach:
        again.prepare(watch, epochs=epochs, steps=steps)
        return _detach(run, data_dir)
    refused = again.resumable(watch, epochs=epochs, steps=steps)
    if refused:
        return complain(refused)

    def prepare() -> Run:
        again.prepare(watch, epochs=epochs, steps=steps)
        return run

    return _train(again.settled(run, watch.history), prepare, data_dir, as_json=as_json)


@refusing(*REFUSALS)
def fork(
    name: str, runs_dir: Path, data_dir: Path, *, at: str, overrides: Sequence[str], detach: bool, as_json: bool
) -> int:
    """Train a branch of a run from one of its checkpoints, with other settings; return the exit code.

    `at`: a step, best or last; empty is the best one, where there is one.
    """
    run = store.find(runs_dir, name)
    if detach:
        return _detach(again.branch(run, at, overrides, runs_dir), data_dir)
    experiment, _ = again.branched(run, at, overrides)
    return _train(experiment, lambda: again.branch(run, at, overrides, runs_dir), data_dir, as_json=as_json)


def _continue(watch: Watch) -> int:
    """Let a run that is paused go on, and wait a moment for its answer."""
    run = watch.run
    command = inbox.send(run.inbox, "resume")
    answered = wait(watch, lambda watch: command in watch.history.answers or watch.state != "paused", ANSWER)
    answer = watch.history.answers.get(command, {})
    if answer.get("event") == "refused":
        return complain(f"{run.id}: {answer['reason']}")
    if not answered:
        return complain(f"{run.id} does not answer; it will go on as soon as it does")
    say(f"{run.id}: continued at step {answer.get('step', watch.history.step):,}")
    return 0


def _detach(run: Run, data_dir: Path) -> int:
    """Start a worker that outlives this process and its terminal, and print what it trains."""
    launch.start([run], data_dir)
    print(clean(run.id))
    return 0


def _train(experiment: Experiment, prepare: Callable[[], Run], data_dir: Path, *, as_json: bool) -> int:
    """Train here what `prepare` makes ready, once it is known that it can be trained on this machine."""
    shelf = worker.Shelf(data_dir)
    with worker.interruptible() as interrupt:
        worker.check(experiment, shelf)
        if interrupt.code:
            return interrupt.code
        run = prepare()
        return batch.follow([run], lambda report: worker.work([run], shelf, report, interrupt), as_json=as_json)


@refusing(*REFUSALS)
def replay(name: str, runs_dir: Path, data_dir: Path, *, as_json: bool) -> int:
    """Train a run once more in a place of its own; return 0 where the numbers are the same, 1 where one is not."""
    watch = look(store.find(runs_dir, name))
    recorded, replayed = watch.history, History()
    shown = batch.progress(as_json=as_json)

    def report(_run: Run, record: Record) -> None:
        replayed.take([record])
        shown.report(watch.run, record | {"run": watch.run.id})

    with TemporaryDirectory(prefix="tuitrain-") as folder, worker.interruptible() as interrupt:
        shelf, stop = worker.Shelf(data_dir), rehearsal.ends_early(recorded)
        made = rehearsal.prepare(watch.run, recorded, Path(folder))
        try:
            worker.check(made.experiment(), shelf)
        except Rejected:  # the device of then, perhaps, which may not be here
            made = rehearsal.prepare(watch.run, recorded, Path(folder), device="auto")
            worker.check(made.experiment(), shelf)
        plan = again.plan(recorded, recorded.first, stop=stop)
        with shown.shown():
            worker.rehearse(made, shelf, report, interrupt, plan, waits=False)
    return interrupt.code or _judge(watch.run, recorded, replayed, as_json=as_json)


def _judge(run: Run, recorded: History, replayed: History, *, as_json: bool) -> int:
    """Say whether the numbers are the same, and what else is not."""
    found, otherwise = rehearsal.difference(recorded, replayed), rehearsal.circumstances(recorded, replayed)
    count = len(rehearsal.numbers(recorded))
    if as_json:
        told: dict[str, Any] = {"run": run.id, "identical": found is None, "evaluations": count}
        print(json.dumps({**told, "difference": found and found._asdict(), "circumstances": otherwise}, indent=2))
    else:
        print(f"identical: {count:,} evaluations" if found is None else _sentence(found))
    if otherwise and not as_json:
        say(f"not as it was: {'; '.join(otherwise)}")
    return 0 if found is None else 1


def _sentence(found: Difference) -> str:
    where = "at the end" if found.final else f"at step {found.step:,}"
    was, now = ("no number" if value is None else repr(value) for value in (found.recorded, found.replayed))
    return f"differs {where}: {found.metric} was {was} and is {now}"
