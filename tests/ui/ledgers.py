"""The screen of all runs as tests open it, and what is seen there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path, PurePath
from typing import Any, ClassVar

from cockpits import Given, until
from textual.pilot import Pilot
from textual.widgets import Input

from tuitrain.experiment import read
from tuitrain.runs.session import Session
from tuitrain.runs.store import Run
from tuitrain.ui.app import HERE
from tuitrain.ui.screens.ledger import Ledger
from tuitrain.ui.widgets.charts import Charts
from tuitrain.ui.widgets.differences import Differences
from tuitrain.ui.widgets.entries import Entries


class Front(Given):
    """The cockpit with the runs on top from the start."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*sorted(HERE.rglob("*.tcss"))]

    def __init__(self, folder: Path, *, ascii_only: bool = False) -> None:
        super().__init__(read("toy-deep"), Session(folder, folder / "data", warm=False), ascii_only=ascii_only)
        self.opened: list[Sequence[Run] | None] = []

    async def _open(self) -> None:
        await self.push_screen(Ledger(self.session), self.opened.append)


@asynccontextmanager
async def ledger(app: Front, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[Any]]:
    """Show the screen up to where all runs are read."""
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Ledger) and app.screen.book.listed)
        await until(pilot, lambda: not screen(app).book.waiting and len(names(app)) == len(screen(app).book.entries))
        yield pilot


def screen(app: Front) -> Ledger:
    """Return the screen of runs."""
    (found,) = [one for one in app.screen_stack if isinstance(one, Ledger)]
    return found


def names(app: Front) -> list[str]:
    """Return the ids of the runs in the list."""
    return [entry.id for listed in screen(app).query(Entries) for entry in listed.rows]


async def write(pilot: Pilot[Any], words: str) -> None:
    """Put words where the cursor is, as somebody does who pastes them."""
    assert isinstance(pilot.app.focused, Input)
    pilot.app.focused.insert_text_at_cursor(words)
    await pilot.pause()


def settings(app: Front) -> dict[str, tuple[str, ...]]:
    """Return the table of settings."""
    return {row.key: row.values for row in screen(app).query_one(Differences).rows}


def curves(app: Front, metric: str = "loss") -> list[tuple[str, str]]:
    """Return label and split of the curves that are shown."""
    return [(line.label, line.split) for line in screen(app).query_one(Charts).lines.get(metric, ())]


def short(app: Front) -> str:
    """Return the last words of the ids in the list."""
    return " ".join(name[16:] for name in names(app))
