"""A person's own table: what is guessed, filled in and refused."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tuitrain.datasets import Data, Scaling, Unavailable, table
from tuitrain.datasets.table import CSV

PEOPLE = """age,town,smoker,height,risk
31,Bern,yes,1.75,low
42,Basel,no,1.80,high
25,Bern,no,1.62,low
58,"Genf, GE",yes,1.70,high
37,Bern,no,1.91,low
"""


def written(folder: Path, content: str | bytes, name: str = "data.csv") -> str:
    """Return the path of a new file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def loaded(folder: Path, content: str | bytes, name: str = "data.csv", **settings: Any) -> Data:
    """Return the data of a file with this content, all rows to train on where nothing else is said."""
    return CSV(path=written(folder, content, name), **{"val_size": 0, **settings}).load(folder / "cache")


def refused(folder: Path, content: str | bytes, **settings: Any) -> str:
    """Return what is said where a file with this content cannot be learned from; it names the file, in one line."""
    with pytest.raises(Unavailable) as error:
        loaded(folder, content, **settings)
    assert str(folder / "data.csv") in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_types(tmp_path: Path) -> None:
    """Numbers stay numbers, yes is 1, each word of a column is an input, and the last column is learned."""
    data = loaded(tmp_path, PEOPLE)
    assert data.features == ("age", "town=Basel", "town=Bern", "town=Genf, GE", "smoker", "height")
    assert data.train.inputs.dtype == np.float32
    assert data.train.inputs[3].tolist() == pytest.approx([58, 0, 0, 1, 1, 1.7])
    assert data.labels == ("high", "low")
    assert data.train.labels.tolist() == [1, 0, 1, 0, 1]
    assert data.notes == (
        "label: risk, classification, 2 classes (text)",
        "numbers: age, height",
        "true or false: smoker",
        "categories: town (Basel, Bern, Genf, GE)",
    )


def test_only_numbers_are_scaled(tmp_path: Path) -> None:
    """Statistics are those of the training split, and what is 0 or 1 stays so."""
    data = loaded(tmp_path, PEOPLE, val_size=2)
    assert data.facts.sizes == (3, 2, 0)
    ages = data.train.inputs[:, 0].astype(float)
    assert data.scaling.mean == pytest.approx((ages.mean(), 0, 0, 0, 0, data.train.inputs[:, 5].mean()))
    assert data.scaling.std[:5] == pytest.approx((ages.std(), 1, 1, 1, 1))
    assert loaded(tmp_path, PEOPLE, normalize="none").scaling == Scaling()


def test_regression(tmp_path: Path) -> None:
    """A label of many numbers is a regression in its own units, and the targets are told apart from their scale."""
    rows = [f"{number},{number * 3.5}" for number in range(30)]
    data = loaded(tmp_path, "x,y\n" + "\n".join(rows))
    assert (data.task, data.labels, data.train.labels.shape) == ("regression", ("y",), (30, 1))
    assert data.train.labels[2, 0] == 7.0
    assert data.targets.mean == pytest.approx((3.5 * 14.5,))
    assert "label: y, regression (numbers; " in data.notes[0]
    assert loaded(tmp_path, "x,y\n" + "\n".join(rows), normalize="none").targets == Scaling()


def test_whole_numbers_as_classes(tmp_path: Path) -> None:
    """Few whole numbers are classes in the order of their size, unless numbers are asked for."""
    content = "x,grade\n" + "\n".join(f"{row}.5,{(10, 9, 2)[row % 3]}" for row in range(12))
    data = loaded(tmp_path, content)
    assert (data.task, data.labels) == ("classification", ("2", "9", "10"))
    assert data.train.labels[:3].tolist() == [2, 1, 0]
    assert 'task = "regression" learns them as numbers' in data.notes[0]
    assert loaded(tmp_path, content, task="regression").train.labels[0] == 10


@pytest.mark.parametrize("spelling", ["", "NA", "n/a", "nan", "NULL", "?", "  "])
def test_missing(tmp_path: Path, spelling: str) -> None:
    """A missing value, however it is spelt, becomes the mean or the most frequent word of the training split."""
    content = f"n,w,ok,y\n1,a,true,p\n{spelling},{spelling},{spelling},q\n3,b,false,p\n5,b,true,q\n"
    data = loaded(tmp_path, content)
    assert data.features == ("n", "w=a", "w=b", "ok")
    assert data.train.inputs[1].tolist() == [3, 0, 1, 1]
    assert "numbers: n (1 missing)" in data.notes
    assert "filled in, from the training split: n 3, w b, ok true" in data.notes
    dropped = loaded(tmp_path, content, missing="drop")
    assert len(dropped.train) == 3
    assert "1 of 4 rows left out: they have a missing value" in dropped.notes
    assert re.search(
        '"n" lacks a value in 1 of 4 rows, first in line 3: set missing', refused(tmp_path, content, missing="error")
    )


def test_filled_from_training_rows_alone(tmp_path: Path) -> None:
    """What fills a gap does not know the validation split."""
    content = "n,y\n" + "\n".join(f"{row if row % 4 else ''},{row % 2}" for row in range(40))
    data = loaded(tmp_path, content, val_size=0.5)
    assert data.val is not None
    there = [row for row in range(40) if row % 4 and row in data.train.inputs]
    (fill,) = set(np.concatenate([data.train.inputs, data.val.inputs]).ravel().tolist()) - set(range(40)) or {-1}
    assert fill == pytest.approx(np.mean(there))


def test_no_label_no_row(tmp_path: Path) -> None:
    """A row without a label is left out and counted, whatever else is filled in."""
    data = loaded(tmp_path, "x,y\n1,a\n2,\n3,b\n")
    assert data.train.inputs.ravel().tolist() == [1, 3]
    assert "1 of 3 rows left out: they have no label" in data.notes


def test_empty_columns_are_left_out(tmp_path: Path) -> None:
    """A column without any value is no input, and is named."""
    data = loaded(tmp_path, "x,none,y\n1,,a\n2,NA,b\n")
    assert data.features == ("x",)
    assert "left out, as no row has a value: none" in data.notes


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("\ufeffgröße;land;y\n1,5;CH;a\n-2,25;FR;b\n", "data.csv"),
        ("größe\tland\ty\n1.5\tCH\ta\n-2.25\tFR\tb\n", "data.tsv"),
        ("größe|land|y\r\n1.5|CH|a\r\n\r\n-2.25|FR|b\r\n", "data.txt"),
        ('"größe", "land", "y"\n"1.5", "CH", "a"\n"-2.25", "FR", "b"', "data.csv"),
        ("größe,land,y\n 1.5 ,CH,a\n-225e-2, FR ,b\n,,\n", "data.csv"),
    ],
    ids=["bom-semicolon-comma", "tabs", "bars-blank-crlf", "quoted", "spaces"],
)
def test_spellings(tmp_path: Path, content: str, name: str) -> None:
    """The same table means the same with any delimiter, quotes, blank lines, BOM and decimal commas."""
    data = loaded(tmp_path, content, name)
    assert data.features == ("größe", "land=CH", "land=FR")
    assert data.train.inputs.tolist() == [[1.5, 1, 0], [-2.25, 0, 1]]
    assert data.labels == ("a", "b")


def test_no_heading(tmp_path: Path) -> None:
    """A file without a heading is recognised by its numbers; with header = false its columns have numbers."""
    content = "5.1,3.5,a\n4.9,3.0,b\n"
    assert loaded(tmp_path, content, header=False).features == ("column 1", "column 2")
    assert CSV(path=written(tmp_path, content), header=False).rows(tmp_path)[0] == ["column 1", "column 2", "column 3"]
    assert "begins with a row of numbers (1, 2.5)" in refused(tmp_path, "1,2.5\n3,4\n5,6\n")


def test_heading_that_may_be_data(tmp_path: Path) -> None:
    """Numbers among the names of columns are told: the first row may be no heading."""
    data = loaded(tmp_path, "5.1,3.5,a\n4.9,3.0,b\n4.7,3.2,a\n", val_size=0)
    assert "the heading has numbers (5.1, 3.5): set header = false where the first row is data" in data.notes
    assert not [note for note in loaded(tmp_path, "x,y\n1,a\n2,b\n").notes if "heading" in note]


def test_names_are_plain_text(tmp_path: Path) -> None:
    """Markup, escape sequences and line ends in names and labels are kept as they are: data, not commands."""
    data = loaded(tmp_path, '[bold]x,"two\nlines",y\n1,\x1b[31mred,[red]a\n2,"say ""hi""",\x1b]0;b\n')
    assert data.features == ("[bold]x", "two\nlines=\x1b[31mred", 'two\nlines=say "hi"')
    assert data.labels == ("\x1b]0;b", "[red]a")


def test_label_and_ignore(tmp_path: Path) -> None:
    """Any column can be learned, and those in ignore are no inputs."""
    data = loaded(tmp_path, PEOPLE, label="smoker", ignore=["town", "risk"])
    assert (data.features, data.labels) == (("age", "height"), ("no", "yes"))


def test_splits(tmp_path: Path) -> None:
    """The splits share out the rows, the same for the same seed and others for another."""
    content = "x,y\n" + "\n".join(f"{row},{row % 2}" for row in range(50))
    first, again, other = (loaded(tmp_path, content, val_size=0.2, test_size=5, seed=seed) for seed in (1, 1, 2))
    assert first.facts.sizes == (35, 10, 5)
    assert first.val is not None
    assert first.test is not None
    rows = [row for split in (first.train, first.val, first.test) for row in split.inputs.ravel().tolist()]
    assert sorted(rows) == list(range(50))
    assert again.train.inputs.tolist() == first.train.inputs.tolist() != other.train.inputs.tolist()


def test_notes_of_thin_classes_and_counters(tmp_path: Path) -> None:
    """A class with a single row, a column that counts the rows and one that never changes are pointed out."""
    rows = [f"{row},7,{'rare' if row == 9 else row % 2}" for row in range(30)]
    notes = loaded(tmp_path, "id,same,y\n" + "\n".join(rows)).notes
    assert "a single sample: class rare" in notes
    assert "counts the rows (if that is all, put it into ignore): id" in notes
    assert "the same in every row: same" in notes


def test_rows(tmp_path: Path) -> None:
    """The preview is the heading and the first twenty rows, as text."""
    content = "x,y\n" + "\n".join(f"{row},{row % 2}" for row in range(50))
    rows = CSV(path=written(tmp_path, content)).rows(tmp_path)
    assert rows[:2] == [["x", "y"], ["0", "0"]]
    assert len(rows) == 21


def test_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large table gives the same from a mapped file, is prepared once, and anew when the file has changed."""
    rng = np.random.default_rng(0)
    rows = [
        f"{x:.5f},{'' if x > 1 else x * 2:.3},{'abc'[int(x > 0)]}" if x <= 1 else f"{x:.5f},,c"
        for x in rng.normal(size=9000)
    ]
    content = "x,z,y\n" + "\n".join(rows)
    settings: dict[str, Any] = {"val_size": 0.3, "test_size": 100}
    small = loaded(tmp_path, content, **settings)
    assert not (tmp_path / "cache").exists()
    monkeypatch.setattr(table, "KEPT", 1000)
    dataset = CSV(path=str(tmp_path / "data.csv"), **settings)
    for large in (dataset.load(tmp_path / "cache"), dataset.load(tmp_path / "cache")):
        assert isinstance(large.train.inputs, np.memmap)
        assert large.facts == small.facts
        assert (large.notes, large.scaling, large.features) == (small.notes, small.scaling, small.features)
        for name in ("train", "val", "test"):
            assert np.array_equal(getattr(large, name).inputs, getattr(small, name).inputs)
            assert np.array_equal(getattr(large, name).labels, getattr(small, name).labels)
    assert len(loaded(tmp_path, content + "\n1,2,a", val_size=0, test_size=0).train) == 9001
    changed = loaded(tmp_path, content + "\n1,2,a\n", **settings)
    assert sum(changed.facts.sizes) == 9001
    kept = [folder for folder in (tmp_path / "cache" / "prepared").glob("*/*") if folder.is_dir()]
    assert len(kept) == 2


def test_large_and_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preparation that fails leaves nothing behind, and what a killed one left is swept away by the next."""
    monkeypatch.setattr(table, "KEPT", 0)
    path = written(tmp_path, "x,y\n1,a\n2,a\n")
    with pytest.raises(Unavailable, match="one class only"):
        CSV(path=path, val_size=0).load(tmp_path)
    (home,) = (tmp_path / "prepared").iterdir()
    assert [entry.name for entry in home.iterdir()] == ["lock"]
    (home / ".killed").mkdir()
    (home / ".killed" / "train.npy").write_text("half")
    Path(path).write_text("x,y\n1,a\n2,b\n")
    assert len(CSV(path=path, val_size=0).load(tmp_path).train) == 2
    assert not (home / ".killed").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("x,y\n", "has 0 rows of data: at least 2"),
        ("x,y\n1,a\n", "has 1 row of data: at least 2"),
        ("y\n1\n2\n", "no column but the label"),
        ("x,y\n1,a\n2,a\n", r'label "y" has one class only \("a"\)'),
        ("x,y\n1,\n2,\n", 'label "y" has no value'),
        ("x,y\n1,a\n2\n", "line 3 has 1 field and the heading has 2"),
        ("x,y\n1,a\n2,b,c\n", "line 3 has 3 fields"),
        ("x,x,y\n1,2,a\n3,4,b\n", 'two columns named "x"'),
        ('x,y\n1,"a\n2,b\n', "line 3: .*quote"),
        (b"x,y\n1,caf\xe9\n", r"byte 0xe9 at position 9 \(line 2\) is not UTF-8"),
        ("x,y\n1,a\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        (b"\x89PNG\0\0", "not a text file"),
        ('x,z,y\n"1,5",2,a\n"2,5",3,b\n', r'"x" has "1,5" in line 2, a comma where the delimiter is one'),
        ("x;z;y\n1,5;2;a\n2.5;3;b\n", r"a decimal comma in line 2 \(1,5\) and a point in line 3 \(2.5\)"),
    ],
)
def test_refused(tmp_path: Path, content: str | bytes, said: str) -> None:
    """What cannot be learned from is said in one sentence that names the file and the place."""
    assert re.search(said, refused(tmp_path, content))


def test_refused_text_among_numbers(tmp_path: Path) -> None:
    """A word among numbers is named with its line, in an input and in the target of a regression."""
    rows = [f"{row},{row * 2.5}" for row in range(60)]
    broken = "x,y\n" + "\n".join([*rows[:30], "abc,3", *rows[30:]])
    assert '"x" has "abc" in line 32 where other lines have numbers' in refused(tmp_path, broken)
    broken = "x,y\n" + "\n".join([*rows[:30], "3,abc", *rows[30:]])
    said = refused(tmp_path, broken, task="regression")
    assert 'the label "y" has text in line 32 where regression needs numbers ("abc")' in said


@pytest.mark.parametrize("odd", ["1_000", "inf", "1e999", "0x10", "٣"])
def test_no_numbers(tmp_path: Path, odd: str) -> None:
    """What Python alone would take for a number, and what is infinite, is text."""
    rows = [f"{row},{row % 2}" for row in range(60)]
    said = refused(tmp_path, "x,y\n" + "\n".join([*rows, f"{odd},1"]))
    assert f'"{odd}" in line 62' in said


def test_refused_running_text(tmp_path: Path) -> None:
    """A column of names or dates is to be ignored, and the sentence says so."""
    content = "when,y\n" + "\n".join(f"2024-01-{day % 28 + 1:02}T{day},{day % 2}" for day in range(150))
    said = refused(tmp_path, content)
    assert 'column "when" is text with 150 different values ("2024-01-01T0", ' in said
    assert said.endswith("put the column into ignore")
    assert loaded(tmp_path, content, categories=200).facts.shape == (150,)
    many = "x,y\n" + "\n".join(f"1,name{row}" for row in range(1500))
    assert "more than 1,000 different values, too many for classes" in refused(tmp_path, many)


def test_refused_names(tmp_path: Path) -> None:
    """A name that is no column is answered with the columns there are and the nearest of them."""
    assert re.search(
        r'no column "heigth", which label names \(did you mean height\?\); its columns are age, town',
        refused(tmp_path, PEOPLE, label="heigth"),
    )
    assert 'no column "id", which ignore names' in refused(tmp_path, PEOPLE, ignore=["id"])
    every = ["age", "town", "smoker", "height", "risk"]
    assert "ignore names every column" in refused(tmp_path, PEOPLE, ignore=every)


def test_refused_paths(tmp_path: Path) -> None:
    """A file that is not there and a directory are told apart."""
    with pytest.raises(Unavailable, match=r"nothing\.csv: no such file"):
        CSV(path=str(tmp_path / "nothing.csv")).load(tmp_path)
    with pytest.raises(Unavailable, match="is a directory"):
        CSV(path=str(tmp_path)).rows(tmp_path)


def test_too_few_rows_for_the_sizes(tmp_path: Path) -> None:
    """Splits that leave nothing to train on are refused once the rows are counted."""
    said = refused(tmp_path, PEOPLE, val_size=3, test_size=2)
    assert "val_size (3 samples) and test_size (2 samples) leave nothing to train on" in said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"path": " "}, "path is empty"),
        ({"delimiter": ", "}, "delimiter must be"),
        ({"label": "x", "ignore": ["x"]}, "is in ignore"),
        ({"val_size": 0.6, "test_size": 0.4}, "together they must be less than 1"),
        ({"val_size": "all"}, "leaves nothing to train on"),
    ],
)
def test_impossible_settings(settings: dict[str, Any], said: str) -> None:
    """Settings that no file can fit are refused before one is read."""
    with pytest.raises(ValidationError, match=said):
        CSV(**{"path": "data.csv", **settings})


def test_path_is_required() -> None:
    """A table without a path is no setting; what it holds is unknown before it is read."""
    with pytest.raises(ValidationError, match="path"):
        CSV()  # type: ignore[call-arg]  # what is tried here
    assert CSV(path="~/data.csv").facts is None
    assert CSV(path="~/data.csv").source == Path.home() / "data.csv"
