"""How the cockpit looks: each test is a picture in __snapshots__, named after what is to be seen in it.

`pytest tests/ui/test_screens.py --snapshot-update` takes them anew; look at each of them before it is kept.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cockpits import Given, cockpit, main, no_child_left, text, until
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]  # it ships no types
from textual.pilot import Pilot

from tuitrain.ui.screens.main import Main
from tuitrain.ui.screens.quit import Quit

nobody = pytest.fixture(autouse=True)(no_child_left)
Snap = Callable[..., bool]
SVGImageExtension.file_extension = "svg"  # as syrupy 5 and later calls it; without it the pictures end in .raw
ROOMY, NARROW = (120, 40), (80, 24)
BOTH = [ROOMY, pytest.param(NARROW, marks=pytest.mark.slow)]


def shown(app: Given, words: str, *keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Return what has to happen before the picture is taken: the words are there, then the keys are pressed."""

    async def prepare(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(app.screen, Main) and words in text(app))
        main(app).set_focus(None)  # a cursor blinks
        await pilot.press(*keys)
        await pilot.pause()

    return prepare


@pytest.mark.parametrize("size", BOTH)
def test_digits_with_curves_confusion_and_two_finished_runs(
    snap_compare: Snap, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Loss falls, accuracy rises, the confusion matrix is mostly its diagonal, both runs are finished."""
    app = cockpit(tmp_path, "digits")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "finished"))


def test_weights_of_the_linear_model_as_images_of_digits(snap_compare: Snap, tmp_path: Path) -> None:
    """Ten images on a diverging scale in which shapes of digits can be made out, filling the right side."""
    app = cockpit(tmp_path, "digits")
    assert snap_compare(app, terminal_size=ROOMY, run_before=shown(app, "finished", "n", "4", "z"))


@pytest.mark.parametrize("size", BOTH)
def test_samples_of_a_batch_and_what_the_model_thinks(
    snap_compare: Snap, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Digits side by side, the third in a frame; on the right ten bars, the true class marked."""
    app = cockpit(tmp_path, "digits")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "finished", "5", "5", "l", "l"))


def test_mistakes_with_what_they_were_taken_for(snap_compare: Snap, tmp_path: Path) -> None:
    """Five digits that a person might misread too, each with what it is and what it was taken for."""
    app = cockpit(tmp_path, "digits")
    assert snap_compare(app, terminal_size=NARROW, run_before=shown(app, "finished", "6"))


def test_embedding_with_a_cloud_for_each_digit(snap_compare: Snap, tmp_path: Path) -> None:
    """Points in ten colours, the digits at the middle of their clouds; the frame says by which method."""
    app = cockpit(tmp_path, "digits")
    assert snap_compare(app, terminal_size=ROOMY, run_before=shown(app, "finished", "7"))


def test_classes_as_a_table(snap_compare: Snap, tmp_path: Path) -> None:
    """A row for each digit with numbers and a bar, their mean at the top, the third row under the cursor."""
    app = cockpit(tmp_path, "digits")
    assert snap_compare(app, terminal_size=ROOMY, run_before=shown(app, "finished", "8", "8", "j", "j"))


@pytest.mark.parametrize("size", BOTH)
def test_learning_rates_with_the_suggestion(snap_compare: Snap, tmp_path: Path, size: tuple[int, int]) -> None:
    """The loss stays, falls and shoots up over the logarithm of the rate; an upright line where it is steepest."""
    app = cockpit(tmp_path, "closely")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "stopped", "9"))


def test_parameters_after_a_single_step(snap_compare: Snap, tmp_path: Path) -> None:
    """Names, shapes and counts; beside them gradient and update of each tensor."""
    app = cockpit(tmp_path, "closely")
    assert snap_compare(app, terminal_size=NARROW, run_before=shown(app, "stopped", "3"))


@pytest.mark.parametrize("size", BOTH)
def test_regression_with_the_fitted_curve(snap_compare: Snap, tmp_path: Path, size: tuple[int, int]) -> None:
    """Curves of loss and rmse, training smoothed over its faint raw values, and a curve through the points."""
    app = cockpit(tmp_path, "numbers")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "finished", "m"))


def test_support_vectors_on_the_surface(snap_compare: Snap, tmp_path: Path) -> None:
    """Most points near the border are rings: they carry the model, which has no epochs and no curve of the loss."""
    app = cockpit(tmp_path, "fitted")
    assert snap_compare(app, terminal_size=ROOMY, run_before=shown(app, "finished"))


@pytest.mark.parametrize("size", BOTH)
def test_plane_with_a_decision_surface_and_three_models(
    snap_compare: Snap, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The surface of the deepest net with the points on it, wrong ones marked; three colours of curves."""
    app = cockpit(tmp_path, "plane")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "finished"))


@pytest.mark.parametrize("size", BOTH)
def test_diverged_with_the_reason_at_the_top_and_in_the_log(
    snap_compare: Snap, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The loss shoots up and ends; the top line and the log say why, and what to try."""
    app = cockpit(tmp_path, "diverged")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "diverged", "f7"))


@pytest.mark.parametrize("size", BOTH)
def test_first_start_with_nothing_trained_yet(snap_compare: Snap, tmp_path: Path, size: tuple[int, int]) -> None:
    """Empty charts that name the key which fills them; where there is room, the settings beside them."""
    app = cockpit(tmp_path, preset="first-run")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "ready: F5 trains"))


def test_settings_as_a_drawer_over_a_narrow_screen(snap_compare: Snap, tmp_path: Path) -> None:
    """At 80 columns the settings take the whole width, in two columns of panes."""
    app = cockpit(tmp_path, preset="first-run")
    assert snap_compare(app, terminal_size=NARROW, run_before=shown(app, "ready: F5 trains", "c"))


@pytest.mark.parametrize("size", BOTH)
def test_help_with_all_keys(snap_compare: Snap, tmp_path: Path, size: tuple[int, int]) -> None:
    """Keys in sections on one page over the dimmed cockpit."""
    app = cockpit(tmp_path, preset="first-run")
    assert snap_compare(app, terminal_size=size, run_before=shown(app, "ready: F5 trains", "question_mark"))


@pytest.mark.parametrize("size", BOTH)
def test_the_question_at_the_end_with_its_three_answers(
    snap_compare: Snap, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Leave it running, stop it, stay here; the first is under the cursor."""
    app = cockpit(tmp_path, preset="first-run")
    prepare = shown(app, "ready: F5 trains")

    async def ask(pilot: Pilot[Any]) -> None:
        await prepare(pilot)
        await app.push_screen(Quit(1))

    assert snap_compare(app, terminal_size=size, run_before=ask)


def test_ascii_only(snap_compare: Snap, tmp_path: Path) -> None:
    """The plane in letters and punctuation: frames, curves, surface and points, each class another letter."""
    app = cockpit(tmp_path, "plane", ascii_only=True)
    assert snap_compare(app, terminal_size=NARROW, run_before=shown(app, "finished"))


def test_no_colour(snap_compare: Snap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plane in shades of grey: the curves are told apart by their signs, in the chart and in the table."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = cockpit(tmp_path, "plane")
    assert snap_compare(app, terminal_size=ROOMY, run_before=shown(app, "finished"))
