"""What holds for every model of the catalog, and which data each refuses."""

import pytest
import torch

from tuitrain.datasets import Facts
from tuitrain.models import CNN, MLP, MODELS, SVM, Linear, Model, Network, NumpyNet, Torchvision
from tuitrain.settings import kinds

PLANE = Facts((2,), ("0", "1"), (48, 12, 0))
TABLE = Facts((10,), ("progression",), (400, 42, 0), task="regression")
DIGITS = Facts((1, 28, 28), tuple("0123456789"), (2000, 500, 0))
SPECKS = Facts((3, 4, 9), ("a", "b"), (20, 0, 0))
KEEP_TWO = "keep at most 2 of the blocks in channels, or take larger images"
NO_CNN = "choose mlp, or take larger images"


@pytest.mark.parametrize("model", MODELS)
def test_every_model(model: type[Model]) -> None:
    """Each has a short name, a sentence of help, and a word on each of its settings."""
    assert 0 < len(model.model_validate({}).name) <= 28
    assert model.summary().endswith(".")
    assert all(field.description for name, field in model.model_fields.items() if name != "kind")


def test_kinds() -> None:
    """Experiments choose models by these words."""
    assert list(kinds(MODELS)) == ["linear", "mlp", "cnn", "torchvision", "numpy_net", "svm"]


@pytest.mark.parametrize("model", [Linear(), MLP(), CNN(), NumpyNet()])
def test_same_seed_same_weights(model: Network) -> None:
    """The first weights follow from torch's seed."""
    nets = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        nets.append(torch.cat([value.detach().flatten() for value in model.build((1, 8, 8), 3).parameters()]))
    assert torch.equal(nets[0], nets[1])
    assert not torch.equal(nets[0], nets[2])


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        *[(model(), facts) for model in (Linear, MLP) for facts in (PLANE, TABLE, DIGITS)],
        *[(model(), facts) for model in (NumpyNet, SVM) for facts in (PLANE, DIGITS)],
        *[(model(), DIGITS) for model in (CNN, Torchvision)],
        (CNN(channels=[[4], [4]]), SPECKS),
    ],
)
def test_fits(model: Model, facts: Facts) -> None:
    """Linear models and perceptrons learn anything, the handmade net and the SVM classes, the others images."""
    assert model.misfit(facts) == ""


@pytest.mark.parametrize(
    ("model", "facts", "sentence"),
    [
        (CNN(), PLANE, "cnn needs images and a sample here is 2 numbers; choose mlp, or an image dataset"),
        (
            Torchvision(),
            TABLE,
            "torchvision needs images and a sample here is 10 numbers; choose mlp, or an image dataset",
        ),
        (NumpyNet(), TABLE, "numpy_net learns classes and these data have numbers to predict; choose linear or mlp"),
        (SVM(), TABLE, "svm learns classes and these data have numbers to predict; choose linear or mlp"),
        (
            CNN(),
            SPECKS,
            "cnn halves images once for each block of channels (3), and nothing is left of 4 x 9 pixels; " + KEEP_TWO,
        ),
        (
            CNN(channels=[[8]]),
            Facts((1, 1, 64), ("a", "b"), (20, 0, 0)),
            "cnn halves images once for each block of channels (1), and nothing is left of 1 x 64 pixels; " + NO_CNN,
        ),
    ],
)
def test_misfit(model: Model, facts: Facts, sentence: str) -> None:
    """Data that a model cannot learn are refused with the way out."""
    assert model.misfit(facts) == sentence
