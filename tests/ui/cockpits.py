"""The cockpit over recorded runs: opening it, waiting for it, and reading what it paints."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.pilot import Pilot

from tuitrain.experiment import Experiment, override, parse, read
from tuitrain.runs import store
from tuitrain.runs.session import Session
from tuitrain.runs.store import Run
from tuitrain.ui.app import Cockpit
from tuitrain.ui.screens.main import Main
from tuitrain.ui.widgets.runs import RunsTable

os.environ["TZ"] = "UTC"  # the log tells local time, which is not the same everywhere
time.tzset()
RECORDED = Path(__file__).parents[1] / "recorded"
SIZES = [(120, 40), (80, 24)]
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine; what is awaited mostly takes a fraction of one."""
LINEAR = ['models=[{kind="linear"}]', "training.device=cpu", "training.threads=1", "training.steps=0"]
ENDLESS = [*LINEAR, "training.epochs=1000000000", "training.evaluate_every=5000"]
"""Settings of a training that is under way until somebody ends it."""


class Given(Cockpit):
    """The cockpit on what a test gives it."""

    def __init__(self, experiment: Experiment, session: Session, *, ascii_only: bool = False) -> None:
        super().__init__(lambda: (experiment, session), ascii_only=ascii_only)
        self.session = session


@asynccontextmanager
async def running(app: Cockpit, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[Any]]:
    """Run the app up to where its screen is laid out, in a terminal of this size."""
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Main) and app.screen.query(RunsTable))
        await pilot.pause()
        yield pilot


def recorded(folder: Path, name: str) -> list[Run]:
    """Copy recorded runs to where a session finds them; return them in the order in which they were trained."""
    shutil.copytree(RECORDED / name, folder / "runs", dirs_exist_ok=True)
    return store.listed(folder / "runs")[::-1]


def session(folder: Path, runs: list[Run] | None = None, *, warm: bool = False) -> Session:
    """Return a session over these runs, or over none."""
    made = Session(folder / "runs", folder / "data", warm=warm)
    if runs:
        made.open(runs[-1])
    return made


def cockpit(folder: Path, name: str = "", preset: str = "toy-deep", *, ascii_only: bool = False) -> Given:
    """Return the cockpit on recorded runs, or with a preset and nothing trained yet; no worker gets ready."""
    opened = session(folder, recorded(folder, name) if name else None)
    return Given(opened.experiment() or read(preset), opened, ascii_only=ascii_only)


def training(folder: Path, overrides: list[str]) -> Given:
    """Return the cockpit with six Gaussians in a plane and these settings, nothing trained yet."""
    return Given(parse(override(read("toy-deep").dump(), overrides)), session(folder))


def cut(run: Run, lines: int) -> None:
    """Make the run one that is under way, or lost: its journal ends after so many lines."""
    kept = run.journal.read_bytes().splitlines(keepends=True)[:lines]
    run.journal.write_bytes(b"".join(kept))
    run.summary.unlink()


def change(run: Run, event: str, **values: Any) -> None:
    """Put other values into all records of this kind in the journal of a run."""
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    changed = [record | values if record["event"] == event else record for record in records]
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in changed))


def main(app: Cockpit) -> Main:
    """Return the cockpit's own screen, whatever dialog is on top of it."""
    (screen,) = [screen for screen in app.screen_stack if isinstance(screen, Main)]
    return screen


def painted(app: Cockpit) -> list[list[Segment]]:
    """Return what is painted now, through all filters, dialogs on top, by line."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [[segment for strip in line for segment in strip] for line in update.strips]


def lines(app: Cockpit) -> list[str]:
    """Return the text of what is painted now."""
    return ["".join(segment.text for segment in line) for line in painted(app)]


def text(app: Cockpit) -> str:
    """Return what is painted now as one text."""
    return "\n".join(lines(app))


def row(app: Cockpit, model: str) -> list[str]:
    """Return the words of a model's row in the table of runs, its signs left out."""
    found = [line for line in lines(app) if f" {model} " in line and "/" in line]
    assert found, f"no row of {model} in\n{text(app)}"
    return found[-1].partition(f" {model} ")[2].strip(" │|").split()


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app go on until the condition holds; fail where it does not in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to it; on the screen is\n{text(pilot.app)}"  # type: ignore[arg-type]  # a Cockpit
        await pilot.pause(0.02)


def no_child_left() -> Iterator[None]:
    """Fail a test that leaves a process alive which it started, and end that one."""
    before = _children()
    yield
    deadline = time.monotonic() + 10
    while (left := _children() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert not left


def _children() -> set[int]:
    """Return the processes that this one started and that are alive."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,comm="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
    return {
        int(pid) for pid, parent, state, name in rows if int(parent) == os.getpid() and state[0] != "Z" and name != "ps"
    }
