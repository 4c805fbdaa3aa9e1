import pytest
from columns import Cockpit
from textual.pilot import Pilot

from tuitrain.experiment import override, parse, read
from tuitrain.ui.widgets import past
from tuitrain.ui.widgets.drafts import Drafts
from tuitrain.ui.widgets.past import MOST, Past, describe


class Undoing(Cockpit):
    """The column on a screen where u and U undo, as the cockpit's own has it."""

    BINDINGS = [("u", "undo"), ("U", "redo")]  # noqa: RUF012  Textual's way

    said = ""

    def action_undo(self) -> None:
        """Take back the last change."""
        self.said = self.column.undo()

    def action_redo(self) -> None:
        """Make it again."""
        self.said = self.column.redo()


async def settle(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and let what they change come to an end, rows that are made anew with it."""
    await pilot.press(*keys)
    await pilot.pause()
    await pilot.pause()


@pytest.mark.slow
async def test_typing_is_a_step_for_each_visit() -> None:
    """What is typed in one go is taken back in one go, from within the field, and made again; so is the next visit."""
    app = Undoing("mnist-mlp")
    async with app.run_test(size=(34, 40)) as pilot:
        before = app.now
        app.field("optimizer.lr").control.focus()
        await settle(pilot, *"25", "j", "9", "k", "end", "5")
        assert app.now.optimizer.lr == 255
        await settle(pilot, "u")
        assert app.said == "Taken back: optimizer.lr 25 -> 255"
        assert (app.typed("optimizer.lr"), app.place) == ("25", "optimizer.lr")
        await settle(pilot, "u", "u")
        assert (app.now, app.place) == (before, "optimizer.lr")
        await settle(pilot, "u")
        assert app.said == "There is no change to take back."
        await settle(pilot, "U", "U", "U")
        assert app.now.optimizer.lr == 255
        await settle(pilot, "U")
        assert app.said == "There is no change to make again."


@pytest.mark.slow
async def test_wrong_values_are_undone_too() -> None:
    """A value that cannot be is taken back like any other, and what was wrong is no longer said."""
    app = Undoing("first-run")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("optimizer.lr").control.focus()
        await settle(pilot, "0")
        assert app.column.experiment is None
        await settle(pilot, "u")
        assert app.now == read("first-run")
        assert not app.field("optimizer.lr").problem
        await settle(pilot, "U")
        assert app.field("optimizer.lr").problem


@pytest.mark.slow
async def test_a_text_that_takes_the_letter() -> None:
    """A field led to by u leaves the key alone until something else is typed; ctrl+_ undoes from within any text."""
    app = Undoing("toy-deep")
    async with app.run_test(size=(34, 40)) as pilot:
        app.field("training.steps").control.focus()
        await settle(pilot, "7", "j", *"fu")
        assert app.typed("training.batch_size") == "fu"
        await settle(pilot, "ctrl+underscore")
        assert (app.place, app.typed("training.batch_size")) == ("training.batch_size", "full")
        assert "batch_size full -> fu" in next(iter(app._notifications)).message
        await settle(pilot, "u")
        assert (app.place, app.now) == ("training.steps", read("toy-deep"))
        await settle(pilot, "U", "U", "u", "end", "l", "u")
        assert app.typed("training.batch_size") == "fulllu"


@pytest.mark.slow
async def test_kinds_switches_and_models() -> None:
    """A choice, a switch and a change of the list are a step each, and the focus goes where it was changed."""
    app = Undoing("toy-deep")
    async with app.run_test(size=(34, 40)) as pilot:
        before = app.now
        app.field("optimizer.kind").control.focus()
        await settle(pilot, "right")
        kind = app.now.optimizer.kind
        app.models.focus()
        await settle(pilot, "j", "x", "a", "enter", "j", *"33")
        assert [model.name for model in app.now.models] == ["linear", "mlp 10,10", "mlp 33"]
        said = []
        for _ in range(4):
            await settle(pilot, "u")
            said.append((app.said, app.place))
        assert said == [
            ("Taken back: models.2.hidden 100 -> 33", "model.hidden"),
            ("Taken back: models (linear; mlp 10, 10) -> (linear; mlp 10, 10; mlp 100)", "models"),
            ("Taken back: models (linear; mlp 10; mlp 10, 10) -> (linear; mlp 10, 10)", "models"),
            (f"Taken back: optimizer.kind sgd -> {kind}", "optimizer.kind"),
        ]  # fmt: skip
        assert app.now == before
        assert app.changes[-1] == before


async def test_what_a_program_puts_there() -> None:
    """Another experiment is one step, from which everything before comes back; focus elsewhere stays there."""
    app = Undoing("toy-deep")
    async with app.run_test(size=(34, 40)) as pilot:
        app.column.load(read("mnist-mlp"))
        app.set_focus(None)
        await settle(pilot, "u")
        assert app.now == read("toy-deep")
        assert app.focused is None
        assert "dataset.kind gmm2d -> mnist" in app.said or "models" in app.said
        await settle(pilot, "U")
        assert app.now == read("mnist-mlp")


class Typing:
    """Somebody who types values of one setting into drafts, without a screen."""

    def __init__(self) -> None:
        self.drafts = Drafts(read("first-run"))
        self.past = Past(self.drafts.state)

    def type(self, epochs: int, place: str = "epochs") -> None:
        """Type a value in a field."""
        self.drafts.tables["training"].values["epochs"] = epochs
        self.past.note(self.drafts.state, place)

    def epochs(self) -> object:
        """Return the value now."""
        return self.past.now.tables["training"].values["epochs"]


def test_a_pause_is_the_end_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who thinks for a while between two keys takes back what was typed since."""
    typing = Typing()
    typing.type(3)
    typing.type(37)
    monkeypatch.setattr(past, "PAUSE", -1.0)
    typing.type(378)
    assert typing.past.undo()
    assert typing.epochs() == 37
    assert typing.past.undo()
    assert typing.epochs() == 20
    assert not typing.past.undo()


def test_a_change_after_an_undo_begins_anew() -> None:
    """What was taken back is gone once something else is changed; what is typed and deleted is no step."""
    typing = Typing()
    typing.type(3)
    typing.past.undo()
    typing.type(4)
    assert typing.past.redo() is None
    typing.past.leave("epochs")
    typing.type(41)
    typing.type(4)
    assert typing.past.undo()
    assert typing.epochs() == 20


@pytest.mark.slow
def test_no_more_than_so_many() -> None:
    """Old steps are let go of, the newest are kept."""
    typing, undone = Typing(), 0
    for epochs in range(100, 100 + 2 * MOST):
        typing.type(epochs, place=f"visit {epochs}")
    while typing.past.undo():
        undone += 1
    assert undone == MOST
    assert typing.epochs() == 100 + MOST - 1


def test_a_change_of_several_tables_names_each() -> None:
    """What an editor changed all over the file is told with one change of each table, and how many there are beside."""
    before = read("toy-deep")
    wishes = ["dataset.K=7", "dataset.N=20", "optimizer.lr=0.5", "training.epochs=7"]
    after = parse(override(before.dump(), [*wishes, 'models=[{kind="linear"}]']))
    told = describe(Drafts(before).state, Drafts(after).state)
    assert told.words.startswith("models (")
    for words in ("dataset.K 6 -> 7", "optimizer.lr 0.1 -> 0.5", "training.epochs ", " and 1 more"):
        assert words in told.words
