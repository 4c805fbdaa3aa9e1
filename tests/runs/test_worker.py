"""The worker in this process: it trains runs one after another and leaves their directories complete."""

import json
import os
import shlex
import signal
import stat
import sys
from pathlib import Path
from time import time_ns
from typing import Any

import pytest

from tuitrain.cli import main
from tuitrain.experiment import parse
from tuitrain.runs import inbox, launch, lock
from tuitrain.runs.entry import read as read_entry
from tuitrain.runs.journal import Reader, Record
from tuitrain.runs.lock import Occupied
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look, summary
from tuitrain.runs.worker import Shelf, interruptible, train_one, work

TRAINING: dict[str, Any] = {"epochs": 3, "batch_size": 16, "device": "cpu", "threads": 1, "record_every": 1}
LINEAR = {"kind": "linear"}


def made(folder: Path, *models: dict[str, Any], **tables: Any) -> list[Run]:
    """Return runs of toy trainings of these models, ready to be trained."""
    usual = {"dataset": {"kind": "gmm2d"}, "training": TRAINING}
    return launch.create(parse({"models": list(models), **usual, **tables}), folder / "runs")


def done(folder: Path, runs: list[Run], report: Any = lambda _run, _record: None) -> int:
    """Return the exit code of training these runs here."""
    with interruptible() as interrupt:
        return work(runs, Shelf(folder / "data"), report, interrupt)


def events(run: Run) -> list[Record]:
    """Return the journal of a run."""
    return Reader(run.journal).read()


def test_directory(tmp_path: Path) -> None:
    """A trained run holds what the journal names, all its owner's alone, and a summary that the journal gives again."""
    before = os.umask(0)
    try:
        (run,) = made(tmp_path, LINEAR)
        inbox.send(run.inbox, "save")
        reported: list[Record] = []
        assert done(tmp_path, [run], lambda _run, record: reported.append(record)) == 0
    finally:
        os.umask(before)
    journal = events(run)
    assert journal == reported
    assert [record["event"] for record in journal[:4]] == ["preparing"] * 3 + ["started"]
    assert journal[-1]["event"] == "finished"
    assert all((run.path / record["path"]).is_file() for record in journal if "path" in record)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in run.path.rglob("*") if path.is_dir()}
    assert modes | {stat.S_IMODE(run.path.stat().st_mode)} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.path.rglob("*") if path.is_file()} == {0o600}
    found = json.loads(run.summary.read_text())
    assert found == summary(look(run))
    assert found["metrics"] == journal[-1]["metrics"]
    assert (found["state"], found["run"], found["parameters"], found["step"]) == ("finished", run.id, 6, 9)
    assert not list(run.inbox.iterdir())
    assert lock.holder(run.lock)["pid"] == os.getpid()
    assert not lock.held(run.lock)


def test_one_failing_does_not_stop_the_next(tmp_path: Path) -> None:
    """Runs that diverge or cannot be read end in `failed` with the reason, the others are trained all the same."""
    models: list[dict[str, Any]] = [LINEAR, {"kind": "mlp", "hidden": [4]}, {"kind": "mlp", "hidden": [8]}]
    runs = made(tmp_path, *models)
    (diverging,) = made(tmp_path, LINEAR, optimizer={"kind": "sgd", "lr": 1e38})
    (runs[1].path / "experiment.toml").write_text("[dataset")
    assert done(tmp_path, [diverging, *runs]) == 1
    states = [look(run).state for run in (diverging, *runs)]
    assert states == ["diverged", "finished", "failed", "finished"]
    assert "is not TOML" in events(runs[1])[-1]["error"]
    assert "Rejected" in runs[1].output.read_text()
    assert stat.S_IMODE(runs[1].output.stat().st_mode) == 0o600
    assert json.loads(diverging.summary.read_text())["error"] == events(diverging)[-1]["error"]


def test_missing_data(tmp_path: Path) -> None:
    """Data that are not there and cannot be fetched end the run with what to do."""
    (run,) = made(tmp_path, LINEAR, dataset={"kind": "mnist", "source": "full"})
    (tmp_path / "data").write_text("a file where the folder would be")
    assert done(tmp_path, [run]) == 1
    failed = events(run)[-1]
    assert (failed["event"], failed["reason"]) == ("failed", "error")
    assert str(tmp_path / "data") in failed["error"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """A signal stops the training softly, saved and finished, says so of the next run, and is the exit code."""
    runs = made(tmp_path, LINEAR, LINEAR)
    handler = signal.getsignal(number)

    def report(_run: Run, record: Record) -> None:
        if record["event"] == "stepped" and record["step"] == 2:
            os.kill(os.getpid(), number)

    assert done(tmp_path, runs, report) == code
    assert signal.getsignal(number) is handler
    first = events(runs[0])
    assert (first[-1]["event"], first[-1]["reason"]) == ("finished", "stopped")
    assert first[-1]["step"] <= 4
    assert "checkpoints/last.pt" in [record.get("path") for record in first]
    (second,) = events(runs[1])
    assert (second["event"], second["reason"], second["step"]) == ("finished", "stopped", 0)


def test_commands_before_the_start(tmp_path: Path) -> None:
    """Commands that wait in the inbox are obeyed before the first step, each answered once."""
    (run,) = made(tmp_path, LINEAR)
    ids = {action: inbox.send(run.inbox, action) for action in ("resume", "save", "dance", "stop")}
    assert done(tmp_path, [run]) == 0
    answers = {record["command"]: record["event"] for record in events(run) if "command" in record}
    assert answers == {
        ids["resume"]: "refused",
        ids["save"]: "saved",
        ids["dance"]: "refused",
        ids["stop"]: "finished",
    }
    assert look(run).state == "stopped"


def test_second_worker(tmp_path: Path) -> None:
    """A run that another worker has is refused by name, and nothing is written into it."""
    (run,) = made(tmp_path, LINEAR)
    taken = lock.take(run.lock, lock.signature())
    with pytest.raises(Occupied, match=f"{run.id} is being trained by process {os.getpid()}"):
        done(tmp_path, [run])
    assert not run.journal.exists()
    taken.release()


def test_all_or_none(tmp_path: Path) -> None:
    """Where another worker has one of several runs, none of the others is kept from anybody."""
    runs = made(tmp_path, LINEAR, LINEAR, LINEAR)
    taken = lock.take(runs[2].lock, lock.signature())
    with pytest.raises(Occupied):
        done(tmp_path, runs)
    assert [lock.held(run.lock) for run in runs] == [False, False, True]
    taken.release()


def test_data_are_loaded_once(tmp_path: Path) -> None:
    """Runs of one dataset share its arrays; another dataset is loaded anew."""
    shelf = Shelf(tmp_path)
    first, second = (run.experiment() for run in made(tmp_path, LINEAR, {"kind": "mlp"}))
    (third,) = (run.experiment() for run in made(tmp_path, LINEAR, dataset={"kind": "moons"}))
    data = shelf.load(first)
    assert shelf.load(second) is data
    assert shelf.load(third) is not data


def test_in_a_run_as_in_another(tmp_path: Path) -> None:
    """Two runs of one experiment, one after another in one worker, tell the same numbers bit for bit."""
    runs = made(
        tmp_path, {"kind": "mlp", "hidden": [5], "dropout": 0.2}, {"kind": "mlp", "hidden": [5], "dropout": 0.2}
    )
    assert done(tmp_path, runs) == 0
    first, second = ([record["metrics"] for record in events(run) if "metrics" in record] for run in runs)
    for metrics in (*first, *second):
        for clocked in ("seconds", "samples_per_second"):
            metrics.pop(clocked, None)
    assert first == second


def cut_off(run: Run) -> None:
    """Let a run be as if its worker had been killed just before the end."""
    run.journal.write_text("".join(run.journal.read_text().splitlines(keepends=True)[:-1]))


def test_going_on(tmp_path: Path) -> None:
    """A run that was cut off is gone on with; what was told to the worker that is no more is refused, once."""
    (run,) = made(tmp_path, LINEAR)
    assert done(tmp_path, [run]) == 0
    (before, summed) = (events(run), run.summary.read_bytes())
    cut_off(run)
    late = inbox.send(run.inbox, "stop")
    assert done(tmp_path, [run]) == 0
    found = events(run)
    kinds = [record["event"] for record in found[len(before) - 1 :]]
    assert kinds[:4] == ["preparing"] * 3 + ["restarted"]
    assert (kinds.count("refused"), kinds[-1]) == (1, "finished")
    assert [record["command"] for record in found if record["event"] == "refused"] == [late]
    assert found[-1]["metrics"] == before[-1]["metrics"]
    (again,) = (record for record in found if record["event"] == "restarted")
    assert 0 < again["seconds"] < look(run).history.seconds
    assert run.summary.read_bytes() != summed
    assert read_entry(run)[1] is None


def test_told_right_after_it_was_ordered(tmp_path: Path) -> None:
    """What a run is told once somebody ordered a worker is obeyed, though that comes to it later."""
    (run,) = made(tmp_path, LINEAR)
    assert done(tmp_path, [run]) == 0
    cut_off(run)
    late, ordered = inbox.send(run.inbox, "save"), time_ns()
    heard = inbox.send(run.inbox, "pause")
    inbox.send(run.inbox, "stop")
    told = ["--run", str(run.path), "--since", str(ordered), "--data-dir", str(tmp_path / "data")]
    assert main(["--batch", *told]) == 0
    answers = look(run).history.answers
    assert (answers[late]["event"], answers[heard]["event"]) == ("refused", "paused")
    assert answers[late]["reason"] == "the run was cut off before it could obey"


def test_a_signal_before_it_goes_on(tmp_path: Path) -> None:
    """A run that was cut off, and that a signal keeps from going on, stays as it was."""
    runs = made(tmp_path, LINEAR, LINEAR)
    assert done(tmp_path, runs[:1]) == 0
    cut_off(runs[0])
    before = runs[0].journal.read_bytes()
    with interruptible() as interrupt:
        interrupt.code = 143
        assert work(runs, Shelf(tmp_path / "data"), lambda *_: None, interrupt) == 143
    assert runs[0].journal.read_bytes() == before
    assert look(runs[1]).state == "stopped"


def test_one(tmp_path: Path) -> None:
    """A run is trained alone under its lock, which is free afterwards; one that another worker has is refused."""
    good, bad = made(tmp_path, LINEAR), made(tmp_path, LINEAR, optimizer={"kind": "sgd", "lr": 1e38})
    with interruptible() as interrupt:
        told = [train_one(run, Shelf(tmp_path / "data"), lambda *_: None, interrupt) for run in (*good, *bad)]
        assert told == [True, False]
        assert not lock.held(good[0].lock)
        taken = lock.take(good[0].lock, lock.signature())
        with pytest.raises(Occupied):
            train_one(good[0], Shelf(tmp_path / "data"), lambda *_: None, interrupt)
        taken.release()


def test_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of each run the person's command is called, all being written; one that fails is a warning."""
    program = """
import os, sys
state, event = os.environ["TUITRAIN_STATE"], os.environ["TUITRAIN_EVENT"]
print(event, state, os.path.exists(os.environ["TUITRAIN_RUN_DIR"] + "/summary.json"), sys.stdin.read())
sys.exit(state == "diverged")
"""
    monkeypatch.setenv("TUITRAIN_HOOK", shlex.join([sys.executable, "-c", program]))
    (good,) = made(tmp_path, LINEAR)
    (bad,) = made(tmp_path, LINEAR, optimizer={"kind": "sgd", "lr": 1e38})
    assert done(tmp_path, [good, bad]) == 1
    assert events(good)[-1]["event"] == "finished"
    event, state, summed, record = good.output.read_text().split(" ", 3)
    assert (event, state, summed, json.loads(record)) == ("finished", "finished", "True", events(good)[-1])
    called = [line.split(" ")[:2] for line in bad.output.read_text().splitlines() if line.strip()]
    assert sorted(called) == [["failed", "diverged"], ["troubled", "running"]]
    *_, failed, warned = events(bad)
    assert (failed["event"], warned["event"]) == ("failed", "warned")
    assert warned["message"].startswith("TUITRAIN_HOOK ended with exit code 1: ")
    assert look(bad).state == "diverged"
    assert read_entry(bad)[1] is None
