"""Which part of the runs charts show, over what, and what keys and the mouse change of that."""

import numpy as np
import pytest
from charting import BLUE, grow, plain, run, series, shown, timeline
from textual.events import MouseScrollDown, MouseScrollLeft, MouseScrollUp

from tuitrain.ui.widgets.chart import Chart, Line, View
from tuitrain.ui.widgets.section import Section
from tuitrain.ui.widgets.trace import trace


def test_the_cost_of_a_curve_does_not_grow_with_the_run() -> None:
    """A million points are as few pieces as ten thousand, on a linear and on a logarithmic axis, smoothed or not."""
    for steps in (10_000, 1_000_000):
        x = np.arange(1, steps + 1)
        line = Line("mlp", series(x.tolist(), np.sin(x / 1e3).tolist()), timeline(steps), BLUE, "train")
        for view in (View(), View(log_x=True), View(smoothing=0.02), View(limits=(2e3, 9e3), smoothing=0.1)):
            found = trace(line, view, 60)
            assert 60 <= len(found.x) <= 6 * 60
            assert (np.diff(found.x) > 0).all()


def test_smoothing_does_not_depend_on_what_is_shown() -> None:
    """Points before the first one shown count in its mean as they do when everything is shown."""
    line = run(2000)["loss"][0]
    whole, part = (trace(line, View(smoothing=0.1, limits=limits), 2000) for limits in (None, (1500.0, 1800.0)))
    at = whole.x.searchsorted(part.x)
    assert len(part.x) == 303
    assert np.allclose(whole.smoothed[at], part.smoothed, rtol=1e-3)


def test_the_start_of_a_long_run_is_there_on_a_logarithmic_axis() -> None:
    """Steps 1 to 10 of 100,000 take a fifth of the axis and are drawn each by itself."""
    x = np.arange(1, 100_001)
    line = Line("mlp", series(x.tolist(), x.tolist()), timeline(100_000), BLUE, "train")
    assert trace(line, View(log_x=True), 50).x[:10].tolist() == list(range(1, 11))


async def test_the_crosshair_lands_on_recorded_points() -> None:
    """A column is several points of a long run, one point of a short one; past the last it is live again."""
    async with shown(run(4000)) as (app, _):
        charts = app.charts
        back = charts.beside(None, -1)
        assert back is not None
        assert 3900 < back < 4000
        assert charts.beside(back, -10) == pytest.approx(back - 10 * 4000 / charts.columns, abs=3)
        assert charts.beside(3995, 1) is None
        assert charts.beside(4000, 1) is None
        assert charts.beside(5, -10) == 1
        assert charts.beside(None, 1) is None
    async with shown(plain([1.0, 0.5, 0.4, 0.3])) as (app, _):
        assert [app.charts.beside(step, by) for step, by in ((None, -1), (2, -1), (0, -1), (0, 1), (1, 1))] == [
            2,
            1,
            0,
            1,
            2,
        ]
    async with shown({}) as (app, _):
        assert app.charts.beside(None, -1) is None


async def test_zooming_keeps_the_crosshair_in_sight() -> None:
    """Closer about the crosshair, wider again to all of it, and never beyond."""
    async with shown(run()) as (app, pilot):
        whole = app.limits
        app.charts.cursor = 120
        for factor in (2, 4, 8):
            app.charts.scale(-1)
            await pilot.pause()
            low, high = app.limits
            assert low < 120 < high
            assert high - low == pytest.approx((whole[1] - whole[0]) / factor)
        app.charts.cursor = 300  # out of sight
        await pilot.pause()
        assert app.limits[0] < 300 < app.limits[1]
        for _ in range(5):
            app.charts.scale(1)
        await pilot.pause()
        assert app.limits == whole


async def test_panning_stays_within_the_run() -> None:
    """A quarter at a time, up to the ends; where everything is shown there is nowhere to go."""
    async with shown(run()) as (app, pilot):
        app.charts.pan(-1)
        await pilot.pause()
        whole = app.limits
        app.charts.scale(-1)
        app.charts.pan(-1)
        await pilot.pause()
        width = (whole[1] - whole[0]) / 2
        assert app.limits == pytest.approx((whole[1] - 1.25 * width, whole[1] - 0.25 * width))
        for _ in range(9):
            app.charts.pan(-1)
        await pilot.pause()
        assert app.limits[0] == whole[0]
        app.charts.unscale()
        await pilot.pause()
        assert app.limits == whole


async def test_the_right_end_is_followed() -> None:
    """A zoomed part at the right end goes on with the run, unless the crosshair rests or it was moved away."""
    lines = run(400)
    async with shown(lines) as (app, pilot):
        app.charts.scale(-1)
        app.charts.lines = grow(lines, 800)
        await pilot.pause()
        assert app.limits == pytest.approx((800 - 199.5, 800), abs=20)
        app.charts.cursor = 790
        app.charts.lines = grow(lines, 1200)
        await pilot.pause()
        assert app.limits == pytest.approx((800 - 199.5, 800), abs=20)
        app.charts.cursor = None
        await pilot.pause()
        assert app.limits[0] < 1200 <= app.limits[1]
        app.charts.pan(-1)
        await pilot.pause()
        held = app.limits
        app.charts.lines = grow(lines, 1500)
        await pilot.pause()
        assert app.limits == held


async def test_the_window_goes_with_the_run() -> None:
    """It is about the last tenth, at least 50 points, and says so; again it is everything."""
    lines = run(400)
    async with shown(lines) as (app, pilot):
        app.charts.window()
        await pilot.pause()
        assert "loss recent" in app.frame("loss")[0]
        assert app.limits == pytest.approx((350, 400), abs=5)
        app.charts.lines = grow(lines, 4000)
        await pilot.pause()
        assert app.limits[1] == pytest.approx(4000, abs=50)
        assert 400 <= app.limits[1] - app.limits[0] <= 1000
        app.charts.window()
        await pilot.pause()
        assert app.limits == (0, 4000)


async def test_axes_of_steps_epochs_and_time() -> None:
    """The same part of the run, in other units; the title says which."""
    async with shown(run(400)) as (app, pilot):
        app.charts.cursor = 200
        app.charts.scale(-1)
        await pilot.pause()
        first, last = app.limits
        app.charts.axis()
        await pilot.pause()
        assert app.limits == pytest.approx((first / 10, last / 10))
        assert "loss by epoch" in app.frame("loss")[0]
        app.charts.axis()
        await pilot.pause()
        assert app.limits == pytest.approx((first * 60 / 400, last * 60 / 400), abs=1)
        assert "0:30" in app.drawn("loss")[-1]
        assert "time 0:30" in app.frame("loss")[1]
        app.charts.axis()
        await pilot.pause()
        assert app.limits == pytest.approx((first, last), abs=10)
        app.charts.log_x()
        await pilot.pause()
        assert app.limits == pytest.approx((first, last), abs=10)
        assert "log x" in app.frame("accuracy")[0]


async def test_logarithmic_values_with_zero_and_negative_ones() -> None:
    """What has no logarithm is a gap with its sign on the axis; only the chosen chart is changed."""
    lines = plain([10.0 ** (-step / 20) for step in range(60)] + [0.0, -1.0] + [1e-3] * 40)
    async with shown(lines | {"accuracy": run()["accuracy"]}) as (app, pilot):
        app.charts.log_y()
        await pilot.pause()
        assert "loss log y" in app.frame("loss")[0]
        assert "log" not in app.frame("accuracy")[0]
        assert any(row.lstrip().startswith("0.01") for row in app.drawn("loss"))
        assert "x" in app.drawn("loss")[-2]


async def test_outliers_are_left_out_of_the_range() -> None:
    """One value a thousand times as large does not flatten the curve, once asked, and the title says so."""
    values = list(np.linspace(1, 0.5, 100))
    values[50] = 1000.0
    async with shown(plain(values)) as (app, pilot):
        dots = [sum(ord(sign) > 0x2800 for row in app.drawn("loss")[:-4] for sign in row)]
        app.charts.outliers()
        await pilot.pause()
        assert "outliers cut" in app.frame("loss")[0]
        dots.append(sum(ord(sign) > 0x2800 for row in app.drawn("loss")[:-4] for sign in row))
        assert dots[1] > 1.5 * dots[0]
        assert "1,000" not in "".join(app.drawn("loss"))


async def test_the_mouse() -> None:
    """A click tells the recorded step there, the wheel zooms about the pointer, with shift it pans."""
    async with shown(run(400)) as (app, pilot):
        chart = app.query_one("#loss", Chart)
        assert chart.frame is not None
        column = 1 + chart.frame.left + chart.frame.width // 2
        await pilot.click(chart, offset=(column, 5))
        await pilot.click(chart, offset=(2, 5))  # on the labels of the axis
        assert app.moved == [pytest.approx(200, abs=8)]
        whole = app.limits
        at = (1 + chart.frame.left + chart.frame.width // 4, 5)
        for event in (MouseScrollUp, MouseScrollUp):
            await pilot._post_mouse_events([event], chart, at, button=0)
        await pilot.pause()
        low, high = app.limits
        assert high - low == pytest.approx((whole[1] - whole[0]) / 2)
        assert low < 0.25 * whole[1] < high
        await pilot._post_mouse_events([MouseScrollDown], chart, at, button=0, shift=True)
        await pilot.pause()
        assert app.limits == pytest.approx((low + 50, high + 50))
        await pilot._post_mouse_events([MouseScrollLeft], chart, at, button=0)
        await pilot._post_mouse_events([MouseScrollDown], chart, (1, 5), button=0)
        await pilot.pause()
        assert app.limits[1] - app.limits[0] == pytest.approx((whole[1] - whole[0]) / 2**0.5)


async def test_old_columns_stay_as_a_run_grows() -> None:
    """Of forty updates of a long run few move the dots of its first half."""
    lines = run(20_000)
    lines["loss"] = lines["loss"][:1]
    moved = 0
    async with shown({"loss": lines["loss"]}) as (app, pilot):
        app.charts.stage = "one"
        await pilot.pause()
        before = [row[: len(row) // 2] for row in app.drawn("loss")]
        for step in range(20_100, 24_001, 100):
            app.charts.lines = grow(lines, step)
            await pilot.pause()
            now = [row[: len(row) // 2] for row in app.drawn("loss")]
            moved, before = moved + (now != before), now
    assert moved <= 5


def test_a_section_ends_with_a_little_room() -> None:
    """The end is rounded up by at most an eighth, and the smallest part is not empty."""
    for high in (7.0, 750.0, 1234.0, 1e6):
        low, end = Section().limits((0.0, high), 0.0, live=True)
        assert low == 0
        assert high <= end <= high * 1.13
    section, extent = Section(), (0.0, 1000.0)
    for _ in range(100):
        section = section.scaled(section.limits(extent, 0, live=False), extent, 0.5, 300.0)
    low, high = section.limits(extent, 0, live=False)
    assert low < 300 < high
