"""Branches in the cockpit: where one can begin, what it may have otherwise, trunk and branch on one screen."""

from pathlib import Path

import pytest
from cockpits import ENDLESS, Given, cockpit, lines, main, no_child_left, running, session, text, training, until
from onward import branched, broken_off, saved, toasts
from shelves import settle

from tuitrain.runs.session import Session
from tuitrain.runs.store import Run
from tuitrain.ui.screens.branching import Branching
from tuitrain.ui.screens.main import Main
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.menu import Menu
from tuitrain.ui.widgets.rows import Deed
from tuitrain.ui.widgets.runs import RunsTable

NAME = "└ linear lr 0.02"
nobody = pytest.fixture(autouse=True)(no_child_left)


def over(folder: Path, run: Run) -> Given:
    """Return the cockpit on this run."""
    opened = session(folder, [run])
    experiment = opened.experiment()
    assert experiment is not None
    return Given(experiment, opened)


async def test_where_no_branch_can_begin(tmp_path: Path) -> None:
    """Without a run, without a checkpoint, and before the first one it is told why, with the steps there are."""
    app = cockpit(tmp_path / "none")
    async with running(app, (80, 24)) as pilot:
        await pilot.press("f")
        await until(pilot, lambda: "There is no run yet" in text(app))
    run = broken_off(tmp_path / "runs")
    app = over(tmp_path, run)
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "lost" in text(app))
        await pilot.press("home", "f")
        await until(pilot, lambda: "no checkpoint up to step 0: those there are are of step 500" in toasts(app))
        (run.path / "checkpoints" / "last.pt").unlink()
        await pilot.press("end", "f")
        await until(pilot, lambda: "nothing is saved yet" in toasts(app))


@pytest.mark.parametrize(
    "size", [pytest.param((40, 12), marks=pytest.mark.slow), (80, 24), pytest.param((120, 40), marks=pytest.mark.slow)]
)
async def test_a_branch_is_put_together(tmp_path: Path, size: tuple[int, int]) -> None:
    """It begins at the checkpoint before the time cursor; kinds have rows of their own; what is wrong holds it."""
    run = broken_off(tmp_path / "runs")
    saved(run, "step-000000100", 100)
    saved(run, "best", 300)
    app = over(tmp_path, run)
    async with running(app, size) as pilot:
        await until(pilot, lambda: "lost" in text(app))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, Branching))
        assert "Branch of mlp 10" in text(app)
        page = app.screen
        assert isinstance(page, Branching)
        assert page.step == 300  # live: the best
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))
        main(app).follow.go(299)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, Branching))
        page = app.screen
        assert isinstance(page, Branching)
        assert page.step == 100
        await pilot.press("ctrl+u", "0", "enter")
        await until(pilot, lambda: "must be greater than 0" in text(app))
        await pilot.press("ctrl+u", *"0.5", "up", "right")
        await until(pilot, lambda: "optimizer.beta1" in [field.key for field in page.query(Field)] or page.edits.typed)
        kind = page.edits.settled.optimizer.kind
        assert kind != "sgd"
        assert page.edits.overrides == [f'optimizer.kind="{kind}"']
        (epochs,) = [field for field in page.query(Field) if field.key == "training.epochs"]
        page.set_focus(epochs.control)
        await pilot.press("ctrl+u", *"50", "enter")
        await until(pilot, lambda: "nothing is left to train from step 100" in text(app) or size == (40, 12))
        assert isinstance(app.screen, Branching)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))


@pytest.mark.slow
async def test_keys_of_the_page(tmp_path: Path) -> None:
    """The keys lead to the checkpoint too; enter opens a choice and trains nothing; no kind is offered in vain."""
    run = broken_off(tmp_path / "runs")
    settle(run, training__batch_size=16)
    saved(run, "best", 300)
    app = over(tmp_path, run)
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "lost" in text(app))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, Branching) and "300 best" in text(app))
        page = app.screen
        assert isinstance(page, Branching)
        assert "enter or F5 trains" in text(app)
        await pilot.press("k", "up", "shift+tab")
        await until(pilot, lambda: "enter opens" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: page.query(Menu) and "500 last" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: page.step == 500 and not page.query(Menu))
        assert app.screen is page
        await pilot.press("j", "enter")
        await until(pilot, lambda: bool(page.query(Menu)))
        assert "adamw" in text(app)
        assert "lbfgs" not in text(app)  # a branch keeps the size of its batches
        await pilot.press("escape", *["tab"] * 40)
        assert isinstance(page.focused, Deed)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))


async def test_what_cannot_branch_is_told(tmp_path: Path) -> None:
    """A checkpoint that was cut off makes no branch and no run; a sentence says so."""
    run = broken_off(tmp_path / "runs")
    (run.path / "checkpoints" / "last.pt").write_bytes(b"half")
    app = over(tmp_path, run)
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "lost" in text(app))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, Branching))
        await pilot.press("enter")
        await until(pilot, lambda: "No branch" in toasts(app))
        assert "changed or cut" in toasts(app)
        assert len(list((tmp_path / "runs").iterdir())) == 1


async def test_trunk_and_branch_are_shown_together(tmp_path: Path) -> None:
    """A branch that is opened has its trunk above it; its curve begins at its step, and each says where they part."""
    trunk = broken_off(tmp_path / "runs")
    branch = branched(trunk, "20260103-000000-branch", 300, 0.03)
    app = over(tmp_path, branch)
    async with running(app) as pilot:
        await until(pilot, lambda: "└ mlp 10 lr 0.03" in text(app))
        assert [watch.run.id for watch in app.session.watches] == [trunk.id, branch.id]
        assert [watch.state for watch in app.session.watches] == ["lost", "finished"]
        main(app).follow.choose(branch.id)
        curves = {line.label: line.series.steps[0] for line in main(app).charts.lines["loss"] if line.split == "val"}
        assert curves["mlp 10"] == 0
        assert curves["mlp 10 lr 0.03"] >= 300
        assert (300, "branch") in main(app).charts.marks
        await pilot.press("n")
        await until(pilot, lambda: (300, "branch lr 0.03") in main(app).charts.marks)
        assert app.session.experiment() is not None
        rate = [field.value for field in main(app).query(Field) if field.key == "lr"]
        assert rate == [0.03]  # the settings are those of the branch, and no sweep over both


@pytest.mark.slow
async def test_a_real_branch(tmp_path: Path) -> None:
    """A branch of a training that goes on is trained beside it from the checkpoint on; both are listed and drawn."""
    app = training(tmp_path, [*ENDLESS, "training.save_every=2000"])
    async with running(app) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: app.session.watches and len(app.session.watches[0].history.checkpoints) > 1)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, Branching))
        await pilot.press("ctrl+u", *"0.02", "enter")
        await until(pilot, lambda: len(app.session.watches) == 2)
        trunk, branch = app.session.watches
        await until(pilot, lambda: branch.state == "running" and branch.history.step > branch.history.first > 0)
        assert trunk.state == "running"
        assert branch.experiment is not None
        assert branch.experiment.parent is not None
        assert branch.experiment.parent.run == trunk.run.id
        assert branch.history.first == branch.experiment.parent.step
        await until(pilot, lambda: [row.words[0] for row in main(app).query_one(RunsTable).rows_shown][1:] == [NAME])
        assert "linear lr 0.02" in lines(app)[0]
        await pilot.press("space")
        await until(pilot, lambda: branch.state == "paused")  # the one in front, not the other
        assert trunk.state == "running"
        await pilot.press("S")
        await until(pilot, lambda: not app.session.active)
    again = Session(tmp_path / "runs", tmp_path / "data", warm=False)
    again.open(branch.run)
    assert [watch.run.id for watch in again.watches] == [trunk.run.id, branch.run.id]
