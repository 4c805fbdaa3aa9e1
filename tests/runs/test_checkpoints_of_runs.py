"""The checkpoints of a run as files: which there are, and making room."""

import os
from pathlib import Path

import pytest
from shelves import held
from states import put, tell, trained

from tuitrain.runs import checkpoints
from tuitrain.runs.checkpoints import at, free, is_whole
from tuitrain.runs.history import History
from tuitrain.runs.lock import Occupied, held as lock_held, holder
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run with checkpoints of the steps 200, 400, 700 (the best) and 1000."""
    return trained(tmp_path)


def history(run: Run) -> History:
    """Return what the journal of a run amounts to now."""
    return look(run).history


def test_those_that_there_are(run: Run) -> None:
    """They come newest first, with name, step and size; what the journal does not name, or is not there, is none."""
    put(run, "step-999.pt")
    (run.path / "checkpoints" / "step-200.pt").unlink()
    found = checkpoints.checkpoints(run, history(run))
    assert [(one.name, one.step) for one in found] == [("last", 1000), ("best", 700), ("step-400", 400)]
    assert found[0].size == (run.path / "checkpoints" / "last.pt").stat().st_size
    tell(run, "thinned", paths=["checkpoints/step-400.pt"])
    assert len(checkpoints.checkpoints(run, history(run))) == 2


def test_of_a_branch(run: Run) -> None:
    """The state that a branch begins with is one as well, of the step that it begins with."""
    put(run, "start.pt")
    assert [(one.name, one.step) for one in checkpoints.checkpoints(run, history(run))][-1] == ("start", 0)


@pytest.mark.parametrize(
    ("place", "name"),
    [("last", "last"), ("best", "best"), ("700", "best"), (400, "step-400"), ("0400", None), ("300", None), ("", None)],
)
def test_at(run: Run, place: str | int, name: str | None) -> None:
    """A step, best or last names one of them, or none."""
    found = at(run, history(run), place)
    assert (found and found.name) == name


def test_several_of_one_step(run: Run) -> None:
    """Of one step the last is taken before the best, and that before one of the ring."""
    for name in ("step-1000.pt", "best.pt"):
        put(run, name)
        tell(run, "saved", step=1000, path=f"checkpoints/{name}")
    names = [one.name for one in checkpoints.checkpoints(run, history(run))]
    assert names == ["last", "best", "step-1000", "step-400", "step-200"]


def test_whole(run: Run) -> None:
    """A file is whole where its digest is one of those beside it."""
    path = put(run, "last.pt", b"content")
    assert is_whole(path)
    beside = checkpoints.beside(path)
    beside.write_text(f"{beside.read_text()}\n{'0' * 64}")
    assert is_whole(path)
    path.write_bytes(b"conten")
    assert not is_whole(path)
    for damage in (b"", b"\xff\xfe", None):
        beside.unlink() if damage is None else beside.write_bytes(damage)
        assert not is_whole(path)


def test_free(run: Run) -> None:
    """Those of earlier steps go and are counted; the last, the best and the first state of a branch stay."""
    folder = run.path / "checkpoints"
    put(run, "start.pt")
    os.link(folder / "last.pt", folder / "step-1000.pt")
    there = sorted(path.name for path in folder.iterdir())
    expected = sum(path.stat().st_size for path in folder.glob("step-[24]00.pt*"))
    assert free(run, dry=True) == expected
    assert sorted(path.name for path in folder.iterdir()) == there
    assert free(run) == expected
    assert {path.stem.partition(".")[0] for path in folder.iterdir()} == {"last", "best", "start"}
    assert free(run) == 0
    assert [one.name for one in checkpoints.checkpoints(run, history(run))] == ["last", "best", "start"]


def test_where_the_last_is_damaged(run: Run) -> None:
    """Where the last is not whole the newest of the ring that is stays: else all would be lost since the best."""
    folder = run.path / "checkpoints"
    put(run, "step-900.pt").write_bytes(b"cut")
    (folder / "last.pt").write_bytes(b"cut")
    assert free(run, dry=True) == free(run) > 0
    assert {path.name for path in folder.glob("*.pt")} == {"last.pt", "best.pt", "step-400.pt"}
    put(run, "last.pt")
    assert free(run) > 0
    assert not list(folder.glob("step-*"))


def test_freeing_leaves_the_lock_as_it_was(run: Run) -> None:
    """Who trained a run last is still told after room was made, and the run is free."""
    run.lock.write_text('{"pid": 7, "host": "elsewhere"}')
    os.utime(run.lock, (0, 0))
    assert free(run) > 0
    assert holder(run.lock) == {"pid": 7, "host": "elsewhere"}
    assert not lock_held(run.lock)


@pytest.mark.parametrize("path", ["../other.pt", "/etc/hostname", "checkpoints/link.pt", "checkpoints/\0.pt"])
def test_out_of_the_directory(run: Run, path: str) -> None:
    """What a journal names that lies elsewhere is no checkpoint of the run."""
    (run.path.parent / "other.pt").write_bytes(b"of another run")
    (run.path / "checkpoints" / "link.pt").symlink_to(run.path.parent / "other.pt")
    before = checkpoints.checkpoints(run, history(run))
    tell(run, "saved", step=2000, path=path)
    assert checkpoints.checkpoints(run, history(run)) == before


def test_not_under_way(run: Run) -> None:
    """Nothing is removed from a run that a worker has."""
    with held(run) as pid, pytest.raises(Occupied, match=f"is being trained by process {pid} on .*; stop it first"):
        free(run)
    assert (run.path / "checkpoints" / "step-200.pt").is_file()
