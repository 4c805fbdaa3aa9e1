"""The program without a screen, as a script calls it: output, exit codes, messages."""

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tuitrain.runs import lock
from tuitrain.runs.inbox import send
from tuitrain.runs.store import listed
from tuitrain.runs.watch import look, wait

Program = Callable[..., "subprocess.CompletedProcess[str]"]
Spawn = Callable[..., "subprocess.Popen[str]"]

COMMON = {"event", "run", "time"}
KEYS = {  # of each event: those that it has, and those that it may have
    "preparing": ({"phase"}, set()),
    "started": (
        {"experiment", "model", "device", "parameters", "train_size", "val_size", "test_size", "steps", "epochs"}
        | {"pid", "host", "versions"},
        set(),
    ),
    "stepped": ({"step", "epoch", "metrics"}, {"diverged"}),
    "evaluated": ({"step", "epoch", "metrics", "best"}, {"diverged"}),
    "snapshot": ({"step", "path"}, set()),
    "saved": ({"step", "path"}, {"command"}),
    "finished": (
        {"reason", "step", "epoch", "parameters", "metrics", "seconds"},
        {"best_epoch", "fitted", "command", "diverged"},
    ),
    "failed": ({"reason", "error", "hint", "step"}, set()),
}
BROKEN = '[dataset]\nkind = "gmm2d"\n\n[[models]\nkind = "linear"\n'
LONG = ("--set", "training.epochs=1_000_000_000", "--set", "training.evaluate_every=100_000")
# Far too large for three affine layers in a row, and not for one.
UNEVEN = ("--set", "optimizer.lr=1e20", "--set", 'models=[{kind="mlp", hidden=[10, 10]}, {kind="linear"}]')


class Ended(NamedTuple):
    """What a program left behind."""

    code: int
    out: str
    err: str
    folder: Path


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Return how several trainings ended that ran at the same time: loading torch is what takes the time."""
    from conftest import TOY, command

    calls = {
        "json": ("--json", "--set", "training.record_every=1"),
        "uneven": UNEVEN,
        "device": ("--set", "training.device=cuda:99"),
        "data": ("--set", "dataset.kind=mnist", "--set", "dataset.source=full"),
    }
    started = {}
    for name, arguments in calls.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / "toy.toml").write_text(TOY)
        if name == "data":
            (folder / "data").write_text("a file where the folder would be")
        started[name] = subprocess.Popen(
            command(folder, ("--batch", "toy.toml", *arguments)),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ), folder
    found = {}
    for name, (process, folder) in started.items():
        out, err = process.communicate(timeout=120)
        found[name] = Ended(process.returncode, out, err, folder)
    return found


def test_json(ends: dict[str, Ended]) -> None:
    """With --json stdout is the journal and nothing else, each line with the keys of its event; the last is the end."""
    ended = ends["json"]
    assert ended.code == 0, ended.err
    records = [json.loads(line) for line in ended.out.splitlines()]
    (run,) = listed(ended.folder / "runs")
    assert ended.out.splitlines() == run.journal.read_text().splitlines()
    for record in records:
        needed, allowed = KEYS[record["event"]]
        assert COMMON | needed <= record.keys() <= COMMON | needed | allowed, record
        assert (record["run"], record["time"][-6:]) == (run.id, "+00:00")
    kinds = [record["event"] for record in records]
    assert kinds[-1] == "finished"
    assert kinds.count("stepped") == 9
    assert {"train/loss", "train/accuracy", "lr"} <= records[kinds.index("stepped")]["metrics"].keys()
    evaluated = records[kinds.index("evaluated")]["metrics"]
    assert evaluated.keys() == {"train/loss", "train/accuracy", "val/loss", "val/accuracy", "lr", "seconds"}
    measures = ("loss", "accuracy", "precision", "recall", "average_precision")
    assert records[-1]["metrics"].keys() == {f"{split}/{measure}" for split in ("train", "val") for measure in measures}


def test_table(ends: dict[str, Ended]) -> None:
    """Of several models a diverging one makes the exit code 1, the others finish; stdout is a table of all."""
    ended = ends["uneven"]
    assert ended.code == 1, ended.err
    assert [look(run).state for run in listed(ended.folder / "runs")] == ["finished", "diverged"]
    heading, *rows = [line.rstrip() for line in ended.out.splitlines()]
    assert heading.split() == "model params epoch split accuracy loss precision recall AP time state".split()
    assert re.fullmatch(r"mlp 10,10 +162 .* diverged", rows[0])
    assert re.fullmatch(r"linear +6 +3/3 +train( +\d+\.\d{4}){5} +\d\d:\d\d +finished", rows[1])
    assert re.fullmatch(r" +val( +\d+\.\d{4}){5}", rows[2])
    assert len(rows) == 3
    assert "162 parameters on cpu" in ended.err
    assert "the training loss became" in ended.err or "the validation loss became" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("device", r"training\.device: cuda:99 is not on this machine; there are auto, .*cpu"),
        ("data", r"MNIST is not complete in \S+ and could not be downloaded into it\. .* set source = \"sample\".*"),
    ],
)
def test_not_on_this_machine(ends: dict[str, Ended], call: str, sentence: str) -> None:
    """What this machine does not have is said in a line, before anything is written."""
    ended = ends[call]
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(sentence, ended.err.strip()), ended.err
    assert not (ended.folder / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--batch", "mnist-liner"], r"mnist-liner: no such preset \(did you mean mnist-linear\?\); there are .*"),
        (["--batch", "absent.toml"], r"absent\.toml: no such file"),
        (["--batch", "broken.toml"], r"broken\.toml: is not TOML: .*line 4.*"),
        (["--batch"], r".*--batch needs an experiment: .*"),
        (["--batch", "toy.toml", "--set", "optimizer.rate=1"], r"toy\.toml: optimizer\.kind: .*|.*kind is missing.*"),
        (["--batch", "toy.toml", "--set", "training.epoch=1"], r"toy\.toml: training\.epoch: unknown key \(.*epochs\?\).*"),
        (["--batch", "toy.toml", "--set", "training.epochs=0"], r"toy\.toml: training\.epochs: must be 1 or more; got 0"),
        (["--batch", "toy.toml", "--set", "models.1.hidden=[1]"], r"--set: models: has no entry 1; .*"),
        (["--batch", "toy.toml", "--set", "training"], r"--set: training: must be KEY=VALUE, .*"),
        (["--batch", "toy.toml", "--st", "x=1"], r".*--st.*"),
        (["show", "anything"], r"no run is called 'anything' in \S+"),
        (["stop", "anything"], r"no run is called 'anything' in \S+"),
        (["list", "dogs"], r".*dogs.*"),
        (["describe", "nothing"], r"nothing: no such preset.*"),
        (["dance", "now"], r".+"),
    ],
)
def test_wrong_usage(program: Program, toy: Path, arguments: list[str], sentence: str) -> None:
    """Wrong usage is a sentence on stderr and exit code 2, without a traceback, and nothing is written."""
    (toy.parent / "broken.toml").write_text(BROKEN)
    ended = program(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(sentence, ended.stderr.strip()), ended.stderr
    assert not (toy.parent / "runs").exists()


def test_runs_directory_that_cannot_be_made(program: Program, toy: Path) -> None:
    """Without a place for runs nothing is trained."""
    (toy.parent / "runs").write_text("a file where the folder would be")
    ended = program("--batch", str(toy))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"\S+runs: .*; choose another --runs-dir", ended.stderr.strip())


class Live(NamedTuple):
    """Three trainings that go on until they are told to end, all with their runs in one folder."""

    folder: Path
    processes: "dict[str, subprocess.Popen[str]]"

    def run(self, name: str) -> Any:
        """Return the run of one of them."""
        pid = self.processes[name].pid
        return next(run for run in listed(self.folder / "runs") if lock.holder(run.lock).get("pid") == pid)


@pytest.fixture
def live(spawn: Spawn, toy: Path) -> Iterator[Live]:
    """Return the trainings as soon as each has made a step."""
    processes = {name: spawn("--batch", str(toy), *LONG) for name in ("interrupt", "terminate", "stop")}
    found = Live(toy.parent, processes)
    watches: list[Any] = []
    for process in processes.values():
        assert process.poll() is None

    def made() -> bool:
        return len(listed(found.folder / "runs")) == 3

    from time import monotonic, sleep

    deadline = monotonic() + 60
    while not made() and monotonic() < deadline:
        sleep(0.05)
    watches = [look(run) for run in listed(found.folder / "runs")]
    assert all(wait(watch, lambda watch: watch.history.step > 0, 60) for watch in watches)
    yield found


def test_life(live: Live, program: Program) -> None:
    """Trainings are listed, shown, stopped and interrupted from outside; each is saved and ends with its exit code."""
    table = program("runs").stdout.splitlines()
    assert len(table) == 4
    assert all(line.rstrip().endswith("running") for line in table[1:])

    run = live.run("stop")
    shown = program("show", run.id)
    assert shown.returncode == 0
    assert f"{run.id}: running" in shown.stdout
    assert 'kind = "gmm2d"' in shown.stdout
    paused = look(run)
    send(run.inbox, "pause")
    assert wait(paused, lambda watch: watch.state == "paused", 10)
    assert "paused" in program("runs").stdout

    stopped = program("stop", run.id)
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert stopped.stderr.strip() == f"{run.id}: stopped"
    again = program("stop", run.id)
    assert (again.returncode, again.stderr.strip()) == (2, f"{run.id} is not running: it is stopped")
    live.processes["interrupt"].send_signal(signal.SIGINT)
    live.processes["terminate"].send_signal(signal.SIGTERM)

    for name, code in {"stop": 0, "interrupt": 130, "terminate": 143}.items():
        run = live.run(name)
        assert live.processes[name].wait(30) == code
        records = [json.loads(line) for line in program("show", run.id, "--json").stdout.splitlines()]
        assert (records[-1]["event"], records[-1]["reason"]) == ("finished", "stopped")
        assert records[-1] == json.loads(run.journal.read_text().splitlines()[-1])
        assert (run.path / "checkpoints" / "last.pt").is_file()
        assert json.loads(run.summary.read_text())["state"] == "stopped"
    summaries = json.loads(program("runs", "--json").stdout)
    assert [each["state"] for each in summaries] == ["stopped"] * 3
    assert "Traceback" not in "".join(path.read_text() for path in live.folder.glob("stderr*"))


def test_no_runs_yet(program: Program) -> None:
    """Where there are no runs stdout is empty and stderr says how to make one."""
    ended = program("runs")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "tuitrain --batch mnist-linear makes one" in ended.stderr
    assert json.loads(program("runs", "--json").stdout) == []


@pytest.mark.parametrize(
    ("what", "there"),
    [
        ("presets", ["first-run", "mnist-linear", "toy-deep"]),
        ("datasets", ["gmm2d", "moons", "mnist"]),
        ("models", ["linear", "mlp"]),
        ("optimizers", ["sgd", "adam", "adamw"]),
        ("schedules", ["constant", "exponential", "cosine"]),
    ],
)
def test_list(program: Program, what: str, there: list[str]) -> None:
    """What there is to choose from is listed, as text and as one JSON object."""
    text, parsed = program("list", what).stdout, json.loads(program("list", what, "--json").stdout)
    assert set(there) <= parsed.keys()
    assert all(re.search(rf"^{name}\b", text, re.MULTILINE) for name in parsed)


def test_describe(program: Program) -> None:
    """An experiment is described with its overrides, parameter by parameter, without training."""
    arguments = ("describe", "toy-deep", "--set", "models.1.hidden=[5, 3]")
    text, parsed = program(*arguments).stdout, json.loads(program(*arguments, "--json").stdout)
    assert [model["parameters"] for model in parsed["models"]] == [6, 15 + 18 + 8, 162]
    assert parsed["models"][0]["table"][0] == {"name": "output.weight", "shape": [2, 2], "count": 4}
    assert parsed["sizes"] == {"train": 60, "val": 0, "test": 0}
    assert re.search(r"hidden2\.weight +3 x 5 +15", text)
    assert re.search(r"total +41", text)


@pytest.mark.parametrize("first", [True, False])
def test_options_on_either_side(program: Program, tmp_path: Path, first: bool) -> None:
    """Options that hold everywhere may stand before or after the subcommand."""
    option = f"--runs-dir={tmp_path / 'elsewhere'}"
    from conftest import command

    arguments = [option, "runs"] if first else ["runs", option]
    call = [part for part in command(tmp_path, ()) if not part.startswith("--runs-dir")]
    ended = subprocess.run([*call[:3], *arguments], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert str(tmp_path / "elsewhere") in ended.stderr


def test_version_and_help(program: Program) -> None:
    """Version and help go to stdout, and the help names every command and option."""
    assert program("--version").stdout.strip() == f"tuitrain {version('tuitrain')}"
    help_ = program("--help")
    assert (help_.returncode, help_.stderr) == (0, "")
    words = ("runs", "show", "attach", "stop", "list", "describe", "--batch", "--set", "--json", "--runs-dir", "--ascii")
    assert [word for word in words if word not in help_.stdout] == []
    assert "--standby" not in help_.stdout
    assert "--set" in program("describe", "--help").stdout
