"""A person's own images, in folders named after their classes: decoded once, then memory-mapped."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets import cache, tree
from tuitrain.datasets.data import Augmentation, Data, Scaling, Split
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.own import Own, Seed, TestSize, ValSize, few, legible, thin_classes
from tuitrain.datasets.pixels import ENDINGS, Colour, decoded
from tuitrain.datasets.splitting import impossible
from tuitrain.datasets.tree import Entry, Part, Tree

_BRIGHTEST = 255.0  # of a uint8 pixel: what a mean of 1 stands for


class Folder(Own):
    """Images of your own, in a folder for each class, or in train, val and test folders with those in them.

    Each image is squeezed to a square; what is transparent becomes white, and of what moves the first frame counts.
    """

    kind: Literal["folder"] = "folder"
    path: str
    """The folder with the class folders; a relative path starts at the experiment file's folder."""
    size: Annotated[int, Field(ge=1, le=4096)] = 32
    """Rows and columns that each image is brought to, in pixels."""
    colour: Colour = "rgb"
    """"rgb": three channels; "grey": one."""
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Literal["none", "unit", "standard", "given"] = "unit"
    """"none": 0 to 255; "unit": 0 to 1; "standard": mean 0, deviation 1 on training images; "given": by mean, std."""
    mean: list[Annotated[float, Field(ge=0, le=1)]] = []  # noqa: RUF012  pydantic copies defaults
    """For normalize = "given": mean of the pixels from 0 to 1, one number or one a channel."""
    std: list[Annotated[float, Field(gt=0, le=1)]] = []  # noqa: RUF012  as above
    """For normalize = "given": deviation of the pixels from 0 to 1, one number or one a channel."""
    crop: Annotated[int, Field(ge=0)] = 0
    """Training images: pad each side by so many pixels, mirrored, and crop at random; an eighth of size is usual."""
    flip: bool = False
    """Training images: mirror every other one left to right; for things, not for digits or letters."""
    rotate: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Training images: turn by up to so many degrees either way."""
    noise: Annotated[float, Field(ge=0)] = 0.0
    """Training images: deviation of the Gaussian noise added to scaled pixels; 0.1 is gentle."""
    test_rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Measure also on test images turned by up to so many degrees, e.g. 25: how far does accuracy fall? 0: do not."""
    seed: Seed = 0

    @property
    def channels(self) -> int:
        """How many channels an image has."""
        return 3 if self.colour == "rgb" else 1

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        """Refuse padding that no image can be mirrored into, and means and deviations that do not belong."""
        if self.crop >= self.size:
            raise impossible(f"crop ({self.crop}) must be less than size ({self.size}): padding mirrors the image")
        given = self.normalize == "given"
        for name, values in (("mean", self.mean), ("std", self.std)):
            if given and len(values) not in (1, self.channels):
                raise impossible(
                    f'{name} must have one number or one for each channel ({self.channels}) with normalize = "given"; '
                    f"it has {len(values)}"
                )
            if values and not given:
                raise impossible(f'{name} holds with normalize = "given" only; normalize is "{self.normalize}"')
        return self

    def load(self, data_dir: Path) -> Data:
        """Return the images, decoded once into `data_dir` and memory-mapped from then on; raise Unavailable."""
        if not self.source.is_dir():
            problem = "is a file: path must name a folder" if self.source.exists() else "no such folder; it must exist"
            raise Unavailable(f"{self.source}: {problem} and have a folder for each class")
        found = tree.look(self.source, ENDINGS)
        place = self._place(data_dir, found)
        folder = place.prepare(lambda aside: _prepare(self, found, aside))
        return self._data(found, folder, place)

    def _place(self, data_dir: Path, found: Tree) -> cache.Place:
        """Return where the decoded images lie; another file, size or time of change is another content."""
        key = cache.digest(str(self.source.absolute()), self.size, self.colour)
        name = f"folder-{self.source.absolute().name[:40]}-{self.size}-{self.colour}-{key}"
        return cache.Place(data_dir, name, cache.digest(found.classes, sorted(found.parts.items())))

    def _data(self, found: Tree, folder: Path, place: cache.Place) -> Data:
        parts = {part: _part(found, entries, folder, part) for part, entries in found.parts.items()}
        whole, val, test = parts["train"].split, parts.get("val"), parts.get("test")
        sizes = self.portions(len(whole), val is None, test is None)
        own_val, own_test, train = cache.deal(
            whole.inputs, whole.labels, (sizes[1], sizes[2], sizes[0]), (self.seed, 1), place
        )
        assert train is not None  # noqa: S101  portions() leaves at least one
        tests = test.split if test else own_test
        labels = tuple(map(legible, found.classes))
        notes = [*_skipped(found, parts), *thin_classes(labels, whole.labels, train.labels)]
        if self.test_rotation and not tests:
            notes.append("test_rotation changes nothing: there is no test split (see test_size)")
        return Data(
            train,
            val.split if val else own_val,
            tests,
            labels,
            self._scaling(train),
            notes=tuple(notes),
            augmentation=Augmentation(self.crop, self.flip, self.rotate, self.noise),
            test_rotation=self.test_rotation,
        )

    def _scaling(self, train: Split) -> Scaling:
        if self.normalize == "standard":
            return Scaling.measured(train.inputs)
        if self.normalize == "given":
            mean, std = ([_BRIGHTEST * value for value in values] for values in (self.mean, self.std))
            return Scaling(*(tuple(values * (self.channels // len(values))) for values in (mean, std)))
        return Scaling() if self.normalize == "none" else Scaling((0.0,), (_BRIGHTEST,))


@dataclass(frozen=True, slots=True)
class _Part:
    """The images of a split that has a folder, and the files that could not be read."""

    split: Split
    unreadable: list[str]


def _prepare(settings: Folder, found: Tree, aside: Path) -> None:
    """Write `train.npy` and the like, and which file became which image; raise Unavailable for an empty class."""
    for part, entries in found.parts.items():
        _refuse_empty(settings, found, part, range(len(entries)))  # before the hours that many images take
    for part, entries in found.parts.items():
        places = _decode(settings, entries, aside / f"{part}.npy")
        _refuse_empty(settings, found, part, places)


def _decode(settings: Folder, entries: list[Entry], path: Path) -> list[int]:
    """Write the images [N, channels, size, size] of those files that can be read; return which they are [N]."""
    import numpy as np

    places: list[int] = []
    paths = [settings.source / entry.path for entry in entries]
    with cache.Growing(path, (settings.channels, settings.size, settings.size)) as out:
        for place, image in enumerate(decoded(paths, settings.size, settings.colour)):
            if not isinstance(image, str):
                out.append(image)
                places.append(place)
    np.save(path.with_name(f"{path.stem}_files.npy"), np.array(places, np.int64))
    return places


def _refuse_empty(settings: Folder, found: Tree, part: Part, places: Iterable[int]) -> None:
    """Raise Unavailable where a class has no image to train on, or a split none at all."""
    full = {found.parts[part][place].label for place in places}
    if part != "train":
        if not full:
            raise Unavailable(
                f"{settings.source}: the {part} folder has no readable image in its class folders: "
                "remove it or add images"
            )
        return
    empty = [name for label, name in enumerate(found.classes) if label not in full]
    if empty:
        raise Unavailable(
            f"{settings.source}: class {few(map(legible, empty), 3)} has no readable image to train on: "
            f"remove the folder or add images ({', '.join(sorted(ENDINGS)[:4])}, ...)"
        )


def _part(found: Tree, entries: list[Entry], folder: Path, part: Part) -> _Part:
    """Return the prepared images of a split with a folder, and the names of the files left out."""
    import numpy as np

    places = cache.load(folder / f"{part}_files.npy")
    labels = np.array([entry.label for entry in entries], np.int64)[places]
    readable = set(places.tolist())
    unreadable = [entry.path for place, entry in enumerate(entries) if place not in readable]
    return _Part(Split(cache.load(folder / f"{part}.npy"), labels), unreadable)


def _skipped(found: Tree, parts: dict[Part, _Part]) -> list[str]:
    """Return sentences on files that were left out."""
    unreadable = [legible(name) for part in parts.values() for name in part.unreadable]
    notes = []
    if unreadable:
        every = sum(map(len, found.parts.values()))
        notes.append(f"{len(unreadable):,} of {every:,} images cannot be read and are left out: {few(unreadable, 3)}")
    if found.others:
        notes.append(f"left out, as no image of a class: {few(map(legible, found.others), 3)}")
    return notes
