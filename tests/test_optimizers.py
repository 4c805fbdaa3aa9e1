"""Optimizers beside torch's own, resumed half-way, and one step with numbers worked out by hand."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn, optim
from torch.nn import Parameter, functional as F

from tuitrain.muon import Joined
from tuitrain.optimizers import LBFGS, OPTIMIZERS, SGD, Adagrad, Adam, AdamW, Muon, Optimizer, RMSprop

VARIED: list[Optimizer] = [
    SGD(momentum=0.9, nesterov=True, weight_decay=0.01),
    Adam(lr=0.01, weight_decay=0.1),
    AdamW(lr=0.01, beta1=0.8, weight_decay=0.1),
    RMSprop(alpha=0.9, momentum=0.5, centered=True, weight_decay=0.1),
    Adagrad(lr=0.1, initial_sum=0.1, weight_decay=0.1),
    Muon(lr=0.03, momentum=0.8, nesterov=False, weight_decay=0.1, adamw_lr=0.01, beta2=0.9),
    LBFGS(lr=0.5, max_iter=3, history=2),
    LBFGS(lr=0.1, max_iter=2, line_search="none"),
]
"""Every optimizer with every setting away from its default."""


class Regression:
    """A small network that learns the sum of squares of three numbers, in full batches."""

    def __init__(self, device: str = "cpu") -> None:
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 1)).to(device)
        self.inputs = torch.randn(32, 3).to(device)
        self.targets = self.inputs.square().sum(1, keepdim=True)

    def loss(self) -> Tensor:
        """Count loss and gradients anew."""
        self.net.zero_grad()
        loss = F.mse_loss(self.net(self.inputs), self.targets)
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        return loss

    def learn(self, built: optim.Optimizer, steps: int) -> list[Tensor]:
        """Take steps and return copies of the weights."""
        for _ in range(steps):
            built.step(self.loss)  # type: ignore[arg-type]  # torch asks for a float and takes a tensor
        return [parameter.detach().clone() for parameter in self.net.parameters()]


def name(optimizer: Optimizer) -> str:
    """Return a short name for the report of a test."""
    return optimizer.kind


TORCH: dict[str, Callable[[list[Parameter]], optim.Optimizer]] = {
    "sgd": lambda it: optim.SGD(it, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01, fused=True),
    "adam": lambda it: optim.Adam(it, lr=0.01, weight_decay=0.1, fused=True),
    "adamw": lambda it: optim.AdamW(it, lr=0.01, betas=(0.8, 0.999), weight_decay=0.1, fused=True),
    "rmsprop": lambda it: optim.RMSprop(it, alpha=0.9, momentum=0.5, centered=True, weight_decay=0.1, lr=1e-3),
    "adagrad": lambda it: optim.Adagrad(it, lr=0.1, initial_accumulator_value=0.1, weight_decay=0.1, fused=True),
    "lbfgs": lambda it: optim.LBFGS(it, lr=0.5, max_iter=3, history_size=2, line_search_fn="strong_wolfe"),
}


@pytest.mark.parametrize("optimizer", [entry for entry in VARIED[:-1] if entry.kind != "muon"], ids=name)
def test_equal_to_torch(optimizer: Optimizer) -> None:
    """Ten steps end where those of torch's own optimizer with the same settings do."""
    ours, theirs = Regression(), Regression()
    learned = ours.learn(optimizer.build(ours.net.parameters()), 10)
    expected = theirs.learn(TORCH[optimizer.kind](list(theirs.net.parameters())), 10)
    torch.testing.assert_close(learned, expected)


def test_muon_is_equal_to_torch() -> None:
    """Muon on all matrices but the last and AdamW on the rest end where the two of torch do, bit for bit."""
    ours, theirs = Regression(), Regression()
    learned = ours.learn(VARIED[5].build(ours.net.parameters()), 10)
    named = dict(theirs.net.named_parameters())
    hidden = [named.pop("0.weight"), named.pop("2.weight")]
    parts: list[optim.Optimizer] = [
        optim.Muon(hidden, lr=0.03, momentum=0.8, nesterov=False, weight_decay=0.1),
        optim.AdamW(named.values(), lr=0.01, betas=(0.9, 0.9), weight_decay=0.1, fused=True),
    ]
    for _ in range(10):
        theirs.loss()
        for part in parts:
            part.step()
    assert all(map(torch.equal, learned, theirs.net.parameters()))


@pytest.mark.parametrize("entry", OPTIMIZERS)
def test_learns(entry: type[Optimizer]) -> None:
    """With its default settings every optimizer lowers the loss of a regression."""
    regression = Regression()
    before = regression.loss().item()
    regression.learn(entry.model_validate({}).build(regression.net.parameters()), 30)
    assert regression.loss().item() < 0.97 * before


def resumed(optimizer: Optimizer, device: str = "cpu") -> tuple[list[Tensor], list[Tensor]]:
    """Return the weights after eight steps, and after four with four more from what was written to a file."""
    whole, first, second = Regression(device), Regression(device), Regression(device)
    expected = whole.learn(optimizer.build(whole.net.parameters()), 8)
    built, file = optimizer.build(first.net.parameters()), io.BytesIO()
    first.learn(built, 4)
    torch.save({"model": first.net.state_dict(), "optimizer": built.state_dict()}, file)
    state = torch.load(io.BytesIO(file.getvalue()), map_location=device, weights_only=True)
    second.net.load_state_dict(state["model"])
    rebuilt = optimizer.build(second.net.parameters())
    rebuilt.load_state_dict(state["optimizer"])
    return expected, second.learn(rebuilt, 4)


@pytest.mark.parametrize("optimizer", VARIED, ids=name)
def test_resumes(optimizer: Optimizer) -> None:
    """What goes on from a file of plain data takes the very steps that it would have taken without it."""
    expected, learned = resumed(optimizer)
    assert all(map(torch.equal, expected, learned))


@pytest.mark.gpu
@pytest.mark.parametrize("optimizer", VARIED, ids=name)
def test_resumes_on_a_gpu(optimizer: Optimizer) -> None:
    """On a GPU too every optimizer takes its steps and goes on from a file."""
    expected, learned = resumed(optimizer, "cuda")
    torch.testing.assert_close(learned, expected)


@pytest.mark.parametrize("entry", OPTIMIZERS)
def test_filters_that_lie_channels_last(entry: type[Optimizer]) -> None:
    """Convolutions laid out for speed can be trained by every optimizer."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 4), nn.Linear(4, 1))
    net = net.to(memory_format=torch.channels_last)
    images = torch.randn(8, 3, 6, 6).to(memory_format=torch.channels_last)
    built = entry.model_validate({}).build(net.parameters())

    def closure() -> float:
        built.zero_grad()
        loss = net(images).square().mean()
        loss.backward()
        return float(loss.detach())

    before = built.step(closure)
    assert closure() < before


@pytest.mark.parametrize("optimizer", VARIED, ids=name)
def test_groups_keep_their_learning_rate(optimizer: Optimizer) -> None:
    """Every group knows the learning rate it started with, and still does after it is resumed."""
    parameters = list(Regression().net.parameters())
    built = optimizer.build(parameters)
    rates = [group["initial_lr"] for group in built.param_groups]
    assert rates == [group["lr"] for group in built.param_groups]
    assert rates == ([0.03, 0.01] if optimizer.kind == "muon" else [optimizer.lr])
    for group in built.param_groups:
        group["lr"] *= 0.5
    other = optimizer.build(parameters)
    other.load_state_dict(built.state_dict())
    assert [group["initial_lr"] for group in other.param_groups] == rates


def test_full_batches() -> None:
    """Only L-BFGS, which compares gradients of successive steps, has to see all samples in each."""
    assert {entry for entry in OPTIMIZERS if entry.needs_full_batch} == {LBFGS}


@pytest.mark.parametrize("optimizer", [SGD(), Adam(), AdamW(), Adagrad()], ids=name)
def test_fused(optimizer: Optimizer) -> None:
    """Where torch has a fused implementation it is used."""
    assert optimizer.build([Parameter(torch.zeros(2))]).defaults["fused"] is True


def stepped(optimizer: Optimizer, start: float, gradients: list[float]) -> list[float]:
    """Return the value of one parameter after each of the steps with these gradients."""
    value = Parameter(torch.tensor([start], dtype=torch.float64))
    built, values = optimizer.build([value]), []
    for gradient in gradients:
        value.grad = torch.tensor([gradient], dtype=torch.float64)
        built.step()
        values.append(value.item())
    return values


def test_sgd() -> None:
    """A step is w - lr (g + decay w), and with momentum v = m v + g."""
    assert stepped(SGD(lr=0.5), 1.0, [2.0, -1.0]) == [0.0, 0.5]
    assert stepped(SGD(lr=0.5, weight_decay=0.25), 2.0, [1.0]) == [2.0 - 0.5 * (1.0 + 0.25 * 2.0)]
    assert stepped(SGD(lr=1.0, momentum=0.5), 0.0, [1.0, 1.0, 0.0]) == [-1.0, -2.5, -3.25]
    assert stepped(SGD(lr=1.0, momentum=0.5, nesterov=True), 0.0, [1.0, 1.0]) == [-1.5, -3.25]


def test_adam() -> None:
    """The first step of Adam is lr against the gradient's sign, however large the gradient."""
    assert stepped(Adam(lr=0.1), 1.0, [1000.0]) == pytest.approx([0.9])
    assert stepped(Adam(lr=0.1), 1.0, [-1e-3]) == pytest.approx([1.1], abs=1e-5)


def test_adamw() -> None:
    """AdamW shrinks the weight apart from the step: w (1 - lr decay) - lr."""
    assert stepped(AdamW(lr=0.1, weight_decay=0.5), 2.0, [1.0]) == pytest.approx([2.0 * 0.95 - 0.1])
    assert stepped(Adam(lr=0.1, weight_decay=0.5), 2.0, [1.0]) == pytest.approx([1.9])


def test_rmsprop() -> None:
    """A step is lr times the gradient over the root of the mean of its squares, which starts at 0."""
    assert stepped(RMSprop(lr=0.1, alpha=0.75), 1.0, [3.0]) == pytest.approx([1 - 0.1 / 0.25**0.5])
    assert stepped(RMSprop(lr=0.1, weight_decay=1.0), 1.0, [-1.0]) == [1.0]


def test_adagrad() -> None:
    """The steps under a constant gradient are lr, lr / sqrt(2), lr / sqrt(3), ..., and smaller where the sum starts."""
    assert stepped(Adagrad(lr=1.0), 0.0, [5.0, 5.0]) == pytest.approx([-1.0, -1 - 2**-0.5])
    assert stepped(Adagrad(lr=1.0, initial_sum=16.0), 0.0, [3.0]) == pytest.approx([-0.6])


def test_muon() -> None:
    """A step of a hidden matrix is near to orthogonal: Newton-Schulz takes singular values to between 0.5 and 1.5."""
    torch.manual_seed(0)
    hidden, output = Parameter(torch.zeros(6, 4)), Parameter(torch.zeros(2, 6))
    built = Muon(lr=0.5, adamw_lr=0.125, weight_decay=0.0).build([hidden, output])
    hidden.grad, output.grad = torch.randn(6, 4) * 100, torch.ones(2, 6)
    built.step()
    sizes = torch.linalg.svdvals(hidden.detach()) / (0.5 * (6 / 4) ** 0.5)
    assert sizes.min() > 0.5
    assert sizes.max() < 1.5
    torch.testing.assert_close(output.detach(), torch.full((2, 6), -0.125))


def test_muon_follows_a_schedule() -> None:
    """A learning rate written into a group is that of the next step, before and after the state is loaded."""
    hidden, output = Parameter(torch.ones(2, 2)), Parameter(torch.ones(1, 2))
    built = Muon(weight_decay=0.0).build([hidden, output])
    assert isinstance(built, Joined)
    for _ in range(2):
        hidden.grad, output.grad = torch.ones(2, 2), torch.ones(1, 2)
        for group in built.param_groups:
            group["lr"] = 0.0
        built.step()
        built.load_state_dict(built.state_dict())
    assert hidden.equal(torch.ones(2, 2))
    assert output.equal(torch.ones(1, 2))
    assert {len(state) for state in built.state.values()} == {1, 3}


def test_muon_without_hidden_matrices() -> None:
    """A model of one matrix and a bias is trained by AdamW alone, with its learning rate."""
    built = Muon(adamw_lr=0.25).build(nn.Linear(3, 2).parameters())
    assert isinstance(built, optim.AdamW)
    assert [group["lr"] for group in built.param_groups] == [0.25]


def test_lbfgs() -> None:
    """On a quadratic the steps along the curvature reach the minimum at once, however stretched it is."""
    value = Parameter(torch.tensor([3.0, -2.0], dtype=torch.float64))
    built, stretch = LBFGS().build([value]), torch.tensor([1.0, 100.0], dtype=torch.float64)

    def closure() -> float:
        value.grad = stretch * value.detach()
        return float((stretch * value.detach() ** 2).sum() / 2)

    assert built.step(closure) == 4.5 + 200
    assert value.tolist() == pytest.approx([0.0, 0.0], abs=1e-5)


@pytest.mark.parametrize(
    ("entry", "settings"),
    [
        (SGD, {"momentum": 1.0}),
        (RMSprop, {"alpha": 1.0}),
        (Adagrad, {"initial_sum": -1.0}),
        (Muon, {"adamw_lr": 0.0}),
        (LBFGS, {"max_iter": 0}),
        (LBFGS, {"history": 0}),
        (LBFGS, {"line_search": "armijo"}),
        (LBFGS, {"weight_decay": 0.1}),
    ],
)
def test_impossible_settings(entry: type[Optimizer], settings: dict[str, Any]) -> None:
    """What torch would refuse only while training is refused when it is written, and the key is named."""
    (key,) = settings
    with pytest.raises(ValidationError, match=key):
        entry(**settings)


def test_nesterov_without_momentum() -> None:
    """Nesterov's step needs a momentum to look along."""
    with pytest.raises(ValidationError, match="nesterov needs momentum above 0"):
        SGD(nesterov=True)
