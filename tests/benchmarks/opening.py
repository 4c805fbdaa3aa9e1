"""What it costs to open a run of a million recorded steps: seconds, memory, and drawing it at any scale.

    uv run python tests/benchmarks/opening.py [--steps 1000000] [--plain]

Writes a journal as a worker writes it (some 300 MB), five metrics a step, and opens it in fresh processes: by its
digest, and without one (`--plain`: that alone). Sizes are of the whole process, without a screen (Linux).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path
from random import Random

from tuitrain.experiment import parse
from tuitrain.runs import digest, store
from tuitrain.runs.store import Run

METRICS = ("train/loss", "train/accuracy", "lr", "grad_norm", "samples_per_second")
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OPENER = """
import sys, time
from pathlib import Path
import numpy, plotext
from psutil import Process
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch
bare = Process().memory_info().rss
began, busy, longest = time.perf_counter(), time.process_time(), 0.0
watch = Watch(Run(Path(sys.argv[1])))
budget = float(sys.argv[2])
while True:
    before = time.process_time()
    watch.poll(budget)
    longest = max(longest, time.process_time() - before)
    if not watch.behind:
        break
took, busy = time.perf_counter() - began, time.process_time() - busy
opened = Process().memory_info().rss
before = time.process_time()
for name in watch.history.stepped:
    watch.history.stepped[name].part(pieces=200)
drawn = time.process_time() - before
def costs(series):
    before = time.process_time()
    for _ in range(200):
        series.part(3, series.last[0] - 3, pieces=200)
    return (time.process_time() - before) / 200
loss = watch.history.stepped["train/loss"]
assert len(loss) == int(sys.argv[3]), len(loss)
long = costs(loss)
peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024
sizes = [size / 1e6 for size in (bare, opened, Process().memory_info().rss, peak)]
print(f"opened in {took:.2f} s, {busy:.2f} s of the processor, the longest poll {longest * 1000:.0f} ms of it")
print(f"memory: {sizes[0]:.0f} MB bare, {sizes[1]:.0f} opened, {sizes[2]:.0f} drawn, {sizes[3]:.0f} at most")
print(f"first part of all metrics {drawn * 1000:.0f} ms, later {long * 1000:.3f} ms each")
for count in (100_000, 1_000):
    loss.cut(int(loss.steps[count - 1]))
    print(f"part of all points / of {count:,} points: {long / costs(loss):.2f}")
"""


def write(run: Run, steps: int) -> None:
    """Write the journal of a run that records every step and evaluates a thousand times."""
    random, every = Random(0), max(steps // 1000, 1)
    started = {"model": "mlp 10", "device": "cpu", "parameters": 52, "train_size": 160, "val_size": 40, "steps": steps}
    with run.journal.open("w") as file:

        def tell(event: str, at: int, /, **keys: object) -> None:
            now = (BEGAN + timedelta(milliseconds=at)).isoformat(timespec="milliseconds")
            file.write(json.dumps({"event": event, "run": run.id, "time": now, **keys}) + "\n")

        tell("started", 0, epochs=steps // 10, **started)
        for step in range(1, steps + 1):
            values = (exp(-step / steps) + random.random() / 10, random.random(), 0.1, random.random(), random.random())
            epoch, metrics = 1 + step // 10, dict(zip(METRICS, values, strict=True))
            tell("stepped", step, step=step, epoch=epoch, metrics=metrics)
            if step % every == 0:
                measured = {"val/loss": values[0], "val/accuracy": values[1], "seconds": step / 1000}
                closely = {f"{kind}/{name}": random.random() for kind in ("grad", "update") for name in "abcd"}
                tell("evaluated", step, step=step, epoch=epoch, metrics=measured | closely, best=random.random() < 0.1)
                tell("snapshot", step, step=step, path=f"snapshots/{step:09}.npz")
        tell("finished", steps, reason="completed", step=steps, epoch=epoch, metrics={}, seconds=steps / 1000)


def open_fresh(run: Run, steps: int, budget: float) -> None:
    """Open the run in a process of its own and print what it cost."""
    command = [sys.executable, "-c", OPENER, str(run.path), str(budget), str(steps)]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Write a run and open it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--plain", action="store_true")
    chosen = parser.parse_args()
    toy = parse({"dataset": {"kind": "moons"}, "models": [{"kind": "mlp", "hidden": [10]}]})
    with tempfile.TemporaryDirectory() as folder:
        run = store.create(toy, Path(folder))
        write(run, chosen.steps)
        print(f"{chosen.steps:,} steps, a journal of {run.journal.stat().st_size / 1e6:.0f} MB")
        for budget in (float("inf"), 0.03):
            print(f"without a digest, {budget} s a poll")
            open_fresh(run, chosen.steps, budget)
        if not chosen.plain:
            began = time.process_time()
            digest.write(run)
            took, size = time.process_time() - began, digest.file_of(run).stat().st_size
            print(f"digest of {size / 1e6:.0f} MB written in {took:.2f} s of the processor")
            open_fresh(run, chosen.steps, float("inf"))


if __name__ == "__main__":
    main()
