"""What a step follows: cross entropy with weights and smoothing, penalties, sums, and how far it may go."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from lessons import last, measured, network, toy, trained
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn

from tuitrain.datasets import Data, Split
from tuitrain.engine.lesson import Lesson, prepare
from tuitrain.engine.objective import Objective, objective
from tuitrain.events import Finished
from tuitrain.experiment import Experiment
from tuitrain.models import Linear
from tuitrain.problems import Rejected, check
from tuitrain.training import Loss

CPU = torch.device("cpu")


def of_labels(labels: "np.ndarray[Any, Any]", classes: int, **settings: Any) -> Objective:
    """Return the objective of a training split with these labels."""
    split = Split(np.zeros((len(labels), 2), np.float32), labels)
    return objective(Loss(**settings), Data(split, None, None, tuple(map(str, range(classes)))), CPU)


def lesson_of(experiment: Experiment, folder: Path) -> Lesson:
    """Return a training that is set up."""
    return prepare(experiment, network(experiment), experiment.dataset.load(folder), folder)


@given(st.lists(st.integers(0, 3), max_size=50))
@settings(max_examples=40, deadline=None)
def test_balanced_weights(drawn: list[int]) -> None:
    """Balanced class weights are scikit-learn's."""
    labels = np.array([0, 1, 2, 3, *drawn])
    expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    weights = of_labels(labels, 4, class_weights="balanced").weights
    assert weights is not None
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


@given(
    st.integers(2, 5), st.integers(1, 30), st.sampled_from([0.0, 0.1, 0.9]), st.booleans(), st.integers(0, 2**32 - 1)
)
@settings(max_examples=60, deadline=None)
def test_weights_and_smoothing(classes: int, samples: int, smoothing: float, weighted: bool, seed: int) -> None:
    """The loss is the weighted mean of the label's part and the even part over all classes, written out in NumPy."""
    rng = np.random.default_rng(seed)
    labels, logits = rng.integers(0, classes, samples), rng.normal(size=(samples, classes))
    weights = rng.uniform(0.5, 2, classes) if weighted else np.ones(classes)
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    wanted = np.full((samples, classes), smoothing / classes)
    wanted[np.arange(samples), labels] += 1 - smoothing
    expected = -(wanted * logs * weights).sum() / weights[labels].sum()
    chosen = {"class_weights": weights.tolist()} if weighted else {}
    found = of_labels(labels, classes, label_smoothing=smoothing, **chosen)
    loss = found.loss(torch.from_numpy(logits).float(), torch.from_numpy(labels))
    assert float(loss) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def gradients(net: nn.Module, aim: Objective, inputs: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Return the gradient of what a step follows, by the name of the tensor."""
    total = aim.total(aim.loss(net(inputs), labels), net, len(labels))
    names, values = zip(*net.named_parameters(), strict=True)
    return dict(zip(names, torch.autograd.grad(total, values), strict=True))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_batch_in_which_nothing_counts(smoothing: float) -> None:
    """A batch of samples whose classes all have weight 0 has loss and gradient 0, not 0 divided by 0."""
    aim = of_labels(np.array([0, 1]), 2, class_weights=[0.0, 1.0], label_smoothing=smoothing)
    logits = torch.randn(3, 2, requires_grad=True)
    loss = aim.loss(logits, torch.tensor([0, 0, 0]))
    loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


@pytest.mark.parametrize("weights", [[0.0, 0.0], [float("inf"), 1.0], []])
def test_refused_weights(weights: list[float]) -> None:
    """Class weights of which nothing can be learned are refused with what they may be."""
    with pytest.raises(Rejected, match=r"class_weights: must be .* not all of them 0"):
        check(Loss, {"class_weights": weights})


def test_penalties() -> None:
    """L1 adds its share of the sign of each weight to the gradient, L2 twice its share of the weight; biases none."""
    torch.manual_seed(0)
    net, inputs = Linear().build((3,), 4), torch.randn(10, 3)
    labels = torch.randint(4, (10,))
    plain = gradients(net, of_labels(labels.numpy(), 4), inputs, labels)
    both = gradients(net, of_labels(labels.numpy(), 4, l1=0.3, l2=0.07), inputs, labels)
    weight = net.get_parameter("output.weight").detach()
    expected = plain["output.weight"] + 0.3 * weight.sign() + 2 * 0.07 * weight
    torch.testing.assert_close(both["output.weight"], expected)
    assert torch.equal(both["output.bias"], plain["output.bias"])


@pytest.mark.parametrize("samples", [1, 7])
def test_sum(samples: int) -> None:
    """The gradient of the sum is that of the mean times the samples."""
    torch.manual_seed(0)
    net, inputs, labels = Linear().build((3,), 4), torch.randn(samples, 3), torch.randint(4, (samples,))
    mean, total = (
        gradients(net, of_labels(labels.numpy(), 4, reduction=reduction), inputs, labels)
        for reduction in ("mean", "sum")
    )
    for name, each in mean.items():
        torch.testing.assert_close(total[name], each * samples)


def test_curves_show_the_mean(tmp_path: Path) -> None:
    """Where a step follows the sum, what is told of the loss is the mean per sample all the same."""
    told = []
    for reduction in ("mean", "sum"):
        experiment = toy(optimizer={"lr": 1e-30}, loss={"reduction": reduction})
        told.append(measured(trained(experiment, tmp_path / reduction))[0].metrics["train/loss"])
    assert told[0] == told[1]


@pytest.mark.parametrize("clip", [1e-3, 0.05, 1e6])
def test_clipped_gradient(tmp_path: Path, clip: float) -> None:
    """A step of SGD goes along the gradient, and no farther than the learning rate times the longest allowed."""
    steps = []
    for norm in (0.0, clip):
        lesson = lesson_of(toy(optimizer={"lr": 0.5}, training={"clip_norm": norm}), tmp_path)
        before = nn.utils.parameters_to_vector(lesson.net.parameters()).detach().clone()
        lesson.update(*lesson.draw(torch.arange(48), 1))
        steps.append(nn.utils.parameters_to_vector(lesson.net.parameters()).detach() - before)
    free, bounded = steps
    assert float(bounded.norm()) == pytest.approx(min(0.5 * clip, float(free.norm())), rel=1e-3)
    assert float(torch.cosine_similarity(free, bounded, dim=0)) == pytest.approx(1, abs=1e-4)


def test_l1_leaves_small_weights(tmp_path: Path) -> None:
    """A strong L1 penalty leaves weights about 0, and a model that learns the rest with its biases."""
    weights = []
    for share in (0.0, 1.0):
        experiment = toy(loss={"l1": share}, training={"epochs": 60}, optimizer={"lr": 0.02})
        fitted = last(Finished, trained(experiment, tmp_path / str(share))).fitted
        assert fitted
        weights.append(np.abs(fitted["output.weight"]).max())
    assert weights[1] < 0.05 < weights[0]
