"""Make the data samples that come with tuitrain from the full sets: the same bytes each time.

    uv run python assets/make_samples.py FOLDER

FOLDER is a data directory as torchvision lays it out: FOLDER/MNIST/raw and FOLDER/FashionMNIST/raw hold the IDX
files, which are downloaded where they are missing. A sample takes the first 10,000 training images and 2,000
test images drawn at random with a fixed seed, all in their order. Labels are stored as bytes. The pixels of
FashionMNIST are rounded to 26 greys: exact ones would take 5.2 MB, and these take 3.0.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuitrain.datasets import idx
from tuitrain.datasets.images import MNIST, SAMPLE, FashionMNIST

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SAMPLES = Path(__file__).resolve().parent / "samples"
SEED = 0
GREYS = {"mnist": 256, "fashion": 26}  # how many values a pixel may have, evenly spaced from 0 to 255


def picked(part: str) -> "Array":
    """Return the sorted indices of the images that the sample takes of a part."""
    if part == "train":
        return np.arange(SAMPLE[part])
    return np.sort(np.random.default_rng(SEED).permutation(idx.SIZES[part])[: SAMPLE[part]])


def rounded(images: "Array", greys: int) -> "Array":
    """Return the pixels, uint8, each at the nearest of so many values."""
    step = 255 / (greys - 1)
    return np.round(np.round(images / step) * step).astype(np.uint8)


def sample(data_dir: Path, name: str, greys: int) -> dict[str, Any]:
    """Return the arrays of a sample by name: images [N, 28, 28] and labels [N] of each part, all uint8."""
    arrays: dict[str, Any] = {}
    for part in SAMPLE:
        images, labels = idx.read(data_dir, name, part, "unpack it there")
        indices = picked(part)
        arrays[f"{part}_images"] = rounded(images[indices, 0], greys)
        arrays[f"{part}_labels"] = labels[indices].astype(np.uint8)
    return arrays


def main() -> None:
    """Write the samples from the folder given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="data directory with the full sets")
    parser.add_argument(
        "--to", type=Path, default=SAMPLES, metavar="FOLDER", help="where to write (default: %(default)s)"
    )
    arguments = parser.parse_args()
    for name, entry in (("mnist", MNIST), ("fashion", FashionMNIST)):
        target = arguments.to / f"{name}.npz"
        np.savez_compressed(target, **sample(arguments.folder, entry.folder, GREYS[name]))
        print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
