"""What the files of a training are called: those that it may read, and remove, among others in the same folder."""

import re
from pathlib import Path

RING = re.compile(r"step-(\d{9})\.pt")
RING_OR_DIGEST = re.compile(r"step-\d{9}\.pt(\.sha256)?")
LITTER = re.compile(r"\.(best|last|start|step-\d{9})\.pt(\.sha256)?\.\d+")
PICTURE = re.compile(r"(\d+)\.npz")


def ring_file(step: int) -> str:
    """Return the name of the checkpoint of this step in the ring."""
    return f"step-{step:09d}.pt"


def ring(folder: Path) -> dict[int, Path]:
    """Return the checkpoints of the ring in a folder by step, in their order."""
    return _numbered(folder, RING)


def pictures(folder: Path) -> dict[int, Path]:
    """Return the snapshots in a folder by step, in their order."""
    return _numbered(folder, PICTURE)


def ring_files(folder: Path) -> list[Path]:
    """Return the files of the ring in a folder, digests among them."""
    return _matching(folder, RING_OR_DIGEST)


def litter(folder: Path) -> list[Path]:
    """Return what a process that was killed in the middle of a save left in a folder."""
    return _matching(folder, LITTER)


def _numbered(folder: Path, pattern: re.Pattern[str]) -> dict[int, Path]:
    found = {path: pattern.fullmatch(path.name) for path in _matching(folder, pattern)}
    return dict(sorted((int(match[1]), path) for path, match in found.items() if match))


def _matching(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    there = folder.iterdir() if folder.is_dir() else ()
    return [path for path in there if pattern.fullmatch(path.name) and path.is_file()]
