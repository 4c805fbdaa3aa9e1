"""What a journal amounts to."""

from math import isnan

import pytest
from journals import BEGAN, FINISHED, STARTED, Record, evaluated, event, history, stepped

from tuitrain.runs.history import History


def test_curves() -> None:
    """Each metric is a curve over steps, NaN where it was not finite; the finest one is given."""
    folded = history(STARTED, stepped(5, 2.0), stepped(10, None), evaluated(10, 0.25, best=True))
    loss = folded.curve("train/loss")
    assert list(loss.steps) == [5, 10]
    assert loss.values[0] == 2.0
    assert isnan(loss.values[1])
    assert list(folded.curve("val/loss").values) == [0.25]
    assert len(folded.curve("unknown")) == 0
    assert folded.metrics == {"train/loss": None, "lr": 0.1, "val/loss": 0.25, "val/accuracy": 0.75, "seconds": 1.0}


def test_taken_at_once_or_one_by_one() -> None:
    """It makes no difference in how many portions the records come."""
    records = [STARTED, stepped(5, 2.0), evaluated(10, 0.5, best=True), event("paused", step=10, command="1"), FINISHED]
    one_by_one = History()
    for record in records:
        one_by_one.take([record])
    assert one_by_one == history(*records)


def test_best() -> None:
    """The best evaluation is the last that was the best when it was made."""
    folded = history(STARTED, evaluated(10, 0.5, best=True), evaluated(20, 0.25, best=True), evaluated(30, 0.75))
    assert folded.best
    assert folded.best[:2] == (20, 2)
    assert folded.best[2]["val/loss"] == 0.25


@pytest.mark.parametrize(
    ("records", "alive", "fresh", "state"),
    [
        ([], False, True, "queued"),
        ([], True, False, "queued"),
        ([], False, False, "lost"),
        ([event("preparing", phase="loading torch")], True, False, "preparing"),
        ([event("preparing", phase="loading torch")], False, True, "lost"),
        ([STARTED], True, False, "running"),
        ([STARTED], False, False, "lost"),
        ([STARTED, event("paused", step=1, command="1")], True, False, "paused"),
        (
            [STARTED, event("paused", step=1, command="1"), event("continued", step=1, command="2")],
            True,
            False,
            "running",
        ),
        ([STARTED, FINISHED], False, False, "finished"),
        ([STARTED, FINISHED], True, False, "finished"),
        ([STARTED, FINISHED | {"reason": "early_stopping"}], False, False, "finished"),
        ([STARTED, FINISHED | {"reason": "stopped"}], False, False, "stopped"),
        ([event("failed", reason="diverged", error="e", hint="h", step=1)], False, False, "diverged"),
        ([event("failed", reason="error", error="e", hint="h", step=1)], False, False, "failed"),
        ([STARTED, FINISHED, event("restarted", step=50)], True, False, "running"),
        ([STARTED, FINISHED, event("restarted", step=50)], False, False, "lost"),
    ],
)
def test_state(records: list[Record], alive: bool, fresh: bool, state: str) -> None:
    """The state follows from the last end, else from whether a worker lives."""
    assert history(*records).state(alive, fresh) == state


def test_restarted() -> None:
    """What was recorded beyond the checkpoint is dropped: curves, pictures, the best, the end."""
    picture = {step: event("snapshot", step=step, path=f"snapshots/{step}.npz") for step in (10, 20, 30)}
    folded = history(
        STARTED,
        *(stepped(step, step / 10) for step in (5, 15, 20, 25)),
        evaluated(10, 0.5, best=True),
        picture[10],
        evaluated(20, 0.75),
        picture[20],
        evaluated(30, 0.25, best=True),
        picture[30],
        FINISHED,
        event("restarted", step=20),
    )
    assert folded.step == 20
    assert list(folded.curve("train/loss").steps) == [5, 15, 20]
    assert list(folded.curve("val/loss").steps) == [10, 20]
    assert [step for step, _ in folded.snapshots] == [10, 20]
    assert folded.best
    assert folded.best[0] == 10
    assert folded.ended is None
    assert folded.time_left(BEGAN) == pytest.approx(2.0 / 20 * 80)
    folded.take([stepped(25, 9.0), FINISHED])
    assert list(folded.curve("train/loss").values) == [0.5, 1.5, 2.0, 9.0]
    assert folded.state(alive=False) == "finished"


def test_restarted_from_the_beginning() -> None:
    """A restart before the first evaluation leaves nothing to measure the pace by, and no error."""
    folded = history(STARTED, evaluated(10, 0.5, best=True), event("restarted", step=0))
    assert (folded.best, folded.step, folded.time_left(BEGAN)) == (None, 0, None)
    folded.take([stepped(5, 1.0)])
    assert folded.time_left(BEGAN + 10) == pytest.approx(10 / 5 * 95)


def test_time_left() -> None:
    """Before the first evaluation by the clock, then by the training's own pace; none before and after."""
    assert history().time_left(BEGAN) is None
    assert history(STARTED).time_left(BEGAN) is None
    assert history(STARTED, stepped(20, 1.0)).time_left(BEGAN + 5) == pytest.approx(20.0)
    later = history(STARTED, evaluated(20, 0.5), stepped(60, 1.0))
    assert later.time_left(BEGAN + 1000) == pytest.approx(2.0 / 20 * 40)
    later.take([FINISHED])
    assert later.time_left(BEGAN) is None


def test_answers() -> None:
    """What became of a command is found under its id."""
    refused = event("refused", step=3, command="7", reason="training is not paused")
    folded = history(STARTED, refused, FINISHED | {"reason": "stopped", "command": "8"})
    assert folded.answers["7"] == refused
    assert folded.answers["8"]["reason"] == "stopped"
    assert "9" not in folded.answers


TOLD = {"task": "regression", "labels": ["price"], "shape": [3], "table": [["w", [1, 3]], ["b", [1]]]}


def test_data_and_parameters_as_told() -> None:
    """What the data are like and what is trained stands in the first event; journals that lack it say nothing."""
    folded = history(STARTED | TOLD)
    assert (folded.task, folded.labels, folded.shape) == ("regression", ("price",), (3,))
    assert folded.table == (("w", (1, 3)), ("b", (1,)))
    older = history(STARTED)
    assert (older.task, older.labels, older.shape, older.table) == ("classification", (), (), ())
    assert history(STARTED | {"labels": 3}).skipped == 1


def untrained(**metrics: float) -> Record:
    """Return the evaluation before the first step."""
    return event("evaluated", step=0, epoch=0, metrics=metrics, best=False)


@pytest.mark.parametrize(
    ("told", "metrics", "sentence"),
    [
        (
            {"labels": ["a", "b", "c"]},
            {"val/loss": 1.25, "val/accuracy": 0.5},
            "untrained: val/loss 1.25; guessing among 3 classes costs ln 3 = 1.099",
        ),
        (TOLD, {"val/loss": 1.25, "val/rmse": 9.5}, "untrained: val/loss 1.25; always saying the mean costs about 1"),
        ({}, {"train_eval/loss": 2.5}, "untrained: train_eval/loss 2.5"),
    ],
)
def test_untrained(told: Record, metrics: dict[str, float], sentence: str) -> None:
    """The evaluation before the first step is told beside what guessing would cost, and is the first point."""
    folded = history(STARTED | told, untrained(**metrics))
    assert folded.log[-1][1] == sentence
    assert all(list(folded.curve(name).steps) == [0] for name in metrics)
    assert folded.time_left(BEGAN) is None


def test_learning_rates_tried() -> None:
    """Each test is kept with its file and suggestion, said in a sentence, and answers its command."""
    folded = history(
        STARTED,
        event("probed", step=0, path="snapshots/rates-0.npz", suggestion=0.123456, command="1"),
        event("probed", step=20, path="snapshots/rates-20.npz", command="2"),
    )
    assert folded.rates == [(0, "snapshots/rates-0.npz", 0.123456), (20, "snapshots/rates-20.npz", None)]
    assert folded.answers["1"]["event"] == "probed"
    assert [sentence for _, sentence in folded.log][1:] == [
        "steepest at lr 0.123 (learning rates tried at step 0; the model is as it was)",
        "the loss never fell (learning rates tried at step 20; the model is as it was)",
    ]
    folded.take([event("restarted", step=10)])
    assert [step for step, _, _ in folded.rates] == [0]


def test_single_step() -> None:
    """What a step taken alone did to each tensor is kept with its number until the next one."""
    closely = {"train/loss": 1.0, "grad/w": 0.5, "update/w": None}
    folded = history(STARTED, event("stepped", step=3, epoch=1, metrics=closely), stepped(4, 1.0))
    assert folded.single == (3, {"grad/w": 0.5, "update/w": None})


def test_stale() -> None:
    """Evaluations since the best one are counted; the one before the first step is none."""
    folded = history(STARTED, evaluated(0, 0.9))
    assert folded.stale == 0
    folded.take([evaluated(10, 0.5, best=True)])
    assert folded.stale == 0
    folded.take([evaluated(20, 0.75), evaluated(30, 0.6)])
    assert folded.stale == 2
    folded.take([event("restarted", step=20)])
    assert folded.stale == 1


def test_thinned() -> None:
    """Pictures that were removed are forgotten, others stay; names that were never told are no error."""
    pictures = [event("snapshot", step=step, path=f"snapshots/{step}.npz") for step in (10, 20, 30)]
    folded = history(STARTED, *pictures, event("thinned", paths=["snapshots/20.npz", "snapshots/99.npz"]))
    assert folded.snapshots == [(10, "snapshots/10.npz"), (30, "snapshots/30.npz")]
    assert folded.snapshot_at(25) == (10, "snapshots/10.npz")
    assert history(STARTED, *pictures, event("thinned", paths=3)).skipped == 1


def test_marks() -> None:
    """Pauses, restarts and the end of a training that diverged have a mark; steps taken in a pause have none."""
    folded = history(
        STARTED,
        event("paused", step=3, command="1"),
        event("paused", step=4, command="2"),
        event("continued", step=4, command="3"),
        event("paused", step=9, command="4"),
        event("continued", step=9, command="5"),
        event("restarted", step=8),
        event("failed", reason="diverged", error="e", hint="h", step=20),
    )
    assert folded.marks == [(3, "paused"), (8, "restarted"), (20, "diverged")]
    folded.take([event("restarted", step=20), event("failed", reason="error", error="e", hint="h", step=30)])
    assert folded.marks[2:] == [(20, "diverged"), (20, "restarted")]


@pytest.mark.parametrize(
    "damage",
    [
        {"metrics": {"train/loss": "x", "lr": 0.1}},
        {"metrics": {"train/loss": 1.0, "lr": 10**400}},
        {"metrics": [1]},
        {"metrics": None},
        {"step": None},
        {"step": "15"},
        {"step": 1},
    ],
)
def test_damaged_step(damage: Record) -> None:
    """A step that cannot be, in the middle of others, is counted and left out; the others stand."""
    folded = history(STARTED, stepped(5, 2.0), stepped(10, 2.0) | damage, stepped(15, 3.0), stepped(20, 4.0))
    assert folded.skipped == 1
    assert list(folded.curve("train/loss").steps) == [5, 15, 20]
    assert list(folded.curve("lr").steps) == [5, 15, 20]
    assert folded.step == 20


def test_fitted_in_one_go() -> None:
    """A model without steps is known by its empty table; time passes, and its size is told at the end."""
    folded = history(STARTED | {"steps": 1, "epochs": 1, "parameters": 0, "table": []})
    assert folded.one_go
    assert folded.elapsed(BEGAN + 7) == 7.0
    folded.take([FINISHED | {"parameters": 118}])
    assert (folded.parameters, folded.elapsed(BEGAN + 60)) == (118, 20.0)
    assert not history(STARTED | {"steps": 1}).one_go


def test_final_metrics() -> None:
    """What was measured at the end is kept by split and told, a sentence each; numbers have rmse for accuracy."""
    metrics = {"val/rmse": 9.5, "val/r2": 0.25, "test_rotated/rmse": 12.0, "test_rotated/mae": None}
    folded = history(STARTED | TOLD, FINISHED | {"metrics": metrics})
    assert folded.finals == {"val": {"rmse": 9.5, "r2": 0.25}, "test_rotated": {"rmse": 12.0, "mae": None}}
    assert [sentence for _, sentence in folded.log][1:] == [
        "completed at step 100, val/rmse 9.5000, test_rotated/rmse 12.0000",
        "val: rmse 9.5, R2 0.25",
    ]


def test_log() -> None:
    """What a person may want to read is a sentence with its time, and the log does not grow for ever."""
    folded = history(STARTED, event("warned", message="disk full"), FINISHED)
    assert [sentence for _, sentence in folded.log] == [
        "started on cpu: 6 parameters, 48 samples to learn from, 12 to validate on",
        "warning: disk full",
        "completed at step 100, test/accuracy 0.5000",
    ]
    folded.take(event("warned", message=str(number)) for number in range(10_000))
    assert len(folded.log) <= 1000


@pytest.mark.parametrize(
    "record",
    [
        event("of a later version", step=3, anything={}),
        stepped(3, 1.0) | {"later": [1]},
        {"event": "stepped", "step": 3, "epoch": 1, "metrics": {"train/loss": 1.0}},
    ],
)
def test_unknown_kinds_and_keys(record: Record) -> None:
    """Kinds and keys that are not known are left alone."""
    folded = history(STARTED, record)
    assert (folded.step, folded.state(alive=True)) == (3, "running")
