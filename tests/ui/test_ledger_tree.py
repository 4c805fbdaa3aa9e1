"""The family tree on the screen of all runs: branches below their trunk, what differs, what they take on disk."""

from dataclasses import replace
from pathlib import Path

import pytest
from cockpits import Given, main, no_child_left, running, session, text, until
from ledgers import Front, ledger, screen, settings, short, write
from onward import branched, saved
from shelves import DIGITS, copied

from tuitrain.experiment import read
from tuitrain.runs import queue
from tuitrain.runs.entry import Entry
from tuitrain.runs.ledger import Book
from tuitrain.runs.store import Run
from tuitrain.ui import roll, tree
from tuitrain.ui.screens.ledger import Ledger

nobody = pytest.fixture(autouse=True)(no_child_left)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a trunk with two branches, one of which has a branch itself, and a run of digits made in between."""
    runs = tmp_path / "runs"
    trunk = copied(runs, name="20260101-000000-trunk")
    copied(runs, DIGITS, "20260102-000000-digits")
    saved(trunk, "last", 1000, size=2_000_000)
    saved(trunk, "step-000000500", 500, size=9_000_000)
    first = branched(trunk, "20260103-000000-first", 300, 0.03)
    branched(trunk, "20260104-000000-second", 500, 0.05)
    branched(first, "20260105-000000-third", 600, 0.07)
    return runs


async def test_branches_stand_below_their_trunk(folder: Path) -> None:
    """A family stands where its newest run would; sorted otherwise, or without the trunk, each stands by itself."""
    app = Front(folder)
    async with ledger(app) as pilot:
        assert short(app) == "trunk second first third digits"
        seen = text(app)
        assert "✓  20260101-000000 " in seen
        assert "✓  └ 20260104-000000 " in seen
        assert "✓    └ 20260105-000000 " in seen
        await pilot.press("r")
        await until(pilot, lambda: short(app) == "trunk digits first second third")
        assert "└" not in "".join(line for line in text(app).splitlines() if "2026010" in line)
        await pilot.press("r", "slash")
        await write(pilot, "lr<0.08")
        await until(pilot, lambda: short(app) == "first third second")
        assert "└ 20260105" in text(app)


async def test_what_is_told_of_a_branch_and_of_checkpoints(folder: Path) -> None:
    """The parent and the step are named, checkpoints with their size, and only what differs is in the table."""
    app = Front(folder)
    async with ledger(app, (200, 40)) as pilot:
        await until(pilot, lambda: "checkpoints 2, 11 MB; tuitrain gc frees 9.0 MB" in text(app))
        await pilot.press("j")
        await until(pilot, lambda: "branch of 20260101-000000-trunk at step 500" in text(app))
        assert "tuitrain gc" not in text(app)
        await pilot.press("home", "space", "space")
        await until(pilot, lambda: settings(app) == {"optimizer.lr": ("0.1", "0.05")})


async def test_a_branch_opens_with_its_trunk(folder: Path) -> None:
    """Enter on a branch shows both in the cockpit, the branch in front."""
    app = Given(read("toy-deep"), session(folder.parent))
    async with running(app) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Ledger) and len(app.screen.shown) == 5)
        await pilot.press("j", "enter")
        await until(pilot, lambda: len(app.session.watches) == 2)
        assert [watch.run.id[16:] for watch in app.session.watches] == ["trunk", "second"]
        await until(pilot, lambda: main(app).shown is app.session.watches[1])


def test_runs_made_in_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    """They are told apart by their models, of one model by their number."""
    for name in ("linear", "mlp-10", "mlp-10-2"):
        copied(tmp_path, name=f"20260101-000000-{name}")
    entries = sorted(Book(tmp_path).read(), key=lambda entry: entry.id)
    alike = [replace(entry, model="mlp 10", order=number) for number, entry in enumerate(entries)]
    assert list(roll.brief_names(alike).values()) == ["000000", "000000-2", "000000-3"]
    differing = [replace(entry, model=model) for entry, model in zip(entries, ("linear", "a", "b"), strict=True)]
    assert list(roll.brief_names(differing).values()) == ["linear 000000", "a 000000", "b 000000"]


def test_a_circle_of_parents_is_drawn_all_the_same(tmp_path: Path) -> None:
    """Damaged files that make each run the branch of the other lose no run."""
    copied(tmp_path, name="20260101-000000-a")
    (entry,) = Book(tmp_path).read()
    circle: list[Entry] = [
        replace(entry, run=Run(tmp_path / name), parent=parent) for name, parent in (("a", "b"), ("b", "a"), ("c", "c"))
    ]
    found, depths = tree.ordered(circle)
    assert sorted(one.id for one in found) == ["a", "b", "c"]
    assert max(depths.values()) == 1


def test_names_are_those_of_the_list(folder: Path) -> None:
    """What is copied of the list has no tree in it."""
    entries = Book(folder).read()
    heading, rows = roll.shown(entries)
    assert "└" not in "".join(word for line in [heading, *rows] for word in line)
    assert len(rows) == 5


async def test_what_waits_in_line_is_not_deleted(folder: Path) -> None:
    """A run in line stays where somebody deletes it among all runs, and where it is deleted is told."""
    (one,) = queue.add(read("toy-deep").alone[0], folder)
    app = Front(folder)
    async with ledger(app) as pilot:
        await until(pilot, lambda: screen(app).book.entries[0].state == "queued")
        await pilot.press("home", "D")
        await until(pilot, lambda: "waits in line: Q in" in text(app))
        assert app.screen is screen(app)
    assert one.path.is_dir()
