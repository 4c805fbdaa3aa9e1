"""What the process does in which an estimator is fitted. It imports no torch, so that it is there in 2 s and not 7."""

import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def leave_signals() -> None:
    """Let the worker decide what an interrupt of the whole group means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def fitted(estimator: Any, inputs: "np.ndarray[Any, Any]", labels: "np.ndarray[Any, Any]") -> Any:
    """Return the estimator once it is fitted to inputs [N, F] and labels [N]."""
    return estimator.fit(inputs, labels)
