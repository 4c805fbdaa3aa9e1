"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from tuitrain.files import write_whole


@pytest.mark.parametrize("durable", [True, False])
def test_replaces(tmp_path: Path, durable: bool) -> None:
    """The new content takes the place of the old, for its owner alone, and nothing else is left in the folder."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    before = os.umask(0)
    try:
        write_whole(path, b"new", durable=durable)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_the_old(tmp_path: Path) -> None:
    """Where the new file cannot take its place, nothing is left of it."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_reader_sees_one_or_the_other(tmp_path: Path) -> None:
    """A reader that has the file open goes on reading the old content while it is replaced."""
    path = tmp_path / "file"
    write_whole(path, b"old")
    with path.open("rb") as reader:
        write_whole(path, b"new" * 10_000)
        assert reader.read() == b"old"
