"""A long journal at a glance: the same as reading all of it, as far as how the run stands goes."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from tuitrain.runs.glance import SHORT, glance
from tuitrain.runs.history import History
from tuitrain.runs.journal import Reader

Record = dict[str, Any]
STARTED = {
    "model": "linear",
    "device": "cpu",
    "parameters": 6,
    "train_size": 640,
    "val_size": 12,
    "steps": 100_000,
    "epochs": 10_000,
    "experiment": {"training": {"epochs": 10_000, "steps": 0}},
    "pid": 1,
    "host": "here",
}
RESTARTED = {"evaluated": 600, "steps": 150_000, "epochs": 15_000, "seconds": 60.0, "device": "mps", "pid": 2}


def records(steps: int) -> Iterator[Record]:
    """Yield the journal of a long run: changed and restarted early, an evaluation every hundred steps."""
    yield {"event": "started", **STARTED}
    for step in range(1, steps + 1):
        yield {"event": "stepped", "step": step, "epoch": 1 + step // 10, "metrics": {"train/loss": 1 / step}}
        if step % 100 == 0:
            metrics = {"val/loss": 2 / step, "val/accuracy": 0.5, "seconds": step / 10}
            yield {"event": "evaluated", "step": step, "epoch": step // 10, "metrics": metrics, "best": True}
        if step == 300:
            yield {"event": "changed", "step": step, "key": "training.epochs", "old": 10_000, "new": 15_000}
            yield {"event": "changed", "step": step, "key": "optimizer.lr", "old": 0.1, "new": 0.01}
        if step == 700:
            yield {"event": "restarted", "step": 600, "epoch": 60, "host": "here", **RESTARTED}


def write(path: Path, steps: int, *more: bytes) -> Path:
    """Write such a journal, with lines behind it."""
    time = {"run": "r", "time": "2026-01-01T00:00:00.000+00:00"}
    lines = [json.dumps({"event": record["event"], **time, **record}).encode() for record in records(steps)]
    path.write_bytes(b"\n".join([*lines, *more]) + b"\n")
    return path


def whole(path: Path) -> History:
    """Return what the journal amounts to, all of it read."""
    history = History()
    history.take(Reader(path).read())
    return history


@pytest.mark.parametrize("steps", [50, 1_500, 3_000, 20_000])
def test_how_it_stands(tmp_path: Path, steps: int) -> None:
    """State, progress, settings and numbers are those of the whole journal, whatever its length."""
    path = write(tmp_path / "journal.jsonl", steps)
    quick, all_of_it = glance(path), whole(path)
    assert (path.stat().st_size > SHORT) == (steps >= 1_500)
    for name in ("step", "steps", "epoch", "epochs", "seconds", "parameters", "changes", "paused", "ended", "first"):
        assert getattr(quick, name) == getattr(all_of_it, name), name
    assert quick.started == all_of_it.started
    assert quick.metrics == all_of_it.metrics
    assert quick.state(alive=True) == all_of_it.state(alive=True) == "running"
    assert quick.time_left(0.0) == all_of_it.time_left(0.0)


def test_the_end_is_not_missed(tmp_path: Path) -> None:
    """A torn last line is left for later, and what came before it counts."""
    paused = {"event": "paused", "run": "r", "time": "2026-01-01T00:00:00Z", "step": 3_000, "command": "1"}
    path = write(tmp_path / "journal.jsonl", 3_000, b'{"event": "started", \0', json.dumps(paused).encode())
    with path.open("ab") as file:
        file.write(b'{"event": "finish')
    assert glance(path).state(alive=True) == "paused"
    assert glance(path).answers.keys() == {"1"}


def test_nothing_happened_yet(tmp_path: Path) -> None:
    """Without a journal nothing happened; a directory in its place is an error."""
    assert glance(tmp_path / "journal.jsonl") == History()
    with pytest.raises(OSError, match="directory"):
        glance(tmp_path)


def test_it_is_quick(tmp_path: Path) -> None:
    """A long journal costs little more than a short one: a fraction of reading it."""
    short, long = write(tmp_path / "short.jsonl", 2_000), write(tmp_path / "long.jsonl", 40_000)
    glance(short)
    costs = []
    for path, look in ((long, glance), (long, whole)):
        began = perf_counter()
        look(path)
        costs.append(perf_counter() - began)
    assert costs[0] < costs[1] / 4
