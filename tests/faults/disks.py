"""Disks so small that a test can fill them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOM = 1 << 23  # bytes


@contextmanager
def small_disk(folder: Path, room: int = ROOM) -> Iterator[Path]:
    """Have a disk of some megabytes at a directory that is there; skip the test where that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room},mode=700", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Have no byte free on a disk meanwhile."""
    path = disk / ".filler"
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    try:
        yield
    finally:
        path.unlink()
