"""Folders of files by class: which files belong to which class and split. It must not know what is in the files."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.own import few, shown

Part = Literal["train", "val", "test"]

NAMES: dict[Part, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
"""How the folders of the splits are spelt, in any case."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its path below the root, size in bytes, time of the last change (ns), and the number of its class."""

    path: str
    size: int
    changed: int
    label: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of each split that has a folder (one without folders of splits is "train"), by class and name."""

    classes: tuple[str, ...]
    parts: dict[Part, list[Entry]]
    others: tuple[str, ...]
    """Files and folders that belong to no class."""


def look(root: Path, endings: frozenset[str]) -> Tree:
    """Return the tree of files with these endings; raise Unavailable where there are no two classes of them.

    Hidden files are passed over and links to folders inside a class are not followed, so no loop is entered.
    """
    try:
        folders, others = _folders(root, root)
        homes = {part: _home(root, folders, names) for part, names in NAMES.items()}
        if homes["train"] is None:
            _refuse_lone_splits(root, folders)
            found: dict[Part, Path] = {"train": root}
        else:
            found = {part: folder for part, folder in homes.items() if folder is not None}
            others += [name for name in folders if root / name not in found.values()]
        return _tree(root, found, others, endings)
    except OSError as error:
        raise Unavailable(f"{error.filename or root} cannot be read: {error.strerror}") from error


def _refuse_lone_splits(root: Path, folders: list[str]) -> None:
    """Raise Unavailable where there are folders to validate and test on alone."""
    if folders and all(any(name.lower() in names for names in NAMES.values()) for name in folders):
        raise Unavailable(f"{root} has {' and '.join(folders)} and no folder named train: add one to train on")


def _tree(root: Path, found: dict[Part, Path], others: list[str], endings: frozenset[str]) -> Tree:
    classes = _classes(found, root)
    parts: dict[Part, list[Entry]] = {}
    for part, folder in found.items():
        parts[part] = []
        for label, name in enumerate(classes):
            for entry in _walk(root, folder / name, label):
                if Path(entry.path).suffix.lower() in endings:
                    parts[part].append(entry)
                else:
                    others.append(entry.path)
    return Tree(classes, parts, tuple(others))


def _classes(found: dict[Part, Path], root: Path) -> tuple[str, ...]:
    """Return the names of the class folders; raise Unavailable where there are not two, or more to test on."""
    classes = _folders(found["train"], root)[0]
    if len(classes) < 2:
        there = f"one class only ({shown(classes[0])})" if classes else "no folder of a class"
        raise Unavailable(
            f"{found['train']} has {there}: it must have two or more, each a folder named after its class "
            "with the images of that class"
        )
    for folder in found.values():
        unknown = [name for name in _folders(folder, root)[0] if name not in classes]
        if unknown:
            raise Unavailable(
                f"{folder} has a class that {found['train']} lacks ({few(map(shown, unknown), 3)}): "
                "the folders of all splits must be named after the same classes"
            )
    return tuple(classes)


def _folders(folder: Path, root: Path) -> tuple[list[str], list[str]]:
    """Return the names of the folders in a folder and those of its files, in order, without the hidden ones.

    A link that leads back to the root or above it is no folder of its own.
    """
    folders, others = [], []
    for name in sorted(os.listdir(folder)):  # noqa: PTH208  the names are what is wanted
        path = folder / name
        if name.startswith("."):
            continue
        if path.is_dir() and not (path.is_symlink() and root.resolve().is_relative_to(path.resolve())):
            folders.append(name)
        else:
            others.append(str(path.relative_to(root)))
    return folders, others


def _home(root: Path, folders: list[str], names: tuple[str, ...]) -> Path | None:
    """Return the folder of a split; raise Unavailable where there are two."""
    homes = [name for name in folders if name.lower() in names]
    if len(homes) > 1:
        raise Unavailable(f"{root} has more than one folder for a split ({', '.join(homes)}): keep one of them")
    return root / homes[0] if homes else None


def _walk(root: Path, folder: Path, label: int) -> Iterator[Entry]:
    """Yield the files below a folder in the order of their names; what cannot be looked into raises OSError."""

    def fail(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=fail if folder.exists() else None):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or (path.exists() and not path.is_file()):  # a pipe would be waited for
                continue
            status = path.stat() if path.exists() else path.lstat()  # a link that leads nowhere is told as unreadable
            yield Entry(str(path.relative_to(root)), status.st_size, status.st_mtime_ns, label)
