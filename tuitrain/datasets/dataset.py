"""What every dataset is: settings with a shape, class names and a load(). It must not know any dataset."""

from abc import abstractmethod
from pathlib import Path

from tuitrain.datasets.data import Data
from tuitrain.settings import Settings


class Unavailable(Exception):
    """The data are not there; the message says what was looked for, where, and how to put it there."""


class Dataset(Settings):
    """One of the datasets to learn from; `kind` names the class."""

    kind: str

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample, known before the data are: (2,) or (1, 28, 28), channels first."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their numbers."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int, int]:
        """How many samples train, validation and test will have, by arithmetic."""

    @abstractmethod
    def load(self, data_dir: Path) -> Data:
        """Return the arrays, the same for the same settings; raise Unavailable where they cannot be had."""
