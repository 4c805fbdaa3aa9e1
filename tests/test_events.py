"""Events as JSON can hold them."""

import json
from math import inf, nan

from tuitrain.events import Finished, Saved, Stepped, Thinned

FINISHED = {"reason": "completed", "step": 1, "epoch": 1, "parameters": 6, "best_epoch": None, "seconds": 1.0}


def test_record() -> None:
    """A record begins with the name of the event and leaves out what has no value."""
    record = Saved(step=3, path="checkpoints/last.pt").record()
    assert list(record.items()) == [("event", "saved"), ("step", 3), ("path", "checkpoints/last.pt")]


def test_paths_that_go() -> None:
    """What is removed is told by its paths, as they were told when it came."""
    record = Thinned(paths=["snapshots/000000003.npz"]).record()
    assert record == {"event": "thinned", "paths": ["snapshots/000000003.npz"]}


def test_numbers_that_are_not_finite() -> None:
    """NaN and infinity are null, at any depth, and the record says that something diverged."""
    record = Stepped(step=1, epoch=1, metrics={"train/loss": nan, "lr": 0.1}).record()
    assert record["metrics"] == {"train/loss": None, "lr": 0.1}
    assert record["diverged"] is True
    fitted = {"output.bias": [1.0, -inf]}
    record = Finished(**FINISHED, metrics={}, fitted=fitted).record()  # type: ignore[arg-type]  # plain values
    assert record["fitted"] == {"output.bias": [1.0, None]}
    assert record["diverged"] is True
    json.dumps(record, allow_nan=False)


def test_finite_numbers_keep_their_bits() -> None:
    """A record of finite numbers is what was given, and says nothing of divergence."""
    metrics = {"train/loss": 0.1 + 0.2, "lr": 5e-324}
    record = json.loads(json.dumps(Stepped(step=1, epoch=1, metrics=metrics).record()))
    assert record["metrics"] == metrics
    assert "diverged" not in record
