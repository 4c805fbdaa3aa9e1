"""Optimizers as torch gets them, and one step with numbers worked out by hand."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch.nn import Parameter

from tuitrain.optimizers import SGD, Adam, AdamW, Optimizer


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        (SGD(lr=0.3, weight_decay=0.1), {"lr": 0.3, "weight_decay": 0.1, "momentum": 0, "nesterov": False}),
        (SGD(momentum=0.9, nesterov=True), {"lr": 0.1, "weight_decay": 0, "momentum": 0.9, "nesterov": True}),
        (Adam(lr=0.01, beta1=0.8, beta2=0.99), {"lr": 0.01, "betas": (0.8, 0.99), "weight_decay": 0}),
        (AdamW(), {"lr": 1e-3, "betas": (0.9, 0.999), "weight_decay": 0.01}),
    ],
)
def test_settings_arrive(optimizer: Optimizer, settings: dict[str, Any]) -> None:
    """Torch is given every setting, and the fused implementation."""
    built = optimizer.build([Parameter(torch.zeros(2))])
    assert type(built).__name__ == type(optimizer).__name__
    assert {name: built.defaults[name] for name in settings} == settings
    assert built.defaults["fused"] is True


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


def test_nesterov_without_momentum() -> None:
    """Nesterov's step needs a momentum to look along."""
    with pytest.raises(ValidationError, match="nesterov needs momentum above 0"):
        SGD(nesterov=True)
