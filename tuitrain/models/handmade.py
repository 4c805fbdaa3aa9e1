"""Learning by hand: forward and backward passes written out in NumPy, without automatic differentiation.

It knows NumPy alone. The catalog imports it only where something is built: it must itself stay free of NumPy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TwoLayer:
    """A two-layer network on rows: s1 = x W1' + b1, h1 = max(0, s1), s2 = h1 W2' + b2, P = softmax(s2).

    Weights are [outputs, inputs] of their layer, biases [outputs], all float64. `descend` changes them in place.
    """

    W1: Floats
    b1: Floats
    W2: Floats
    b2: Floats

    @classmethod
    def random(cls, inputs: int, hidden: int, classes: int, generator: np.random.Generator) -> "TwoLayer":
        """Return a network to begin with: weights normal with deviation sqrt(2 / fan_in), biases 0.

        After He et al., "Delving deep into rectifiers" (2015), equation 10.
        """
        return cls(
            generator.normal(scale=np.sqrt(2 / inputs), size=(hidden, inputs)),
            np.zeros(hidden),
            generator.normal(scale=np.sqrt(2 / hidden), size=(classes, hidden)),
            np.zeros(classes),
        )

    def scores(self, inputs: Floats) -> Floats:
        """Return s2 [N, C], the logits of inputs [N, D]."""
        return self._hidden(inputs) @ self.W2.T + self.b2

    def loss(self, inputs: Floats, labels: Classes, decay: float = 0.0) -> float:
        """Return the mean negative log-likelihood of the labels [N], and decay / 2 times the squared weights.

        With this half, the L2 term adds decay times the weight to a gradient: what torch calls weight_decay.
        Biases are left out of it.
        """
        squares = np.sum(self.W1**2) + np.sum(self.W2**2)
        return mean_nll(log_softmax(self.scores(inputs)), labels) + decay / 2 * float(squares)

    def gradients(self, inputs: Floats, labels: Classes, decay: float = 0.0) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the gradients of `loss` by W1, b1, W2 and b2, by the chain rule from the output to the input.

        With Y the labels as one-hot rows and N samples, dL/ds2 = (P - Y) / N; the Jacobian of an affine layer is
        its weight, and that of ReLU is diagonal, 1 where s1 > 0. See Rumelhart, Hinton and Williams, "Learning
        representations by back-propagating errors" (1986).
        """
        hidden = self._hidden(inputs)
        logarithms = log_softmax(hidden @ self.W2.T + self.b2)
        return self._backward(inputs, hidden, logarithms, labels, decay)

    def descend(self, inputs: Floats, labels: Classes, lr: float, decay: float = 0.0) -> tuple[float, Floats]:
        """Take one step down the gradient in place; return mean negative log-likelihood and scores before it."""
        hidden = self._hidden(inputs)
        scores = hidden @ self.W2.T + self.b2
        logarithms = log_softmax(scores)
        gradients = self._backward(inputs, hidden, logarithms, labels, decay)
        for values, gradient in zip((self.W1, self.b1, self.W2, self.b2), gradients, strict=True):
            np.subtract(values, lr * gradient, out=values)
        return mean_nll(logarithms, labels), scores

    def _hidden(self, inputs: Floats) -> Floats:
        """Return h1 [N, H]."""
        return np.maximum(inputs @ self.W1.T + self.b1, 0)

    def _backward(
        self, inputs: Floats, hidden: Floats, logarithms: Floats, labels: Classes, decay: float
    ) -> tuple[Floats, Floats, Floats, Floats]:
        d_scores = np.exp(logarithms)
        d_scores[np.arange(len(labels)), labels] -= 1
        d_scores /= len(labels)
        d_hidden = d_scores @ self.W2 * (hidden > 0)
        return (
            d_hidden.T @ inputs + decay * self.W1,
            d_hidden.sum(axis=0),
            d_scores.T @ hidden + decay * self.W2,
            d_scores.sum(axis=0),
        )


def log_softmax(scores: Floats) -> Floats:
    """Return the logarithms of the probabilities of scores [N, C]; the largest of a row is taken off before exp."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    logarithms: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithms


def mean_nll(logarithms: Floats, labels: Classes) -> float:
    """Return the mean negative log-likelihood of labels [N] under the logarithms of probabilities [N, C]."""
    return -float(logarithms[np.arange(len(labels)), labels].mean())


def squared_error_gradients(
    inputs: NDArray[Any], targets: NDArray[Any], weight: NDArray[Any], bias: NDArray[Any]
) -> tuple[Floats, Floats]:
    """Return the gradients of the quadratic loss of linear regression, by the weight [T, F] and the bias [T].

    The loss is the sum over samples and targets of (y - t)^2 with y = x W' + b, inputs [N, F] and targets [N, T],
    so its gradients are 2 (y - t)' x and the sum of 2 (y - t). Divide by N T for those of the mean, or by N for
    those of the mean over samples.
    """
    d_outputs = 2 * (inputs.astype(np.float64) @ weight.T + bias - targets)
    return d_outputs.T @ inputs, d_outputs.sum(axis=0)
