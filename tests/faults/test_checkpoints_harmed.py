"""Rows 4, 5, 6, 9, 10 and 12: workers killed, checkpoints harmed, full disks, no memory; then the run is resumed."""

import hashlib
import io
import os
import pickle
import random
import re
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from shelves import PLANE, copied

from tuitrain.engine import state
from tuitrain.runs import checkpoints, lock
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look

from .disks import filled, small_disk
from .terminals import F5, Open, await_that, only_run, states
from .zygote import Child, Zygote

pytestmark = pytest.mark.faults
TOY = """
[dataset]
kind = "gmm2d"

[[models]]
kind = "mlp"
hidden = [8]
dropout = 0.2
batch_norm = true

[optimizer]
kind = "adam"

[training]
epochs = {epochs}
batch_size = 8
device = "cpu"
threads = 1
save_every = {every}
evaluate_every = 10
"""
EPOCHS = 400
"""A few seconds, of 2400 steps."""


@dataclass
class Place:
    """A directory with an experiment and its runs, and what starts the program there."""

    folder: Path
    zygote: Zygote

    def write(self, *, epochs: int = EPOCHS, every: int = 25) -> None:
        """Write the experiment."""
        (self.folder / "toy.toml").write_text(TOY.format(epochs=epochs, every=every))

    def begin(self, *arguments: str) -> Child:
        """Start the program."""
        return self.zygote.begin(self.folder, *arguments)

    def call(self, *arguments: str, room: int = 0) -> Child:
        """Call the program and wait for it."""
        return self.zygote.call(self.folder, *arguments, room=room)

    @property
    def experiment(self) -> str:
        """The file."""
        return str(self.folder / "toy.toml")


@pytest.fixture
def place(tmp_path: Path, zygote: Zygote) -> Place:
    """Return the place, its experiment written."""
    found = Place(tmp_path, zygote)
    found.write()
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> dict[int, dict[str, float]]:
    """Return the numbers of a run that nothing happened to."""
    place = Place(tmp_path_factory.mktemp("undisturbed"), zygote)
    place.write()
    assert place.call("--batch", place.experiment).returncode == 0
    return numbers(listed(place.folder / "runs")[0])


def numbers(run: Run) -> dict[int, dict[str, float]]:
    """Return what was measured at each evaluation that counts, and at the end, but for clocks."""
    found: dict[int, dict[str, float]] = {}
    for record in Reader(run.journal).read():
        if record["event"] == "restarted":
            found = {step: metrics for step, metrics in found.items() if step <= record["evaluated"]}
        if record["event"] in ("evaluated", "finished"):
            key = record["step"] if record["event"] == "evaluated" else -1
            clocked = ("seconds", "samples_per_second")
            found[key] = {name: value for name, value in record["metrics"].items() if name not in clocked}
    return found


def killed(place: Place, *arguments: str, step: int) -> Run:
    """Start a training, kill its worker as soon as it is past this step, and return its run."""
    worker = place.begin(*arguments)
    run = only_run(place.folder)
    await_that(lambda: look(run).history.step >= step and states(run) == "running", f"step {step}")
    worker.signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    return run


def resumed(place: Place, run: Run) -> str:
    """Resume a run to its end and return what was said."""
    done = place.call("resume", run.id)
    assert done.returncode == 0, done.stderr
    assert states(run) == "finished"
    return done.stderr


@pytest.mark.fault(4)
def test_killed_at_any_step(place: Place, undisturbed: dict[int, dict[str, float]]) -> None:
    """Killed again and again it is lost within seconds each time, and ends with the numbers of an undisturbed run."""
    dice = random.Random(4)
    run = killed(place, "--batch", place.experiment, step=dice.randrange(100, 1000))
    for _ in range(2):
        began = time.monotonic()
        await_that(lambda: states(run) == "lost", "the loss")
        assert time.monotonic() - began < 5
        step = look(run).history.step
        killed(place, "resume", run.id, step=step + dice.randrange(1, 500))
    resumed(place, run)
    assert numbers(run) == undisturbed


@pytest.mark.fault(5)
def test_killed_while_it_saves(place: Place) -> None:
    """Killed while it does little but save, it is resumed from a whole checkpoint, and what was half is swept up."""
    place.write(epochs=60, every=1)
    dice = random.Random(5)
    run = killed(place, "--batch", place.experiment, step=dice.randrange(1, 60))
    litter = [*(run.path / "checkpoints").glob(".*")]
    for _ in range(2):
        worker = place.begin("resume", run.id)
        await_that(lambda: look(run).history.step >= 1 and lock.held(run.lock), "the training")
        time.sleep(dice.uniform(0.0, 0.2))  # a moment like any other
        worker.signal(signal.SIGKILL)
        worker.wait()
        litter += (run.path / "checkpoints").glob(".*")
    said = resumed(place, run)
    assert "SHA-256" not in said
    assert not [path for path in run.path.rglob(".*") if path.is_file()], litter


@pytest.mark.fault(5)
def test_cut_at_any_byte_of_a_save(place: Place) -> None:
    """What a save killed at any byte leaves beside the checkpoints is never read, and is gone after the next one."""
    run = killed(place, "--batch", place.experiment, step=200)
    folder = run.path / "checkpoints"
    whole = (folder / "last.pt").read_bytes()
    for end in range(0, len(whole), max(len(whole) // 50, 1)):
        (folder / f".last.pt.{10_000_000 + end}").write_bytes(whole[:end])
        (folder / f".last.pt.sha256.{10_000_000 + end}").write_bytes(b"0" * (end % 64))
    assert "SHA-256" not in resumed(place, run)
    assert not [*folder.glob(".*")]


@pytest.mark.fault(6)
def test_disk_full_at_a_checkpoint(place: Place) -> None:
    """The old checkpoint stays, the message names file and disk, training and metrics go on, and it saves again."""
    place.write(epochs=10**9, every=200)
    (place.folder / "runs").mkdir()
    with small_disk(place.folder / "runs") as disk:
        worker = place.begin("--batch", place.experiment)
        run = only_run(place.folder)
        last = run.path / "checkpoints" / "last.pt"
        await_that(last.exists, "a checkpoint")
        with filled(disk):
            await_that(lambda: re.search(r"\.pt.* was not written: No space left", worker.stderr), "a word about it")
            before = last.read_bytes()
            assert state.read(last)["step"] > 0
            assert worker.poll() is None
        step = look(run).history.step
        await_that(lambda: look(run).history.step > step, "more of the training")
        await_that(lambda: last.read_bytes() != before, "another checkpoint")
        worker.signal(signal.SIGTERM)
        assert worker.wait() == 143
        assert states(run) == "stopped"
        assert state.read(last)["step"] == look(run).history.step
        assert not [*last.parent.glob(".*")]


def cut(path: Path) -> None:
    """Leave half of a file."""
    os.truncate(path, path.stat().st_size // 2)


def garble(path: Path) -> None:
    """Put garbage of the same length there."""
    path.write_bytes(random.Random(9).randbytes(path.stat().st_size))


def flip(path: Path) -> None:
    """Change one bit."""
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 8
    path.write_bytes(content)


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Run:
    """Return a run that was killed in its middle, to copy."""
    place = Place(tmp_path_factory.mktemp("lost"), zygote)
    place.write()
    return killed(place, "--batch", place.experiment, step=1000)


def copy_of(run: Run, place: Place) -> Run:
    """Return a copy of a run in this place."""
    return Run(Path(shutil.copytree(run.path, place.folder / "runs" / run.id)))


@pytest.mark.fault(9)
@pytest.mark.parametrize("harm", [cut, garble, flip])
def test_a_checkpoint_is_harmed(
    place: Place, lost: Run, undisturbed: dict[int, dict[str, float]], harm: Callable[[Path], None]
) -> None:
    """The newest one is named as damaged, the one before is used, and the numbers are those of an undisturbed run."""
    run = copy_of(lost, place)
    newest = checkpoints.checkpoints(run, look(run).history)[0].path
    harm(newest)
    said = resumed(place, run)
    assert f"{newest.name}: its SHA-256 is not the one in {newest.name}.sha256" in said
    assert "the one before it is used" in said
    assert numbers(run) == undisturbed


@pytest.mark.fault(9)
def test_every_checkpoint_is_harmed(place: Place, lost: Run, undisturbed: dict[int, dict[str, float]]) -> None:
    """Where none is whole each is named, the run begins anew, and the numbers are the same."""
    run = copy_of(lost, place)
    harmed = sorted((run.path / "checkpoints").glob("*.pt"))
    for path in harmed:
        os.truncate(path, 100)
    said = resumed(place, run)
    assert all(f"{path.name}: its SHA-256" in said for path in harmed if path.name not in ("best.pt", "start.pt")), said
    assert numbers(run) == undisturbed


class Code:
    """What makes a file as soon as it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to make it again: by code."""
        return (Path.touch, (self.target,))


@pytest.mark.fault(10)
@pytest.mark.parametrize("writer", ["torch", "pickle"])
def test_a_checkpoint_with_code(place: Place, lost: Run, writer: str) -> None:
    """A checkpoint that holds code, its digest right, is refused by name; nothing of it runs."""
    run = copy_of(lost, place)
    target = place.folder / "ran"
    buffer = io.BytesIO()
    content = {"model": Code(target)}
    torch.save(content, buffer) if writer == "torch" else pickle.dump(content, buffer, protocol=2)
    for path in (run.path / "checkpoints").glob("*.pt"):
        path.unlink()
        path.write_bytes(buffer.getvalue())
        path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(buffer.getvalue()).hexdigest())
    said = resumed(place, run)
    assert "last.pt: is not a checkpoint" in said
    assert not target.exists()
    pickle.loads(buffer.getvalue()) if writer == "pickle" else torch.load(
        io.BytesIO(buffer.getvalue()), weights_only=False
    )
    assert target.exists(), "the payload is one that would have run"


@pytest.mark.fault(10)
def test_pictures_with_code(terminal: Open, tmp_path: Path, zygote: Zygote) -> None:
    """Arrays that hold code are not drawn and not run, in the cockpit and without it."""
    run = copied(tmp_path / "runs", PLANE)
    target = tmp_path / "ran"
    for path in (run.path / "snapshots").glob("*.npz"):
        np.savez(path, surface=np.array([Code(target)], dtype=object))
    one = terminal("attach", run.id)
    one.see("finished")
    one.send("123456789")
    one.send("q")
    assert one.end() == 0
    shown = zygote.call(tmp_path, "show", run.id, "--view", "surface")
    assert "Traceback" not in shown.stderr
    assert not target.exists()


@pytest.mark.fault(12)
def test_out_of_memory(place: Place) -> None:
    """A model that is too large for the memory fails with a hint, an exit code of 1, and no traceback on the screen."""
    done = place.call("--batch", place.experiment, "--set", "models.0.hidden=[60000, 60000]", room=12 << 30)
    assert done.returncode == 1, done.stderr
    (run,) = listed(place.folder / "runs")
    failed = Reader(run.journal).read()[-1]
    assert (failed["event"], failed["reason"]) == ("failed", "out_of_memory")
    assert "smaller" in failed["hint"]
    assert "smaller" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.fault(12)
def test_killed_by_the_kernel(terminal: Open, place: Place) -> None:
    """A worker that the kernel kills leaves a run that is lost; the cockpit lives, says so, and what to do."""
    place.write(epochs=10**9)
    one = terminal(place.experiment)
    one.ready()
    one.send(F5)
    run = only_run(place.folder)
    await_that(lambda: look(run).history.step > 0, "the training")
    os.kill(lock.holder(run.lock)["pid"], signal.SIGKILL)
    one.see("lost: R ")
    assert place.call("wait", run.id).returncode == 1
    assert psutil.pid_exists(one.process.pid)
    one.send("q")
    assert one.end() == 0
