"""Changing a training while it goes on: what is offered, what is sent, what the answers look like."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cockpits import (
    ENDLESS,
    Given,
    cockpit,
    lines,
    main,
    no_child_left,
    painted,
    row,
    running,
    session,
    text,
    training,
    until,
)
from onward import broken_off, toasts, told
from shelves import held

from tuitrain.events import Command
from tuitrain.experiment import override, parse, read
from tuitrain.runs.inbox import Inbox
from tuitrain.runs.store import Run
from tuitrain.ui.edits import Edits, branchable, changeable
from tuitrain.ui.screens.changing import Changing
from tuitrain.ui.screens.main import Main
from tuitrain.ui.widgets.field import Field

nobody = pytest.fixture(autouse=True)(no_child_left)


@contextmanager
def under_way(folder: Path) -> Iterator[tuple[Given, Run]]:
    """Yield the cockpit on a run that a process holds which answers nothing, and the run."""
    run = broken_off(folder / "runs")
    with held(run):
        opened = session(folder, [run])
        experiment = opened.experiment()
        assert experiment is not None
        yield Given(experiment, opened), run


def sent(run: Run) -> list[tuple[str, dict[str, object]]]:
    """Return what was put into the inbox of a run: each action and what goes with it."""
    return [(command.action, dict(command.arguments)) for command in _taken(run)]


def _taken(run: Run) -> list[Command]:
    return Inbox(run.inbox).commands()


def test_edits_are_judged_together() -> None:
    """What is allowed only with another setting is allowed once that is typed; what is wrong is told at its key."""
    edits = Edits(read("toy-deep"), changeable)
    edits.take("optimizer.nesterov", "true")
    assert "needs momentum" in edits.problems["optimizer.nesterov"]
    edits.take("optimizer.momentum", "0.9")
    edits.take("training.steps", "+10")
    edits.take("optimizer.lr", "0.1, 0.2")
    assert list(edits.problems) == ["optimizer.lr"]
    assert "one value" in edits.problems["optimizer.lr"]
    edits.take("optimizer.lr", str(read("toy-deep").optimizer.lr))
    assert edits.problems == {}
    steps = read("toy-deep").training.steps + 10
    assert list(edits.changes.items()) == [
        ("optimizer.momentum", 0.9),
        ("optimizer.nesterov", True),
        ("training.steps", steps),
    ]


def test_another_optimizer_has_settings_of_its_own() -> None:
    """For a branch the optimizer can be another kind: its rows are those of that kind, and back they are as before."""
    trunk = parse(override(read("toy-deep").dump(), ["optimizer.lr=0.7"]))
    edits = Edits(trunk, branchable)
    assert "optimizer.momentum" in [row.key for row in edits.rows]
    assert "training.batch_size" not in [row.key for row in edits.rows]
    edits.take("optimizer.lr", "0.3")
    edits.take("optimizer.kind", "adam")
    assert {row.key: row.value for row in edits.rows}["optimizer.beta1"] == 0.9
    edits.take("optimizer.lr", "0.01")
    assert edits.overrides == ['optimizer.kind="adam"', "optimizer.lr=0.01"]
    edits.take("optimizer.kind", "sgd")
    assert {row.key: row.value for row in edits.rows}["optimizer.lr"] == 0.7
    assert edits.overrides == []


@pytest.mark.parametrize(
    "size", [pytest.param((40, 12), marks=pytest.mark.slow), (80, 24), pytest.param((120, 40), marks=pytest.mark.slow)]
)
async def test_a_setting_is_changed_in_its_row(tmp_path: Path, size: tuple[int, int]) -> None:
    """What is wrong is told below it, enter sends what was changed, and the answer is told and marked."""
    with under_way(tmp_path) as (app, run):
        async with running(app, size) as pilot:
            await until(pilot, lambda: "running" in text(app) or "epoch 551" in text(app))
            await pilot.press("C")
            await until(pilot, lambda: isinstance(app.screen, Changing))
            assert all(sum(segment.cell_length for segment in line) == size[0] for line in painted(app))
            await pilot.press("ctrl+u", "minus")
            await until(pilot, lambda: "must be a number" in text(app))
            await pilot.press("enter")
            assert isinstance(app.screen, Changing)
            await pilot.press("ctrl+u", *"0.01")
            await until(pilot, lambda: "sends the change" in text(app))
            assert "Now 0.1." in text(app)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Main))
            (command,) = _taken(run)
            assert (command.action, command.arguments) == ("set", {"key": "optimizer.lr", "value": 0.01})
            told(run, "changed", step=551, key="optimizer.lr", old=0.1, new=0.01, command=command.id)
            await until(pilot, lambda: "optimizer.lr 0.1 -> 0.01 from step 552 on" in toasts(app))
            told(run, "refused", step=551, command="1", reason="no such thing")
            await until(pilot, lambda: "Not done: no such thing" in toasts(app))
            assert main(app).charts.marks == [(551, "lr 0.1 -> 0.01")]
            await pilot.press("C")
            await until(pilot, lambda: isinstance(app.screen, Changing))
            (rate,) = [field for field in app.screen.query(Field) if field.key == "optimizer.lr"]
            assert rate.value == 0.01  # as it is now, not as the experiment file says
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, Main))
            assert sent(run) == []


@pytest.mark.slow
async def test_what_else_a_training_can_be_told(tmp_path: Path) -> None:
    """Steps, a checkpoint, an end at once, which is asked for twice; without a training there is nothing to tell."""
    with under_way(tmp_path) as (app, run):
        async with running(app, (80, 24)) as pilot:
            await until(pilot, lambda: "running" in text(app))
            for keys, expected in (
                (["ctrl+u", *"25", "enter"], [("step", {"steps": 25})]),
                (["down", "enter"], [("save", {})]),
                (["down", "down", "enter", "up", "down", "enter", "enter"], [("abort", {})]),
            ):
                await pilot.press("C")
                await until(pilot, lambda: isinstance(app.screen, Changing))
                page = app.screen
                assert isinstance(page, Changing)
                page.set_focus(page._steps[0].control)
                await pilot.press(*keys)
                await until(pilot, lambda: isinstance(app.screen, Main))
                assert sent(run) == expected
    app = cockpit(tmp_path / "other", "plane")
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        await pilot.press("C")
        await until(pilot, lambda: "Nothing is being trained" in text(app))


@pytest.mark.slow
async def test_a_real_training_changes(tmp_path: Path) -> None:
    """A worker takes another learning rate and more epochs, runs some steps and waits, and ends at once."""
    app = training(tmp_path, ENDLESS)
    async with running(app) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: app.session.watches and app.session.watches[0].history.step > 0)
        (watch,) = app.session.watches
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, Changing))
        await pilot.press("ctrl+u", *"0.003", "enter")
        await until(pilot, lambda: watch.history.changes)
        assert watch.history.changes[0][1:] == ("optimizer.lr", 0.1, 0.003)
        await until(pilot, lambda: "optimizer.lr 0.1 -> 0.003" in toasts(app))
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, Changing))
        page = app.screen
        assert isinstance(page, Changing)
        page.set_focus(page._steps[0].control)
        await pilot.press("enter")
        await until(pilot, lambda: watch.state == "paused")
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, Changing))
        app.screen.set_focus(app.screen.query_one("#abort"))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: row(app, "linear")[-1] == "stopped")
        assert "stopped" in lines(app)[0]
