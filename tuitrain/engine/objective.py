"""What is made small: the loss of classes or of numbers, and what is added to it."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tuitrain.datasets import Data, Scaling, Task
from tuitrain.training import Loss


@dataclass(frozen=True, slots=True)
class Objective:
    """Loss and score of a batch: outputs [N, C] with labels [N], or of a regression both [N, T] in scaled units."""

    task: Task
    settings: Loss
    weights: Tensor | None
    """How much each class counts [C]."""
    centre: Tensor
    """The value of each target that is 0 in scaled units [T]; of classes it is not used."""
    spread: Tensor
    """What one scaled unit of each target is worth [T]."""

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over the batch, in nats for classes and squared scaled units for numbers.

        Where classes count differently the mean is weighted, and 0 of a batch in which no sample counts.
        """
        smoothing = self.settings.label_smoothing
        if self.task == "regression":
            return F.mse_loss(outputs, labels)
        if self.weights is None:
            return F.cross_entropy(outputs, labels, label_smoothing=smoothing)
        total = F.cross_entropy(outputs, labels, self.weights, label_smoothing=smoothing, reduction="sum")
        counted = self.weights[labels].sum()
        return total / torch.where(counted > 0, counted, torch.inf)

    def total(self, loss: Tensor, net: nn.Module, samples: int) -> Tensor:
        """Return what the step follows: the mean or the sum of the loss, and the penalties."""
        settings = self.settings
        total = loss * samples if settings.reduction == "sum" else loss
        if settings.l1 or settings.l2:
            weights = [value for value in net.parameters() if value.dim() > 1]
            total = total + settings.l1 * sum(value.abs().sum() for value in weights)
            total = total + settings.l2 * sum(value.square().sum() for value in weights)
        return total

    def score(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Return the number of hits; of a regression the sum of squared errors in own units, mean over the targets."""
        if self.task == "regression":
            return ((outputs - labels) * self.spread).square().mean(1).sum()
        return (outputs.argmax(1) == labels).sum()


def objective(settings: Loss, data: Data, device: torch.device) -> Objective:
    """Return the objective of this dataset, its tensors on the device."""
    centre, spread = (torch.tensor(values, device=device) for values in (data.targets.mean, data.targets.std))
    return Objective(data.task, settings, _class_weights(settings, data, device), centre, spread)


def _class_weights(settings: Loss, data: Data, device: torch.device) -> Tensor | None:
    """Return the weight of each class; balanced is N / (C n) for a class of n among N samples, as in scikit-learn."""
    if settings.class_weights == "none" or data.task == "regression":
        return None
    if isinstance(settings.class_weights, list):
        return torch.tensor(settings.class_weights, device=device)
    counts = torch.bincount(torch.from_numpy(data.train.labels.copy()), minlength=len(data.labels))
    return (len(data.train) / (len(data.labels) * counts.clamp(min=1))).float().to(device)


def scaled_targets(labels: Tensor, targets: Scaling) -> Tensor:
    """Return (target - mean) / std [N, T]."""
    mean, std = (torch.tensor(values, device=labels.device) for values in (targets.mean, targets.std))
    return (labels.float() - mean) / std
