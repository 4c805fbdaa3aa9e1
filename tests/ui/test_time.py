"""The time cursor: the whole screen as it was at a step, its difference to the best, and the playback."""

from pathlib import Path

import pytest
from cockpits import cockpit, lines, main, no_child_left, row, running, text, until

from tuitrain.ui.widgets.pictures import Confusion, Surface

nobody = pytest.fixture(autouse=True)(no_child_left)


async def test_everything_goes_back_in_time(tmp_path: Path) -> None:
    """Crosshair, numbers, surface and confusion are those of a step; `end` brings back what is now."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        surface, confusion = main(app).query_one(Surface), main(app).query_one(Confusion)
        now = (surface.arrays, confusion.arrays["confusion"].tolist(), row(app, "mlp 10,10"))
        await pilot.press("home")
        await until(pilot, lambda: "at step 0, epoch 0/1000" in lines(app)[0])
        assert surface.arrays["surface"].tolist() != now[0]["surface"].tolist()
        assert row(app, "mlp 10,10")[1] == "0/1000"
        await pilot.press("L", "L")
        await pilot.pause()
        step = main(app).follow.cursor
        assert step is not None
        assert 0 < step < 1000
        assert main(app).charts.cursor == step
        assert f"at step {step:,}" in lines(app)[0]
        await pilot.press("end")
        await pilot.pause()
        assert main(app).follow.cursor is None
        assert (surface.arrays["surface"] == now[0]["surface"]).all()
        assert row(app, "mlp 10,10") == now[2]


async def test_past_the_last_point_it_is_live(tmp_path: Path) -> None:
    """A step beyond the last recorded one is now; going back from now begins at the last one."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        await pilot.press("h")
        await pilot.pause()
        assert main(app).follow.cursor is not None
        await pilot.press("l", "l", "l")
        await pilot.pause()
        assert main(app).follow.cursor is None


async def test_difference_to_the_best(tmp_path: Path) -> None:
    """`b` goes to the best step, `d` shows what differs from it: nothing there, cells that changed elsewhere."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        best = main(app).follow.best_step()
        await pilot.press("b", "1")
        await pilot.pause()
        assert main(app).follow.cursor == best
        await pilot.press("d")
        await until(pilot, lambda: "difference to the best" in lines(app)[0])
        assert "nothing here differs from the best" in text(app)
        await pilot.press("home")
        await until(pilot, lambda: "nothing here differs" not in text(app))
        assert "+" in text(app)
        assert main(app).query_one(Confusion).reference
        await pilot.press("d")
        await pilot.pause()
        assert not main(app).query_one(Confusion).reference


async def test_playback(tmp_path: Path) -> None:
    """`p` shows snapshot after snapshot up to now; pressed again, or with the cursor moved, it halts."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        screen = main(app)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign", "p")
        await until(pilot, lambda: (screen.follow.cursor or 0) > 0)
        await pilot.press("p")
        await pilot.pause()
        halted = screen.follow.cursor
        await pilot.pause(0.3)
        assert screen.follow.cursor == halted
        await pilot.press("p")
        await until(pilot, lambda: screen.follow.cursor is None)
        assert screen._player is None


async def test_nothing_to_move_along(tmp_path: Path) -> None:
    """Without a run the keys of time say that there is no curve yet."""
    app = cockpit(tmp_path)
    async with running(app) as pilot:
        for key in ("h", "home", "p"):
            await pilot.press(key)
            await until(pilot, lambda: "There is no curve yet" in text(app))
            app.clear_notifications()
            await until(pilot, lambda: "There is no curve yet" not in text(app))
