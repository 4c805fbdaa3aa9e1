"""The charts alone on a screen, with series that tests make."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tuitrain.drawing.look import Look
from tuitrain.runs.series import Series
from tuitrain.runs.timeline import Timeline
from tuitrain.ui.widgets import STYLES
from tuitrain.ui.widgets.chart import Chart, Line
from tuitrain.ui.widgets.charts import Charts

BLUE, ORANGE = "#2e90e0", "#d97a00"
Runs = dict[str, list[Line]]
START = datetime(2026, 1, 1, tzinfo=UTC)


class Shown(App[None]):
    """Charts alone, which writes down the steps that were clicked on."""

    CSS_PATH = STYLES  # type: ignore[assignment]  # a list is what Textual documents

    def __init__(self, look: Look | None = None) -> None:
        super().__init__()
        self.look = look or Look()
        self.moved: list[int | None] = []

    def compose(self) -> ComposeResult:
        """Show the charts."""
        yield Charts()

    @property
    def charts(self) -> Charts:
        """The charts."""
        return self.query_one(Charts)

    def on_charts_moved(self, event: Charts.Moved) -> None:
        """Write down a step."""
        self.moved.append(event.step)

    def frame(self, metric: str) -> tuple[str, str]:
        """Return the words in the upper and lower line of the frame of a chart."""
        (chart,) = [chart for chart in self.query(Chart) if chart.metric == metric]
        return str(chart._border_title), str(chart._border_subtitle)

    def drawn(self, metric: str) -> list[str]:
        """Return the rows of a chart."""
        (chart,) = [chart for chart in self.query(Chart) if chart.metric == metric]
        return ["".join(segment.text for segment in line) for line in chart._lines]

    @property
    def limits(self) -> tuple[float, float]:
        """From where to where is shown, in steps, epochs or seconds."""
        found = self.query(Chart).first().view.limits
        assert found is not None
        return found


@asynccontextmanager
async def shown(
    lines: Runs, size: tuple[int, int] = (120, 24), look: Look | None = None
) -> AsyncIterator[tuple[Shown, Pilot[Any]]]:
    """Show these curves in a terminal of this size."""
    app = Shown(look)
    async with app.run_test(size=size) as pilot:
        app.charts.lines = lines
        await pilot.pause()
        yield app, pilot


def timeline(steps: int, per_epoch: int = 10, seconds: float = 60.0) -> Timeline:
    """Return how steps lie in time: so many in an epoch, evenly over some seconds."""
    made = Timeline()
    made.begin({"time": START.isoformat(), "steps": steps, "epochs": max(steps // per_epoch, 1)})
    for step in range(0, steps + 1, max(steps // 50, 1)):
        made.add(step, (START + timedelta(seconds=seconds * step / steps)).isoformat())
    return made


def series(steps: Sequence[int], values: Sequence[float | None]) -> Series:
    """Return a series of these points."""
    made = Series()
    made.extend(steps, values)
    return made


def run(steps: int = 400, every: int = 20, label: str = "mlp", colour: str = BLUE, *, front: bool = True) -> Runs:
    """Return the curves of a run: loss and accuracy at each step and every few, and what is told at each step."""
    noise = np.random.default_rng(steps).normal(1, 0.1, steps)
    x, few, lie = np.arange(1, steps + 1), np.arange(0, steps + 1, every), timeline(steps)
    train, val = np.exp(-x / steps * 3) * noise, np.exp(-few / steps * 3) + 0.1

    def line(split: str, at: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> Line:
        return Line(label, series(at.tolist(), values.tolist()), lie, colour, split, None, front)

    loss = [line("train", x, train), replace(line("val", few, val), best=(float(few[-1]), float(val[-1])))]
    return {
        "loss": loss,
        "accuracy": [line("train", x, 1 - train / 2), line("val", few, 1 - val / 2)],
        "lr": [line("", x, np.full(steps, 0.1))],
        "grad_norm": [line("", x, noise)],
    }


def plain(values: Sequence[float | None], split: str = "train") -> Runs:
    """Return a run of one curve of the loss with these values."""
    return {
        "loss": [
            Line("mlp", series(range(len(values)), values), timeline(max(len(values), 1)), BLUE, split, front=True)
        ]
    }


def grow(lines: Runs, to: int) -> Runs:
    """Take the training curve of the loss on to a step."""
    train = lines["loss"][0].series
    assert train.last is not None
    for step in range(train.last[0] + 1, to + 1):
        train.add(step, 0.1)
    return lines
