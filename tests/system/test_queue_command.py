"""The queue on the command line: putting in line and changing, and lanes that train, fail, are killed and go on."""

import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from calling import TOY, Program, command

from tuitrain.cli import main
from tuitrain.runs import lanes, line, lock
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

CLOCKED = ("seconds", "samples_per_second")
Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Return a function that calls the program in this process, which is quicker, with a toy.toml to train."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.toml").write_text(TOY)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(command(tmp_path, arguments)[3:])
        return code, *capsys.readouterr()

    return call


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path) -> Iterator[None]:
    """Kill the lanes that a test which failed left at work."""
    yield
    for name in lanes.at_work(tmp_path / "runs"):
        lock.kill(tmp_path / "runs" / f".lane-{name}.lock")


def add(here: Here, *settings: str) -> list[str]:
    """Put the toy in line with these settings; return the names of its runs."""
    code, out, err = here("queue", "add", "toy.toml", *(f"--set={setting}" for setting in settings))
    assert (code, err) == (0, "")
    return out.split()


def numbers(run: Run) -> list[tuple[int, dict[str, Any]]]:
    """Return step and metrics of each evaluation that counts and of the end, without what a clock says."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for record in Reader(run.journal).read():
        if record["event"] in ("evaluated", "finished"):
            told = {name: value for name, value in record["metrics"].items() if name not in CLOCKED}
            found[record["event"], record["step"]] = told
    return [(step, metrics) for (_, step), metrics in sorted(found.items(), key=lambda pair: pair[0])]


def await_that(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; fail where it does not in time."""
    deadline = monotonic() + 60
    while not condition():
        assert monotonic() < deadline
        sleep(0.05)


def test_in_line(here: Here, tmp_path: Path) -> None:
    """What is added is listed in its order, moved, copied, changed, removed; names go to stdout, the rest to stderr."""
    nothing = f"nothing is in line in {tmp_path / 'runs'}: tuitrain queue add puts an experiment there\n"
    assert here("queue") == (0, "", nothing)
    one, two = add(here, "optimizer.lr=0.1,0.2")
    assert here("queue", "move", two, "first") == (0, "", f"{two}: place 1\n")
    code, out, _ = here("queue", "copy", one, "--set", "optimizer.lr=0.3")
    (three,) = out.split()
    assert here("queue", "edit", three, "--set", "training.epochs=7")[:2] == (0, f"{three}\n")
    code, out, err = here("queue")
    assert (code, err) == (0, "no lane is at work: tuitrain queue resume trains what waits\n")
    assert out.splitlines()[0].split() == ["place", "run", "device", "state", "lane"]
    assert [row.split() for row in out.splitlines()[1:]] == [
        ["1", two, "cpu", "queued"],
        ["2", one, "cpu", "queued"],
        ["3", three, "cpu", "queued"],
    ]
    assert Run(tmp_path / "runs" / three).experiment().training.epochs == 7
    assert here("queue", "remove", two)[0] == 0
    assert here("queue", "hold") == (0, "", "nothing more is begun\n")
    told = json.loads(here("queue", "list", "--json")[1])
    assert (told["held"], told["on_error"], told["lanes"]) == ("on request", "continue", [])
    assert [(run["place"], run["run"], run["model"]) for run in told["runs"]] == [
        (1, one, "linear lr 0.1"),
        (2, three, "linear lr 0.3"),
    ]


def test_what_cannot_be(here: Here, tmp_path: Path) -> None:
    """Whatever is wrong is said in a sentence with exit code 2, and changes nothing."""
    (one,) = add(here)
    folder = tmp_path / "runs"
    before = sorted(path.name for path in folder.iterdir()), line.file(folder).read_bytes()
    for arguments, said in [
        (("add", "nothing"), "no such preset"),
        (("add", "toy.toml", "--set", "optimizer.lrr=1"), "did you mean lr"),
        (("add", "toy.toml", "--set", "training.device=gpu"), "must be auto, cpu, cuda"),
        (("move", one, "sideways"), "there are first, last, up, down and 1 to 1"),
        (("move", "nobody", "first"), "no run in line is called 'nobody'"),
        (("copy", "nobody"), "no run is called 'nobody'"),
        (("copy", one, "--set", "training.epochs=0"), "must be 1 or more"),
        (("edit", one), "say what to change"),
        (("edit", one, "--set", "optimizer.lr=1,2"), "takes one value each"),
        (("remove", one, "nobody"), "no run in line is called 'nobody'"),
        (("resume", "--device", "gpu"), "gpu: is no device"),
        (("resume", "--on-error", "dance"), "invalid choice"),
    ]:
        code, out, err = here("queue", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1), arguments
        assert said in err
    assert here("--batch", "--lane", "gpu")[0] == 2
    assert (sorted(path.name for path in folder.iterdir()), line.file(folder).read_bytes()) == before
    line.file(folder).write_text("{")
    assert "put its runs in line again" in here("queue")[2]
    assert main(["queue", "add", "toy.toml", "--runs-dir", "toy.toml"]) == 2


@pytest.mark.slow
def test_failures(here: Here, program: Program, tmp_path: Path) -> None:
    """A run that fails holds the line where that is asked for, and is passed over otherwise; waiting tells of it."""
    folder = tmp_path / "runs"
    (bad,) = add(here, "optimizer.lr=1e38")
    good, worse, last = (add(here)[0] for _ in range(3))
    (folder / worse / "experiment.toml").write_text("[dataset")
    ended = program("queue", "resume", "--on-error=stop", "--wait")
    assert ended.returncode == 1, ended.stderr
    assert f"held: {bad} diverged; tuitrain queue resume goes on" in ended.stderr
    assert [item.run for item in line.read(folder).items] == [good, worse, last]
    ended = program("queue", "resume", "--on-error=continue", "--wait")
    assert ended.returncode == 1, ended.stderr
    assert f"{worse}: failed; tuitrain show {worse} says why" in ended.stderr
    states = [look(Run(folder / name)).state for name in (bad, good, worse, last)]
    assert states == ["diverged", "finished", "failed", "finished"]
    assert (line.read(folder).items, lanes.at_work(folder)) == ([], [])
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.glob(".*") if path.is_file()}
    assert modes == {0o600}
    printed = lanes.output(folder, "cpu").read_text()
    assert f"{worse}: {folder / worse / 'experiment.toml'}: is not TOML" in printed
    assert f"{last}: completed" in printed


@pytest.mark.slow
def test_killed_and_resumed(here: Here, program: Program, tmp_path: Path) -> None:
    """A lane that was killed leaves its run in line; resuming finishes all, with the numbers of one left alone."""
    long = [
        "training.epochs=1000",
        "training.evaluate_every=300",
        "training.save_every=250",
        "training.record_every=50",
    ]
    one, same = (Run(tmp_path / "runs" / add(here, *long)[0]) for _ in range(2))
    assert here("queue", "resume")[0] == 0
    folder = tmp_path / "runs"
    await_that(lambda: look(one).history.step > 800)
    assert here("queue", "remove", one.id)[0] == 2
    assert here("queue", "edit", one.id, "--set", "optimizer.lr=1")[0] == 2
    os.kill(lanes.holder(folder, "cpu")["pid"], signal.SIGKILL)
    await_that(lambda: not lock.held(one.lock))
    listed = json.loads(here("queue", "list", "--json")[1])["runs"]
    assert [(run["run"], run["state"]) for run in listed] == [(one.id, "cut off"), (same.id, "queued")]
    here("queue", "move", same.id, "first")
    ended = program("queue", "resume", "--wait")
    assert ended.returncode == 0, ended.stderr
    assert [record["event"] for record in Reader(one.journal).read()].count("restarted") == 1
    assert numbers(one) == numbers(same)
    assert look(one).history.step == 3000


@pytest.mark.slow
def test_a_signal(here: Here, tmp_path: Path) -> None:
    """A lane that is told to end stops its training softly and leaves it in line; by hand it is stopped for good."""
    folder = tmp_path / "runs"
    names = [add(here, "training.epochs=1000000", "training.evaluate_every=5000")[0] for _ in range(2)]
    one, two = (Run(folder / name) for name in names)
    assert here("queue", "resume")[0] == 0
    await_that(lambda: look(one).history.step)
    os.kill(lanes.holder(folder, "cpu")["pid"], signal.SIGTERM)
    await_that(lambda: not lanes.at_work(folder))
    assert [item.run for item in line.read(folder).items] == names
    told = json.loads(here("queue", "list", "--json")[1])["runs"]
    assert [run["state"] for run in told] == ["stopped", "queued"]
    assert here("queue", "resume")[0] == 0
    await_that(lambda: look(one).state == "running")
    assert here("queue", "hold")[0] == 0
    assert here("stop", one.id)[0] == 0
    await_that(lambda: not lanes.at_work(folder))
    assert [item.run for item in line.read(folder).items] == [two.id]
    assert look(one).state == "stopped"
    assert not two.journal.exists()
