"""The cockpit at every size, and while the size changes."""

from pathlib import Path

import pytest
from cockpits import cockpit, lines, running, text, until

from tuitrain.ui.screens.main import Main
from tuitrain.ui.screens.small import Small


@pytest.mark.parametrize(
    "size",
    [
        (40, 12),
        pytest.param((64, 18), marks=pytest.mark.slow),
        (80, 24),
        pytest.param((200, 60), marks=pytest.mark.slow),
        (300, 100),
    ],
)
async def test_what_is_there_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    """From the smallest size on there are curves, the name of what is trained, and keys."""
    app = cockpit(tmp_path, "digits")
    async with running(app, size) as pilot:
        await until(pilot, lambda: "mlp 100" in text(app) and "loss" in text(app) and "◆" in text(app))
        await until(pilot, lambda: "train" in lines(app)[-1])
        assert {len(line) for line in lines(app)} == {size[0]}


@pytest.mark.slow
async def test_too_small_and_back(tmp_path: Path) -> None:
    """Below the least size a sentence says which that is; what was open is there again afterwards."""
    app = cockpit(tmp_path, "digits")
    async with running(app, (80, 24)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: not isinstance(app.screen, Main))
        page = app.screen
        for size in ((39, 24), (80, 11), (10, 5), (1, 1)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: isinstance(app.screen, Small))
        await pilot.resize_terminal(39, 11)
        await until(pilot, lambda: "too small: at least 40x12" in lines(app)[5])
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: app.screen is page)


async def test_leaving_a_terminal_that_is_too_small(tmp_path: Path) -> None:
    """The key that quits leaves from there too."""
    app = cockpit(tmp_path, "digits")
    async with running(app, (80, 24)) as pilot:
        await pilot.resize_terminal(10, 5)
        await until(pilot, lambda: isinstance(app.screen, Small))
        await pilot.press("q")
    assert app.return_value == 0


@pytest.mark.slow
async def test_a_storm_of_sizes(tmp_path: Path) -> None:
    """However fast the size changes, in the end the screen has the last one."""
    app = cockpit(tmp_path, "digits")
    async with running(app, (120, 40)) as pilot:
        await until(pilot, lambda: "mlp 100" in text(app))
        for step in range(20):
            await pilot.resize_terminal(20 + step * 7, 6 + step * 2)
        await pilot.resize_terminal(90, 30)
        await until(pilot, lambda: isinstance(app.screen, Main) and {len(line) for line in lines(app)} == {90})
        assert len(lines(app)) == 30
