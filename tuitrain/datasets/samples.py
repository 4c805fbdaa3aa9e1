"""Files that a person brings, as inputs of a run: images, rows of tables, arrays. What cannot be read is told by name.

It must not know models.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile

from tuitrain.datasets.columns import number
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.encoder import Encoder, inputs
from tuitrain.datasets.own import few, shown
from tuitrain.datasets.pixels import ENDINGS, decoded
from tuitrain.datasets.recipe import Recipe
from tuitrain.datasets.sheet import Sheet
from tuitrain.problems import nearest

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

ARRAYS = frozenset({".npy", ".npz"})
TABLES = frozenset({".csv", ".tsv", ".tab", ".txt"})
_AT_ONCE = 256  # images decoded before they are handed on
_CHUNK = 4096  # samples of an array handed on at a time


class Sample(NamedTuple):
    """Where a sample comes from: a file, and in it a row, counted from 1; 0 where the file is one sample."""

    path: Path
    row: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples and their inputs [N, *shape], not scaled yet."""

    samples: list[Sample]
    inputs: "Array"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is left out, and why."""

    sample: Sample
    reason: str


Found = Batch | Unreadable


def read(recipe: Recipe, paths: Sequence[Path]) -> Iterator[Found]:
    """Yield the samples in these files, in their order, some at a time, and what cannot be read of them."""
    for kind, group in groupby(paths, lambda path: _kind(recipe, path)):
        chosen = list(group)
        if kind == "image":
            yield from _images(recipe, chosen)
            continue
        for path in chosen:
            try:
                yield from _rows(recipe, path) if kind == "table" else _arrays(recipe, path)
            except Unavailable as error:
                yield Unreadable(Sample(path), str(error))


def _kind(recipe: Recipe, path: Path) -> str:
    """Return what a file is by its ending, and by what the run learned from where that says nothing."""
    ending = path.suffix.lower()
    if ending in ARRAYS:
        return "array"
    if ending in TABLES or ending in ENDINGS:
        return "table" if ending in TABLES else "image"
    return "image" if recipe.colour else "table"


def _images(recipe: Recipe, paths: list[Path]) -> Iterator[Found]:
    """Yield pictures brought to the size and colours of the run; light and dark stay what they are."""
    import numpy as np

    if recipe.colour is None or recipe.white is None:
        wanted = f"{_times(recipe.shape)} numbers: a table (.csv) or an array (.npy)"
        yield from (Unreadable(Sample(path), f"is an image, and the run learned from {wanted}") for path in paths)
        return
    for start in range(0, len(paths), _AT_ONCE):
        part = paths[start : start + _AT_ONCE]
        found = list(zip(part, decoded(part, (recipe.shape[1], recipe.shape[2]), recipe.colour), strict=True))
        images = [(path, image) for path, image in found if not isinstance(image, str)]
        if images:
            pixels = np.stack([image for _, image in images]).astype(np.float32) * np.float32(recipe.white / 255)
            yield Batch([Sample(path) for path, _ in images], pixels)
        yield from (Unreadable(Sample(path), _short(path, reason)) for path, reason in found if isinstance(reason, str))


def _short(path: Path, reason: str) -> str:
    """Return why an image cannot be read, without its name, which is told beside it."""
    if not path.is_file():
        return "is a directory" if path.is_dir() else "no such file"
    return "is no image that can be read" if "UnidentifiedImageError" in reason else f"cannot be read: {reason}"


def _rows(recipe: Recipe, path: Path) -> Iterator[Found]:
    """Yield the rows of a table; its columns are found by their names, or by place where there are none."""
    sheet = _sheet(recipe, path)
    encoders, places = recipe.encoders, _places(recipe, sheet)
    before = 0
    for _, rows in sheet.chunks():
        codes: list[list[float]] = []
        samples: list[Sample] = []
        for row, cells in enumerate(rows, start=before + 1):
            try:
                codes.append(_codes(encoders, [cells[place] for place in places]))
                samples.append(Sample(path, row))
            except ValueError as error:
                yield Unreadable(Sample(path, row), str(error))
        before += len(rows)
        if samples:
            yield Batch(samples, inputs(codes, encoders).reshape(-1, *recipe.shape))
    if not before:
        raise Unavailable("has no rows below its heading")


def _codes(encoders: Sequence[Encoder], cells: Sequence[str]) -> list[float]:
    return [encoder.code(cell) for encoder, cell in zip(encoders, cells, strict=True)]


def _sheet(recipe: Recipe, path: Path) -> Sheet:
    """Return the table, with a heading unless it begins with numbers; raise Unavailable."""
    if not path.is_file():
        raise Unavailable("is a directory" if path.is_dir() else "no such file")
    sheet = Sheet.open(path, recipe.delimiter, heading=False)
    numbers = all(number(cell.strip()) is not None for cell in sheet.first(1)[1])
    return sheet if numbers else Sheet.open(path, recipe.delimiter, heading=True)


def _places(recipe: Recipe, sheet: Sheet) -> list[int]:
    """Return where the columns of the run stand in the rows of a table; raise Unavailable where one is missing."""
    names, there = [encoder.name for encoder in recipe.encoders], sheet.names
    if all(name in there for name in names):
        return [there.index(name) for name in names]
    told = sheet.heading and recipe.features
    if not told and len(there) - len(names) in (0, 1):  # one more is the label, the last one
        return list(range(len(names)))
    if told:
        lacking = next(name for name in names if name not in there)
        raise Unavailable(
            f"has no column {shown(lacking)}{nearest(lacking, there)}; the run learned from {few(names, 12)}"
        )
    raise Unavailable(f"has {len(there)} columns, and the run learned from {len(names)} numbers ({few(names, 6)})")


def _arrays(recipe: Recipe, path: Path) -> Iterator[Found]:
    """Yield the samples of an array [N, *shape], or of one sample alone; raise Unavailable where it is none such."""
    import numpy as np

    array = _shaped(recipe, _loaded(path))
    for start in range(0, len(array), _CHUNK):
        part = array[start : start + _CHUNK].astype(np.float32)
        good = np.array([bool(np.isfinite(sample).all()) for sample in part])
        samples = [Sample(path, start + row) for row in range(1, len(part) + 1)]
        if good.any():
            yield Batch([samples[place] for place in np.flatnonzero(good)], part[good])
        yield from (Unreadable(samples[place], "has nan or infinity") for place in np.flatnonzero(~good))


def _loaded(path: Path) -> "Array":
    """Return the array of a file, of several x or the only one; raise Unavailable."""
    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found:
            name = "x" if "x" in found.files else found.files[0] if len(found.files) == 1 else ""
            if not name:
                raise Unavailable(f"has the arrays {few(found.files)}: the inputs must be the one called x")
            array: Array = found[name]
            return array
    except FileNotFoundError as error:
        raise Unavailable("no such file") from error
    except (OSError, EOFError, ValueError, BadZipFile) as error:
        raise Unavailable(f"cannot be read: {str(error).partition(chr(10))[0]}") from error


def _shaped(recipe: Recipe, array: "Array") -> "Array":
    """Return the samples of an array, channels first; raise Unavailable where their shape is another one."""
    import numpy as np

    if array.dtype.kind not in "biuf":
        raise Unavailable(f"holds {array.dtype}: numbers are needed")
    shape = recipe.shape
    if len(shape) == 3 and array.shape[-3:] != shape:
        if array.shape[-3:] == (*shape[1:], shape[0]):
            array = np.moveaxis(array, -1, -3)
        elif shape[0] == 1 and array.shape[-2:] == shape[1:]:
            array = array[..., np.newaxis, :, :]
    if array.shape == shape:
        return array[np.newaxis]
    if array.shape[1:] != shape or not len(array):
        raise Unavailable(f"is {_times(array.shape)}, and a sample of the run is {_times(shape)}")
    return array


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
