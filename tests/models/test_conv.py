"""The convolutional network: its parameters by arithmetic, its layers, and how its blocks may be written."""

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn

from tuitrain.models import CNN
from tuitrain.problems import Rejected, check

BLOCKS = st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=3), min_size=1, max_size=2)
NETS = st.builds(
    CNN,
    channels=BLOCKS,
    hidden=st.lists(st.integers(1, 8), max_size=2),
    activation=st.sampled_from(["relu", "tanh", "leaky_relu"]),
    dropout=st.sampled_from([0.0, 0.5]),
    batch_norm=st.booleans(),
    init=st.sampled_from(["default", "kaiming", "zeros"]),
)


@given(NETS, st.sampled_from([(1, 4, 4), (3, 5, 7), (2, 9, 6)]), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_parameters_by_arithmetic(model: CNN, shape: tuple[int, ...], outputs: int) -> None:
    """Names, shapes, order and count without torch are those of the built module; it gives a number for each output."""
    net = model.build(shape, outputs)
    built = [(name, tuple(value.shape)) for name, value in net.named_parameters()]
    assert [(parameter.name, parameter.shape) for parameter in model.parameters(shape, outputs)] == built
    assert net.eval()(torch.zeros(2, *shape)).shape == (2, outputs)


def test_network_for_cifar10() -> None:
    """By default it is the network that the tutorial builds layer by layer, of 5,851,338 parameters."""
    plain = nn.Sequential(
        *(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)),
        *(
            nn.Conv2d(64, 128, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),
        ),
        *(
            nn.Conv2d(128, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),
        ),
        *(nn.Flatten(), nn.Linear(256 * 4 * 4, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, 10)),
    )
    net, images = CNN().build((3, 32, 32), 10), torch.randn(2, 3, 32, 32)
    plain.load_state_dict(dict(zip(plain.state_dict(), net.state_dict().values(), strict=True)))
    torch.testing.assert_close(net(images), plain(images))
    assert CNN().count((3, 32, 32), 10) == sum(value.numel() for value in plain.parameters()) == 5_851_338


def test_order_of_the_layers() -> None:
    """A convolution, its normalisation and activation; pooling ends a block; dropout is for hidden layers only."""
    net = CNN(channels=[[4, 5], [6]], hidden=[7], batch_norm=True, dropout=0.5).build((1, 8, 8), 2)
    convolutions = [[f"conv{number}", f"conv{number}_norm", f"conv{number}_relu"] for number in (1, 2, 3)]
    head = ["flatten", "hidden1", "norm1", "relu1", "dropout1", "output"]
    expected = [*convolutions[0], *convolutions[1], "pool1", *convolutions[2], "pool2", *head]
    assert [name for name, _ in net.named_children()] == expected


def test_first_weights() -> None:
    """Convolutions and fully connected layers begin alike."""
    net = CNN(channels=[[4], [4]], hidden=[5], init="zeros").build((1, 8, 8), 2)
    assert not any(value.any() for value in net.parameters())


def test_widths_alone_are_blocks_of_one() -> None:
    """A flat list is short for one convolution a block, and is kept in full."""
    assert check(CNN, {"channels": [16, [32, 32]]}).channels == [[16], [32, 32]]


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ([], "channels: must be one or more blocks of widths, such as [[32, 64], [128, 128]]"),
        ([[16], []], "channels: must be one or more blocks of widths, such as [[32, 64], [128, 128]]"),
        ([16, 0], "channels.1.0: must be 1 or more; got 0"),
        ("16", "channels: must be a list such as [64, 32]; got '16'"),
    ],
)
def test_refused_channels(channels: object, sentence: str) -> None:
    """What is not blocks of widths is refused, with the place and an example."""
    with pytest.raises(Rejected) as raised:
        check(CNN, {"channels": channels})
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (CNN(), "cnn 6 conv 32-256 1024,512"),
        (CNN(channels=[[16], [16]], hidden=[]), "cnn 2 conv 16"),
        (CNN(channels=[[16, 8]], hidden=[64], activation="tanh", init="xavier"), "cnn 2 conv 8-16 64 tanh xavier"),
    ],
)
def test_name(model: CNN, name: str) -> None:
    """The name tells how many convolutions, of how many channels, and the hidden widths."""
    assert model.name == name
