"""The learning-rate range test: what it suggests, and that it leaves everything as it was."""

from copy import deepcopy
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lessons import last, network, of, timeless, toy, trained
from torch import nn

from tuitrain.engine.lesson import Lesson, prepare
from tuitrain.engine.probe import HIGHEST, LOWEST, climb, digest, restored
from tuitrain.events import Event, Finished, Probed, Refused
from tuitrain.experiment import Experiment, read

MLP: dict[str, Any] = {"kind": "mlp", "hidden": [8, 8], "dropout": 0.5, "batch_norm": True}
FULL: dict[str, Any] = {"batch_size": "full"}
NETS: list[dict[str, Any]] = [
    {"optimizer": {"kind": "sgd", "momentum": 0.9, "nesterov": True}, "models": [{"kind": "linear"}]},
    *(
        {"optimizer": {"kind": kind}, "models": [MLP]}
        for kind in ("sgd", "adam", "adamw", "rmsprop", "adagrad", "muon")
    ),
    {"optimizer": {"kind": "lbfgs"}, "models": [{"kind": "mlp", "hidden": [4]}], "training": FULL},
    {"optimizer": {"kind": "sgd"}, "models": [{"kind": "numpy_net"}]},
    {"dataset": {"kind": "plane"}, "optimizer": {"kind": "adam"}, "models": [{"kind": "mlp"}]},
]


def lesson_of(experiment: Experiment, folder: Path, steps: int = 0) -> Lesson:
    """Return a training that has come so far."""
    lesson = prepare(experiment, network(experiment), experiment.dataset.load(folder), folder)
    lesson.net.train()
    for step in range(1, steps + 1):
        lesson.set_lr(step - 1)
        lesson.update(*lesson.draw(torch.arange(len(lesson.train)), step))
    return lesson


def equal(one: Any, other: Any) -> bool:
    """Tell whether two states are the same, bit for bit."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("net", NETS, ids=lambda net: f"{net['optimizer']['kind']} {net['models'][0]['kind']}")
@pytest.mark.parametrize("steps", [0, 3])
def test_everything_is_put_back(tmp_path: Path, net: dict[str, Any], steps: int) -> None:
    """Before the first step and in the middle, weights, statistics, optimizer and random numbers stay as they were."""
    lesson = lesson_of(toy(**net), tmp_path, steps)
    before = deepcopy((lesson.net.state_dict(), lesson.optimizer.state_dict(), torch.get_rng_state()))
    seal = digest(lesson)
    curve = climb(lesson)
    assert len(curve.rates) > 20
    assert equal(before, (lesson.net.state_dict(), lesson.optimizer.state_dict(), torch.get_rng_state()))
    assert digest(lesson) == seal
    assert all(module.training for module in lesson.net.modules())


def test_digest_tells_any_change(tmp_path: Path) -> None:
    """One changed bit of the weights, of the optimizer or of the random numbers is another digest."""
    lesson = lesson_of(toy(optimizer={"kind": "adam"}), tmp_path, steps=2)
    seals = [digest(lesson)]
    with torch.no_grad():
        next(lesson.net.parameters()).view(-1)[:1].nextafter_(torch.tensor(9.0))
    seals.append(digest(lesson))
    next(iter(lesson.optimizer.state.values()))["exp_avg"].view(-1)[:1].mul_(2)
    seals.append(digest(lesson))
    torch.rand(1)
    seals.append(digest(lesson))
    assert len(set(seals)) == 4
    assert digest(lesson) == seals[-1]


def test_what_cannot_be_put_back_is_an_error(tmp_path: Path) -> None:
    """A net that keeps something beside its state is not trained on as if nothing had been."""
    lesson = lesson_of(toy(), tmp_path)

    class Forgetful(nn.Sequential):
        """A net that takes no state back."""

        def load_state_dict(self, *_: object, **__: object) -> None:
            """Do nothing."""

    forgetful = replace(lesson, net=Forgetful(*lesson.net.children()))
    with pytest.raises(RuntimeError, match="trying learning rates changed"), restored(forgetful):
        next(forgetful.net.parameters()).data.add_(1)


@pytest.mark.parametrize("net", NETS, ids=lambda net: f"{net['optimizer']['kind']} {net['models'][0]['kind']}")
@pytest.mark.parametrize("look", [0, 4])
def test_training_goes_on_as_without(tmp_path: Path, net: dict[str, Any], look: int) -> None:
    """A training that was probed ends with the same numbers, bit for bit; the command is answered once."""
    probed = trained(toy(**net), tmp_path / "a", *[[]] * min(look, 2), ["probe"])
    (answer,) = of(Probed, probed)
    assert (answer.step, answer.command) == (min(look, 2), "1")
    kept: list[Event] = [event for event in probed if not isinstance(event, Probed)]
    assert timeless(kept) == timeless(trained(toy(**net), tmp_path / "b"))


def test_curve(tmp_path: Path) -> None:
    """The file holds learning rates rising by a constant factor, and finite losses that begin at the untrained loss."""
    events = trained(toy(), tmp_path, ["probe"])
    with np.load(tmp_path / of(Probed, events)[0].path, allow_pickle=False) as file:
        rates, losses = file["rates"], file["losses"]
    assert len(rates) == len(losses) > 100
    assert rates[0] == pytest.approx(LOWEST)
    assert rates[-1] <= HIGHEST * 1.001
    np.testing.assert_allclose(rates[1:] / rates[:-1], rates[1] / rates[0])
    assert np.isfinite(losses).all()
    first = next(event.metrics["train/loss"] for event in events if event.kind == "stepped")  # type: ignore[attr-defined]
    assert losses[:20].mean() == pytest.approx(first, rel=0.2)


@pytest.mark.parametrize(("optimizer", "low", "high"), [("sgd", 0.01, 3), ("adam", 1e-4, 0.1)])
def test_suggestion(tmp_path: Path, optimizer: str, low: float, high: float) -> None:
    """On digits it suggests a learning rate of the usual size, with which a training of one epoch learns."""
    overrides = [f"optimizer.kind={optimizer}", "training.device=cpu", "training.epochs=1", "training.threads=1"]
    suggestion = climb(lesson_of(read("mnist-linear", overrides), tmp_path)).suggestion
    assert suggestion
    assert low < suggestion < high
    ends = trained(read("mnist-linear", [*overrides, f"optimizer.lr={suggestion}"]), tmp_path)
    assert last(Finished, ends).metrics["test/accuracy"] > 0.8


def test_blown_up(tmp_path: Path) -> None:
    """Where the loss blows up the climb ends, and what it tells is finite."""
    wild = toy(dataset={"kind": "line", "points": [[1e3, 1], [2e3, 9]]}, training={"batch_size": "full"})
    curve = climb(lesson_of(wild, tmp_path))
    assert curve.rates[-1] < 1
    assert all(map(isfinite, curve.losses))


def test_incomplete_batches_are_left_out_here_too(tmp_path: Path) -> None:
    """Batch statistics that drop_last saves from a batch of one sample are saved from it while probing."""
    experiment = toy(
        models=[{"kind": "mlp", "hidden": [4], "batch_norm": True}], training={"batch_size": 47, "drop_last": True}
    )
    assert climb(lesson_of(experiment, tmp_path)).rates


def test_disk_that_cannot_be_written(tmp_path: Path) -> None:
    """Where the curve cannot be written the command is refused with the reason, and training goes on."""
    (tmp_path / "snapshots").write_text("a file where the folder would be")
    events = trained(toy(), tmp_path, [], ["probe"])
    (refused,) = of(Refused, events)
    assert (refused.step, refused.command) == (1, "1")
    assert refused.reason.startswith("the curve of step 1 was not written: ")
    assert last(Finished, events).reason == "completed"
