"""Arrays in an .npz file, one by one: described, read, memory-mapped, made float32 where they are no uint8.

It must not know what they mean. The format: numpy.lib.format and PKWARE's APPNOTE of ZIP files.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from tuitrain.datasets import cache
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.own import ahead, few, shown
from tuitrain.problems import nearest

if TYPE_CHECKING:
    import numpy as np

    from tuitrain.datasets.data import Array

_LOCAL = 30  # bytes of a zip member's header ahead of its name and extra field, whose lengths are its last four


@dataclass(frozen=True, slots=True)
class Header:
    """What an array is like: its shape, the order of its axes in the file, its type."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: "np.dtype[np.generic]"

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Members:
    """The arrays of a file; `place` is where those are kept that must be prepared to be mapped."""

    path: Path
    place: cache.Place
    names: tuple[str, ...]

    @classmethod
    def open(cls, path: Path, data_dir: Path) -> "Members":
        """Return the arrays of a file; raise Unavailable where it is none of the kind."""
        if path.is_dir() or not path.exists():
            problem = "is a directory" if path.is_dir() else "no such file"
            raise Unavailable(f"{path}: {problem}; path must name an .npz file, as numpy.savez writes it")
        stamp = cache.stamp(path)
        place = cache.Place(data_dir, f"npz-{path.stem[:40]}-{cache.digest(stamp[0])}", cache.digest(stamp))
        with _told(path), ZipFile(path) as file:
            names = [name.removesuffix(".npy") for name in file.namelist() if name.endswith(".npy")]
        return cls(path, place, tuple(names))

    def need(self, name: str, key: str) -> None:
        """Raise Unavailable where there is no array of this name, which the setting `key` asks for."""
        if name not in self.names:
            raise Unavailable(
                f"{self.path} has no array {shown(name)}, which {key} names{nearest(name, self.names)}; "
                f"its arrays are {few(self.names, 20) or 'none'}"
            )

    def header(self, name: str) -> Header:
        """Return what an array is like; raise Unavailable where it holds Python objects."""
        with _told(self.path, name), ZipFile(self.path) as file, file.open(f"{name}.npy") as member:
            header = _header(member)
        if header.dtype.hasobject:
            raise Unavailable(
                f"{self.path}: array {shown(name)} holds Python objects, which are never loaded: save numbers "
                "or text of one type and rows of one length"
            )
        return header

    def read(self, name: str) -> "Array":
        """Return an array as it is; one too large for memory is mapped, from a copy where it is compressed."""
        import numpy as np

        header = self.header(name)
        with _told(self.path, name), ZipFile(self.path) as file:
            if header.size <= cache.LARGE:
                with file.open(f"{name}.npy") as member:
                    array: Array = np.lib.format.read_array(member, allow_pickle=False)
                return array
            if file.getinfo(f"{name}.npy").compress_type == ZIP_STORED:
                mapped = self._mapped(file, name)
                if mapped.flags.aligned:  # else each number would straddle two words, which torch cannot take
                    return mapped
        return self._extracted(name)

    def _mapped(self, file: ZipFile, name: str) -> "Array":
        import numpy as np

        start = file.getinfo(f"{name}.npy").header_offset
        with self.path.open("rb") as opened:
            opened.seek(start)
            lengths = struct.unpack("<HH", opened.read(_LOCAL)[-4:])
            opened.seek(start + _LOCAL + sum(lengths))
            header = _header(opened)
            start = opened.tell()
        mapped: Array = np.memmap(self.path, header.dtype, "r", start, header.shape, "F" if header.fortran else "C")
        return mapped

    def _extracted(self, name: str) -> "Array":
        def build(folder: Path) -> None:
            with (folder / "array.npy").open("wb") as out:
                for piece in self._pieces(name):
                    out.write(piece)

        return cache.load(self.place.beside(cache.digest(name)).prepare(build) / "array.npy")

    def _pieces(self, name: str) -> Iterator[bytes]:
        with _told(self.path, name), ZipFile(self.path) as file, file.open(f"{name}.npy") as member:
            while piece := member.read(2**20):
                yield piece

    def numbers(self, name: str) -> "Array":
        """Return an array as uint8, where it is that, or else as float32; raise Unavailable where it cannot be."""
        import numpy as np

        array = self.read(name)
        if array.dtype.kind not in "biuf":
            raise Unavailable(f"{self.path}: array {shown(name)} holds {array.dtype}: numbers are needed")
        if not array.ndim or not len(array):
            raise Unavailable(f"{self.path}: array {shown(name)} is empty: it must hold at least 2 samples")
        single = array if array.dtype in (np.dtype(np.uint8), np.dtype(np.float32)) else self._single(name, array)
        self._refuse_infinite(name, single)
        return single

    def _single(self, name: str, array: "Array") -> "Array":
        import numpy as np

        if array.size * 4 <= cache.LARGE:
            return array.astype(np.float32)

        def build(folder: Path) -> None:
            out = cache.create(folder / "array.npy", array.shape, "<f4")
            for start, part in _parts(array):
                out[start : start + len(part)] = part

        return cache.load(self.place.beside(f"{cache.digest(name)}-float32").prepare(build) / "array.npy")

    def _refuse_infinite(self, name: str, array: "Array") -> None:
        import numpy as np

        for start, part in _parts(array) if array.dtype.kind == "f" else ():
            good = np.isfinite(part).reshape(len(part), -1).all(axis=1)
            if not good.all():
                raise Unavailable(
                    f"{self.path}: array {shown(name)} has nan or infinity, first in sample "
                    f"{start + int(good.argmin())} (counted from 0): take such samples out, or put numbers there"
                )


def _parts(array: "Array") -> "Iterator[tuple[int, Array]]":
    """Yield the array in parts that fit into memory, each with the number of its first sample."""
    step = ahead(array.shape[1:], array.itemsize)
    for start in range(0, len(array), step):
        yield start, array[start : start + step]


def _header(file: IO[bytes]) -> Header:
    """Return what the array is like whose .npy begins here; raise ValueError."""
    from numpy.lib import format as npy

    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    return Header(*read(file))


@contextmanager
def _told(path: Path, name: str = "") -> Iterator[None]:
    """Raise Unavailable with the name of the file, and of the array, where it cannot be read."""
    try:
        yield
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, BadZipFile) as error:
        what = f"{path}: array {shown(name)}" if name else f"{path}"
        raise Unavailable(
            f"{what} cannot be read ({error}): save the arrays with numpy.savez(path, x=..., y=...)"
        ) from error
