from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, strategies as st
from pydantic import Field as Limits
from textual.app import App, ComposeResult

from tuitrain.settings import Settings, Size
from tuitrain.ui.widgets import STYLES
from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.draft import Draft
from tuitrain.ui.widgets.field import Field, Text, Toggle
from tuitrain.ui.widgets.form import Form
from tuitrain.ui.widgets.notation import Notation


class Sample(Settings):
    """One field of each sort, as a new catalog class might have them."""

    share: Size = "all"
    """How much: a count, or "all"."""
    rate: Annotated[float, Limits(gt=0)] = 0.1
    rounds: int = 3
    widths: list[Annotated[int, Limits(ge=1)]] = [8, 4]  # noqa: RUF012  pydantic copies defaults
    style: Literal["plain", "fancy"] = "plain"
    level: Literal[1, 2] = 1
    loud: bool = False
    title: str = "a b"


class Shown(App[None]):
    """A form alone on the screen, which counts the spaces that nothing took."""

    CSS_PATH = STYLES  # type: ignore[assignment]  # a list is what Textual documents
    BINDINGS = [("space", "count", "")]  # noqa: RUF012  Textual's way

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.form = Form(draft)
        self.spaces = 0

    def compose(self) -> ComposeResult:
        """Show the form."""
        yield self.form

    def action_count(self) -> None:
        """Count a space."""
        self.spaces += 1

    def field(self, key: str) -> Field:
        """Return a row."""
        field = self.form.field(key)
        assert field is not None
        return field


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["all"])))
def test_values_survive_being_shown(value: Any) -> None:
    """What is shown for a value reads back as the same value."""
    size = Notation(Size)
    assert size.read(size.write(value)) == value


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["C"]))))
def test_lists_of_texts_survive_being_shown(value: list[str]) -> None:
    """Whatever a column of a table may be called, a list of such names reads back as it was."""
    names = Notation(list[str])
    assert names.read(names.write(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("250,100", [250, 100]), ("[250, 100]", [250, 100]), ("", []), ("[]", []), ("64,", [64]), ("8,x", [8, "x"])],
)
def test_lists_are_typed_with_or_without_brackets(text: str, value: list[object]) -> None:
    """A list of widths is read from commas; what is no number stays for the check to name."""
    assert Notation(list[int]).read(text) == value


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (float, "0.01, 0.1, 1", [0.01, 0.1, 1]),
        (float, "0.1,", 0.1),
        (Size, "16, all", [16, "all"]),
        (list[int], "[64], [64, 32]", [[64], [64, 32]]),
        (list[list[int]], "[32, 64], [128]", [[32, 64], [128]]),
        (list[list[int]], "16, 32", [16, 32]),
        (list[list[int]], "[[32, 64], [1", "[[32, 64], [1"),
        (str | list[float], "none", "none"),
        (str | list[float], "1, 5", [1, 5]),
        (str, "a, b [1].csv", "a, b [1].csv"),
        (str, "12", "12"),
        (str, '["resnet18", "resnet34"]', ["resnet18", "resnet34"]),
        (list[str], "id, 2020", ["id", "2020"]),
        (list[str], '["a, b"]', ["a, b"]),
    ],
)
def test_several_values_and_lists_in_lists(annotation: Any, text: str, value: object) -> None:
    """Commas make a list of what stands alone, brackets lists in lists, and text stays text; all is shown again."""
    notation = Notation(annotation)
    assert notation.read(text) == value
    assert notation.read(notation.write(value)) == value


def test_small_numbers_are_short() -> None:
    """Learning rates are shown as people write them."""
    assert [Notation(float).write(x) for x in (1e-5, 0.001, 1.0, 1e22)] == ["1e-5", "0.001", "1", "1e22"]


def test_alphabets() -> None:
    """A text takes digits, commas, what its type adds, and the letters of the words that its description quotes."""

    def alphabet(key: str) -> str:
        info = Sample.model_fields[key]
        return Notation(info.annotation).alphabet(info, 1)

    assert set(alphabet("share")) == set("0123456789_+-.,eEal")
    assert set(alphabet("rate")) == set("0123456789_+-.,eE")
    assert set(alphabet("rounds")) == set("0123456789_+-,")
    assert set(alphabet("widths")) == set("0123456789_+-[],")
    assert alphabet("title") == ""


async def test_each_annotation_gets_its_control() -> None:
    """A class that no one has seen before has a form without a change of the screen."""
    app = Shown(Draft.of([Sample], Sample().model_dump()))
    async with app.run_test() as pilot:
        kinds = {field.key: type(field.control) for field in app.query(Field)}
        assert kinds == {
            "share": Text, "rate": Text, "rounds": Text, "widths": Text,
            "style": Choice, "level": Choice, "loud": Toggle, "title": Text,
        }  # fmt: skip
        await pilot.click(app.field("loud").control)
        app.field("level").control.focus()
        await pilot.press("right")
        app.field("widths").control.focus()
        await pilot.press("1", "6", "left", "home", "9", ",")
        app.field("title").control.focus()
        await pilot.press("end", "space", "q")
        await pilot.pause()
        assert Sample.model_validate(app.form.draft.table) == Sample(loud=True, level=2, widths=[9, 16], title="a b q")
        assert not app.spaces


async def test_what_is_pasted_is_sieved() -> None:
    """Only characters that can belong to the value come out of the clipboard: no escape sequence does."""
    app = Shown(Draft.of([Sample], Sample().model_dump()))
    async with app.run_test() as pilot:
        app.field("widths").control.focus()
        app.copy_to_clipboard("widths = [64,\x1b[31m 32]")
        await pilot.press("ctrl+v")
        await pilot.pause()
        assert app.field("widths").control.value == "[64,[3132]"
        app.field("share").control.focus()
        await pilot.press("space", "a", "l", "l")
        assert (app.spaces, app.form.draft.values["share"]) == (1, "all")


async def test_what_is_wrong_stands_beneath() -> None:
    """A problem takes as many rows as its sentence needs, and leaves none when it is gone."""
    app = Shown(Draft.of([Sample], Sample().model_dump()))
    async with app.run_test(size=(30, 20)) as pilot:
        rate = app.field("rate")
        app.form.problems = {"rate": "must be greater than 0; got 0, which is far too little"}
        await pilot.pause()
        assert rate.size.height == 3
        app.form.problems = {}
        await pilot.pause()
        assert rate.size.height == 1


async def test_the_open_list() -> None:
    """Enter opens the list, j moves in it, enter takes the value, escape leaves it as it was."""
    app = Shown(Draft.of([Sample], Sample().model_dump()))
    async with app.run_test() as pilot:
        style = app.field("style").control
        style.focus()
        await pilot.press("enter", "j", "escape")
        assert (style.value, app.focused) == ("plain", style)
        await pilot.press("enter", "j", "enter")
        await pilot.pause()
        assert (style.value, app.focused, app.form.draft.values["style"]) == ("fancy", style, "fancy")
        assert app.field("style").has_class("-changed")
