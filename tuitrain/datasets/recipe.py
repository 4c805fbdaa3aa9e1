"""How a file becomes inputs of a model without the dataset it learned from: shape, scaling, names, columns, pixels.

It must not know runs or models.
"""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from tuitrain.datasets.data import Data, Scaling, Task
from tuitrain.datasets.dataset import Dataset
from tuitrain.datasets.encoder import Encoder

if TYPE_CHECKING:
    from tuitrain.datasets.pixels import Colour

_LOOKED_AT = 4096  # samples in which the brightest pixel is looked for, where pixels are not bytes


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed to turn a file into inputs, and outputs into answers."""

    task: Task
    labels: tuple[str, ...]
    """The names of the classes in the order of their numbers; of a regression, those of the targets."""
    shape: tuple[int, ...]
    """The shape of one sample, channels first."""
    scaling: Scaling
    """Of inputs: what the model sees is (input - mean) / std."""
    targets: Scaling
    """Of a regression: what it says is output * std + mean."""
    features: tuple[str, ...] = ()
    """The names of the inputs where a sample is a row; none where they are known by their place."""
    columns: tuple[Encoder, ...] = ()
    """How cells become inputs; where there are none, each input is a number."""
    delimiter: str = "auto"
    """The character between the fields of a table, as the dataset has it."""
    white: float | None = None
    """Of images: the value of a white pixel; None where samples are no pixels."""

    @classmethod
    def of(cls, dataset: Dataset, data: Data) -> "Recipe":
        """Return how these data were made."""
        return cls(
            task=data.task,
            labels=data.labels,
            shape=data.facts.shape,
            scaling=data.scaling,
            targets=data.targets,
            features=data.features,
            columns=data.columns,
            delimiter=getattr(dataset, "delimiter", "auto"),
            white=_white(data),
        )

    @classmethod
    def read(cls, text: bytes) -> "Recipe":
        """Return what `written` gave; raise ValueError where it is none."""
        return TypeAdapter(cls).validate_json(text)

    def written(self) -> bytes:
        """Return it as JSON."""
        return TypeAdapter(Recipe).dump_json(self, indent=2) + b"\n"

    @property
    def colour(self) -> "Colour | None":
        """What images are brought to; None where samples are none, or none that a picture could become."""
        if len(self.shape) != 3 or self.white is None:
            return None
        found: dict[int, Colour] = {1: "grey", 3: "rgb"}
        return found.get(self.shape[0])

    @property
    def encoders(self) -> tuple[Encoder, ...]:
        """How the columns of a table become inputs, in their order; those without a name are known by their place."""
        names = self.features or tuple(f"x{place}" for place in range(1, prod(self.shape) + 1))
        return self.columns or tuple(map(Encoder, names))


def _white(data: Data) -> float | None:
    """Return the value of a white pixel: of bytes 255, else the largest there is, unless some are below 0."""
    inputs = data.train.inputs[:_LOOKED_AT]
    if inputs.ndim != 4:
        return None
    if inputs.dtype.kind == "u":
        return 255.0
    return float(inputs.max()) if inputs.min() >= 0 and inputs.max() > 0 else None
