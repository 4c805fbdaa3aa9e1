"""What does not fit together: each has its key, a sentence with the way out, and a nearest setting that fits."""

from typing import Any

import pytest

from tuitrain.datasets import Facts
from tuitrain.misfits import misfits
from tuitrain.models import CNN, MLP, SVM, Linear, NumpyNet, Torchvision
from tuitrain.optimizers import LBFGS, SGD, Adam
from tuitrain.problems import Problem
from tuitrain.schedules import Constant, Cosine, Plateau
from tuitrain.training import Loss, Training

CLASSES = Facts((2,), ("a", "b"), (48, 12, 0))
NO_VAL = Facts((2,), ("a", "b"), (48, 0, 12))
NUMBERS = Facts((2,), ("y",), (48, 12, 0), "regression")
IMAGES = Facts((1, 28, 28), ("a", "b"), (48, 12, 0))


def found(facts: Facts, **changed: Any) -> list[Problem]:
    """Return what does not fit, where all but these settings is as usual."""
    usual: dict[str, Any] = {
        "models": [Linear()],
        "optimizer": SGD(),
        "schedule": Constant(),
        "loss": Loss(),
        "training": Training(),
    }
    return misfits(facts, **usual | changed)


MISFITS: list[tuple[Facts, dict[str, Any], str, str]] = [
    (
        NO_VAL,
        {"training": Training(patience=3)},
        "training.patience",
        (
            "training.patience watches the validation split and there is none; "
            "set dataset.val_size above 0, or training.patience = 0"
        ),
    ),
    (
        NO_VAL,
        {"schedule": Plateau()},
        "schedule.kind",
        (
            "plateau watches the validation split and there is none; "
            "set dataset.val_size above 0, or another schedule.kind"
        ),
    ),
    (
        CLASSES,
        {"training": Training(batch_size=49, drop_last=True)},
        "training.batch_size",
        (
            "training.batch_size is larger than the training split of 48 and drop_last leaves nothing to train on; "
            "set a smaller training.batch_size, or training.drop_last = false"
        ),
    ),
    (
        CLASSES,
        {"optimizer": LBFGS()},
        "training.batch_size",
        'lbfgs needs the whole training split at each step; set training.batch_size = "full"',
    ),
    (
        NUMBERS,
        {"loss": Loss(label_smoothing=0.1)},
        "loss.label_smoothing",
        "is for classes, and these data have numbers to predict; set loss.label_smoothing = 0",
    ),
    (
        NUMBERS,
        {"loss": Loss(class_weights="balanced")},
        "loss.class_weights",
        'is for classes, and these data have numbers to predict; set loss.class_weights = "none"',
    ),
    (
        CLASSES,
        {"loss": Loss(class_weights=[1.0, 2.0, 3.0])},
        "loss.class_weights",
        "has 3 numbers for 2 classes; give one for each class",
    ),
    (
        NUMBERS,
        {"models": [Linear(), SVM()]},
        "models.1",
        "svm learns classes and these data have numbers to predict; choose linear or mlp",
    ),
    (
        NUMBERS,
        {"models": [NumpyNet()]},
        "models.0",
        "numpy_net learns classes and these data have numbers to predict; choose linear or mlp",
    ),
    (
        CLASSES,
        {"models": [CNN()]},
        "models.0",
        "cnn needs images and a sample here is 2 numbers; choose mlp, or an image dataset",
    ),
    (
        CLASSES,
        {"models": [Torchvision()]},
        "models.0",
        "torchvision needs images and a sample here is 2 numbers; choose mlp, or an image dataset",
    ),
    (
        CLASSES,
        {"models": [Linear(), MLP(batch_norm=True)], "training": Training(batch_size=47)},
        "models.1.batch_norm",
        (
            "models with batch_norm cannot learn from a batch of one sample, "
            "and 48 samples in batches of 47 leave one; set training.drop_last = true, or another training.batch_size"
        ),
    ),
    (
        CLASSES,
        {"models": [MLP(batch_norm=True)], "training": Training(batch_size=1, drop_last=True)},
        "models.0.batch_norm",
        (
            "models with batch_norm cannot learn from a batch of one sample, and 48 samples in batches of 1 leave one; "
            "set training.drop_last = true, or another training.batch_size"
        ),
    ),
    (
        CLASSES,
        {"models": [Linear(), NumpyNet(), NumpyNet(hidden=9)], "optimizer": Adam()},
        "optimizer.kind",
        'numpy_net takes plain gradient steps, written out by hand; set optimizer.kind = "sgd", with momentum = 0',
    ),
    (
        CLASSES,
        {"models": [NumpyNet()], "optimizer": SGD(momentum=0.9)},
        "optimizer.kind",
        'numpy_net takes plain gradient steps, written out by hand; set optimizer.kind = "sgd", with momentum = 0',
    ),
    (
        CLASSES,
        {"models": [NumpyNet()], "training": Training(precision="bfloat16")},
        "training.precision",
        'numpy_net computes in float64 always; set training.precision = "float32"',
    ),
    (
        CLASSES,
        {"models": [NumpyNet()], "loss": Loss(l2=0.1)},
        "loss",
        "numpy_net knows the mean cross entropy alone; leave the loss table as it is",
    ),
    (
        CLASSES,
        {"models": [NumpyNet()], "training": Training(clip_norm=1.0)},
        "training.clip_norm",
        "numpy_net clips no gradients; set training.clip_norm = 0",
    ),
    (
        CLASSES,
        {"models": [NumpyNet()], "training": Training(device="cuda:1")},
        "training.device",
        "numpy_net computes on the CPU; set training.device = auto or cpu",
    ),
]


@pytest.mark.parametrize(("facts", "changed", "key", "sentence"), MISFITS)
def test_misfit(facts: Facts, changed: dict[str, Any], key: str, sentence: str) -> None:
    """It is one problem, with its key, what is wrong and what to do."""
    assert found(facts, **changed) == [Problem(key, sentence)]


@pytest.mark.parametrize(
    ("facts", "changed"),
    [
        (CLASSES, {}),
        (NUMBERS, {}),
        (CLASSES, {"training": Training(patience=3), "schedule": Plateau()}),
        (NO_VAL, {"schedule": Cosine()}),
        (CLASSES, {"training": Training(batch_size=48, drop_last=True)}),
        (CLASSES, {"training": Training(batch_size=49)}),
        (CLASSES, {"optimizer": LBFGS(), "training": Training(batch_size="full")}),
        (CLASSES, {"loss": Loss(class_weights=[1.0, 2.0], label_smoothing=0.1)}),
        (NUMBERS, {"loss": Loss(l1=0.1, l2=0.1, reduction="sum")}),
        (IMAGES, {"models": [CNN(), Torchvision(), SVM(), MLP(batch_norm=True)]}),
        (CLASSES, {"models": [MLP(batch_norm=True)], "training": Training(batch_size=47, drop_last=True)}),
        (CLASSES, {"models": [MLP(batch_norm=True)], "training": Training(batch_size=46)}),
        (CLASSES, {"models": [NumpyNet()], "optimizer": SGD(weight_decay=0.1), "training": Training(device="cpu")}),
    ],
)
def test_nearest_that_fits(facts: Facts, changed: dict[str, Any]) -> None:
    """Settings next to those that do not fit are accepted."""
    assert found(facts, **changed) == []


def test_all_are_told() -> None:
    """Several misfits are all told at once."""
    changed = {
        "models": [SVM(), NumpyNet()],
        "schedule": Plateau(),
        "training": Training(patience=1, batch_size=49, drop_last=True),
        "loss": Loss(label_smoothing=0.1),
    }
    numbers = Facts((2,), ("y",), (48, 0, 0), "regression")
    assert [problem.key for problem in found(numbers, **changed)] == [
        "training.patience",
        "schedule.kind",
        "training.batch_size",
        "loss.label_smoothing",
        "models.0",
        "models.1",
        "loss",
    ]
