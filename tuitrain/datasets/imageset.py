"""What image sets have in common: pixels stay uint8, channels first; how to scale and change them is said beside them.

It must not know any image set, nor how images are read.
"""

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets.data import Augmentation, Data, Scaling, Split
from tuitrain.datasets.portions import Portions
from tuitrain.datasets.splitting import impossible

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

_BRIGHTEST = 255  # of a uint8 pixel: the 1 in "from 0 to 1"


class ImageSet(Portions):
    """Images of one size in classes, as arrays of pixels."""

    normalize: Literal["none", "unit", "standard", "given"] = "unit"
    """"none": 0 to 255; "unit": 0 to 1; "standard": mean 0, deviation 1 on the training split; "given": mean, std."""
    mean: list[Annotated[float, Field(ge=0, le=1)]] = []  # noqa: RUF012  pydantic copies defaults
    """For normalize = "given": the mean to subtract from pixels of 0 to 1, one number or one for each channel."""
    std: list[Annotated[float, Field(gt=0, le=1)]] = []  # noqa: RUF012  as above
    """For normalize = "given": the deviation to divide by, of pixels of 0 to 1, one number or one for each channel."""
    crop: Annotated[int, Field(ge=0)] = 0
    """Training images are padded by so many pixels, mirrored, and cropped at random; CIFAR: 4."""
    flip: bool = False
    """Every other training image is mirrored left to right; good for things, wrong for digits and letters."""
    rotate: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Training images are turned by up to so many degrees either way; digits stay readable up to about 15."""
    noise: Annotated[float, Field(ge=0)] = 0.0
    """Deviation of Gaussian noise added to training images once they are scaled; 0.1 is gentle for 0 to 1."""
    test_rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Measure also on test images turned by up to so many degrees, such as 25: how far does accuracy fall? 0: none."""

    @abstractmethod
    def read(self, data_dir: Path) -> "tuple[tuple[Array, Array], ...]":
        """Return images [N, *shape] (uint8) and labels [N] (int64) of both files, train first; raise Unavailable."""

    def load(self, data_dir: Path) -> Data:
        """Return the splits; what is not in `data_dir` is downloaded into it. Raises Unavailable."""
        splits = self.portions(self.read(data_dir))
        train = splits["train"]
        assert train is not None  # noqa: S101  sizes were checked when the settings were made
        return Data(
            train=train,
            val=splits["val"],
            test=splits["test"],
            labels=self.labels,
            scaling=self._scaling(train),
            augmentation=Augmentation(self.crop, self.flip, self.rotate, self.noise),
            test_rotation=self.test_rotation,
        )

    def _scaling(self, train: Split) -> Scaling:
        """Return how pixels become numbers; measured on the training split alone."""
        if self.normalize == "standard":
            return Scaling.measured(train.inputs)
        if self.normalize == "given":
            mean, std = (tuple(value * _BRIGHTEST for value in values) for values in (self.mean, self.std))
            return Scaling(mean, std)
        return Scaling(std=(float(_BRIGHTEST),)) if self.normalize == "unit" else Scaling()

    @model_validator(mode="after")
    def _scaling_is_given(self) -> Self:
        """Refuse a mean and a deviation that are missing, too many, or not asked for."""
        channels = self.shape[0]
        for key, values in (("mean", self.mean), ("std", self.std)):
            if self.normalize != "given" and values:
                raise impossible(f'{key} counts only with normalize = "given": set that, or leave {key} at []')
            if self.normalize == "given" and len(values) not in (1, channels):
                entries = "1 number" if channels == 1 else f"1 number or {channels}, one for each channel"
                raise impossible(f'{key} ({len(values)} numbers) must have {entries}, as normalize = "given" asks')
        return self

    @model_validator(mode="after")
    def _changes_are_possible(self) -> Self:
        """Refuse padding beyond the image, which mirroring cannot give, and turned test images without any."""
        side = min(self.shape[1:])
        if self.crop >= side:
            raise impossible(f"crop ({self.crop} pixels) must be less than the {side} pixels of an image's side")
        if self.test_rotation and not self.sizes[2]:
            raise impossible(
                f"test_rotation ({self.test_rotation:g} degrees) turns test images: "
                "test_size must leave some, or set test_rotation to 0"
            )
        return self
