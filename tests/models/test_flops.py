"""What the layers of each model compute, beside what torch counts."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from tuitrain.models import CNN, MLP, SVM, Linear, Network, NumpyNet, Torchvision
from tuitrain.models.flops import counted, parameters_of

ODD = CNN(channels=[[3, 5], [4]], hidden=[6], batch_norm=True)


def by_torch(net: nn.Module, shape: tuple[int, ...]) -> int:
    """Return what torch counts while a sample goes through."""
    with FlopCounterMode(display=False) as counter:
        net.eval()(torch.zeros(1, *shape))
    return int(counter.get_total_flops())


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (Linear(), (2,)),
        (Linear(), (1, 28, 28)),
        (MLP(hidden=[250, 100], batch_norm=True, dropout=0.5), (1, 28, 28)),
        (MLP(hidden=[]), (7,)),
        (CNN(), (3, 32, 32)),
        (ODD, (1, 9, 14)),
    ],
)
def test_by_arithmetic(model: Network, shape: tuple[int, ...]) -> None:
    """In all, and for each tensor, a forward pass costs what torch counts; biases and normalisation cost nothing."""
    net = model.build(shape, 3)
    table = parameters_of(model, net, shape, 3)
    assert table == model.parameters(shape, 3) == counted(net, shape)
    assert sum(parameter.flops or 0 for parameter in table) == by_torch(net, shape)
    assert all(bool(parameter.flops) == (len(parameter.shape) > 1) for parameter in table)


def test_written_by_hand() -> None:
    """The NumPy net costs what the same net in torch does."""
    by_hand = [parameter.flops for parameter in NumpyNet(hidden=7).parameters((1, 8, 8), 3)]
    assert by_hand == [parameter.flops for parameter in MLP(hidden=[7]).parameters((1, 8, 8), 3)]


def test_of_torchvision() -> None:
    """A network of torchvision is counted by running it on nothing, which leaves it and the random numbers alone."""
    model, shape = Torchvision(stem="small"), (1, 28, 28)
    torch.manual_seed(0)
    net = model.build(shape, 10)
    before, numbers = [value.clone() for value in net.state_dict().values()], torch.get_rng_state()
    table = parameters_of(model, net, shape, 10)
    assert torch.equal(numbers, torch.get_rng_state())
    assert net.training
    assert all(map(torch.equal, before, net.state_dict().values()))
    assert [(parameter.name, parameter.shape) for parameter in table] == [
        (name, tuple(value.shape)) for name, value in net.named_parameters()
    ]
    assert sum(parameter.flops or 0 for parameter in table) == by_torch(net, shape)
    first = next(parameter for parameter in table if parameter.name == "conv1.weight")
    assert first.flops == 2 * 64 * 9 * 28 * 28


class Attention(nn.Module):
    """A layer of several weights, which torch computes in one go."""

    def __init__(self) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 4, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.output = nn.Linear(8, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return scores [N, 3] for four words of 8 numbers each."""
        words = inputs + self.position
        scores: Tensor = self.output(self.attention(words, words, words)[0])
        return scores[:, 0]


def test_of_attention() -> None:
    """The largest weight stands for all that its layer does, the others for nothing that anybody knows."""
    net = Attention()
    table = {parameter.name: parameter.flops for parameter in counted(net, (4, 8))}
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 4, 8))
    assert table["output.weight"] == 2 * 8 * 3 * 4
    assert table["attention.in_proj_weight"] == counter.get_total_flops() - 2 * 8 * 3 * 4
    assert table["attention.out_proj.weight"] is table["position"] is None
    assert table["attention.in_proj_bias"] == 0


def test_nobody_knows() -> None:
    """What a support vector machine costs follows from how many vectors it has, which only fitting can tell."""
    assert SVM().parameters((2,), 2) is None  # type: ignore[func-returns-value]  # it is declared to return None
