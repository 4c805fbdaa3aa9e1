"""Commands to runs that another process has, and how these stand: answers, none in time, stalled, lost."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from asking import DRIVEN, UNDER_WAY, Call, asked, impatient, refused, two_over
from calling import TOY, Spawn
from shelves import HOLD, PLANE, copied, cut, held

from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

ARGUMENTS = {
    ("step",): {"steps": 1},
    ("step", "3"): {"steps": 3},
    ("set", "optimizer.lr=0.5"): {"key": "optimizer.lr", "value": 0.5},
}
"""What goes with them to the run."""


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that calls the program in this process, its runs in `tmp_path`/runs, and waits for nobody."""
    return impatient(tmp_path, capsys, monkeypatch)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with two runs that are over."""
    return two_over(tmp_path / "runs")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Run]:
    """Return a run that another process has: it trains nothing, and answers nothing."""
    run = copied(tmp_path / "runs", PLANE)
    cut(run, UNDER_WAY)
    with held(run):
        yield run


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["optimizer.lr"], "optimizer.lr: must be KEY=VALUE, such as optimizer.lr=0.01"),
        (
            ["optimizer.lr=-1"],
            "optimizer.lr: must be .*; got -1.*",
        ),
        (["optimizer.lr=fast"], "optimizer.lr: must be a number; got 'fast'"),
        (["optimizer.lr=0.1,0.2"], "optimizer.lr: must be one value; got .*"),
        (
            ["optimizer.rl=1"],
            r"optimizer.rl: is nothing that can change while it trains \(did you mean optimizer.lr\?\); there are .*",
        ),
        (["training.seed=1"], "training.seed: is nothing that can change while it trains.*"),
        (["models.0.hidden=[3]"], "models.0.hidden: is nothing that can change while it trains.*"),
        (["training.epochs=+x"], "training.epochs: must be a whole number; .*"),
        (["optimizer.lr=0.5", "loss.l2=-1"], "loss.l2: must be 0 or more; got -1.*"),
        (["loss.l2=\x1b[31m"], "loss.l2: .*"),
    ],
)
def test_settings_that_cannot_be(call: Call, live: Run, settings: list[str], sentence: str) -> None:
    """What a setting cannot be is said before anything is sent, of several also where the others could."""
    said = refused(call, live.path, "set", live.id, *settings)
    assert re.fullmatch(sentence, said), said
    assert said.isprintable()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("[training]", "[training]\nwarp = 9", "is damaged: experiment.toml: training.warp: unknown key.*"),
        ("written by tuitrain ", "written by tuitrain 99.", r"was written by tuitrain 99\..*; use that one"),
    ],
)
def test_settings_of_a_later_version(call: Call, live: Run, before: str, after: str, sentence: str) -> None:
    """Where the experiment may hold what is not known nothing is changed, but it can be stopped."""
    path = live.path / "experiment.toml"
    if "written by" not in path.read_text():
        path.write_text(f"# {live.id}: written by tuitrain 0.1, torch 2\n\n{path.read_text()}")
    path.write_text(path.read_text().replace(before, after, 1))
    assert re.fullmatch(rf"{live.id} {sentence}", refused(call, live.path, "set", live.id, "optimizer.lr=0.5"))
    assert call("stop", live.id).code == 0
    assert len(list(live.inbox.iterdir())) == 1


@pytest.mark.parametrize("steps", ["0", "-3", "x"])
def test_steps(call: Call, live: Run, steps: str) -> None:
    """A run is not told to take no steps."""
    assert "step" in refused(call, live.path, "step", live.id, steps)


@pytest.mark.parametrize("driven", DRIVEN[:-1], ids=" ".join)
def test_no_answer(call: Call, live: Run, driven: tuple[str, ...]) -> None:
    """A run that is at something long is told all the same, and that is said."""
    said = call(*asked(driven, live.id))
    assert (said.code, said.out) == (0, "")
    assert said.err == f"{live.id}: asked to {driven[0]}; it will after what it is at: a batch, an evaluation\n"
    (sent,) = live.inbox.iterdir()
    told = json.loads(sent.read_text())
    assert (told.pop("id"), told.pop("action")) == (sent.stem, driven[0])
    assert told == ARGUMENTS.get(driven, {})


def test_another_host(call: Call, tmp_path: Path) -> None:
    """A run on another host that shares the directory can be told, but nothing there can be killed."""
    run = copied(tmp_path / "runs")
    cut(run, UNDER_WAY)
    run.lock.write_text(json.dumps({"pid": os.getpid(), "host": "elsewhere", "since": "2026-01-02T03:04:05+00:00"}))
    assert call("pause", run.id).code == 0
    said = call("stop", run.id, "--now")
    assert (said.code, len(list(run.inbox.iterdir()))) == (2, 2)
    who = f"process {os.getpid()} on elsewhere"
    assert said.err == f"{run.id}: {who} does not answer, and can be killed only there; it ends when it looks\n"
    assert [one["host"] for one in json.loads(call("status", "--json").out)] == ["elsewhere"]


def test_inbox_of_another_user(call: Call, live: Run) -> None:
    """Where no command can be put the reason is said."""
    live.inbox.write_text("a file where the folder would be")
    assert refused(call, live.path, "pause", live.id) == f"{live.inbox}: File exists"


def test_status(call: Call, live: Run) -> None:
    """A run under way is a line, and an object; one whose process was stopped is stalled; one that is lost is none."""
    said = call("status")
    history = look(live).history
    assert (said.code, said.err) == (0, "")
    accuracy = history.metrics["val/accuracy"]
    begin = f"{live.id}  running  epoch {history.epoch}/{history.epochs}  val/accuracy {accuracy:.4f}  "
    assert said.out.startswith(begin)
    assert said.out.endswith(" left\n")
    (told,) = json.loads(call("status", "--json").out)
    keys = ["run", "state", "asking", "model", "step", "steps", "epoch", "epochs", "metrics", "left", "device"]
    assert list(told) == [*keys, "pid", "host"]
    assert (told["model"], told["step"], told["metrics"]) == ("mlp 10", history.step, {"val/accuracy": accuracy})

    os.kill(told["pid"], signal.SIGSTOP)
    deadline = monotonic() + 10
    while "stalled" not in (said := call("status")).out:
        assert monotonic() < deadline
    assert said.out == begin.replace("running", "stalled").rstrip() + "\n"
    said = call("pause", live.id)
    when = f"once its process goes on, which is stopped: kill -CONT {told['pid']}"
    assert said.err == f"{live.id}: asked to pause; it will {when}\n"

    os.kill(told["pid"], signal.SIGKILL)
    while call("status") != (0, "", ""):
        assert monotonic() < deadline
    assert json.loads(call("status", "--json").out) == []


def test_stumbled(call: Call, live: Run) -> None:
    """A run that waits to be told what becomes of it says so, nobody waits for it, and it can be stopped."""
    keys = {"trouble": "nan", "loss": None, "lr": 0.1, "layer": "output", "norms": [1.0], "waits": True}
    record = {"event": "troubled", "run": live.id, "time": "2026-01-02T03:10:00.000+00:00"} | keys
    with live.journal.open("a") as file:
        file.write(json.dumps(record | {"step": look(live).history.step + 1}) + "\n")
    words = "waits to be told: rewind, skip, go on or stop (space in its cockpit)"
    assert call("status").out.startswith(f"{live.id}  {words}  epoch ")
    (told,) = json.loads(call("status", "--json").out)
    assert (told["state"], told["asking"], told["left"]) == ("paused", True, None)
    for names in ((), (live.id,)):
        said = call("wait", *names)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(f"{live.id}  {words}")
    assert call("stop", live.id).code == 0
    assert len(list(live.inbox.iterdir())) == 1


def test_killed_with_its_lane(call: Call, tmp_path: Path) -> None:
    """Where the process that is killed worked on the queue that is said, and how the rest of the queue goes on."""
    run = copied(tmp_path / "runs", PLANE)
    cut(run, UNDER_WAY)
    hold = HOLD.replace("taken = ", "other = lock.take(Path(sys.argv[2]), lock.signature())\ntaken = ")
    lane = run.path.parent / ".lane-cpu.lock"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(run.lock), str(lane)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"taken\n"
        said = call("stop", run.id, "--now")
    assert worker.returncode == -signal.SIGKILL
    first, second = said.err.splitlines()
    assert first.startswith(f"{run.id}: process {worker.pid} on ")
    assert second == "the queue on cpu ended with it: tuitrain queue resume goes on"


def test_in_line(call: Call, runs: Path, tmp_path: Path) -> None:
    """A run in line is queued; it is no reason to wait while nobody trains the line, and is taken out, not stopped."""
    (tmp_path / "toy.toml").write_text(TOY)
    run = Run(runs / call("queue", "add", "toy.toml").out.strip())
    assert call("status").out == f"{run.id}  queued\n"
    assert call("wait") == (0, "", "nothing is under way\n")
    hint = f"tuitrain queue remove {run.id} takes it out"
    assert refused(call, runs, "stop", run.id) == f"{run.id} waits in line; {hint}"
    assert call("pause", run.id).err == f"{run.id}: asked to pause; it will when its turn comes\n"
    assert len(list(run.inbox.iterdir())) == 1


def test_no_runs(call: Call, tmp_path: Path) -> None:
    """Where there are no runs nothing is under way, and nothing is made."""
    assert call("status") == (0, "", "")
    assert call("wait") == (0, "", "nothing is under way\n")
    (tmp_path / "runs").write_text("a file where the folder would be")
    assert call("status") == (0, "", "")


def test_wait_for_what_is_over(call: Call, runs: Path) -> None:
    """The exit code is that of the runs: 0 where all did well, else 1."""
    assert call("wait", "linear", "mlp").code == 0
    lost = copied(runs, name="20260103-000000-lost")
    cut(lost, UNDER_WAY)
    diverged = copied(runs, "diverged/20260102-030405-moons-mlp-10")
    for run, state in ((lost, "lost"), (diverged, "diverged")):
        said = call("wait", "linear", run.id, "--json")
        assert said.code == 1
        assert [one["state"] for one in json.loads(said.out)] == ["finished", state]
        assert f"{run.id}  {state}" in said.err


def test_wait_until_lost(live: Run, spawn: Spawn, tmp_path: Path) -> None:
    """A run whose worker is killed ends the wait within seconds; Ctrl+C does at once."""
    waiting = [spawn("wait"), spawn("wait", live.id)]
    deadline = monotonic() + 60
    while not all("running" in (tmp_path / f"stderr{number}").read_text() for number in (0, 1)):
        assert monotonic() < deadline
        sleep(0.02)
    waiting[1].send_signal(signal.SIGINT)
    assert waiting[1].wait(10) == 130
    os.kill(json.loads(live.lock.read_text())["pid"], signal.SIGKILL)
    began = monotonic()
    assert waiting[0].wait(30) == 1
    assert monotonic() - began < 10
    assert f"{live.id}  lost" in (tmp_path / "stderr0").read_text()


def test_names_are_text(call: Call, tmp_path: Path) -> None:
    """What acts on a terminal in the name of a directory is shown, not sent."""
    run = copied(tmp_path / "runs", name="20260103-000000-\x1b[31m[bold]\u202e")
    cut(run, UNDER_WAY)
    shown = r"20260103-000000-\x1b[31m[bold]\u202e"
    with held(run):
        said = [call("status"), call("pause", "bold")]
    said.append(call("wait", "bold"))
    for one in said:
        assert shown in one.out + one.err
        assert (one.out + one.err).replace("\n", "").isprintable()
