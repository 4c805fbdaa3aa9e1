"""What ended a training, in words with something to try."""

import pytest
import torch

from tuitrain.engine.failure import explain
from tuitrain.problems import Problem, Rejected


@pytest.mark.parametrize(
    ("error", "reason", "words", "hint"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried\nmore"), "out_of_memory", "Tried", "training.batch_size"),
        (MemoryError(), "out_of_memory", "MemoryError", "training.batch_size"),
        (RuntimeError("DefaultCPUAllocator: not enough memory"), "out_of_memory", "memory", "training.batch_size"),
        (Rejected("", [Problem("training.device", "mps is not here")]), "error", "training.device: mps", "setting"),
        (ValueError("Expected more than 1 value per channel when training"), "error", "one sample", "drop_last"),
        (ZeroDivisionError("by zero"), "error", "ZeroDivisionError: by zero", "output.log"),
    ],
)
def test_explain(error: Exception, reason: str, words: str, hint: str) -> None:
    """Out of memory, wrong settings and anything else are told apart."""
    failed = explain(error, 7)
    assert (failed.reason, failed.step) == (reason, 7)
    assert words in failed.error
    assert hint in failed.hint


def test_allocation_that_fails() -> None:
    """What torch says where the CPU's memory does not do is understood."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**62, dtype=torch.uint8)
    assert explain(caught.value, 0).reason == "out_of_memory"
