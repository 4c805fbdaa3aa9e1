"""The program without a screen, as a script calls it: output, exit codes, messages."""

import json
import re
import signal
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import pytest
from calling import TOY, Program, Spawn, command

from tuitrain.cli import main
from tuitrain.runs import lock
from tuitrain.runs.anatomy import PREFIXES
from tuitrain.runs.inbox import send
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look, wait

COMMON = {"event", "run", "time"}
KEYS = {  # of each event: those that it has, and those that it may have
    "preparing": ({"phase"}, set()),
    "started": (
        {"experiment", "model", "device", "parameters", "train_size", "val_size", "test_size", "steps", "epochs"}
        | {"task", "shape", "labels", "table", "flops", "pid", "host", "versions"},
        set(),
    ),
    "stepped": ({"step", "epoch", "metrics"}, {"diverged"}),
    "evaluated": ({"step", "epoch", "metrics", "best"}, {"diverged"}),
    "snapshot": ({"step", "path"}, set()),
    "thinned": ({"paths"}, set()),
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
UNEVEN = (
    "--set",
    "optimizer.kind=sgd",
    "--set",
    "optimizer.lr=1e20",
    "--set",
    'models=[{kind="mlp", hidden=[10, 10]}, {kind="linear"}]',
)


class Ended(NamedTuple):
    """What a program left behind."""

    code: int
    out: str
    err: str
    folder: Path


Here = Callable[..., Ended]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Return how two trainings ended that ran at the same time: loading torch is what takes the time."""
    calls = {"json": ("--json", "--set", "training.record_every=1"), "uneven": UNEVEN}
    started = {}
    for name, arguments in calls.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / "toy.toml").write_text(TOY)
        started[name] = (
            folder,
            subprocess.Popen(
                command(folder, ("--batch", "toy.toml", *arguments)),
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ),
        )
    found = {}
    for name, (folder, process) in started.items():
        out, err = process.communicate(timeout=120)
        found[name] = Ended(process.returncode, out, err, folder)
    return found


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Return a function that calls the program in this process, which is quicker, in `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ended:
        code = main(command(tmp_path, arguments)[3:])
        return Ended(code, *capsys.readouterr(), tmp_path)

    return call


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
    measured = [record["metrics"] for record in records if record["event"] == "evaluated"]
    untrained, evaluated, *_ = [{name for name in told if not name.startswith(PREFIXES)} for told in measured]
    tensors = {f"{kind}/{name}" for kind in ("grad", "update") for name in ("output.weight", "output.bias")}
    assert measured[1].keys() - evaluated == tensors
    assert untrained == {"val/loss", "val/accuracy"}
    assert evaluated == {"train/loss", "train/accuracy", "val/loss", "val/accuracy", "lr", "seconds"}
    measures = ("loss", "accuracy", "precision", "recall", "f1", "average_precision")
    assert records[-1]["metrics"].keys() == {f"{split}/{measure}" for split in ("train", "val") for measure in measures}


def test_table(ends: dict[str, Ended]) -> None:
    """Of several models a diverging one makes the exit code 1, the others finish; stdout is a table of all."""
    ended = ends["uneven"]
    assert ended.code == 1, ended.err
    assert [look(run).state for run in listed(ended.folder / "runs")] == ["finished", "diverged"]
    heading, *rows = [line.rstrip() for line in ended.out.splitlines()]
    columns = "model params epoch split accuracy loss precision recall F1 AP time state"
    assert " ".join(heading.split()) == columns
    assert re.fullmatch(r"mlp 10,10 +162 .* diverged", rows[0])
    assert re.fullmatch(r"linear +6 +3/3 +train( +[\d.e]+){6} +\d\d:\d\d +finished", rows[1])
    assert re.fullmatch(r" +val( +[\d.e]+){6}", rows[2])
    assert len(rows) == 3
    assert "162 parameters on cpu" in ended.err
    assert re.search(r"(train|val)/loss became (nan|inf)", ended.err)
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("training.device=cuda:99", r"training\.device: cuda:99 is not on this machine; there are auto, .*cpu"),
        (
            "dataset={kind='mnist', source='full'}",
            r"MNIST is not complete in \S+ and could not be downloaded into it\..*",
        ),
    ],
)
def test_not_on_this_machine(here: Here, toy: Path, setting: str, sentence: str) -> None:
    """What this machine does not have is said in a line, before anything is written."""
    (toy.parent / "data").write_text("a file where the folder would be")
    ended = here("--batch", str(toy), "--set", setting)
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
        (
            ["--batch", "toy.toml", "--set", "dataset.pints=1"],
            r"toy\.toml: dataset\.pints: unknown key.*; the keys here are .*",
        ),
        (
            ["--batch", "toy.toml", "--set", "training.epoch=1"],
            r"toy\.toml: training\.epoch: unknown key \(.*epochs\?\).*",
        ),
        (
            ["--batch", "toy.toml", "--set", "training.epochs=0"],
            r"toy\.toml: training\.epochs: must be 1 or more; got 0",
        ),
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
def test_wrong_usage(here: Here, toy: Path, arguments: list[str], sentence: str) -> None:
    """Wrong usage is a sentence on stderr and exit code 2, without a traceback, and nothing is written."""
    (toy.parent / "broken.toml").write_text(BROKEN)
    ended = here(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(sentence, ended.err.strip()), ended.err
    assert not (toy.parent / "runs").exists()


def test_runs_directory_that_cannot_be_made(here: Here, toy: Path) -> None:
    """Without a place for runs nothing is trained."""
    (toy.parent / "runs").write_text("a file where the folder would be")
    ended = here("--batch", str(toy))
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(r"\S+runs: .*; choose another --runs-dir", ended.err.strip())


class Live(NamedTuple):
    """Three trainings that go on until they are told to end, all with their runs in one folder."""

    folder: Path
    processes: "dict[str, subprocess.Popen[str]]"

    def run(self, name: str) -> Run:
        """Return the run of one of them."""
        pid = self.processes[name].pid
        return next(run for run in listed(self.folder / "runs") if lock.holder(run.lock).get("pid") == pid)


@pytest.fixture
def live(spawn: Spawn, toy: Path) -> Live:
    """Return the trainings as soon as each has made a step."""
    processes = {name: spawn("--batch", str(toy), *LONG) for name in ("interrupt", "terminate", "stop")}
    runs, deadline = toy.parent / "runs", monotonic() + 60
    while len(listed(runs)) < 3:
        assert monotonic() < deadline
        sleep(0.05)
    assert all(wait(look(run), lambda watch: watch.history.step > 0, 60) for run in listed(runs))
    return Live(toy.parent, processes)


def test_life(live: Live, program: Program, here: Here) -> None:
    """Trainings are listed, shown, stopped and interrupted from outside; each is saved and ends with its exit code."""
    table = program("runs").stdout.splitlines()
    assert [line.split()[-1] for line in table] == ["state", *["running"] * 3]

    run = live.run("stop")
    shown = program("show", run.id)
    assert shown.returncode == 0
    assert f"{run.id}: running" in shown.stdout
    assert 'kind = "gmm2d"' in shown.stdout
    send(run.inbox, "pause")
    assert wait(look(run), lambda watch: watch.state == "paused", 10)
    assert "paused" in here("runs").out

    stopped = program("stop", run.id)
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert re.fullmatch(rf"{run.id}: stopped at step [\d,]+\n", stopped.stderr)
    again = here("stop", run.id)
    assert (again.code, again.err.strip()) == (2, f"{run.id} is not running: it is stopped")
    live.processes["interrupt"].send_signal(signal.SIGINT)
    live.processes["terminate"].send_signal(signal.SIGTERM)

    for name, code in {"stop": 0, "interrupt": 130, "terminate": 143}.items():
        run = live.run(name)
        assert live.processes[name].wait(30) == code
        records = [json.loads(line) for line in here("show", run.id, "--json").out.splitlines()]
        assert (records[-1]["event"], records[-1]["reason"]) == ("finished", "stopped")
        assert records == [json.loads(line) for line in run.journal.read_text().splitlines()]
        assert (run.path / "checkpoints" / "last.pt").is_file()
        assert json.loads(run.summary.read_text())["state"] == "stopped"
    summaries = json.loads(here("runs", "--json").out)
    assert [each["state"] for each in summaries] == ["stopped"] * 3
    assert "Traceback" not in "".join(path.read_text() for path in live.folder.glob("stderr*"))


def test_no_runs_yet(here: Here) -> None:
    """Where there are no runs stdout is empty and stderr says how to make one."""
    ended = here("runs")
    assert (ended.code, ended.out) == (0, "")
    assert "tuitrain --batch mnist-linear makes one" in ended.err
    assert json.loads(here("runs", "--json").out) == []


@pytest.mark.parametrize(
    ("what", "there"),
    [
        ("presets", {"first-run", "mnist-linear", "toy-deep"}),
        ("datasets", {"gmm2d", "spiral", "line", "iris", "diabetes", "mnist", "cifar10", "csv", "npz", "folder"}),
        ("models", {"linear", "mlp", "cnn", "torchvision", "numpy_net", "svm"}),
        ("optimizers", {"sgd", "adam", "adamw", "rmsprop", "adagrad", "lbfgs", "muon"}),
        ("schedules", {"constant", "step", "exponential", "cosine", "onecycle", "plateau"}),
    ],
)
def test_list(here: Here, what: str, there: set[str]) -> None:
    """What there is to choose from is listed, as text and as one JSON object."""
    text, parsed = here("list", what).out, json.loads(here("list", what, "--json").out)
    assert there <= parsed.keys()
    assert all(re.search(rf"^{name}\b", text, re.MULTILINE) for name in parsed)


def test_describe(here: Here) -> None:
    """An experiment is described with its overrides, parameter by parameter, without training."""
    arguments = ("describe", "toy-deep", "--set", "models.1.hidden=[5, 3]")
    text, parsed = here(*arguments).out, json.loads(here(*arguments, "--json").out)
    assert [model["parameters"] for model in parsed["models"]] == [6, 15 + 18 + 8, 162]
    assert parsed["models"][0]["table"][0] == {"name": "output.weight", "shape": [2, 2], "count": 4}
    assert parsed["sizes"] == {"train": 60, "val": 0, "test": 0}
    assert re.search(r"hidden2\.weight +3 x 5 +15", text)
    assert re.search(r"total +41", text)


@pytest.mark.parametrize("summary", ["[1]", "{}", "null", "{"])
def test_damaged_summary(here: Here, toy: Path, summary: str) -> None:
    """A run whose summary is damaged is listed as its journal has it."""
    assert here("--batch", str(toy)).code == 0
    (run,) = listed(toy.parent / "runs")
    run.summary.write_text(summary)
    assert re.search(rf"{run.id} .* finished", here("runs").out)
    assert json.loads(here("runs", "--json").out)[0]["state"] == "finished"


@pytest.mark.parametrize("arguments", [["--runs-dir=elsewhere", "runs"], ["runs", "--runs-dir", "elsewhere"]])
def test_options_on_either_side(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options that hold everywhere may stand before or after the subcommand, and are relative to where one is."""
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    assert f"no runs yet in {tmp_path / 'elsewhere'}:" in capsys.readouterr().err


def test_version_and_help(program: Program, here: Here) -> None:
    """Version and help go to stdout, and the help names every command and option."""
    assert program("--version").stdout.strip() == f"tuitrain {version('tuitrain')}"
    shown = program("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    words = (
        "runs",
        "show",
        "attach",
        "stop",
        "list",
        "describe",
        "--batch",
        "--set",
        "--json",
        "--runs-dir",
        "--ascii",
    )
    assert [word for word in words if word not in shown.stdout] == []
    assert "--standby" not in shown.stdout
    assert "--set" in here("describe", "--help").out
