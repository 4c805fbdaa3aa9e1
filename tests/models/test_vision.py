"""The classifiers of torchvision: for any number of classes and channels, and refused where they cannot be."""

import pytest
import torch
from torch import nn

from tuitrain.models import Torchvision
from tuitrain.problems import Rejected, check


def test_small_stem_for_one_channel() -> None:
    """A ResNet for small grey images begins with a 3x3 convolution on one channel and does not pool at once."""
    torch.manual_seed(0)
    net = Torchvision(stem="small").build((1, 28, 28), 10)
    assert net.training
    assert net(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    assert sum(value.numel() for value in net.parameters()) == 11_173_962 - 2 * 64 * 9
    assert isinstance(net.maxpool, nn.Identity)
    assert isinstance(net.conv1, nn.Conv2d)
    assert net.conv1.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "shape", "count"),
    [
        ("resnet18", (3, 32, 32), 11_181_642),
        ("resnet18", (1, 32, 32), 11_181_642 - 2 * 64 * 49),
        ("resnet18", (4, 32, 32), 11_181_642 + 64 * 49),
        ("densenet121", (1, 32, 32), 6_964_106 - 2 * 64 * 49),
        ("googlenet", (3, 32, 32), 5_610_154),
        ("vit_b_16", (3, 32, 32), 85_806_346 - (196 - 4) * 768),
        ("swin_t", (1, 28, 28), 27_527_044 - 2 * 96 * 16),
    ],
)
def test_architectures(architecture: str, shape: tuple[int, ...], count: int) -> None:
    """Ten classes and any channels: the counts of torchvision with another first or last layer; logits in training."""
    net = Torchvision(architecture=architecture).build(shape, 10)
    assert sum(value.numel() for value in net.parameters()) == count
    assert net(torch.zeros(2, *shape)).shape == (2, 10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        (
            "resnet81",
            r"torchvision has no classifier 'resnet81' \(did you mean resnet18\?\); the \d+ it has are listed",
        ),
        ("alexnet", r"alexnet cannot take images of 28 x 28 pixels \(.*too small\); choose another architecture"),
        ("vit_b_16", r"vit_b_16 cannot take images of 28 x 28 pixels \(.*patch size!\); choose another architecture"),
    ],
)
def test_refused_when_built(architecture: str, said: str) -> None:
    """What torchvision does not have or cannot do is told with the way out."""
    with pytest.raises(Rejected, match=said):
        Torchvision(architecture=architecture).build((1, 28, 28), 10)


def test_stem_is_for_resnets() -> None:
    """A small stem for another architecture is refused before anything is built."""
    assert check(Torchvision, {"architecture": "wide_resnet50_2", "stem": "small"}).name == "wide_resnet50_2 small"
    with pytest.raises(Rejected, match='stem = "small" is for ResNets and architecture is vgg11; set stem'):
        check(Torchvision, {"architecture": "vgg11", "stem": "small"})


def test_parameters_are_unknown() -> None:
    """Without torchvision nobody knows how many parameters there are."""
    assert Torchvision().count((3, 32, 32), 10) is None
