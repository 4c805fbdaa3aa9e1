"""The directories of runs."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tuitrain.experiment import Experiment, parse
from tuitrain.models import MLP
from tuitrain.problems import Rejected
from tuitrain.runs.store import NoSuchRun, Run, create, find, listed

TOY = parse({"dataset": {"kind": "gmm2d"}, "models": [{"kind": "linear"}]})


def test_create(tmp_path: Path) -> None:
    """A run holds its experiment with every default, and is called by time, dataset and model."""
    experiment = TOY.model_copy(update={"models": [MLP(hidden=[250, 100])]})
    run = create(experiment, tmp_path / "some" / "runs")
    assert run.experiment() == experiment
    assert run.id[8] == "-"
    assert run.id[:8].isdigit()
    assert run.id[15:] == "-gmm2d-mlp-250-100"
    assert [path.name for path in run.path.iterdir()] == ["experiment.toml"]


def test_unique_among_threads(tmp_path: Path) -> None:
    """Twenty runs made at once have twenty directories."""
    with ThreadPoolExecutor(20) as pool:
        runs = list(pool.map(lambda _: create(TOY, tmp_path), range(20)))
    assert len({run.path for run in runs}) == 20
    assert all(run.experiment() == TOY for run in runs)
    assert len(listed(tmp_path)) == 20


def test_unique_among_processes(tmp_path: Path) -> None:
    """Runs made at once by several processes have directories of their own."""
    program = (
        "import sys; from pathlib import Path; from tuitrain.experiment import parse;"
        "from tuitrain.runs.store import create;"
        "toy = parse({'dataset': {'kind': 'gmm2d'}, 'models': [{'kind': 'linear'}]}); sys.stdin.read();"
        "[create(toy, Path(sys.argv[1])) for _ in range(20)]"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    rivals = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(3)]
    for rival in rivals:
        assert rival.stdin
        rival.stdin.close()
    assert [rival.wait() for rival in rivals] == [0, 0, 0]
    assert len(listed(tmp_path)) == 60


def test_modes(tmp_path: Path) -> None:
    """Runs are their owner's alone, whatever the umask."""
    before = os.umask(0)
    try:
        run = create(TOY, tmp_path / "runs")
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "runs").rglob("*")}
    assert modes == {run.path: 0o700, run.path / "experiment.toml": 0o600}
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == 0o700


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Return runs of several days and two of one second, in the order in which they were made."""
    names = ["20250101-120000-moons-linear", "20250102-120000-gmm2d-linear", "20250102-120000-gmm2d-mlp-10"]
    made = []
    for number, name in enumerate(names):
        (tmp_path / name).mkdir()
        (tmp_path / name / "experiment.toml").touch()
        os.utime(tmp_path / name / "experiment.toml", ns=(number, number + 1))
        made.append(Run(tmp_path / name))
    return made


def test_newest_first(tmp_path: Path, runs: list[Run]) -> None:
    """Runs are listed newest first, those of one second too; what is no run is left out."""
    (tmp_path / "20260101-000000-being-made").mkdir()
    (tmp_path / "notes.txt").touch()
    assert listed(tmp_path) == runs[::-1]
    assert listed(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("20250102-120000-gmm2d-linear", 1),
        ("20250101", 0),
        ("moons", 0),
        ("mlp-10", 2),
        ("20250102-120000-gmm2d-m", 2),
    ],
)
def test_find(tmp_path: Path, runs: list[Run], name: str, number: int) -> None:
    """A run is found by its name, by how it begins, or by a part that no other has."""
    assert find(tmp_path, name) == runs[number]


def test_the_whole_name_wins(tmp_path: Path, runs: list[Run]) -> None:
    """A run whose name others begin with is found by it."""
    twin = tmp_path / f"{runs[1].id}-2"
    twin.mkdir()
    (twin / "experiment.toml").touch()
    assert find(tmp_path, runs[1].id) == runs[1]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gmm2d", r"'gmm2d' may be 20250102-120000-gmm2d-mlp-10, 20250102-120000-gmm2d-linear; name one of them"),
        ("2025", r"'2025' may be "),
        ("circles", r"no run is called 'circles' in .*; the newest is 20250102-120000-gmm2d-mlp-10"),
        ("", r"no run is called ''"),
        ("../secret", r"no run is called"),
    ],
)
@pytest.mark.usefixtures("runs")
def test_not_found(tmp_path: Path, name: str, sentence: str) -> None:
    """A name of several runs or of none is refused with those there are."""
    with pytest.raises(NoSuchRun, match=sentence):
        find(tmp_path, name)


def test_none_at_all(tmp_path: Path) -> None:
    """Where there are no runs none is named."""
    with pytest.raises(NoSuchRun, match=r"no run is called 'x' in \S+$"):
        find(tmp_path, "x")


def test_experiment_of_a_damaged_run(tmp_path: Path) -> None:
    """A run whose experiment cannot be read says so by its file."""
    run = create(TOY, tmp_path)
    (run.path / "experiment.toml").write_text("[dataset")
    with pytest.raises(Rejected, match=r"experiment\.toml: is not TOML"):
        run.experiment()


def test_long_names(tmp_path: Path) -> None:
    """A model of many layers does not make a name that the file system refuses."""
    experiment: Experiment = TOY.model_copy(update={"models": [MLP(hidden=[65_536] * 100)]})
    assert len(create(experiment, tmp_path).id) < 100
