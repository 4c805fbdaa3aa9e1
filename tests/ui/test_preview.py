"""What the dataset of the settings holds, shown before anything is trained."""

from pathlib import Path

import pytest
from cockpits import Given, main, running, text, until
from test_picker import Direct

from tuitrain.experiment import override, parse, read
from tuitrain.runs.survey import Survey
from tuitrain.ui.screens.contents import Contents
from tuitrain.ui.widgets.preview import Balance, Preview, Samples


def found(app: Given) -> Survey | None:
    """Return what is shown."""
    return app.screen.query_one(Preview).survey if isinstance(app.screen, Contents) else None


@pytest.mark.parametrize("size", [pytest.param((120, 40), marks=pytest.mark.slow), (80, 24)])
@pytest.mark.parametrize(
    ("dataset", "words", "parts"),
    [
        ("mnist", "28 x 28 pixels; 10 classes", (True, True)),
        ("moons", "each 2 numbers; 2 classes", (True, True)),
        ("curve", "to predict: y", (False, True)),
        ("iris", "each 4 numbers; 3 classes", (True, False)),
    ],
)
async def test_any_dataset(
    tmp_path: Path, dataset: str, words: str, parts: tuple[bool, bool], size: tuple[int, int]
) -> None:
    """Classes, images or points of each kind of data are on the page, with a sentence, and escape closes it."""
    experiment = parse(override(read("mnist-mlp").dump(), [f"dataset.kind={dataset}"]))
    app = Given(experiment, Direct(tmp_path / "runs", tmp_path / "data", warm=False))
    async with running(app, size) as pilot:
        await pilot.press("P")
        await until(pilot, lambda: found(app))
        await pilot.pause()
        assert words in " ".join(text(app).replace("│", " ").split())
        assert tuple(app.screen.query_one(part).display for part in (Balance, Samples)) == parts
        assert app.screen.query_one(Preview).region.width <= size[0]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main(app))


async def test_wrong_settings_have_no_preview(tmp_path: Path) -> None:
    """Where the settings of the dataset are wrong the way leads to the field that is."""
    app = Given(read("toy-deep"), Direct(tmp_path / "runs", tmp_path / "data", warm=False))
    async with running(app) as pilot:
        setup = main(app).setup
        await pilot.press("c", "j", "0", "escape", "P")
        await until(pilot, lambda: setup.has_focus_within)
        assert setup.problems
        assert app.screen is main(app)
