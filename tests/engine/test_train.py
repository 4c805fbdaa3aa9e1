"""A training as its events tell it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from lessons import Told, last, measured, network, of, timeless, toy, trained
from torch.nn import functional as F

from tuitrain.engine import checkpoint
from tuitrain.events import Evaluated, Failed, Finished, Saved, Snapshot, Started, Stepped
from tuitrain.experiment import read
from tuitrain.schedules import Cosine, Progress

OVERFITTING: dict[str, Any] = {
    "dataset": {"kind": "moons", "points": 60, "noise": 0.6},
    "models": [{"kind": "mlp", "hidden": [64]}],
    "optimizer": {"kind": "adam", "lr": 0.05},
}


def test_story(tmp_path: Path) -> None:
    """Started, the untrained model, a point and an evaluation an epoch, each with a picture, checkpoints, finished."""
    events = trained(toy(training={"record_every": 3}), tmp_path)
    kinds = [event.kind for event in events if not isinstance(event, Saved)]
    measuring = ["evaluated", "snapshot"]
    assert kinds == ["started", *measuring, *["stepped", *measuring] * 3, "finished"]
    assert isinstance(events[-2], Saved)
    started = last(Started, events[:1])
    assert (started.train_size, started.val_size, started.test_size) == (48, 12, 0)
    assert (started.steps, started.epochs, started.parameters, started.model) == (9, 3, 6, "linear")
    assert [(event.step, event.epoch) for event in of(Evaluated, events)] == [(0, 0), (3, 1), (6, 2), (9, 3)]
    named = [event.path for event in of(Saved, events)] + [event.path for event in of(Snapshot, events)]
    assert all((tmp_path / path).is_file() for path in named)


def test_same_seed(tmp_path: Path) -> None:
    """The same experiment gives the same numbers bit for bit, another seed gives others."""
    settings: dict[str, Any] = {"models": [{"kind": "mlp", "hidden": [8], "dropout": 0.5, "batch_norm": True}]}
    first, again = (trained(toy(**settings), tmp_path / name) for name in ("a", "b"))
    assert timeless(first) == timeless(again)
    other = trained(toy(**settings, training={"seed": 1}), tmp_path / "c")
    assert timeless(first)[1] != timeless(other)[1]


@pytest.mark.parametrize("record_every", [0, 2, 100])
def test_when_the_numbers_are_read_changes_nothing(tmp_path: Path, record_every: int) -> None:
    """Evaluations are the same however often the points of the curves are taken."""
    fine = trained(toy(training={"batch_size": 5}), tmp_path / "fine")
    coarse = trained(toy(training={"batch_size": 5, "record_every": record_every}), tmp_path / "coarse")
    assert timeless(of(Evaluated, coarse)) == timeless(of(Evaluated, fine))
    assert timeless(coarse[-1:]) == timeless(fine[-1:])


@pytest.mark.parametrize("record_every", [1, 4, 10])
def test_points_of_the_curves(tmp_path: Path, record_every: int) -> None:
    """A point is the mean of the steps since the last one, evaluations between them or not."""
    training = {"epochs": 4, "batch_size": 16, "record_every": 1}
    fine = [event.metrics["train/loss"] for event in of(Stepped, trained(toy(training=training), tmp_path / "fine"))]
    assert len(fine) == 12
    training |= {"record_every": record_every}
    coarse = of(Stepped, trained(toy(training=training), tmp_path / "coarse"))
    assert [event.step for event in coarse] == list(range(record_every, 13, record_every))
    for event in coarse:
        expected = sum(fine[event.step - record_every : event.step]) / record_every
        assert event.metrics["train/loss"] == pytest.approx(expected)


def test_digits_are_learned(tmp_path: Path) -> None:
    """Softmax regression on the sample of MNIST reaches 88 % on the test split, its loss falling from about ln 10."""
    experiment = read("mnist-linear", ["training.device=cpu", "training.record_every=1"])
    events = trained(experiment, tmp_path)
    losses = [event.metrics["train/loss"] for event in measured(events)]
    assert of(Stepped, events)[0].metrics["train/loss"] == pytest.approx(2.3026, abs=0.2)
    assert losses == sorted(losses, reverse=True)
    metrics = last(Finished, events).metrics
    assert metrics["test/accuracy"] >= 0.88
    assert {name.partition("/")[0] for name in metrics} == {"train", "val", "test"}


@pytest.mark.parametrize("batch_size", [1, 16, 20, 47, 64, "full"])
def test_every_sample_counts_once(tmp_path: Path, batch_size: int | str) -> None:
    """Counted while a model learns nothing, the epoch's loss and accuracy are those of the whole split."""
    training = {"epochs": 2, "batch_size": batch_size}
    events = trained(toy(training=training, optimizer={"lr": 1e-30}), tmp_path)
    whole = last(Finished, events).metrics
    for event in measured(events):
        assert event.metrics["train/loss"] == pytest.approx(whole["train/loss"], rel=1e-5)
        assert event.metrics["train/accuracy"] == pytest.approx(whole["train/accuracy"])


def test_drop_last(tmp_path: Path) -> None:
    """Without its incomplete last batch an epoch has a step less and counts the samples it saw."""
    events = trained(toy(training={"epochs": 2, "batch_size": 20, "drop_last": True}), tmp_path)
    assert last(Started, events[:1]).steps == 4
    evaluated = measured(events)
    assert [event.step for event in evaluated] == [2, 4]
    assert evaluated[0].metrics["train/accuracy"] * 40 == pytest.approx(
        round(evaluated[0].metrics["train/accuracy"] * 40)
    )


def test_first_loss(tmp_path: Path) -> None:
    """The first loss is the cross entropy of the freshly built model, in the training's own seed."""
    experiment = toy(models=[{"kind": "mlp", "hidden": [5]}], training={"batch_size": "full", "epochs": 1, "seed": 7})
    events = trained(experiment, tmp_path)
    torch.manual_seed(7)
    net = network(experiment).build((2,), 2)
    train = experiment.dataset.load(tmp_path).train
    with torch.no_grad():
        loss = F.cross_entropy(net(torch.from_numpy(train.inputs)), torch.from_numpy(train.labels))
    assert of(Stepped, events)[0].metrics["train/loss"] == pytest.approx(loss.item(), rel=1e-6)


def test_schedule_is_followed(tmp_path: Path) -> None:
    """Each step is made with the learning rate that the schedule gives it."""
    events = trained(toy(schedule={"kind": "cosine", "warmup": 0.25, "final": 0.1}), tmp_path)
    schedule = Cosine(warmup=0.25, final=0.1)
    expected = [0.1 * schedule.factor(Progress(step // 3, 3, step, 9)) for step in range(9)]
    assert [event.metrics["lr"] for event in of(Stepped, events)] == pytest.approx(expected)


def test_weight_decay_pulls_to_zero(tmp_path: Path) -> None:
    """Strong weight decay leaves smaller weights."""
    norms = []
    for number, decay in enumerate((0.0, 1.0)):
        folder = tmp_path / str(number)
        trained(toy(optimizer={"weight_decay": decay}), folder)
        model = checkpoint.load(folder / "checkpoints" / "last.pt")["model"]
        norms.append(float(model["output.weight"].norm()))
    assert norms[1] < 0.6 * norms[0]


def test_early_stopping(tmp_path: Path) -> None:
    """After `patience` evaluations without a lower val/loss training ends, at the weights of the best of them."""
    experiment = toy(**OVERFITTING, training={"epochs": 300, "patience": 10})
    events = trained(experiment, tmp_path)
    finished, evaluated = last(Finished, events), measured(events)
    losses = [event.metrics["val/loss"] for event in evaluated]
    best = losses.index(min(losses))
    assert finished.reason == "early_stopping"
    assert len(evaluated) == best + 1 + 10 < 300
    assert finished.best_epoch == evaluated[best].epoch
    assert finished.metrics["val/loss"] == losses[best] < losses[-1]
    assert [event.best for event in evaluated] == [loss == min(losses[: n + 1]) for n, loss in enumerate(losses)]


def test_best_weights_are_on_disk(tmp_path: Path) -> None:
    """best.pt holds the weights of the best evaluation, last.pt those of the last step."""
    experiment = toy(**OVERFITTING, training={"epochs": 40})
    finished = last(Finished, trained(experiment, tmp_path))
    states = {name: checkpoint.load(tmp_path / "checkpoints" / f"{name}.pt") for name in ("best", "last")}
    net, data = network(experiment).build((2,), 2), experiment.dataset.load(tmp_path)
    assert data.val is not None
    losses = {}
    for name, state in states.items():
        net.load_state_dict(state["model"])
        with torch.no_grad():
            loss = F.cross_entropy(net(torch.from_numpy(data.val.inputs)), torch.from_numpy(data.val.labels))
        losses[name] = loss.item()
    assert losses["best"] == pytest.approx(finished.metrics["val/loss"])
    assert losses["best"] < losses["last"]
    assert states["last"]["step"] == finished.step > states["best"]["step"]


@pytest.mark.parametrize("val_size", [0.2, 0])
@pytest.mark.parametrize("record_every", [0, 1, 100])
def test_divergence(tmp_path: Path, val_size: float, record_every: int) -> None:
    """A learning rate far too large ends in one `failed` that names a step, with null in the place of NaN."""
    experiment = toy(
        dataset={"val_size": val_size}, optimizer={"lr": 1e38}, training={"epochs": 50, "record_every": record_every}
    )
    events = trained(experiment, tmp_path)
    failed = last(Failed, events)
    assert failed.reason == "diverged"
    assert "loss became" in failed.error
    assert f"at step {failed.step}" in failed.error or record_every != 1
    assert "optimizer.lr" in failed.hint
    assert not of(Finished, events)
    text = "\n".join(json.dumps(event.record(), allow_nan=False) for event in events)
    assert '"diverged": true' in text


def test_divergence_in_the_last_step(tmp_path: Path) -> None:
    """Weights that are no numbers after the only step are no result, with a validation split or without."""
    for val_size in (0.2, 0):
        experiment = toy(
            dataset={"val_size": val_size}, optimizer={"lr": 1e38}, training={"epochs": 1, "batch_size": "full"}
        )
        assert last(Failed, trained(experiment, tmp_path)).reason == "diverged"


def test_without_validation(tmp_path: Path) -> None:
    """Without a validation split nothing is the best, and what is kept are the last weights."""
    events = trained(toy(dataset={"val_size": 0}), tmp_path)
    finished = last(Finished, events)
    assert not any(event.best for event in of(Evaluated, events))
    assert finished.best_epoch is None
    assert {name.partition("/")[0] for name in finished.metrics} == {"train"}
    assert not (tmp_path / "checkpoints" / "best.pt").exists()


def test_fitted(tmp_path: Path) -> None:
    """A model of a handful of numbers is told by their values, a larger one is not."""
    fitted = last(Finished, trained(toy(), tmp_path)).fitted
    saved = checkpoint.load(tmp_path / "checkpoints" / "best.pt")["model"]
    assert fitted == {name: value.tolist() for name, value in saved.items()}
    large = toy(models=[{"kind": "mlp", "hidden": [4]}])
    assert last(Finished, trained(large, tmp_path)).fitted is None


def test_evaluate_every(tmp_path: Path) -> None:
    """Evaluations come every so many steps, and at the end."""
    events = trained(toy(training={"evaluate_every": 4}), tmp_path)
    assert [event.step for event in measured(events)] == [4, 8, 9]


def test_bfloat16(tmp_path: Path) -> None:
    """In bfloat16 a model learns nearly as well as in float32, and its weights stay float32."""
    settings = {"models": [{"kind": "mlp", "hidden": [16]}]}
    losses = []
    for precision in ("float32", "bfloat16"):
        folder = tmp_path / precision
        events = trained(toy(**settings, training={"precision": precision, "epochs": 30}), folder)
        losses.append(last(Finished, events).metrics["train/loss"])
        model = checkpoint.load(folder / "checkpoints" / "last.pt")["model"]
        assert {value.dtype for value in model.values()} == {torch.float32}
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.2)


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    """A training on a device that the machine does not have never begins."""
    control = Told()
    with pytest.raises(Exception, match="cuda:99 is not on this machine"):
        trained(toy(training={"device": "cuda:99"}), tmp_path, control=control)
    assert control.looks == 0
