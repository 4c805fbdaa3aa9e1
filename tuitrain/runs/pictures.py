"""The arrays that a training left for the views to draw, read back. It knows the files, not what is drawn of them."""

import zipfile
from typing import TYPE_CHECKING, Any

from tuitrain.runs.store import Run

if TYPE_CHECKING:
    import numpy as np

    Picture = dict[str, "np.ndarray[Any, np.dtype[Any]]"]


def read(run: Run, path: str) -> "Picture":
    """Return the arrays of a snapshot by name; empty where it is gone, or damaged.

    `path` is relative to the run's directory, as the journal names it; what leads out of it is not followed.
    """
    import numpy as np

    file = (run.path / path).resolve()
    if not file.is_relative_to(run.path.resolve()):
        return {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError):
        return {}
