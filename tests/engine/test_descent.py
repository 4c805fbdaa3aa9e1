"""How long a training goes on, and nets that take their steps themselves."""

from pathlib import Path
from typing import Any

import pytest
import torch
from lessons import last, measured, of, toy, trained

from tuitrain.engine import checkpoint
from tuitrain.engine.split import shuffled
from tuitrain.events import Evaluated, Failed, Finished, Started, Stepped
from tuitrain.models import NumpyNet
from tuitrain.models.numpy_module import NumpyModule


@pytest.mark.parametrize(
    ("training", "epochs", "evaluations"),
    [
        ({"steps": 1}, 1, [1]),
        ({"steps": 3}, 1, [3]),
        ({"steps": 7}, 3, [3, 6, 7]),
        ({"steps": 7, "epochs": 1}, 3, [3, 6, 7]),
        ({"steps": 5, "batch_size": 20, "drop_last": True}, 3, [2, 4, 5]),
        ({"steps": 4, "batch_size": "full"}, 4, [1, 2, 3, 4]),
        ({"steps": 7, "evaluate_every": 5}, 3, [5, 7]),
    ],
)
def test_steps(tmp_path: Path, training: dict[str, Any], epochs: int, evaluations: list[int]) -> None:
    """A training of so many steps takes exactly these, whatever epochs they make."""
    events = trained(toy(training=training), tmp_path)
    started, finished = last(Started, events[:1]), last(Finished, events)
    assert (started.steps, started.epochs) == (training["steps"], epochs)
    assert [event.step for event in of(Stepped, events)] == list(range(1, training["steps"] + 1))
    assert [event.step for event in measured(events)] == evaluations
    assert (finished.step, finished.epoch, finished.reason) == (training["steps"], epochs, "completed")


def test_steps_are_those_of_epochs(tmp_path: Path) -> None:
    """As many steps as some epochs have end at the same numbers."""
    ends = []
    for training in ({"steps": 9}, {"epochs": 3}):
        finished = last(Finished, trained(toy(training=training), tmp_path / next(iter(training))))
        ends.append((finished.fitted, finished.metrics))
    assert ends[0] == ends[1]


def test_evaluate_train(tmp_path: Path) -> None:
    """A full pass over the training split is measured where it is asked for, from the untrained model on."""
    for val_size in (0.2, 0):
        experiment = toy(
            dataset={"N": 1500, "val_size": val_size},
            training={"evaluate_train": True, "batch_size": 512},
            optimizer={"lr": 1e-30},
        )
        events = trained(experiment, tmp_path / str(val_size))
        whole = last(Finished, events).metrics
        for event in of(Evaluated, events):
            for name in ("loss", "accuracy"):
                assert event.metrics[f"train_eval/{name}"] == pytest.approx(whole[f"train/{name}"])


@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_net_that_descends_by_hand(tmp_path: Path, decay: float) -> None:
    """A NumPy net is trained to the same weights as by its own steps over the same batches; nothing is kept beside."""
    experiment = toy(
        models=[{"kind": "numpy_net", "hidden": 4}], optimizer={"lr": 0.3, "weight_decay": decay}, training={"seed": 5}
    )
    events = trained(experiment, tmp_path)
    data, (model,) = experiment.dataset.load(tmp_path), experiment.models
    assert isinstance(model, NumpyNet)
    assert data.val is not None
    torch.manual_seed(5)
    module = model.build((2,), 2)
    assert isinstance(module, NumpyModule)
    net, told = module.net, []
    for epoch in range(3):
        losses = 0.0
        for chosen in shuffled(48, 5, epoch, torch.device("cpu")).numpy().reshape(3, 16):
            inputs, labels = data.train.inputs[chosen].astype("float64"), data.train.labels[chosen]
            losses += net.descend(inputs, labels, 0.3, decay)[0] / 3
        told.append(losses)
    state = checkpoint.load(tmp_path / "checkpoints" / "last.pt")
    for name, value in state["model"].items():
        torch.testing.assert_close(value, torch.from_numpy(getattr(net, name)))
    assert [event.metrics["train/loss"] for event in measured(events)] == pytest.approx(told)
    assert measured(events)[-1].metrics["val/loss"] == pytest.approx(
        net.loss(data.val.inputs.astype("float64"), data.val.labels), rel=1e-5
    )
    assert state["optimizer"]["state"] == {}
    assert last(Finished, events).parameters == 2 * 4 + 4 + 4 * 2 + 2


def test_single_step_by_hand(tmp_path: Path) -> None:
    """A net without gradients of torch tells of a single step how far it moved."""
    events = trained(toy(models=[{"kind": "numpy_net"}]), tmp_path, ["step"], [], ["resume"])
    found = {name for name in of(Stepped, events)[0].metrics if "/" in name and not name.startswith("train")}
    assert found == {"update/W1", "update/W2"}  # the biases begin at 0, and have no share of that to move by


def test_divergence_by_hand(tmp_path: Path) -> None:
    """A NumPy net that diverges ends as any other does."""
    experiment = toy(models=[{"kind": "numpy_net"}], optimizer={"lr": 1e200}, training={"epochs": 20})
    assert last(Failed, trained(experiment, tmp_path)).reason == "diverged"
