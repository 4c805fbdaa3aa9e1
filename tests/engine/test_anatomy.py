"""What is told of gradients and updates: of the whole step at each point, of each tensor at evaluations."""

from pathlib import Path
from typing import Any

import pytest
import torch
from lessons import last, measured, network, of, timeless, toy, trained
from torch import Tensor, nn
from torch.nn import functional as F

from tuitrain.engine import anatomy
from tuitrain.engine.split import shuffled
from tuitrain.events import Evaluated, Event, Finished, Stepped
from tuitrain.experiment import Experiment

MLP: dict[str, Any] = {"kind": "mlp", "hidden": [5]}


def followed(experiment: Experiment, folder: Path, steps: int) -> list[list[Tensor]]:
    """Return the gradients of each of the first steps of plain SGD, by a loop written out here."""
    training = experiment.training
    torch.manual_seed(training.seed)
    net = network(experiment).build((2,), 2)
    data = experiment.dataset.load(folder)
    inputs, labels = torch.from_numpy(data.train.inputs), torch.from_numpy(data.train.labels)
    found = []
    for step in range(steps):
        epoch, batch = divmod(step, training.per_epoch(len(labels)))
        chosen = shuffled(len(labels), training.seed, epoch, torch.device("cpu"))[16 * batch : 16 * (batch + 1)]
        loss = F.cross_entropy(net(inputs[chosen]), labels[chosen])
        found.append(list(torch.autograd.grad(loss, list(net.parameters()))))
        with torch.no_grad():
            for value, gradient in zip(net.parameters(), found[-1], strict=True):
                value.sub_(experiment.optimizer.lr * gradient)
    return found


def norms(events: list[Event]) -> list[float]:
    """Return the norm of the gradient at each point."""
    return [event.metrics["grad_norm"] for event in of(Stepped, events)]


def test_norm_of_the_gradient(tmp_path: Path) -> None:
    """At each point stands torch's own norm over all gradients of that step, not of those before it."""
    experiment = toy(models=[MLP])
    expected = [float(nn.utils.get_total_norm(each)) for each in followed(experiment, tmp_path, 9)]
    assert norms(trained(experiment, tmp_path)) == pytest.approx(expected, rel=1e-5)
    coarse = toy(models=[MLP], training={"record_every": 4})
    assert norms(trained(coarse, tmp_path)) == pytest.approx(expected[3::4], rel=1e-5)


@pytest.mark.parametrize("optimizer", [{"kind": "sgd"}, {"kind": "lbfgs"}])
def test_norm_before_clipping(tmp_path: Path, optimizer: dict[str, Any]) -> None:
    """What is told of the first step is how long its gradient was before it was clipped, at the weights it began at."""
    told = []
    for clip in (0.0, 1e-3):
        training = {"epochs": 1, "batch_size": "full", "clip_norm": clip}
        told += norms(trained(toy(optimizer=optimizer, training=training), tmp_path / str(clip)))
    assert told[1] == pytest.approx(told[0], rel=1e-6)
    assert told[0] > 0.1


def test_norm_that_is_no_number(tmp_path: Path) -> None:
    """Of a training that diverges the last norm is null in the journal."""
    events = trained(toy(optimizer={"lr": 1e38}, training={"epochs": 50}), tmp_path)
    assert of(Stepped, events)[-1].record()["metrics"]["grad_norm"] is None


def test_no_norm_without_gradients(tmp_path: Path) -> None:
    """A net that takes its steps by hand leaves no gradients to measure."""
    events = trained(toy(models=[{"kind": "numpy_net"}]), tmp_path)
    assert all("grad_norm" not in event.metrics for event in of(Stepped, events))


@pytest.mark.parametrize("record_every", [0, 1, 5])
def test_speed(tmp_path: Path, record_every: int) -> None:
    """Each point tells how many samples were learned from in a second, of the time that steps alone took."""
    events = trained(toy(training={"epochs": 20, "record_every": record_every}), tmp_path)
    finished, points = last(Finished, events), of(Stepped, events)
    assert all(event.metrics["samples_per_second"] > 0 for event in points)
    if record_every:
        samples = 48 / 3 * record_every
        spent = sum(samples / event.metrics["samples_per_second"] for event in points)
        assert 0 < spent < finished.seconds


def test_each_tensor_at_evaluations(tmp_path: Path) -> None:
    """An evaluation tells the gradient of each tensor in the step just taken, and how far it moved the tensor."""
    experiment = toy(models=[MLP], training={"evaluate_every": 2})
    gradients = followed(experiment, tmp_path, 9)
    first, *evaluated = of(Evaluated, trained(experiment, tmp_path))
    assert not any(name.startswith(("grad/", "update/")) for name in first.metrics)
    names = [name for name, _ in network(experiment).build((2,), 2).named_parameters()]
    for event in evaluated:
        for name, gradient in zip(names, gradients[event.step - 1], strict=True):
            assert event.metrics[f"grad/{name}"] == pytest.approx(float(gradient.norm()), rel=1e-4)
            assert 0 < event.metrics[f"update/{name}"] < 1


def test_large_models_are_spared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a model of many tensors evaluations tell none of them, and nothing else of it is different, bit for bit."""
    experiment = toy(models=[MLP | {"dropout": 0.5, "batch_norm": True}])
    told = trained(experiment, tmp_path / "told")
    monkeypatch.setattr(anatomy, "TENSORS", 5)
    spared = trained(experiment, tmp_path / "spared")
    closely = ("grad/", "update/")
    assert not any(name.startswith(closely) for event in measured(spared) for name in event.metrics)
    for event in of(Evaluated, told):
        for name in [name for name in event.metrics if name.startswith(closely)]:
            del event.metrics[name]
    assert timeless(told) == timeless(spared)
