"""Going on with runs from the cockpit: what a lost one says, a finished one asks, and a worker does."""

from pathlib import Path

import pytest
from cockpits import (
    ENDLESS,
    LINEAR,
    PATIENCE,
    Given,
    cockpit,
    lines,
    main,
    no_child_left,
    row,
    running,
    session,
    text,
    training,
    until,
)
from onward import broken_off, toasts

from tuitrain.runs.watch import look, wait
from tuitrain.ui.screens.longer import Longer
from tuitrain.ui.screens.main import Main
from tuitrain.ui.widgets.status import Status

nobody = pytest.fixture(autouse=True)(no_child_left)


@pytest.mark.parametrize("size", [(40, 12), pytest.param((120, 40), marks=pytest.mark.slow)])
async def test_a_lost_run_says_what_to_do(tmp_path: Path, size: tuple[int, int]) -> None:
    """The top line names the key and the step from which it goes on, in the smallest terminal too."""
    run = broken_off(tmp_path / "runs")
    opened = session(tmp_path, [run])
    experiment = opened.experiment()
    assert experiment is not None
    app = Given(experiment, opened)
    async with running(app, size) as pilot:
        await until(pilot, lambda: "lost: R goes on from step 500" in lines(app)[0])
        assert "mlp 10" in lines(app)[0]


@pytest.mark.parametrize("size", [(40, 12), pytest.param((80, 24), marks=pytest.mark.slow)])
async def test_a_finished_run_asks_for_how_long(tmp_path: Path, size: tuple[int, int]) -> None:
    """What is no number, and no more than it had, is told; what the schedule makes of it as well; escape leaves it."""
    app = cockpit(tmp_path, "plane")
    before = [watch.run.journal.read_bytes() for watch in app.session.watches]
    async with running(app, size) as pilot:
        await until(pilot, lambda: "finished" in lines(app)[0])
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, Longer))
        seen = " ".join(text(app).replace("│", " ").split())
        assert "1,100 epochs in all. The learning rate stays 0.1." in seen
        for typed, sentence in (("soon", "must be"), ("1000", "it has had 1,000 epochs")):
            await pilot.press("ctrl+u", *typed, "enter")
            await until(pilot, lambda sentence=sentence: sentence in text(app))  # type: ignore[misc]  # one of its own
            assert isinstance(app.screen, Longer)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))
    assert [watch.run.journal.read_bytes() for watch in app.session.watches] == before


async def test_what_cannot_go_on_is_told(tmp_path: Path) -> None:
    """Without a run, with one under way elsewhere, and with one fitted in one go R says why."""
    app = cockpit(tmp_path / "none")
    async with running(app, (80, 24)) as pilot:
        await pilot.press("R")
        await until(pilot, lambda: "There is no run yet" in text(app))
    app = cockpit(tmp_path / "fitted", "fitted")
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        await pilot.press("R")
        await until(pilot, lambda: "no steps to go on with" in toasts(app))


@pytest.mark.slow
async def test_a_killed_and_a_stopped_run_go_on(tmp_path: Path) -> None:
    """R goes on with a run whose worker was killed, from its checkpoint, and again once it was stopped softly."""
    app = training(tmp_path, [*ENDLESS, "training.save_every=1000"])
    async with running(app) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: app.session.watches and app.session.watches[0].history.checkpoints)
        (watch,) = app.session.watches
        (child,) = app.session._children
        child.kill()
        await until(pilot, lambda: "lost: R goes on from step" in lines(app)[0])
        assert "lost" in row(app, "linear")
        lost_at = watch.history.step
        await pilot.press("R")
        await until(pilot, lambda: "Going on from step" in toasts(app))
        assert watch in app.session.active
        await until(pilot, lambda: watch.state == "running" and watch.history.step > lost_at)
        assert "restarted" in [words for _, words in watch.history.marks]
        assert main(app).query_one(Status).words[1][0] == "linear"
        await pilot.press("s")
        await until(pilot, lambda: row(app, "linear")[-1] == "stopped")
        stopped_at = watch.history.step
        await pilot.press("R")
        await until(pilot, lambda: watch.state == "running" and watch.history.step > stopped_at)
        await pilot.press("R")
        await until(pilot, lambda: "under way already" in toasts(app))
        await pilot.press("s")
        await until(pilot, lambda: row(app, "linear")[-1] == "stopped")


@pytest.mark.slow
async def test_a_finished_run_goes_on(tmp_path: Path) -> None:
    """A run that is over goes on for as many epochs more as are typed, to its new end."""
    app = training(tmp_path, [*LINEAR, "training.epochs=20"])
    async with running(app) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: "finished" in text(app))
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, Longer))
        await pilot.press("ctrl+u", *"+30", "enter")
        await until(pilot, lambda: row(app, "linear")[1] == "50/50" and row(app, "linear")[-1] == "finished")
        (watch,) = app.session.watches
        assert wait(look(watch.run), lambda watch: watch.history.epoch == 50, PATIENCE)
