"""Branching off runs: where a branch begins, what it keeps, and what is refused before anything is written."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from shelves import copied, cut, held
from states import files, put, tell, trained

from tuitrain.problems import Rejected
from tuitrain.runs import again, checkpoints, store
from tuitrain.runs.again import NotThus, branch, branched, starts
from tuitrain.runs.entry import read as read_entry
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

SEED = "training.seed=1"
LR = "optimizer.lr=0.01"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of 1000 epochs of a step each that is over, with checkpoints of 200, 400, 700 (best) and 1000."""
    return trained(tmp_path / "runs")


@pytest.fixture
def lost(tmp_path: Path) -> Run:
    """Return the same, cut off just before it was over."""
    return trained(tmp_path / "runs", ended=False)


def written(run: Run, old: str, new: str) -> None:
    """Put something else into the experiment of a run."""
    path = run.path / "experiment.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_branch(run: Run) -> None:
    """A branch begins with the best state, the same file, and says whence it comes and what differs."""
    made = branch(run, "", [LR, "training.epochs=800"], run.path.parent)
    experiment = made.experiment()
    assert experiment.parent
    assert (experiment.parent.run, experiment.parent.step) == (run.id, 700)
    assert experiment.label == "lr 0.01, epochs 800"
    assert experiment.title == "mlp 10 lr 0.01, epochs 800"
    assert experiment.optimizer.model_dump()["lr"] == 0.01
    assert checkpoints.start(made).samefile(run.path / "checkpoints" / "best.pt")
    assert checkpoints.is_whole(checkpoints.start(made))
    (start,) = starts(made, look(made).history)
    assert (start.checkpoint, start.branch, start.plan) == (checkpoints.start(made), True, ())
    entry, _ = read_entry(made)
    assert (entry.parent, entry.branched) == (run.id, 700)
    assert read_entry(run)[0].parent == ""


@pytest.mark.parametrize(
    ("at", "overrides", "step", "label"),
    [
        ("best", [], 700, "from step 700"),
        ("400", [], 400, "from step 400"),
        ("last", ["training.epochs=1100"], 1000, "epochs 1100"),
        ("200", ["optimizer.kind=adam"], 200, "kind adam"),
        ("200", ["optimizer={kind='adam', lr=0.5}"], 200, "kind adam, lr 0.5, beta1 0.9, beta2 0.999"),
        ("200", ["schedule.kind=cosine", "loss.l2=0.5"], 200, "kind cosine, l2 0.5"),
        ("200", ["optimizer.lr=0.1"], 200, "from step 200"),
        ("last", ["training.epochs=+5"], 1000, "epochs 1005"),
        ("last", ["training.steps = +7"], 1000, "steps 1007"),
    ],
)
def test_branches(run: Run, at: str, overrides: list[str], step: int, label: str) -> None:
    """A branch begins at any checkpoint there is; its label is what was asked for and differs."""
    experiment, found = branched(run, at, overrides)
    assert (found.step, experiment.label) == (step, label)


def test_branch_after_changes(run: Run) -> None:
    """A branch goes on with the settings of its step, not with what came later, but for the length of the whole."""
    tell(run, "changed", step=300, key="optimizer.lr", old=0.1, new=0.05)
    tell(run, "changed", step=701, key="optimizer.lr", old=0.05, new=0.02)
    tell(run, "changed", step=900, key="training.epochs", old=1000, new=1500)
    found = [branched(run, at, [])[0] for at in ("200", "400", "best")]
    assert [one.optimizer.model_dump()["lr"] for one in found] == [0.1, 0.05, 0.05]
    assert [one.training.epochs for one in found] == [1500] * 3


@pytest.mark.parametrize(
    ("at", "overrides", "sentence"),
    [
        ("300", [], r"{run} has no checkpoint at '300'; there are 200, 400, 700, 1000 \(two of them: best, last\)"),
        ("first", [], r"{run} has no checkpoint at 'first'; .*"),
        ("last", [], r"step 1,000 is the end: --at an earlier one of 200, 400, 700, 1000, or set training\.epochs .*"),
        ("best", ["training.epochs=600"], r"step 700 is the end: .*"),
        ("best", [SEED], r"training\.seed: a branch keeps dataset, models, batch_size, seed and drop_last of its .*"),
        ("best", ["training.batch_size=3"], r"training\.batch_size: a branch keeps .*"),
        ("best", ["training.drop_last=true"], r"training\.drop_last: a branch keeps .*"),
        ("best", ["models.0.hidden=[3]"], r"models: a branch keeps .*"),
        ("best", ["models=[{kind='linear'}, {kind='mlp'}]"], r"models: a branch keeps .*"),
        ("best", ["dataset.K=3"], r"dataset\.K: a branch keeps .*"),
        ("best", ["dataset.kind=moons"], r"dataset\.kind: a branch keeps .*"),
        ("best", ["optimizer.lr=[0.1, 0.2]"], r"a branch is one run: optimizer\.lr must be one value each"),
        ("best", ["optimizer.lt=1"], r"optimizer\.lt: unknown key.*"),
        ("best", ["training.epochs=+x"], r"training\.epochs: must be a whole number, or \+10 .*"),
        ("best", ["optimizer"], r"--set: optimizer: must be KEY=VALUE, .*"),
    ],
)
def test_no_branch(run: Run, at: str, overrides: list[str], sentence: str) -> None:
    """What cannot be a branch is refused in a sentence, and nothing is made."""
    before = files(run.path.parent)
    with pytest.raises(NotThus) as refused:
        branch(run, at, overrides, run.path.parent)
    assert re.fullmatch(sentence.format(run=run.id), str(refused.value)), refused.value
    assert files(run.path.parent) == before
    assert store.listed(run.path.parent) == [run]


def test_augmentation_of_a_branch(tmp_path: Path) -> None:
    """How pictures are augmented may be another in a branch."""
    run = trained(tmp_path, recorded="digits/20260102-030406-mnist-mlp-100")
    experiment, _ = branched(run, "200", ["dataset.crop=2"])
    assert experiment.dataset.model_dump()["crop"] == 2
    with pytest.raises(NotThus, match=r"dataset\.source: a branch keeps"):
        branched(run, "200", ["dataset.source=full"])


def test_damaged_checkpoint(run: Run) -> None:
    """A branch of a checkpoint that was cut is refused by its name; of another one it is made."""
    best = run.path / "checkpoints" / "best.pt"
    os.truncate(best, 3)
    with pytest.raises(NotThus, match=re.escape(f"{best} was changed or cut: ")):
        branch(run, "best", [], run.path.parent)
    assert branch(run, "400", [], run.path.parent).experiment().parent


def test_run_that_has_not_begun(tmp_path: Path) -> None:
    """Of a run that has not begun, or has no checkpoint yet, there are no branches."""
    run = copied(tmp_path)
    with pytest.raises(NotThus, match="has no checkpoint to begin from"):
        branched(run, "", [])
    cut(run, 2)
    with pytest.raises(NotThus, match="has not begun"):
        branched(run, "", [])


def test_without_links(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without links the state is copied, its owner's alone."""

    def refuse(*_paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    start = checkpoints.start(branch(run, "best", [], run.path.parent))
    assert not start.samefile(run.path / "checkpoints" / "best.pt")
    assert checkpoints.is_whole(start)
    assert start.stat().st_mode & 0o777 == 0o600


def test_full_disk(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the state cannot be put there, nothing is left of the branch."""

    def refuse(*_paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(OSError, match="No space left"):
        branch(run, "best", [], run.path.parent)
    assert [path.name for path in run.path.parent.iterdir()] == [run.id]


def test_branch_of_a_run_under_way(lost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a run is under way a checkpoint that it replaces meanwhile is not taken for the one before."""
    replacing = [b"the state of step 800", b"the state of step 900"]
    plant = again.plant

    def replaced(state: Path, made: Run) -> None:
        plant(state, made)
        if replacing:
            step = 1000 - 100 * len(replacing)
            aside = put(lost, "aside.pt", replacing.pop(0))
            aside.replace(state)
            aside.with_name("aside.pt.sha256").replace(checkpoints.beside(state))
            tell(lost, "saved", step=step, path="checkpoints/best.pt")

    monkeypatch.setattr(again, "plant", replaced)
    with held(lost):
        made = branch(lost, "best", [], lost.path.parent)
    parent = made.experiment().parent
    assert parent
    assert (parent.step, checkpoints.start(made).read_bytes()) == (900, b"the state of step 900")
    assert len(store.listed(lost.path.parent)) == 2


def test_branch_of_a_branch(run: Run) -> None:
    """A branch that has begun has branches as well, from its first state on."""
    made = branch(run, "400", [LR], run.path.parent)
    begun = next(line for line in run.journal.read_text().splitlines() if '"started"' in line)
    started = json.loads(begun)
    started["experiment"] = made.experiment().dump()
    made.journal.write_text(json.dumps(started) + "\n")
    experiment, found = branched(made, "", ["loss.l1=0.5"])
    assert (found.name, found.step, experiment.label) == ("start", 400, "l1 0.5")
    assert experiment.optimizer.model_dump()["lr"] == 0.01
    again_made = branch(made, "400", [], run.path.parent)
    parent = again_made.experiment().parent
    assert parent
    assert (parent.run, parent.step) == (made.id, 400)


def test_experiment_that_cannot_be_read_later(run: Run) -> None:
    """The experiment of a branch can be read as any other, and refuses a parent that says nothing."""
    made = branch(run, "", [], run.path.parent)
    written(made, "step = 700", "step = -1")
    with pytest.raises(Rejected, match=r"parent\.step: must be 0 or more"):
        made.experiment()
