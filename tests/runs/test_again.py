"""Going on with runs: what is refused, in a sentence, before anything is written, and where a worker begins."""

import json
import os
import re
from pathlib import Path

import pytest
from shelves import copied, held
from states import files, tell, trained

from tuitrain.events import Planned
from tuitrain.runs import lock
from tuitrain.runs.again import NotThus, branched, plan, prepare, resumable, starts
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of 1000 epochs of a step each that is over, with checkpoints of 200, 400, 700 (best) and 1000."""
    return trained(tmp_path / "runs")


@pytest.fixture
def lost(tmp_path: Path) -> Run:
    """Return the same, cut off just before it was over."""
    return trained(tmp_path / "runs", ended=False)


def test_going_on(lost: Run) -> None:
    """A run that was cut off can go on, for longer as well; so can one that was stopped, and one that failed."""
    assert resumable(look(lost)) == ""
    assert resumable(look(lost), epochs="+5") == ""
    assert resumable(look(lost), steps="1001") == ""
    tell(lost, "finished", reason="stopped", step=800, epoch=800, metrics={}, seconds=1.0)
    assert resumable(look(lost)) == ""
    tell(lost, "failed", reason="error", error="e", hint="h", step=800)
    assert resumable(look(lost)) == ""


@pytest.mark.parametrize(
    ("epochs", "steps", "sentence"),
    [
        ("", "", r"{run} is over: it has trained for 1,000 steps, 1,000 epochs; --epochs \+10 makes it ten more"),
        ("1000", "", r"{run} is over: .*"),
        ("", "999", r"{run} is over: .*"),
        ("+0", "", r"{run} is over: .*"),
        ("10", "10", r"give epochs or steps, not both: .*"),
        ("-1", "", r"training\.epochs: must be a whole number, or \+10 for ten more; got '-1'"),
        ("", "many", r"training\.steps: must be a whole number, or \+10 for ten more; got 'many'"),
        ("0", "", r"training\.epochs: must be 1 or more; got 0"),
    ],
)
def test_over(run: Run, epochs: str, steps: str, sentence: str) -> None:
    """A run that is over goes on only where it is to last longer, by numbers that mean that."""
    before = files(run.path)
    watch = look(run)
    said = resumable(watch, epochs=epochs, steps=steps)
    assert re.fullmatch(sentence.format(run=run.id), said), said
    with pytest.raises(NotThus) as refused:
        prepare(watch, epochs=epochs, steps=steps)
    assert str(refused.value) == said
    assert files(run.path) == before


def test_early_stopping(run: Run) -> None:
    """A run that stopped early would do so again, whatever its length; a branch of it need not."""
    tell(run, "finished", reason="early_stopping", step=1000, epoch=1000, metrics={}, seconds=1.0)
    assert f"tuitrain fork {run.id} --at last --set training.patience=0" in resumable(look(run), epochs="+5")


def test_fitted_in_one_go(tmp_path: Path) -> None:
    """A model without steps has nothing to go on with, and nothing to branch off."""
    run = copied(tmp_path, "fitted/20260102-030405-gmm2d-svm-rbf-c-1")
    assert resumable(look(run)) == f"{run.id} is over: a model that is fitted in one go has nothing to go on with"
    assert "fitted in one go" in resumable(look(run), epochs="+3")
    with pytest.raises(NotThus, match="has no checkpoint to begin from"):
        branched(run, "", [])


def test_under_way(lost: Run) -> None:
    """A run that a worker has is refused, naming process and host; so is one of another host whose lock is fresh."""
    with held(lost) as pid:
        assert resumable(look(lost)) == (
            f"{lost.id} is being trained by process {pid} on {lock.HERE}: it cannot be resumed"
        )
    assert resumable(look(lost)) == ""
    lost.lock.write_text(json.dumps({"pid": 7, "host": "elsewhere", "since": "then"}))
    assert "by process 7 on elsewhere" in resumable(look(lost))
    os.utime(lost.lock, (0, 0))
    assert resumable(look(lost)) == ""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('kind = "gmm2d"', 'kind = "later"', r"{run} is damaged: experiment\.toml: dataset\.kind: 'later' does not .*"),
        ("[dataset]", "[dataset", r"{run} is damaged: experiment\.toml: is not TOML: .*"),
        (
            "[dataset]",
            "# r: written by tuitrain 99.1.2, torch 2\n[dataset]",
            r"{run} was written by tuitrain 99\.1\.2, and this is .*; use that one",
        ),
    ],
)
def test_not_of_this_version(lost: Run, old: str, new: str, sentence: str) -> None:
    """An experiment that is damaged or of a later version is refused, by name, and so are branches of it."""
    text = (lost.path / "experiment.toml").read_text()
    (lost.path / "experiment.toml").write_text(text.replace(old, new))
    said = resumable(look(lost))
    assert re.fullmatch(sentence.format(run=lost.id), said.partition("\n")[0]), said
    with pytest.raises(NotThus) as refused:
        branched(lost, "", [])
    assert str(refused.value) == said


def test_journal_of_a_later_version(lost: Run) -> None:
    """A journal that a later version wrote is refused as well."""
    lost.journal.write_text(lost.journal.read_text().replace('"versions": {}', '"versions": {"tuitrain": "99.0"}'))
    assert f"{lost.id} was written by tuitrain 99.0" in resumable(look(lost))


def test_damaged_journal(lost: Run) -> None:
    """A journal in which there is no event is refused; without one the run only begins."""
    lost.journal.write_bytes(b"\0\0\0\n{]\n")
    assert resumable(look(lost)) == f"{lost.id} is damaged: journal.jsonl holds no event"
    lost.journal.unlink()
    assert resumable(look(lost)) == ""
    assert "has not begun" in resumable(look(lost), epochs="+5")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_of_another_user(lost: Run) -> None:
    """A directory that cannot be written to is refused."""
    lost.path.chmod(0o500)
    assert "only the owner of a run may go on with it" in resumable(look(lost))


@pytest.mark.parametrize(
    ("epochs", "steps", "length"),
    [("+5", "", (1005, 1005)), ("1200", "", (1200, 1200)), ("", "+7", (1007, 1007)), ("", "1500", (1500, 1500))],
)
def test_longer(run: Run, epochs: str, steps: str, length: tuple[int, int]) -> None:
    """How long it is to last stands in its journal then, for whoever goes on with it; its experiment stays."""
    text, watch = run.text(), look(run)
    prepare(watch, epochs=epochs, steps=steps)
    found = look(run)
    assert (found.history.steps, found.history.epochs, found.state) == (*length, "finished")
    assert resumable(found) == ""
    assert run.text() == text
    (_, *_, start) = reversed(starts(run, found.history))
    assert start.checkpoint == run.path / "checkpoints" / "last.pt"
    key, value = ("training.epochs", length[1]) if epochs else ("training.steps", length[0])
    assert start.plan == (Planned(1000, "set", key, value),)
    prepare(found, epochs="+1")
    assert look(run).history.steps == length[0] + 1


def test_steps_give_way_to_epochs(lost: Run) -> None:
    """Epochs asked for hold where steps were before."""
    prepare(look(lost), steps="1500")
    prepare(look(lost), epochs="+10")
    found = look(lost)
    assert (found.history.steps, found.history.epochs) == (1510, 1510)
    assert [(key, new) for _, key, _, new in found.history.changes] == [
        ("training.steps", 1500),
        ("training.steps", 0),
        ("training.epochs", 1510),
    ]


def test_somebody_was_faster(run: Run) -> None:
    """Where another one takes the run meanwhile nothing is written."""
    watch, before = look(run), run.journal.read_bytes()
    with held(run) as pid, pytest.raises(NotThus, match=f"by process {pid} on"):
        prepare(watch, epochs="+5")
    assert run.journal.read_bytes() == before


def test_starts(lost: Run) -> None:
    """A training goes on from its newest checkpoint, else one before, else the beginning; each with a plan."""
    tell(lost, "changed", step=400, key="optimizer.lr", old=0.1, new=0.01)
    tell(lost, "skipped", step=400)
    tell(lost, "skipped", step=701)
    found = starts(lost, look(lost).history)
    assert [start.checkpoint and start.checkpoint.stem for start in found] == [
        "last",
        "best",
        "step-400",
        "step-200",
        None,
    ]
    rate, skipped = Planned(400, "set", "optimizer.lr", 0.01), Planned(701, "skip")
    assert [start.plan for start in found[:3]] == [(), (skipped,), (rate, skipped)]
    assert found[4].plan == (rate, Planned(400, "skip"), skipped)
    assert not any(start.branch for start in found)


def test_plan_of_what_somebody_dared(lost: Run) -> None:
    """A batch that was to be learned from all the same is so again, also from the state that was saved just before."""
    trouble = {"trouble": "spike", "loss": 9.0, "lr": 0.1, "layer": "the inputs", "norms": []}
    tell(lost, "troubled", step=701, waits=True, **trouble)
    tell(lost, "continued", step=700, command="1")
    history = look(lost).history
    assert plan(history, 400) == plan(history, 700) == (Planned(701, "go_on"),)
    assert plan(history, 701) == ()
    tell(lost, "restarted", step=700, epoch=700, evaluated=700)
    assert plan(look(lost).history, 700) == (Planned(701, "go_on"),)
    tell(lost, "restarted", step=650, epoch=650, evaluated=600)
    assert plan(look(lost).history, 0) == ()


def test_plan_of_what_is_over(lost: Run) -> None:
    """A replay is told to stop where the run was; a change at that step comes first."""
    tell(lost, "stepped", step=900, epoch=900, metrics={"train/loss": 1.0})
    tell(lost, "changed", step=900, key="optimizer.lr", old=0.1, new=0.01)
    history = look(lost).history
    assert plan(history, 0, stop=True) == (
        Planned(900, "set", "optimizer.lr", 0.01),
        Planned(900, "stop"),
    )
