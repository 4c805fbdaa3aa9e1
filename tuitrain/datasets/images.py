"""Image datasets: pixels as uint8, channels first; how to scale them is said beside them, not done."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain import assets
from tuitrain.datasets import idx
from tuitrain.datasets.data import Data, Scaling
from tuitrain.datasets.dataset import Dataset, Unavailable
from tuitrain.datasets.splitting import deal, impossible
from tuitrain.settings import Size, count

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SAMPLE = {"train": 10_000, "t10k": 2_000}  # images of the embedded sample, made by assets/make_samples.py


class MNIST(Dataset):
    """Handwritten digits, 28 x 28 grey pixels.

    LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist: 60,000 training and 10,000 test images.
    """

    kind: Literal["mnist"] = "mnist"
    source: Literal["sample", "full"] = "sample"
    """"sample": the 10,000 + 2,000 in the package; "full": 60,000 + 10,000, downloaded once (11 MB)."""
    train_size: Size = "all"
    """Images to train on, of those that validation leaves: a count, a fraction, or "all"."""
    val_size: Size = 0.2
    """Training images held out for validation: a count or a fraction; 0: no validation split."""
    test_size: Size = "all"
    """Test images to take: a count, a fraction, or "all"; 0: no test split."""
    normalize: Literal["unit", "standard"] = "unit"
    """"unit": pixels from 0 to 1; "standard": mean 0 and deviation 1 on the training split."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Random seed of which images each split gets."""

    @property
    def shape(self) -> tuple[int, ...]:
        """One grey channel, 28 rows, 28 columns."""
        return (1, 28, 28)

    @property
    def labels(self) -> tuple[str, ...]:
        """The digits."""
        return tuple("0123456789")

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many images train, validation and test will have."""
        there, tests = self._available
        val = count(self.val_size, there)
        return count(self.train_size, max(there - val, 0)), val, count(self.test_size, tests)

    @property
    def _available(self) -> tuple[int, int]:
        """How many images the source has for training (and validation) and for testing."""
        sizes = idx.SIZES if self.source == "full" else SAMPLE
        return sizes["train"], sizes["t10k"]

    @model_validator(mode="after")
    def _enough_images(self) -> Self:
        """Refuse sizes that the source cannot give."""
        (train, val, test), (there, tests) = self.sizes, self._available
        have = f'source = "{self.source}" has {there:,} training and {tests:,} test images'
        if val >= there:
            raise impossible(f"val_size ({val:,} images) leaves nothing to train on: {have}")
        if not 0 < train <= there - val:
            most = f"the {there - val:,} that val_size ({val:,}) leaves"
            raise impossible(f"train_size ({train:,} images) must be at least 1 and at most {most}: {have}")
        if test > tests:
            raise impossible(f"test_size ({test:,} images) is more than there are: {have}")
        return self

    def load(self, data_dir: Path) -> Data:
        """Return the splits; the full set is read from `data_dir`/MNIST/raw or downloaded into it."""
        size, val_size, test_size = self.sizes
        val, train = deal(*self._read(data_dir, "train"), (val_size, size), (self.seed, 1))
        (test,) = deal(*self._read(data_dir, "t10k"), (test_size,), (self.seed, 2))
        assert train is not None  # noqa: S101  sizes were checked when the settings were made
        scaling = Scaling.measured(train.inputs) if self.normalize == "standard" else Scaling((0.0,), (255.0,))
        return Data(train, val, test, self.labels, scaling)

    def _read(self, data_dir: Path, part: str) -> "tuple[Array, Array]":
        """Return images [N, 1, 28, 28] and labels [N] of part "train" or "t10k" of the source."""
        if self.source == "full":
            return idx.read(data_dir, "MNIST", part, 'set source = "sample", which needs no download')
        return _sample("samples/mnist.npz", part)


def _sample(name: str, part: str) -> "tuple[Array, Array]":
    """Return images and labels of one part of an embedded sample."""
    import zlib
    from zipfile import BadZipFile

    import numpy as np

    try:
        with np.load(assets.path(name)) as arrays:
            return arrays[f"{part}_images"][:, np.newaxis], arrays[f"{part}_labels"].astype(np.int64)
    except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
        raise Unavailable(f"the sample {name} that comes with tuitrain cannot be read: {error}") from error
