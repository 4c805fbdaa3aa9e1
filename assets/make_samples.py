"""Make the data samples that come with tuitrain from the full sets: the same bytes each time.

    uv run python assets/make_samples.py FOLDER

FOLDER is a data directory as torchvision lays it out: FOLDER/MNIST/raw holds the IDX files, which are
downloaded where they are missing. Of MNIST the sample takes the first 10,000 training images and 2,000 test
images drawn at random with a fixed seed, all in their order. Labels are stored as bytes.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuitrain.datasets import idx
from tuitrain.datasets.images import SAMPLE

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SAMPLES = Path(__file__).resolve().parent / "samples"
SEED = 0


def picked(part: str) -> "Array":
    """Return the sorted indices of the images that the sample takes of a part."""
    if part == "train":
        return np.arange(SAMPLE[part])
    return np.sort(np.random.default_rng(SEED).permutation(idx.SIZES[part])[: SAMPLE[part]])


def sample(data_dir: Path, name: str) -> dict[str, Any]:
    """Return the arrays of a sample by name: images [N, 28, 28] and labels [N] of each part, all uint8."""
    arrays: dict[str, Any] = {}
    for part in SAMPLE:
        images, labels = idx.read(data_dir, name, part, "unpack it there")
        indices = picked(part)
        arrays[f"{part}_images"] = images[indices, 0]
        arrays[f"{part}_labels"] = labels[indices].astype(np.uint8)
    return arrays


def main() -> None:
    """Write the samples from the folder given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="data directory that holds MNIST/raw")
    parser.add_argument(
        "--to", type=Path, default=SAMPLES, metavar="FOLDER", help="where to write (default: %(default)s)"
    )
    arguments = parser.parse_args()
    target = arguments.to / "mnist.npz"
    np.savez_compressed(target, **sample(arguments.folder, "MNIST"))
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
