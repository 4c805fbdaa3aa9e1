"""What the cockpit shows of runs that are over: recorded ones, opened as `tuitrain attach` opens them."""

import json
from pathlib import Path

import pytest
from cockpits import (
    SIZES,
    Given,
    change,
    cockpit,
    cut,
    lines,
    main,
    no_child_left,
    recorded,
    row,
    running,
    session,
    text,
    until,
)

from tuitrain.experiment import Experiment, read
from tuitrain.runs import lock
from tuitrain.runs.session import Session
from tuitrain.ui.app import Cockpit
from tuitrain.ui.keys import VIEWS
from tuitrain.ui.screens.main import Main
from tuitrain.ui.widgets.pictures import Confusion, Surface, Weights
from tuitrain.ui.widgets.runs import RunsTable
from tuitrain.ui.widgets.status import Status

nobody = pytest.fixture(autouse=True)(no_child_left)
KEYS = [key for key, _ in VIEWS.values()]


def numbers(path: Path) -> list[str]:
    """Return what the table should say of a run that is over, as its summary has it."""
    told = json.loads((path / "summary.json").read_text())
    loss, accuracy = (f"{told['metrics'][f'val/{name}']:.4f}" for name in ("loss", "accuracy"))
    return [f"{told['parameters']:,}", f"{told['epoch']}/{told['epochs']}", loss, accuracy, accuracy, told["state"]]


@pytest.mark.parametrize("size", SIZES)
async def test_digits(tmp_path: Path, size: tuple[int, int]) -> None:
    """Two finished runs: their numbers, their curves, the confusion of the ten digits, parameters, weights, log."""
    app = cockpit(tmp_path, "digits")
    runs = app.session.runs_dir
    async with running(app, size) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        assert row(app, "linear") == numbers(runs / "20260102-030405-mnist-linear")
        assert row(app, "mlp 100") == numbers(runs / "20260102-030406-mnist-mlp-100")
        status = lines(app)[0].split()
        assert status[:7] == ["tuitrain", "mnist", "mlp", "100", "epoch", "6/6", "finished"]
        watch = main(app).shown
        assert watch is not None
        assert status[7:9] == ["test/accuracy", f"{watch.history.metrics['test/accuracy']:.4f}"]
        assert row(app, "mlp 100")[3] == f"{watch.history.metrics['val/accuracy']:.4f}"
        charts = lines(app)[1 : size[1] // 3]
        assert sum(0x2801 <= ord(cell) <= 0x28FF for line in charts for cell in line) > 60  # the dots of the curves
        await pilot.press("z")
        await pilot.pause()
        confusion = main(app).query_one(Confusion).arrays["confusion"]
        diagonal = {str(confusion[digit, digit]) for digit in range(10)}
        assert diagonal <= set(text(app).split())
        await pilot.press("3")
        assert "hidden1.weight 100 x 784 78,400" in " ".join(text(app).split())
        assert "total 79,510" in " ".join(text(app).split())
        await pilot.press("4")
        assert main(app).query_one(Weights).is_on_screen
        assert text(app).count("▀") > 200
        await pilot.press("f7")
        assert "03:04:05  started on cpu: 79,510 parameters" in text(app)
        assert "completed at step 750" in text(app)


async def test_the_run_under_the_cursor_decides(tmp_path: Path) -> None:
    """`n` and, in the table, `j` and `k` choose the run of the pictures, the parameters, the log and the top line."""
    app = cockpit(tmp_path, "plane")
    names = ["linear", "mlp 10", "mlp 10,10"]
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        table, surface = main(app).query_one(RunsTable), main(app).query_one(Surface)
        assert main(app).shown is app.session.watches[2]
        pictures = []
        for key, chosen in (("n", 0), ("n", 1), ("escape", 1), ("k", 0), ("j", 1), ("j", 2), ("j", 2)):
            await pilot.press(key)
            await pilot.pause()
            assert table.cursor_row == chosen
            assert main(app).shown is app.session.watches[chosen]
            assert f"  {names[chosen]}  " in lines(app)[0]
            pictures.append(surface.arrays["surface"].tobytes())
        assert pictures[0] == pictures[3]
        assert len(set(pictures)) == 3
        await pilot.press("n", "3")
        await pilot.pause()
        assert "total 6 100.0% 24 B" in " ".join(text(app).split())


@pytest.mark.slow
async def test_the_cursor_comes_to_rest(tmp_path: Path) -> None:
    """Where a cursor was moved twice in one breath it stays where it is: nothing is drawn again and again."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        await pilot.press("n", "n", "n", "n")
        await pilot.pause()
        drawn: list[object] = []
        main(app).query_one(Surface).watch(main(app).query_one(Surface), "arrays", drawn.append, init=False)
        for _ in range(20):
            await pilot.pause()
        assert not drawn
        assert main(app).query_one(RunsTable).cursor_row == 0


@pytest.mark.slow
async def test_views_and_zoom(tmp_path: Path) -> None:
    """Each key of a view and `v` bring it to the front; `z` is for the view, all charts, one chart, all again."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        board = main(app).board
        seen = []
        for key in (*KEYS, "v", "v"):
            await pilot.press(key)
            (shown,) = [name for name in VIEWS if main(app).query_one(f"#views #{name}").display]
            assert board.view == shown
            seen.append(shown)
        assert seen == [*VIEWS, "confusion", "surface"]
        before, whole = main(app).query_one(Surface).size, board.size
        await pilot.press("z")
        assert main(app).query_one(Surface).size.height == whole.height - 2 > before.height
        for stage in ("all", "one"):
            await pilot.press("z")
            assert main(app).charts.stage == stage
            assert main(app).query_one("#charts").size == whole
            assert not main(app).query_one(RunsTable).is_on_screen
        await pilot.press("z")
        await pilot.pause()
        assert main(app).query_one(Surface).size == before
        await pilot.press("4")
        assert "weights are shown of images" in text(app)


@pytest.mark.parametrize(
    ("name", "state", "mark", "sentence"),
    [
        ("digits", "finished", "✓", "completed at step 750"),
        pytest.param("stopped", "stopped", "■", "stopped at step", marks=pytest.mark.slow),
        ("diverged", "diverged", "✗", "train/loss became nan at step 8, with a learning rate of 1000"),
    ],
)
async def test_states(tmp_path: Path, name: str, state: str, mark: str, sentence: str) -> None:
    """How a run ended stands in the table, at the top, beside its model, and in the log."""
    app = cockpit(tmp_path, name)
    async with running(app) as pilot:
        await until(pilot, lambda: state in text(app))
        assert [line.rstrip("│ ").endswith(state) for line in lines(app) if "● " in line[34:45]].count(True) >= 1
        assert state in lines(app)[0]
        assert main(app).setup.marks[0] == mark
        await pilot.press("f7")
        assert sentence in " ".join(text(app).replace("│", " ").split())


async def test_what_went_wrong_is_at_the_top(tmp_path: Path) -> None:
    """A run that diverged says so, and why, without a key being pressed."""
    app = cockpit(tmp_path, "diverged")
    async with running(app) as pilot:
        await until(pilot, lambda: "diverged  train/loss became nan at step 8" in lines(app)[0])


async def test_lost_and_running(tmp_path: Path) -> None:
    """A journal without an end is a run that is lost, unless somebody holds its lock: then it is being trained."""
    runs = recorded(tmp_path, "digits")
    cut(runs[1], 30)
    app = Given(read("first-run"), session(tmp_path, runs))
    async with running(app) as pilot:
        await until(pilot, lambda: "lost" in text(app))
        assert row(app, "linear")[-1] == "finished"
        assert row(app, "mlp 100")[-1] == "lost"
    me = lock.signature()
    lock.take(runs[0].lock, me).release()
    held = lock.take(runs[1].lock, me)
    app = Given(read("first-run"), session(tmp_path, runs))
    async with running(app) as pilot:
        await until(pilot, lambda: "running" in text(app))
        parameters, epoch, _, _, _, left, state = row(app, "mlp 100")
        assert (parameters, epoch, left, state) == ("79,510", "4/6", "00:00", "running")
        assert "00:00 left" in lines(app)[0]
        assert main(app).setup.marks == {0: "✓", 1: "●"}
        held.release()
        app.session.watches[1]._probed = 0.0  # the next look is due at once, not in two seconds
        await until(pilot, lambda: "lost" in text(app))


async def test_a_journal_that_grows(tmp_path: Path) -> None:
    """What is appended to the journal is on the screen at the next look."""
    runs = recorded(tmp_path, "digits")
    whole = runs[1].journal.read_bytes()
    cut(runs[1], 20)
    app = Given(read("first-run"), session(tmp_path, runs))
    async with running(app) as pilot:
        await until(pilot, lambda: "lost" in text(app))
        before = row(app, "mlp 100")
        with runs[1].journal.open("ab") as file:
            file.write(whole[runs[1].journal.stat().st_size :])
        await until(pilot, lambda: row(app, "mlp 100")[-1] == "finished")
        assert before[1] != row(app, "mlp 100")[1] == "6/6"


async def test_a_fitted_model_in_words(tmp_path: Path) -> None:
    """The values of a model of six parameters stand in the frame of the views."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        await pilot.press("n")
        await until(pilot, lambda: "output.weight [[" in text(app))


async def test_a_model_of_a_later_version(tmp_path: Path) -> None:
    """A run whose experiment cannot be read still shows its curves, its numbers and its log."""
    runs = recorded(tmp_path, "stopped")
    change(runs[0], "started", model="transformer 12", experiment={"models": [{"kind": "transformer"}]})
    written = runs[0].path / "experiment.toml"
    written.write_text(written.read_text().replace('"mlp"', '"transformer"'))
    app = Given(read("toy-deep"), session(tmp_path, runs))
    async with running(app) as pilot:
        await until(pilot, lambda: "stopped" in text(app))
        assert row(app, "transformer 12")[0] == "52"
        assert "transformer 12" in lines(app)[0]


async def test_nothing_trained_yet(tmp_path: Path) -> None:
    """Without a run each place says what will fill it, and the parameters are those of the settings."""
    app = cockpit(tmp_path)
    async with running(app) as pilot:
        await until(pilot, lambda: "ready: F5 trains" in lines(app)[0])
        assert text(app).count("F5 trains") >= 4
        await pilot.press("f7")
        assert "nothing has happened yet" in text(app)
        await pilot.press("3")
        assert "output.weight  2 x 2" in text(app)
        assert not (tmp_path / "runs").exists()


async def test_the_top_line_keeps_what_matters(tmp_path: Path) -> None:
    """In a narrow terminal the words at the end are left out; no number is cut."""
    app = cockpit(tmp_path, "digits")
    async with running(app, (46, 24)) as pilot:
        await until(pilot, lambda: "epoch 6/6" in lines(app)[0])
        assert lines(app)[0].split() == ["mnist", "mlp", "100", "epoch", "6/6", "finished"]
        assert len(main(app).query_one(Status).words) > 3


async def test_key_before_anything_is_open(tmp_path: Path) -> None:
    """F5 pressed on the very first frame is not lost: what opens then trains, or says why it cannot."""
    opened = session(tmp_path)
    opened.runs_dir.write_text("a file where runs would be")

    def find() -> tuple[Experiment, Session]:
        app.screen.action_train()  # type: ignore[attr-defined]  # the page that is there while this is asked
        return read("toy-deep"), opened

    app = Cockpit(find)
    async with running(app) as pilot:
        await until(pilot, lambda: "No run was made" in text(app))


def kind(app: Given) -> str:
    """Return the dataset that the settings say."""
    experiment = main(app).setup.experiment
    return experiment.dataset.kind if experiment else ""


@pytest.mark.slow
async def test_earlier_runs(tmp_path: Path) -> None:
    """The runs screen finds older runs and opens them with their settings, several side by side."""
    recorded(tmp_path, "digits")
    for signature in tmp_path.glob("runs/*/lock"):
        signature.write_text('{"pid": 1, "host": "here", "since": "an earlier worker"}')
    recorded(tmp_path, "plane")
    app = Given(read("first-run"), session(tmp_path))
    async with running(app) as pilot:
        await pilot.press("o", "slash", *"gmm2d", "enter")
        await until(pilot, lambda: "mlp 10,10" in text(app) and "mnist" not in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Main) and kind(app) == "gmm2d" == lines(app)[0].split()[1])
        assert len(app.session.watches) == 3
        await pilot.press("o", "asterisk", "enter")
        await until(pilot, lambda: isinstance(app.screen, Main) and len(app.session.watches) == 5)


async def test_run_without_a_picture_yet(tmp_path: Path) -> None:
    """What is still empty says what will fill it: F5, the first evaluation, or nothing any more."""
    runs = recorded(tmp_path, "plane")
    for run in runs:
        cut(run, 1)
    held = lock.take(runs[-1].lock, lock.signature())
    app = cockpit(tmp_path, "")
    app.session.open(runs[-1])
    async with running(app) as pilot:
        await until(pilot, lambda: text(app).count("with the first evaluation") == 3)
        held.release()
        await until(pilot, lambda: "the worker of this run is gone" in text(app))
