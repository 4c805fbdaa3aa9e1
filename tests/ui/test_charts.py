"""What charts show of runs, and which of them are shown."""

import numpy as np
import pytest
from charting import BLUE, ORANGE, Runs, grow, plain, run, series, shown

from tuitrain.drawing.look import Look
from tuitrain.runs.timeline import Timeline
from tuitrain.ui.widgets.chart import Band, Chart, Line
from tuitrain.ui.widgets.charts import arrange


async def test_values_at_the_crosshair() -> None:
    """Step, epoch and exact values stand in the frame, the last ones when live; the crosshair is an upright line."""
    lines = run()
    async with shown(lines) as (app, pilot):
        train, val = (line.series for line in lines["loss"])
        _, told = app.frame("loss")
        assert told == f"step 400  epoch 40  train {train.values[-1]:.4f}  val {val.values[-1]:.4f}"
        assert not any("│" in row[8:] for row in app.drawn("loss"))
        app.charts.cursor = 211
        await pilot.pause()
        _, told = app.frame("loss")
        assert told == f"step 211  epoch 21.1  train {train.values[210]:.4f}  val {val.values[10]:.4f}"
        assert sum("│" in row[8:] for row in app.drawn("loss")) > 12
        assert "".join(app.drawn("loss")).count("◉") == 2
        assert "lr" not in app.frame("accuracy")[1]


async def test_values_of_several_runs() -> None:
    """The run in front comes first, the others by name as far as there is room; narrow ones leave out the epoch."""
    other = run(300, label="cnn", colour=ORANGE, front=False)
    lines = {name: other[name] + found for name, found in run().items()}
    async with shown(lines, (200, 20)) as (app, pilot):
        told = app.frame("loss")[1]
        assert told.index("train") < told.index("● cnn  train")
        app.charts.cursor = 350  # where the other one had ended
        await pilot.pause()
        assert f"● cnn  train {other['loss'][0].series.values[-1]:.4f}" in app.frame("loss")[1]
        await pilot.resize_terminal(80, 20)
        await pilot.pause()
        assert app.frame("loss")[1].startswith("step 350  train 0.")
        assert "cnn" not in app.frame("loss")[1]


async def test_the_note_is_in_the_first_frame() -> None:
    """Words such as how much patience is left stand at the right end of the first chart that is shown."""
    async with shown(run(), (120, 20)) as (app, pilot):
        app.charts.note = "patience: 2 of 5 left"
        await pilot.pause()
        assert app.frame("loss")[1].endswith("─ patience: 2 of 5 left")
        assert "patience" not in app.frame("accuracy")[1]
        app.charts.next_chart()
        app.charts.stage = "one"
        await pilot.pause()
        assert app.frame("accuracy")[1].endswith("─ patience: 2 of 5 left")


async def test_smoothing_has_the_points_faint_below() -> None:
    """More, still more, and not at all; of pieces a band stands for the points."""
    async with shown(run(100)) as (app, pilot):
        seen = [app.drawn("loss")]
        for words in ("smoothed 0.1", "smoothed 0.02"):
            app.charts.smooth()
            await pilot.pause()
            assert words in app.frame("loss")[0]
            seen.append(app.drawn("loss"))
        app.charts.smooth()
        await pilot.pause()
        assert app.drawn("loss") == seen[0]
        assert len({"".join(rows) for rows in seen}) == 3


@pytest.mark.parametrize(
    ("size", "stage", "expected"),
    [
        ((120, 40), "pair", (["loss", "lr"], 2)),
        ((80, 24), "pair", (["loss", "lr"], 2)),
        ((60, 24), "pair", (["loss", "lr"], 1)),
        ((40, 12), "pair", (["lr"], 1)),
        ((120, 40), "all", (["loss", "accuracy", "lr", "grad_norm"], 3)),
        ((80, 24), "all", (["loss", "accuracy", "lr", "grad_norm"], 2)),
        ((40, 12), "all", (["lr", "grad_norm"], 1)),
        ((1, 1), "all", (["lr"], 1)),
        ((120, 40), "one", (["lr"], 1)),
    ],
)
def test_which_charts_there_is_room_for(size: tuple[int, int], stage: str, expected: tuple[list[str], int]) -> None:
    """Two side by side or stacked, a grid of all or a page of it, or the chosen one alone."""
    assert arrange(["loss", "accuracy", "lr", "grad_norm"], "lr", "lr", stage, size) == expected


async def test_all_room_is_used() -> None:
    """At each size and stage the charts that are shown share everything."""
    async with shown(run()) as (app, pilot):
        for size in ((80, 24), (120, 40), (40, 12)):
            await pilot.resize_terminal(*size)
            for stage in ("all", "one", "pair"):
                app.charts.stage = stage
                await pilot.pause()
                visible = [chart for chart in app.query(Chart) if chart.display]
                assert [chart.metric for chart in visible] == app.charts.arranged()[0]
                assert sum(chart.outer_size.area for chart in visible) >= 0.95 * size[0] * size[1]


async def test_the_next_chart() -> None:
    """It is beside the loss, then the loss itself is chosen again; the first two keep their names."""
    async with shown(run()) as (app, pilot):
        seen = []
        for _ in range(4):
            app.charts.next_chart()
            await pilot.pause()
            chosen = [chart.metric for chart in app.query(Chart) if chart.view.chosen]
            frames = [(chart.metric, chart._border_title) for chart in app.query(Chart) if chart.display]
            titles = {metric: str(title.spans[0].style) for metric, title in frames if title}
            assert [metric for metric, style in titles.items() if "primary" in style] == chosen
            seen.append((*chosen, *(chart.metric for chart in app.query(Chart) if chart.display)))
        assert seen == [
            ("accuracy", "loss", "accuracy"),
            ("lr", "loss", "lr"),
            ("grad_norm", "loss", "grad_norm"),
            ("loss", "loss", "accuracy"),
        ]
        assert [chart.id for chart in app.query(Chart)][:2] == ["loss", "score"]
        app.charts.lines = {"loss": run()["loss"], "rmse": run()["accuracy"], "lr": []}
        await pilot.pause()
        assert [chart.metric for chart in app.query(Chart)] == ["loss", "rmse"]


async def test_charts_that_wait() -> None:
    """Before there is any curve two charts say what brings one."""
    async with shown({}, (80, 24)) as (app, pilot):
        app.charts.waiting = "nothing yet: F5 trains"
        await pilot.pause()
        for metric in ("loss", "accuracy"):
            assert any("nothing yet: F5 trains" in row for row in app.drawn(metric))


async def test_marks_have_their_words() -> None:
    """What happened stands upright at its step; where a run diverged the gap has its sign on the axis."""
    values = [1 - step / 200 for step in range(100)] + [None] * 10
    async with shown(plain(values)) as (app, pilot):
        app.charts.marks = [(40, "paused"), (100, "diverged")]
        await pilot.pause()
        rows = app.drawn("loss")
        assert sum("paused" in row for row in rows) == sum("diverged" in row for row in rows) == 1
        assert sum("┊" in row for row in rows) > 10
        assert "x" in rows[-2]
        assert "train nan" in app.frame("loss")[1]


async def test_bands_over_seeds() -> None:
    """Mean and band need no line of a run; in ASCII the band is of dots."""
    steps = np.arange(100.0)
    mean = np.exp(-steps / 30)
    band = Band("mlp (5 seeds)", BLUE, steps, mean - 0.2, mean + 0.2, mean)
    for look, faint in ((Look(), "⣿"), (Look(ascii=True), "."), (Look(colour=False), "⠐")):
        async with shown({}, look=look) as (app, pilot):
            app.charts.bands = {"loss": [band]}
            await pilot.pause()
            assert "".join(app.drawn("loss")).count(faint) > 40
            assert "mlp (5 seeds)" in app.frame("loss")[0]
            assert "step 99  mean 0.0369 sd 0.2" in app.frame("loss")[1]


async def test_only_what_changed_is_drawn() -> None:
    """The same data and the same words again cost no drawing; a hidden chart is drawn when it is shown."""
    lines = run(3990)
    async with shown(lines) as (app, pilot):

        def drawings() -> dict[str, object]:
            return {chart.metric: chart._lines for chart in app.query(Chart)}

        first = drawings()
        app.charts.lines = dict(lines)
        app.charts.note = ""
        await pilot.pause()
        assert all(drawn is first[metric] for metric, drawn in drawings().items())
        app.charts.lines = grow(lines, 3995)
        await pilot.pause()
        assert [metric for metric, drawn in drawings().items() if drawn is not first[metric]] == ["loss"]
        assert not first["lr"]
        app.charts.stage = "all"
        await pilot.pause()
        assert all(drawings().values())


ODD: dict[str, Runs] = {
    "no point": plain([]),
    "one point": plain([0.5]),
    "no number": plain([None] * 30),
    "huge": plain([1e308, -1e308, 1.0] * 20),
    "tiny": plain([5e-324, 0.0, 1e-300]),
    "constant": plain([0.5] * 50, "val"),
    "eight runs": {
        "loss": [line for k in range(8) for line in run(50 + k, 5, f"mlp {k}", BLUE, front=not k)["loss"]],
    },
    "no time": {"loss": [Line("mlp", series([1, 2, 3], [1, 2, 3]), Timeline(), BLUE, "train", (2.0, 2.0))]},
}


async def test_odd_runs_at_any_size() -> None:
    """No data and no size breaks a chart, whichever keys are pressed."""
    async with shown({}) as (app, pilot):
        charts = app.charts
        for number, size in enumerate(((200, 60), (40, 12), (10, 3), (1, 1))):
            await pilot.resize_terminal(*size)
            app.look = Look(ascii=number % 2 == 1, colour=number != 2)
            for lines in ODD.values():
                charts.lines = lines
                for key in (charts.log_x, charts.log_y, charts.outliers, charts.axis, charts.smooth, charts.window):
                    key()
                charts.scale(-1)
                charts.cursor = charts.beside(charts.cursor, -3)
                charts.marks = [(1, "paused"), (30, "diverged")]
                await pilot.pause()
                charts.pan(-1)
                charts.unscale()
                drawn = [chart for chart in app.query(Chart) if chart.display and chart.size]
                assert all(len(chart._lines) == chart.size.height for chart in drawn)
