"""What a dataset hands to training: arrays, one pair per split, the names of the classes, and what to do with them.

It knows numpy alone: where the arrays go (device, precision) is the engine's business.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    from tuitrain.datasets.encoder import Encoder

    Array = np.ndarray[Any, np.dtype[Any]]

Task = Literal["classification", "regression"]

_CHUNK = 4096  # samples measured at a time: 60,000 images as float64 would take 376 MB


@dataclass(frozen=True, slots=True)
class Split:
    """Inputs [N, *shape] (uint8 pixels or float32 values) and labels.

    Labels are class numbers [N] (int64); of a regression they are the targets [N, T] (float32). Either array may be
    memory-mapped: what does not fit into memory is read a batch at a time.
    """

    inputs: "Array"
    labels: "Array"

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Scaling:
    """How inputs become numbers for the model: (inputs - mean) / std, with entries along axis 0 of a sample.

    Axis 0 is the channel of an image [C, H, W] and the feature of a vector [F]; a single entry holds for all.
    For pixels 0..255 that shall arrive as 0..1: mean 0, std 255.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    @classmethod
    def measured(cls, inputs: "Array") -> "Scaling":
        """Return the scaling that gives these inputs [N, *shape] mean 0 and standard deviation 1.

        The deviation is that of the population (divided by N), in two passes: a large mean costs no digits.
        What does not vary is only centred (std 1).
        """
        import numpy as np

        axes = (0, *range(2, inputs.ndim))
        each = inputs.size // inputs.shape[1]
        chunks = [inputs[start : start + _CHUNK] for start in range(0, len(inputs), _CHUNK)]
        mean = np.sum([chunk.sum(axes, dtype=np.float64, keepdims=True) for chunk in chunks], axis=0) / each
        variance = np.sum([np.square(chunk - mean).sum(axes) for chunk in chunks], axis=0) / each
        std = np.where(variance > 0, np.sqrt(variance), 1.0)
        return cls(tuple(mean.ravel().tolist()), tuple(std.tolist()))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a dataset is like: all that models, forms and tables need to know of it."""

    shape: tuple[int, ...]
    """The shape of one sample: (2,) or (1, 28, 28), channels first."""
    labels: tuple[str, ...]
    """The names of the classes in the order of their numbers; of a regression, those of the targets."""
    sizes: tuple[int, int, int]
    """How many samples train, validation and test have."""
    task: Task = "classification"

    @property
    def outputs(self) -> int:
        """How many numbers a model gives for a sample: one for each class or target."""
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How training images change each time they are seen. Validation and test images never do."""

    crop: int = 0
    """Pixels to pad on each side, by reflection, before a crop of the original size at a random place."""
    flip: bool = False
    """Whether every other image is mirrored left to right."""
    rotate: float = 0.0
    """Largest angle, in degrees, by which an image is turned either way; what comes in from outside is 0."""
    noise: float = 0.0
    """Deviation of the Gaussian noise added to inputs once they are scaled."""

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.crop or self.flip or self.rotate or self.noise)


@dataclass(frozen=True, slots=True)
class Data:
    """A dataset ready for training. Splits that do not exist are None; every split is scaled alike."""

    train: Split
    val: Split | None
    test: Split | None
    labels: tuple[str, ...]
    scaling: Scaling = field(default_factory=Scaling)
    task: Task = "classification"
    notes: tuple[str, ...] = ()
    """Sentences for the user: files skipped, values filled in, types guessed."""
    targets: Scaling = field(default_factory=Scaling)
    """Of a regression: what it learns is (target - mean) / std; its errors are told in the targets' own units."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    test_rotation: float = 0.0
    """Largest angle, in degrees, of a second test set, `test_rotated`: the test images, each turned; 0: none."""
    features: tuple[str, ...] = ()
    """The names of the inputs where a sample is a row of a table."""
    columns: "tuple[Encoder, ...]" = ()
    """How cells become inputs, where rows were read from a person's own table."""

    @property
    def facts(self) -> Facts:
        """What this dataset is like."""
        sizes = len(self.train), len(self.val or ()), len(self.test or ())
        return Facts(tuple(self.train.inputs.shape[1:]), self.labels, sizes, self.task)
