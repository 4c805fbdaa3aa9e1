from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tuitrain.ui import keys
from tuitrain.ui.screens.help import Help, found
from tuitrain.ui.widgets import STYLES


class Opened(App[None]):
    """A screen on which the page of keys is open."""

    CSS_PATH = [*STYLES, STYLES[0].parents[1] / "screens" / "help.tcss"]  # noqa: RUF012  Textual's way

    def __init__(self, page: Help) -> None:
        super().__init__()
        self.page = page

    def on_mount(self) -> None:
        """Open it."""
        self.push_screen(self.page)

    def column(self, name: str) -> str:
        """Return the text of the left or the right column."""
        return str(self.page.query_one(f"#{name}", Static).content)


@asynccontextmanager
async def opened(page: Help, size: tuple[int, int]) -> AsyncIterator[tuple[Opened, Pilot[Any]]]:
    """Open the page in a terminal of this size."""
    app = Opened(page)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_typing_finds_keys() -> None:
    """What is typed, q and j with it, leaves the rows in which it occurs; escape shows all, then closes."""
    async with opened(Help(), (100, 40)) as (app, pilot):
        every = app.column("left")
        await pilot.press(*"quit j", "backspace", "backspace")
        await pilot.pause()
        assert "Quit; asks what becomes of a training" in app.column("left")
        assert "Training\n" not in app.column("left")
        await pilot.press(*"xyz")
        await pilot.pause()
        assert app.column("left") == "no key is called that"
        await pilot.press("escape")
        await pilot.pause()
        assert app.column("left") == every
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not app.page


@pytest.mark.parametrize("key", ["question_mark", "f1", "enter"])
async def test_what_opens_it_closes_it(key: str) -> None:
    """The keys that open the page close it, and those that leave things."""
    async with opened(Help(), (80, 24)) as (app, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert app.screen is not app.page


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (150, 50), (300, 100)])
async def test_it_fits(size: tuple[int, int]) -> None:
    """No line is longer than there is room for; where it is wide there are two columns, nothing is left out."""
    async with opened(Help(), size) as (app, _):
        page = app.page.query_one("#page")
        assert app.screen.region.contains_region(page.region)
        assert bool(app.column("right")) == (size[0] >= 150)
        room = app.page.query_one("#left").size.width
        shown = app.column("left") + app.column("right")
        assert max(map(len, shown.splitlines())) <= room
        words = " ".join(shown.split())
        assert all(f"{key} {meaning}" in words for _, key, meaning in keys.rows() if " " not in key)


async def test_rows_of_another_screen() -> None:
    """A screen shows keys of its own; markup in them is text."""
    async with opened(Help([("Table", "[b]", "sort [red]by[/red] this column")]), (80, 24)) as (app, _):
        assert app.column("left").split() == ["Table", "[b]", "sort", "[red]by[/red]", "this", "column"]


def test_all_words_count() -> None:
    """Every word has to be somewhere in the row, whatever its case."""
    rows = [("Views", "1", "Which classes"), ("Views", "2", "The plane")]
    assert found(rows, "VIEW class") == rows[:1]
    assert found(rows, "") == rows
