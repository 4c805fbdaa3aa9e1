"""What datasets have in common that lie in memory as a whole and are split at random. It must not know any of them."""

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets.data import Data, Scaling
from tuitrain.datasets.dataset import Known
from tuitrain.datasets.splitting import deal, impossible
from tuitrain.settings import Size, count

if TYPE_CHECKING:
    import numpy as np

    from tuitrain.datasets.data import Array

Seed = Annotated[int, Field(ge=0, description="Random seed of the samples and of how they are split.")]
ValSize = Annotated[
    Size,
    Field(description="Samples held out for validation: a count or a fraction of all; 0: no validation split."),
]
TestSize = Annotated[
    Size, Field(description="Samples held out for testing: a count or a fraction of all; 0: no test split.")
]
Normalize = Annotated[
    Literal["none", "standard"],
    Field(description='"none": values as they are; "standard": mean 0, deviation 1 on the training split.'),
]


class Pool(Known):
    """Samples drawn or read at once and split at random: training keeps what validation and testing leave."""

    # Each dataset declares these after its own fields, so that its own come first in forms and files.
    if TYPE_CHECKING:
        seed: Seed
        val_size: ValSize
        test_size: TestSize
        normalize: Normalize

    @property
    @abstractmethod
    def total(self) -> int:
        """How many samples there are before they are split."""

    @abstractmethod
    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return inputs [total, *shape], and class numbers [total] or the targets of a regression [total, T]."""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs; none where they need no name."""
        return ()

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many samples train, validation and test will have."""
        val, test = count(self.val_size, self.total), count(self.test_size, self.total)
        return self.total - val - test, val, test

    @model_validator(mode="after")
    def _leaves_samples(self) -> Self:
        """Refuse sizes that leave nothing to train on."""
        train, val, test = self.sizes
        if train < 1:
            raise impossible(
                f"val_size ({val:,} samples) and test_size ({test:,} samples) leave nothing to train on: "
                f"together they must be fewer than the {self.total:,} samples there are"
            )
        return self

    def load(self, data_dir: Path) -> Data:
        """Return the samples; nothing is read from `data_dir` or written into it.

        With normalize = "standard" a regression learns scaled targets too: large ones would need large weights.
        """
        import numpy as np

        values, answers = self.generate(np.random.default_rng(self.seed))
        inputs = values.astype(np.float32)
        labels = answers.astype(np.float32 if self.task == "regression" else np.int64)
        train_size, *held_out = self.sizes
        val, test, train = deal(inputs, labels, (*held_out, train_size), (self.seed, 1))
        assert train is not None  # noqa: S101  sizes were checked when the settings were made
        standard = self.normalize == "standard"
        return Data(
            train=train,
            val=val,
            test=test,
            labels=self.labels,
            task=self.task,
            scaling=Scaling.measured(train.inputs) if standard else Scaling(),
            targets=Scaling.measured(train.labels) if standard and self.task == "regression" else Scaling(),
            features=self.features,
        )
