"""A person's own arrays in an .npz file: images or vectors, and what is to be told from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tuitrain.datasets import cache
from tuitrain.datasets.answers import Answers, understood
from tuitrain.datasets.data import Data, Scaling, Split
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.members import Members
from tuitrain.datasets.own import Own, Seed, TestSize, ValSize, shown, thin_classes

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

_PARTS = ("train", "val", "test")
_COLOURS = (1, 3, 4)  # channels of a picture


class NPZ(Own):
    """Arrays of your own: an .npz file as numpy.savez writes it, with inputs x and labels y.

    x is [N, features], [N, rows, columns], [N, channels, rows, columns] or [N, rows, columns, channels]; y is [N]
    class numbers, texts or numbers to learn, or [N, targets]. Splits of the file's own are x_train, y_train, x_val,
    y_val, x_test and y_test.
    """

    kind: Literal["npz"] = "npz"
    path: str
    """The file; a relative path starts at the experiment file's folder."""
    x: str = "x"
    """The array of the inputs; where it is not there, x_train (and so on) is."""
    y: str = "y"
    """The array of the labels; where it is not there, y_train (and so on) is."""
    labels: str = "labels"
    """The array with the names of the classes or targets, in the order of their numbers; it may be missing."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """Whether classes or numbers are learned; "auto": classes where y is text or whole numbers of few values."""
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Literal["auto", "none", "unit", "standard"] = "auto"
    """"unit": pixels (uint8) from 0 to 1; "standard": mean 0, deviation 1; "auto": unit for pixels, else none."""
    seed: Seed = 0

    def load(self, data_dir: Path) -> Data:
        """Return the arrays; what is too large for memory is mapped, prepared in `data_dir` where it must be."""
        members = Members.open(self.source, data_dir)
        inputs, layout = self._inputs(members)
        answers = self._answers(members, inputs)
        splits = {part: Split(array, answers.labels[part]) for part, array in inputs.items()}
        whole, val, test = splits["train"], splits.get("val"), splits.get("test")
        sizes = self.portions(len(whole), val is None, test is None)
        dealt = (sizes[1], sizes[2], sizes[0])
        own_val, own_test, train = cache.deal(whole.inputs, whole.labels, dealt, (self.seed, 1), members.place)
        assert train is not None  # noqa: S101  portions() leaves at least one
        notes = [*layout, f"{self.y}: {answers.note}"]
        if answers.task == "classification":
            notes += thin_classes(answers.names, whole.labels, train.labels)
        scaled = answers.task == "regression" and self.normalize in ("auto", "standard")
        return Data(
            train,
            val or own_val,
            test or own_test,
            answers.names,
            self._scaling(train),
            answers.task,
            tuple(notes),
            Scaling.measured(train.labels) if scaled else Scaling(),
        )

    def _keys(self, members: Members, name: str, key: str) -> dict[str, str]:
        """Return the array's name in each split that has one, train first; raise Unavailable where that has none."""
        found = {part: f"{name}_{part}" for part in _PARTS if f"{name}_{part}" in members.names}
        if name in members.names or "train" not in found:
            members.need(name, key)
            found = {"train": name} | {part: other for part, other in found.items() if part != "train"}
        return found

    def _inputs(self, members: Members) -> "tuple[dict[str, Array], list[str]]":
        """Return the inputs of each split, channels first, and sentences on how they were understood."""
        found: dict[str, Array] = {}
        notes: list[str] = []
        for part, name in self._keys(members, self.x, "x").items():
            array, note = _arranged(members.numbers(name), f"{self.source}: array {shown(name)}")
            if found and array.shape[1:] != found["train"].shape[1:]:
                raise Unavailable(
                    f"{self.source}: samples of {shown(name)} are {_times(array.shape[1:])} and those to train on "
                    f"{_times(found['train'].shape[1:])}: all splits must be alike"
                )
            found[part] = array
            notes += [note] if note and note not in notes else []
        return found, notes

    def _answers(self, members: Members, inputs: "dict[str, Array]") -> Answers:
        """Return the labels of each split of inputs; raise Unavailable where they do not belong together."""
        keys = self._keys(members, self.y, "y")
        found: dict[str, Array] = {}
        for part, array in inputs.items():
            if part not in keys:
                raise Unavailable(
                    f"{self.source} has inputs {shown(f'{self.x}_{part}')} and no {self.y}_{part}: add it"
                )
            found[part] = _rows(members, keys[part])
            if len(found[part]) != len(array):
                raise Unavailable(
                    f"{self.source}: {shown(keys[part])} has {len(found[part]):,} labels and there are {len(array):,} "
                    f"inputs ({part}): their numbers must be the same"
                )
        if len(found["train"]) < 2:
            raise Unavailable(f"{self.source} has 1 sample to train on: at least 2 are needed")
        named = self.labels in members.names and self.labels not in (self.x, self.y)
        names = tuple(map(str, _rows(members, self.labels)[:, 0].tolist())) if named else ()
        return understood(found, names, self.task, f"{self.source}: array {shown(keys['train'])}")

    def _scaling(self, train: Split) -> Scaling:
        import numpy as np

        pixels = train.inputs.dtype == np.uint8
        if self.normalize == "standard":
            return Scaling.measured(train.inputs)
        if self.normalize == "unit" and not pixels:
            raise Unavailable(
                f'{self.source}: normalize = "unit" is for pixels of type uint8 and {shown(self.x)} is none: '
                'choose "standard" or "none"'
            )
        return Scaling((0.0,), (255.0,)) if pixels and self.normalize != "none" else Scaling()


def _rows(members: Members, name: str) -> "Array":
    """Return an array as texts or finite numbers [N, ...], all axes but the first in one."""
    import numpy as np

    kind = members.header(name).dtype.kind
    if kind not in "US":
        array = members.numbers(name) if kind == "f" else members.read(name)
        if kind not in "biuf" or not array.ndim:
            raise Unavailable(f"{members.path}: array {shown(name)} holds {array.dtype}: numbers or texts are needed")
    else:
        array = members.read(name)
        array = np.char.decode(array, "utf-8", "replace") if kind == "S" else array
    return array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)


def _arranged(array: "Array", where: str) -> "tuple[Array, str]":
    """Return inputs with channels first (large ones as a view) and a sentence where their axes had to be guessed."""
    import numpy as np

    if array.ndim not in (1, 2, 3, 4):
        raise Unavailable(f"{where} has {array.ndim} axes: 2 (features), 3 or 4 (images) can be learned from")
    if array.ndim == 1:
        return array[:, np.newaxis], ""
    if array.ndim == 2:
        return array, ""
    if array.ndim == 3:
        return array[:, np.newaxis], f"images with one channel of {_times(array.shape[1:])} pixels"
    if array.shape[3] in _COLOURS and array.shape[1] not in _COLOURS:
        turned = np.moveaxis(array, 3, 1)
        turned = turned if turned.nbytes > cache.LARGE else np.ascontiguousarray(turned)
        return turned, f"images with channels last ({_times(array.shape[1:])}), turned to {_times(turned.shape[1:])}"
    return array, f"images with channels first: {_times(array.shape[1:])}"


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
