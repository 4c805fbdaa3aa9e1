"""Arrays prepared once and kept below the data directory: whole or not at all, replaced when their files change.

It knows arrays and splits, and must not know which format they were read from.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tuitrain import files
from tuitrain.datasets import splitting
from tuitrain.datasets.data import Data, Scaling, Split
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.encoder import Encoder
from tuitrain.datasets.own import ahead

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

LARGE = 2**30  # bytes: an array larger than this is not copied into memory but mapped from a file

_SPLITS = ("train", "val", "test")


def digest(*parts: object) -> str:
    """Return 16 hexadecimal digits that follow from the parts as they are printed."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def stamp(path: Path) -> tuple[str, int, int]:
    """Return the absolute path, size in bytes and time of the last change of a file; raise OSError."""
    status = path.stat()
    return str(path.absolute()), status.st_size, status.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Place:
    """Where prepared arrays lie: `name` says of what and how prepared, `content` which state of the files.

    A name has one content at a time: what was prepared of an earlier state is deleted before the new is made.
    """

    data_dir: Path
    name: str
    content: str

    @property
    def folder(self) -> Path:
        """The folder of the arrays, which is there only when they are whole."""
        return self.data_dir / "prepared" / self.name / self.content

    def beside(self, name: str) -> "Place":
        """Return the place of what is made of the same files in another way."""
        return replace(self, name=f"{self.name}-{name}")

    def prepare(self, build: Callable[[Path], None]) -> Path:
        """Return the folder, filled by `build` if it is not there yet; raise Unavailable where it cannot be.

        Who comes second waits for the first. Takes the disk space of the arrays, until someone deletes them.
        """
        if self.folder.is_dir():
            return self.folder
        try:
            with _alone(self.folder.parent):
                if not self.folder.is_dir():
                    self._build(build)
        except OSError as error:
            raise Unavailable(
                f"{self.folder.parent}: the prepared data cannot be written ({error.strerror or error}); "
                "make room there, or choose another --data-dir"
            ) from error
        return self.folder

    def _build(self, build: Callable[[Path], None]) -> None:
        for old in self.folder.parent.iterdir():
            if old.is_dir():  # of files that have changed since, or left by a process that was killed
                shutil.rmtree(old)
        aside = self.folder.with_name(f".{self.content}")
        aside.mkdir()
        try:
            build(aside)
            for file in aside.iterdir():
                _sync(file)
            aside.rename(self.folder)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        files.sync_folder(self.folder.parent)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time prepare in this folder; the system lets go of the lock when its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(file: Path) -> None:
    """Wait until a file is on the disk."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def load(path: Path) -> "Array":
    """Return an array of the cache, memory-mapped; raise Unavailable where it is damaged."""
    import numpy as np

    try:
        mapped: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise Unavailable(f"{path} is damaged ({error}): delete {path.parent} to have it made again") from error
    return mapped


def create(path: Path, shape: tuple[int, ...], dtype: str) -> "Array":
    """Return a new memory-mapped array in an .npy file, to be written to."""
    import numpy as np

    mapped: Array = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)
    return mapped


class Growing:
    """An .npy file of uint8 entries of one shape, written one after another: how many there are, its header says last.

    The header leaves room for a number of entries of up to 21 digits, so writing it again moves nothing.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.entries = 0
        self._file = path.open("wb")
        self._head()

    def append(self, entry: "Array") -> None:
        """Write one more entry, of the shape that all have; raise OSError."""
        self._file.write(entry.tobytes())
        self.entries += 1

    def _head(self) -> None:
        import numpy as np

        self._file.seek(0)
        header = {"descr": "|u1", "fortran_order": False, "shape": (self.entries, *self.shape)}
        np.lib.format.write_array_header_1_0(self._file, header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._file:
            self._head()


def deal(
    inputs: "Array", labels: "Array", sizes: tuple[int, ...], seed: tuple[int, ...], place: Place
) -> list[Split | None]:
    """Return splits as `splitting.deal` does; where they are too large for memory, as files beside the place."""
    import numpy as np

    if inputs.nbytes <= LARGE or len(labels) in sizes:
        return splitting.deal(inputs, labels, sizes, seed)
    parts = splitting.deal(np.arange(len(labels)), labels, sizes, seed)

    def build(folder: Path) -> None:
        for number, part in enumerate(parts):
            if part is not None:
                out = create(folder / f"{number}.npy", (len(part), *inputs.shape[1:]), inputs.dtype.str)
                step = ahead(inputs.shape[1:], inputs.itemsize)
                for start in range(0, len(part), step):
                    out[start : start + step] = inputs[part.inputs[start : start + step]]
                out.flush()  # type: ignore[attr-defined]  # a memmap

    own = place.beside("split")
    folder = replace(own, content=digest(own.content, sizes, seed)).prepare(build)
    return [part and Split(load(folder / f"{number}.npy"), part.labels) for number, part in enumerate(parts)]


def write(data: Data, folder: Path) -> None:
    """Write what says what the arrays mean beside the splits that `create` put into this folder as `train.npy` ..."""
    import numpy as np

    splits = {name: split for name in _SPLITS if (split := getattr(data, name)) is not None}
    for name, split in splits.items():
        np.save(folder / f"{name}_labels.npy", split.labels)
    about: dict[str, Any] = {
        "splits": list(splits),
        "labels": data.labels,
        "scaling": asdict(data.scaling),
        "targets": asdict(data.targets),
        "task": data.task,
        "notes": data.notes,
        "features": data.features,
        "columns": [asdict(column) for column in data.columns],
    }
    (folder / "data.json").write_text(json.dumps(about), encoding="utf-8")


def read(folder: Path) -> Data:
    """Return the data that `write` put into this folder, their inputs memory-mapped; raise Unavailable."""
    import numpy as np

    try:
        about = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        labels = {name: np.load(folder / f"{name}_labels.npy", allow_pickle=False) for name in about["splits"]}
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise Unavailable(f"{folder} is damaged ({error}): delete it to have it made again") from error
    splits = {name: Split(load(folder / f"{name}.npy"), labels[name]) for name in about["splits"]}
    scaling, targets = (
        Scaling(tuple(about[each]["mean"]), tuple(about[each]["std"])) for each in ("scaling", "targets")
    )
    return Data(
        splits["train"],
        splits.get("val"),
        splits.get("test"),
        tuple(about["labels"]),
        scaling,
        about["task"],
        tuple(about["notes"]),
        targets=targets,
        features=tuple(about["features"]),
        columns=tuple(map(_encoder, about.get("columns", ()))),  # one prepared by an earlier version has none
    )


def _encoder(values: dict[str, Any]) -> Encoder:
    return Encoder(**values | {"categories": tuple(values["categories"])})
