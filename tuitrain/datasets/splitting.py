"""How samples are dealt out to splits, at random with a seed. It must not know any dataset."""

from itertools import pairwise
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from tuitrain.datasets.data import Split

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array


def deal(inputs: "Array", labels: "Array", sizes: tuple[int, ...], seed: tuple[int, ...]) -> list[Split | None]:
    """Return one split for each of the sizes, drawn without replacement from one random permutation.

    Samples keep their order within a split, what is left over is dropped, and a size of 0 gives None. A
    smaller last size takes a part of what a larger one takes. All in one split are the arrays as they are.
    """
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(labels))
    ends = np.cumsum((0, *sizes))
    parts = [np.sort(order[start:end]) for start, end in pairwise(ends)]
    return [_taken(inputs, labels, part) if len(part) else None for part in parts]


def _taken(inputs: "Array", labels: "Array", indices: "Array") -> Split:
    """Return the samples at these sorted indices."""
    if len(indices) == len(labels):
        return Split(inputs, labels)
    return Split(inputs[indices], labels[indices])


def impossible(sentence: str) -> PydanticCustomError:
    """Return the error for settings that are fine alone but not together; the sentence names the keys."""
    return PydanticCustomError("impossible", "{sentence}", {"sentence": sentence})
