"""The measures of a model on a split, against scikit-learn's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from lessons import toy
from sklearn import metrics as reference
from torch import nn

from tuitrain.datasets import Data
from tuitrain.engine.evaluation import Classified, Predicted, Scored, evaluate, outputs
from tuitrain.engine.objective import Objective
from tuitrain.engine.ranking import average_precision
from tuitrain.engine.split import BATCH, Placed, place
from tuitrain.models import MLP, Linear
from tuitrain.training import Loss

CPU = torch.device("cpu")
CLASSES = Objective("classification", Loss(), None, torch.zeros(1), torch.ones(1))


@given(st.integers(2, 6), st.integers(1, 80), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 8]))
@settings(max_examples=60, deadline=None)
def test_metrics(classes: int, samples: int, seed: int, decimals: int) -> None:
    """Loss, accuracy, macro means and confusion are scikit-learn's, with many equal scores and absent classes too."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, samples)
    scores = rng.normal(size=(samples, classes)).round(decimals).astype(np.float32)
    scores[:, 0] += 1e-3 * (np.arange(classes) == 0).any()  # the largest logit is one alone wherever 0 is in it
    evaluation = Classified(torch.from_numpy(scores), torch.from_numpy(labels))
    predicted, there = scores.argmax(1), np.unique(labels)
    assert (
        evaluation.confusion.tolist() == reference.confusion_matrix(labels, predicted, labels=range(classes)).tolist()
    )
    found = evaluation.metrics("test")
    probabilities = torch.from_numpy(scores).softmax(1).double().numpy()
    options: dict[str, Any] = {"labels": there, "average": "macro", "zero_division": 0}
    expected = {
        "test/loss": reference.log_loss(
            labels, probabilities / probabilities.sum(1, keepdims=True), labels=range(classes)
        ),
        "test/accuracy": reference.accuracy_score(labels, predicted),
        "test/precision": reference.precision_score(labels, predicted, **options),
        "test/recall": reference.recall_score(labels, predicted, **options),
        "test/f1": reference.f1_score(labels, predicted, **options),
        "test/average_precision": np.mean(
            [reference.average_precision_score(labels == one, probabilities[:, one]) for one in there]
        ),
    }
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("never", [None, 2])
def test_ranking_by_scores(never: int | None) -> None:
    """Scores without probabilities rank as they are, as scikit-learn has it; of a class never learned all are equal."""
    rng = np.random.default_rng(4)
    labels, scores = rng.integers(0, 4, 60), (5 * rng.normal(size=(60, 4))).astype(np.float32)
    ranked = scores.copy()
    if never is not None:
        scores[:, never], ranked[:, never] = -np.inf, 0
    found = Scored(torch.from_numpy(scores), torch.from_numpy(labels)).average_precisions
    expected = [reference.average_precision_score(labels == one, ranked[:, one]) for one in range(4)]
    assert found.tolist() == pytest.approx(expected)


@given(st.integers(3, 6), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_scores_without_probabilities(classes: int, samples: int, seed: int) -> None:
    """Of scores that are no logits the loss of a sample is the hinge loss of Crammer and Singer, told to nobody."""
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, classes, samples), rng.normal(size=(samples, classes))
    found = Scored(torch.from_numpy(scores), torch.from_numpy(labels))
    assert float(found.losses.mean()) == pytest.approx(reference.hinge_loss(labels, scores, labels=range(classes)))
    assert found.quick("val") == {"val/accuracy": pytest.approx(reference.accuracy_score(labels, scores.argmax(1)))}
    assert "val/loss" not in found.metrics("val")


@given(st.integers(1, 3), st.integers(2, 40), st.integers(0, 2**32 - 1), st.sampled_from(["varied", "missed", "met"]))
@settings(max_examples=80, deadline=None)
def test_numbers(targets: int, samples: int, seed: int, constant: str) -> None:
    """Errors are scikit-learn's in the targets' own units, and R2 is, for targets that do not vary as well."""
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(size=targets), rng.uniform(0.1, 100, targets)
    truth, found = rng.normal(size=(2, samples, targets)).astype(np.float32)
    if constant != "varied":
        truth[:, 0] = 0.1
    if constant == "met":
        found[:, 0] = 0.1
    predicted = Predicted(*map(torch.from_numpy, (found, truth, mean, std)))
    own_truth, own_found = truth.astype(np.float64) * std + mean, found.astype(np.float64) * std + mean
    expected = {
        "val/loss": reference.mean_squared_error(truth, found),
        "val/rmse": reference.root_mean_squared_error(own_truth, own_found),
        "val/mae": reference.mean_absolute_error(own_truth, own_found),
        "val/r2": reference.r2_score(truth.astype(np.float64), found),  # in float32 a constant seems to vary
    }
    assert predicted.metrics("val") == pytest.approx(expected, rel=1e-5, abs=1e-6)
    quick = predicted.quick("val")
    assert quick == {name: predicted.metrics("val")[name] for name in ("val/loss", "val/rmse", "val/r2")}
    np.testing.assert_allclose(predicted.predictions, own_found, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(predicted.truth, own_truth, rtol=1e-5, atol=1e-5)


def test_average_precision_of_each_class() -> None:
    """Each class has its own average precision, scikit-learn's of its probability against the rest."""
    rng = np.random.default_rng(3)
    labels, scores = rng.integers(0, 4, 60), rng.normal(size=(60, 4))
    found = Classified(torch.from_numpy(scores), torch.from_numpy(labels))
    probabilities = found.scores.numpy()
    expected = [reference.average_precision_score(labels == one, probabilities[:, one]) for one in range(4)]
    np.testing.assert_allclose(found.average_precisions, expected)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=40).filter(
        lambda s: any(r for _, r in s)
    )
)
@settings(max_examples=150, deadline=None)
def test_average_precision(samples: list[tuple[int, bool]]) -> None:
    """Average precision is scikit-learn's where many scores are equal, in whatever order the samples come."""
    scores = torch.tensor([score / 4 for score, _ in samples], dtype=torch.float64)
    relevant = torch.tensor([hit for _, hit in samples])
    expected = reference.average_precision_score(relevant.numpy(), scores.numpy())
    assert float(average_precision(scores, relevant)) == pytest.approx(expected)
    assert float(average_precision(scores.flip(0), relevant.flip(0))) == pytest.approx(expected)


def test_class_that_is_never_predicted() -> None:
    """A class never predicted has precision 0; one without samples does not count."""
    evaluation = Classified(torch.tensor([[2.0, 1, 0, 0], [2.0, 1, 0, 0]]), torch.tensor([0, 1]))
    found = evaluation.metrics("val")
    assert (found["val/precision"], found["val/recall"]) == (0.25, 0.5)


@pytest.fixture
def placed(tmp_path: Path) -> Callable[..., Placed]:
    """Return a function that gives the training split of the toy data on the CPU."""

    def give(**dataset: Any) -> Placed:
        data: Data = toy(dataset=dataset).dataset.load(tmp_path)
        return place(data.train, data.scaling, CPU)

    return give


def found(net: nn.Module, split: Placed) -> Classified:
    """Return what a net makes of classes."""
    evaluation = evaluate(net, split, CLASSES)
    assert isinstance(evaluation, Classified)
    return evaluation


def test_large_split(placed: Callable[..., Placed]) -> None:
    """A split larger than what is evaluated at once gives the logits of all its samples, in order."""
    split = placed(N=1500, val_size=0)
    net = Linear().build((2,), 2)
    evaluation = found(net, split)
    assert len(split) == 9000 > 2 * BATCH
    torch.testing.assert_close(evaluation.logits, net(split.inputs).detach())
    assert evaluation.labels is split.labels


def test_evaluation_leaves_the_model_alone(placed: Callable[..., Placed]) -> None:
    """Dropout is off and batch statistics are frozen while measuring; afterwards the model is in the mode it was in."""
    split = placed(val_size=0)
    net = MLP(hidden=[16], dropout=0.5, batch_norm=True).build((2,), 2)
    net(split.inputs)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for training in (True, False):
        net.train(training)
        assert torch.equal(found(net, split).logits, found(net, split).logits)
        assert all(module.training == training for module in net.modules())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    alone = outputs(net, split.inputs[:1])
    torch.testing.assert_close(alone, found(net, split).logits[:1])
    assert not alone.requires_grad


def test_mode_comes_back_after_an_error() -> None:
    """A model that fails while it is measured is back in training."""
    net = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(RuntimeError):
        outputs(net, torch.zeros(1, 3))
    assert net.training
