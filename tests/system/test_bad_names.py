"""Commands about runs that are not there, not fit or damaged: a sentence, exit code 2, and no byte changed."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from asking import DRIVEN, UNDER_WAY, Call, asked, impatient, refused, two_over
from calling import command
from shelves import PLANE, copied, cut

from tuitrain.runs.store import Run

OTHERS = (
    ("show",),
    ("report",),
    ("resume",),
    ("resume", "--epochs", "+5", "--detach"),
    ("fork",),
    ("fork", "--set", "optimizer.lr=0.5", "--detach"),
    ("replay",),
    ("export", "--format", "safetensors"),
    ("export", "--format", "script"),
    ("predict", "picture.png"),
    ("gc",),
    ("wait",),
)
"""The commands about any run."""
UNDERSTANDING = [others for others in OTHERS if others[0] in ("resume", "fork", "replay", "gc")]
"""Those among them that hold for no run of a later version."""
WITH_SETTINGS = [others for others in OTHERS if others[0] not in ("show", "report", "wait")]
"""Those that need the settings of the run."""


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that calls the program in this process, its runs in `tmp_path`/runs, and waits for nobody."""
    return impatient(tmp_path, capsys, monkeypatch)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with two runs that are over."""
    return two_over(tmp_path / "runs")


@pytest.mark.parametrize("driven", [*DRIVEN, *OTHERS], ids=" ".join)
def test_names(call: Call, runs: Path, driven: tuple[str, ...]) -> None:
    """A name that no run has, or several, is refused with the names there are."""
    sentence = refused(call, runs, *asked(driven, "nothing"))
    assert sentence == f"no run is called 'nothing' in {runs}; the newest is 20260102-030406-gmm2d-mlp-10"
    sentence = refused(call, runs, *asked(driven, "gmm2d"))
    names = "20260102-030406-gmm2d-mlp-10, 20260102-030405-gmm2d-linear"
    assert sentence == f"'gmm2d' may be {names}; name one of them"


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", ".", "..", "", "a\0b", "x" * 300, "\x1b]0;x\x07", "a\nb", "*"]
)
@pytest.mark.parametrize("driven", [("stop",), ("set", "optimizer.lr=0.5"), ("wait",)], ids=" ".join)
def test_names_that_no_run_can_have(call: Call, runs: Path, driven: tuple[str, ...], name: str) -> None:
    """Whatever is given as a name is shown as text, and nothing outside is looked at."""
    sentence = refused(call, runs, *asked(driven, name))
    assert sentence.startswith("no run is called ")
    assert sentence.isprintable()


@pytest.mark.parametrize("driven", DRIVEN, ids=" ".join)
@pytest.mark.parametrize(
    ("recorded", "state"),
    [
        (PLANE, "finished"),
        ("stopped/20260102-030405-moons-mlp-10", "stopped"),
        ("diverged/20260102-030405-moons-mlp-10", "diverged"),
    ],
)
def test_over(call: Call, tmp_path: Path, driven: tuple[str, ...], recorded: str, state: str) -> None:
    """A run that is over cannot be driven any more."""
    run = copied(tmp_path / "runs", recorded)
    assert refused(call, run.path, *asked(driven, run.id)) == f"{run.id} is not running: it is {state}"


def test_lost(call: Call, tmp_path: Path) -> None:
    """Of a run whose worker died is said how to go on with it."""
    run = copied(tmp_path / "runs")
    cut(run, UNDER_WAY)
    sentence = refused(call, run.path, "pause", run.id)
    assert sentence == f"{run.id} is not running: it is lost; tuitrain resume {run.id} goes on with it"


@pytest.mark.parametrize("driven", DRIVEN, ids=" ".join)
@pytest.mark.parametrize(
    ("damage", "trouble"),
    [
        (lambda run: (run.path / "experiment.toml").unlink(), "experiment.toml is missing"),
        (
            lambda run: (run.path / "experiment.toml").write_bytes(b"\x1b[31m\0\xff = ["),
            "experiment.toml cannot be read: .*",
        ),
        (lambda run: (run.path / "experiment.toml").write_text("[dataset"), "experiment.toml cannot be read: .*"),
    ],
)
def test_damaged(
    call: Call, tmp_path: Path, driven: tuple[str, ...], damage: Callable[[Run], object], trouble: str
) -> None:
    """A directory with a damaged experiment and no worker is said to be damaged, and how."""
    run = copied(tmp_path / "runs")
    cut(run, UNDER_WAY)
    damage(run)
    sentence = refused(call, run.path, *asked(driven, run.id))
    assert re.fullmatch(f"{run.id} is damaged: {trouble}", sentence)
    assert sentence.isprintable()


@pytest.mark.parametrize("driven", [*DRIVEN, *OTHERS], ids=" ".join)
def test_journal_that_is_a_directory(call: Call, tmp_path: Path, driven: tuple[str, ...]) -> None:
    """What cannot be read is named, with the reason."""
    run = copied(tmp_path / "runs")
    cut(run, 0)
    run.journal.unlink()
    run.journal.mkdir()
    assert re.fullmatch(f"{run.journal}: Is a directory.*", refused(call, run.path, *asked(driven, run.id)))


@pytest.mark.parametrize("driven", WITH_SETTINGS, ids=" ".join)
def test_settings_that_cannot_be_read(call: Call, tmp_path: Path, driven: tuple[str, ...]) -> None:
    """Where the experiment is no TOML that is said, and what is wrong in it is shown as text."""
    run = copied(tmp_path / "runs")
    (run.path / "experiment.toml").write_bytes(b"\x1b[31m = [")
    sentence = refused(call, tmp_path, *asked(driven, run.id))
    assert re.fullmatch(f".*{run.id}.*: (is not TOML|experiment.toml cannot be read): .*", sentence)
    assert sentence.isprintable()


@pytest.mark.parametrize("driven", UNDERSTANDING, ids=" ".join)
@pytest.mark.parametrize("where", ["experiment.toml", "journal.jsonl"])
def test_later_version(call: Call, tmp_path: Path, driven: tuple[str, ...], where: str) -> None:
    """A run that a later version wrote is left to that one: it may hold what this one would lose."""
    run = copied(tmp_path / "runs")
    path = run.path / where
    if where == "experiment.toml":
        path.write_text(f"# {run.id}: written by tuitrain 99.1, torch 2\n\n{path.read_text()}")
    else:
        path.write_text(path.read_text().replace('"versions": {}', '"versions": {"tuitrain": "99.1"}'))
        run.summary.touch()
    sentence = refused(call, tmp_path, *asked(driven, run.id))
    assert re.fullmatch(rf"{run.id} was written by tuitrain 99\.1, and this is .*; use that one", sentence)


def test_cockpit_on_no_run(tmp_path: Path, runs: Path) -> None:
    """In a terminal as well a name is text, and the sentence is all that there is to see."""
    arguments = command(tmp_path, ("attach", "\x1b]0;x\x07"))[1:]
    child = pexpect.spawn(sys.executable, arguments, env=os.environ | {"TERM": "xterm-256color"}, timeout=60)
    written = child.read().decode()
    child.close()
    assert child.exitstatus == 2
    assert r"no run is called '\x1b]0;x\x07' in" in written
    assert "\x07" not in written.replace(str(runs), "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("driven", DRIVEN, ids=" ".join)
def test_not_ours(call: Call, tmp_path: Path, driven: tuple[str, ...]) -> None:
    """A directory that may not be entered is refused by name."""
    run = copied(tmp_path / "runs")
    run.path.chmod(0o000)
    try:
        said = call(*asked(driven, run.id))
        assert call("status") == (0, "", "")
    finally:
        run.path.chmod(0o700)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"{run.id} is damaged: experiment.toml: Permission denied\n"
