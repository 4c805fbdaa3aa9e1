"""What is to be told from inputs, as arrays hold it: class numbers, texts, one of many, or numbers to learn.

It must not know files or inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tuitrain.datasets.columns import CLASSES
from tuitrain.datasets.data import Task
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.own import few, shown

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

FEW = 20  # different whole numbers up to which they are taken for classes

Wanted = Literal["auto", "classification", "regression"]


@dataclass(frozen=True, slots=True)
class Answers:
    """Class numbers [N] (int64) or targets [N, T] (float32) of each split, the names of both, and how that came."""

    labels: "Mapping[str, Array]"
    names: tuple[str, ...]
    task: Task
    note: str


def understood(arrays: "Mapping[str, Array]", names: tuple[str, ...], wanted: Wanted, where: str) -> Answers:
    """Return what arrays [N, T] of numbers or texts hold; raise Unavailable, naming `where` they are from.

    `names` are those of classes or targets, in the order of their numbers; none where they are not known.
    """
    import numpy as np

    every = np.concatenate(list(arrays.values()))
    one_of_many = wanted != "regression" and _one_of_many(every)
    task: Task = "classification" if one_of_many else _task(every, wanted, where)
    if task == "regression":
        return _targets(arrays, names, where)
    if one_of_many:
        arrays = {part: array.argmax(axis=1, keepdims=True) for part, array in arrays.items()}
        names = names or tuple(map(str, range(every.shape[1])))
    return _classes(arrays, names, wanted, where)


def _one_of_many(values: "Array") -> bool:
    """Tell whether each row [T] has a single 1 among zeros."""
    if values.shape[1] < 2 or values.dtype.kind == "U":
        return False
    return bool(((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all())


def _task(values: "Array", wanted: Wanted, where: str) -> Task:
    """Return what is learned; raise Unavailable where the values do not allow it."""
    import numpy as np

    text = values.dtype.kind == "U"
    if text and wanted == "regression":
        raise Unavailable(f"{where} holds text ({shown(str(values[0, 0]))}): regression needs numbers")
    if values.shape[1] > 1:
        if text or wanted == "classification":
            raise Unavailable(
                f"{where} has {values.shape[1]} values a sample: for classes one, or a single 1 among zeros"
            )
        return "regression"
    if wanted != "auto" or text or values.dtype.kind == "b":
        return "classification" if wanted == "auto" else wanted
    if values.dtype.kind == "f" and (values % 1 != 0).any():
        return "regression"
    different = len(np.unique(values))
    often = 2 * different <= len(values)
    enough = often or different <= FEW if values.dtype.kind in "iu" else often and different <= FEW
    return "classification" if enough and different <= CLASSES else "regression"


def _targets(arrays: "Mapping[str, Array]", names: tuple[str, ...], where: str) -> Answers:
    import numpy as np

    targets = arrays["train"].shape[1]
    if names and len(names) != targets:
        raise Unavailable(f"{where} has {targets} values a sample and {len(names)} names: there must be as many names")
    names = names or (tuple(f"y{number}" for number in range(1, targets + 1)) if targets > 1 else ("y",))
    labels = {part: array.astype(np.float32) for part, array in arrays.items()}
    return Answers(labels, names, "regression", f"regression of {few(names)}")


def _classes(arrays: "Mapping[str, Array]", names: tuple[str, ...], wanted: Wanted, where: str) -> Answers:
    """Return class numbers in the order of the values, or by the names where numbers have some."""
    import numpy as np

    values = np.unique(np.concatenate(list(arrays.values())))
    _refuse(values, arrays["train"], where)
    text = values.dtype.kind == "U"
    if names and not text:
        if values[0] < 0 or values[-1] >= len(names) or (values % 1 != 0).any():
            raise Unavailable(
                f"{where} goes from {values[0]} to {values[-1]} and there are {len(names)} names of classes: "
                f"numbers must be 0 to {len(names) - 1}"
            )
        values = np.arange(len(names))
    labels = {part: np.searchsorted(values, array[:, 0]).astype(np.int64) for part, array in arrays.items()}
    spelt = tuple(names) if names and not text else tuple(map(_spelt, values.tolist()))
    why = " (text)" if text else ' (whole numbers; task = "regression" learns numbers)'
    why = why if wanted == "auto" else ""
    return Answers(labels, spelt, "classification", f"classification, {len(spelt)} classes{why}")


def _refuse(values: "Array", train: "Array", where: str) -> None:
    """Raise Unavailable where these different values are no classes to tell apart."""
    if (train == train[0]).all():
        raise Unavailable(
            f"{where} has one class only to train on ({shown(_spelt(train[0, 0].item()))}): at least two are needed"
        )
    if len(values) > CLASSES:
        raise Unavailable(f"{where} has {len(values):,} different values, too many for classes: at most {CLASSES:,}")


def _spelt(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
