"""preprocessing.json of a run: how a file becomes inputs of its model once the dataset is not there any more.

It knows neither torch nor what a run learned.
"""

from pathlib import Path

from tuitrain.datasets import Data
from tuitrain.datasets.recipe import Recipe
from tuitrain.experiment import Experiment
from tuitrain.files import write_whole
from tuitrain.runs.store import Run


class Damaged(Exception):
    """The file is there and is not what was written; the message names it and says what to do."""


def file(run: Run) -> Path:
    """Return where it lies."""
    return run.path / "preprocessing.json"


def write(run: Run, experiment: Experiment, data: Data) -> None:
    """Write how the inputs of these data are made, unless that stands there already; raise OSError."""
    content, path = Recipe.of(experiment.dataset, data).written(), file(run)
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)


def read(run: Run) -> Recipe | None:
    """Return how inputs are made; None where the run is older than this file; raise Damaged."""
    path = file(run)
    try:
        return Recipe.read(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise Damaged(f"{path} is not what was written; remove it to have it made again from the dataset") from None
