"""Every view as text, in one file a terminal and a recording: what is seen, in the order of the keys.

`pytest tests/ui/test_every_view.py --snapshot-update` writes them anew; read the difference before it is kept.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cockpits import Given, change, cockpit, cut, lines, main, no_child_left, recorded, running, session, text, until
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tuitrain.experiment import read
from tuitrain.runs import lock
from tuitrain.runs.store import Run
from tuitrain.ui.keys import VIEWS

nobody = pytest.fixture(autouse=True)(no_child_left)
UNSTEADY = ("machine", "file")
"""The views that are not the same on every machine: how busy it is, and the versions in the file."""


class Screens(SingleFileSnapshotExtension):
    """One text file a test."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def screens(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return what compares with a text file."""
    return snapshot.use_extension(Screens)


async def seen(app: Given, size: tuple[int, int], word: str, keys: tuple[str, ...] = ()) -> str:
    """Return every view under its name, once this word is on the screen and the keys were pressed."""
    pages = []
    async with running(app, size) as pilot:
        await until(pilot, lambda: word in text(app))
        await pilot.press(*keys)
        for name, (key, _) in VIEWS.items():
            if name not in UNSTEADY:
                if main(app).board.view != name:
                    await pilot.press(key)
                await pilot.pause()
                pages.append("\n".join([f"== {name} ==", *(line.rstrip() for line in lines(app))]))
    return "\n\n".join(pages) + "\n"


@pytest.mark.parametrize("name", ["digits", pytest.param("plane", marks=pytest.mark.slow)])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["roomy", "narrow"])
async def test_views(tmp_path: Path, screens: SnapshotAssertion, name: str, size: tuple[int, int]) -> None:
    """The views of runs that are over; where a view has nothing to show it says why."""
    assert await seen(cockpit(tmp_path, name), size, "finished") == screens


async def test_in_ascii(tmp_path: Path, screens: SnapshotAssertion) -> None:
    """The same without a character outside ASCII."""
    found = await seen(cockpit(tmp_path, "digits", ascii_only=True), (80, 24), "finished")
    assert found.isascii()
    assert found == screens


async def test_without_colour(tmp_path: Path, screens: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR characters alone carry the meaning: classes, signs of curves, shades."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert await seen(cockpit(tmp_path, "plane"), (80, 24), "finished") == screens


@pytest.mark.slow
async def test_in_light(tmp_path: Path, screens: SnapshotAssertion) -> None:
    """In the light theme the characters are those of the dark one."""
    assert await seen(cockpit(tmp_path, "digits"), (80, 24), "finished", ("T",)) == screens


async def test_in_the_past(tmp_path: Path, screens: SnapshotAssertion) -> None:
    """At the first step, as the difference to the best: the crosshair at the left, signed numbers, flipped regions."""
    assert await seen(cockpit(tmp_path, "plane"), (120, 40), "finished", ("home", "d")) == screens


def _lost(folder: Path) -> list[Run]:
    runs = recorded(folder, "digits")
    cut(runs[1], 40)
    return runs


def _one_point(folder: Path) -> list[Run]:
    (run,) = recorded(folder, "stopped")
    kept = run.journal.read_bytes().splitlines(keepends=True)
    first = next(number for number, line in enumerate(kept) if b'"stepped"' in line)
    cut(run, first + 1)
    return [run]


def _hundred_classes(folder: Path) -> list[Run]:
    """Return a run whose last snapshot is of a hundred classes."""
    run = recorded(folder, "digits")[1]
    change(run, "started", labels=[f"kind of thing {number:02}" for number in range(100)])
    last = max((run.path / "snapshots").iterdir())
    with np.load(last) as arrays:
        kept = {name: arrays[name] for name in ("split", "samples")}
    rng = np.random.default_rng(0)
    counts = np.diag(rng.integers(50, 100, 100)) + rng.integers(0, 2, (100, 100)) * rng.integers(0, 9, (100, 100))
    labels = {"sample_labels": np.arange(24) * 4, "sample_probabilities": rng.dirichlet(np.ones(100), 24)}
    np.savez(last, allow_pickle=False, confusion=counts.astype(np.int32), **kept, **labels)
    return [run]


@pytest.mark.parametrize(
    ("make", "word"),
    [(_lost, "lost"), (_one_point, "lost"), (_hundred_classes, "finished")],
    ids=["lost", "one point", "hundred classes"],
)
async def test_states(tmp_path: Path, screens: SnapshotAssertion, make: Callable[[Path], list[Run]], word: str) -> None:
    """What is there of a run is shown, whatever else is missing."""
    runs = make(tmp_path)
    assert await seen(Given(read("first-run"), session(tmp_path, runs)), (80, 24), word) == screens


@pytest.mark.slow
@pytest.mark.parametrize(("name", "word"), [("diverged", "diverged"), ("fitted", "finished"), ("numbers", "finished")])
async def test_kinds(tmp_path: Path, screens: SnapshotAssertion, name: str, word: str) -> None:
    """A run that diverged, a model that is fitted in one go, and a regression."""
    assert await seen(cockpit(tmp_path, name), (80, 24), word) == screens


async def test_live(tmp_path: Path, screens: SnapshotAssertion) -> None:
    """A run whose worker is alive: running, with what was measured so far."""
    runs = recorded(tmp_path, "plane")
    cut(runs[2], 30)
    held = lock.take(runs[2].lock, lock.signature())
    app = Given(read("toy-deep"), session(tmp_path, [runs[2]]))
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "running" in text(app))
        await pilot.press("2")
        await pilot.pause()
        shown = "\n".join(line.rstrip() for line in lines(app)[1:])  # the first line tells the time that is left
    held.release()
    assert shown == screens
