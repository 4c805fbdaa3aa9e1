"""A training that was cut off after it stumbled, or as it went back, knows what it knew: the numbers are the same."""

from pathlib import Path

import pytest
from courses import Driver, course, numbers
from flights import Answering, Nobody, flown, killed, last_of, poisoned, spiked, unstable
from lessons import Told, last, of, toy

from tuitrain.engine import checkpoint
from tuitrain.engine.train import train
from tuitrain.events import (
    Changed,
    Command,
    Event,
    Failed,
    Finished,
    Planned,
    Restarted,
    Saved,
    Skipped,
    Start,
    Stepped,
    Troubled,
)
from tuitrain.runs import again
from tuitrain.runs.history import History
from tuitrain.runs.journal import stamp

POISON = poisoned(5)
STUMBLES = [3, 5, 7]
"""The steps of three epochs in which sample 5 is learned from."""


def story(events: list[Event]) -> History:
    """Return what a reader of the journal knows."""
    history = History()
    history.take([stamp("run", event) for event in events])
    return history


def resumed(folder: Path, before: list[Event], name: str = "last.pt") -> Start:
    """Return how a worker goes on after one that was killed having told this."""
    history = story(before)
    return Start(
        checkpoint=folder / "checkpoints" / name, plan=again.plan(history, history.checkpoints[f"checkpoints/{name}"])
    )


@pytest.mark.parametrize("kept", [3, 0])
def test_rewind_after_a_crash(tmp_path: Path, kept: int) -> None:
    """Back beyond all that this process knows it takes the steps from the disk on, or all: the numbers are the same."""
    experiment = unstable(on_divergence="rewind", save_every=3, checkpoints=kept)
    plan = (Planned(2, "set", "optimizer.weight_decay", 1e-4), Planned(9, "skip"))
    whole = course(experiment, tmp_path / "a", Start(plan=plan))
    (back,) = of(Restarted, whole)
    assert back.step > 0
    going = train(experiment, experiment.dataset.load(tmp_path), Nobody(), tmp_path / "b", Start(plan=plan))
    before = killed(going, lambda event: isinstance(event, Saved) and event.step > back.step + 50)
    cut = of(Saved, before)[-1].step
    rest = course(experiment, tmp_path / "b", resumed(tmp_path / "b", before))
    assert [event.step for event in of(Restarted, rest)] == [cut, back.step]
    assert numbers(rest[rest.index(of(Restarted, rest)[1]) :]) == numbers(whole[whole.index(back) :])


def test_a_crash_grants_no_more_tries(tmp_path: Path) -> None:
    """It goes back five times by itself, however often it was cut off meanwhile."""
    experiment = toy(training={"on_divergence": "rewind"})
    data = experiment.dataset.load(tmp_path)
    POISON(data)
    start, backs = Start(), 0
    while True:
        going = train(experiment, data, Nobody(), tmp_path, start)
        events = killed(going, lambda event: isinstance(event, Saved) and event.step == 0)
        if not of(Restarted, events)[start.checkpoint is not None :]:
            break
        backs += 1
        start = Start(checkpoint=last_of(tmp_path))
    assert backs == 5
    assert last(Failed, events).reason == "diverged"


@pytest.mark.parametrize("name", ["last.pt", "step-000000070.pt"])
def test_going_on_is_remembered(tmp_path: Path, name: str) -> None:
    """Cut off after somebody said to go on, a training learns from that batch again without being told so again."""
    experiment, sample = spiked()
    experiment = experiment.model_copy(update={"training": experiment.training.model_copy(update={"save_every": 70})})
    plant = poisoned(sample, -1e4)
    whole = flown(experiment, tmp_path / "whole", "go_on", plant=plant)
    data = experiment.dataset.load(tmp_path)
    plant(data)
    control, folder = Answering(answers=["go_on"]), tmp_path / "a"
    going = train(experiment, data, control, folder, Start(waits=True))
    before = killed(going, lambda event: isinstance(event, Stepped) and event.step == 77)
    start = resumed(folder, before, name)
    rest = list(train(experiment, data, Nobody(), folder, start))
    begun = of(Restarted, rest)[0].step
    assert numbers(rest, begun) == numbers(whole, begun)
    told = again.plan(story([*before, *rest]), 0)
    assert told == (Planned(76, "go_on"),)
    replayed = flown(experiment, tmp_path / "again", plant=plant, plan=told)
    assert numbers(replayed) == numbers(whole)


@pytest.mark.parametrize("known", [True, False])
def test_what_is_left_out_is_remembered(tmp_path: Path, known: bool) -> None:
    """A batch that was left out stays so where the training goes back beyond it and is cut off before it comes again.

    Both the journal and the state know of it.
    """
    experiment, sample = spiked()
    experiment = experiment.model_copy(update={"training": experiment.training.model_copy(update={"epochs": 1})})
    data = experiment.dataset.load(tmp_path)
    poisoned(sample)(data)
    control = Driver(said={78: [("rewind", {"steps": 18})]})
    going = train(experiment, data, control, tmp_path, Start(plan=(Planned(76, "skip"),)))
    before = killed(going, lambda event: isinstance(event, Saved) and event.step == 60)
    start = resumed(tmp_path, before)
    assert Planned(76, "skip") in start.plan
    rest = list(train(experiment, data, Nobody(), tmp_path, start if known else Start(checkpoint=start.checkpoint)))
    assert [event.step for event in of(Skipped, rest)] == [76]
    assert not of(Troubled, rest)
    assert last(Finished, rest).reason == "completed"


class Signalled(Told):
    """A control through which a signal comes as soon as the training waits."""

    def commands(self) -> list[Command]:
        """Return what the signal says."""
        return [Command(id="signal", action="stop")] if self.waits == 1 else []


@pytest.mark.parametrize("record_every", [1, 0])
def test_a_signal_says_nothing_of_the_batch(tmp_path: Path, record_every: int) -> None:
    """Ended by a signal while it waits it is stopped, not diverged, with the model as it was before that step."""
    experiment = toy(training={"record_every": record_every})
    data = experiment.dataset.load(tmp_path)
    POISON(data)
    events = list(train(experiment, data, Signalled(), tmp_path, Start(waits=True)))
    finished = last(Finished, events)
    assert (finished.reason, finished.command, finished.step) == ("stopped", "signal", 2)
    assert checkpoint.load(last_of(tmp_path))["step"] == 2
    rest = list(train(experiment, data, Answering(answers=["skip"] * 3), tmp_path, resumed_waiting(tmp_path)))
    assert [event.step for event in of(Skipped, rest)] == STUMBLES
    assert last(Finished, rest).reason == "completed"


def resumed_waiting(folder: Path) -> Start:
    """Return how a training goes on that waits for a word where it stumbles."""
    return Start(checkpoint=last_of(folder), waits=True)


def test_killed_as_it_goes_back(tmp_path: Path) -> None:
    """Killed when it tells from where it goes on, what is on the disk is that state, and what it knows is told then."""
    experiment = toy(training={"epochs": 12, "save_every": 3})
    plan = (Planned(9, "skip"), Planned(4, "skip"))
    data = experiment.dataset.load(tmp_path)
    control = Driver(said={20: [("rewind", {"steps": 14})]})
    before = killed(
        train(experiment, data, control, tmp_path, Start(plan=plan)), lambda event: isinstance(event, Restarted)
    )
    (back,) = of(Restarted, before)
    assert checkpoint.load(last_of(tmp_path))["step"] == back.step > 4
    rest = course(experiment, tmp_path, Start(checkpoint=last_of(tmp_path)))
    told = [(event.kind, event.record()["step"]) for event in rest[:3]]
    assert told == [("restarted", back.step), ("changed", back.step), ("skipped", 9)]
    assert (of(Changed, rest)[0].old, of(Changed, rest)[0].new) == (0.1, 0.05)
    assert not of(Changed, course(experiment, tmp_path, Start(checkpoint=last_of(tmp_path))))
