"""What a dataset hands to training: arrays, one pair per split, and the names of the classes.

It knows numpy alone: where the arrays go (device, precision) is the engine's business.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

_CHUNK = 4096  # samples measured at a time: 60,000 images as float64 would take 376 MB


@dataclass(frozen=True, slots=True)
class Split:
    """Inputs [N, *shape] (uint8 pixels or float32 values) and labels [N] (int64 class numbers)."""

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
class Data:
    """A dataset ready for training. Splits that do not exist are None; every split is scaled alike."""

    train: Split
    val: Split | None
    test: Split | None
    labels: tuple[str, ...]
    scaling: Scaling = field(default_factory=Scaling)
    task: Literal["classification"] = "classification"
    notes: tuple[str, ...] = ()
    """Sentences for the user: files skipped, values filled in."""
