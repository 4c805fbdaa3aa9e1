"""Choosing data of one's own in the cockpit, over real files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cockpits import Given, lines, main, no_child_left, running, text, until
from PIL import Image
from textual.pilot import Pilot
from textual.widgets import DataTable

from tuitrain.datasets.folder import Folder
from tuitrain.experiment import read
from tuitrain.runs.session import Session
from tuitrain.runs.survey import Survey, survey
from tuitrain.ui import paths
from tuitrain.ui.screens.contents import Contents
from tuitrain.ui.screens.picker import Picker
from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.files import Files, PathInput
from tuitrain.ui.widgets.preview import Preview

nobody = pytest.fixture(autouse=True)(no_child_left)
NAME = "[b]\x1b[31mflowers.csv"


class Direct(Session):
    """A session that looks into data in its own process."""

    def survey(self, tables: dict[str, Any]) -> Survey | None:
        """Return what a worker would."""
        return survey(tables, self.data_dir)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of data, which is also the current one."""
    folder = tmp_path / "mine"
    for name, grey in (("cats", 200), ("dogs", 60)):
        (folder / "pets" / name).mkdir(parents=True)
        for number in range(6):
            Image.new("L", (8, 8), grey + number).save(folder / "pets" / name / f"{number}.png")
    rows = "".join(f"{n / 3:.2f};{'red' if n % 3 else 'blue'};{'ab'[n % 2]}\n" for n in range(30))
    (folder / NAME).write_text(f"[i]width;colour;species\n{rows}")
    (folder / "notes.txt").write_text("nothing to learn")
    np.savez(folder / "arrays.npz", x=np.random.default_rng(0).random((40, 5)), y=np.arange(40) % 4)
    (folder / "broken.csv").write_text("a,b\n1,2\n3\n")
    monkeypatch.chdir(folder)
    return folder


def opened(folder: Path) -> Given:
    """Return the cockpit with nothing trained yet."""
    return Given(read("toy-deep"), Direct(folder / "runs", folder / "data", warm=False))


async def picking(pilot: Pilot[Any]) -> Picker:
    """Open the picker, and wait until it lists the files."""
    await pilot.press("ctrl+o")
    await until(pilot, lambda: isinstance(pilot.app.screen, Picker) and len(tree(pilot).root.children))
    screen = pilot.app.screen
    assert isinstance(screen, Picker)
    return screen


def tree(pilot: Pilot[Any]) -> Files:
    """Return the list of files."""
    return pilot.app.screen.query_one(Files)


async def go_to(pilot: Pilot[Any], name: str) -> None:
    """Move the cursor down to a file."""
    for _ in range(10):
        node = tree(pilot).cursor_node
        if node and node.data and node.data.path.name == name:
            return
        await pilot.press("j")
    pytest.fail(f"{name} is not there")


def found(pilot: Pilot[Any]) -> Survey | None:
    """Return what is shown of the file under the cursor."""
    return pilot.app.screen.query_one(Preview).survey


@pytest.mark.parametrize("size", [pytest.param((120, 40), marks=pytest.mark.slow), (80, 24)])
async def test_a_table_is_shown_and_taken(files: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    """A table is shown with its rows and classes, another column is chosen to learn, and enter takes both."""
    app = opened(tmp_path)
    async with running(app, size) as pilot:
        await picking(pilot)
        await go_to(pilot, NAME)
        await until(pilot, lambda: found(pilot) and "species" in text(app))
        assert not [character for line in lines(app) for character in line if not character.isprintable()]
        assert r"[b]\x1b[31mflowers.csv" in text(app)
        assert "[i]width" in text(app)
        assert app.screen.query_one(DataTable).row_count == 8
        await pilot.press("c", "left")
        assert app.screen.query_one(Choice).value == "colour"
        await until(pilot, lambda: "blue" in {name for name, _ in (found(pilot) or Survey()).balance})
        await pilot.press("escape", "enter")
        await until(pilot, lambda: main(app).setup.facts and app.screen is main(app))
        dataset = main(app).setup.dataset
        assert dataset is not None
        assert dataset.model_dump().items() >= {"kind": "csv", "path": str(files / NAME), "label": "colour"}.items()
        facts = main(app).setup.facts
        assert facts is not None
        assert facts.labels == ("blue", "red")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, Picker) and found(pilot))
        assert tree(pilot).cursor_node is not tree(pilot).root  # it is at the file that was taken


@pytest.mark.slow
async def test_escape_leaves_everything_as_it_was(files: Path, tmp_path: Path) -> None:
    """Whatever was looked at, escape changes nothing; the folder that was open is open the next time."""
    app = opened(tmp_path)
    async with running(app) as pilot:
        before = main(app).setup.experiment
        await picking(pilot)
        await go_to(pilot, "arrays.npz")
        await until(pilot, lambda: found(pilot) and "4 classes" in text(app))
        await go_to(pilot, "broken.csv")
        await until(pilot, lambda: "line 3 has 1 field" in text(app))
        await pilot.press("k", "k", "k", "k", "k", "h")
        await until(pilot, lambda: Path(tree(pilot).path) == files.parent)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main(app))
        assert main(app).setup.experiment == before
        await picking(pilot)
        assert Path(tree(pilot).path) == files.parent


@pytest.mark.slow
async def test_a_folder_of_class_folders(files: Path, tmp_path: Path) -> None:
    """A folder of images by class is shown and taken; l and h open and close it, as any other."""
    app = opened(tmp_path)
    async with running(app) as pilot:
        await picking(pilot)
        await go_to(pilot, "pets")
        await until(pilot, lambda: found(pilot))
        assert (found(pilot) or Survey()).captions
        await pilot.press("l")
        await until(pilot, lambda: "dogs" in [str(child.label) for child in tree(pilot).root.children[0].children])
        await pilot.press("j")
        await until(pilot, lambda: "a folder" in text(app))
        await pilot.press("h", "h")
        await until(pilot, lambda: found(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is main(app))
        assert main(app).setup.dataset == Folder(path=str(files / "pets"))


@pytest.mark.slow
async def test_a_path_is_typed_and_completed(files: Path, tmp_path: Path) -> None:
    """Tab completes a path from the folder there is, enter takes the file or goes into the folder."""
    app = opened(tmp_path)
    async with running(app) as pilot:
        await picking(pilot)
        await pilot.press("slash", *"arr")
        field = app.screen.query_one(PathInput)
        await until(pilot, lambda: field._suggestion)
        await pilot.press("tab")
        assert field.value == str(files / "arrays.npz")
        await until(pilot, lambda: found(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is main(app))
        dataset = main(app).setup.dataset
        assert dataset is not None
        assert dataset.kind == "npz"
        await picking(pilot)
        await pilot.press("slash", "ctrl+u", *"nowhere", "enter")
        await until(pilot, lambda: "no such folder" in text(app))
        await pilot.press("ctrl+u", *"..", "enter")
        await until(pilot, lambda: Path(tree(pilot).path) == tmp_path and tree(pilot).has_focus)


async def test_enter_on_the_path_opens_the_picker(files: Path, tmp_path: Path) -> None:
    """From the field of a path, and from the line beneath the dataset, enter leads to the files."""
    app = opened(tmp_path)
    async with running(app) as pilot:
        main(app).setup.take({"kind": "csv", "path": str(files / NAME)}, files)
        await pilot.press("e", "j")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))


async def test_names_of_files_are_text(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markup and control characters in a path act on nothing: not in its field, in sentences, or in a title."""
    monkeypatch.chdir(files)  # so that the path is short, and stands in one line
    app = opened(tmp_path)
    async with running(app) as pilot:
        path = "[/b]\x1b[31mnone.csv"
        main(app).setup.take({"kind": "csv", "path": path}, files)
        await until(pilot, lambda: "no such" in text(app))
        await pilot.press("f5")
        await until(pilot, lambda: "Not yet" in text(app))
        assert not [character for line in lines(app) for character in line if not character.isprintable()]
        app.clear_notifications()
        await pilot.press("escape", "P")
        await until(pilot, lambda: isinstance(app.screen, Contents) and app.screen.query_one(Preview).survey)
        await until(pilot, lambda: r"[/b]\x1b[31mnone.csv" in text(app))
        assert not [character for line in lines(app) for character in line if not character.isprintable()]
        await pilot.press("escape")
        dataset = main(app).setup.dataset
        assert dataset is not None
        assert dataset.model_dump()["path"] == path


def test_what_lies_in_folders(files: Path) -> None:
    """Class folders are told from others by what is in them, also beneath a folder named train."""
    assert paths.images(files / "pets") == 12
    assert paths.images(files) == paths.images(files / "pets" / "cats") == paths.images(files / "none") == 0
    (files / "split").mkdir()
    (files / "pets").rename(files / "split" / "Train")
    assert paths.images(files / "split") == 12
    assert paths.complete(str(files / "BRO")) == str(files / "broken.csv")
    assert paths.complete(str(files / "spl")) == f"{files / 'split'}/"
    assert paths.complete(str(files / "note")) == ""
    assert paths.complete(str(files / "none" / "x")) == ""
