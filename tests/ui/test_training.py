"""The cockpit and a real worker: starting, pausing, stopping, leaving and coming back."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cockpits import (
    ENDLESS,
    LINEAR,
    PATIENCE,
    SIZES,
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

from tuitrain.experiment import override, parse, read
from tuitrain.runs import launch, store
from tuitrain.runs.session import Session
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look, wait
from tuitrain.ui.screens.main import Main
from tuitrain.ui.screens.quit import Quit
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.pictures import Surface
from tuitrain.ui.widgets.setup import Setup

nobody = pytest.fixture(autouse=True)(no_child_left)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Run]]:
    """Return a run that is being trained until somebody stops it, and the folder of its runs and data."""
    folder = tmp_path_factory.mktemp("endless")
    (run,) = launch.create(parse(override(read("toy-deep").dump(), ENDLESS)), folder / "runs")
    process = launch.start([run], folder / "data")
    assert wait(look(run), lambda watch: watch.history.step > 0, PATIENCE)
    yield folder, run
    process.kill()
    process.wait()


def attached(folder: Path) -> Given:
    """Return the cockpit on what is being trained, as `tuitrain` opens it."""
    found = Session(folder / "runs", folder / "data", warm=False)
    assert found.open_active()
    experiment = found.experiment()
    assert experiment is not None
    return Given(experiment, found)


def events(run: Run) -> list[str]:
    """Return the kinds of all events in the journal but the numbers."""
    watch = look(run)
    return [str(answer["event"]) for answer in watch.history.answers.values()]


async def test_what_runs_is_shown(worker: tuple[Path, Run]) -> None:
    """The cockpit opens on what is being trained, shows how it goes on, and with which settings."""
    app = attached(worker[0])
    async with running(app) as pilot:
        await until(pilot, lambda: "running" in text(app))
        epoch = app.session.watches[0].history.epoch
        await until(pilot, lambda: app.session.watches[0].history.epoch > epoch)
        assert " left" in lines(app)[0]
        assert [field.value for field in main(app).query(Field) if field.key == "epochs"] == [10**9]
        assert row(app, "linear")[-1] == "running"
        assert app.session.standby is None


async def test_pause(worker: tuple[Path, Run]) -> None:
    """Space pauses and, pressed again, goes on; the journal and the table say so."""
    app = attached(worker[0])
    async with running(app) as pilot:
        await until(pilot, lambda: "running" in text(app))
        await pilot.press("space")
        await until(pilot, lambda: row(app, "linear")[-1] == "paused")
        assert "paused" in lines(app)[0]
        assert events(worker[1])[-1] == "paused"
        step = look(worker[1]).history.step
        await pilot.press("space")
        await until(pilot, lambda: row(app, "linear")[-1] == "running")
        assert events(worker[1])[-1] == "continued"
        await until(pilot, lambda: app.session.watches[0].history.step > step)
        await pilot.press("f7")
        assert f"paused at step {step:,}" in text(app)


async def test_one_training_at_a_time(worker: tuple[Path, Run]) -> None:
    """F5 during a training starts nothing and says what can be done instead."""
    app = attached(worker[0])
    async with running(app) as pilot:
        await until(pilot, lambda: "running" in text(app))
        await pilot.press("f5")
        await until(pilot, lambda: "A training is under way: s stops it, space pauses it." in text(app))
        assert len(store.listed(worker[0] / "runs")) == 1


async def test_quitting_asks(worker: tuple[Path, Run]) -> None:
    """`q` during a training asks; escape stays, `l` leaves with 0, and the run goes on without a screen."""
    app = attached(worker[0])
    async with running(app) as pilot:
        await until(pilot, lambda: "running" in text(app))
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Quit))
        assert "A training is under way." in text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))
        await pilot.press("q", "l")
    assert app.return_value == 0
    watch = look(worker[1])
    step = watch.history.step
    assert wait(watch, lambda watch: watch.history.step > step and watch.state == "running", PATIENCE)
    assert events(worker[1])[-1] != "finished"


async def test_stopping(worker: tuple[Path, Run]) -> None:
    """`s` stops softly: it is measured and saved; then `q` asks nothing."""
    app = attached(worker[0])
    async with running(app) as pilot:
        await until(pilot, lambda: "running" in text(app))
        await pilot.press("s")
        await until(pilot, lambda: row(app, "linear")[-1] == "stopped")
        ended = look(worker[1]).history.ended
        assert ended is not None
        assert (ended["event"], ended["reason"]) == ("finished", "stopped")
        assert (worker[1].path / "checkpoints" / "last.pt").is_file()
        for key in ("s", "space"):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: "Nothing is being trained" in text(app))
        await pilot.press("q")
    assert app.return_value == 0


async def test_training(tmp_path: Path) -> None:
    """F5 trains each model in turn in the worker that stands by, to the end, with curves and a picture."""
    experiment = parse(override(read("toy-deep").dump(), [*LINEAR, "training.epochs=200"]))
    two = experiment.model_copy(update={"models": [*experiment.models, read("toy-deep").models[1]]})
    app = Given(two, session(tmp_path, warm=True))
    async with running(app) as pilot:
        await until(pilot, lambda: app.session.standby is not None)
        standby = app.session.standby
        assert standby is not None
        await pilot.press("f5")
        assert app.session._children == [standby.process]
        await until(pilot, lambda: all(watch.state == "finished" for watch in app.session.watches))
        await until(pilot, lambda: row(app, "mlp 10")[-1] == row(app, "linear")[-1] == "finished")
        assert row(app, "linear")[:2] == ["6", "200/200"]
        assert main(app).query_one(Surface).arrays["surface"].shape == (96, 96)
        assert len(store.listed(tmp_path / "runs")) == 2
        await until(pilot, lambda: app.session.standby is not None)  # ready for the next training
        await pilot.press("q")
    assert app.return_value == 0
    assert app.session.standby is None


@pytest.mark.slow
async def test_stopping_and_quitting(tmp_path: Path) -> None:
    """`q` and then `s` stops all runs, those that wait too, and the program ends at once; none is lost."""
    app = training(tmp_path, ['models=[{kind="linear"}, {kind="mlp", hidden=[10]}]', *ENDLESS[1:]])
    async with running(app) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: app.session.watches and app.session.watches[0].history.step > 0)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Quit))
        assert "2 trainings are under way." in text(app)
        await pilot.press("s")
    assert app.return_value == 0
    for run in store.listed(tmp_path / "runs"):
        assert wait(look(run), lambda watch: watch.state == "stopped", PATIENCE)
    for child in app.session._children:
        assert isinstance(child, subprocess.Popen)
        assert child.wait(PATIENCE) == 0


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.slow
async def test_wrong_settings(tmp_path: Path, size: tuple[int, int]) -> None:
    """F5 with a wrong setting says which and what is allowed, goes to its field, and starts nothing."""
    app = cockpit(tmp_path)
    async with running(app, size) as pilot:
        await until(pilot, lambda: "ready" in lines(app)[0])
        await pilot.press("e")
        (rate,) = [field for field in main(app).query(Field) if field.key == "lr"]
        rate.control.focus()
        await pilot.press("home", *["delete"] * 5, "0")
        await until(pilot, lambda: main(app).query_one(Setup).experiment is None)
        await pilot.press("escape", "f5")
        await until(pilot, lambda: "optimizer.lr" in text(app))
        await until(pilot, lambda: rate.control.has_focus)
        assert rate.control.is_on_screen
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
async def test_rates_and_single_steps(tmp_path: Path) -> None:
    """`r` alone starts a run that is paused, and shows what it found; `.` goes on by one step, space for good."""
    app = training(tmp_path, ENDLESS)
    async with running(app) as pilot:
        await until(pilot, lambda: "ready" in lines(app)[0])
        await pilot.press("r")
        await until(pilot, lambda: "space goes on" in text(app))
        await until(pilot, lambda: main(app).board.view == "rates")
        (watch,) = app.session.watches
        assert watch.history.rates[0][0] == 0
        await until(pilot, lambda: "Learning rates tried" in text(app) and "step 0" in lines(app)[0])
        for step in (1, 2):
            await pilot.press("full_stop")
            await until(pilot, lambda step=step: f"epoch {step}/1000000000 step {step} " in lines(app)[0])  # type: ignore[misc]  # a step of its own
            assert watch.state == "paused"
            assert watch.history.single is not None
            assert watch.history.single[0] == step
        await pilot.press("space")
        await until(pilot, lambda: watch.state == "running" and watch.history.step > 100)
        await pilot.press("r")
        await until(pilot, lambda: len(watch.history.rates) == 2)
        assert watch.state == "running"
        await pilot.press("full_stop")
        await until(pilot, lambda: watch.state == "paused")
        assert watch.history.single is not None
        assert watch.history.single[0] == watch.history.step
        await pilot.press("s")
        await until(pilot, lambda: watch.state == "stopped")


@pytest.mark.slow
async def test_a_training_that_begins_with_a_single_step(tmp_path: Path) -> None:
    """`.` alone starts a training that takes one step and waits; a model without steps says that it has none."""
    app = training(tmp_path, LINEAR)
    async with running(app) as pilot:
        await until(pilot, lambda: "ready" in lines(app)[0])
        await pilot.press("full_stop")
        await until(pilot, lambda: "step 1" in lines(app)[0] and "paused" in lines(app)[0])
        await pilot.press("S")
        await until(pilot, lambda: not app.session.active)
    app = training(tmp_path, [*LINEAR[1:], 'models=[{kind="svm"}]'])
    async with running(app) as pilot:
        await until(pilot, lambda: "ready" in lines(app)[0])
        await pilot.press("r")
        await until(pilot, lambda: "Not done: " in text(app))
        await until(pilot, lambda: "finished" in lines(app)[0])


async def test_no_place_for_runs(tmp_path: Path) -> None:
    """Where no run can be made the cockpit says which path is in the way, and goes on."""
    (tmp_path / "runs").write_text("not a directory")
    app = training(tmp_path, LINEAR)
    async with running(app) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: "No run was made" in text(app))
        assert "File exists" in text(app)
