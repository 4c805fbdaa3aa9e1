"""What is found out about data and models before anything is trained."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuitrain.models import MLP
from tuitrain.runs.survey import Survey, survey

LINEAR = [{"kind": "linear"}]


def asked(folder: Path, dataset: dict[str, Any], models: list[dict[str, Any]] | None = None) -> Survey:
    """Return what is found, as it arrives on the other side of a pipe."""
    found = survey({"dataset": dataset, "models": models or LINEAR}, folder)
    sent = json.dumps(found.record())
    there = Survey.of(json.loads(sent))
    assert json.dumps(there.record()) == sent
    return there


def table(folder: Path, text: str) -> dict[str, Any]:
    """Return the settings for a table with this text."""
    path = folder / "table.csv"
    path.write_text(text)
    return {"kind": "csv", "path": str(path)}


ROWS = "width,colour,kind\n" + "".join(f"{n / 7:.2f},{'red' if n % 3 else 'blue'},{'ab'[n % 2]}\n" for n in range(40))


def test_a_table(tmp_path: Path) -> None:
    """Of a table come the facts, the first rows, the classes, what was guessed, and the sizes of the models."""
    found = asked(tmp_path, table(tmp_path, ROWS), [{"kind": "mlp", "hidden": [4]}])
    assert found.facts is not None
    assert (found.facts.shape, found.facts.labels, found.facts.sizes) == ((3,), ("a", "b"), (32, 8, 0))
    assert found.rows[:2] == (("width", "colour", "kind"), ("0.00", "blue", "a"))
    assert sum(count for _, count in found.balance) == 32
    assert any("colour" in note for note in found.notes)
    expected = MLP(hidden=[4]).parameters((3,), 2)
    assert found.models[0].table is not None
    assert [tuple(shape) for _, shape in found.models[0].table] == [parameter.shape for parameter in expected]
    assert not found.problems


def test_rows_of_a_table_that_cannot_be_learned_from(tmp_path: Path) -> None:
    """The rows are shown also where a column is in the way: so it can be seen which."""
    found = asked(tmp_path, table(tmp_path, "a,b\n1,x\n2,x\n3,x\n"))
    assert found.facts is None
    assert found.problems[0].key == "dataset"
    assert found.rows[0] == ("a", "b")


@pytest.mark.parametrize(("text", "said"), [(None, "no such file"), ("a,b\n1,2\n3\n", "line 3")])
def test_what_is_no_table(tmp_path: Path, text: str | None, said: str) -> None:
    """A file that is not there, or damaged, is a problem of the dataset and nothing is raised."""
    dataset = {"kind": "csv", "path": str(tmp_path / "none.csv")} if text is None else table(tmp_path, text)
    found = asked(tmp_path, dataset)
    assert (found.facts, found.rows) == (None, ())
    assert said in found.problems[0].sentence


def test_misfits_of_surveyed_data(tmp_path: Path) -> None:
    """What does not go with the data that were read is told under its key, and the data are described all the same."""
    found = asked(tmp_path, table(tmp_path, ROWS), [*LINEAR, {"kind": "cnn"}])
    assert [problem.key for problem in found.problems] == ["models.1"]
    assert found.facts is not None


def test_points_of_a_plane(tmp_path: Path) -> None:
    """Data in a plane come with points and classes, a curve with input and target."""
    moons = asked(tmp_path, {"kind": "moons", "points": 1000})
    assert len(moons.points) == 400
    assert {label for _, _, label in moons.points} == {0, 1}
    assert {label for _, _, label in asked(tmp_path, {"kind": "curve"}).points} == {-1}
    assert asked(tmp_path, {"kind": "iris"}).points == ()


def test_images_of_an_archive(tmp_path: Path) -> None:
    """A dozen images come as bytes, with the names of their classes."""
    path = tmp_path / "images.npz"
    np.savez(path, x=np.random.default_rng(0).random((50, 6, 8)), y=np.arange(50) % 3)
    found = asked(tmp_path, {"kind": "npz", "path": str(path)})
    assert found.images is not None
    assert (found.images.shape, str(found.images.dtype), len(found.captions)) == ((12, 1, 6, 8), "uint8", 12)
    assert set(found.captions) <= {"0", "1", "2"}
