"""Runs that are cut off, stopped, gone on with, branched and replayed, as a person does it: by commands."""

import json
import os
import random
import signal
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import sleep
from typing import NamedTuple

import pytest
from afterwards import ENDLESS, LONGER, awaited, cut_off, kinds, lines, newest, numbers
from calling import Spawn, command

from tuitrain.cli import main
from tuitrain.experiment import read
from tuitrain.runs import launch, worker
from tuitrain.runs.inbox import send
from tuitrain.runs.journal import Record
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look, wait


class Ended(NamedTuple):
    """What a program left behind."""

    code: int
    out: str
    err: str


Here = Callable[..., Ended]


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Return a function that calls the program in this process, which is quicker, in `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = main(command(tmp_path, arguments)[3:])
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def longer(tmp_path: Path) -> Path:
    """Return the file of an experiment of 1500 steps with dropout, batch norm, Adam and a schedule."""
    path = tmp_path / "longer.toml"
    path.write_text(LONGER)
    return path


@pytest.mark.parametrize(
    ("seed", "times"), [(0, 1), *(pytest.param(seed, 2, marks=pytest.mark.slow) for seed in range(1, 6))]
)
def test_cut_off(here: Here, spawn: Spawn, longer: Path, seed: int, times: int) -> None:
    """Killed at any moment and gone on with, a run ends with the numbers of one that nobody disturbed."""
    assert here("--batch", str(longer)).code == 0
    undisturbed = newest(longer.parent)
    size, chance = undisturbed.journal.stat().st_size, random.Random(seed)  # as long as the other one will be
    shares = sorted(chance.uniform(0.02, 0.9) for _ in range(times))

    def made() -> Run | None:
        return next((run for run in listed(longer.parent / "runs") if run != undisturbed), None)

    run = cut_off(spawn, made, int(shares[0] * size), "--batch", str(longer))
    for before, after in pairwise(shares):
        assert look(run).state == "lost"
        more = run.journal.stat().st_size + int((after - before) * size)
        cut_off(spawn, lambda: run, more, "resume", run.id)
    assert look(run).state == "lost"
    ended = here("resume", run.id)
    assert (ended.code, kinds(run)[-1]) == (0, "finished"), ended.err
    assert numbers(run) == numbers(undisturbed)
    assert json.loads(run.summary.read_text())["metrics"] == numbers(undisturbed)["ended"]["metrics"]
    assert here("replay", run.id).out.startswith("identical: ")


@pytest.mark.slow
def test_stopped_and_gone_on_with(here: Here, longer: Path) -> None:
    """Told to stop and gone on with, a run ends with the numbers of one that nobody disturbed, and can be replayed."""
    assert here("--batch", str(longer)).code == 0
    undisturbed, run = newest(longer.parent), None
    process = subprocess.Popen(command(longer.parent, ("--batch", str(longer))), cwd=longer.parent)
    try:
        while run is None or not run.journal.exists():
            run = next((each for each in listed(longer.parent / "runs") if each != undisturbed), None)
            sleep(0.005)
        assert wait(look(run), lambda watch: watch.history.step > 100, 60)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.wait()
    stopped = numbers(run)["ended"]
    assert (stopped["reason"], look(run).state) == ("stopped", "stopped")
    assert stopped["step"] < 1500
    assert here("replay", run.id).out.startswith("identical: ")
    old = run.summary.read_text()
    ended = here("resume", run.id, "--json")
    assert ended.code == 0, ended.err
    assert [json.loads(line)["event"] for line in ended.out.splitlines()] == kinds(run)[-len(ended.out.splitlines()) :]
    assert numbers(run) == numbers(undisturbed)
    assert run.summary.read_text() != old
    assert here("replay", run.id).out.startswith("identical: ")
    shown = here("runs").out
    assert shown.count("finished") == 2


def test_longer_and_branches(here: Here, toy: Path) -> None:
    """A constant schedule goes on as if it had been meant so; branches equal their trunk as far as nothing differs."""
    folder = toy.parent
    assert here("--batch", str(toy), "--set", "training.epochs=6").code == 0
    whole = newest(folder)
    assert here("--batch", str(toy)).code == 0
    run = newest(folder)
    ended = here("resume", run.id)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"{run.id} is over: it has trained for 9 steps, 3 epochs; ")
    ended = here("resume", run.id, "--epochs", "+3")
    assert (ended.code, kinds(run).count("started")) == (0, 1)
    assert ended.out.splitlines()[1].split()[:3] == ["linear", "6", "6/6"]
    assert f"{run.id}: goes on from step 9 on cpu" in ended.err
    assert numbers(run) == numbers(whole)

    assert here("fork", run.id, "--at", "6").code == 0
    same = newest(folder)
    assert numbers(same)["val/loss"] == tuple(values[2:] for values in numbers(whole)["val/loss"])
    assert numbers(same)["ended"] == numbers(whole)["ended"]
    assert here("fork", run.id, "--at", "best", "--set", "optimizer.lr=0.01", "--set", "training.epochs=8").code == 0
    other = newest(folder)
    best = look(run).history.best
    assert best
    assert look(other).history.evaluated["val/loss"].steps.tolist() == list(range(best[0], 25, 3))
    assert look(other).model == "linear lr 0.01, epochs 8"
    parent = other.experiment().parent
    assert parent
    assert (parent.run, parent.step) == (run.id, best[0])
    assert here("fork", other.id, "--at", "21").code == 0
    assert numbers(newest(folder))["ended"] == numbers(other)["ended"]
    for each in (run, same, other, newest(folder)):
        replayed = here("replay", each.id, "--json")
        assert (replayed.code, json.loads(replayed.out)["identical"]) == (0, True), replayed.err

    before = len(listed(folder / "runs"))
    assert here("fork", run.id, "--set", "training.seed=1").code == 2
    assert (
        "training.device: cuda:99 is not on this machine"
        in here("fork", run.id, "--at", "3", "--set", "training.device=cuda:99").err
    )
    assert len(listed(folder / "runs")) == before


@pytest.mark.slow
def test_changed_while_it_trained(here: Here, toy: Path) -> None:
    """What was changed on the way is done again in a replay; a number that was altered is found, and named."""
    folder = toy.parent
    assert here("--batch", str(toy), "--set", "training.epochs=1").code == 0
    run = newest(folder)
    send(run.inbox, "set", key="optimizer.lr", value=7.0)  # to a worker that is no more
    process = subprocess.Popen(command(folder, ("--batch", str(toy), *ENDLESS)), cwd=folder, stderr=subprocess.DEVNULL)
    try:
        assert awaited(lambda: len(listed(folder / "runs")) == 2)
        live = newest(folder)
        assert wait(look(live), lambda watch: watch.history.step > 10, 60)
        for key, value in (("optimizer.lr", 0.03), ("training.evaluate_every", 3), ("training.epochs", 4)):
            send(live.inbox, "set", key=key, value=value)
        watch = look(live)
        assert wait(watch, lambda watch: bool(watch.history.changes), 30)
        send(live.inbox, "stop")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert [key for _, key, _, _ in look(live).history.changes] == ["optimizer.lr"]
    assert here("replay", live.id).out.startswith("identical: ")

    assert here("resume", run.id, "--steps", "+3").code == 0
    refused = [record for record in lines(run) if record["event"] == "refused"]
    assert [record["reason"] for record in refused] == ["the run was cut off before it could obey"]
    assert look(run).history.started
    assert [key for _, key, _, _ in look(run).history.changes] == ["training.steps"]
    _alter(run, 3)
    replayed = here("replay", run.id)
    assert replayed.code == 1
    assert replayed.out.startswith("differs at step 3: val/loss was 123.0 and is ")


def _alter(run: Run, step: int) -> None:
    """Put another number into the journal of a run."""
    records = lines(run)
    for record in records:
        if record["event"] == "evaluated" and record["step"] == step:
            record["metrics"]["val/loss"] = 123.0
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in records))


def test_damaged_checkpoints(here: Here, toy: Path) -> None:
    """A checkpoint that was cut is named and the one before is used; without any the run begins anew, the same."""
    folder = toy.parent
    assert here("--batch", str(toy)).code == 0
    run = newest(folder)
    whole = numbers(run)
    (*rest, _) = run.journal.read_text().splitlines(keepends=True)
    run.journal.write_text("".join(rest))
    states = run.path / "checkpoints"
    for name in ("last.pt", "best.pt", "step-000000009.pt"):
        os.truncate(states / name, 100)
    ended = here("resume", run.id)
    assert ended.code == 0
    assert f"{states / 'last.pt'}" in ended.err
    assert "goes on from step 6" in ended.err
    assert numbers(run) == whole
    assert here("--batch", str(toy), "--set", "training.checkpoints=0").code == 0
    run = newest(folder)
    run.journal.write_text("".join(run.journal.read_text().splitlines(keepends=True)[:-1]))
    for path in (run.path / "checkpoints").glob("*.pt"):
        os.truncate(path, 100)
    assert here("resume", run.id).code == 0
    assert kinds(run).count("started") == 2
    assert numbers(run) == whole


def test_branch_that_lost_its_beginning(here: Here, toy: Path) -> None:
    """A branch whose first state was damaged fails in words: it never begins with anything else."""
    folder = toy.parent
    assert here("--batch", str(toy)).code == 0
    assert here("fork", newest(folder).id, "--at", "3").code == 0
    run = newest(folder)
    run.journal.unlink()
    start = run.path / "checkpoints" / "start.pt"
    content = start.read_bytes()
    start.unlink()
    start.write_bytes(content[:100])
    ended = here("resume", run.id)
    assert ended.code == 1
    assert str(start) in ended.err
    start.unlink()
    ended = here("resume", run.id)
    assert ended.code == 1
    assert f"{start} is not there" in ended.err
    assert "started" not in kinds(run)


def test_replayed_with_what_somebody_said(here: Here, toy: Path) -> None:
    """A training that stumbled and was told to go on all the same is replayed so."""
    runs = launch.create(read(str(toy), ["training.epochs=60", "training.record_every=1"]), toy.parent / "runs")
    told: list[str] = []

    def report(run: Run, record: Record) -> None:
        told.append(record["event"])
        if record["event"] == "stepped" and record["step"] == 100:
            send(run.inbox, "set", key="optimizer.lr", value=1e4)
        elif record["event"] == "troubled":
            assert record["waits"]
            send(run.inbox, "go_on")
            send(run.inbox, "set", key="optimizer.lr", value=0.001)

    with worker.interruptible() as interrupt:
        assert worker.work(runs, worker.Shelf(toy.parent / "data"), report, interrupt, waits=True) == 0
    assert {"troubled", "continued"} <= set(told)
    replayed = here("replay", runs[0].id)
    assert (replayed.code, replayed.out.partition(":")[0]) == (0, "identical"), replayed.err
