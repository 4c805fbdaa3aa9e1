"""Plates: what is drawn of a run for a terminal without a screen, and for files."""

from pathlib import Path

import numpy as np
import pytest
from rich.segment import Segment

from tuitrain import plates
from tuitrain.drawing.look import Look
from tuitrain.paper.cells import plain
from tuitrain.runs import pictures, store
from tuitrain.runs.watch import look

RECORDED = Path(__file__).parents[1] / "recorded"
PLAIN = Look(ascii=True, colour=False)
MANY = {"confusion": np.diag(np.full(100, 20)).astype(np.int32)}
NAMES = [f"class {number}" for number in range(100)]


@pytest.mark.parametrize("name", ["digits", "plane", "numbers", "fitted"])
def test_everything_that_can_be_drawn_is_saved(tmp_path: Path, name: str) -> None:
    """All plates of a run go below one another into one file of each format."""
    watch = look(store.listed(RECORDED / name)[0])
    arrays = pictures.read(watch.run, watch.history.snapshots[-1][1])
    drawn = [
        *plates.curves(watch.history, 80, Look()),
        *plates.pictures(arrays, watch.history.labels, 80, Look(), whole=True),
    ]
    assert {"digits": "mistakes", "plane": "surface", "numbers": "fit", "fitted": "surface"}[name] in {
        plate.name for plate in drawn
    }
    for suffix in (".svg", ".png", ".txt"):
        plates.save(drawn, tmp_path / f"x{suffix}", dark=True)
        assert (tmp_path / f"x{suffix}").stat().st_size > 1000
    text = (tmp_path / "x.txt").read_text()
    assert all(plate.title in text for plate in drawn)


def test_a_hundred_classes_are_whole_where_there_is_room() -> None:
    """In a terminal all rows are drawn; asked for whole, all columns too, each wide enough for its count."""
    (narrow,) = plates.pictures(MANY, NAMES, 100, PLAIN)
    assert {Segment.get_line_length(line) for line in narrow.lines} == {100}
    assert "class 99" in plain(narrow.lines)
    (whole,) = plates.pictures(MANY, NAMES, 100, PLAIN, whole=True)
    rows = plain(whole.lines).split("\n")
    assert "more" not in plain(whole.lines)
    assert sum("[20]" in row for row in rows) == 100
    few = {"confusion": np.eye(3, dtype=np.int32)}
    (small,) = plates.pictures(few, NAMES, 100, PLAIN, whole=True)
    assert {Segment.get_line_length(line) for line in small.lines} == {100}


def test_a_slice_through_many_dimensions_says_so() -> None:
    """The title of a surface over principal components tells how much of the variance it shows."""
    watch = look(store.listed(RECORDED / "plane")[0])
    arrays = pictures.read(watch.run, watch.history.snapshots[-1][1])
    titles = [
        plate.title
        for given in (arrays, arrays | {"plane": np.array([0.61, 0.2])})
        for plate in plates.pictures(given, watch.history.labels, 80, PLAIN)
        if plate.name == "surface"
    ]
    assert titles[1] == f"{titles[0]}, on the plane of the first two principal components (61% and 20% of the variance)"
