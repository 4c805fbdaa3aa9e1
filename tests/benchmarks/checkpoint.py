"""What checkpoints cost: 784-250-100-10 on 50,000 images, saving as by default and not at all, in pairs.

    uv run python tests/benchmarks/checkpoint.py DATA_DIR [--rounds 5] [--epochs 3]

DATA_DIR holds MNIST/raw. Adam, batch 64, one thread. Prints, for each pair and as medians, the seconds that saving took
as a share of the training (measured around each save) and the ratio of the two trainings (which a busy machine blurs).
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from epoch import Silence

from tuitrain.datasets import Data
from tuitrain.engine.keeper import Keeper
from tuitrain.engine.state import State
from tuitrain.engine.train import train
from tuitrain.events import Event, Finished
from tuitrain.experiment import Experiment, read


class Took(NamedTuple):
    """Seconds of a training, seconds of all its saves, and how many saves there were."""

    training: float
    saving: float
    saves: int


@contextmanager
def saving(*, switched_on: bool) -> Iterator[list[float]]:
    """Return the seconds of each save from here on; switched off, there are none."""
    real, seconds = Keeper.save, list[float]()

    def save(keeper: Keeper, state: State, command: str | None = None) -> Iterator[Event]:
        began = perf_counter()
        events = list(real(keeper, state, command)) if switched_on else []
        seconds.append(perf_counter() - began)
        return iter(events)

    setattr(Keeper, "save", save)  # noqa: B010  measured where it is called: no other way lets mypy pass
    try:
        yield seconds
    finally:
        setattr(Keeper, "save", real)  # noqa: B010  as above


def trained(experiment: Experiment, data: Data, *, switched_on: bool) -> Took:
    """Return what a training took."""
    with tempfile.TemporaryDirectory() as folder, saving(switched_on=switched_on) as seconds:
        *_, finished = train(experiment, data, Silence(), Path(folder))
    assert isinstance(finished, Finished)
    return Took(finished.seconds, sum(seconds), len(seconds))


def main() -> None:
    """Measure in turn, so that a drifting machine is fair to both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    chosen = parser.parse_args()
    settings = ["source=full", "val_size=10000"]
    tables = [*(f"dataset.{setting}" for setting in settings), f"training.epochs={chosen.epochs}"]
    experiment = read("mnist-mlp", ["training.device=cpu", "training.threads=1", *tables])
    data = experiment.dataset.load(chosen.data_dir)
    shares, ratios = [], []
    for _ in range(chosen.rounds):
        off, on = (trained(experiment, data, switched_on=switched_on) for switched_on in (False, True))
        shares.append(on.saving / on.training)
        ratios.append(on.training / off.training)
        print(
            f"{on.saves} saves took {on.saving * 1e3:.0f} ms of {on.training:.2f} s: {shares[-1]:.2%}; "
            f"without any {off.training:.2f} s: ratio {ratios[-1]:.3f}"
        )
    print(f"share of saving {median(shares):.2%}, ratio to no saving {median(ratios):.3f}")


if __name__ == "__main__":
    main()
