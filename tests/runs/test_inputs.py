"""preprocessing.json, and a person's files read with it: the same inputs as the dataset made."""

import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shelves import copied

from tuitrain.datasets import Data
from tuitrain.datasets.recipe import Recipe
from tuitrain.datasets.samples import Batch, Unreadable, read
from tuitrain.experiment import Experiment, parse
from tuitrain.runs import inputs
from tuitrain.runs.inputs import Damaged
from tuitrain.runs.store import Run

TABLE = """size;colour;big;kind
1,5;red;yes;a
;blue;no;b
2,5;;yes;a
4;red;no;b
3;green;;a
2;red;yes;b
"""


def experiment(**dataset: object) -> Experiment:
    """Return an experiment on this dataset."""
    return parse({"dataset": dataset, "models": [{"kind": "linear"}]})


def table(folder: Path, **dataset: object) -> tuple[Data, Recipe, Path]:
    """Return the data of a table that all is learned from, how they were made, and its file."""
    path = folder / "t.csv"
    path.write_text(TABLE)
    asked = experiment(kind="csv", path=str(path), val_size=0, **dataset)
    data = asked.dataset.load(folder)
    return data, Recipe.of(asked.dataset, data), path


def found(recipe: Recipe, *paths: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return the inputs in these files, none of which may be unreadable."""
    parts = list(read(recipe, paths))
    assert all(isinstance(part, Batch) for part in parts), parts
    return np.concatenate([part.inputs for part in parts if isinstance(part, Batch)])


def told(recipe: Recipe, *paths: Path) -> list[str]:
    """Return why samples in these files cannot be read."""
    return [part.reason for part in read(recipe, paths) if isinstance(part, Unreadable)]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """The recipe of a table, its columns and fills, is the same after it was on disk, in a file of the person's own."""
    run = copied(tmp_path)
    data, recipe, path = table(tmp_path)
    inputs.write(run, experiment(kind="csv", path=str(path)), data)
    assert inputs.read(run) == recipe
    assert stat.S_IMODE(inputs.file(run).stat().st_mode) == 0o600
    assert [column.kind for column in recipe.columns] == ["number", "text", "boolean"]


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    """A run that is resumed leaves the file as it is."""
    run = copied(tmp_path)
    data, _, path = table(tmp_path)
    asked = experiment(kind="csv", path=str(path))
    inputs.write(run, asked, data)
    before = inputs.file(run).stat()
    inputs.write(run, asked, data)
    assert inputs.file(run).stat() == before


def test_an_older_run_has_none(tmp_path: Path) -> None:
    """A run that was trained before there was such a file says so."""
    assert inputs.read(copied(tmp_path)) is None


@pytest.mark.parametrize("content", ["", "{}", '{"task": "classification"', '["a"]'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    """What is no recipe is refused by name, with the way out."""
    run: Run = copied(tmp_path)
    inputs.file(run).write_text(content)
    with pytest.raises(Damaged, match=r"preprocessing\.json is not what was written; remove it"):
        inputs.read(run)


def test_a_table_gives_the_inputs_that_were_learned_from(tmp_path: Path) -> None:
    """Cells of numbers with commas, words, truths and gaps become what the dataset made of them, row by row."""
    data, recipe, path = table(tmp_path)
    assert np.array_equal(found(recipe, path), data.train.inputs)


def test_a_prepared_table_keeps_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table too large for memory is mapped from what was prepared of it, and its recipe is the same."""
    _, recipe, path = table(tmp_path)
    monkeypatch.setattr("tuitrain.datasets.table.KEPT", 0)
    asked = experiment(kind="csv", path=str(path), val_size=0)
    for _ in range(2):  # prepared, and found prepared
        data = asked.dataset.load(tmp_path)
        assert isinstance(data.train.inputs, np.memmap)
        assert Recipe.of(asked.dataset, data) == recipe


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    """A file in another order, with other columns between and without the label, gives the same inputs."""
    data, recipe, path = table(tmp_path)
    rows = [line.split(";") for line in path.read_text().splitlines()]
    other = tmp_path / "other.tsv"
    recipe_of_any = Recipe.read(recipe.written().replace(b'"delimiter": "auto"', b'"delimiter": "\\t"'))
    other.write_text("".join(f"{row[2]}\t9\t{row[0]}\t{row[1]}\n" for row in rows))
    assert np.array_equal(found(recipe_of_any, other), data.train.inputs)


def test_rows_that_cannot_be_encoded_are_told(tmp_path: Path) -> None:
    """A word that was never learned, text in a column of numbers and a column that lacks are told, the rest is read."""
    _, recipe, _ = table(tmp_path)
    path = tmp_path / "q.csv"
    path.write_text("size;colour;big\n1;mauve;yes\n2;red;no\nlarge;red;no\n1;red;perhaps\n")
    parts = list(read(recipe, [path]))
    assert [part.samples[0].row for part in parts if isinstance(part, Batch)] == [2]
    assert [part.sample.row for part in parts if isinstance(part, Unreadable)] == [1, 3, 4]
    path.write_text("size;colur;big\n1;red;yes\n")
    (reason,) = told(recipe, path)
    assert reason == 'has no column "colour" (did you mean colur?); the run learned from size, colour, big'


def test_dropped_gaps_are_not_filled(tmp_path: Path) -> None:
    """Where rows with gaps were left out of training, a row with a gap is not guessed at."""
    data, recipe, path = table(tmp_path, missing="drop")
    parts = list(read(recipe, [path]))
    assert np.array_equal(np.concatenate([part.inputs for part in parts if isinstance(part, Batch)]), data.train.inputs)
    assert [part.sample.row for part in parts if isinstance(part, Unreadable)] == [2, 3, 5]


def test_numbers_without_a_heading_are_taken_by_place(tmp_path: Path) -> None:
    """Points of a plane have no names: two columns, or three of which the last is the label."""
    asked = experiment(kind="moons")
    recipe = Recipe.of(asked.dataset, asked.dataset.load(tmp_path))
    path = tmp_path / "points.csv"
    for rows in ("1,2\n3,4\n", "1,2,0\n3,4,1\n", "a,b\n1,2\n3,4\n"):
        path.write_text(rows)
        assert found(recipe, path).tolist() == [[1, 2], [3, 4]]
    path.write_text("a,b\n")
    assert told(recipe, path) == ["has no rows below its heading"]
    path.write_text("1,2,3,4\n")
    assert told(recipe, path) == ["has 4 columns, and the run learned from 2 numbers (x1, x2)"]


def pictures(folder: Path) -> list[Path]:
    """Write images of two classes, of several sizes and kinds of colour; return them in the dataset's order."""
    rng = np.random.default_rng(0)
    paths = []
    for label in ("cat", "dog"):
        (folder / "pics" / label).mkdir(parents=True)
        for number, channels in enumerate((3, 4, 3)):
            pixels = rng.integers(0, 256, (20 + number, 30, channels), dtype=np.uint8)
            paths.append(folder / "pics" / label / f"{number}.png")
            Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.mark.parametrize("colour", ["rgb", "grey"])
def test_images_become_the_pixels_that_were_learned_from(tmp_path: Path, colour: str) -> None:
    """Pictures of any size and colour are decoded and squeezed as the dataset did it."""
    paths = pictures(tmp_path)
    asked = experiment(kind="folder", path=str(tmp_path / "pics"), size=16, colour=colour, val_size=0)
    data = asked.dataset.load(tmp_path / "data")
    recipe = Recipe.of(asked.dataset, data)
    assert np.array_equal(found(recipe, *paths), data.train.inputs)
    (tmp_path / "bad.png").write_bytes(b"nonsense")
    reasons = told(recipe, tmp_path / "bad.png", tmp_path / "none.png", tmp_path / "pics")
    assert reasons == ["is no image that can be read", "no such file", "is a directory"]


def test_pixels_that_are_no_bytes_keep_their_white(tmp_path: Path) -> None:
    """Where pixels went from 0 to 16, those of a picture do as well; it may be oblong."""
    images = np.linspace(0, 16, 4 * 5 * 7).reshape(4, 5, 7)
    np.savez(tmp_path / "a.npz", x=images, y=np.array([0, 1, 0, 1]))
    asked = experiment(kind="npz", path=str(tmp_path / "a.npz"), val_size=0)
    recipe = Recipe.of(asked.dataset, asked.dataset.load(tmp_path))
    Image.new("L", (30, 20), "white").save(tmp_path / "white.png")
    assert found(recipe, tmp_path / "white.png").tolist() == np.full((1, 1, 5, 7), 16.0).tolist()


def test_arrays_may_be_laid_out_in_several_ways(tmp_path: Path) -> None:
    """One sample or many, with the channel first, last or left out, give the same inputs."""
    asked = experiment(kind="mnist")
    data = asked.dataset.load(tmp_path)
    recipe, images = Recipe.of(asked.dataset, data), data.train.inputs[:3]
    path = tmp_path / "x.npy"
    for array in (images, images[:, 0], np.moveaxis(images, 1, 3)):
        np.save(path, array)
        assert np.array_equal(found(recipe, path), images)
    np.save(path, images[0, 0])
    assert np.array_equal(found(recipe, path), images[:1])
    np.savez(tmp_path / "x.npz", x=images, other=1)
    assert np.array_equal(found(recipe, tmp_path / "x.npz"), images)


def test_arrays_of_another_kind_are_told(tmp_path: Path) -> None:
    """Another shape, Python objects, text, numbers that are none and several arrays are each told."""
    asked = experiment(kind="moons")
    recipe = Recipe.of(asked.dataset, asked.dataset.load(tmp_path))
    path = tmp_path / "x.npy"
    for shape, words in (((4, 3), "4 x 3"), ((0, 2), "0 x 2")):
        np.save(path, np.zeros(shape))
        assert told(recipe, path) == [f"is {words}, and a sample of the run is 2"]
    np.save(path, np.array([{}]), allow_pickle=True)
    assert told(recipe, path)[0].startswith("cannot be read: Object arrays")
    np.save(path, np.array(["a", "b"]))
    assert told(recipe, path) == ["holds <U1: numbers are needed"]
    np.save(path, np.array([[1.0, 2.0], [np.nan, 0.0]]))
    assert told(recipe, path) == ["has nan or infinity"]
    np.savez(tmp_path / "x.npz", a=1, b=2)
    assert told(recipe, tmp_path / "x.npz") == ["has the arrays a, b: the inputs must be the one called x"]
    Image.new("L", (3, 3)).save(tmp_path / "a.png")
    assert told(recipe, tmp_path / "a.png")[0].startswith("is an image, and the run learned from 2 numbers")
