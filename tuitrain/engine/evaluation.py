"""How good a model is on a split: the loss of each sample, and the metrics that follow from outputs and labels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tuitrain.engine.objective import Objective
from tuitrain.engine.ranking import average_precision
from tuitrain.engine.split import Placed


class Evaluation(Protocol):
    """What a model made of a whole split."""

    @property
    def losses(self) -> Tensor:
        """The loss of each sample [N]."""

    @property
    def predictions(self) -> Tensor:
        """The class numbers [N], or the predicted numbers [N, T] in the targets' own units."""

    def quick(self, split: str) -> dict[str, float]:
        """Return what is told at each evaluation."""

    def metrics(self, split: str) -> dict[str, float]:
        """Return all that is told at the end."""


@dataclass(frozen=True, slots=True)
class Classified:
    """Logits [N, C] and labels [N] of a whole split, on the device, in float32."""

    logits: Tensor
    labels: Tensor

    @property
    def losses(self) -> Tensor:
        """Cross entropy in nats [N]."""
        return F.cross_entropy(self.logits, self.labels, reduction="none")

    @property
    def predictions(self) -> Tensor:
        """The class with the largest logit [N]."""
        return self.logits.argmax(1)

    @property
    def scores(self) -> Tensor:
        """What ranks the samples of each class [N, C]: how probable the model finds it."""
        return self.logits.softmax(1)

    @property
    def confusion(self) -> Tensor:
        """Counts [C, C] on the host: rows are true classes, columns predicted ones."""
        classes = self.logits.shape[1]
        pairs = self.labels * classes + self.predictions
        return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes).cpu()

    @property
    def average_precisions(self) -> Tensor:
        """How well the scores of each class [C] rank its samples above the others; on the host."""
        scores = self.scores.cpu().double()  # MPS has no float64
        labels = self.labels.cpu()
        return torch.stack([average_precision(scores[:, c], labels == c) for c in range(scores.shape[1])])

    def quick(self, split: str) -> dict[str, float]:
        """Return loss (mean, nats) and accuracy."""
        hits = int((self.predictions == self.labels).sum())
        loss = float(F.cross_entropy(self.logits, self.labels))
        return {f"{split}/loss": loss, f"{split}/accuracy": hits / len(self.labels)}

    def metrics(self, split: str) -> dict[str, float]:
        """Return loss, accuracy, and macro means over the classes of precision, recall, F1 and average precision.

        A class that is never predicted has precision 0; one without samples is left out of the means.
        """
        counts = self.confusion.double()
        hits, there = counts.diagonal(), counts.sum(1) > 0
        precision, recall = hits / counts.sum(0).clamp(min=1), hits / counts.sum(1).clamp(min=1)
        f1 = 2 * hits / (counts.sum(0) + counts.sum(1)).clamp(min=1)
        macro = {"precision": precision, "recall": recall, "f1": f1, "average_precision": self.average_precisions}
        return self.quick(split) | {f"{split}/{name}": float(each[there].mean()) for name, each in macro.items()}


@dataclass(frozen=True, slots=True)
class Scored(Classified):
    """Scores without probabilities in place of logits: there is no cross entropy to tell."""

    @property
    def scores(self) -> Tensor:
        """The scores as they are: those of one class say nothing of another's, as probabilities would [N, C]."""
        return self.logits

    @property
    def losses(self) -> Tensor:
        """Hinge loss [N]: how much the best wrong class is ahead of the right one less 1 (Crammer and Singer 2001)."""
        right = self.logits.gather(1, self.labels[:, None])
        wrong = self.logits.scatter(1, self.labels[:, None], -torch.inf).amax(1)
        return (1 + wrong - right[:, 0]).clamp(min=0)

    def quick(self, split: str) -> dict[str, float]:
        """Return the accuracy."""
        return {f"{split}/accuracy": int((self.predictions == self.labels).sum()) / len(self.labels)}


@dataclass(frozen=True, slots=True)
class Predicted:
    """Outputs and targets [N, T] of a whole split in scaled units; `mean` and `std` [T] lead to the targets' own."""

    outputs: Tensor
    targets: Tensor
    mean: Tensor
    std: Tensor

    @property
    def losses(self) -> Tensor:
        """Squared error in scaled units, mean over the targets [N]."""
        return (self.outputs - self.targets).square().mean(1)

    @property
    def predictions(self) -> Tensor:
        """The predicted numbers [N, T] in the targets' own units."""
        return self.outputs * self.std + self.mean

    @property
    def truth(self) -> Tensor:
        """The targets [N, T] in their own units."""
        return self.targets * self.std + self.mean

    def quick(self, split: str) -> dict[str, float]:
        """Return loss (mean, scaled units), root mean squared error (own units) and R2."""
        metrics = self.metrics(split)
        return {name: metrics[name] for name in (f"{split}/loss", f"{split}/rmse", f"{split}/r2")}

    def metrics(self, split: str) -> dict[str, float]:
        """Return loss, rmse, mae and R2; of several targets the mean, R2 being 1 - residual / total of each.

        A target that does not vary has R2 1 where it is met exactly and 0 where it is not, as in scikit-learn.
        """
        targets = self.targets.cpu().double()  # MPS has no float64
        errors = self.outputs.cpu().double() - targets
        residual, total = errors.square().sum(0), (targets - targets.mean(0)).square().sum(0)
        r2 = torch.where(total > 0, 1 - residual / total.clamp(min=1e-300), (residual == 0).double())
        own = errors * self.std.cpu()
        return {
            f"{split}/loss": float(errors.square().mean()),
            f"{split}/rmse": float(own.square().mean(0).sqrt().mean()),
            f"{split}/mae": float(own.abs().mean()),
            f"{split}/r2": float(r2.mean()),
        }


@torch.inference_mode()
def outputs(net: nn.Module, inputs: Tensor) -> Tensor:
    """Return the outputs of scaled inputs [N, *shape] in float32; dropout off, batch statistics frozen."""
    with evaluating(net):
        return Tensor.float(net(inputs))


@torch.inference_mode()
def evaluate(net: nn.Module, split: Placed, objective: Objective) -> Classified | Predicted:
    """Return what the model makes of the whole split."""
    with evaluating(net):
        found = torch.cat([net(part).float() for part in split.parts()])
    if objective.task == "regression":
        return Predicted(found, split.labels, objective.centre, objective.spread)
    return Classified(found, split.labels)


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Switch the model to evaluation and back to how it was."""
    before = net.training
    net.eval()
    try:
        yield
    finally:
        net.train(before)
