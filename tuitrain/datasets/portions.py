"""How many samples of a file to train on and of a file to test on each split gets, and which. No pixels here."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets.data import Split
from tuitrain.datasets.dataset import Known, Unavailable
from tuitrain.datasets.splitting import by_class, cut, impossible, shuffled
from tuitrain.settings import Size, count

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

_VAL_SIZE = 0.2
_NAMES = ("training", "test")  # of the two files, in their order


class Portions(Known):
    """Images in two files, one to train on and one to test on, of which the splits get their portions."""

    train_size: Size = "all"
    """Images to train on, of those that validation leaves: a count, a fraction, or "all"."""
    val_size: Size = _VAL_SIZE
    """Images held out for validation, of the file `val_from` names: a count or a fraction; 0: no validation split."""
    test_size: Size = "all"
    """Test images to take: a count, a fraction, or "all" that are left; 0: no test split."""
    per_class: Annotated[int, Field(ge=0)] = 0
    """This many training images of each class, and as many for validation; 0: as train_size and val_size say."""
    val_from: Literal["train", "test"] = "train"
    """Which images validation is taken from; with "test" the test split is what is left of the test images."""
    order: Literal["random", "first"] = "random"
    """"random": drawn with the seed; "first": in file order, those to train on before those to validate on."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Random seed of which images each split gets."""

    @property
    @abstractmethod
    def available(self) -> tuple[int, int]:
        """How many images the two files have: to train on, to test on."""

    @property
    @abstractmethod
    def fewest(self) -> tuple[int, int]:
        """How many images of the rarest class the two files have."""

    @property
    def origin(self) -> str:
        """What the images are taken from, as it is called in sentences."""
        return f'kind = "{self.kind}"'

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many images train, validation and test will have."""
        train, test = (max(size, 0) for size in self._left)
        each = self.per_class * len(self.labels)
        return each or count(self.train_size, train), self._val_size, count(self.test_size, test)

    @property
    def _val_file(self) -> int:
        """Which of the two files validation is taken from: 0 or 1."""
        return ("train", "test").index(self.val_from)

    @property
    def _val_size(self) -> int:
        """How many images validation will have."""
        if self.per_class and self.val_size:
            return self.per_class * len(self.labels)
        return count(self.val_size, self.available[self._val_file])

    @property
    def _left(self) -> tuple[int, int]:
        """How many images of the two files validation leaves; negative where it asks for too many."""
        train, test = self.available
        return (train - self._val_size, test) if self._val_file == 0 else (train, test - self._val_size)

    @property
    def _balanced(self) -> tuple[int, int]:
        """How many splits of the two files get `per_class` images of each class."""
        if not self.per_class:
            return 0, 0
        val = int(self._val_size > 0)
        return (1 + val, 0) if self._val_file == 0 else (1, val)

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        """Refuse sizes beside `per_class`, which says them."""
        if self.per_class and (self.train_size != "all" or self.val_size not in (0, _VAL_SIZE)):
            raise impossible(
                f"per_class ({self.per_class:,}) says how many images to train and to validate on: leave train_size "
                f'at "all" and val_size at {_VAL_SIZE} (or at 0 for no validation split), or set per_class to 0'
            )
        return self

    @model_validator(mode="after")
    def _enough_of_each_class(self) -> Self:
        """Refuse more images of a class than its files have."""
        for name, splits, fewest in zip(_NAMES, self._balanced, self.fewest, strict=True):
            if splits * self.per_class > fewest:
                shared = ", to train and to validate on" if splits > 1 else ""
                raise impossible(
                    f"per_class ({self.per_class:,}) must be at most {fewest // splits:,}: of one class "
                    f"{self.origin} has only {fewest:,} {name} images{shared}"
                )
        return self

    @model_validator(mode="after")
    def _enough_images(self) -> Self:
        """Refuse sizes that the files cannot give."""
        (train, val, test), left = self.sizes, self._left
        have = "{} has {:,} training and {:,} test images".format(self.origin, *self.available)
        leaves = [f"the {size:,} that val_size ({val:,}) leaves" for size in left]
        if left[0] < 1:
            raise impossible(f"val_size ({val:,} images) leaves nothing to train on: {have}")
        if not 0 < train <= left[0]:
            raise impossible(f"train_size ({train:,} images) must be at least 1 and at most {leaves[0]}: {have}")
        if left[1] < 0:
            raise impossible(f'val_size ({val:,} images of val_from = "test") is more than there are: {have}')
        if test > left[1]:
            beyond = leaves[1] if self._val_file else "there are"
            raise impossible(f"test_size ({test:,} images) is more than {beyond}: {have}")
        return self

    def portions(self, files: "tuple[tuple[Array, Array], ...]") -> "dict[str, Split | None]":
        """Return the splits "train", "val" and "test" of images and labels of the two files; raise Unavailable."""
        sizes = dict(zip(("train", "val", "test"), self.sizes, strict=True))
        # What is drawn first stays the same when the other grows: validation, but for images in their order.
        both = ("train", "val") if self.order == "first" else ("val", "train")
        shares = (both, ("test",)) if self._val_file == 0 else (("train",), ("val", "test"))
        splits: dict[str, Split | None] = {}
        for file, (names, (images, labels)) in enumerate(zip(shares, files, strict=True)):
            parts = cut(images, labels, tuple(sizes[name] for name in names), self._order(labels, file))
            splits |= zip(names, parts, strict=True)
        return splits

    def _order(self, labels: "Array", file: int) -> "Array":
        """Return the order in which the images of a file are taken, those by class in blocks at its start."""
        import numpy as np

        order = np.arange(len(labels)) if self.order == "first" else shuffled(len(labels), (self.seed, file + 1))
        blocks = self._balanced[file]
        if not blocks:
            return order
        fewest = int(np.bincount(labels, minlength=len(self.labels)).min())
        if fewest < blocks * self.per_class:
            raise Unavailable(
                f"per_class ({self.per_class:,}) asks for {blocks * self.per_class:,} {_NAMES[file]} images of each "
                f"class; the files of {self.origin} have only {fewest:,} of one. Set {fewest // blocks:,} or less."
            )
        return by_class(labels, order, self.per_class, blocks)
