"""What went wrong in a training, in words, with something to try."""

import torch

from tuitrain.events import Failed
from tuitrain.problems import Rejected

FULLER = "set training.drop_last = true, or another training.batch_size"
SMALLER = "try a smaller training.batch_size, or a smaller model"
LONELY = "Expected more than 1 value per channel"  # what torch says of batch normalisation over one sample
SIGNS = ("DefaultCPUAllocator", "out of memory")  # RuntimeErrors of the CPU and of MPS have no class of their own


def explain(error: Exception, step: int) -> Failed:
    """Return the event for an exception that ended a training after `step` steps."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, Rejected):
        return Failed(reason="error", error=str(error), hint="change that setting", step=step)
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)) or any(sign in text for sign in SIGNS):
        return Failed(reason="out_of_memory", error=text.partition("\n")[0], hint=SMALLER, step=step)
    if LONELY in text:
        lonely = "a batch of one sample is left at the end of an epoch, and batch normalisation cannot learn from one"
        return Failed(reason="error", error=lonely, hint=FULLER, step=step)
    return Failed(reason="error", error=text, hint="the traceback is in output.log", step=step)
