"""Commands that look closely: drawings of a run, learning rates, gradients, sweeps and a person's own table."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from calling import command

from tuitrain.cli import main
from tuitrain.runs.store import listed

Call = Callable[..., tuple[int, str, str]]
QUICK = ("--set", "training.epochs=3", "--set", "training.device=cpu")
TABLE = "\ufeffage;height (cm);town;smokes;leaves\n"
TOWNS = ("Zürich", "Bern", "[bold]Genf")


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that calls the program in this process; it returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> tuple[int, str, str]:
        code = main(command(tmp_path, arguments)[3:])
        return (code, *capsys.readouterr())

    return called


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return the file of an experiment on a table with a byte order mark, decimal commas, gaps and markup."""
    rows = [
        f"{'' if n % 17 == 3 else 20 + n % 50};{150 + n % 40},{n % 10};{TOWNS[n % 3]};{'ja' if n % 2 else 'nein'};"
        f"{'yes' if n % 50 > 25 else 'no'}"
        for n in range(200)
    ]
    (tmp_path / "people.csv").write_text(TABLE + "\n".join(rows), encoding="utf-8")
    experiment = tmp_path / "people.toml"
    experiment.write_text('[dataset]\nkind = "csv"\npath = "people.csv"\n[[models]]\nkind = "linear"\n')
    return experiment


def test_views(call: Call, tmp_path: Path) -> None:
    """A finished run is drawn as text: curves and every picture there is, or only those named; in ASCII if asked."""
    assert call("--batch", "toy-deep", *QUICK, "--set", 'models=[{kind="linear"}]')[0] == 0
    (run,) = listed(tmp_path / "runs")
    code, everything, _ = call("show", run.id, "--ascii")
    assert code == 0
    assert everything.isascii()
    for title in ("loss: train", "accuracy: train", "confusion: true", "decision surface", "in the plane"):
        assert title in everything
    code, alone, _ = call("show", run.id, "--view", "surface")
    assert code == 0
    assert "decision surface" in alone
    assert "confusion" not in alone
    code, _, said = call("show", run.id, "--view", "weights")
    assert code == 2
    assert "nothing to draw as weights" in said


def test_weights_and_mistakes(call: Call, tmp_path: Path) -> None:
    """Of images the weights, a batch with what the model thinks, and the worst mistakes with their losses are drawn."""
    small = ("--set", "dataset.train_size=300", "--set", "dataset.val_size=300", "--set", "dataset.test_size=0")
    assert call("--batch", "mnist-linear", *QUICK, *small)[0] == 0
    (run,) = listed(tmp_path / "runs")
    code, drawn, _ = call("show", run.id, "--view", "weights", "--view", "samples", "--view", "mistakes", "--ascii")
    assert code == 0
    assert re.search(r"x \d -> \d +\d+\.\d", drawn)
    assert "diverging" in drawn


@pytest.mark.slow
def test_sweep(call: Call, tmp_path: Path) -> None:
    """Several values of one setting are as many runs, named by it and side by side in the table."""
    code, out, _ = call("--batch", "toy-deep", *QUICK, "--set", "optimizer.lr=0.01,0.1", "--set", "models.0.kind=mlp")
    assert code == 0
    runs = listed(tmp_path / "runs")
    assert len(runs) == 6
    assert sum("lr-0-01" in run.id for run in runs) == 3
    for name in ("mlp 100 lr 0.01", "mlp 100 lr 0.1", "mlp 10,10 lr 0.01"):
        assert name in out
    assert [run.experiment().optimizer.lr for run in reversed(runs)] == [0.01] * 3 + [0.1] * 3


def test_own_table(call: Call, table: Path, tmp_path: Path) -> None:
    """A table of one's own trains, says what was guessed and filled in, and names its run."""
    code, out, said = call("--batch", str(table), *QUICK, "--set", "training.epochs=30")
    assert code == 0, said
    assert "label: leaves, classification, 2 classes" in said
    assert "age (12 missing)" in said
    assert "[bold]Genf" in said
    assert "people-linear" in listed(tmp_path / "runs")[0].id
    assert re.search(r"linear +16 ", out)  # age, height, three towns, two answers; two classes
    code, out, _ = call("describe", str(table))
    assert code == 0
    assert "train 160, val 40, test 0" in out
    assert "label: leaves, classification" in out
    code, out, _ = call("show", listed(tmp_path / "runs")[0].id, "--view", "errors")
    assert code == 0
    assert re.search(r"\d+ +[\d.]+ +(yes|no) +(yes|no) +\d", out)
    code, _, said = call("--batch", "people.csv")
    assert code == 2
    assert "--set dataset.kind=csv --set dataset.path=people.csv" in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("dataset.label=leavs", r'no column "leavs".*did you mean leaves\?'),
        ("dataset.path=nowhere.csv", r"nowhere\.csv"),
        ("models.0.kind=cnn", r"models\.0: cnn needs images.*choose mlp"),
        ("loss.class_weights=[1, 2, 3]", r"loss\.class_weights: has 3 numbers for 2 classes"),
        ('dataset={kind="gmm2d", K=1, C=2}', r"K \(Gaussians: 1\) must be at least C"),
    ],
)
def test_wrong(call: Call, table: Path, tmp_path: Path, change: str, sentence: str) -> None:
    """What cannot be is said in one sentence before anything is written."""
    code, out, said = call("--batch", str(table), "--set", change)
    assert (code, out) == (2, "")
    assert re.search(sentence, said)
    assert not listed(tmp_path / "runs")


@pytest.mark.parametrize("asked", ["find-lr", "check-gradients", "--batch", "describe"])
def test_wrong_for_own_data(call: Call, table: Path, asked: str) -> None:
    """What a table of one's own does not suit is said under the model's own number, whatever was asked for."""
    code, out, said = call(asked, str(table), "--set", 'models=[{kind="linear"}, {kind="cnn"}]')
    assert (code, out) == (2, "")
    assert re.search(r"^models\.1: cnn needs images", said, re.MULTILINE)
    code, _, said = call(asked, str(table), "--set", "dataset.path=~nobody-of-this-name/people.csv")
    assert code == 2
    assert "~nobody-of-this-name/people.csv: no such file" in said


def test_device_of_a_sweep(call: Call, tmp_path: Path) -> None:
    """A device that is not there is refused before anything is trained, wherever in a sweep it stands."""
    code, _, said = call("--batch", "linreg", "--set", "training.device=cpu,cuda:99")
    assert code == 2
    assert "cuda:99 is not on this machine" in said
    assert not listed(tmp_path / "runs")


def test_rates(call: Call, tmp_path: Path) -> None:
    """Learning rates are tried without a run; the suggestion is one with which such a net learns."""
    code, out, _ = call("find-lr", "mnist-linear", "--json")
    assert code == 0
    (curve,) = json.loads(out).values()
    assert 0.01 < curve["suggestion"] < 3
    assert len(curve["rates"]) == len(curve["losses"]) > 50
    code, out, _ = call("find-lr", "mnist-linear", "--ascii")
    assert code == 0
    assert "--set optimizer.lr=" in out
    assert not listed(tmp_path / "runs")
    code, _, said = call("find-lr", "svm")
    assert code == 2
    assert "fitted in one go" in said


@pytest.mark.parametrize(
    ("preset", "way"), [("linreg", "by hand"), ("numpy-net", "by hand"), ("toy-deep", "differences")]
)
def test_gradients(call: Call, preset: str, way: str) -> None:
    """Autograd's gradients equal those derived by hand, and those found by differences where nobody derived any."""
    code, out, _ = call("check-gradients", preset)
    assert code == 0
    assert way in out
    assert "DIFFERENT" not in out
    if preset == "toy-deep":
        assert call("check-gradients", preset, "--set", "loss.class_weights=[1, 3]")[0] == 0
    found = json.loads(call("check-gradients", preset, "--json")[1])
    assert all(each["equal"] and each["difference"] < 1e-6 for each in found)
