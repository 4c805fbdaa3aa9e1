"""What a journal amounts to where a training is driven: changed, gone on with, begun anew, branched, in trouble."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tuitrain.runs.entry import HEAD, TAILS, read as read_entry
from tuitrain.runs.history import History
from tuitrain.runs.store import Run
from tuitrain.runs.watch import write_summary

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
Record = dict[str, Any]


def event(kind: str, after: float = 0.0, /, **keys: Any) -> Record:
    """Return a record as the journal holds it, so many seconds after the beginning."""
    return {"event": kind, "run": "r", "time": (BEGAN + timedelta(seconds=after)).isoformat(), **keys}


STARTED = event(
    "started",
    experiment={"training": {"epochs": 10, "steps": 0, "batch_size": 5}},
    model="linear",
    device="cpu",
    parameters=6,
    train_size=50,
    val_size=12,
    steps=100,
    epochs=10,
    pid=1,
    host="here",
)
LOADING = event("preparing", phase="loading torch")
FINISHED = event("finished", 20, reason="stopped", step=45, epoch=5, metrics={"val/loss": 0.1}, seconds=20.0)
RESTARTED = {"epoch": 4, "evaluated": 40, "steps": 100, "epochs": 10, "seconds": 16.0, "device": "mps", "pid": 2}


def stepped(step: int, after: float = 0.0) -> Record:
    """Return a point of the loss."""
    return event("stepped", after, step=step, epoch=1 + step // 10, metrics={"train/loss": 1.0})


def evaluated(step: int, loss: float = 0.5, *, best: bool = False) -> Record:
    """Return an evaluation, 0.4 seconds for each step."""
    metrics = {"val/loss": loss, "seconds": 0.4 * step}
    return event("evaluated", 0.4 * step, step=step, epoch=step // 10, metrics=metrics, best=best)


def changed(step: int, key: str, old: Any, new: Any) -> Record:
    """Return the change of a setting."""
    return event("changed", step=step, key=key, old=old, new=new)


def history(*records: Record) -> History:
    """Return what these records amount to."""
    folded = History()
    folded.take(records)
    return folded


def restarted(step: int, after: float = 0.0, **keys: Any) -> Record:
    """Return that it goes on from a state."""
    return event("restarted", after, **{**RESTARTED, "step": step, **keys})


def at(seconds: float) -> float:
    """Return that time in seconds since the Unix epoch."""
    return BEGAN.timestamp() + seconds


def test_an_evaluation_that_does_not_count() -> None:
    """What a soft stop measured beyond its turn is dropped where the training goes on; steps up to there stay."""
    course = [evaluated(40), stepped(45), evaluated(45, 0.1, best=True), FINISHED, LOADING]
    folded = history(STARTED, evaluated(30, 0.2, best=True), *course, restarted(45))
    assert folded.curve("val/loss").steps.tolist() == [30, 40]
    assert folded.curve("train/loss").steps.tolist() == [45]
    assert folded.best
    assert folded.best[0] == 30
    assert folded.metrics == {"train/loss": 1.0, "val/loss": 0.5, "seconds": 16.0}
    assert (folded.step, folded.ended, folded.state(alive=True)) == (45, None, "running")


def test_who_has_it_now() -> None:
    """After a restart length, device and process are those of the new worker."""
    folded = history(STARTED, FINISHED, LOADING, restarted(40, steps=200, epochs=20))
    assert folded.started
    assert (folded.steps, folded.epochs) == (200, 20)
    assert [folded.started[key] for key in ("device", "pid", "host", "model")] == ["mps", 2, "here", "linear"]


def test_state_while_it_is_opened_again() -> None:
    """A run that was over is being prepared once a worker has it, and lost if that one dies."""
    folded = history(STARTED, FINISHED)
    assert folded.state(alive=False) == "stopped"
    folded.take([LOADING])
    assert (folded.state(alive=True), folded.state(alive=False)) == ("preparing", "lost")
    folded.take([restarted(40)])
    assert (folded.state(alive=True), folded.state(alive=False)) == ("running", "lost")
    folded.take([event("failed", reason="error", error="e", hint="h", step=41)])
    assert folded.state(alive=False) == "failed"


def test_time_without_a_worker() -> None:
    """The time in which nobody worked on it counts neither as elapsed nor in the pace, nor along the axis of time."""
    course = [stepped(20, 8), evaluated(40), stepped(45, 18), event("preparing", 5000, phase="loading torch")]
    folded = history(STARTED, *course, restarted(40, 5005))
    assert folded.elapsed(at(5007)) == pytest.approx(16 + 2)
    assert folded.time_left(at(5007)) == pytest.approx(0.4 * 60)
    folded.take([stepped(50, 5009), evaluated(50)])
    assert folded.elapsed(at(5010)) == pytest.approx(16 + 5)
    assert folded.time_left(at(5010)) == pytest.approx(0.4 * 50)
    assert folded.timeline.place([20, 40, 50], "time").tolist() == pytest.approx([8, 16, 20])


def test_rewound() -> None:
    """Where the same worker goes back, the time that passed has passed."""
    folded = history(STARTED, stepped(20, 8), stepped(40, 16), restarted(20, 17), stepped(21, 18))
    assert folded.elapsed(at(30)) == 30
    assert folded.timeline.place([20, 21], "time").tolist() == pytest.approx([8, 18])
    assert folded.marks == [(20, "restarted")]


def test_begun_anew() -> None:
    """A run without a checkpoint begins anew: nothing of what was told before is left, but what was answered."""
    course = [evaluated(0), evaluated(10, best=True), changed(5, "optimizer.lr", 0.1, 0.2)]
    answer = event("refused", step=7, command="7", reason="no")
    course += [event("snapshot", step=10, path="s"), event("saved", step=10, path="checkpoints/last.pt"), answer]
    folded = history(STARTED, *course, LOADING, STARTED | {"time": event("", 100)["time"]}, evaluated(0, 0.9))
    assert folded.curve("val/loss").steps.tolist() == [0]
    assert (folded.best, folded.snapshots, folded.changes, folded.marks, folded.checkpoints) == (None, [], [], [], {})
    assert (folded.step, folded.elapsed(at(103)), folded.stale) == (0, 3, 0)
    assert folded.answers["7"] == answer


def test_branch() -> None:
    """A branch begins with the step of its checkpoint: pace and what is stale count from there."""
    parent = {"run": "trunk", "step": 60}
    folded = history(STARTED | {"experiment": {**STARTED["experiment"], "parent": parent}})
    assert (folded.first, folded.step) == (60, 60)
    assert folded.time_left(at(5)) is None
    folded.take([event("evaluated", step=60, epoch=6, metrics={"val/loss": 0.5}, best=False)])
    assert folded.stale == 0
    folded.take([stepped(64, 2)])
    assert folded.time_left(at(2)) == pytest.approx(2 / 4 * 36)
    folded.take([event("evaluated", 5, step=70, epoch=7, metrics={"val/loss": 0.6, "seconds": 5.0}, best=False)])
    assert folded.time_left(at(9)) == pytest.approx(5 / 10 * 30)
    assert folded.stale == 1


def test_changes() -> None:
    """Each change is kept and marked; one told again by a worker that goes on counts once; old ones are dropped."""
    first, second = changed(20, "optimizer.lr", 0.1, 0.01), changed(30, "optimizer.nesterov", False, True)
    folded = history(STARTED, first, second, first | {"step": 30, "old": 0.01, "new": 1e-05})
    assert folded.changes == [
        (20, "optimizer.lr", 0.1, 0.01),
        (30, "optimizer.nesterov", False, True),
        (30, "optimizer.lr", 0.01, 1e-05),
    ]
    assert folded.marks == [(20, "lr 0.1 -> 0.01"), (30, "nesterov False -> True"), (30, "lr 0.01 -> 1e-05")]
    assert folded.log[-1][1] == "lr 0.01 -> 1e-05 from step 31 on"
    folded.take([LOADING, restarted(20), first, second])
    assert folded.changes == [(20, "optimizer.lr", 0.1, 0.01), (30, "optimizer.nesterov", False, True)]
    assert folded.marks == [(20, "lr 0.1 -> 0.01"), (20, "restarted"), (30, "nesterov False -> True")]


def test_length() -> None:
    """Steps and epochs follow what is said of either, and are as before once that is undone."""
    folded = history(STARTED, changed(20, "training.epochs", 10, 13))
    assert (folded.steps, folded.epochs) == (130, 13)
    folded.take([changed(30, "training.steps", 0, 55)])
    assert (folded.steps, folded.epochs) == (55, 6)
    folded.take([changed(40, "training.steps", 55, 0)])
    assert (folded.steps, folded.epochs) == (130, 13)
    folded.take([FINISHED, changed(45, "training.epochs", 13, 20)])
    assert (folded.steps, folded.state(alive=False)) == (200, "stopped")
    folded.take([LOADING, restarted(45)])
    assert (folded.steps, folded.epochs) == (100, 10)
    folded.take([changed(45, "training.epochs", 13, 20)])
    assert (folded.steps, folded.epochs) == (200, 20)


def test_checkpoints() -> None:
    """Those that are there are known by path and step, whatever the training is at; thinned ones and later ones go."""
    saved = [("best", 30), ("last", 40), ("step-20", 20), ("step-40", 40)]
    told = [event("saved", step=step, path=f"checkpoints/{name}.pt") for name, step in saved]
    folded = history(STARTED, stepped(50), *told, event("thinned", paths=["checkpoints/step-20.pt"]))
    assert folded.step == 50
    assert folded.checkpoints == {"checkpoints/best.pt": 30, "checkpoints/last.pt": 40, "checkpoints/step-40.pt": 40}
    folded.take([restarted(30)])
    assert folded.checkpoints == {"checkpoints/best.pt": 30}


TROUBLED = event("troubled", step=51, trouble="nan", loss=None, lr=0.1, layer="output", norms=[1.0], waits=True)


@pytest.mark.parametrize(
    "answer",
    [
        event("skipped", step=51),
        restarted(20),
        event("continued", step=50, command="1"),
        evaluated(60),
        FINISHED,
    ],
)
def test_trouble(answer: Record) -> None:
    """What a training stumbled over is there until it goes on or ends; it is at the step before."""
    folded = history(STARTED, stepped(50), TROUBLED)
    assert (folded.trouble, folded.step, folded.marks) == (TROUBLED, 50, [(51, "trouble")])
    assert folded.log[-1][1] == "the loss of step 51 is no number: output"
    folded.take([event("refused", step=50, command="0", reason="no")])
    assert folded.trouble == TROUBLED
    folded.take([answer])
    assert folded.trouble is None


def test_trouble_at_the_end() -> None:
    """Where the training ends over it, it stays to be looked at; of a step that is told the loss is said."""
    failed = event("failed", reason="diverged", error="e", hint="h", step=51)
    folded = history(STARTED, TROUBLED | {"trouble": "spike", "loss": 123.456}, failed)
    assert folded.trouble
    assert folded.marks == [(51, "trouble"), (51, "diverged")]
    assert folded.log[-2][1] == "the loss of step 51 shot up (123.5): output"


def test_skipped() -> None:
    """A batch that was left out is marked, once."""
    folded = history(STARTED, event("skipped", step=7), event("skipped", step=7))
    assert (folded.marks, folded.step) == ([(7, "skipped")], 7)


@pytest.mark.parametrize(
    "damaged",
    [
        event("changed", step=1, key="optimizer.lr", old=0.1),
        event("troubled", step=1, trouble="nan"),
        event("saved", step="x", path="p"),
        event("restarted"),
        event("skipped", step=None),
    ],
)
def test_damaged(damaged: Record) -> None:
    """Records that lack a key, or hold something else in it, are counted and left out."""
    folded = history(STARTED, damaged)
    assert folded.skipped == 1
    assert (folded.changes, folded.checkpoints, folded.marks, folded.trouble) == ([], {}, [], None)


def written(run: Run, *records: Record) -> None:
    """Append records to the journal of a run."""
    with run.journal.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of which nothing is known but what it trains."""
    (tmp_path / "experiment.toml").write_text('[dataset]\nkind = "gmm2d"\n[[models]]\nkind = "linear"\n')
    return Run(tmp_path)


def test_entry_of_a_long_journal(run: Run) -> None:
    """In a list of runs the length is the one that holds, wherever in a long journal it was said."""
    much = [stepped(step) for step in range(1, 1 + (HEAD + TAILS[0]) // 100)]
    written(run, STARTED, *much, changed(45, "training.epochs", 10, 13), *much, evaluated(5000))
    assert run.journal.stat().st_size > 2 * (HEAD + TAILS[0])
    assert read_entry(run)[0].epochs == 13
    written(run, LOADING, restarted(45, steps=170, epochs=17, device="cuda:1"), *much, *much, evaluated(5000))
    entry, _ = read_entry(run)
    assert (entry.epochs, entry.device, entry.state) == (17, "cuda:1", "lost")


def test_summary_of_a_run_that_goes_on(run: Run) -> None:
    """What the summary says of how a run ended is not believed once it goes on, and is again when it was rewritten."""
    written(run, STARTED, evaluated(40), FINISHED)
    write_summary(run)
    assert read_entry(run)[0].state == "stopped"
    written(run, LOADING)
    os.utime(run.journal, ns=(0, run.summary.stat().st_mtime_ns + 1))
    assert read_entry(run)[0].state == "lost"
    written(run, restarted(40), evaluated(50, 0.25))
    entry, watch = read_entry(run)
    assert (entry.metrics["val/loss"], watch is not None) == (0.25, True)
    written(run, FINISHED | {"reason": "completed", "step": 100})
    write_summary(run)
    entry, watch = read_entry(run)
    assert (entry.state, entry.step, watch) == ("finished", 100, None)
