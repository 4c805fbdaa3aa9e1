"""Records the runs that the tests of the screen open: real trainings, cut down to what a viewer reads.

Run by hand where the format of a run changes: `python tests/recorded/record.py`. Names, times, processes and versions
are replaced by fixed ones, so that a recording says nothing of the machine and two of them can be compared.
"""

import json
import re
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tuitrain.experiment import read
from tuitrain.runs import inbox, launch, store
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run
from tuitrain.runs.watch import write_summary

HERE = Path(__file__).parent
BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOLDER = {"pid": 1, "host": "host", "since": BEGIN.isoformat()}
TRAINING = 'device = "cpu"\nthreads = 1\n'
EXPERIMENTS = {
    "digits": """
[dataset]
kind = "mnist"

[[models]]
kind = "linear"

[[models]]
kind = "mlp"
hidden = [100]

[optimizer]
kind = "sgd"
lr = 0.1

[training]
epochs = 6
record_every = 25
""",
    "plane": """
[dataset]
kind = "gmm2d"
K = 6
C = 2
N = 10
seed = 100

[[models]]
kind = "linear"

[[models]]
kind = "mlp"
hidden = [10]

[[models]]
kind = "mlp"
hidden = [10, 10]

[optimizer]
kind = "sgd"
lr = 0.1

[training]
epochs = 1000
batch_size = "full"
evaluate_every = 50
record_every = 25
""",
    "diverged": """
[dataset]
kind = "moons"

[[models]]
kind = "mlp"
hidden = [10]

[optimizer]
kind = "sgd"
lr = 1000.0
weight_decay = 0.9

[training]
epochs = 100
batch_size = 16
record_every = 1
""",
    "stopped": """
[dataset]
kind = "moons"

[[models]]
kind = "mlp"
hidden = [10]

[training]
epochs = 1000000
batch_size = "full"
evaluate_every = 500
record_every = 100
""",
    "numbers": """
[dataset]
kind = "curve"

[[models]]
kind = "linear"

[[models]]
kind = "mlp"
hidden = [30]

[optimizer]
kind = "adam"
lr = 0.02

[training]
epochs = 40
evaluate_train = true
record_every = 3
""",
    "fitted": """
[dataset]
kind = "gmm2d"
seed = 100

[[models]]
kind = "svm"
""",
    "closely": """
[dataset]
kind = "moons"

[[models]]
kind = "mlp"
hidden = [10]

[training]
epochs = 100
""",
}
ORDERS = {"closely": ("pause", "probe", "step", "step")}
"""What the run of an experiment is told before its first step."""
PICTURES = 4  # kept of a run, beside the best
STOPS = {"stopped": 2000, "closely": 2}
"""The step from which on the run of an experiment is told to stop."""


def record(name: str) -> None:
    """Train an experiment and keep what a viewer reads of its runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.toml"
        path.write_text(EXPERIMENTS[name] + ("" if "[training]" in EXPERIMENTS[name] else "[training]\n") + TRAINING)
        runs_dir = Path(folder) / "runs"
        runs = launch.create(read(str(path)), runs_dir)
        for order in ORDERS.get(name, ()):
            inbox.send(runs[0].inbox, order)
        with launch.start(runs, Path(folder) / "data") as process:
            while name in STOPS and process.poll() is None:
                _stop_after(runs_dir, STOPS[name])
        shutil.rmtree(HERE / name, ignore_errors=True)
        for number, run in enumerate(reversed(store.listed(runs_dir))):
            _keep(run, HERE / name, BEGIN + timedelta(seconds=number))


def _stop_after(runs_dir: Path, step: int) -> None:
    for run in store.listed(runs_dir):
        if any(record.get("step", 0) >= step for record in Reader(run.journal).read()):
            inbox.send(run.inbox, "stop")
    time.sleep(0.2)


def _keep(run: Run, folder: Path, made: datetime) -> None:
    """Copy a run without its checkpoints, with some of its snapshots, under a name that does not change."""
    kept = Run(folder / f"{made:%Y%m%d-%H%M%S}-{run.id[16:]}")
    kept.path.mkdir(parents=True)
    records = Reader(run.journal).read()
    shown = _some(records)
    records = [record for record in records if record["event"] != "snapshot" or record["path"] in shown]
    first = datetime.fromisoformat(records[0]["time"])
    commands: dict[str, str] = {}
    lines = [json.dumps(_neutral(record, kept.id, first, commands)) for record in records]
    kept.journal.write_text("\n".join(lines) + "\n")
    kept.lock.write_text(json.dumps(HOLDER))
    experiment = (run.path / "experiment.toml").read_text()
    (kept.path / "experiment.toml").write_text(re.sub(r"\A#.*\n\n", "", experiment))
    (kept.path / "snapshots").mkdir()
    for picture in [*(run.path / path for path in shown), *(run.path / "snapshots").glob("rates-*.npz")]:
        shutil.copy(picture, kept.path / "snapshots")
    write_summary(kept)
    for path in kept.path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)  # what git keeps of modes


def _some(records: list[dict[str, Any]]) -> list[str]:
    """Return the paths of a few snapshots over the run, the first, the best and the last one among them."""
    paths = {record["step"]: record["path"] for record in records if record["event"] == "snapshot"}
    steps = sorted(paths)
    best = [record["step"] for record in records if record.get("best") and record["step"] in paths]
    chosen = {steps[place * (len(steps) - 1) // (PICTURES - 1)] for place in range(PICTURES)} if steps else set()
    return [paths[step] for step in sorted(chosen | set(best[-1:]))]


def _neutral(record: dict[str, Any], run: str, first: datetime, commands: dict[str, str]) -> dict[str, Any]:
    passed: timedelta = datetime.fromisoformat(record["time"]) - first
    record |= {"run": run, "time": (BEGIN + passed).isoformat(timespec="milliseconds")}
    if "command" in record:
        record["command"] = commands.setdefault(record["command"], str(len(commands) + 1))
    if record["event"] == "started":
        record |= {"pid": HOLDER["pid"], "host": HOLDER["host"], "versions": {}}
    return record


if __name__ == "__main__":
    for wanted in sys.argv[1:] or EXPERIMENTS:
        record(wanted)
