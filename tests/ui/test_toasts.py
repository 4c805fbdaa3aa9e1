"""Runs that wait for somebody, and what is told of them: stumbled and stalled ones, the line, toasts."""

import json
import os
import signal
from pathlib import Path

import pytest
from cockpits import Given, cockpit, lines, main, no_child_left, row, running, session, text, until
from onward import branched, broken_off, toasts, told
from shelves import copied, held, settle

from tuitrain.experiment import read
from tuitrain.runs import lock, queue
from tuitrain.runs.inbox import Inbox
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look
from tuitrain.ui import plots, telling
from tuitrain.ui.commands import STUMBLED
from tuitrain.ui.naming import names
from tuitrain.ui.screens.changing import Changing
from tuitrain.ui.screens.main import Main
from tuitrain.ui.screens.queue import Queue
from tuitrain.ui.screens.trouble import Trouble
from tuitrain.ui.widgets.places import Places

nobody = pytest.fixture(autouse=True)(no_child_left)
SAME = "It is under way already."


def over(folder: Path, run: Run) -> Given:
    """Return the cockpit on this run."""
    opened = session(folder, [run])
    return Given(opened.experiment() or read("toy-deep"), opened)


@pytest.mark.slow
async def test_a_run_that_stumbled(tmp_path: Path) -> None:
    """It is called so, and not paused; keys that it cannot obey say which one asks, and nothing is sent."""
    run = broken_off(tmp_path / "runs")
    trouble = {"trouble": "spike", "loss": 2.2640542613504e13, "lr": 0.1, "layer": "the inputs", "norms": [1.0]}
    told(run, "troubled", step=552, waits=True, **trouble)
    app = over(tmp_path, run)
    with held(run):
        async with running(app, (80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, Trouble) and app.screen.ready)
            assert "2.264e13" in text(app)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, Main))
            assert row(app, "mlp 10")[-1] == "stumbled"
            assert "stumbled" in lines(app)[0]
            for key in ("r", "full_stop", "f5", "R"):
                app.clear_notifications()
                await pilot.press(key)
                await until(pilot, lambda: STUMBLED in toasts(app))
            await pilot.press("q", "l")
    assert Inbox(run.inbox).commands() == []


@pytest.mark.slow
async def test_a_process_that_was_stopped(tmp_path: Path) -> None:
    """Its run is called stalled, with the command that lets it go on, and running again once it does."""
    run = broken_off(tmp_path / "runs")
    app = over(tmp_path, run)
    with held(run) as worker:
        run.lock.write_text(json.dumps({"pid": worker, "host": lock.HERE}))
        os.kill(worker, signal.SIGSTOP)
        async with running(app, (80, 24)) as pilot:
            await until(pilot, lambda: row(app, "mlp 10")[-1] == "stalled")
            await until(pilot, lambda: "stalled" in lines(app)[0])
            assert f"kill -CONT {worker} " in toasts(app)
            os.kill(worker, signal.SIGCONT)
            await until(pilot, lambda: row(app, "mlp 10")[-1] == "running")
            await pilot.press("q", "l")


async def test_toasts_do_not_stack(tmp_path: Path) -> None:
    """The same sentence is told once, of several the last two; none covers a dialog, and it is there afterwards."""
    run = broken_off(tmp_path / "runs")
    app = over(tmp_path, run)
    with held(run):
        async with running(app, (80, 24)) as pilot:
            await until(pilot, lambda: row(app, "mlp 10")[-1] == "running")
            for words in (SAME, "Another one.", SAME, SAME, "The last one."):
                main(app).notify(words)
            await until(pilot, lambda: toasts(app).split("\n") == [f" {SAME}", " The last one."])
            app.clear_notifications()
            await pilot.press("C")
            await until(pilot, lambda: isinstance(app.screen, Changing))
            main(app).notify(SAME)
            await until(pilot, lambda: SAME in toasts(app))
            await pilot.pause()
            assert SAME not in text(app)
            await pilot.press("escape")
            await until(pilot, lambda: SAME in text(app))
            await pilot.press("q", "l")


async def test_the_line_is_seen_and_opened_from(tmp_path: Path) -> None:
    """The top line counts the runs in line; enter on one of them shows it in the cockpit."""
    app = cockpit(tmp_path, "plane")
    (run,) = queue.add(read("mnist-linear"), app.session.runs_dir)
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "queue: 1 in line" in lines(app)[0])
        await pilot.press("Q")
        await until(pilot, lambda: isinstance(app.screen, Queue) and app.screen.query_one(Places).rows)
        assert "c on error" in lines(app)[-1]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Main))
        assert [watch.run.id for watch in app.session.watches] == [run.id]


async def test_the_footer_of_an_onlooker(tmp_path: Path) -> None:
    """It has no key that would do something, and neither has that of the line."""
    app = cockpit(tmp_path, "plane")
    app.session.readonly = True
    async with running(app, (120, 40)) as pilot:
        await until(pilot, lambda: "help" in lines(app)[-1])
        assert not {"F5", "space", "."} & set(lines(app)[-1].split())
        await pilot.press("Q")
        await until(pilot, lambda: isinstance(app.screen, Queue) and "back" in lines(app)[-1])
        assert lines(app)[-1].split() == ["enter", "open", "esc", "back", "?", "help"]
        await pilot.press("escape", "q")


def test_names_tell_runs_apart(tmp_path: Path) -> None:
    """Runs of one model are called by the settings in which they differ, those of the same settings by numbers."""
    first, second, third = (copied(tmp_path / "runs", name=f"20260103-00000{n}-x") for n in range(3))
    settle(second, optimizer__lr=0.5)
    settle(third, optimizer__lr=0.5)
    watches = [look(run) for run in (first, second, third)]
    called = names(watches)
    assert len(set(called.values())) == 3
    assert called[second.id].endswith("lr 0.5 (2)")
    assert len({line.label for line in plots.curves(watches, "accuracy", None)["loss"]}) == 3


def test_a_rewind_is_one_mark(tmp_path: Path) -> None:
    """That it began anew with half the learning rate is one word; another change beside a restart stays."""
    run = broken_off(tmp_path / "runs")
    for step, new in ((500, 0.05), (520, 0.01)):
        told(run, "restarted", step=step, epoch=step)
        told(run, "changed", step=step, key="optimizer.lr", old=0.1, new=new)
    watch = look(run)
    assert [words for _, words in plots.events(watch, [watch])] == ["rewound", "restarted", "lr 0.1 -> 0.01"]


def test_a_cursor_beyond_the_end(tmp_path: Path) -> None:
    """The top line says where a run ends, or a branch begins, that was not trained at the time cursor."""
    trunk = broken_off(tmp_path / "runs")
    branch = look(branched(trunk, "20260103-000000-branch", 300, 0.03))
    assert any("ends at step 1,000" in words for words, _ in telling.status(branch, "gmm2d", "accuracy", 1500))
    assert any("begins at step 300" in words for words, _ in telling.status(branch, "gmm2d", "accuracy", 100))
    assert any("at step 400, epoch" in words for words, _ in telling.status(branch, "gmm2d", "accuracy", 400))
