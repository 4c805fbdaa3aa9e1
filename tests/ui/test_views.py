"""What each view shows of recorded runs, what keys do in it, and what it says where there is nothing to show."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from cockpits import Given, change, cockpit, cut, lines, main, no_child_left, recorded, running, session, text, until
from textual.pilot import Pilot

from tuitrain.experiment import override, parse, read
from tuitrain.runs import launch, lock
from tuitrain.runs.watch import Watch
from tuitrain.ui.keys import VIEWS, written
from tuitrain.ui.widgets.chart import Chart
from tuitrain.ui.widgets.classes import Classes
from tuitrain.ui.widgets.parameters import Parameters
from tuitrain.ui.widgets.pictures import Surface
from tuitrain.ui.widgets.samples import Mistakes, Samples
from tuitrain.ui.widgets.views import CLASSES, SPARED

nobody = pytest.fixture(autouse=True)(no_child_left)


def words(app: Given) -> str:
    """Return what is painted as one line of words."""
    return " ".join(text(app).replace("│", " ").split())


async def over(pilot: Pilot[object], app: Given, *keys: str) -> None:
    """Wait until the runs are shown, then press keys."""
    await until(pilot, lambda: "step" in words(app))
    await pilot.press(*keys)
    await pilot.pause()


def test_every_view_has_a_key_and_a_class() -> None:
    """Keys, classes and the order in which names give way are about the same views."""
    assert list(VIEWS) == list(CLASSES)
    assert sorted(SPARED) == sorted(CLASSES)


@pytest.mark.parametrize(
    "width", [pytest.param(60, marks=pytest.mark.slow), 80, 120, pytest.param(200, marks=pytest.mark.slow)]
)
async def test_names_in_the_frame(tmp_path: Path, width: int) -> None:
    """Every view has its key in the frame, the one in front its name as well, the others as far as there is room."""
    app = cockpit(tmp_path, "digits")
    async with running(app, (width, 30)) as pilot:
        await over(pilot, app, "7")
        (frame,) = [line for line in lines(app) if "7 Embedding" in line]
        told = [written(key) for key, _ in VIEWS.values()]
        assert [word for word in frame.split() if word in told] == told
        names = [name for name in VIEWS if name.capitalize() in frame.split()]
        assert len(names) == {60: 2, 80: 4, 120: 4}.get(width, 12)
        assert "surface" not in names or width == 200
        await over(pilot, app, "3")
        (frame,) = [line for line in lines(app) if "3 Parameters" in line]
        others = [name for name in VIEWS if name.capitalize() in frame.split()]
        fronts = {"embedding", "parameters"}
        assert [name for name in others if name not in fronts] == [name for name in names if name not in fronts]


async def test_samples(tmp_path: Path) -> None:
    """Arrow keys and vim keys choose an image of the batch; beside it stands what the model thinks of that one."""
    app = cockpit(tmp_path, "digits")
    async with running(app) as pilot:
        await over(pilot, app, "5", "5")
        view = main(app).query_one(Samples)
        row, _ = view.layout_shown
        assert row > 1
        for key, place in (("right", 1), ("l", 2), ("h", 1), ("down", 1 + row), ("k", 1), ("end", 23), ("home", 0)):
            await pilot.press(key)
            assert view.place == place
            await pilot.pause()
            true = view.arrays["sample_labels"][place]
            assert f"sample {place + 1}: {true}, " in words(app)
            assert f"▸ {true} " in words(app)
        _, page = view.layout_shown
        assert f"a batch as it is trained on, 1-{page} of 24, step 750" in words(app)


async def test_mistakes_of_images(tmp_path: Path) -> None:
    """The images with the worst loss, first the worst, with what they are and what they were taken for."""
    app = cockpit(tmp_path, "digits")
    async with running(app) as pilot:
        await over(pilot, app, "6", "6", "right")
        arrays = main(app).query_one(Mistakes).arrays
        number, loss, true, guess = (
            arrays[name][1] for name in ("worst", "worst_losses", "worst_labels", "worst_predictions")
        )
        assert f"sample {number:,} of val: {true}, predicted {guess}, loss {loss:.3f}" in words(app)
        assert f"✗ {true} → {guess}" in words(app)


@pytest.mark.parametrize(
    ("name", "heading"),
    [("plane", "sample loss true predicted input 1 input 2"), ("numbers", "sample loss y predicted input 1")],
)
async def test_mistakes_of_rows(tmp_path: Path, name: str, heading: str) -> None:
    """Samples that are rows of numbers are listed with loss, label or target, prediction and first inputs."""
    app = cockpit(tmp_path, name)
    async with running(app) as pilot:
        await over(pilot, app, "6", "6", "down")
        arrays = main(app).query_one(Mistakes).arrays
        assert heading in words(app)
        assert f" {arrays['worst'][1]:,} {arrays['worst_losses'][1]:.3f} " in words(app)


async def test_classes(tmp_path: Path) -> None:
    """A row for each class with the numbers that follow from the confusion matrix, and their mean."""
    app = cockpit(tmp_path, "digits")
    async with running(app) as pilot:
        await over(pilot, app, "8")
        watch = main(app).shown
        assert watch is not None
        counts = main(app).query_one(Classes).arrays["confusion"]
        hits = counts[3, 3]
        precision, recall = hits / counts[:, 3].sum(), hits / counts[3].sum()
        f1 = 2 * precision * recall / (precision + recall)
        assert f" 3 {counts[3].sum()} {precision:.4f} {recall:.4f} {f1:.4f} " in words(app)
        finals = watch.history.finals["val"]  # at the kept weights, which are those of the last step here
        means = " ".join(f"{finals[name]:.4f}" for name in ("precision", "recall", "f1", "average_precision"))
        assert f"mean of all 2,000 {means}" in words(app)


@pytest.mark.slow
async def test_a_hundred_classes(tmp_path: Path) -> None:
    """However many classes there are, each has a row that can be scrolled to; one without samples has no recall."""
    app = cockpit(tmp_path, "digits")
    async with running(app, (80, 24)) as pilot:
        await over(pilot, app, "8", "8")
        view = main(app).query_one(Classes)
        view.labels = [f"kind {number}" for number in range(100)]
        view.arrays = {"confusion": np.diag([0, *[5] * 99]), "split": np.array("val")}
        await pilot.press("down")
        await until(pilot, lambda: "kind 1 5 1.0000 1.0000 1.0000" in words(app))
        assert "kind 0 0 kind 1" in words(app)
        await pilot.press("end")
        await until(pilot, lambda: "kind 99 5 1.0000" in words(app) and "of 101" in words(app))


async def test_parameters_after_a_single_step(tmp_path: Path) -> None:
    """A step taken alone adds the norm of the gradient and the relative update of each tensor."""
    app = cockpit(tmp_path, "closely")
    async with running(app) as pilot:
        await over(pilot, app, "3")
        single = main(app).query_one(Parameters).live
        assert single is not None
        gradient, update = (single[1][f"{kind}/output.weight"] for kind in ("grad", "update"))
        assert f"output.weight 2 x 10 20 38.5% 80 B 40 {gradient:.3g} {update:.2e}" in words(app)
        assert "norm of the gradient and relative update in step 2" in words(app)


@pytest.mark.parametrize("size", [pytest.param((120, 40), marks=pytest.mark.slow), (80, 24)])
async def test_rates(tmp_path: Path, size: tuple[int, int]) -> None:
    """The suggestion stands above the curve and on it; `i` puts it into the settings and says what comes next."""
    app = cockpit(tmp_path, "closely")
    async with running(app, size) as pilot:
        await over(pilot, app, "9", "9")
        watch = main(app).shown
        assert watch is not None
        rate = watch.history.rates[0][2]
        assert rate is not None
        assert f"steepest at lr {rate:.3g}" in words(app)
        assert words(app).count(f"lr {rate:.3g}") == 2
        await pilot.press("i")
        await until(pilot, lambda: f"optimizer.lr is {rate:.3g} in the" in words(app))
        experiment = main(app).setup.experiment
        assert experiment is not None
        assert experiment.optimizer.lr == pytest.approx(rate, rel=0.005)


async def test_a_suggestion_ends_a_sweep(tmp_path: Path) -> None:
    """Where several learning rates were to be trained, the suggestion takes the place of all."""
    shown = cockpit(tmp_path, "closely").session
    swept = parse(override(read("toy-deep").dump(), ["optimizer.lr=[0.1, 0.2]"]))
    app = Given(swept, shown)
    async with running(app) as pilot:
        await over(pilot, app, "9", "9", "i")
        await until(pilot, lambda: main(app).setup.experiment not in (None, swept))
        experiment = main(app).setup.experiment
        assert experiment is not None
        assert not experiment.vary


async def test_numbers(tmp_path: Path) -> None:
    """Of a regression the second chart and the table have the rmse, the surface is the fitted curve."""
    app = cockpit(tmp_path, "numbers")
    async with running(app) as pilot:
        await over(pilot, app)
        watch = main(app).shown
        assert watch is not None
        assert f"val/rmse {watch.history.metrics['val/rmse']:.4f}" in lines(app)[0]
        assert "loss rmse at best" in words(app)
        assert "loss and rmse: val" in words(app)
        assert [chart.metric for chart in main(app).query(Chart)][:3] == ["loss", "rmse", "lr"]
        assert {line.split for line in list(main(app).query(Chart))[1].lines} == {"train", "val", "train_eval"}
        assert main(app).board.view == "surface"
        assert "fit_x" in main(app).query_one(Surface).arrays
        assert "● data ─ model" in words(app)


@pytest.mark.parametrize(
    ("name", "key", "sentence"),
    [
        ("numbers", "1", "a confusion matrix needs classes"),
        ("numbers", "7", "an embedding is shown by class"),
        ("numbers", "8", "there are no classes, numbers are learned here"),
        ("digits", "2", "a surface needs flat data of 1 to 64"),
        ("plane", "4", "weights are shown of images"),
        ("plane", "5", "samples are shown where they are images"),
        ("plane", "9", "r tries them on a new, paused one"),
        ("fitted", "9", "a model that is fitted in one go has no learning rate"),
        ("", "6", "F5 trains the models in the list"),
        ("", "9", "r tries learning rates on a new, paused run"),
    ],
)
async def test_why_a_view_is_empty(tmp_path: Path, name: str, key: str, sentence: str) -> None:
    """What cannot be shown of these data or this model says so, and what is not there yet says what brings it."""
    app = cockpit(tmp_path, name)
    async with running(app, (80, 24)) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: sentence in words(app))


async def test_a_model_that_is_fitted(tmp_path: Path) -> None:
    """A model without steps has the time that it took in the place of epochs; its support vectors are other points."""
    app = cockpit(tmp_path, "fitted")
    async with running(app) as pilot:
        await over(pilot, app)
        assert " fitted in 00:" in lines(app)[0]
        assert "epoch 1/1" not in words(app)
        assert "svm rbf C 1 118 in 00:" in words(app)
        assert main(app).query_one(Surface).arrays["support"].size
        assert "◉" in text(app)
        assert "fitted in one go: there is no curve" in words(app)


async def test_while_a_model_is_fitted(tmp_path: Path) -> None:
    """As long as nothing but time passes, time passes on the screen."""
    (run,) = recorded(tmp_path, "fitted")
    cut(run, 5)
    change(run, "started", time=datetime.now(UTC).isoformat())
    held = lock.take(run.lock, lock.signature())
    app = Given(read("svm"), session(tmp_path, [run]))
    async with running(app) as pilot:
        await until(pilot, lambda: "for 00:01 fitting" in words(app))
        assert "  fitting for 00:01" in lines(app)[0]
        await until(pilot, lambda: "for 00:02 fitting" in words(app))
    held.release()


async def test_smoothing(tmp_path: Path) -> None:
    """`m` smooths what was measured while training, more and then not at all; the title says how much."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await over(pilot, app)
        plain = text(app)
        seen = []
        for told in ("smoothed 0.1", "smoothed 0.02"):
            await pilot.press("m")
            await pilot.pause()
            assert f"loss {told} " in words(app)
            seen.append(text(app))
        await pilot.press("m")
        await pilot.pause()
        assert text(app) == plain
        assert len({plain, *seen}) == 3


@pytest.mark.slow
async def test_a_sweep(tmp_path: Path) -> None:
    """Runs that wait are told apart by what is swept, also where their names are cut."""
    swept = parse(
        override(read("toy-deep").dump(), ['models=[{kind="mlp", hidden=[10, 10, 10]}]', "optimizer.lr=[0.1, 0.2]"])
    )
    runs = launch.create(swept, tmp_path / "runs")
    opened = session(tmp_path)
    opened.watches = [Watch(run) for run in runs]
    app = Given(swept, opened)
    async with running(app, (80, 24)) as pilot:
        await until(pilot, lambda: "lr 0.1 " in words(app) and "lr 0.2 " in words(app))
