"""What a run learned, taken away from the command line: files that others read, programs that repeat it, answers."""

import contextlib
import io
import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from calling import Program
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

from tuitrain import experiment as experiments, takeaway
from tuitrain.engine.train import train as learn
from tuitrain.events import Command, Planned, Start
from tuitrain.runs import exporting, inputs, store, worker
from tuitrain.runs.journal import Writer, stamp
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

CPU = ('training.device="cpu"', "training.threads=1")
BRIEF = "training.epochs=2"
SMALL = ("dataset.train_size=600", "dataset.val_size=200", "dataset.test_size=200", BRIEF, *CPU)
DEEP = 'models=[{kind="mlp", hidden=[30, 20], dropout=0.3, batch_norm=true, activation="gelu", init="kaiming"}]'
FILTERS = 'models=[{kind="cnn", channels=[[4, 4], [8]], hidden=[16], batch_norm=true, init="xavier", dropout=0.2}]'
REPEATED = {
    "toy-deep": ("toy-deep", "training.steps=300", "dataset.val_size=0.2"),
    "mnist-linear": ("mnist-linear", *SMALL),
    "mnist-mlp": ("mnist-mlp", *SMALL),
    "by class": (
        "first-run",
        "dataset.kind=fashion",
        "dataset.per_class=30",
        "dataset.test_size=90",
        "training.epochs=2",
    ),
    "augmented": ("mnist-mlp", *SMALL, "dataset.crop=2", "dataset.rotate=9.0", "dataset.test_rotation=20.0"),
    "dropout": ("mnist-mlp", *SMALL, DEEP, "schedule.kind=cosine", "training.drop_last=true"),
    "filters": ("mnist-mlp", *SMALL, FILTERS, "schedule.kind=onecycle", "dataset.normalize=standard"),
    "plateau": ("mnist-mlp", *SMALL, "schedule.kind=plateau", "schedule.patience=0", "training.patience=2"),
    "muon": ("mnist-mlp", *SMALL, "optimizer.kind=muon", "training.clip_norm=0.5"),
    "penalties": ("mnist-mlp", *SMALL, "loss.l1=1e-5", "loss.l2=1e-4", "loss.class_weights=balanced"),
    "lbfgs": ("logreg", "training.steps=20", "optimizer.kind=lbfgs"),
    "numbers": ("linreg-plane", "dataset.normalize=standard", BRIEF),
    "numpy-net": ("numpy-net", "training.steps=500"),
}
"""Experiments that a program repeats: a preset and what is set."""
WHOLE = {
    "toy-deep": ("toy-deep",),
    "mnist-linear": ("mnist-linear",),
    "mnist-mlp": ("mnist-mlp",),
    "svm": ("svm", 'models=[{kind="svm"}]'),
    "iris": ("svm", 'models=[{kind="svm", kernel="linear"}]', "dataset.kind=iris"),
}
"""Presets as they are, and models that are fitted in one go."""
CHANGES = {
    "rates": ((3, "optimizer.lr", 0.01), (7, "loss.l2", 1e-3), (10, "dataset.noise", 0.2), (20, "training.epochs", 3)),
    "from the start": ((0, "optimizer.beta1", 0.8), (5, "training.clip_norm", 0.1), (9, "training.steps", 13)),
}
"""What is changed while a run trains, and after which step."""


class Told:
    """A control that never says anything."""

    def commands(self) -> list[Command]:
        """Return none."""
        return []

    def wait(self) -> None:
        """Return at once."""


def train(folder: Path, source: str, *overrides: str) -> Run:
    """Return the run of the last model of an experiment, trained in this process."""
    one = experiments.read(source, [*overrides, *CPU]).alone[-1]
    run = store.create(one, folder / "runs")
    code = worker.work([run], worker.Shelf(folder / "data"), lambda *_: None, worker.Interrupt())
    assert code == 0, look(run).history.ended
    return run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run that tells digits apart, well enough for its answers to be looked at."""
    return train(tmp_path_factory.mktemp("digits"), "mnist-linear", "dataset.train_size=2000", "training.epochs=3")


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on points of the plane."""
    return train(tmp_path_factory.mktemp("plane"), "toy-deep", "training.steps=200", "dataset.val_size=0.2")


def exported(run: Run, kind: str, out: Path | None) -> int:
    """Export a run as the command line does."""
    return takeaway.export(run.id, run.path.parent, run.path.parent.parent / "data", kind, out)


def predicted(run: Run, *files: Path, as_json: bool = False) -> int:
    """Predict as the command line does."""
    return takeaway.predict(run.id, run.path.parent, run.path.parent.parent / "data", files, as_json=as_json)


def repeated(run: Run, folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return what the program of a run prints at its end, and what the run measured at its own."""
    path = folder / "again.py"
    assert exported(run, "script", path) == 0
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(path))
    ended = look(run).history.ended
    assert ended
    return finals(printed.getvalue()), ended["metrics"]


def finals(printed: str) -> dict[str, float]:
    """Return the numbers that a program printed at its end."""
    lines = [line for line in printed.splitlines() if not line.startswith("step ")]
    return {pair.split()[0]: float(pair.split()[1]) for line in lines for pair in line.split("  ")}


@pytest.mark.parametrize("name", REPEATED)
def test_the_program_of_a_run_gives_its_numbers(name: str, tmp_path: Path) -> None:
    """A program without tuitrain trains the same, bit for bit, whatever the run was made of."""
    again, own = repeated(train(tmp_path, *REPEATED[name]), tmp_path)
    assert again
    assert again == {key: own[key] for key in again}


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_the_program_of_a_preset_gives_its_numbers(name: str, tmp_path: Path) -> None:
    """The presets as they are give the same numbers as well, and so do machines of scikit-learn."""
    again, own = repeated(train(tmp_path, *WHOLE[name]), tmp_path)
    assert again == {key: own[key] for key in again}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_on_the_way_is_changed_again(name: str, tmp_path: Path) -> None:
    """The program changes the same after the same steps, leaves out the same batch, and stops where the run did."""
    one = experiments.read("mnist-mlp", [*SMALL, "schedule.kind=cosine"]).alone[0]
    run, data = store.create(one, tmp_path / "runs"), one.dataset.load(tmp_path)
    inputs.write(run, one, data)
    changed = tuple(Planned(step, "set", key, value) for step, key, value in CHANGES[name])
    journal = Writer(run.journal)
    for event in learn(one, data, Told(), run.path, Start(plan=(*changed, Planned(8, "skip"), Planned(29, "stop")))):
        journal.append(stamp(run.id, event))
    journal.close()
    again, own = repeated(run, tmp_path)
    assert again == {key: own[key] for key in again}
    assert "changes = {" in (tmp_path / "again.py").read_text()


def test_a_table_of_ones_own_is_read_by_the_program(tmp_path: Path) -> None:
    """Rows with gaps, words, truths and decimal commas become the same inputs there."""
    rng = np.random.default_rng(0)
    rows = [f"{i};{rng.random():.3f};{rng.choice(['red', 'blue', ''])};{rng.choice(['yes', 'no'])}" for i in range(60)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["id;size;colour;big", *(row.replace(".", ",") for row in rows)]))
    asked = (f'dataset.path="{path}"', "dataset.ignore=['id']", "training.steps=30", 'models=[{kind="mlp"}]')
    again, own = repeated(train(tmp_path, "toy-deep", "dataset.kind=csv", *asked), tmp_path)
    assert again == {key: own[key] for key in again}


def test_a_folder_of_images_is_read_by_the_program(tmp_path: Path) -> None:
    """Pictures of several sizes become the same pixels there, and a file that is none is left out."""
    rng = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (tmp_path / "pics" / label).mkdir(parents=True)
        for number in range(10):
            pixels = rng.integers(0, 256, (20 + number, 30, 3 + number % 2), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pics" / label / f"{number}.png")
    asked = (f'dataset.path="{tmp_path / "pics"}"', "dataset.size=16", 'models=[{kind="mlp"}]', "training.steps=20")
    again, own = repeated(train(tmp_path, "toy-deep", "dataset.kind=folder", *asked), tmp_path)
    assert again == {key: own[key] for key in again}


@pytest.mark.slow
def test_a_program_runs_alone(plane: Run, tmp_path: Path) -> None:
    """It is started as any program, without tuitrain anywhere near, and says what it measured."""
    assert exported(plane, "script", tmp_path / "again.py") == 0
    text = (tmp_path / "again.py").read_text()
    assert "import tuitrain" not in text
    ran = subprocess.run(
        [sys.executable, "-I", "again.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    again, own = finals(ran.stdout), look(plane).history.ended
    assert own
    assert again == {key: own["metrics"][key] for key in again}


def retell(run: Run, kind: str, **keys: object) -> None:
    """Put other words into the lines of one kind in the journal of a run."""
    lines = [json.loads(line) for line in run.journal.read_text().splitlines()]
    run.journal.write_text("".join(json.dumps(one | (keys if one["event"] == kind else {})) + "\n" for one in lines))


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"device": 'cpu" if print("RUN") else "cpu'}, "names the device"),
        ({"device": 'cuda:0\nprint("RUN")'}, "names the device"),
        ({"versions": {"torch": '2\n"""\nprint("RUN")\n"""'}}, ""),
        ({"versions": ["RUN"], "experiment": {"training": {"threads": 'print("RUN")'}}}, ""),
    ],
)
def test_a_journal_brings_no_code_into_a_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: dict[str, object], sentence: str
) -> None:
    """A program holds what a journal says as far as it can be: of anything else there is none, or it is left out."""
    run = train(tmp_path, "toy-deep", "training.steps=5")
    retell(run, "started", **keys)
    assert exported(run, "script", tmp_path / "x.py") == (2 if sentence else 0)
    assert sentence in capsys.readouterr().err
    if not sentence:
        _, said, program = (tmp_path / "x.py").read_text().split('"""', 2)
        assert "print" not in said.replace("2printRUN", "")
        assert "RUN" not in program


@pytest.mark.parametrize(
    ("key", "new"),
    [('training.patience\nprint("RUN")\nx', 3), ("training.patience", 'print("RUN")'), ("training.seed", 3)],
)
def test_changes_that_cannot_be_are_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, new: object
) -> None:
    """A change that no training would have taken is refused, and no program is written."""
    run = train(tmp_path, "toy-deep", "training.steps=5")
    *lines, end = run.journal.read_text().splitlines(keepends=True)
    told = {
        "event": "changed",
        "run": run.id,
        "time": json.loads(end)["time"],
        "step": 1,
        "key": key,
        "old": 0,
        "new": new,
    }
    run.journal.write_text("".join([*lines, json.dumps(told) + "\n", end]))
    assert exported(run, "script", tmp_path / "x.py") == 2
    assert "journal.jsonl tells of a change that cannot be" in capsys.readouterr().err
    assert not (tmp_path / "x.py").exists()


def test_what_was_rewound_is_not_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights are those of a checkpoint that the journal knows, not of one that it went back from."""
    run = train(tmp_path, "toy-deep", "training.steps=40", "dataset.val_size=0.2", "training.evaluate_every=20")
    kept = look(run).history.checkpoints
    best = kept["checkpoints/best.pt"]
    assert exported(run, "safetensors", tmp_path / "x") == 0
    assert f"best.pt of step {best}:" in capsys.readouterr().err
    with run.journal.open("a") as file:
        began = look(run).history.started or {}
        for event, keys in (
            ("restarted", {"step": best - 1}),
            ("saved", {"step": best, "path": "checkpoints/last.pt"}),
        ):
            file.write(json.dumps({"event": event, "run": run.id, "time": began["time"], **keys}) + "\n")
    assert exported(run, "safetensors", tmp_path / "x") == 0
    assert "last.pt of step 40:" in capsys.readouterr().err


def test_what_a_program_cannot_do_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that has not begun has nothing to repeat, and a branch begins where no program can."""
    run = store.create(experiments.read("toy-deep").alone[0], tmp_path / "runs")
    assert exported(run, "script", None) == 2
    assert "has not begun: train it first" in capsys.readouterr().err
    run = train(tmp_path, "toy-deep", "training.steps=20")
    toml = run.path / "experiment.toml"
    toml.write_text(f'{toml.read_text()}\n[parent]\nrun = "trunk"\nstep = 7\n')
    assert exported(run, "script", tmp_path / "x.py") == 2
    assert "is a branch and begins with what trunk had learned by step 7" in capsys.readouterr().err
    assert not (tmp_path / "x.py").exists()


def test_files_are_not_written_over(
    plane: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there is left alone, unless it is the one that was named."""
    monkeypatch.chdir(tmp_path)
    assert exported(plane, "safetensors", None) == 0
    path = tmp_path / f"{plane.id}.safetensors"
    assert capsys.readouterr().out.strip() == str(path)
    path.write_text("mine")
    assert exported(plane, "safetensors", None) == 2
    assert path.read_text() == "mine"
    assert exported(plane, "safetensors", path) == 0
    assert b"__metadata__" in path.read_bytes()
    assert exported(plane, "safetensors", tmp_path) == 2
    assert exported(plane, "safetensors", tmp_path / "none" / "x") == 2
    assert "is no directory: make it" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*"))


def test_curves_are_read_by_tensorboard(plane: Run, tmp_path: Path) -> None:
    """TensorBoard's own reader finds each point of each curve, and what was trained as a text."""
    assert exported(plane, "tensorboard", tmp_path / "board") == 0
    board = EventAccumulator(str(tmp_path / "board"))
    board.Reload()
    history = look(plane).history
    read = [(each.step, each.value) for each in board.Scalars("val/loss")]
    series = history.evaluated["val/loss"]
    assert [step for step, _ in read] == list(series.steps)
    assert [value for _, value in read] == pytest.approx(list(series.values))
    (final,) = board.Scalars("final/val/accuracy")
    assert final.value == pytest.approx(history.metrics["val/accuracy"])
    (text,) = board.Tensors("experiment")
    assert b'kind = "gmm2d"' in text.tensor_proto.string_val[0]


def test_a_missing_package_names_the_extra(
    plane: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the extra brings is asked for in a sentence."""
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    for kind in ("onnx", "tensorboard"):
        assert exported(plane, kind, tmp_path / kind) == 2
        assert f"--format {kind} needs the package" in (told := capsys.readouterr().err)
        assert "pip install 'tuitrain[export]'" in told


def test_pictures_are_told_apart(digits: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Digits in files of several formats and sizes are what they are; those that cannot be read are named."""
    data = digits.experiment().dataset.load(tmp_path)
    assert data.test
    paths = []
    for number, (image, ending) in enumerate(zip(data.test.inputs[:3, 0], ("png", "jpg", "bmp"), strict=True)):
        paths.append(tmp_path / f"{number}.{ending}")
        Image.fromarray(image).convert("RGB").resize((56, 56)).save(paths[-1], quality=95)
    assert predicted(digits, *paths) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["file", "class", "probability", "next"]
    assert [row[1] for row in rows[1:]] == [str(label) for label in data.test.labels[:3]]
    (tmp_path / "bad.png").write_text("nonsense")
    assert predicted(digits, tmp_path / "bad.png", paths[0]) == 1
    assert "bad.png: is no image that can be read; it is left out" in capsys.readouterr().err
    assert predicted(digits, tmp_path / "bad.png") == 2


def test_answers_are_those_that_the_run_measured(
    digits: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over the test split as an array, as many answers are right as the run said, and probabilities add up to 1."""
    data = digits.experiment().dataset.load(tmp_path)
    assert data.test
    np.save(tmp_path / "x.npy", data.test.inputs)
    assert predicted(digits, tmp_path / "x.npy", as_json=True) == 0
    answers = json.loads(capsys.readouterr().out)
    hits = [answer["class"] == str(label) for answer, label in zip(answers, data.test.labels, strict=True)]
    assert np.mean(hits) == pytest.approx(look(digits).history.metrics["test/accuracy"])
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1)
    assert answers[1] | {"row": 2, "file": str(tmp_path / "x.npy")} == answers[1]


def test_numbers_come_in_their_own_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of a table give the number that was learned, under its name; the label need not be there."""
    rows = [f"{x},{1000 + 10 * x}" for x in range(50)]
    (tmp_path / "t.csv").write_text("\n".join(["x,weight", *rows]))
    asked = ("dataset.kind=csv", f'dataset.path="{tmp_path / "t.csv"}"', "training.steps=200", "loss.reduction=mean")
    run = train(tmp_path, "linreg", *asked)
    (tmp_path / "t.csv").unlink()
    (tmp_path / "q.csv").write_text("x\n3\n20\n")
    assert predicted(run, tmp_path / "q.csv") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["file", "row", "weight"]
    assert [float(line[2]) for line in lines[1:]] == pytest.approx([1030, 1200], abs=2)


def test_an_older_run_gets_its_recipe_from_the_dataset(
    plane: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without preprocessing.json the dataset is loaded once more; one that is gone is said to be."""
    (tmp_path / "q.csv").write_text("1,2\n")
    kept = inputs.file(plane).rename(tmp_path / "kept.json")
    assert predicted(plane, tmp_path / "q.csv") == 0
    kept.rename(inputs.file(plane))
    inputs_before = inputs.read(plane)
    assert inputs_before
    (tmp_path / "t.csv").write_text("a,b\n" + "1,x\n2,y\n3,x\n4,y\n" * 5)
    asked = ("dataset.kind=csv", f'dataset.path="{tmp_path / "t.csv"}"', "training.steps=5")
    run = train(tmp_path, "toy-deep", *asked)
    inputs.file(run).unlink()
    (tmp_path / "t.csv").unlink()
    capsys.readouterr()
    assert predicted(run, tmp_path / "q.csv") == 2
    assert "has no preprocessing.json, and its dataset cannot be loaded to make one" in capsys.readouterr().err


def test_what_cannot_be_had_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that is not there, one that saved nothing, one of scikit-learn, and a damaged checkpoint end with 2."""
    assert takeaway.export("none", tmp_path, tmp_path, "onnx", None) == 2
    assert "no run is called 'none'" in capsys.readouterr().err
    run = store.create(experiments.read("toy-deep").alone[0], tmp_path / "runs")
    assert exported(run, "safetensors", tmp_path / "x") == 2
    assert "nothing was saved yet" in capsys.readouterr().err
    run = store.create(experiments.read("svm").alone[0], tmp_path / "runs")
    assert predicted(run, tmp_path / "x.csv") == 2
    assert "fitted in one go and keeps no weights" in capsys.readouterr().err
    run = train(tmp_path, "toy-deep", "training.steps=20")
    (run.path / "checkpoints" / "last.pt").write_bytes(b"cut")
    assert exported(run, "torchscript", tmp_path / "x") == 2
    assert "last.pt: its SHA-256 is not" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_class_names_are_plain_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in a person's file does not act on the terminal."""
    (tmp_path / "t.csv").write_text("a,b\n" + "1,\x1b[31mred\n2,[b]bold\n3,\x1b[31mred\n4,[b]bold\n" * 5)
    asked = ("dataset.kind=csv", f'dataset.path="{tmp_path / "t.csv"}"', "training.steps=5")
    run = train(tmp_path, "toy-deep", *asked)
    assert predicted(run, tmp_path / "t.csv") == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert r"\x1b[31mred" in out
    assert "[b]bold" in out


def test_the_command_line_exports_and_predicts(program: Program, tmp_path: Path) -> None:
    """Both commands are there, and give their exit codes to the shell."""
    run = train(tmp_path, "toy-deep", "training.steps=20")
    ended = program("export", run.id, "--format", "safetensors", "--out", "net.safetensors")
    assert (ended.returncode, ended.stdout) == (0, "net.safetensors\n"), ended.stderr
    assert "last.pt of step 20: 6 tensors, the same bit for bit" in ended.stderr
    (tmp_path / "q.csv").write_text("1,2\n3,\n")
    ended = program("predict", run.id, "q.csv")
    assert ended.returncode == 1
    assert 'q.csv, row 2: column "x2" has no value' in ended.stderr
    assert ended.stdout.splitlines()[1].split()[:2] == ["q.csv", "1"]


def test_nothing_heavy_is_loaded_to_ask() -> None:
    """The front end imports no torch: it is loaded once there is something to do with it."""
    code = "import sys, tuitrain.takeaway; print({'torch', 'numpy', 'onnx', 'tensorboard'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "set()"
    assert set(exporting.ENDINGS) == {"script", "safetensors", "onnx", "torchscript", "tensorboard"}
