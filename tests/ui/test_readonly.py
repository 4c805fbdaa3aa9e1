"""Looking on: no key trains, tells or changes anything, and several may look at one run."""

from pathlib import Path

import pytest
from cockpits import Given, lines, main, no_child_left, row, running, session, text, until
from onward import broken_off, toasts, told
from shelves import held

from tuitrain.runs.inbox import Inbox
from tuitrain.runs.session import Session
from tuitrain.runs.store import Run
from tuitrain.ui.commands import ONLOOKER
from tuitrain.ui.screens.ledger import Ledger
from tuitrain.ui.screens.main import Main

nobody = pytest.fixture(autouse=True)(no_child_left)
KEYS = ("f5", "ctrl+r", "space", "s", "full_stop", "r", "S", "C", "R", "f")


def onlooker(folder: Path, run: Run) -> Given:
    """Return a cockpit that only looks on."""
    opened = Session(folder / "runs", folder / "data", warm=True, readonly=True)
    opened.open(run)
    experiment = opened.experiment()
    assert experiment is not None
    return Given(experiment, opened)


async def test_every_key_that_would_do_something(tmp_path: Path) -> None:
    """Each is answered with the same sentence and leaves no trace; the top line says so, and leaving asks nothing."""
    run = broken_off(tmp_path / "runs")
    with held(run):
        app = onlooker(tmp_path, run)
        async with running(app, (80, 24)) as pilot:
            await until(pilot, lambda: "read only" in lines(app)[0])
            assert app.session.standby is None
            for key in KEYS:
                app.clear_notifications()
                await pilot.press(key)
                await until(pilot, lambda: ONLOOKER in toasts(app))
                assert isinstance(app.screen, Main)
            await pilot.press("o")
            await until(pilot, lambda: isinstance(app.screen, Ledger) and app.screen.shown)
            for key in ("R", "n", "t", "D"):
                app.clear_notifications()
                await pilot.press(key)
                await until(pilot, lambda: ONLOOKER in toasts(app))
                assert isinstance(app.screen, Ledger)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, Main))
            await pilot.press("q")
        assert app.return_value == 0
    assert Inbox(run.inbox).commands() == []
    assert not (run.path / "about.json").exists()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [run.id]


async def test_several_look_at_one_run(tmp_path: Path) -> None:
    """What one of them has a run do is seen by the others as it is told."""
    run = broken_off(tmp_path / "runs")
    with held(run):
        opened = session(tmp_path, [run])
        experiment = opened.experiment()
        assert experiment is not None
        driver, other = Given(experiment, opened), onlooker(tmp_path, run)
        async with running(driver, (80, 24)) as driving, running(other, (80, 24)) as looking:
            for app, pilot in ((driver, driving), (other, looking)):
                await until(pilot, lambda app=app: row(app, "mlp 10")[-1] == "running")  # type: ignore[misc]  # its own
            await driving.press("space")
            (command,) = Inbox(run.inbox).commands()
            assert command.action == "pause"
            told(run, "paused", step=551, command=command.id)
            for app, pilot in ((driver, driving), (other, looking)):
                await until(pilot, lambda app=app: row(app, "mlp 10")[-1] == "paused")  # type: ignore[misc]  # its own
            await looking.press("space")
            await until(looking, lambda: ONLOOKER in toasts(other))
            assert Inbox(run.inbox).commands() == []
            assert main(driver).charts.marks == main(other).charts.marks
            assert "paused" in text(other)
