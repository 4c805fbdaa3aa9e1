"""How samples are dealt out to splits: at random, in their order, by class. It must not know any dataset."""

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
    return cut(inputs, labels, sizes, shuffled(len(labels), seed))


def shuffled(samples: int, seed: tuple[int, ...]) -> "Array":
    """Return a random order [samples] of sample numbers, the same for the same seed."""
    import numpy as np

    return np.random.default_rng(seed).permutation(samples)


def cut(inputs: "Array", labels: "Array", sizes: tuple[int, ...], order: "Array") -> list[Split | None]:
    """Return one split for each of the sizes, one after another along an order of sample numbers.

    Within a split samples keep the order of the arrays; neighbours are a view of them, so that what is
    memory-mapped stays so. A size of 0 gives None.
    """
    import numpy as np

    ends = np.cumsum((0, *sizes))
    parts = [np.sort(order[start:end]) for start, end in pairwise(ends)]
    return [_taken(inputs, labels, part) if len(part) else None for part in parts]


def by_class(labels: "Array", order: "Array", each: int, blocks: int) -> "Array":
    """Return the order with blocks at its start that hold `each` samples of every class, else unchanged.

    Labels [N] are class numbers; every class has to have `each` * `blocks` samples.
    """
    import numpy as np

    grouped = np.argsort(labels[order], kind="stable")
    counts = np.bincount(labels)
    rank = np.empty_like(order)  # of each place in the order: how many of its class come before it
    rank[grouped] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[np.argsort(np.minimum(rank // each, blocks), kind="stable")]


def _taken(inputs: "Array", labels: "Array", indices: "Array") -> Split:
    """Return the samples at these sorted indices."""
    first, last = int(indices[0]), int(indices[-1])
    if last - first + 1 == len(indices):
        return Split(inputs[first : last + 1], labels[first : last + 1])
    return Split(inputs[indices], labels[indices])


def impossible(sentence: str) -> PydanticCustomError:
    """Return the error for settings that are fine alone but not together; the sentence names the keys."""
    return PydanticCustomError("impossible", "{sentence}", {"sentence": sentence})
