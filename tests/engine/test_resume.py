"""A training that goes on from a checkpoint tells, bit for bit, what one tells that was never interrupted."""

from pathlib import Path
from typing import Any

import pytest
import torch
from courses import checkpoints, copied, course, numbers
from lessons import last, measured, of, toy

from tuitrain.engine import checkpoint
from tuitrain.engine.checkpoint import Damaged
from tuitrain.events import (
    Evaluated,
    Finished,
    Paused,
    Restarted,
    Saved,
    Snapshot,
    Start,
    Started,
    Warned,
)

pytestmark = pytest.mark.usefixtures("quick_disk")

MOONS: dict[str, Any] = {"kind": "moons", "points": 100, "noise": 0.5}
NET: dict[str, Any] = {"kind": "mlp", "hidden": [8], "dropout": 0.4, "batch_norm": True}
OFTEN: dict[str, Any] = {"save_every": 3, "checkpoints": 4, "evaluate_every": 5, "epochs": 3}

COURSES: dict[str, dict[str, Any]] = {
    "adam, dropout, batch norm, plateau, patience": {
        "models": [NET],
        "optimizer": {"kind": "adam", "lr": 0.05},
        "schedule": {"kind": "plateau", "patience": 0},
        "training": OFTEN | {"epochs": 8, "patience": 4},
    },
    "numpy net": {"models": [{"kind": "numpy_net"}], "optimizer": {"lr": 0.3, "weight_decay": 0.01}},
    "muon, cosine": {
        "models": [{"kind": "mlp", "hidden": [8, 8]}],
        "optimizer": {"kind": "muon"},
        "schedule": {"kind": "cosine", "warmup": 0.2},
    },
    "lbfgs": {
        "models": [{"kind": "mlp", "hidden": [3]}],
        "optimizer": {"kind": "lbfgs", "max_iter": 4},
        "training": OFTEN | {"batch_size": "full", "steps": 12},
    },
    "momentum, last batch dropped": {
        "optimizer": {"momentum": 0.9, "nesterov": True},
        "schedule": {"kind": "step", "every": 1, "gamma": 0.5},
        "training": OFTEN | {"drop_last": True, "batch_size": 15},
    },
    "rmsprop": {"optimizer": {"kind": "rmsprop", "momentum": 0.5, "centered": True, "lr": 0.01}},
    "adagrad, clipped": {"optimizer": {"kind": "adagrad"}, "training": OFTEN | {"clip_norm": 0.5}},
    "images that change": {
        "dataset": {"kind": "mnist", "train_size": 80, "val_size": 20, "test_size": 10}
        | {"crop": 2, "flip": True, "rotate": 20.0, "noise": 0.2, "normalize": "unit"},
        "models": [NET],
        "optimizer": {"kind": "adamw"},
    },
    "numbers, without validation": {
        "dataset": {"kind": "plane", "val_size": 0},
        "models": [{"kind": "mlp", "hidden": [4]}],
        "optimizer": {"kind": "adam"},
        "training": OFTEN | {"evaluate_train": True, "steps": 14},
    },
}


def settings(name: str) -> dict[str, Any]:
    """Return the tables of one of the courses."""
    return {"dataset": MOONS, "training": OFTEN} | COURSES[name]


def weights(path: Path) -> list[torch.Tensor]:
    """Return the weights in a checkpoint."""
    return list(checkpoint.load(path)["model"].values())


def same_weights(one: Path, other: Path) -> bool:
    """Tell whether two checkpoints hold the same weights, bit for bit."""
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


@pytest.mark.parametrize("name", COURSES)
def test_killed_and_resumed_from_any_checkpoint(tmp_path: Path, name: str) -> None:
    """Killed at any moment, it goes on from each checkpoint to the same numbers, the same end and the same files."""
    experiment = toy(**settings(name))
    whole = course(experiment, tmp_path / "whole")
    steps = last(Finished, whole).step
    for moment in (len(whole) // 3, 2 * len(whole) // 3, len(whole)):
        killed = tmp_path / f"killed {moment}"
        course(experiment, killed, until=moment)
        for path in checkpoints(killed):
            folder = copied(killed, path.stem)
            events = course(experiment, folder, Start(checkpoint=folder / "checkpoints" / path.name))
            begun = last(Restarted, events[:1])
            assert begun.step == checkpoint.load(path)["step"]
            assert numbers(events, begun.step) == numbers(whole, begun.step), (moment, path.name)
            for kept in ("best.pt", "last.pt"):
                mine, theirs = folder / "checkpoints" / kept, tmp_path / "whole" / "checkpoints" / kept
                assert mine.exists() == theirs.exists()
                assert not mine.exists() or same_weights(mine, theirs), (moment, path.name, kept)
    assert steps > 8


@pytest.mark.parametrize("step", [0, 1, 5, 6, 12])
def test_stopped_and_resumed(tmp_path: Path, step: int) -> None:
    """The evaluation that a soft stop adds is told, and is none of those of the training that goes on."""
    experiment = toy(**settings("adam, dropout, batch norm, plateau, patience"))
    whole = course(experiment, tmp_path / "whole")
    stopped = course(experiment, tmp_path / "a", said={step: [("stop", {})]})
    assert (last(Finished, stopped).reason, last(Finished, stopped).step) == ("stopped", step)
    assert of(Evaluated, stopped)[-1].step == step
    for path in checkpoints(tmp_path / "a"):
        folder = copied(tmp_path / "a", path.stem)
        events = course(experiment, folder, Start(checkpoint=folder / "checkpoints" / path.name))
        begun = last(Restarted, events[:1])
        assert begun.evaluated == 5 * (begun.step // 5)
        assert numbers(events, begun.step) == numbers(whole, begun.step), path.name


def test_stop_at_the_best_yet(tmp_path: Path) -> None:
    """Where the evaluation that a stop adds is the best, its weights are those kept, told and in best.pt."""
    events = course(toy(training={"evaluate_every": 3, "epochs": 30}), tmp_path, said={4: [("stop", {})]})
    finished, final = last(Finished, events), of(Evaluated, events)[-1]
    assert (final.step, final.best, finished.best_epoch) == (4, True, 2)
    assert finished.metrics["val/loss"] == final.metrics["val/loss"]
    folder = tmp_path / "checkpoints"
    assert same_weights(folder / "best.pt", folder / "last.pt")
    assert of(Saved, events)[-1].path == "checkpoints/best.pt"


def test_story_of_a_resumed_training(tmp_path: Path) -> None:
    """It tells no second beginning but from where it goes on, with the seconds it has had and the evaluation it had."""
    experiment = toy(training=OFTEN | {"evaluate_every": 4})
    whole = course(experiment, tmp_path)
    path = tmp_path / "checkpoints" / "step-000000006.pt"
    events = course(experiment, tmp_path, Start(checkpoint=path))
    begun = last(Restarted, events[:1])
    assert not of(Started, events)
    assert (begun.step, begun.epoch, begun.evaluated, begun.steps, begun.epochs) == (6, 2, 4, 9, 3)
    assert 0 < checkpoint.load(path)["seconds"] <= begun.seconds < last(Finished, events).seconds
    assert [event.step for event in measured(events)] == [8, 9]
    assert measured(events)[0].metrics["seconds"] >= begun.seconds
    assert numbers(events, 6) == numbers(whole, 6)


def test_resumed_again_and_again(tmp_path: Path) -> None:
    """A training that is killed a few steps after it went on, over and over, still comes to the same end."""
    experiment = toy(**settings("momentum, last batch dropped"))
    whole = course(experiment, tmp_path / "whole")
    events = course(experiment, tmp_path / "a", until=6)
    for _ in range(20):
        path = tmp_path / "a" / "checkpoints" / "last.pt"
        events = course(experiment, tmp_path / "a", Start(checkpoint=path) if path.exists() else Start(), until=9)
        if isinstance(events[-1], Finished):
            break
    assert numbers(events, whole[-1].record()["step"]) == numbers(whole, whole[-1].record()["step"])


def test_what_is_beyond_goes(tmp_path: Path) -> None:
    """Pictures and checkpoints of steps that are taken anew are removed; each is told again as it is made again."""
    experiment = toy(training=OFTEN | {"evaluate_every": 3})
    course(experiment, tmp_path)
    folder = tmp_path / "checkpoints"
    path = folder / "step-000000003.pt"
    course(experiment, tmp_path, Start(checkpoint=path), until=1 + 1)
    assert {file.stem for file in (tmp_path / "snapshots").iterdir()} == {"000000000", "000000003"}
    events = course(experiment, tmp_path, Start(checkpoint=path), said={0: [("save", {})], 1: [("abort", {})]})
    assert {file.name for file in folder.iterdir() if file.name.startswith("step")} == {
        path.name,
        f"{path.name}.sha256",
    }
    assert {event.path for event in of(Saved, events)} == {f"checkpoints/{n}.pt" for n in ("best", "last", path.stem)}
    again = course(experiment, tmp_path, Start(checkpoint=path))
    assert [event.step for event in of(Snapshot, again)] == [6, 9]


def test_resumed_at_the_end(tmp_path: Path) -> None:
    """A training that is over, gone on with, has nothing to do and tells the same end."""
    experiment = toy()
    whole = course(experiment, tmp_path)
    events = course(experiment, tmp_path, Start(checkpoint=tmp_path / "checkpoints" / "last.pt"))
    assert [event.kind for event in events if not isinstance(event, Saved)] == ["restarted", "finished"]
    assert numbers(events, 9) == numbers(whole, 9)


def test_resumed_while_paused(tmp_path: Path) -> None:
    """A training that goes on can be paused before its first step."""
    experiment = toy()
    course(experiment, tmp_path)
    path = tmp_path / "checkpoints" / "best.pt"
    events = course(experiment, tmp_path, Start(checkpoint=path), said={0: [("pause", {})], 1: [("resume", {})]})
    assert of(Paused, events)[0].step == of(Restarted, events)[0].step


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"models": [{"kind": "mlp", "hidden": [3]}]}, "does not fit the model: "),
        ({"optimizer": {"kind": "adam"}}, "does not fit .*: its optimizer is {'kind': 'sgd'}, and that"),
    ],
)
def test_state_of_another_model(tmp_path: Path, tables: dict[str, Any], words: str) -> None:
    """A state of another model is named, with the file."""
    course(toy(), tmp_path)
    with pytest.raises(Damaged, match=rf"last\.pt: {words}"):
        course(toy(**tables), tmp_path, Start(checkpoint=tmp_path / "checkpoints" / "last.pt"))


def test_state_that_is_not_whole(tmp_path: Path) -> None:
    """A checkpoint that holds weights alone is no state to go on from, and the sentence says what it lacks."""
    path = tmp_path / "last.pt"
    checkpoint.save({"model": {}, "step": 3}, path)
    with pytest.raises(Damaged, match=r"last\.pt: an older version wrote it, without best, course, evaluated"):
        course(toy(), tmp_path, Start(checkpoint=path))


def test_branch_with_nothing_changed(tmp_path: Path) -> None:
    """A branch tells its beginning and its first state, and goes on as its trunk did; its best is one of its own."""
    tables = settings("momentum, last batch dropped")
    experiment = toy(**tables | {"training": tables["training"] | {"checkpoints": 20}})
    trunk = course(experiment, tmp_path / "trunk")
    path = tmp_path / "trunk" / "checkpoints" / "step-000000006.pt"
    events = course(experiment, tmp_path / "branch", Start(checkpoint=path, branch=True))
    assert [event.kind for event in events[:3]] == ["started", "evaluated", "snapshot"]
    first = of(Evaluated, events)[0]
    assert (first.step, first.best, set(first.metrics)) == (6, False, {"val/loss", "val/accuracy"})
    told = [event.metrics["val/loss"] for event in measured(events)[1:]]
    assert told == [event.metrics["val/loss"] for event in measured(trunk) if event.step > 6]
    assert of(Evaluated, events)[1].best


def test_branch_with_other_settings(tmp_path: Path) -> None:
    """A branch keeps what the optimizer remembers and follows its own settings from its first step on."""
    adam = {"kind": "adam", "lr": 0.01}
    course(toy(optimizer=adam, training=OFTEN), tmp_path / "trunk")
    path = tmp_path / "trunk" / "checkpoints" / "step-000000006.pt"
    other = toy(optimizer=adam | {"lr": 0.3, "weight_decay": 0.1, "beta1": 0.5}, training=OFTEN)
    events = course(other, tmp_path / "branch", Start(checkpoint=path, branch=True), said={1: [("save", {})]})
    assert not of(Warned, events)
    assert [event.record()["metrics"]["lr"] for event in events if event.kind == "stepped"] == [0.3] * 3
    state = checkpoint.load(tmp_path / "branch" / "checkpoints" / "step-000000007.pt")
    (group,) = state["optimizer"]["param_groups"]
    assert (group["weight_decay"], group["betas"]) == (0.1, (0.5, 0.999))
    assert float(state["optimizer"]["state"][0]["step"]) == 7


def test_branch_with_another_optimizer(tmp_path: Path) -> None:
    """Another optimizer begins without a memory, which is said."""
    course(toy(optimizer={"kind": "adam"}, training=OFTEN), tmp_path / "trunk")
    path = tmp_path / "trunk" / "checkpoints" / "step-000000006.pt"
    events = course(toy(optimizer={"kind": "rmsprop"}), tmp_path / "branch", Start(checkpoint=path, branch=True))
    (warned,) = of(Warned, events)
    assert warned.message == "rmsprop begins without a memory: adam was what trained so far"
    assert last(Finished, events).step == 9
