"""The program from Python: experiments are read, trained and looked at without a command line."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tuitrain
from tuitrain import Experiment, Run, train
from tuitrain.problems import Rejected
from tuitrain.runs.store import NoSuchRun

QUICK = ["training.epochs=4", "training.device=cpu", "optimizer.lr=0.1,0.2"]


def test_train_and_open(tmp_path: Path) -> None:
    """A sweep trains here, each event is told, and every run can be opened by its name with all that it recorded."""
    told: list[tuple[str, dict[str, Any]]] = []
    experiment = Experiment.from_file("toy-deep", [*QUICK, 'models=[{kind="linear"}]'])
    runs = train(experiment, runs_dir=tmp_path, report=lambda run, event: told.append((run.name, event)))
    assert [run.state for run in runs] == ["finished", "finished"]
    assert [run.experiment.title for run in runs] == ["linear lr 0.1", "linear lr 0.2"]
    assert {name for name, _ in told} == {run.name for run in runs}
    again = Run.open(runs[1].name, runs_dir=tmp_path)
    assert again == runs[1]
    assert again.history.ended == told[-1][1]
    assert again.metrics["train/accuracy"] == told[-1][1]["metrics"]["train/accuracy"]
    assert list(again.history.curve("train/loss").steps) == sorted(again.history.curve("train/loss").steps)
    assert again.picture()["surface"].shape == (96, 96)


def test_wrong_experiment(tmp_path: Path) -> None:
    """What cannot be trained is refused with words before anything is written."""
    with pytest.raises(Rejected, match="toy-dep"):
        Experiment.from_file("toy-dep")
    with pytest.raises(Rejected, match="cuda:99 is not on this machine"):
        train(Experiment.from_file("toy-deep", ["training.device=cuda:99"]), runs_dir=tmp_path / "runs")
    with pytest.raises(NoSuchRun):
        Run.open("nothing", runs_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_names() -> None:
    """The package offers three names, loads them only when they are asked for, and knows no others."""
    assert tuitrain.__all__ == ["Experiment", "Run", "train"]
    with pytest.raises(AttributeError, match="no attribute 'fit'"):
        tuitrain.fit  # noqa: B018  the access itself is what is tried
    program = "import sys, tuitrain; print({'pydantic', 'numpy', 'torch'} & sys.modules.keys())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "set()"
