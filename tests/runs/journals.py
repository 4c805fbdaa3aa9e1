"""Records of a journal for tests, and what they amount to."""

from typing import Any

from tuitrain.runs.history import History

TIME = "2026-01-01T00:00:00.000+00:00"
BEGAN = 1767225600.0  # the same in seconds since the Unix epoch
Record = dict[str, Any]


def event(kind: str, **keys: Any) -> Record:
    """Return a record as the journal holds it."""
    return {"event": kind, "run": "r", "time": TIME, **keys}


STARTED = event("started", model="linear", device="cpu", parameters=6, train_size=48, val_size=12, steps=100, epochs=10)
FINISHED = event("finished", reason="completed", step=100, epoch=10, metrics={"test/accuracy": 0.5}, seconds=20.0)


def stepped(step: int, loss: float | None) -> Record:
    """Return a point of the loss."""
    return event("stepped", step=step, epoch=1 + step // 10, metrics={"train/loss": loss, "lr": 0.1})


def evaluated(step: int, loss: float, *, best: bool = False) -> Record:
    """Return an evaluation, a tenth of a second for each step."""
    metrics = {"val/loss": loss, "val/accuracy": 1 - loss, "seconds": step / 10}
    return event("evaluated", step=step, epoch=step // 10, metrics=metrics, best=best)


def history(*records: Record) -> History:
    """Return what these records amount to."""
    folded = History()
    folded.take(records)
    return folded
