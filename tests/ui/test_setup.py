import subprocess
import sys

import pytest
from columns import Cockpit

from tuitrain.experiment import FAMILIES, override, parse, read
from tuitrain.problems import Rejected
from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.field import Field
from tuitrain.ui.widgets.holdings import Splits
from tuitrain.ui.widgets.models import ModelList
from tuitrain.ui.widgets.pane import Pane, Room


@pytest.mark.slow
async def test_counts_follow_the_typing() -> None:
    """The parameters of a model and the sizes of the splits are those of what is typed at the moment."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(40, 40)) as pilot:
        assert app.counts() == {"mlp 250,100": 222_360}
        app.field("model.hidden").control.focus()
        await pilot.press(*"32", ",", *"16")
        await pilot.pause()
        assert app.counts() == {"mlp 32,16": 784 * 32 + 32 + 32 * 16 + 16 + 160 + 10}
        assert len(app.changes) == 4  # a comma alone changes nothing
        assert app.changes[-1] == app.now
        app.field("dataset.val_size").control.focus()
        await pilot.press(*"2500")
        await pilot.pause()
        assert app.column.facts is not None
        assert app.column.facts.sizes == (7500, 2500, 2000)
        assert str(app.query_one(Splits).render()) == "train 7,500 val 2,500 test 2,000"


async def test_wrong_values_say_so_at_their_field() -> None:
    """The sentence of the batch mode stands at the field, there is no experiment, and no other field is marked."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("optimizer.lr").control.focus()
        await pilot.press("0")
        await pilot.pause()
        with pytest.raises(Rejected) as batch:
            parse(override(read("first-run").dump(), ["optimizer.lr=0"]))
        assert app.column.problems == batch.value.problems
        assert app.field("optimizer.lr").problem == batch.value.problems[0].sentence
        assert [field.key for field in app.query(Field) if field.problem] == ["lr"]
        assert (app.changes, app.column.experiment) == ([None], None)
        await pilot.press("end", ".", "5")
        await pilot.pause()
        assert not app.field("optimizer.lr").problem
        assert app.now.optimizer.lr == 0.5


async def test_problems_of_several_fields_stand_at_the_foot_of_their_pane() -> None:
    """What concerns several fields is said in the pane of the first that it names, and can be gone to."""
    app = Cockpit("toy-deep")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("training.patience").control.focus()
        await pilot.press("3")
        await pilot.pause()
        assert "patience watches the validation split" in app.field("training.patience").problem
        app.field("dataset.K").control.focus()
        await pilot.press("1")
        await pilot.pause()
        assert "must be at least C" in app.note(0)
        assert not app.field("training.patience").problem  # until each table is right, nothing is said of the whole
        app.set_focus(None)
        app.column.focus_problem()
        await pilot.pause()
        assert app.place == "dataset.K"


async def test_a_wrong_model_is_found() -> None:
    """A wrong model is marked in the list while another is shown, and going to the problem shows it."""
    app = Cockpit("toy-deep")
    async with app.run_test(size=(34, 40)) as pilot:
        app.models.focus()
        await pilot.press("j", "enter", "j", "0", "k", "k", "k")
        await pilot.pause()
        assert app.models.cursor == 0
        assert [row.wrong for row in app.models.rows] == [False, True, False]
        app.column.focus_problem()
        await pilot.pause()
        await pilot.pause()
        assert (app.place, app.models.cursor) == ("model.hidden", 1)
        assert app.field("model.hidden").problem == "must be 1 or more; got 0"


@pytest.mark.slow
async def test_a_kind_remembers_what_was_typed() -> None:
    """Another kind brings its own fields with their defaults; the kind before comes back as it was left."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("optimizer.lr").control.focus()
        await pilot.press(*"0.25", "k", "right")
        await pilot.pause()
        assert app.now.optimizer.model_dump() == FAMILIES["optimizer"][1]().model_dump()
        assert app.place == "optimizer.kind"
        assert app.typed("optimizer.beta1") == "0.9"
        changes = len(app.changes)
        await pilot.press("left")
        await pilot.pause()
        assert app.now.optimizer.kind == "sgd"
        assert app.now.optimizer.lr == 0.25
        assert app.typed("optimizer.lr") == "0.25"
        assert len(app.changes) == changes + 1


async def test_the_list_of_models() -> None:
    """Models are added, copied, moved and removed by single keys, and one always stays."""
    app = Cockpit("mnist-mlp")
    async with app.run_test(size=(34, 40)) as pilot:
        app.models.focus()
        await pilot.press("a")
        await pilot.pause()
        assert ([model.name for model in app.now.models], app.models.cursor) == (["mlp 250,100", "mlp 100"], 1)
        assert app.typed("model.hidden") == "100"
        await pilot.press("K", "c")
        await pilot.pause()
        assert ([model.name for model in app.now.models], app.models.cursor) == (
            ["mlp 100", "mlp 100", "mlp 250,100"],
            1,
        )
        await pilot.press("enter", "j", "7")  # the copy is one of its own
        await pilot.pause()
        assert [model.name for model in app.now.models] == ["mlp 100", "mlp 7", "mlp 250,100"]
        app.models.focus()
        await pilot.press("J", "x", "delete", "x")
        await pilot.pause()
        assert ([model.name for model in app.now.models], app.models.cursor) == (["mlp 100"], 0)
        assert "at least one model" in next(iter(app._notifications)).message


async def test_the_mouse() -> None:
    """Rows of the list, its labels and the names of fields can be clicked."""
    app = Cockpit("toy-deep")
    async with app.run_test(size=(34, 40)) as pilot:
        await pilot.pause()
        await pilot.click(ModelList, offset=(4, 2))
        assert app.models.cursor == 2
        await pilot.click(ModelList, offset=(10, 3))
        await pilot.pause()
        assert len(app.models.rows) == 4
        await pilot.click(app.field("training.epochs"), offset=(2, 0))
        assert app.place == "training.epochs"


async def test_keys_that_no_field_can_use_go_on() -> None:
    """From a text field the screen hears its keys; digits and letters of the value are typed."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("training.epochs").control.focus()
        await pilot.press("5", "space", "q", "s", "question_mark", "e", "escape")
        await pilot.pause()
        assert app.keys == ["space", "q", "s", "question_mark", "e", "escape"]
        assert app.typed("training.epochs") == "5"
        app.field("optimizer.lr").control.focus()
        await pilot.press("1", "e", "-", "3")
        assert app.typed("optimizer.lr") == "1e-3"
        assert app.keys.count("e") == 1


@pytest.mark.slow
async def test_the_way_through_the_fields() -> None:
    """Arrows, j and k go from field to field through all panes, braces from pane to pane."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("dataset.noise").control.focus()
        places = []
        for key in ("j", "down", "down", "down", "j", "down", "up", "k", "k", "{", "}", "}", "}", "}", "up", "tab"):
            await pilot.press(key)
            places.append(app.place)
        assert places == [
            "dataset.test_rotation", "", "models", "models", "model.kind", "model.hidden", "model.kind", "models",
            "models", "dataset.kind", "models", "optimizer.kind", "training.epochs", "dataset.kind", "dataset.kind",
            "dataset.source",
        ]  # fmt: skip
        await pilot.press("j", "enter")
        assert app.place == "dataset.val_size"


@pytest.mark.slow
async def test_coming_back_to_the_column() -> None:
    """The column hands the focus to the field that had it last, at first to the first, also from hiding."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        app.set_focus(None)
        app.column.focus()
        await pilot.pause()
        assert app.place == "dataset.kind"
        await pilot.press("}", "j")
        app.set_focus(None)
        app.column.display = False
        await pilot.pause()
        app.column.display = True
        app.column.focus()
        await pilot.pause()
        assert app.place == "models"


async def test_another_experiment() -> None:
    """Loading shows the other one in every field and tells so once."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        for preset in ("toy-deep", "mnist-mlp", "toy-deep"):
            app.column.load(read(preset))
        await pilot.pause()
        await pilot.pause()
        assert app.now == app.changes[-1] == read("toy-deep")
        assert len(app.changes) == 3
        assert app.typed("dataset.seed") == "100"
        assert app.typed("training.batch_size") == "full"
        assert app.counts() == {"linear": 6, "mlp 10": 52, "mlp 10,10": 162}


async def test_devices_and_marks() -> None:
    """Devices found can be chosen; one that the experiment names and the machine lacks stays, and says so."""
    app = Cockpit("first-run")
    app.column.marks = {0: "✓"}
    async with app.run_test(size=(34, 40)) as pilot:
        app.column.devices = [("cpu", "4 cores"), ("cuda:0", "[b]GPU\x1b[0m")]
        app.column.load(parse({**read("first-run").dump(), "training": {"device": "cuda:3"}}))
        await pilot.pause()
        device = app.field("training.device")
        assert device.help.endswith("not on this machine")
        device.control.focus()
        await pilot.press("left")
        await pilot.pause()
        assert app.now.training.device == "cuda:0"
        assert device.help.endswith("[b]GPU\\x1b[0m")
        assert str(app.models.render()).splitlines()[0].split() == ["▸", "linear", "7,850", "✓"]


@pytest.mark.slow
@pytest.mark.slow
async def test_every_class_of_the_catalog_has_a_form() -> None:
    """Each class shows all its fields, with help, and what it shows is what it was given."""
    app = Cockpit("first-run")
    async with app.run_test(size=(34, 60)) as pilot:
        for family, entry in [(family, entry) for family, entries in FAMILIES.items() for entry in entries]:
            given = {name: "data" for name, info in entry.model_fields.items() if info.is_required()}
            table = entry(**given).model_dump()
            one = {"models": [table]} if family == "model" else {family: table}
            experiment = parse({**read("first-run").dump(), "training": {"batch_size": "full"}, **one})
            app.column.load(experiment)
            await pilot.pause()
            await pilot.pause()
            rows = list(app.form(family).query(Field))
            assert [row.key for row in rows] == list(entry.model_fields)
            assert all(row.help for row in rows)
            assert {row.key: row.value for row in rows} == table
            first = rows[1 if len(rows) > 1 else 0].control
            first.focus()  # and back again: what was typed is checked anew
            await pilot.press("right", "left") if isinstance(first, Choice) else first.focus()
            await pilot.pause()
            assert app.now == experiment


@pytest.mark.parametrize(("size", "classes"), [((34, 38), ""), ((80, 23), "-wide")])
async def test_all_panes_are_in_sight(size: tuple[int, int], classes: str) -> None:
    """In a column of 38 rows and in a square of 23 each pane has its share, and focus never leaves the sight."""
    app = Cockpit("mnist-mlp", classes=classes)
    async with app.run_test(size=size) as pilot:
        for pane in app.query(Pane):
            assert pane.region.height >= 6
            assert app.screen.region.contains_region(pane.region)
        assert len({pane.region for pane in app.query(Pane)}) == 4
        app.field("training.patience").control.focus()
        await pilot.press("x", "3", "backspace")
        await pilot.pause()
        field = app.field("training.patience")
        assert "must be a whole number" in field.problem
        assert next(iter(app.query(Pane).last().query(Room))).region.contains_region(field.control.region)


def test_neither_numpy_nor_torch() -> None:
    """The column is there before anything slow is imported."""
    code = "import sys, tuitrain.ui.widgets.setup; print({'numpy', 'torch', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
