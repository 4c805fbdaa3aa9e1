"""Settings that change while a training goes on, by command or as planned: the same numbers either way."""

from pathlib import Path
from typing import Any

import pytest
from courses import Driver, Said, checkpoints, copied, course, numbers
from lessons import last, measured, of, toy

from tuitrain.engine.train import train
from tuitrain.events import (
    Changed,
    Continued,
    Evaluated,
    Event,
    Finished,
    Paused,
    Planned,
    Refused,
    Restarted,
    Saved,
    Skipped,
    Snapshot,
    Start,
    Started,
    Stepped,
    Warned,
)

MOONS: dict[str, Any] = {"kind": "moons", "points": 60, "noise": 0.5}
IMAGES: dict[str, Any] = {"kind": "mnist", "train_size": 48, "val_size": 16, "test_size": 8}
SGD: dict[str, Any] = {"kind": "sgd", "momentum": 0.9, "lr": 0.1}
RMSPROP: dict[str, Any] = {"kind": "rmsprop", "lr": 0.01}
LBFGS: dict[str, Any] = {
    "optimizer": {"kind": "lbfgs", "max_iter": 3, "lr": 3.0},
    "training": {"batch_size": "full", "steps": 8},
}

CHANGES: list[tuple[dict[str, Any], str, Any, Any]] = [
    ({}, "optimizer.lr", "0.5", 0.5),
    ({}, "optimizer.lr", 1, 1.0),
    ({"optimizer": SGD}, "optimizer.momentum", 0.0, 0.0),
    ({}, "optimizer.momentum", "0.9", 0.9),
    ({"optimizer": SGD}, "optimizer.nesterov", True, True),
    ({"optimizer": {"kind": "adam"}}, "optimizer.beta1", 0.5, 0.5),
    ({"optimizer": RMSPROP}, "optimizer.momentum", 0.5, 0.5),
    ({"optimizer": RMSPROP}, "optimizer.centered", "true", True),
    ({"optimizer": {"kind": "muon"}, "models": [{"kind": "mlp", "hidden": [4, 4]}]}, "optimizer.adamw_lr", 0.5, 0.5),
    ({"models": [{"kind": "numpy_net"}]}, "optimizer.weight_decay", 0.1, 0.1),
    (LBFGS, "optimizer.line_search", "none", "none"),
    ({}, "training.epochs", "+1", 4),
    ({}, "training.steps", 7, 7),
    ({"schedule": {"kind": "linear"}}, "training.epochs", 5, 5),
    ({}, "training.patience", 1, 1),
    ({}, "training.clip_norm", 0.01, 0.01),
    ({}, "loss.l2", 0.5, 0.5),
    ({}, "loss.label_smoothing", 0.3, 0.3),
    ({"dataset": IMAGES}, "dataset.crop", 3, 3),
    ({"dataset": IMAGES}, "dataset.noise", "0.5", 0.5),
]

pytestmark = pytest.mark.usefixtures("quick_disk")


def plan_of(events: list[Event]) -> tuple[Planned, ...]:
    """Return what was changed in a training, as a plan of another one."""
    return tuple(Planned(event.step, "set", event.key, event.new) for event in of(Changed, events))


@pytest.mark.parametrize(("tables", "key", "value", "new"), CHANGES, ids=lambda value: str(value)[:40])
def test_changed_live_or_as_planned(tmp_path: Path, tables: dict[str, Any], key: str, value: Any, new: Any) -> None:
    """A change holds from the next step on, is told and saved, does something, and is the same where it is planned."""
    experiment = toy(**{"dataset": MOONS} | tables)
    plain = course(experiment, tmp_path / "plain")
    live = course(experiment, tmp_path / "live", said={4: [("set", {"key": key, "value": value})]})
    (changed,) = of(Changed, live)
    assert (changed.step, changed.key, changed.new, changed.command) == (4, key, new, "4.0")
    assert changed.new != changed.old
    assert type(changed.new) is type(changed.old)
    assert live[live.index(changed) + 1].kind in ("saved", "warned")
    planned = course(experiment, tmp_path / "planned", Start(plan=plan_of(live)))
    assert numbers(planned) == numbers(live)
    assert [event.record() for event in of(Changed, planned)] == [
        {name: given for name, given in changed.record().items() if name != "command"}
    ]
    assert key == "training.patience" or numbers(live) != numbers(plain)
    before = [event for event in of(Stepped, live) if event.step <= 4]
    assert [each.step for each in before] == [1, 2, 3, 4]
    for path in checkpoints(tmp_path / "live"):
        folder = copied(tmp_path / "live", path.stem)
        start = Start(checkpoint=folder / "checkpoints" / path.name, plan=plan_of(live))
        resumed = course(experiment, folder, start)
        step = last(Restarted, resumed[:1]).step
        assert numbers(resumed, step) == numbers(live, step), path.name
        assert len(of(Changed, resumed)) == (step < 4)


def test_learning_rate_of_the_next_step(tmp_path: Path) -> None:
    """A learning rate is that of the very next step, before the schedule."""
    said: Said = {
        2: [("set", {"key": "optimizer.lr", "value": "0.5"})],
        5: [("set", {"key": "optimizer.lr", "value": 0.25})],
    }
    events = course(toy(schedule={"kind": "step", "every": 2, "gamma": 0.1}), tmp_path, said=said)
    assert [event.metrics["lr"] for event in of(Stepped, events)] == pytest.approx(
        [0.1, 0.1, 0.5, 0.5, 0.5, 0.25, 0.025, 0.025, 0.025]
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"key": "optimizer.lr", "value": -1}, "optimizer.lr: must be greater than 0; got -1"),
        (
            {"key": "optimizer.l", "value": 1},
            "optimizer.l: is nothing that can change while it trains (did you mean optimizer.lr?)",
        ),
        ({"key": "models.0.hidden", "value": [3]}, "models.0.hidden: is nothing that can change while it trains"),
        ({"key": "optimizer.nesterov", "value": True}, "nesterov needs momentum above 0"),
        ({"key": "optimizer.lr", "value": [0.1, 0.2]}, "optimizer.lr: must be one value"),
        ({"key": "training.epochs", "value": 1}, "training.epochs: 3 steps in all are over already, at step 4"),
        ({"key": "optimizer.lr"}, "set needs a key and a value; value is missing"),
        ({}, "set needs a key and a value; key is missing"),
    ],
)
def test_refused_with_its_sentence(tmp_path: Path, arguments: dict[str, Any], words: str) -> None:
    """What cannot be is refused in words, and changes nothing."""
    events = course(toy(), tmp_path / "a", said={4: [("set", arguments)]})
    (refused,) = of(Refused, events)
    assert words in refused.reason
    assert (refused.step, refused.command) == (4, "4.0")
    assert numbers(events) == numbers(course(toy(), tmp_path / "b"))


def test_goes_on_after_its_end(tmp_path: Path) -> None:
    """A training that was over goes on as long as is planned, and says what the schedule makes of that."""
    experiment = toy(schedule={"kind": "cosine"}, optimizer={"lr": 0.2})
    course(experiment, tmp_path)
    start = Start(checkpoint=tmp_path / "checkpoints" / "last.pt", plan=(Planned(9, "set", "training.epochs", 6),))
    events = course(experiment, tmp_path, start)
    (warned,), (changed,) = of(Warned, events), of(Changed, events)
    assert (changed.step, changed.old, changed.new) == (9, 3, 6)
    assert warned.message == (
        "cosine had brought the learning rate to 0.00603 by step 9; over 6 epochs it goes on at 0.1"
    )
    assert [event.step for event in measured(events)] == [12, 15, 18]
    assert last(Finished, events).reason == "completed"
    whole = course(experiment, tmp_path / "planned", Start(plan=start.plan))
    assert numbers(whole, 9) == numbers(events, 9)


def test_longer_without_a_word(tmp_path: Path) -> None:
    """Where the schedule does not depend on the length there is nothing to say of it."""
    events = course(toy(), tmp_path, said={9: [("set", {"key": "training.epochs", "value": "+1"})]})
    assert not of(Warned, events)
    assert last(Finished, events).step == 12


def test_stopped_early_and_more_patience(tmp_path: Path) -> None:
    """A training that ended for want of patience goes on where it gets more."""
    experiment = toy(dataset=MOONS, optimizer={"lr": 30.0}, training={"epochs": 40, "patience": 2})
    ended = last(Finished, course(experiment, tmp_path))
    assert ended.reason == "early_stopping"
    plan = (Planned(ended.step, "set", "training.patience", 6),)
    events = course(experiment, tmp_path, Start(checkpoint=tmp_path / "checkpoints" / "last.pt", plan=plan))
    assert last(Finished, events).step > ended.step


class Waking(Driver):
    """A control that lets a training go on once it waits."""

    def wait(self) -> None:
        """Say so at the next look."""
        self.said = {self.looks: [("resume", {})]}
        super().wait()


@pytest.mark.parametrize("record_every", [1, 100])
def test_several_steps(tmp_path: Path, record_every: int) -> None:
    """So many steps are taken, at full speed, and answered once when the training waits after the last of them."""
    quiet = toy(training={"record_every": record_every})
    control = Waking(said={0: [("step", {"steps": 4}), ("step", {"steps": 2})]})
    events = list(train(quiet, quiet.dataset.load(tmp_path), control, tmp_path / "a"))
    assert [(event.step, event.command) for event in of(Paused, events)] == [(4, "0.0"), (6, "0.1")]
    assert [event.step for event in of(Continued, events)] == [6]
    assert not any(name.startswith("grad/") for event in of(Stepped, events) for name in event.metrics)
    assert numbers(of(Evaluated, events)) == numbers(of(Evaluated, course(quiet, tmp_path / "b")))


@pytest.mark.parametrize(
    ("action", "kinds", "reason"),
    [
        ("pause", ["paused", "refused"], "training was paused before they were taken"),
        ("resume", ["continued", "refused"], "training goes on without stopping"),
        ("stop", ["refused", "finished"], "training is over"),
        ("abort", ["refused", "finished"], "training is over"),
    ],
)
def test_several_steps_interrupted(tmp_path: Path, action: str, kinds: list[str], reason: str) -> None:
    """What comes while several steps are under way holds at once, and the rest of them is refused."""
    said: Said = {0: [("step", {"steps": 7})], 3: [(action, {})], 4: [("resume", {})] if action == "pause" else []}
    events = course(toy(), tmp_path, said=said)
    answers = [event for event in events if getattr(event, "command", None) in ("0.0", "3.0")]
    assert [event.kind for event in answers] == kinds
    assert of(Refused, events)[0].reason == reason
    assert {event.record()["step"] for event in answers} == {3}


@pytest.mark.parametrize("steps", [0, -1, 1.5, "3", True])
def test_steps_that_are_none(tmp_path: Path, steps: Any) -> None:
    """Only a whole number of steps can be taken."""
    (refused,) = of(Refused, course(toy(), tmp_path, said={0: [("step", {"steps": steps})]}))
    assert refused.reason == f"steps must be a whole number above 0; got {steps!r}"


def test_abort(tmp_path: Path) -> None:
    """An abort ends at once: nothing is evaluated, pictured or saved."""
    events = course(toy(training={"save_every": 2}), tmp_path, said={4: [("abort", {})]})
    finished = last(Finished, events)
    assert (finished.reason, finished.step, finished.metrics, finished.command) == ("stopped", 4, {}, "4.0")
    assert {event.record()["step"] for event in events if isinstance(event, (Evaluated, Snapshot))} == {0, 3}
    assert max(event.step for event in of(Saved, events)) == 2


def test_abort_while_paused(tmp_path: Path) -> None:
    """A paused training can be aborted."""
    events = course(toy(), tmp_path, said={1: [("pause", {})], 3: [("abort", {})]})
    assert (last(Finished, events).step, last(Finished, events).command) == (1, "3.0")


def test_save_where_it_evaluates(tmp_path: Path) -> None:
    """What is saved on command at an evaluation holds that evaluation: nothing is measured twice or not at all."""
    experiment = toy(training={"save_every": 100})
    whole = course(experiment, tmp_path, said={6: [("save", {})]})
    start = Start(checkpoint=tmp_path / "checkpoints" / "step-000000006.pt")
    events = course(experiment, tmp_path, start)
    assert last(Restarted, events[:1]).evaluated == 6
    assert numbers(events, 6) == numbers(whole, 6)


@pytest.mark.parametrize("evaluate_every", [1, 0])
def test_batches_left_out(tmp_path: Path, evaluate_every: int) -> None:
    """A batch that is planned to be left out is told, changes nothing of the model, and the steps go on."""
    experiment = toy(training={"evaluate_every": evaluate_every})
    events = course(experiment, tmp_path / "a", Start(plan=(Planned(3, "skip"), Planned(4, "skip"))))
    assert [(event.step, event.command) for event in of(Skipped, events)] == [(3, None), (4, None)]
    assert [event.step for event in of(Stepped, events)] == [1, 2, 5, 6, 7, 8, 9]
    if evaluate_every:
        told = {event.step: event.metrics for event in of(Evaluated, events)}
        assert told[2]["val/loss"] == told[3]["val/loss"] == told[4]["val/loss"] != told[5]["val/loss"]
        assert "train/loss" not in told[3]
    assert last(Finished, events).step == 9


def test_stop_as_planned(tmp_path: Path) -> None:
    """A stop that is planned is a soft stop of nobody's command."""
    by_command = course(toy(), tmp_path / "a", said={4: [("stop", {})]})
    planned = course(toy(), tmp_path / "b", Start(plan=(Planned(4, "stop"),)))
    assert (last(Finished, planned).command, last(Finished, planned).reason) == (None, "stopped")
    without = [{**each, "command": None} for each in numbers(by_command)]
    assert [{**each, "command": None} for each in numbers(planned)] == without


def test_plan_that_cannot_be(tmp_path: Path) -> None:
    """A change that was planned and cannot be is warned of; training goes on."""
    events = course(toy(), tmp_path, Start(plan=(Planned(2, "set", "optimizer.lr", -1.0),)))
    (warned,) = of(Warned, events)
    assert warned.message.startswith("what was planned for step 2 cannot be: optimizer.lr: must be greater than 0")
    assert last(Finished, events).reason == "completed"


def test_changed_while_paused(tmp_path: Path) -> None:
    """Settings change while a training waits, also before its first step."""
    lr = ("set", {"key": "optimizer.lr", "value": 0.7})
    events = course(toy(), tmp_path, said={0: [("pause", {}), lr], 1: [("resume", {})]})
    assert of(Stepped, events)[0].metrics["lr"] == 0.7
    assert (of(Changed, events)[0].step, of(Continued, events)[0].step) == (0, 0)
    assert of(Started, events)[0].experiment["optimizer"]["lr"] == 0.1
