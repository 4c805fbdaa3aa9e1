"""What every dataset is: settings that tell what the data are like and load them. It must not know any dataset."""

from abc import abstractmethod
from pathlib import Path

from tuitrain.datasets.data import Data, Facts, Task
from tuitrain.settings import Settings


class Unavailable(Exception):
    """The data are not there, or not usable; the message says what was looked for, where, and what to do."""


class Dataset(Settings):
    """One of the datasets to learn from; `kind` names the class."""

    kind: str

    @property
    def name(self) -> str:
        """What runs and tables call it: the kind, and of a person's own files their name."""
        return self.kind

    @property
    @abstractmethod
    def facts(self) -> Facts | None:
        """What the data are like, by arithmetic on the settings; None where a person's files must be read first."""

    @abstractmethod
    def load(self, data_dir: Path) -> Data:
        """Return the arrays, the same for the same settings; raise Unavailable where they cannot be had."""

    def rows(self, data_dir: Path) -> list[list[str]]:
        """Return the first rows as text, the heading first; none where samples are not rows of a table."""
        return []


class Known(Dataset):
    """A dataset that comes with tuitrain: what it is like follows from its settings."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample: (2,) or (1, 28, 28), channels first."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their numbers; of a regression, those of the targets."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int, int]:
        """How many samples train, validation and test will have."""

    @property
    def task(self) -> Task:
        """Whether classes or numbers are learned."""
        return "classification"

    @property
    def facts(self) -> Facts:
        """What the data are like."""
        return Facts(self.shape, self.labels, self.sizes, self.task)
