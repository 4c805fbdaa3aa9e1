"""What datasets of a person's own files share: where they lie, how they are split, how names are told.

It must not know any format.
"""

import os
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from tuitrain.datasets.dataset import Dataset, Unavailable
from tuitrain.datasets.splitting import impossible
from tuitrain.settings import Size, count

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

_LONG = 40  # characters of a name or value that are shown

Seed = Annotated[int, Field(ge=0, description="Random seed of which samples each split gets.")]
ValSize = Annotated[
    Size,
    Field(
        description="Samples held out for validation where the files hold none: a count, a fraction of all, or 0: none."
    ),
]
TestSize = Annotated[
    Size,
    Field(
        description="Samples held out for testing where the files hold none: a count, a fraction of all, or 0: none."
    ),
]


class Own(Dataset):
    """A person's own files: what they hold is known once they are read."""

    # Each dataset declares these among its own fields, in the order in which forms and files show them.
    if TYPE_CHECKING:
        path: str
        val_size: ValSize
        test_size: TestSize
        seed: Seed

    @property
    def name(self) -> str:
        """The name of the file or folder."""
        return self.source.stem or self.kind

    @property
    def facts(self) -> None:
        """Unknown: the files must be read first."""
        return

    @property
    def source(self) -> Path:
        """Where the files lie."""
        return home(self.path)

    @model_validator(mode="after")
    def _names_files(self) -> Self:
        """Refuse a path that is empty and sizes that leave nothing to train on, whatever the files hold."""
        if not self.path.strip():
            raise impossible("path is empty: it must name what to read, such as data/measurements.csv")
        if "all" in (self.val_size, self.test_size):
            raise impossible(
                'val_size and test_size must be a count, a fraction or 0: "all" leaves nothing to train on'
            )
        fractions = [size for size in (self.val_size, self.test_size) if isinstance(size, float)]
        if sum(fractions) >= 1:
            raise impossible(
                f"val_size ({self.val_size}) and test_size ({self.test_size}) leave nothing to train on: "
                "together they must be less than 1"
            )
        return self

    def portions(self, samples: int, val: bool, test: bool) -> tuple[int, int, int]:
        """Return how many of the samples train, validation and test get; raise Unavailable where none are left.

        `val` and `test` tell which of these two are dealt out at all: files may bring their own.
        """
        held = count(self.val_size, samples) if val else 0, count(self.test_size, samples) if test else 0
        if samples - sum(held) < 1:
            raise Unavailable(
                f"{self.source}: val_size ({held[0]:,} samples) and test_size ({held[1]:,} samples) leave nothing "
                f"to train on: together they must be fewer than the {samples:,} samples there are"
            )
        return samples - sum(held), *held


def home(path: str) -> Path:
    """Return the path with a person's own folder in the place of ~; a ~ that is nobody's stays as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  pathlib's raises RuntimeError where nobody has this name


def shown(text: str) -> str:
    """Return a value from a file in quotes, shortened where it is long."""
    return f'"{text}"' if len(text) <= _LONG else f'"{text[:_LONG]}..."'


def legible(name: str) -> str:
    """Return a file name that can be painted: bytes that are no UTF-8 become question marks in a diamond."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def few(names: Iterable[object], most: int = 8) -> str:
    """Return the first names, and how many more there are.

    >>> few("abcd", most=2)
    'a, b and 2 more'
    """
    every = [str(name) for name in names]
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most:,} more"


def thin_classes(labels: tuple[str, ...], classes: "Array", train: "Array") -> list[str]:
    """Return sentences on classes with a single sample, and on those of which training sees none.

    `classes` are the class numbers of all samples and `train` those of the training split, each [N].
    """
    import numpy as np

    counts, seen = (np.bincount(each, minlength=len(labels)) for each in (classes, train))
    single = [label for label, times in zip(labels, counts, strict=True) if times == 1]
    unseen = [label for label, times in zip(labels, seen, strict=True) if not times]
    notes = [f"a single sample: class {few(single)}"] if single else []
    return notes + ([f"no sample in the training split: class {few(unseen)}"] if unseen else [])


def ahead(sample: tuple[int, ...], size: int) -> int:
    """Return how many samples of this shape, with entries of so many bytes, are handled at once: 64 MB of them."""
    return max(1, 2**26 // max(1, prod(sample) * size))
