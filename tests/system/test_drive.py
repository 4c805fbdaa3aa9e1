"""A training of its own process, driven from the command line: told, changed, paused, stopped, killed, waited for."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import pytest
from asking import Call, Said
from calling import TOY, command

from tuitrain import drive
from tuitrain.cli import main
from tuitrain.runs import lock
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look, wait

LONG = ("--set", "training.epochs=100_000_000", "--set", "training.evaluate_every=1000", "--set", "optimizer.lr=0.1")
SEVERAL = ("--set", 'models=[{kind="linear"}, {kind="mlp", hidden=[3]}]')
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""


class Trained(NamedTuple):
    """A worker under way: its process, and the runs that it has taken, in their order."""

    process: "subprocess.Popen[bytes]"
    runs: list[Run]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which all of this happens."""
    path = tmp_path_factory.mktemp("drive")
    (path / "toy.toml").write_text(TOY)
    return path


@pytest.fixture(scope="module")
def trainings(folder: Path) -> Iterator[list[Trained]]:
    """Return two workers on trainings that take for ever, the first with two runs; loading torch takes the time."""
    started = [
        subprocess.Popen(
            command(folder, ("--batch", str(folder / "toy.toml"), *LONG, *more)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for more in (SEVERAL, ())
    ]
    deadline = monotonic() + PATIENCE
    pids, taken = [process.pid for process in started], dict[int, list[Run]]()
    while not all(taken.get(process.pid) and has_begun(taken[process.pid][0]) for process in started):
        assert monotonic() < deadline
        sleep(0.05)
        runs = sorted(listed(folder / "runs"), key=lambda run: (run.path / "experiment.toml").stat().st_mtime_ns)
        taken = {pid: [run for run in runs if lock.holder(run.lock).get("pid") == pid] for pid in pids}
    yield [Trained(process, taken[process.pid]) for process in started]
    for process in started:
        process.kill()
        process.wait()


def has_begun(run: Run) -> bool:
    """Tell whether a run has taken a step."""
    return look(run).history.step > 0


@pytest.fixture
def run(trainings: list[Trained]) -> Run:
    """Return the run that is driven."""
    return trainings[0].runs[0]


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a function that calls the program in this process."""

    def ask(*arguments: str) -> Said:
        code = main(command(folder, arguments)[3:])
        return Said(code, *capsys.readouterr())

    return ask


def answered(said: Said, run: Run, pattern: str) -> int:
    """Return the step that the answer of a run names; it is one line on stderr."""
    assert (said.code, said.out) == (0, ""), said
    found = re.fullmatch(rf"{run.id}: {pattern}\n", said.err)
    assert found, said.err
    return int(found[1].replace(",", ""))


def test_paused_and_taken_on(call: Call, run: Run) -> None:
    """A run pauses, takes as many steps as it is told, once and again, and goes on; each answer names its step."""
    at = answered(call("pause", run.id), run, r"paused at step ([\d,]+)")
    standing = call("status").out
    assert standing.count(f"{run.id}  paused") == 1
    assert standing.count("  running") == standing.count("  queued") == 1
    assert call("pause", run.id) == (2, "", f"{run.id}: training is paused already\n")
    assert answered(call("step", run.id, "3"), run, r"paused at step ([\d,]+)") == at + 3
    assert answered(call("step", run.id), run, r"paused at step ([\d,]+)") == at + 4
    assert look(run).history.step == at + 4
    assert answered(call("resume", run.id), run, r"continued at step ([\d,]+)") == at + 4
    assert wait(look(run), lambda watch: watch.history.step > at + 4, PATIENCE)


def test_changed(call: Call, run: Run) -> None:
    """Settings are others from a step on, checked against what they are by then; more epochs are added to those."""
    step = answered(call("set", run.id, "optimizer.lr=0.05"), run, r"optimizer.lr 0\.1 -> 0\.05 from step ([\d,]+) on")
    lines = call("set", run.id, "optimizer.lr=1e-3", "training.epochs=+5").err.splitlines()
    assert re.fullmatch(rf"{run.id}: optimizer.lr 0\.05 -> 0\.001 from step [\d,]+ on", lines[0])
    assert re.fullmatch(rf"{run.id}: training.epochs 100000000 -> 100000005 from step [\d,]+ on", lines[1])
    changes = [(key, old, new) for at, key, old, new in look(run).history.changes if at >= step - 1]
    epochs = ("training.epochs", 100_000_000, 100_000_005)
    assert changes == [("optimizer.lr", 0.1, 0.05), ("optimizer.lr", 0.05, 0.001), epochs]
    before = run.journal.read_bytes().count(b'"changed"')
    assert call("set", run.id, "optimizer.lr=0.3", "optimizer.momentum=2").code == 2
    assert run.journal.read_bytes().count(b'"changed"') == before
    assert not list(run.inbox.iterdir())


def test_saved(call: Call, run: Run) -> None:
    """A checkpoint is written on demand, and said to be."""
    step = answered(call("save", run.id), run, r"saved checkpoints/last\.pt at step ([\d,]+)")
    assert look(run).history.checkpoints["checkpoints/last.pt"] >= step


def test_stopped(call: Call, run: Run, folder: Path) -> None:
    """A soft stop is evaluated and saved; who waits for the run gets its exit code, and can be driven no more."""
    waiting = subprocess.Popen(
        command(folder, ("wait", run.id, "--json")), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert waiting.stderr
    assert waiting.stderr.readline().startswith(f"{run.id}  running")
    answered(call("stop", run.id), run, r"stopped at step ([\d,]+)")
    out, err = waiting.communicate(timeout=PATIENCE)
    assert (waiting.returncode, [one["state"] for one in json.loads(out)]) == (0, ["stopped"])
    assert f"{run.id}  stopped" in err
    assert (look(run).history.ended or {})["metrics"]
    for arguments in (("pause",), ("step", "2"), ("set", "optimizer.lr=1"), ("stop", "--now")):
        said = call(arguments[0], run.id, *arguments[1:])
        assert said == (2, "", f"{run.id} is not running: it is stopped\n")


def test_freed(call: Call, run: Run, trainings: list[Trained]) -> None:
    """Checkpoints of earlier steps go, those needed to go on stay; of a run under way nothing does."""
    other = trainings[1].runs[0]
    said = call("gc", other.id, run.id)
    assert said == (2, "", f"{other.id} is running; only of runs that are over something can be removed\n")
    ring = sorted((run.path / "checkpoints").glob("step-*.pt"))
    said = call("gc", "--dry-run")
    assert sorted((run.path / "checkpoints").glob("step-*.pt")) == ring
    freed = re.fullmatch(rf"{run.id}  ([\d,]+) bytes\n", said.out) if ring else None
    assert said.err == f"{freed[1] if freed else 0} bytes would be freed in {1 if ring else 0} run{'s' * (not ring)}\n"
    before = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert call("gc", run.id).code == 0
    assert not list((run.path / "checkpoints").glob("step-*.pt"))
    assert (run.path / "checkpoints" / "last.pt").is_file()
    after = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert before - after >= (int(freed[1].replace(",", "")) if freed else 0)
    assert call("gc") == (0, "", "0 bytes freed in 0 runs\n")


def test_ended_at_once(call: Call, trainings: list[Trained]) -> None:
    """The next run of a worker waits for its turn, and ends at once where it is told so: nothing is evaluated."""
    process, (_, run) = trainings[0]
    assert wait(look(run), lambda watch: watch.history.step > 0, PATIENCE)
    answered(call("stop", run.id, "--now"), run, r"stopped at step ([\d,]+)")
    assert (look(run).history.ended or {})["metrics"] == {}
    assert process.wait(PATIENCE) == 0


def test_killed(call: Call, trainings: list[Trained], monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that does not answer when it is to end at once is killed, known to be lost, and can be gone on with."""
    monkeypatch.setattr(drive, "AT_ONCE", 1.0)
    process, (run,) = trainings[1]
    os.kill(process.pid, signal.SIGSTOP)
    deadline = monotonic() + PATIENCE
    while f"{run.id}  stalled" not in call("status").out:
        assert monotonic() < deadline
    said = call("stop", run.id, "--now")
    assert said.code == 0
    killed = rf"{run.id}: process {process.pid} on \S+ did not answer and was killed; the last checkpoint stays\n"
    assert re.fullmatch(killed, said.err)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert not list(run.inbox.iterdir())
    assert call("wait", run.id).code == 1
    hint = f"tuitrain resume {run.id} goes on with it"
    assert call("stop", run.id) == (2, "", f"{run.id} is not running: it is lost; {hint}\n")
