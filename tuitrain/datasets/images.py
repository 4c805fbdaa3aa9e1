"""The image sets of 28 x 28 grey pixels in MNIST's format, and the samples of them that come with tuitrain."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from tuitrain import assets
from tuitrain.datasets import idx
from tuitrain.datasets.dataset import Known, Unavailable
from tuitrain.datasets.imageset import ImageSet

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SAMPLE = {"train": 10_000, "t10k": 2_000}  # images of an embedded sample, made by assets/make_samples.py


class Grey(ImageSet):
    """Grey images of 28 x 28 pixels in ten classes, 60,000 to train and 10,000 to test on."""

    folder: ClassVar[str]
    """The name of the torchvision class, and of the folder below the data directory."""

    @property
    def shape(self) -> tuple[int, ...]:
        """One grey channel, 28 rows, 28 columns."""
        return (1, 28, 28)

    @property
    def available(self) -> tuple[int, int]:
        """How many images the two files have."""
        return idx.SIZES["train"], idx.SIZES["t10k"]

    @property
    def fewest(self) -> tuple[int, int]:
        """How many images of the rarest class the two files have: all classes have as many."""
        train, test = self.available
        return train // len(self.labels), test // len(self.labels)

    @property
    def way_out(self) -> str:
        """What else to do where the full set cannot be had, as the end of a sentence."""
        return "choose another dataset"

    def read(self, data_dir: Path) -> "tuple[tuple[Array, Array], ...]":
        """Return the full set, read from `data_dir`/FOLDER/raw or downloaded into it."""
        return tuple(idx.read(data_dir, self.folder, part, self.way_out) for part in idx.SIZES)


class Sampled(Known):
    """An image set of which a sample comes with tuitrain. A base of its own, so that `source` is the first field."""

    source: Literal["sample", "full"] = "sample"
    """Which images: those in the package, or all."""


class SampledGrey(Grey, Sampled):
    """A set of grey images of which 10,000 + 2,000 come with tuitrain."""

    sample: ClassVar[str]
    """The name of the asset."""
    rarest: ClassVar[dict[str, tuple[int, int]]]
    """How many images of the rarest class the two files have, by source."""

    @property
    def available(self) -> tuple[int, int]:
        """How many images the two files of the source have."""
        return super().available if self.source == "full" else (SAMPLE["train"], SAMPLE["t10k"])

    @property
    def fewest(self) -> tuple[int, int]:
        """How many images of the rarest class the two files of the source have."""
        return self.rarest[self.source]

    @property
    def origin(self) -> str:
        """The source."""
        return f'source = "{self.source}"'

    @property
    def way_out(self) -> str:
        """The sample is the way out."""
        return 'set source = "sample", which needs no download'

    def read(self, data_dir: Path) -> "tuple[tuple[Array, Array], ...]":
        """Return the sample, or the full set, read from `data_dir`/FOLDER/raw or downloaded into it."""
        return super().read(data_dir) if self.source == "full" else _sample(self.sample)


class MNIST(SampledGrey):
    """Handwritten digits, 28 x 28 grey pixels.

    LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist: 60,000 training and 10,000 test images.
    """

    folder = "MNIST"
    sample = "samples/mnist.npz"
    rarest: ClassVar = {"sample": (863, 168), "full": (5_421, 892)}

    kind: Literal["mnist"] = "mnist"
    source: Literal["sample", "full"] = "sample"
    """"sample": the 10,000 + 2,000 in the package; "full": 60,000 + 10,000, downloaded once (11 MB)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The digits."""
        return tuple("0123456789")


class FashionMNIST(SampledGrey):
    """Pieces of clothing, 28 x 28 grey pixels: like MNIST, and harder.

    Xiao, Rasul and Vollgraf, https://github.com/zalandoresearch/fashion-mnist: 60,000 training and 10,000 test images.
    """

    folder = "FashionMNIST"
    sample = "samples/fashion.npz"
    rarest: ClassVar = {"sample": (967, 174), "full": (6_000, 1_000)}

    kind: Literal["fashion"] = "fashion"
    source: Literal["sample", "full"] = "sample"
    """"sample": the 10,000 + 2,000 in the package, in 26 greys; "full": 60,000 + 10,000, downloaded once (31 MB)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The pieces of clothing, as the authors name them."""
        shirts = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
        return (*shirts, "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


class KMNIST(Grey):
    """Ten characters of cursive Japanese, 28 x 28 grey pixels: 60,000 + 10,000, downloaded once (21 MB).

    Clanuwat et al., Deep learning for classical Japanese literature, 2018, http://codh.rois.ac.jp/kmnist.
    """

    folder = "KMNIST"

    kind: Literal["kmnist"] = "kmnist"

    @property
    def labels(self) -> tuple[str, ...]:
        """The characters, in Latin letters."""
        return ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


def _sample(name: str) -> "tuple[tuple[Array, Array], ...]":
    """Return images [N, 1, 28, 28] and labels [N] of both parts of an embedded sample."""
    import zlib
    from zipfile import BadZipFile

    import numpy as np

    try:
        with np.load(assets.path(name)) as arrays:
            return tuple(
                (arrays[f"{part}_images"][:, np.newaxis], arrays[f"{part}_labels"].astype(np.int64)) for part in SAMPLE
            )
    except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
        raise Unavailable(f"the sample {name} that comes with tuitrain cannot be read: {error}") from error
