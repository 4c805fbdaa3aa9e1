"""Runs that are gone on with in the background, or while somebody else has them."""

import os
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from afterwards import ENDLESS, awaited, lines, newest
from calling import Spawn, command

from tuitrain.cli import main
from tuitrain.runs import lock
from tuitrain.runs.inbox import send
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


@pytest.mark.slow
def test_in_the_background(here: Here, toy: Path) -> None:
    """Detached, the name of the run is all that is said; of two that go on with one run the second is refused."""
    folder = toy.parent
    assert here("--batch", str(toy)).code == 0
    run = newest(folder)
    ended = here("resume", run.id, "--epochs", "1_000_000_000", "--detach")
    assert ended.code == 2
    ended = here("resume", run.id, "--epochs", "1000000000", "--detach")
    assert (ended.code, ended.out, ended.err) == (0, f"{run.id}\n", "")
    watch = look(run)
    assert wait(watch, lambda watch: watch.state == "running" and watch.history.step > 9, 60)
    holder = lock.holder(run.lock)
    assert os.getsid(holder["pid"]) == holder["pid"]
    second = here("resume", run.id)
    assert second.code == 2
    assert f"by process {holder['pid']} on {holder['host']}" in second.err
    forked = here("fork", run.id, "--at", "6", "--set", "training.steps=12", "--detach")
    branch = Run(folder / "runs" / forked.out.strip())
    assert wait(look(branch), lambda watch: watch.state == "finished", 60)
    assert lock.kill(run.lock)
    assert wait(watch, lambda watch: watch.state == "lost", 10)


@pytest.mark.slow
def test_two_at_once(spawn: Spawn, here: Here, toy: Path) -> None:
    """Of two that go on with a run at the same moment one does, and the other is refused."""
    assert here("--batch", str(toy)).code == 0
    run = newest(toy.parent)
    both = [spawn("resume", run.id, "--epochs", "1000000000") for _ in range(2)]
    assert awaited(lambda: any(process.poll() is not None for process in both))
    first, second = sorted(both, key=lambda process: process.poll() is None)
    assert (first.returncode, second.poll()) == (2, None)
    said = "".join(path.read_text() for path in toy.parent.glob("stderr*"))
    assert f"{run.id} is being trained by process {second.pid} on {lock.HERE}" in said
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 143
    assert look(run).state == "stopped"
    steps = [record["step"] for record in lines(run) if record["event"] == "evaluated"]
    assert all(before <= after for before, after in pairwise(steps))


@pytest.mark.slow
def test_paused_and_under_way(here: Here, spawn: Spawn, toy: Path) -> None:
    """A paused run goes on where it is; one that is trained is refused by process and host, but has branches."""
    process = spawn("--batch", str(toy), *ENDLESS)
    runs = toy.parent / "runs"
    assert awaited(lambda: bool(listed(runs)))
    (run,) = listed(runs)
    watch = look(run)
    assert wait(watch, lambda watch: watch.history.step > 0, 60)
    ended = here("resume", run.id)
    assert (ended.code, ended.out) == (2, "")
    assert (
        ended.err.strip() == f"{run.id} is being trained by process {process.pid} on {lock.HERE}: it cannot be resumed"
    )
    told = [send(run.inbox, action) for action in ("pause", "save")]
    assert wait(watch, lambda watch: set(told) <= watch.history.answers.keys(), 10)
    assert here("fork", run.id, "--at", "last", "--set", f"training.steps={watch.history.step + 3}").code == 0
    assert look(listed(runs)[0]).history.first == watch.history.step
    ended = here("resume", run.id)
    assert (ended.code, ended.err.partition(" at step")[0]) == (0, f"{run.id}: continued")
    assert wait(watch, lambda watch: watch.state == "running", 10)
    send(run.inbox, "abort")
    assert process.wait(30) == 0
    watch.poll()
    assert watch.state == "stopped"


def test_wrong_names(here: Here, toy: Path) -> None:
    """Runs that there are not are refused, and nothing is written."""
    for arguments in (["resume", "x"], ["fork", "x"], ["replay", "x"]):
        ended = here(*arguments)
        assert (ended.code, ended.out) == (2, "")
        assert "no run is called 'x'" in ended.err
    assert not (toy.parent / "runs").exists()
