"""What a person says of a run, and deleting runs."""

import json
import os
import stat
from pathlib import Path

import pytest
from shelves import copied, held

from tuitrain.runs import about, store
from tuitrain.runs.about import About, Kept

HOSTILE = ("../../x", "/etc/x", ".", "\0", "a" * 300, "-rf", "[/bold]\x1b[31m\n\u202e", "\ud800")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_only_words(tmp_path: Path, name: str) -> None:
    """Whatever a run is called, nothing is written but one private file in its directory, which keeps its name."""
    run = copied(tmp_path / "runs")
    before = set(tmp_path.rglob("*"))
    about.write(run, About(name=name, tags=(name, name), note=name))
    assert set(tmp_path.rglob("*")) - before == {about.path(run)}
    assert stat.S_IMODE(about.path(run).stat().st_mode) == 0o600
    told = about.read(run)
    assert told.name == name.strip()[: about.NAME]
    assert len(told.tags) <= 1
    assert [found.id for found in store.listed(tmp_path / "runs")] == [run.id]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"name": 3, "tags": "x", "note": []}', b"[" * 100000, b'{"tags":[1,{}]}'],
)
def test_a_foreign_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    """A file that somebody else wrote there, or that is damaged, is as good as none."""
    run = copied(tmp_path)
    about.path(run).write_bytes(content)
    assert about.read(run) == About()


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe does not block, a link is not followed, and is replaced, not written through."""
    run, secret = copied(tmp_path / "runs"), tmp_path / "secret"
    os.mkfifo(about.path(run))
    assert about.read(run) == About()
    about.path(run).unlink()
    secret.write_text(json.dumps({"name": "secret"}))
    about.path(run).symlink_to(secret)
    assert about.read(run) == About()
    about.write(run, About(name="mine"))
    assert about.read(run) == About(name="mine")
    assert "secret" in secret.read_text()


def test_deleting_frees_what_was_there(tmp_path: Path) -> None:
    """A deleted run is gone from the list and the disk, and the bytes of its files are what it freed."""
    run, other = copied(tmp_path), copied(tmp_path, name="20260102-030499-other")
    size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert about.weigh(run.path) == size
    assert about.delete(run) == size
    assert [found.id for found in store.listed(tmp_path)] == [other.id]
    assert [path.name for path in tmp_path.iterdir()] == [other.id]


def test_a_run_that_is_being_trained_stays(tmp_path: Path) -> None:
    """While a worker holds the lock of a run it is not deleted; the sentence names the worker."""
    run = copied(tmp_path)
    with held(run) as worker:
        with pytest.raises(Kept, match=rf"is being trained by process {worker} on .*; stop it first"):
            about.delete(run)
        assert run.journal.exists()
    assert about.delete(run) > 0
    assert not run.path.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """What links in a run, or a link in the place of one, point at stays as it is."""
    folder, outside = tmp_path / "runs", tmp_path / "outside"
    run, real = copied(folder), copied(outside)
    (run.path / "snapshots" / "away").symlink_to(outside)
    (run.path / "away").symlink_to(real.journal)
    (folder / "linked").symlink_to(real.path)
    size = about.weigh(real.path)
    about.delete(run)
    assert about.delete(store.Run(folder / "linked")) == 0
    assert list(folder.iterdir()) == []
    assert about.weigh(real.path) == size


def test_what_a_killed_deletion_left_goes_with_the_next(tmp_path: Path) -> None:
    """A directory that was moved aside and not removed is no run, and goes with the next one that is deleted."""
    left = copied(tmp_path).path.rename(tmp_path / f"{about.DELETED}1-2")
    (left / "experiment.toml").unlink()
    run = copied(tmp_path)
    assert [found.id for found in store.listed(tmp_path)] == [run.id]
    about.delete(run)
    assert list(tmp_path.iterdir()) == []
