"""What the flight recorder costs: processor seconds of a training with states in memory over those without, in pairs.

    uv run python tests/benchmarks/flight.py DATA_DIR [--rounds 5]

DATA_DIR holds MNIST/raw. The nets of toy-deep, evaluated every 100 steps, and of mnist-mlp for an epoch of 54,000
images. One thread. Prints the least seconds of either side, their ratio, and the ratios of the pairs.
"""

import argparse
import tempfile
from pathlib import Path
from time import process_time

from tuitrain.datasets import Data
from tuitrain.engine import flight
from tuitrain.engine.train import train
from tuitrain.events import Command
from tuitrain.experiment import Experiment, read

ONE = ["training.device=cpu", "training.threads=1"]
FULL = ["dataset.source=full", "dataset.val_size=6000", "dataset.test_size=64", "training.epochs=1"]


class Silence:
    """Never says anything."""

    def commands(self) -> list[Command]:
        """Return nothing."""
        return []

    def wait(self) -> None:
        """Return at once."""


def seconds(experiment: Experiment, data: Data, room: int) -> float:
    """Return the processor time of a training whose states may take so many bytes."""
    flight.BYTES = room
    with tempfile.TemporaryDirectory() as folder:
        began = process_time()
        for _ in train(experiment, data, Silence(), Path(folder)):
            pass
        return process_time() - began


def compare(experiment: Experiment, data_dir: Path, rounds: int) -> str:
    """Return seconds and ratios in words; who comes first changes, so that a drifting machine is fair to both."""
    data, room = experiment.dataset.load(data_dir), flight.BYTES
    seconds(experiment, data, room)
    pairs = []
    for number in range(rounds):
        rooms = [room, 0] if number % 2 else [0, room]
        took = {size: seconds(experiment, data, size) for size in rooms}
        pairs.append((took[room], took[0]))
    flight.BYTES = room
    ratios = sorted(kept / without for kept, without in pairs)
    kept, without = (min(each) for each in zip(*pairs, strict=True))
    return f"{kept:.3f} s / {without:.3f} s = {kept / without:.3f} (pairs {ratios[0]:.3f} to {ratios[-1]:.3f})"


def main() -> None:
    """Measure each net in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    experiments = [*read("toy-deep", ONE).alone, *read("mnist-mlp", [*ONE, *FULL]).alone]
    for experiment in experiments:
        print(f"{experiment.title}: {compare(experiment, chosen.data_dir, chosen.rounds)}", flush=True)


if __name__ == "__main__":
    main()
