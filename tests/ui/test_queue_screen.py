"""The screen of the line: what is seen of it at every size, and what its keys do to it, over real directories."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cockpits import Given, no_child_left, painted, running, session, text, until
from shelves import copied, cut, held
from textual.pilot import Pilot
from textual.widgets import Input

from tuitrain.experiment import Experiment, override, parse, read
from tuitrain.runs import lanes, line, queue
from tuitrain.runs.line import Item
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.main import Main
from tuitrain.ui.screens.queue import BINDINGS_TABLE, Leaving, Queue, rows
from tuitrain.ui.widgets.places import Places

nobody = pytest.fixture(autouse=True)(no_child_left)
HOSTILE = "[/bold]\x1b[31m[b\u202e"
LINEAR = [
    'models=[{kind="linear"}]',
    "training.device=cpu",
    "training.threads=1",
    "training.epochs=3",
    "training.steps=0",
]


def toy(*settings: str) -> Experiment:
    """Return a training of a linear model on six Gaussians with these settings."""
    return parse(override(read("toy-deep").dump(), [*LINEAR, *settings]))


class Front(Given):
    """The cockpit with the screen of the line on top."""

    def __init__(self, folder: Path, experiment: Experiment | None = None, *, ascii_only: bool = False) -> None:
        super().__init__(read("toy-deep"), session(folder), ascii_only=ascii_only)
        self.queue = Queue(self.session, experiment)
        self.folder = self.session.runs_dir

    @property
    def order(self) -> list[str]:
        """The names of the runs in line."""
        return [item.run for item in line.read(self.folder).items]

    @property
    def listed(self) -> list[str]:
        """The names of the runs on the screen."""
        return [place.run.id for place in self.queue.query_one(Places).rows]

    def says(self, words: str) -> Callable[[], bool]:
        """Return whether these words are on the screen."""
        return lambda: words in text(self)


@asynccontextmanager
async def opened(app: Front, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    """Show the screen up to where the line is read."""
    async with running(app, size) as pilot:
        app.push_screen(app.queue)
        await until(pilot, lambda: app.screen is app.queue and "in line" in text(app))
        yield pilot


@pytest.fixture
def three(tmp_path: Path) -> list[str]:
    """Return three runs in line, of other learning rates."""
    return [run.id for run in queue.add(toy("optimizer.lr=0.1,0.2,0.3"), tmp_path / "runs")]


@pytest.mark.parametrize(("size", "ascii_only"), [((40, 12), True), ((80, 24), False), ((120, 40), True)])
async def test_every_size(tmp_path: Path, size: tuple[int, int], ascii_only: bool) -> None:
    """What waits, what is trained and how far, what was cut off and what stopped can be told apart at every size."""
    names = ["plane/20260102-030407-gmm2d-mlp-10-10", "stopped/20260102-030405-moons-mlp-10"]
    going, stopped = (copied(tmp_path / "runs", name) for name in names)
    lost = copied(tmp_path / "runs", names[0], "20260102-030400-lost")
    (waits,) = queue.add(toy(), tmp_path / "runs")
    for run in (going, lost):
        cut(run, 40)
    with line.changing(tmp_path / "runs") as now:
        now.items = [*(Item(run.id, "auto") for run in (going, lost, stopped)), *now.items]
        now.items[0] = now.items[0].taken("cpu")
    lane, app = lanes.occupy(tmp_path / "runs", "cpu"), Front(tmp_path, ascii_only=ascii_only)
    with held(going):
        async with opened(app, size) as pilot:
            await until(pilot, app.says("running"))
            assert app.listed == [going.id, lost.id, stopped.id, waits.id]
            shown = text(app)
            assert all(word in shown for word in ("stopped", "queued", "10,10", "linear", "4 runs in line"))
            assert all(sum(segment.cell_length for segment in row) == size[0] for row in painted(app))
            assert not ascii_only or shown.isascii()
            assert size[0] < 80 or all(word in shown for word in ("at work: cpu", "cut off", "on error: continue"))
            await pilot.press("down")
            await until(pilot, app.says(lost.id))
            await pilot.press("up", "x")
            await until(pilot, app.says("first, then"))
    lane.close()


async def test_nothing_in_line(tmp_path: Path) -> None:
    """An empty line says how to fill it; keys that need a run do nothing; settings that are wrong are not added."""
    app = Front(tmp_path)
    async with opened(app) as pilot:
        await until(pilot, app.says("a puts the settings of the cockpit here"))
        await pilot.press("J", "K", "D", "e", "x", "a")
        await until(pilot, app.says("Something is wrong"))
        assert app.order == []
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))


async def test_adding_and_moving(tmp_path: Path, three: list[str]) -> None:
    """The settings come last in line, a run for each value; a run that is moved keeps the cursor; a copy is last."""
    app = Front(tmp_path, toy("training.seed=7,8"))
    async with opened(app) as pilot:
        await until(pilot, lambda: app.listed == three)
        await pilot.press("a")
        await until(pilot, lambda: len(app.listed) == 5)
        assert [Run(app.folder / name).experiment().training.seed for name in app.order[3:]] == [7, 8]
        await pilot.press("J", "J")
        await until(pilot, lambda: app.listed[:3] == [three[1], three[2], three[0]])
        chosen = app.queue.query_one(Places).chosen
        assert chosen
        assert chosen.run.id == three[0]
        await pilot.press("K")
        await until(pilot, lambda: app.listed[:3] == [three[1], three[0], three[2]])
        await pilot.press("D")
        await until(pilot, lambda: len(app.listed) == 6)
        assert "0.1" in Run(app.folder / app.order[-1]).experiment().title


@pytest.mark.slow
async def test_editing(tmp_path: Path, three: list[str]) -> None:
    """What is typed changes the run; what is wrong with it stands below the line, where it can be mended."""
    app = Front(tmp_path)
    async with opened(app) as pilot:
        await until(pilot, lambda: app.listed == three)
        await pilot.press("e", *"epochs=9", "enter")
        await until(pilot, app.says("did you mean training.epochs?"))
        await pilot.press("ctrl+u", *"optimizer.lrr=1", "enter")
        await until(pilot, app.says("did you mean lr?"))
        field = app.focused
        assert isinstance(field, Input)
        assert field.value == "optimizer.lrr=1"
        field.value = "optimizer.lr=0.5 models.0.bias=false"
        await pilot.press("enter")
        await until(pilot, app.says("unknown key"))
        assert isinstance(app.focused, Input)
        app.focused.value = "optimizer.lr=0.5 training.epochs=9"
        await pilot.press("enter")
        await until(pilot, app.says("linear lr 0.5"))
        assert Run(app.folder / three[0]).experiment().training.epochs == 9
        await pilot.press("e", "escape")
        await until(pilot, lambda: app.queue.query_one(Places).has_focus)


async def test_removing(tmp_path: Path, three: list[str]) -> None:
    """A run goes once that is confirmed, and only then; the cursor stays where it was."""
    app = Front(tmp_path)
    async with opened(app) as pilot:
        await until(pilot, lambda: app.listed == three)
        await pilot.press("down", "x")
        await until(pilot, lambda: isinstance(app.screen, Leaving) and "its directory is deleted" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.queue)
        assert app.order == three
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Leaving))
        await pilot.press("d")
        await until(pilot, lambda: app.listed == [three[0], three[2]])
        assert not (app.folder / three[1]).exists()


@pytest.mark.slow
async def test_holding(tmp_path: Path, three: list[str]) -> None:
    """The line is held, and what becomes of it after a failure is chosen; both are seen."""
    app = Front(tmp_path)
    async with opened(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.listed == three)
        await pilot.press("c")
        await until(pilot, app.says("on error: stop"))
        await pilot.press("space")
        await until(pilot, app.says("held: on request; R goes on"))
        assert (line.read(app.folder).on_error, bool(line.read(app.folder).held)) == ("stop", True)
        await pilot.press("c")
        await until(pilot, app.says("on error: continue"))


async def test_looking_on(tmp_path: Path, three: list[str]) -> None:
    """Where one only looks on, no key changes the line, and each says so."""
    app = Front(tmp_path, toy())
    app.session.readonly = True
    async with opened(app) as pilot:
        await until(pilot, lambda: app.listed == three)
        await pilot.press("e")
        for key in ("a", "J", "D", "c", "space", "R"):
            await pilot.press(key)
        await until(pilot, app.says("You only look on (--readonly)"))
        assert app.order == three
        assert not lanes.at_work(app.folder)


@pytest.mark.slow
async def test_damage(tmp_path: Path, three: list[str]) -> None:
    """A damaged file is told of, names act on nothing, and the screen goes on."""
    run = Run(tmp_path / "runs" / three[0])
    (run.path / "about.json").write_text(json.dumps({"name": HOSTILE}))
    (tmp_path / "runs" / three[1] / "experiment.toml").write_text("[dataset")
    app = Front(tmp_path, toy())
    async with opened(app, (120, 40)) as pilot:
        await until(pilot, app.says("[/bold]\\x1b[31m[b\\u202e"))
        await pilot.press("down")
        await until(pilot, app.says("experiment.toml cannot be read"))
        await pilot.press("D")
        await until(pilot, app.says("TOML:"))
        line.file(app.folder).write_text("{")
        await until(pilot, app.says("cannot be read"))
        await until(pilot, lambda: app.listed == [])
        await pilot.press("a")
        await until(pilot, lambda: len(app.listed) == 1)


async def test_keys(tmp_path: Path, three: list[str]) -> None:
    """The page of keys names each binding; each has a name and a meaning, and no key has two."""
    bound = [key for binding in BINDINGS_TABLE for key in binding.key.split(",")]
    assert len(bound) == len(set(bound))
    assert all(binding.id and binding.tooltip for binding in BINDINGS_TABLE)
    assert len(rows()) == len(Places.BINDINGS) + len(BINDINGS_TABLE)
    app = Front(tmp_path)
    async with opened(app) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Help) and BINDINGS_TABLE[0].tooltip in text(app))
        await pilot.press("escape", "ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, Main))


@pytest.mark.slow
async def test_training(tmp_path: Path) -> None:
    """R begins, progress is seen, and at the end the line is empty and what was trained is there."""
    runs = queue.add(toy("optimizer.lr=0.1,0.2", "training.epochs=300"), tmp_path / "runs")
    app = Front(tmp_path)
    async with opened(app, (120, 40)) as pilot:
        await until(pilot, lambda: len(app.listed) == 2)
        await pilot.press("R")
        await until(pilot, app.says("at work: cpu"))
        await until(pilot, lambda: app.listed == [])
        await until(pilot, lambda: not lanes.at_work(app.folder))
    assert [look(run).state for run in runs] == ["finished", "finished"]
