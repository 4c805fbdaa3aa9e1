"""Image sets of four IDX files as torchvision lays them out: found, checked, memory-mapped, downloaded.

It must not know splits or settings. The format: http://yann.lecun.com/exdb/mnist.
"""

import gzip
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from tuitrain.datasets.dataset import Unavailable

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

SIZES = {"train": 60_000, "t10k": 10_000}
_IMAGE = (28, 28)
_CLASSES = 10


def read(data_dir: Path, name: str, part: str, way_out: str) -> "tuple[Array, Array]":
    """Return images [N, 1, 28, 28] (uint8, memory-mapped) and labels [N] (int64) of part "train" or "t10k".

    `name` is the torchvision class and the folder in `data_dir`, `way_out` the advice at the end of an error.
    What is not there is downloaded first. Files ending in .gz are read too, into memory. Raises Unavailable.
    """
    import numpy as np

    raw = data_dir / name / "raw"
    if any(_found(raw, file) is None for file in _files()):
        _download(data_dir, name, way_out)
    images = _values(raw, f"{part}-images-idx3-ubyte", (SIZES[part], *_IMAGE), way_out)
    labels = _values(raw, f"{part}-labels-idx1-ubyte", (SIZES[part],), way_out)
    if labels.max() >= _CLASSES:
        raise Unavailable(f"{raw}/{part}-labels-idx1-ubyte holds labels that are not 0 to 9. Delete it, or {way_out}.")
    return images.reshape(-1, 1, *_IMAGE), labels.astype(np.int64)


def _files() -> tuple[str, ...]:
    """Return the names of the four files."""
    return tuple(f"{part}-{rest}-ubyte" for part in SIZES for rest in ("images-idx3", "labels-idx1"))


def _found(raw: Path, file: str) -> Path | None:
    """Return where a file lies, plain or else compressed."""
    return next((path for path in (raw / file, raw / f"{file}.gz") if path.is_file()), None)


def _values(raw: Path, file: str, shape: tuple[int, ...], way_out: str) -> "Array":
    """Return the bytes of one IDX file in this shape; a plain file is memory-mapped and so costs no time."""
    import numpy as np

    path = _found(raw, file) or raw / file
    # Two zero bytes, the type (8: unsigned byte), the number of dimensions, then each size in four bytes.
    header = bytes((0, 0, 8, len(shape))) + b"".join(size.to_bytes(4, "big") for size in shape)
    try:
        if path.suffix == ".gz":
            content = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8)
        else:
            content = np.memmap(path, np.uint8, mode="r")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Unavailable(f"{path} cannot be read ({error}). Delete it, or {way_out}.") from error
    expected = len(header) + int(np.prod(shape))
    if len(content) != expected or content[: len(header)].tobytes() != header:
        raise Unavailable(
            f"{path} is damaged or another dataset: it has {len(content):,} bytes; {expected:,} belong, "
            f"beginning {header.hex(' ')}. Delete it to have it downloaded again, or {way_out}."
        )
    return content[len(header) :].reshape(shape)


def _download(data_dir: Path, name: str, way_out: str) -> None:
    """Put the files that are missing into their folder, whole or not at all."""
    from tuitrain.datasets.download import TROUBLE, fetch, settle  # 12 ms that the screen need not pay

    raw = data_dir / name / "raw"
    try:
        raw.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=raw, prefix=".download-") as aside:
            fetch(Path(aside), name)
            for file in _files():
                if _found(raw, file) is None:
                    settle(Path(aside, name, "raw", file), raw / file)
    except TROUBLE as error:
        reason = " ".join(str(error).split())  # torchvision's has several lines
        missing = ", ".join(file for file in _files() if _found(raw, file) is None)
        raise Unavailable(
            f"{name} is not complete in {raw} and could not be downloaded into it. Missing: {missing}. "
            f"Put these files there by hand (plain or .gz), or {way_out}. The reason: {reason}"
        ) from error
