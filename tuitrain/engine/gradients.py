"""Gradients compared: autograd's beside those derived by hand, or beside differences of the loss where nobody did."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tuitrain.datasets import Data
from tuitrain.engine.lesson import place_all
from tuitrain.engine.objective import Objective, objective
from tuitrain.experiment import Experiment
from tuitrain.models import MLP, Linear, Network, NumpyNet
from tuitrain.models.handmade import squared_error_gradients
from tuitrain.models.numpy_module import NumpyModule
from tuitrain.problems import Problem, Rejected

SAMPLES = 64  # of the training split: enough to meet every branch, few enough for hundreds of evaluations
ENTRIES = 12  # of each tensor whose derivative is found by differences: two evaluations each
STEP = 1e-6  # of a central difference in float64, whose error is about STEP squared
EQUAL = 1e-6  # largest relative difference of equal gradients, differences having an error of about 1e-8 themselves


@dataclass(frozen=True, slots=True)
class Compared:
    """One trained tensor: some entries of its gradient in float64, both ways."""

    model: str
    tensor: str
    way: str
    autograd: list[float]
    other: list[float]

    @property
    def difference(self) -> float:
        """The largest difference, divided by the largest entry."""
        largest = max([abs(value) for value in (*self.autograd, *self.other)] + [1e-12])
        return max(abs(one - two) for one, two in zip(self.autograd, self.other, strict=True)) / largest

    @property
    def equal(self) -> bool:
        """Whether both are the same but for rounding."""
        return self.difference <= EQUAL


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs in float64, class numbers or targets, and the objective that judges outputs for them."""

    inputs: Tensor
    labels: Tensor
    objective: Objective

    def loss(self, net: nn.Module) -> Tensor:
        """Return the mean loss of a net."""
        return self.objective.loss(net(self.inputs), self.labels)


def compare(experiment: Experiment, data: Data) -> Iterator[Compared]:
    """Return what was compared for each tensor of each model, at its first weights; raise Rejected."""
    cpu = torch.device("cpu")
    split = place_all(data, cpu, experiment.training.seed)["train"].head(SAMPLES)
    labels = split.labels.double() if data.task == "regression" else split.labels
    aim = objective(experiment.loss, data, cpu)
    aim = replace(aim, weights=None if aim.weights is None else aim.weights.double())
    batch = Batch(split.scaled(split.inputs).double(), labels, aim)
    decay = getattr(experiment.optimizer, "weight_decay", 0.0)
    for number, model in enumerate(experiment.models):
        if not isinstance(model, Network):
            reason = f"{model.kind} has no gradient: it is fitted in one go"
            raise Rejected("", [Problem(f"models.{number}", reason)])
        torch.manual_seed(experiment.training.seed)
        net = model.build(data.facts.shape, data.facts.outputs).double().eval()
        yield from _compared(model, net, batch, decay)


def _compared(model: Network, net: nn.Module, batch: Batch, decay: float) -> Iterator[Compared]:
    if isinstance(model, NumpyNet) and isinstance(net, NumpyModule):
        found = _two_layer(net, batch, decay)
    elif isinstance(model, Linear) and batch.objective.task == "regression":
        found = _linear(net, batch)
    else:
        yield from _by_differences(model, net, batch)
        return
    for name, automatic, by_hand in found:
        yield Compared(model.name, name, "by hand", automatic.flatten().tolist(), by_hand.flatten().tolist())


def _two_layer(net: NumpyModule, batch: Batch, decay: float) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Return the gradients of the NumPy net, and autograd's of the same net in torch with the same weights."""
    inputs, labels = batch.inputs, batch.labels
    by_hand = net.net.gradients(inputs.flatten(1).numpy(), labels.numpy(), decay)
    names, values = zip(*net.named_parameters(), strict=True)
    hidden, features = values[0].shape
    twin = MLP(hidden=[hidden]).build((features,), len(net.net.b2)).double()
    with torch.no_grad():
        for mine, theirs in zip(twin.parameters(), net.parameters(), strict=True):
            mine.copy_(theirs)
    weights = [value for value in twin.parameters() if value.dim() > 1]
    loss = F.cross_entropy(twin(inputs.flatten(1)), labels)
    loss = loss + decay / 2 * torch.stack([value.square().sum() for value in weights]).sum()
    automatic = torch.autograd.grad(loss, list(twin.parameters()))
    return zip(names, automatic, map(torch.from_numpy, by_hand), strict=True)


def _linear(net: nn.Module, batch: Batch) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Return the gradients of the mean squared error of linear regression."""
    (weight_name, weight), (bias_name, bias) = net.named_parameters()
    arrays = (value.detach().numpy() for value in (batch.inputs.flatten(1), batch.labels, weight, bias))
    by_hand = [torch.from_numpy(each) / batch.labels.numel() for each in squared_error_gradients(*arrays)]
    automatic = torch.autograd.grad(batch.loss(net), [weight, bias])
    yield weight_name, automatic[0], by_hand[0]
    yield bias_name, automatic[1], by_hand[1]


def _by_differences(model: Network, net: nn.Module, batch: Batch) -> Iterator[Compared]:
    """Return autograd's gradients beside central differences of the loss, at entries spread over each tensor."""
    names, values = zip(*net.named_parameters(), strict=True)
    for name, value, automatic in zip(names, values, torch.autograd.grad(batch.loss(net), values), strict=True):
        places = torch.linspace(0, value.numel() - 1, min(ENTRIES, value.numel())).long().tolist()
        slopes = [_slope(net, batch, value.detach().view(-1), place) for place in places]
        yield Compared(model.name, name, "differences", automatic.flatten()[places].tolist(), slopes)


@torch.no_grad()
def _slope(net: nn.Module, batch: Batch, values: Tensor, place: int) -> float:
    """Return the derivative of the loss by one entry of a tensor, which is put back."""
    before, losses = float(values[place]), []
    for way in (1, -1):
        values[place] = before + way * STEP
        losses.append(float(batch.loss(net)))
    values[place] = before
    return (losses[0] - losses[1]) / (2 * STEP)
