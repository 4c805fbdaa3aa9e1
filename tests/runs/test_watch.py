"""Following a run from outside."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tuitrain.experiment import parse
from tuitrain.runs import lock, store, watch
from tuitrain.runs.store import Run
from tuitrain.runs.watch import FRESH, PROBE, Watch, look, summary, wait, write_summary

TOY = parse({"dataset": {"kind": "gmm2d"}, "models": [{"kind": "linear"}]})
STARTED = {
    "model": "linear",
    "device": "cpu",
    "parameters": 6,
    "train_size": 48,
    "val_size": 12,
    "steps": 9,
    "epochs": 3,
}
FINISHED = {"reason": "completed", "step": 9, "epoch": 3, "metrics": {"val/loss": 0.5}, "best_epoch": 2, "seconds": 4.0}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of which nothing has happened yet."""
    return store.create(TOY, tmp_path)


def tell(run: Run, event: str, **keys: Any) -> None:
    """Append a line to the journal."""
    with run.journal.open("a") as file:
        file.write(json.dumps({"event": event, "run": run.id, "time": "2026-01-01T00:00:00+00:00", **keys}) + "\n")


def test_life_of_a_run(run: Run) -> None:
    """Queued, preparing, running, finished: each state is seen as soon as the journal or the lock tells it."""
    watched = Watch(run)
    assert not watched.poll()
    states = [watched.state]
    held = lock.take(run.lock, lock.signature())
    tell(run, "preparing", phase="loading torch")
    assert watched.poll()
    states.append(watched.state)
    tell(run, "started", **STARTED)
    assert watched.poll()
    states.append(watched.state)
    assert not watched.poll()
    tell(run, "finished", **FINISHED)
    held.release()
    assert watched.poll()
    assert [*states, watched.state] == ["queued", "preparing", "running", "finished"]


def test_lost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose worker died without a word is lost; the watch finds out by the lock alone."""
    monkeypatch.setattr(watch, "PROBE", 0.0)
    held = lock.take(run.lock, lock.signature())
    tell(run, "started", **STARTED)
    watched = look(run)
    assert watched.state == "running"
    held.release()
    assert wait(watched, lambda watched: watched.state == "lost", PROBE)


def test_long_journal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a budget a long journal is read a slice at a time, never `lost` meanwhile, and ends as if read at once."""
    monkeypatch.setattr(watch, "SLICE", 1000)
    tell(run, "started", **STARTED)
    for step in range(1, 101):
        tell(run, "stepped", step=step, epoch=1, metrics={"train/loss": 1.0 / step})
    tell(run, "finished", **FINISHED)
    watched, states, polls = Watch(run), set(), 0
    while watched.poll(0.0) and watched.behind:
        states.add(watched.state)
        polls += 1
    assert polls >= run.journal.stat().st_size // 1000 - 1
    assert states == {"preparing"}
    assert (watched.behind, watched.state) == (False, "finished")
    assert watched.history == look(run).history


def test_never_begun(run: Run) -> None:
    """A run that nobody took for a while is lost, not queued."""
    assert look(run).state == "queued"
    past = time.time() - FRESH - 1
    os.utime(run.path, (past, past))
    assert look(run).state == "lost"


def test_deleted(run: Run, tmp_path: Path) -> None:
    """A run whose directory is gone is lost, and no error."""
    watched = look(run)
    run.path.rename(tmp_path / "elsewhere")
    watched.poll()
    assert watched.state == "lost"
    assert watched.time_left() is None


def test_looking_changes_nothing(run: Run) -> None:
    """A look leaves the directory as it was."""
    tell(run, "started", **STARTED)
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    look(run)
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == before


def test_summary(run: Run) -> None:
    """The summary of a run that is over is written, and stands for how it ended."""
    tell(run, "started", **STARTED)
    write_summary(run)
    assert not run.summary.exists()
    tell(run, "finished", **FINISHED)
    write_summary(run)
    assert json.loads(run.summary.read_text()) == summary(look(run))
    assert summary(look(run)) == {
        "run": run.id,
        "state": "finished",
        "model": "linear",
        "parameters": 6,
        "device": "cpu",
        "step": 9,
        "steps": 9,
        "epoch": 3,
        "epochs": 3,
        "seconds": 4.0,
        "best_epoch": 2,
        "metrics": {"val/loss": 0.5},
        "error": None,
    }


def test_wait_gives_up(run: Run) -> None:
    """Waiting for what does not come ends with the time."""
    assert not wait(look(run), lambda watched: watched.state == "finished", 0.1)
