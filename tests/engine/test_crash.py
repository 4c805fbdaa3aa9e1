"""A process killed in the middle of saving, and files that were changed: a state that loads is always left."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from courses import course
from crashing import killed_everywhere
from lessons import network, toy

from tuitrain.engine import checkpoint
from tuitrain.engine.checkpoint import Damaged
from tuitrain.engine.lesson import Lesson, prepare
from tuitrain.engine.state import read
from tuitrain.events import Event, Saved, Start

SMALL: dict[str, Any] = {"optimizer": {"kind": "adam"}, "training": {"checkpoints": 2}}


def begun(folder: Path) -> Lesson:
    """Return a training that has not taken a step."""
    experiment = toy(**SMALL)
    return prepare(experiment, network(experiment), experiment.dataset.load(folder), folder)


def learn(lesson: Lesson, loss: float) -> None:
    """Take a step and take note of this loss."""
    lesson.step += 1
    lesson.set_lr(lesson.step - 1)
    taken = lesson.update(*lesson.draw(lesson.batch(lesson.step), lesson.step))
    lesson.meter.add(taken.loss, taken.loss, 1)
    lesson.meter.read()
    lesson.judge(loss)


def whole(path: Path) -> int:
    """Return the step of a checkpoint, which is whole."""
    state = read(path)
    begun(path.parent).put_back(state)
    return int(state["step"])


def good(folder: Path) -> Lesson:
    """Return a training that saved its first three steps, the ring being full."""
    lesson = begun(folder)
    for step in range(1, 4):
        learn(lesson, 1 / step)
        assert all(isinstance(event, Event) for event in lesson.save())
    return lesson


@pytest.mark.parametrize("better", [True, False])
def test_killed_at_any_moment_of_a_save(tmp_path: Path, better: bool) -> None:
    """Killed before any file operation of a save, there is the last good state or the new one, as best and as last.

    The next save of a process that goes on from there leaves nothing behind but checkpoints that load.
    """
    lesson, folder = good(tmp_path), tmp_path / "checkpoints"
    learn(lesson, 0.1 if better else 9.0)
    found = []
    for _ in killed_everywhere(lambda: list(lesson.save())):
        steps = whole(folder / "best.pt"), whole(folder / "last.pt")
        assert steps[0] <= max(steps[1], 4)
        found.append(steps)
        for path in folder.glob("step-*.pt"):
            assert path.stem == "step-000000004" or whole(path) <= 3
    assert found[0] == (3, 3)
    assert found[-1] == ((4 if better else 3), 4)
    assert found == sorted(found)
    assert len(found) > 15
    _goes_on(tmp_path, folder / "last.pt")


def _goes_on(folder: Path, path: Path) -> None:
    lesson = begun(folder)
    lesson.put_back(read(path))
    lesson.keeper.recall(lesson.step)
    learn(lesson, 0.01)
    saved = {event.path.partition("/")[2] for event in lesson.save() if isinstance(event, Saved)}
    assert saved == {"best.pt", "last.pt", "step-000000005.pt"}
    names = {file.name for file in (folder / "checkpoints").iterdir()}
    kept = {name for name in names if name.endswith(".pt")}
    assert names == kept | {f"{name}.sha256" for name in kept}
    assert not any(name.startswith(".") for name in names)
    assert sum(name.startswith("step-") for name in kept) == 2
    assert sorted(whole(folder / "checkpoints" / name) for name in kept)[-3:] == [5, 5, 5]


@pytest.mark.slow
def test_killed_saves_leave_no_litter_each(tmp_path: Path) -> None:
    """After each moment at which a save was killed, the next save of a new process leaves no litter."""
    lesson, folder = good(tmp_path), tmp_path / "checkpoints"
    learn(lesson, 0.1)
    for _ in killed_everywhere(lambda: list(lesson.save())):
        fresh = begun(tmp_path)
        fresh.put_back(read(folder / "last.pt"))
        fresh.keeper.recall(fresh.step)
        assert all(isinstance(event, Event) for event in fresh.save())
        names = {file.name for file in folder.iterdir()}
        kept = {name for name in names if name.endswith(".pt")}
        assert names == kept | {f"{name}.sha256" for name in kept}
        assert {whole(folder / name) for name in kept} <= {1, 2, 3, 4}


def test_killed_while_two_are_made_one(tmp_path: Path) -> None:
    """Killed before any file operation of a link over an older file, there is the old checkpoint or the new one."""
    source, path = tmp_path / "last.pt", tmp_path / "best.pt"
    checkpoint.save({"step": 1}, path)
    checkpoint.save({"step": 2}, source)
    found = [checkpoint.load(path)["step"] for _ in killed_everywhere(lambda: checkpoint.link(source, path))]
    assert found == sorted(found)
    assert set(found) == {1, 2}
    assert checkpoint.load(path)["step"] == 2
    checkpoint.link(source, path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "last.pt",
        "last.pt.sha256",
        "best.pt",
        "best.pt.sha256",
    }


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the checkpoint of a real training."""
    folder = tmp_path_factory.mktemp("run")
    course(toy(**SMALL), folder)
    return folder / "checkpoints" / "last.pt"


@pytest.fixture
def path(saved: Path, tmp_path: Path) -> Path:
    """Return a copy of it to be harmed."""
    path = tmp_path / "last.pt"
    for name in ("last.pt", "last.pt.sha256"):
        path.with_name(name).write_bytes(saved.with_name(name).read_bytes())
    return path


def harmed(content: bytes) -> Iterator[bytes]:
    """Return the content cut at many places, and with one bit changed at many."""
    places = sorted({round(share * (len(content) - 1) / 60) for share in range(61)})
    for place in places:
        yield content[:place]
        yield content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]
    yield content + b"\0"


def test_cut_or_one_bit_changed(path: Path) -> None:
    """Wherever a file was cut, or a bit of it changed, it is named as damaged."""
    content = path.read_bytes()
    for changed in harmed(content):
        path.write_bytes(changed)
        with pytest.raises(Damaged, match=r"last\.pt: its SHA-256 is not the one in last\.pt\.sha256"):
            read(path)
    path.write_bytes(content)
    assert read(path)["step"] == 9


def test_digest_that_was_changed(path: Path) -> None:
    """A digest that was cut or changed proves nothing: the file is named as damaged."""
    beside = path.with_name("last.pt.sha256")
    for text in (b"", b"\xff\xfe", beside.read_bytes()[:63], b"0" * 64):
        beside.write_bytes(text)
        with pytest.raises(Damaged, match=r"last\.pt: "):
            read(path)


def test_nothing_goes_on_from_damage(path: Path, tmp_path: Path) -> None:
    """A training that shall go on from a damaged file tells nothing, writes nothing, and says which file it is."""
    os.truncate(path, 1000)
    with pytest.raises(Damaged, match=r"last\.pt: "):
        course(toy(**SMALL), tmp_path / "run", Start(checkpoint=path))
    assert not (tmp_path / "run").exists()


class Code:
    """What would make a file as soon as it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to make it again: by code."""
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("place", ["model", "settings", "best"])
def test_code_in_a_state(path: Path, tmp_path: Path, place: str) -> None:
    """A state with code in it is refused even with the right digest beside it, and the code does not run."""
    target = tmp_path / "ran"
    state = read(path) | {place: {"x": Code(target)}}
    checkpoint.save(state, path)
    with pytest.raises(Damaged, match=r"last\.pt: is not a checkpoint"):
        course(toy(**SMALL), tmp_path / "run", Start(checkpoint=path))
    assert not target.exists()
    torch.load(path, weights_only=False)
    assert target.exists(), "the payload is one that would have run"
