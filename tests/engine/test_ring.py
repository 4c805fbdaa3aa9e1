"""The ring of earlier checkpoints: how many there are, how they are spread, and what is told of them."""

import errno
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from courses import course
from lessons import last, of, toy

from tuitrain.engine import checkpoint, keeper
from tuitrain.engine.spread import crowded
from tuitrain.engine.state import read
from tuitrain.events import Event, Finished, Refused, Saved, Start, Thinned, Warned

pytestmark = pytest.mark.usefixtures("quick_disk")


def ring(folder: Path) -> dict[int, Path]:
    """Return the checkpoints of the ring by step."""
    found = sorted((folder / "checkpoints").glob("step-*.pt"))
    return {int(path.stem.removeprefix("step-")): path for path in found}


def told(events: list[Event]) -> dict[str, int]:
    """Return path and step of each checkpoint that a reader of the events takes to be there."""
    there: dict[str, int] = {}
    for event in events:
        if isinstance(event, Saved):
            there[event.path] = event.step
        elif isinstance(event, Thinned):
            there = {path: step for path, step in there.items() if path not in event.paths}
    return there


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_bounded(tmp_path: Path, count: int) -> None:
    """There are never more than asked for, the newest is among them, and what is told is what is there."""
    events = course(toy(training={"save_every": 1, "checkpoints": count, "epochs": 10}), tmp_path)
    found = ring(tmp_path)
    assert len(found) == count
    assert not count or max(found) == last(Finished, events).step == 30
    names = {f"checkpoints/{path.name}" for path in (tmp_path / "checkpoints").glob("*.pt")}
    assert set(told(events)) == names
    for path, step in told(events).items():
        assert read(tmp_path / path)["step"] == step


def test_spread(tmp_path: Path) -> None:
    """However many were saved, those that stay are spread over the whole training."""
    course(toy(training={"save_every": 1, "checkpoints": 6, "epochs": 20}), tmp_path)
    steps = sorted(ring(tmp_path))
    gaps = [later - earlier for earlier, later in pairwise(steps)]
    assert steps[0] == 1
    assert max(gaps) <= 60 // 2
    assert sum(gap > 3 for gap in gaps) >= 3


def test_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together they take no more than their share of the disk, but the newest stays whatever it takes."""
    experiment = toy(training={"save_every": 1, "checkpoints": 50})
    monkeypatch.setattr(keeper, "RING_BUDGET", 40_000)
    course(experiment, tmp_path / "some")
    sizes = [path.stat().st_size for path in ring(tmp_path / "some").values()]
    assert sum(sizes) <= 40_000 < sum(sizes) + max(sizes)
    monkeypatch.setattr(keeper, "RING_BUDGET", 1)
    course(experiment, tmp_path / "one")
    assert list(ring(tmp_path / "one")) == [9]


def test_links(tmp_path: Path) -> None:
    """A checkpoint in the ring is the last one of its moment, without room of its own."""
    course(toy(training={"save_every": 4, "epochs": 3}), tmp_path)
    found, newest = ring(tmp_path), tmp_path / "checkpoints" / "last.pt"
    assert sorted(found) == [4, 8, 9]
    assert found[9].samefile(newest)
    assert not found[8].samefile(newest)


def test_best_and_last_are_one_file(tmp_path: Path) -> None:
    """Where the last state is the best one, it is written once."""
    events = course(toy(training={"epochs": 1}), tmp_path)
    folder = tmp_path / "checkpoints"
    assert [event.step for event in of(Saved, events)] == [3, 3, 3]
    assert (folder / "best.pt").samefile(folder / "last.pt")
    assert read(folder / "best.pt")["step"] == 3


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system knows no hard links, the ring holds copies."""

    def refuse(*_arguments: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    events = course(toy(training={"save_every": 4}), tmp_path)
    assert not of(Warned, events)
    assert {step: read(path)["step"] for step, path in ring(tmp_path).items()} == {4: 4, 8: 8, 9: 9}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"save_every": 4}, [4, 8, 9]),
        ({"save_every": 100}, [9]),
        ({"save_minutes": 60.0}, [9]),
        ({"save_minutes": 60.0, "save_every": 1}, [9]),
        ({"save_minutes": 1e-9}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_how_often(tmp_path: Path, settings: dict[str, Any], expected: list[int]) -> None:
    """By steps, by minutes, which come before steps, and always at the end."""
    events = course(toy(training=settings | {"checkpoints": 20}), tmp_path)
    assert [event.step for event in of(Saved, events) if event.path == "checkpoints/last.pt"] == expected


def test_short_runs_have_some(tmp_path: Path) -> None:
    """A training of less than a second has checkpoints from its middle, at evaluations, spread over it."""
    events = course(toy(training={"epochs": 40, "record_every": 0, "checkpoints": 4}), tmp_path)
    steps = sorted(ring(tmp_path))
    assert last(Finished, events).seconds < keeper.PAUSE
    assert 2 <= len(steps) <= 4
    assert all(step % 3 == 0 for step in steps)
    assert min(steps) <= 60 < max(steps) == 120


def test_crowded() -> None:
    """What goes is what has the nearest neighbours: never an end, never what is kept."""
    assert crowded([1, 2]) is None
    assert crowded([1, 50, 60, 100]) == 2
    assert crowded([0, 10, 12, 20, 40]) == 2
    assert crowded([0, 10, 12, 20, 40], kept=(12,)) == 1
    assert crowded([0, 10, 40], kept=(10,)) is None


@pytest.mark.parametrize("name", ["best.pt", "last.pt", "step-000000003.pt"])
def test_file_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    """A file that cannot be replaced is named, the command is answered once, and training goes on."""
    (tmp_path / "checkpoints" / name).mkdir(parents=True)
    events = course(toy(training={"save_every": 100}), tmp_path, said={3: [("save", {})]})
    assert last(Finished, events).reason == "completed"
    answers = [event for event in events if getattr(event, "command", None)]
    assert [event.kind for event in answers] == ["saved" if name.startswith("step") else "refused"]
    sentences = [event.message for event in of(Warned, events)] + [event.reason for event in of(Refused, events)]
    assert any(f"{name} was not written: Is a directory" in sentence for sentence in sentences)


def test_last_never_without_its_best(tmp_path: Path) -> None:
    """Where best.pt cannot be written last.pt stays what it was: the two belong together."""
    (tmp_path / "checkpoints" / "best.pt").mkdir(parents=True)
    events = course(toy(), tmp_path)
    assert not of(Saved, events)
    assert not (tmp_path / "checkpoints" / "last.pt").exists()


def test_litter_goes(tmp_path: Path) -> None:
    """What a killed process left half done is removed by the first save of the one that goes on."""
    experiment = toy(training={"save_every": 3})
    course(experiment, tmp_path)
    folder = tmp_path / "checkpoints"
    for name in (".last.pt.99", ".last.pt.sha256.99", ".step-000000004.pt.99", "step-000000004.pt.sha256"):
        (folder / name).write_bytes(b"half")
    (folder / "step-000000005.pt").write_bytes(b"without a digest")
    course(experiment, tmp_path, Start(checkpoint=folder / "step-000000006.pt"))
    kept = {"best.pt", "last.pt", *(f"step-{step:09d}.pt" for step in (3, 6, 9))}
    assert {file.name for file in folder.iterdir()} == kept | {f"{name}.sha256" for name in kept}


def test_files_of_others(tmp_path: Path) -> None:
    """Files that are only named much like those of a training are neither read nor removed."""
    experiment = toy(training={"save_every": 3, "checkpoints": 3})
    course(experiment, tmp_path)
    names = ("step-mine.pt", "step-mine.keep", "step-000000004.pt.bak", ".step-mine.pt.9", "step-12.pt")
    foreign = [tmp_path / "checkpoints" / name for name in names]
    foreign += [tmp_path / "snapshots" / name for name in ("0 copy.npz", "99 copy.npz", "mine.npz")]
    for path in foreign:
        path.write_bytes(b"mine")
    events = course(experiment, tmp_path, Start(checkpoint=tmp_path / "checkpoints" / "step-000000006.pt"))
    assert last(Finished, events).reason == "completed"
    assert all(path.read_bytes() == b"mine" for path in foreign)
    gone = {Path(path).name for event in of(Thinned, events) for path in event.paths}
    assert not gone & {path.name for path in foreign}


def test_start_of_a_branch_stays(tmp_path: Path) -> None:
    """The state that a branch begins with is none of the ring, and stays."""
    course(toy(training={"save_every": 3}), tmp_path / "trunk")
    folder = tmp_path / "branch" / "checkpoints"
    folder.mkdir(parents=True)
    checkpoint.link(tmp_path / "trunk" / "checkpoints" / "step-000000003.pt", folder / "start.pt")
    course(
        toy(training={"save_every": 1, "checkpoints": 2}),
        tmp_path / "branch",
        Start(checkpoint=folder / "start.pt", branch=True),
    )
    assert read(folder / "start.pt")["step"] == 3
    assert len(ring(tmp_path / "branch")) == 2
