"""The journal: one writer, readers at any time, and nothing that stands in it is fatal."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.events import Preparing, Stepped
from tuitrain.runs.journal import Reader, Writer, stamp

VALUES = st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
RECORDS = st.fixed_dictionaries(
    {"event": st.sampled_from(["stepped", "finished", "of a later version"]) | st.text()},
    optional={"metrics": st.dictionaries(st.text(), VALUES, max_size=3), "path": st.text(), "step": st.integers(0, 99)},
)
JUNK = st.sampled_from(
    [
        b"\0" * 9,
        b"{",
        b'{"event": "stepped", ',
        b"[]",
        b"3",
        b"null",
        b'"event"',
        b"{}",
        b'{"event": 5}',
        b'{"event": null}',
        b"\xff\xfe{}",
        b'{"event": "a"}{"event": "b"}',
        b"<html>",
    ]
)


@given(st.lists(RECORDS | JUNK, max_size=12), st.binary(max_size=8), st.data())
@settings(max_examples=200, deadline=None)
def test_any_split_of_bytes(tmp_path_factory: pytest.TempPathFactory, lines: list[Any], torn: bytes, data: Any) -> None:
    """However the bytes arrive and are read, each whole record comes once, in order; the rest is counted."""
    encoded = [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines]
    content = b"".join(line + b"\n" for line in encoded) + torn.replace(b"\n", b"")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=10)))
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    reader, found = Reader(path), []
    assert reader.read() == []
    for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        with path.open("ab") as file:
            file.write(content[start:end])
        found += reader.read()
    assert found == [line for line in lines if isinstance(line, dict)]
    assert reader.skipped == sum(isinstance(line, bytes) for line in lines)
    assert Reader(path).read() == found


@pytest.mark.parametrize("limit", [1, 15, 16, 40, 10_000])
def test_in_slices(tmp_path: Path, limit: int) -> None:
    """With a limit the same records come in slices, at least one a slice, and it is known whether there may be more."""
    path = tmp_path / "journal.jsonl"
    reader, found = Reader(path), []
    assert (reader.read(limit), reader.behind) == ([], False)
    path.write_bytes(b"".join(b'{"event": "%03d"}\n' % number for number in range(20)) + b'{"event": "torn')
    while True:
        slice_ = reader.read(limit)
        found += slice_
        if not reader.behind:
            break
        assert slice_
        assert len(slice_) <= max(limit // 17, 1)
    assert [record["event"] for record in found] == [f"{number:03}" for number in range(20)]
    assert reader.offset == 20 * 17


def test_size(tmp_path: Path) -> None:
    """A writer knows how long the journal is, what was there before and a line that it had to end among it."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"torn")
    writer = Writer(path)
    for step in range(3):
        writer.append({"event": "stepped", "step": step, "text": "π"})
        assert writer.size == path.stat().st_size
    writer.close()


def test_writer_and_reader(tmp_path: Path) -> None:
    """A record can be read as soon as it is written, by several readers, and its file is its owner's alone."""
    before = os.umask(0)
    try:
        writer = Writer(tmp_path / "journal.jsonl")
    finally:
        os.umask(before)
    readers = [Reader(writer.path), Reader(writer.path)]
    for step in range(3):
        record = {"event": "stepped", "step": step, "text": "π\u2028\x85\r\n"}
        assert writer.append(record) is None
        assert [reader.read() for reader in readers] == [[record], [record]]
    writer.close()
    assert stat.S_IMODE(writer.path.stat().st_mode) == 0o600


def test_a_disk_that_went_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk cannot be waited for that is told, and the file is let go of all the same."""
    opened = len(os.listdir("/dev/fd"))  # noqa: PTH208  Path.iterdir may open it lazily
    writer = Writer(tmp_path / "journal.jsonl")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        writer.close()
    assert len(os.listdir("/dev/fd")) == opened  # noqa: PTH208  as above


@pytest.mark.parametrize("torn", [b'{"event": "ste', b"\0\0\0", b"x"])
def test_torn_line_is_ended(tmp_path: Path, torn: bytes) -> None:
    """What a killed writer left unfinished costs that line alone: the next writer begins a new one."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"event": "a"}\n' + torn)
    reader = Reader(path)
    assert [record["event"] for record in reader.read()] == ["a"]
    writer = Writer(path)
    writer.append({"event": "b"})
    writer.close()
    assert [record["event"] for record in reader.read()] == ["b"]
    assert reader.skipped == 1


def test_text_that_is_no_text(tmp_path: Path) -> None:
    """A name from the file system that is not UTF-8 ends in the journal, marked, and not in an error."""
    writer = Writer(tmp_path / "journal.jsonl")
    writer.append({"event": "warned", "message": os.fsdecode(b"/data/\xff.png")})
    writer.close()
    assert [record["message"] for record in Reader(writer.path).read()] == ["/data/?.png"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_full_disk() -> None:
    """Where the disk is full the error is returned, not raised, each time."""
    writer = Writer(Path("/dev/full"))
    errors = [writer.append({"event": "stepped"}) for _ in range(3)]
    assert [error.strerror if error else None for error in errors] == ["No space left on device"] * 3


def test_stamp() -> None:
    """A record begins with event, run and time in UTC, and no number in it is beyond JSON."""
    record = stamp("a-run", Preparing(phase="loading torch"))
    assert list(record) == ["event", "run", "time", "phase"]
    assert (record["event"], record["run"]) == ("preparing", "a-run")
    assert record["time"].endswith("+00:00")
    spoilt = stamp("a-run", Stepped(step=1, epoch=1, metrics={"train/loss": float("inf")}))
    assert (spoilt["metrics"], spoilt["diverged"]) == ({"train/loss": None}, True)
