"""Fully connected models: parameters by arithmetic are those that are built, and the output is what it should be."""

from math import sqrt

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor, nn

from tuitrain.experiment import read
from tuitrain.models import MLP, Linear, Network
from tuitrain.models.layers import Init

SHAPES = st.sampled_from([(2,), (13,), (1, 5, 7), (3, 4, 4)])
INITS = st.sampled_from(["default", "kaiming", "xavier", "normal", "zeros"])
NETS = st.builds(
    MLP,
    hidden=st.lists(st.integers(1, 20), max_size=4),
    activation=st.sampled_from(["relu", "sigmoid", "tanh", "leaky_relu", "gelu"]),
    dropout=st.sampled_from([0.0, 0.5]),
    batch_norm=st.booleans(),
    init=INITS,
)


@given(NETS | st.builds(Linear, init=INITS), SHAPES, st.integers(1, 12))
@settings(max_examples=80, deadline=None)
def test_parameters_by_arithmetic(model: Network, shape: tuple[int, ...], outputs: int) -> None:
    """Names, shapes, order and count without torch are those of the built module; it gives a number for each output."""
    net = model.build(shape, outputs)
    built = [(name, tuple(value.shape)) for name, value in net.named_parameters()]
    assert [(parameter.name, parameter.shape) for parameter in model.parameters(shape, outputs) or ()] == built
    assert model.count(shape, outputs) == sum(value.numel() for value in net.parameters())
    assert net.eval()(torch.zeros(3, *shape)).shape == (3, outputs)


@pytest.mark.parametrize(
    ("model", "shape", "outputs", "count"),
    [
        (Linear(), (1, 28, 28), 10, 7_850),
        (MLP(hidden=[250, 100]), (1, 28, 28), 10, 222_360),
        (MLP(hidden=[100]), (1, 28, 28), 10, 79_510),
        (MLP(hidden=[100, 100]), (1, 28, 28), 10, 89_610),
        (MLP(hidden=[100, 100, 100]), (1, 28, 28), 10, 99_710),
        (Linear(), (2,), 2, 6),
        (MLP(hidden=[10]), (2,), 2, 52),
        (MLP(hidden=[10, 10]), (2,), 2, 162),
        (Linear(), (2,), 3, 9),
        (MLP(hidden=[5]), (2,), 3, 33),
    ],
)
def test_known_counts(model: Network, shape: tuple[int, ...], outputs: int, count: int) -> None:
    """The counts that the textbooks give."""
    assert model.count(shape, outputs) == count


@pytest.mark.parametrize(
    ("preset", "counts"), [("toy-deep", [6, 52, 162]), ("mnist-linear", [7_850]), ("mnist-mlp", [222_360])]
)
def test_counts_of_presets(preset: str, counts: list[int]) -> None:
    """An experiment tells the parameters of its models without building them."""
    assert read(preset).counts() == counts


@given(st.sampled_from([Linear(), MLP(hidden=[]), MLP(hidden=[4]), MLP(hidden=[4, 3], activation="tanh")]))
@settings(max_examples=10, deadline=None)
def test_forward(model: Network) -> None:
    """The logits are those of the formula: affine layers, the activation between them."""
    net, inputs = model.build((6,), 3).double(), torch.randn(5, 6, dtype=torch.float64)
    activation = torch.tanh if isinstance(model, MLP) and model.activation == "tanh" else torch.relu
    values = [value for _, value in net.named_parameters()]
    expected = inputs
    for weight, bias in zip(values[:-2:2], values[1:-2:2], strict=True):
        expected = activation(expected @ weight.T + bias)
    torch.testing.assert_close(net(inputs), expected @ values[-2].T + values[-1])


def test_order_of_a_layer() -> None:
    """Normalisation stands between a hidden layer and its activation, dropout behind it, and neither at the output."""
    net = MLP(hidden=[4, 3], batch_norm=True, dropout=0.25, activation="gelu").build((2,), 2)
    layers = [name for name, _ in net.named_children()]
    hidden = [f"{name}{number}" for number in (1, 2) for name in ("hidden", "norm", "gelu", "dropout")]
    assert layers == ["flatten", *hidden, "output"]


@pytest.mark.parametrize(
    ("init", "deviation", "bound"),
    [
        ("default", 1 / sqrt(3 * 400), 1 / sqrt(400)),
        ("kaiming", sqrt(2 / 400), None),
        ("xavier", sqrt(2 / 700), sqrt(6 / 700)),
        ("normal", 1, None),
        ("zeros", 0, 0),
    ],
)
def test_first_weights(init: Init, deviation: float, bound: float | None) -> None:
    """Weights have the deviation of their source, and its bounds where they are uniform; 400 inputs, 300 units."""
    torch.manual_seed(0)
    weight = _layer(MLP(hidden=[300], init=init).build((400,), 2), "hidden1").weight.detach()
    assert weight.std().item() == pytest.approx(deviation, rel=0.01)
    assert weight.mean().item() == pytest.approx(0, abs=0.01)
    assert bound is None or bound * 0.99 <= weight.abs().max().item() <= bound


@pytest.mark.parametrize(
    ("init", "deviation"),
    [("default", 1 / sqrt(3 * 400)), ("kaiming", 0), ("xavier", 0), ("normal", 1), ("zeros", 0)],
)
def test_first_biases(init: Init, deviation: float) -> None:
    """Biases begin at 0, but for torch's own first weights and normal ones."""
    torch.manual_seed(0)
    bias: Tensor = _layer(Linear(init=init).build((400,), 2_000), "output").bias.detach()
    assert bias.std().item() == pytest.approx(deviation, rel=0.05)


def test_normalisation_keeps_its_first_weights() -> None:
    """Whatever the first weights, a normalisation begins with scale 1 and shift 0."""
    values = dict(MLP(hidden=[4], batch_norm=True, init="zeros").build((2,), 2).named_parameters())
    assert values["norm1.weight"].tolist() == [1] * 4
    assert values["norm1.bias"].tolist() == [0] * 4
    assert not values["hidden1.weight"].any()


def _layer(net: nn.Module, name: str) -> nn.Linear:
    layer = net.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Linear(), "linear"),
        (Linear(init="zeros"), "linear zeros"),
        (MLP(hidden=[250, 100]), "mlp 250,100"),
        (MLP(hidden=[8], activation="tanh", dropout=0.25, batch_norm=True), "mlp 8 tanh dropout 0.25 bn"),
        (MLP(hidden=[8], init="kaiming"), "mlp 8 kaiming"),
        (MLP(hidden=[]), "mlp"),
    ],
)
def test_name(model: Network, name: str) -> None:
    """The name in tables and legends is short and tells models of one experiment apart."""
    assert model.name == name
