"""What can be typed and chosen in the settings: sweeps, lists, losses, data of one's own."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from columns import Cockpit

from tuitrain.experiment import parse, read
from tuitrain.ui.widgets.holdings import Notes, Splits


@pytest.mark.slow
async def test_a_sweep_is_typed_where_one_value_belongs() -> None:
    """Several values make a run for each; how many there will be is told, and the experiment can be shown again."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(34, 60)) as pilot:
        app.field("optimizer.lr").control.focus()
        await pilot.press(*"0.01", ",", "space", *"0.1,1")
        await pilot.pause()
        assert app.now.vary == {"optimizer.lr": [0.01, 0.1, 1]}
        assert app.models.runs == "3 runs: 3 lr"
        assert not app.keys  # the space behind the comma was typed
        app.models.focus()
        await pilot.press("c", "enter", "j", *"[8],[16,8]", "j", "enter", "comma", "j", "comma", "enter", "k")
        await pilot.pause()
        assert app.now.vary["models.1.hidden"] == [[8], [16, 8]]
        assert app.now.vary["models.1.activation"] == ["relu", "sigmoid"]
        assert app.models.runs == "15 runs: 5 models (2 hidden, 2 activation) x 3 lr"
        assert [(row.name, row.times) for row in app.models.rows] == [("mlp 250,100", 1), ("mlp 8", 4)]
        assert len(app.now.alone) == 15
        swept = app.now
        app.column.load(read("toy-deep"))
        await pilot.pause()
        assert app.models.runs == ""
        app.column.load(swept)
        await pilot.pause()
        await pilot.pause()
        assert app.now == swept
        assert app.typed("optimizer.lr") == "0.01, 0.1, 1"


@pytest.mark.slow
async def test_kinds_switches_and_devices_are_swept() -> None:
    """Marked kinds, both ways of a switch and several devices make runs; kinds keep their own defaults."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(34, 60)) as pilot:
        app.field("optimizer.kind").control.focus()
        await pilot.press("enter", *"sgd", "space", *"/adam", "space", "enter")
        app.field("model.batch_norm").control.focus()
        await pilot.press("comma")
        await pilot.pause()
        assert app.now.vary == {"models.0.batch_norm": [False, True], "optimizer.kind": ["sgd", "adam"]}
        assert app.models.runs == "4 runs: 2 models (2 batch_norm) x 2 optimizer"
        assert {one.optimizer.lr for one in app.now.alone} == {0.1, 0.001}
        swept = parse({**app.now.dump(), "training": {"device": ["cpu", "cuda:7"]}})
        app.column.load(swept)
        await pilot.pause()
        assert app.now == swept
        app.field("optimizer.kind").control.focus()
        await pilot.press("right")
        await pilot.pause()
        assert app.now.optimizer.kind == "adam"


@pytest.mark.slow
async def test_lists_in_lists() -> None:
    """Channels of convolutions are typed as TOML; half a list is wrong at its field."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(34, 60)) as pilot:
        app.models.focus()
        await pilot.press("enter", "enter", *"cnn", "enter", "j", *"[[8,16],[32")
        await pilot.pause()
        assert app.field("model.channels").problem
        await pilot.press(*"]]")
        await pilot.pause()
        assert app.now.models[0].model_dump()["channels"] == [[8, 16], [32]]
        assert app.counts()["cnn 3 conv 8-32 1024,512"] == app.now.counts()[0]


@pytest.mark.slow
async def test_a_list_jumps_to_what_is_typed() -> None:
    """In an open list letters go to what begins with them; behind a slash also those that move."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(60, 40)) as pilot:
        app.field("dataset.kind").control.focus()
        for letters, kind in (("mo", "moons"), ("/km", "kmnist"), ("ci", "circles")):
            await pilot.press("enter", *letters, "enter")
            await pilot.pause()
            assert app.now.dataset.kind == kind
        await pilot.press("enter", "j", "j", "k", "enter")
        await pilot.pause()
        assert app.now.dataset.kind == "xor"


@pytest.mark.slow
async def test_the_loss_has_its_fields() -> None:
    """Weights of classes are typed as a list, and are wrong at their field where they are too few for the data."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(34, 60)) as pilot:
        app.field("loss.class_weights").control.focus()
        await pilot.press(*"1,2")
        await pilot.pause()
        assert "2 numbers for 10 classes" in app.field("loss.class_weights").problem
        await pilot.press(*",1,1,1,1,1,1,1,1")
        await pilot.pause()
        assert app.now.loss.class_weights == [1, 2, *[1] * 8]
        app.field("loss.reduction").control.focus()
        await pilot.press("right")
        await pilot.pause()
        assert app.now.loss.reduction == "sum"


async def test_a_model_that_does_not_fit_is_told_in_its_pane() -> None:
    """A model that cannot learn such data is marked in the list, and the sentence stands at the foot of the pane."""
    app = Cockpit("toy-deep")
    async with app.run_test(size=(34, 60)) as pilot:
        app.models.focus()
        await pilot.press("j", "enter", "right")
        await pilot.pause()
        assert "cnn needs images" in app.note(1)
        assert [row.wrong for row in app.models.rows] == [False, True, False]
        assert app.column.experiment is None


async def test_data_of_ones_own(tmp_path: Path) -> None:
    """A person's own table is read once, however much is typed elsewhere; then counts, splits and notes are known."""
    rows = "".join(f"{n},{n % 7},{'xyz'[n % 3]}\n" for n in range(50))
    (tmp_path / "[b]mine.csv").write_text(f"a,b,c\n{rows}")
    app = Cockpit("toy-deep", folder=tmp_path)
    async with app.run_test(size=(34, 60)) as pilot:
        app.column.take({"kind": "csv", "path": str(tmp_path / "[b]mine.csv")}, tmp_path)
        assert str(app.query_one(Splits).render()).startswith("reading [b]mine.csv")
        assert app.column.experiment is not None  # one may train without waiting for that
        await until(app, lambda: app.column.facts)
        assert str(app.query_one(Splits).render()).split() == ["train", "40", "val", "10", "test", "0"]
        assert app.counts()["linear"] == 3 * 2 + 3
        assert any("c, classification, 3 classes" in note for note in app.query_one(Notes).sentences)
        app.field("training.epochs").control.focus()
        await pilot.press("7")
        app.field("dataset.label").control.focus()
        await pilot.press(*"d")
        await until(app, lambda: app.column.problems)
        assert 'no column "d"' in app.note(0)
        await pilot.press("backspace")
        await until(app, lambda: not app.column.problems)
        assert app.now.training.epochs == 7
        assert len(app.asked) == 2
        assert app.column.place == (tmp_path, tmp_path / "[b]mine.csv")


async def until(app: Cockpit, condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline
        await asyncio.sleep(0.02)
