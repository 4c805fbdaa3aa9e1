"""Folders of recorded runs for tests of many: copies with other settings, seeds and numbers."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuitrain.runs.store import Run

RECORDED = Path(__file__).parent / "recorded"
PLANE = "plane/20260102-030406-gmm2d-mlp-10"
DIGITS = "digits/20260102-030406-mnist-mlp-100"


HOLD = """
import sys
from pathlib import Path
from tuitrain.runs import lock
taken = lock.take(Path(sys.argv[1]), lock.signature())
print("taken", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(run: Run) -> Iterator[int]:
    """Have another process hold the lock of a run, as its worker does; yield its number."""
    command = [sys.executable, "-c", HOLD, str(run.lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"taken\n"
        yield worker.pid
        worker.kill()


def copied(folder: Path, recorded: str = PLANE, name: str = "") -> Run:
    """Copy a recorded run into the folder, under its own name or another one."""
    source = RECORDED / recorded
    run = Run(folder / (name or source.name))
    shutil.copytree(source, run.path)
    return run


def settle(run: Run, **values: Any) -> None:
    """Put other values into the settings of a run: `training__seed=1` is the seed of the training."""
    path = run.path / "experiment.toml"
    lines, table = [], ""
    for line in path.read_text().splitlines():
        table = line.strip("[]") if line.startswith("[") else table
        key = line.partition(" = ")[0]
        value = values.get(f"{table}__{key}")
        lines.append(line if value is None else f"{key} = {json.dumps(value)}")
    path.write_text("\n".join(lines) + "\n")


def scale(run: Run, factor: float) -> None:
    """Multiply every loss in the journal of a run."""
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    for record in records:
        metrics = record.get("metrics", {})
        metrics |= {name: value * factor for name, value in metrics.items() if name.endswith("loss") and value}
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    run.summary.touch()  # not older than the journal


def seeds(folder: Path, count: int = 3, recorded: str = PLANE) -> list[Run]:
    """Copy a recorded run several times, with other seeds; its losses are 1, 2, 3, ... times as high."""
    runs = []
    for seed in range(count):
        run = copied(folder, recorded, f"20260103-00000{seed}-seed")
        settle(run, training__seed=seed)
        scale(run, seed + 1.0)
        runs.append(run)
    return runs


def cut(run: Run, lines: int) -> None:
    """Let the journal end after so many lines, as that of a run under way or lost does."""
    kept = run.journal.read_bytes().splitlines(keepends=True)[:lines]
    run.journal.write_bytes(b"".join(kept))
    run.summary.unlink()
