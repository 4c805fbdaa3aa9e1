"""The datasets: to add one, write its class in the file of its family; a new family is one more import here.

Importing them imports neither numpy nor torch: the screen does so before its first frame.
"""

from types import ModuleType

from tuitrain.datasets import archive, cifar, folder, images, planes, regression, shapes, table, tabular
from tuitrain.datasets.data import Augmentation, Data, Facts, Scaling, Split, Task
from tuitrain.datasets.dataset import Dataset, Unavailable

__all__ = ["DATASETS", "Augmentation", "Data", "Dataset", "Facts", "Scaling", "Split", "Task", "Unavailable"]


def _defined(family: ModuleType) -> list[type[Dataset]]:
    """Return the datasets that a module defines, in order: the classes that give their `kind` a value."""
    classes = (entry for entry in vars(family).values() if isinstance(entry, type))
    own = (entry for entry in classes if issubclass(entry, Dataset) and entry.__module__ == family.__name__)
    return [entry for entry in own if isinstance(entry.model_fields["kind"].default, str)]


DATASETS: tuple[type[Dataset], ...] = (
    *_defined(planes),
    *_defined(shapes),
    *_defined(regression),
    *_defined(tabular),
    *_defined(images),
    *_defined(cifar),
    *_defined(table),
    *_defined(folder),
    *_defined(archive),
)
