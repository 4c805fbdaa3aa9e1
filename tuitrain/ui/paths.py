"""What lies at a path: which kind of dataset it may be, and how a path goes on. It lists folders and opens no file."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tuitrain.datasets.pixels import ENDINGS
from tuitrain.datasets.tree import NAMES

SUFFIXES = {".csv": "csv", ".tsv": "csv", ".tab": "csv", ".npz": "npz"}
"""The kind of dataset for each ending of a file name."""
MANY = 2000
"""So many entries of a folder are looked at; so many images are read unasked."""


def kind(path: Path) -> str:
    """Return the kind of dataset that a file of this name is; nothing where it is none."""
    return SUFFIXES.get(path.suffix.lower(), "")


def images(folder: Path) -> int:
    """Return how many images, up to MANY, lie in the class folders of this folder; 0 where it has no two of them."""
    found = {entry.name.lower(): entry for entry in _entries(folder) if entry.is_dir()}
    train = next((found[name] for name in NAMES["train"] if name in found), None)
    classes = [entry for entry in _entries(train.path) if entry.is_dir()] if train else list(found.values())
    counts, left = [], MANY
    for entry in classes:
        here = (Path(each.name).suffix.lower() in ENDINGS for each in _entries(entry.path))
        counts.append(sum(islice(here, left)))
        left -= counts[-1]
    return sum(counts) if sum(map(bool, counts)) > 1 else 0


def complete(text: str) -> str:
    """Return how a path goes on: with the first folder or dataset in its folder that begins like it; else nothing."""
    path = Path(text).expanduser()
    folder, start = (path, "") if text.endswith(os.sep) else (path.parent, path.name)
    shown = text[: len(text) - len(start)]
    for entry in sorted(_entries(folder), key=lambda entry: entry.name.lower()):
        if entry.name.lower().startswith(start.lower()) and (entry.is_dir() or kind(Path(entry.name))):
            return shown + entry.name + os.sep * entry.is_dir()
    return ""


def _entries(folder: str | Path) -> Iterator["os.DirEntry[str]"]:
    """Yield what is in a folder and not hidden; nothing where it cannot be listed: there is nothing to choose then."""
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in islice(entries, MANY) if not entry.name.startswith("."))
    except OSError:
        return
