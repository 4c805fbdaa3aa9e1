"""Fully connected models: parameters by arithmetic are those that are built, and the output is what it should be."""

import pytest
import torch
from hypothesis import given, settings, strategies as st

from tuitrain.experiment import read
from tuitrain.models import MLP, MODELS, Linear, Model

SHAPES = st.sampled_from([(2,), (13,), (1, 5, 7), (3, 4, 4)])
NETS = st.builds(
    MLP,
    hidden=st.lists(st.integers(1, 20), max_size=4),
    activation=st.sampled_from(["relu", "sigmoid", "tanh", "leaky_relu", "gelu"]),
    dropout=st.sampled_from([0.0, 0.5]),
    batch_norm=st.booleans(),
)


@given(NETS | st.just(Linear()), SHAPES, st.integers(2, 12))
@settings(max_examples=80, deadline=None)
def test_parameters_by_arithmetic(model: Model, shape: tuple[int, ...], outputs: int) -> None:
    """Names, shapes, order and count without torch are those of the built module; it gives a logit for each class."""
    net = model.build(shape, outputs)
    built = [(name, tuple(value.shape)) for name, value in net.named_parameters()]
    assert [(parameter.name, parameter.shape) for parameter in model.parameters(shape, outputs)] == built
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
def test_known_counts(model: Model, shape: tuple[int, ...], outputs: int, count: int) -> None:
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
def test_forward(model: Model) -> None:
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
    ("model", "name"),
    [
        (Linear(), "linear"),
        (MLP(hidden=[250, 100]), "mlp 250,100"),
        (MLP(hidden=[8], activation="tanh", dropout=0.25, batch_norm=True), "mlp 8 tanh dropout 0.25 bn"),
        (MLP(hidden=[]), "mlp"),
    ],
)
def test_name(model: Model, name: str) -> None:
    """The name in tables and legends is short and tells models of one experiment apart."""
    assert model.name == name


@pytest.mark.parametrize("model", MODELS)
def test_same_seed_same_weights(model: type[Model]) -> None:
    """The first weights follow from torch's seed."""
    nets = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        nets.append(torch.cat([value.flatten() for value in model().build((4,), 3).parameters()]))  # type: ignore[call-arg]  # kind has a default in each
    assert torch.equal(nets[0], nets[1])
    assert not torch.equal(nets[0], nets[2])
