"""The question where a training stumbled, alone on a screen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cockpits import text, until
from textual.app import App
from textual.pilot import Pilot

from tuitrain.drawing.look import Look
from tuitrain.ui.ascii import Ascii
from tuitrain.ui.screens.trouble import Choice, Trouble
from tuitrain.ui.widgets.picture import Arrays
from tuitrain.ui.widgets.stumble import Batch

STYLES = Path(__file__).parents[2] / "tuitrain/ui/screens/trouble.tcss"
SIZES = [(40, 12), (80, 24), pytest.param((120, 40), marks=pytest.mark.slow)]
RECORD: dict[str, Any] = {
    "step": 1234,
    "trouble": "nan",
    "loss": None,
    "lr": 0.1,
    "layer": "layer hidden2",
    "norms": [1.0 + n for n in range(64)],
    "waits": True,
}
SPIKE = RECORD | {"trouble": "spike", "loss": 512.0, "layer": "the inputs, 1,000 times those of the step before"}


class Asking(App[None]):
    """A screen with nothing but the question on it; holds what was answered."""

    CSS_PATH = STYLES

    def __init__(self, record: dict[str, Any], arrays: Arrays, *, look: Look | None = None, **given: Any) -> None:
        super().__init__()
        self.look = look or Look()
        self.question = Trouble(record, arrays, **given)
        self.answers: list[Choice | None] = []
        if self.look.ascii:
            self._filters.append(Ascii())

    def on_mount(self) -> None:
        """Ask."""
        self.push_screen(self.question, self.answers.append)


def batch(kind: str = "rows", count: int = 16) -> Arrays:
    """Return a batch of images or rows, the fourth sample the worst."""
    order = np.array([3, *(n for n in range(count) if n != 3)])
    losses = np.ones(count, dtype=np.float32)
    losses[3] = np.nan
    found = {"losses": losses, "samples": np.arange(count) * 259, "worst": order}
    if kind == "images":
        images = np.random.default_rng(0).integers(0, 255, (count, 1, 8, 8), dtype=np.uint8)
        return found | {"images": images, "labels": np.arange(count) % 3, "predictions": np.where(losses > 0, 1, -1)}
    inputs = np.ones((count, 4), dtype=np.float32)
    inputs[3, 1] = np.nan
    return found | {"inputs": inputs, "labels": losses[:, None], "predictions": losses[:, None]}


async def ready(pilot: Pilot[Any], app: Asking) -> None:
    """Wait until the question takes answers."""
    await until(pilot, lambda: app.screen is app.question and app.question.ready)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["images", "rows", "none"])
async def test_everything_is_said_at_every_size(size: tuple[int, int], kind: str) -> None:
    """Step, learning rate, layer and all five choices are on the screen; the samples where there are 18 lines."""
    app = Asking(RECORD, {} if kind == "none" else batch(kind))
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        shown = text(app)  # type: ignore[arg-type]  # an app with a screen
        for words in ("step 1,234", "NaN", "rate 0.1", "layer hidden2", "Rewind", "Skip", "Go on", "Stop", "Later"):
            assert words in shown
        assert "gradient norm" in shown
        assert ("777" in shown) == (kind != "none" and size[1] > 12)


@pytest.mark.parametrize(("key", "answer"), [("r", "rewind"), ("x", "skip"), ("g", "go_on"), ("s", "stop")])
async def test_letters(key: str, answer: str) -> None:
    """Each letter is an answer."""
    app = Asking(SPIKE, batch())
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert "shot up to 512" in text(app)  # type: ignore[arg-type]  # as above
        await pilot.press(key)
        await until(pilot, lambda: app.answers)
    assert app.answers == [answer]


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_later(key: str) -> None:
    """Escape answers nothing, at once."""
    app = Asking(SPIKE, {})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen is app.question)
        await pilot.press(key)
        await until(pilot, lambda: app.answers)
    assert app.answers == [None]


async def test_what_is_typed_as_it_opens_is_no_answer() -> None:
    """Keys of the first half second, and enter without a choice under the cursor, answer nothing."""
    app = Asking(SPIKE, batch())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen is app.question and app.question.is_mounted)
        app.question._opened = float("inf")  # as if it were just opening, however slow this machine
        await pilot.press("r", "s", "enter")
        app.question._opened = 0.0
        await pilot.press("enter")
        assert app.answers == []
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: app.answers)
    assert app.answers == ["skip"]


async def test_nobody_goes_on_from_nan() -> None:
    """To go on is offered only where the loss is a number: neither letter nor enter choose it."""
    app = Asking(RECORD, batch())
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("g", "j", "j", "j", "enter")
        await until(pilot, lambda: app.answers)
    assert app.answers == ["stop"]


@pytest.mark.parametrize("look", [Look(ascii=True), Look(colour=False), Look(dark=False, depth=4)])
@pytest.mark.parametrize("size", SIZES)
async def test_poor_terminals(look: Look, size: tuple[int, int]) -> None:
    """In ASCII nothing else is painted, and without colours the words are the same."""
    app = Asking(SPIKE, batch("images"), look=look)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        shown = text(app)  # type: ignore[arg-type]  # as above
    assert "shot up to 512" in shown
    assert not look.ascii or shown.isascii()


async def test_names_are_plain_text() -> None:
    """What looks like markup in names of runs, layers and classes stands there as it is, escapes are shown."""
    app = Asking(
        RECORD | {"layer": "layer [b]x[/]\x1b[31m"}, batch("images"), labels=["[u]cat[/]"] * 3, subject="[i]mlp[/]"
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        shown = text(app)  # type: ignore[arg-type]  # as above
    for words in ("[i]mlp[/]", "layer [b]x[/]\\x1b[31m", "[u]cat[/]"):
        assert words in shown


NORMS: list[list[float | None]] = [[], [None], [1.0], [0.0] * 64, [2.5] * 64, [1e308, 1e-308, None], [1.0, None] * 32]


@pytest.mark.parametrize("norms", NORMS)
@pytest.mark.parametrize("size", SIZES)
async def test_odd_numbers(norms: list[float | None], size: tuple[int, int]) -> None:
    """No gradients, one, all the same, far apart, and a loss beyond all bounds are drawn or told in words."""
    app = Asking(RECORD | {"norms": norms, "loss": 1e308, "lr": None}, batch(count=4))
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        assert "1e308" in text(app)  # type: ignore[arg-type]  # as above
        assert "gradient" in text(app)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("missing", ["worst", "labels", "losses", "inputs"])
async def test_a_damaged_batch_is_none(missing: str) -> None:
    """Arrays of which one is missing are not drawn; the question is asked all the same."""
    arrays = {name: value for name, value in batch().items() if name != missing}
    app = Asking(RECORD, arrays)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert "the batch was not written" in text(app)  # type: ignore[arg-type]  # as above
        assert not app.screen.query_one(Batch).drawable
