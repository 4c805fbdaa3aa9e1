"""Learning by hand: gradients equal those of automatic differentiation, and a net in NumPy learns."""

import copy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor
from torch.nn import functional as F

from tuitrain.datasets.planes import GMM2D
from tuitrain.models import NumpyNet
from tuitrain.models.handmade import TwoLayer, squared_error_gradients
from tuitrain.models.numpy_module import NumpyModule

SIZES = st.integers(1, 7)


def built(shape: tuple[int, ...] = (2,), outputs: int = 2, hidden: int = 5) -> NumpyModule:
    """Return the module of a net, always the same one."""
    torch.manual_seed(0)
    net = NumpyNet(hidden=hidden).build(shape, outputs)
    assert isinstance(net, NumpyModule)
    return net


def scores(inputs: Tensor, weights: list[Tensor]) -> Tensor:
    """Return the scores of the same net in torch."""
    w1, b1, w2, b2 = weights
    return torch.relu(inputs @ w1.T + b1) @ w2.T + b2


@given(SIZES, SIZES, st.tuples(SIZES, st.integers(2, 6)), st.floats(0, 1), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_gradients(samples: int, inputs: int, widths: tuple[int, int], decay: float, seed: int) -> None:
    """Loss and gradients in float64 are those of autograd, the L2 term included."""
    hidden, classes = widths
    generator = np.random.default_rng(seed)
    net = TwoLayer.random(inputs, hidden, classes, generator)
    rows, labels = generator.normal(size=(samples, inputs)), generator.integers(classes, size=samples)
    weights = [torch.tensor(getattr(net, name), requires_grad=True) for name in ("W1", "b1", "W2", "b2")]
    squares = weights[0].square().sum() + weights[2].square().sum()
    loss = F.cross_entropy(scores(torch.tensor(rows), weights), torch.tensor(labels)) + decay / 2 * squares
    loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
    assert net.loss(rows, labels, decay) == pytest.approx(loss.item(), abs=1e-9)
    for by_hand, weight in zip(net.gradients(rows, labels, decay), weights, strict=True):
        torch.testing.assert_close(torch.from_numpy(by_hand), weight.grad, rtol=0, atol=1e-6)


@given(SIZES, SIZES, SIZES, st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_gradients_of_linear_regression(samples: int, inputs: int, targets: int, seed: int) -> None:
    """The gradients of the summed squared error are those of autograd."""
    torch.manual_seed(seed)
    rows, wanted = (torch.randn(samples, width, dtype=torch.float64) for width in (inputs, targets))
    weight, bias = (
        torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((targets, inputs), (targets,))
    )
    ((rows @ weight.T + bias - wanted) ** 2).sum().backward()  # type: ignore[no-untyped-call]  # untyped in torch
    by_hand = squared_error_gradients(*(values.detach().numpy() for values in (rows, wanted, weight, bias)))
    torch.testing.assert_close(torch.from_numpy(by_hand[0]), weight.grad)
    torch.testing.assert_close(torch.from_numpy(by_hand[1]), bias.grad)


def test_line_through_two_points() -> None:
    """By hand, a line through (1, 3) and (2, 5) is found from a = b = 0 in 100 steps of 0.1: a = 2, b = 1."""
    inputs, targets = np.array([[1.0], [2.0]]), np.array([[3.0], [5.0]])
    weight, bias = np.zeros((1, 1)), np.zeros(1)
    for _ in range(100):
        steps = squared_error_gradients(inputs, targets, weight, bias)
        weight, bias = weight - 0.1 * steps[0], bias - 0.1 * steps[1]
    assert [*weight[0], *bias] == pytest.approx([2, 1], abs=1e-2)


def test_parameters_by_arithmetic() -> None:
    """Names, shapes and count without NumPy are those that are built, of images too."""
    for shape, outputs, count in (((2,), 2, 27), ((1, 28, 28), 10, 3_985)):
        net = built(shape, outputs)
        table = NumpyNet().parameters(shape, outputs)
        expected = [(name, tuple(value.shape)) for name, value in net.named_parameters()]
        assert [(parameter.name, parameter.shape) for parameter in table] == expected
        assert NumpyNet().count(shape, outputs) == count


def test_step_of_the_module() -> None:
    """A step tells loss and scores before it and follows the gradient, and the scores are those of the formula."""
    net, inputs, labels = built((1, 3, 4), 3), torch.randn(6, 1, 3, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    before = [value.detach().clone() for value in net.parameters()]
    gradients = net.net.gradients(inputs.flatten(1).double().numpy(), labels.numpy(), 0.01)
    expected = scores(inputs.flatten(1).double(), before).float()
    torch.testing.assert_close(net(inputs), expected)
    loss, told = net.descend(inputs, labels, 0.1, 0.01)
    torch.testing.assert_close(told, expected)
    torch.testing.assert_close(loss, F.cross_entropy(expected, labels))
    for value, old, gradient in zip(net.parameters(), before, gradients, strict=True):
        torch.testing.assert_close(value.detach(), old - 0.1 * torch.from_numpy(gradient))


@pytest.mark.parametrize("assign", [False, True])
def test_state_is_the_arrays(assign: bool) -> None:
    """Weights that are loaded, moved or copied are those that learn: after the same step they are equal again."""
    inputs, labels = torch.randn(8, 2), torch.randint(2, (8,))
    first, second = built(), NumpyNet().build((2,), 2).to("cpu")
    assert isinstance(second, NumpyModule)
    kept = copy.deepcopy(first.state_dict())
    second.load_state_dict(copy.deepcopy(kept), assign=assign)
    for net in (first, second, third := copy.deepcopy(second)):
        net.descend(inputs, labels, 0.1, 0.0)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])
        assert torch.equal(value, third.state_dict()[name])
    assert not torch.equal(first.state_dict()["W2"], kept["W2"])


def test_learns_without_torch(tmp_path: Path) -> None:
    """In a process without torch, 1,500 steps on six Gaussians of two classes leave few wrong."""
    program = """
import sys
from pathlib import Path
import numpy as np
from tuitrain.datasets.planes import GMM2D
from tuitrain.models.handmade import TwoLayer
data = GMM2D(seed=0, val_size=0).load(Path())
net = TwoLayer.random(2, 5, 2, np.random.default_rng(0))
inputs, labels = data.train.inputs.astype(np.float64), data.train.labels
for _ in range(1500):
    net.descend(inputs, labels, 0.05, 1e-3)
print((net.scores(inputs).argmax(1) == labels).mean(), "torch" in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    accuracy, torch_is_loaded = ended.stdout.split()
    assert float(accuracy) >= 0.9
    assert torch_is_loaded == "False"


def test_divergence_shows_in_the_loss() -> None:
    """With a huge step the loss stops being a number, and nothing is raised or warned."""
    data = GMM2D().load(Path())
    inputs, labels, net = torch.tensor(data.train.inputs), torch.tensor(data.train.labels), built()
    losses = [net.descend(inputs, labels, 1e200, 0.0)[0] for _ in range(5)]
    assert not torch.stack(losses).isfinite().all()


def test_on_the_cpu_alone() -> None:
    """It says that it needs the CPU, whatever device there is."""
    assert NumpyNet.cpu_only
    assert NumpyNet().name == "numpy_net 5"


@pytest.mark.slow
def test_textbook_training() -> None:
    """After 100,000 steps of 0.05 with decay 1e-3, most of five draws of the data are learned to 0.9 or better."""
    found = [_trained_accuracy(seed, 100_000) for seed in range(5)]
    assert sum(accuracy >= 0.9 for accuracy in found) >= 3, found


def _trained_accuracy(seed: int, steps: int) -> float:
    data = GMM2D(seed=seed, val_size=0).load(Path())
    net = TwoLayer.random(2, 5, 2, np.random.default_rng(seed))
    inputs, labels = data.train.inputs.astype(np.float64), data.train.labels
    for _ in range(steps):
        net.descend(inputs, labels, 0.05, 1e-3)
    return float((net.scores(inputs).argmax(1) == labels).mean())
