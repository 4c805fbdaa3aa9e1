"""How good a model is on a split: loss, confusion, and the metrics that follow from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tuitrain.engine.split import Placed

BATCH = 4096  # samples at once: without gradients memory is no concern, and few large steps are fastest


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Logits [N, C] and labels [N] of a whole split, on the device, in float32."""

    logits: Tensor
    labels: Tensor

    @property
    def loss(self) -> float:
        """Mean cross entropy in nats."""
        return float(F.cross_entropy(self.logits, self.labels))

    @property
    def accuracy(self) -> float:
        """Share of samples whose largest logit is their class."""
        return int((self.logits.argmax(1) == self.labels).sum()) / len(self.labels)

    @property
    def confusion(self) -> Tensor:
        """Counts [C, C] on the host: rows are true classes, columns predicted ones."""
        classes = self.logits.shape[1]
        pairs = self.labels * classes + self.logits.argmax(1)
        return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes).cpu()

    def metrics(self, split: str) -> dict[str, float]:
        """Return `split/loss`, accuracy, and macro means over the classes of precision, recall, average precision.

        A class that is never predicted has precision 0; one without samples is left out of the means.
        """
        counts = self.confusion.double()
        hits, there = counts.diagonal(), counts.sum(1) > 0
        precision = hits / counts.sum(0).clamp(min=1)
        recall = hits / counts.sum(1).clamp(min=1)
        return {
            f"{split}/loss": self.loss,
            f"{split}/accuracy": self.accuracy,
            f"{split}/precision": float(precision[there].mean()),
            f"{split}/recall": float(recall[there].mean()),
            f"{split}/average_precision": float(self._average_precision()[there].mean()),
        }

    def _average_precision(self) -> Tensor:
        scores = self.logits.softmax(1).cpu().double()  # MPS has no float64
        labels = self.labels.cpu()
        return torch.stack([average_precision(scores[:, c], labels == c) for c in range(scores.shape[1])])


def average_precision(scores: Tensor, relevant: Tensor) -> Tensor:
    """Return sum of (R_n - R_(n-1)) P_n over the thresholds n, equal scores being one threshold.

    scores [N] and relevant [N] (bool) give a scalar; source: scikit-learn's definition of average precision.
    """
    order = scores.argsort(descending=True)
    hits = relevant[order].double().cumsum(0)
    precision = hits / torch.arange(1, len(order) + 1, dtype=torch.float64)
    ends = torch.cat([scores[order].diff() != 0, torch.ones(1, dtype=torch.bool)])
    gained = torch.cat([hits[ends][:1], hits[ends].diff()])
    return (gained * precision[ends]).sum() / hits[-1].clamp(min=1)


@torch.inference_mode()
def logits(net: nn.Module, inputs: Tensor) -> Tensor:
    """Return the logits [N, C] of scaled inputs [N, *shape] in float32; dropout off, batch statistics frozen."""
    with evaluating(net):
        return Tensor.float(net(inputs))


@torch.inference_mode()
def evaluate(net: nn.Module, split: Placed) -> Evaluation:
    """Return the model's logits on the whole split."""
    with evaluating(net):
        parts = [net(split.scaled(part)).float() for part in split.inputs.split(BATCH)]  # type: ignore[no-untyped-call]  # untyped in torch
    return Evaluation(torch.cat(parts), split.labels)


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Switch the model to evaluation and back to how it was."""
    before = net.training
    net.eval()
    try:
        yield
    finally:
        net.train(before)
