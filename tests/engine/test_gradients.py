"""The gradient that a training follows, against finite differences in float64."""

import pytest
import torch
from torch.nn import functional as F

from tuitrain.models import MLP, Linear, Network

DIFFERENCE = 1e-6


@pytest.mark.parametrize(
    "model",
    [
        Linear(),
        MLP(hidden=[5], activation="tanh"),
        MLP(hidden=[4, 3], activation="sigmoid"),
        MLP(hidden=[6], activation="relu"),
        MLP(hidden=[4], activation="gelu", batch_norm=True),
    ],
)
def test_against_finite_differences(model: Network) -> None:
    """Each derivative of the softmax cross entropy is the slope of the loss along that parameter."""
    torch.manual_seed(1)
    net = model.build((3,), 4).double()
    inputs, labels = torch.randn(10, 3, dtype=torch.float64), torch.randint(4, (10,))
    F.cross_entropy(net(inputs), labels).backward()  # type: ignore[no-untyped-call]  # untyped in torch
    for name, parameter in net.named_parameters():
        slopes = torch.empty(parameter.numel(), dtype=torch.float64)
        flat = parameter.data.view(-1)
        for number in range(len(flat)):
            losses = []
            for change in (DIFFERENCE, -2 * DIFFERENCE):
                flat[number] += change
                with torch.no_grad():
                    losses.append(F.cross_entropy(net(inputs), labels))
            flat[number] += DIFFERENCE
            slopes[number] = (losses[0] - losses[1]) / (2 * DIFFERENCE)
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad.view(-1), slopes, rtol=1e-5, atol=1e-8, msg=name)
