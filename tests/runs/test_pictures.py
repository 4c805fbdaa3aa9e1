"""Snapshots read back for the views."""

from pathlib import Path

import numpy as np
import pytest

from tuitrain.runs import pictures
from tuitrain.runs.store import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run with one snapshot in it and another file beside it."""
    (tmp_path / "run" / "snapshots").mkdir(parents=True)
    for path in ("run/snapshots/3.npz", "secret.npz"):
        np.savez_compressed(tmp_path / path, confusion=np.eye(2))
    return Run(tmp_path / "run")


def test_read(run: Run) -> None:
    """The arrays come back by name."""
    found = pictures.read(run, "snapshots/3.npz")
    assert {name: array.tolist() for name, array in found.items()} == {"confusion": [[1, 0], [0, 1]]}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip", None])
def test_damaged(run: Run, content: bytes | None) -> None:
    """What is gone or damaged is an empty picture."""
    path = run.path / "snapshots" / "3.npz"
    path.unlink() if content is None else path.write_bytes(content)
    assert pictures.read(run, "snapshots/3.npz") == {}


def test_cut_and_flipped(run: Run) -> None:
    """A snapshot cut at any byte, or with a byte changed, is an empty picture or a picture, never an error."""
    path = run.path / "snapshots" / "3.npz"
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place])
        assert pictures.read(run, "snapshots/3.npz") == {}
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        pictures.read(run, "snapshots/3.npz")


def test_code_does_not_run(run: Run) -> None:
    """Pickled objects in a snapshot are not loaded."""
    np.savez(run.path / "snapshots" / "3.npz", confusion=np.array([{}], dtype=object))
    assert pictures.read(run, "snapshots/3.npz") == {}


@pytest.mark.parametrize("path", ["../secret.npz", "snapshots/../../secret.npz", "{parent}/secret.npz"])
def test_nothing_outside_the_run(run: Run, path: str) -> None:
    """A path that leads out of the run, or that is absolute, is not followed."""
    assert pictures.read(run, path.format(parent=run.path.parent)) == {}


def test_links_are_not_followed(run: Run) -> None:
    """A link that leads out of the run is not followed."""
    (run.path / "snapshots" / "4.npz").symlink_to(run.path.parent / "secret.npz")
    assert pictures.read(run, "snapshots/4.npz") == {}
