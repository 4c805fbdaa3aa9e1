"""CIFAR-10 and CIFAR-100: torchvision downloads them, and they are prepared once as memory-mapped arrays.

It must not know splits or scaling.
"""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.imageset import ImageSet

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SIZES = {"train": 50_000, "test": 10_000}
_IMAGE = (3, 32, 32)
_FINE = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
    flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
    motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate
    poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
    wardrobe whale willow_tree wolf woman worm
"""  # the names of CIFAR-100 in the order of their numbers, which is alphabetical


class CIFAR(ImageSet):
    """Colour images of 32 x 32 pixels, 50,000 to train and 10,000 to test on, as many of each class."""

    folder: ClassVar[str]
    """The name of the torchvision class, and of the folder below the data directory for the prepared arrays."""
    archive: ClassVar[str]
    """The file that is downloaded."""
    batches: ClassVar[str]
    """The folder in it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Red, green and blue, 32 rows, 32 columns."""
        return _IMAGE

    @property
    def available(self) -> tuple[int, int]:
        """How many images the two files have."""
        return SIZES["train"], SIZES["test"]

    @property
    def fewest(self) -> tuple[int, int]:
        """How many images of the rarest class the two files have: all classes have as many."""
        return SIZES["train"] // len(self.labels), SIZES["test"] // len(self.labels)

    def read(self, data_dir: Path) -> "tuple[tuple[Array, Array], ...]":
        """Return both files, memory-mapped; prepared, and downloaded before, where they are not in `data_dir`."""
        if any(not path.is_file() for path in self._paths(data_dir)):
            self._prepare(data_dir)
        arrays = [self._array(path) for path in self._paths(data_dir)]
        return (arrays[0], arrays[1]), (arrays[2], arrays[3])

    def _paths(self, data_dir: Path) -> list[Path]:
        """Return where the prepared arrays lie: images and labels to train on, images and labels to test on."""
        return [data_dir / self.folder / f"{part}_{what}.npy" for part in SIZES for what in ("images", "labels")]

    def _array(self, path: Path) -> "Array":
        """Return one of the prepared arrays; raise Unavailable where it is not what it should be."""
        import numpy as np

        part, what = path.stem.split("_")
        expected = ((SIZES[part], *_IMAGE), "uint8") if what == "images" else ((SIZES[part],), "int64")
        try:
            array = np.load(path, mmap_mode="r")
        except (OSError, EOFError, ValueError) as error:
            raise Unavailable(f"{path} cannot be read ({error}). Delete it to have it prepared again.") from error
        if (array.shape, array.dtype.name) != expected:
            raise Unavailable(
                f"{path} is damaged or another dataset: {array.dtype.name} {list(array.shape)} instead of "
                f"{expected[1]} {list(expected[0])}. Delete it to have it prepared again."
            )
        # Class numbers are small enough for memory; images stay on the disk.
        return array if what == "images" else np.array(array)

    def _prepare(self, data_dir: Path) -> None:
        """Put the arrays that are missing into their folder, whole or not at all."""
        from tuitrain.datasets.download import TROUBLE, fetch, settle  # 12 ms that the screen need not pay

        home = data_dir / self.folder
        try:
            home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=home, prefix=".download-") as aside:
                by_hand = (data_dir / self.batches).is_dir()
                if not by_hand and (data_dir / self.archive).is_file():
                    shutil.copyfile(data_dir / self.archive, Path(aside, self.archive))
                root = data_dir if by_hand else Path(aside)
                for part in SIZES:
                    _save(fetch(root, self.folder, download=not by_hand, train=part == "train"), part, Path(aside))
                for path in self._paths(data_dir):
                    settle(Path(aside, path.name), path)
        except TROUBLE as error:
            reason = " ".join(str(error).split())
            raise Unavailable(
                f"{self.folder} is not in {home} and could not be downloaded or prepared. Put {self.archive} into "
                f"{data_dir} by hand, or the folder {self.batches} that is in it, whole; or choose another dataset. "
                f"The reason: {reason}"
            ) from error


class CIFAR10(CIFAR):
    """Animals and vehicles in ten classes, 32 x 32 colour pixels: 50,000 + 10,000, downloaded once (170 MB).

    Krizhevsky, Learning multiple layers of features from tiny images, 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
    """

    folder = "CIFAR10"
    archive = "cifar-10-python.tar.gz"
    batches = "cifar-10-batches-py"

    kind: Literal["cifar10"] = "cifar10"

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes."""
        return ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class CIFAR100(CIFAR):
    """Animals, plants and things in 100 classes, 32 x 32 colour pixels: 50,000 + 10,000, downloaded once (169 MB).

    Krizhevsky, Learning multiple layers of features from tiny images, 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
    """

    folder = "CIFAR100"
    archive = "cifar-100-python.tar.gz"
    batches = "cifar-100-python"

    kind: Literal["cifar100"] = "cifar100"

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the fine classes."""
        return tuple(_FINE.split())


def _save(dataset: Any, part: str, folder: Path) -> None:
    """Write images [N, 3, 32, 32] (uint8) and labels [N] (int64) of torchvision's dataset into the folder."""
    import numpy as np

    np.save(folder / f"{part}_images.npy", np.ascontiguousarray(dataset.data.transpose(0, 3, 1, 2)))
    np.save(folder / f"{part}_labels.npy", np.array(dataset.targets, np.int64))
