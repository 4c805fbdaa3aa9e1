"""The pages for copying and for files: what they offer, how they are used, what they refuse."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, OptionList

from tuitrain.ui.app import HERE
from tuitrain.ui.screens.taking import KINDS, Copy, Export, FileName, Letters, Offer

SIZES = [(40, 12), (80, 24)]
OFFERS = [
    Offer("v", "the values at the cursor", "step 1,200: train/loss 0.1234"),
    Offer("r", "the table of runs", "run\tloss\nmlp 100\t0.25\nlinear\t0.31\n"),
    Offer("d", "the run's directory", "/runs/[b]evil\x1b[31m"),
]
RUN = "20260102-mnist-mlp"


class Bare(App[None]):
    """Shows one page and keeps what it answers."""

    CSS_PATH = [HERE / "screens" / "taking.tcss"]  # noqa: RUF012  a class variable of Textual

    def __init__(self, page: Copy | Export) -> None:
        super().__init__()
        self.page, self.answers = page, list[Any]()

    def on_mount(self) -> None:
        """Show the page."""
        self.push_screen(self.page, self.answers.append)


def text(app: App[Any]) -> str:
    """Return what is on the screen."""
    width, height = app.size
    rows = [app.screen._compositor.render_strips(app.size)[row] for row in range(height)]
    return "\n".join("".join(segment.text for segment in row).ljust(width) for row in rows)


async def press(page: Copy | Export, size: tuple[int, int], *keys: str) -> Bare:
    """Show a page, press keys, and return the app."""
    app = Bare(page)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await type_in(pilot, keys)
    return app


async def type_in(pilot: Pilot[Any], keys: Sequence[str]) -> None:
    """Press keys one after another, each taking effect before the next."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_all_that_can_be_copied_is_seen_with_its_first_line(size: tuple[int, int]) -> None:
    """Letters, titles, previews and the word about the terminal are there, and nothing acts on the terminal."""
    app = Bare(Copy(OFFERS))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        seen = text(app)
        assert "\x1b" not in seen
        for words in (
            "v  the values",
            "step 1,200: train/loss",
            "run   loss",
            "(+2 lines)",
            "OSC 52",
            "set-clipboard on",
        ):
            assert words in seen
        if size[0] > 40:
            assert r"/runs/[b]evil\x1b[31m" in seen


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["r"], OFFERS[1].text),
        (["enter"], OFFERS[0].text),
        (["j", "enter"], OFFERS[1].text),
        (["down", "down", "k", "enter"], OFFERS[1].text),
        (["escape"], None),
        (["q"], None),
    ],
)
async def test_copying_by_letter_by_cursor_or_not(keys: list[str], answer: str | None) -> None:
    """A letter takes its entry, enter the one under the cursor, escape and q none."""
    assert (await press(Copy(OFFERS), (80, 24), *keys)).answers == [answer]


async def test_copying_by_mouse() -> None:
    """A click takes the entry that is clicked."""
    app = Bare(Copy(OFFERS))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.click(Letters, offset=(5, 2))
    assert app.answers == [OFFERS[1].text]


@pytest.mark.parametrize("size", SIZES)
async def test_all_kinds_of_files_are_seen(tmp_path: Path, size: tuple[int, int]) -> None:
    """Every kind, a name with the right ending and the folder are on the screen."""
    kinds = [kind for kind in KINDS if kind != "runs"]  # that, or the view as a table
    app = Bare(Export(RUN, "confusion", tmp_path, kinds))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        seen = text(app)
        for kind in kinds:
            assert KINDS[kind].title in seen
        assert f"{RUN[-9:]}-confusion." in seen
        assert tmp_path.name in seen


@pytest.mark.parametrize(("kind", "name"), [("png", "-confusion.png"), ("curves", "-curves.csv"), ("report", ".html")])
async def test_a_letter_and_enter_save_under_the_proposed_name(tmp_path: Path, kind: str, name: str) -> None:
    """The letter of a kind leads to its name, and enter answers with both."""
    app = await press(Export(RUN, "confusion", tmp_path), (80, 24), KINDS[kind].letter, "enter")
    assert app.answers == [(kind, tmp_path / f"{RUN}{name}")]


async def test_enter_saves_what_is_under_the_cursor(tmp_path: Path) -> None:
    """The kind that the cursor is on is saved at once, under the name that is proposed for it."""
    app = await press(Export(RUN, "confusion", tmp_path), (80, 24), "j", "enter")
    assert app.answers == [("png", tmp_path / f"{RUN}-confusion.png")]


async def test_arrows_and_the_button_save_as_well(tmp_path: Path) -> None:
    """The cursor chooses a kind, and a click on the button answers."""
    app = Bare(Export(RUN, "confusion", tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await type_in(pilot, ["j", "j"])
        await pilot.click(Button)
        await pilot.pause()
    assert app.answers == [("text", tmp_path / f"{RUN}-confusion.txt")]


async def test_only_what_there_is_is_offered(tmp_path: Path) -> None:
    """Kinds that cannot be written now are not in the list."""
    app = Bare(Export(RUN, "log", tmp_path, ["screen", "report"]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.page.query_one(OptionList).option_count == 2
        await type_in(pilot, ["s", "w", "enter"])
    assert app.answers == [("screen", tmp_path / f"{RUN}-screen.svg")]


async def test_names_that_are_taken_are_numbered_and_replaced_only_when_told_twice(tmp_path: Path) -> None:
    """The proposed name is a free one; a name that is taken is answered after a second enter."""
    taken = tmp_path / f"{RUN}-confusion.svg"
    taken.write_text("mine")
    app = Bare(Export(RUN, "confusion", tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        field = app.page.query_one(FileName)
        assert field.value == f"{RUN}-confusion-2.svg"
        field.value = taken.name
        await type_in(pilot, ["enter"])
        assert not app.answers
        assert "is there already" in text(app)
        await type_in(pilot, ["enter"])
    assert app.answers == [("svg", taken)]


WRONG = {
    "nowhere/x.svg": "no such folder",
    "x.png": "must end in .svg",
    "": "no file name",
    "~nobody-of-this-name/x.svg": "no such user",
    "closed/x.svg": "not writable",
}


async def test_what_cannot_be_written_is_told_at_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name is refused in a sentence below it, and another one can be typed."""
    closed = tmp_path / "closed"
    closed.mkdir()
    # the tests may run as root, who may write everywhere
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != closed)
    app = Bare(Export(RUN, "confusion", tmp_path))
    async with app.run_test(size=(40, 12)) as pilot:
        await type_in(pilot, ["s"])
        for name, sentence in WRONG.items():
            app.page.query_one(FileName).value = name
            await type_in(pilot, ["enter"])
            assert sentence in " ".join(text(app).split())
            assert not app.answers
        await type_in(pilot, ["end", "ctrl+u", "f", "enter"])
    assert app.answers == [("svg", tmp_path / "f.svg")]


async def test_letters_in_the_name_are_letters(tmp_path: Path) -> None:
    """In the field q and E are typed; escape leaves without an answer."""
    app = Bare(Export(RUN, "confusion", tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await type_in(pilot, ["s", "ctrl+u", "q", "E", "p"])
        assert app.page.query_one(FileName).value == "qEp.svg"
        await type_in(pilot, ["escape"])
    assert app.answers == [None]
