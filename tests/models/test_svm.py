"""The support vector machine: settings as scikit-learn takes them, and what a fitted one tells."""

from pathlib import Path

import numpy as np
import pytest

from tuitrain.datasets.planes import GMM2D
from tuitrain.models import SVM
from tuitrain.problems import Rejected, check


def test_learns_a_plane() -> None:
    """With the textbook's settings it learns six Gaussians of two classes and names its support vectors."""
    train = GMM2D(seed=0, val_size=0).load(Path()).train
    fitted = SVM().make(seed=0).fit(train.inputs, train.labels)
    assert (fitted.predict(train.inputs) == train.labels).mean() >= 0.9
    assert fitted.decision_function(train.inputs).shape == (60,)
    assert 0 < len(fitted.support_) < 60
    np.testing.assert_array_equal(train.inputs[fitted.support_], fitted.support_vectors_)


def test_scores_of_several_classes() -> None:
    """Of more than two classes there is a score for each, though the machines are one for each pair."""
    train = GMM2D(K=4, C=4, val_size=0).load(Path()).train
    fitted = SVM(kernel="linear").make(seed=0).fit(train.inputs, train.labels)
    assert fitted.decision_function(train.inputs).shape == (40, 4)
    assert fitted.coef_.shape == (6, 2)


@pytest.mark.parametrize("gamma", ["auto", "scale", 0.25, 2])
def test_settings_arrive(gamma: float | str) -> None:
    """What is set is what scikit-learn is given."""
    made = SVM(C=10, gamma=gamma).make(seed=2**62)
    assert (made.kernel, made.C, made.gamma, made.cache_size) == ("rbf", 10, gamma, 1000)


@pytest.mark.parametrize("gamma", [0, -1.0, float("inf"), True, "wide", [1]])
def test_refused_gamma(gamma: object) -> None:
    """A gamma that scikit-learn would not take is refused with what it may be."""
    with pytest.raises(Rejected, match='gamma: must be "scale", "auto" or a number above 0'):
        check(SVM, {"gamma": gamma})


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (SVM(), "svm rbf C 1"),
        (SVM(C=0.5, gamma=2.0), "svm rbf C 0.5 gamma 2"),
        (SVM(gamma="scale"), "svm rbf C 1 gamma scale"),
        (SVM(kernel="linear", gamma="scale"), "svm linear C 1"),
    ],
)
def test_name(model: SVM, name: str) -> None:
    """The name tells the kernel and its numbers."""
    assert model.name == name


def test_parameters_are_unknown() -> None:
    """How many support vectors there will be, only fitting can tell; it needs the CPU."""
    assert SVM().count((2,), 2) is None
    assert SVM.cpu_only
