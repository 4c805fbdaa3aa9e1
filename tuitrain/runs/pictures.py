"""The arrays that a training left for the views to draw, read back. It knows the files, not what is drawn of them."""

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from tuitrain.runs.store import Run

if TYPE_CHECKING:
    import numpy as np

    Picture = dict[str, "np.ndarray[Any, np.dtype[Any]]"]

# A RuntimeError is what zipfile says of flags (encryption, patches) that only a changed byte can have set.
DAMAGE = (OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)


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
    except DAMAGE:
        return {}
