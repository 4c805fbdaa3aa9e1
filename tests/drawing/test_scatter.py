import time

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from tuitrain.drawing import palette
from tuitrain.drawing.look import Look
from tuitrain.drawing.scatter import scatter

from .pictures import HOSTILE, LOOKS, SIZES, check, rows

RANDOM = np.random.default_rng(0)
DIGITS = [str(digit) for digit in range(10)]
ANIMALS = ["cat", "dog", "horse"]


def clouds(count: int, each: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Scatter points around places on a circle, one for each class."""
    turns = np.arange(count) * 2 * np.pi / count
    kinds = np.arange(count).repeat(each)
    return np.stack([np.cos(turns), np.sin(turns)], 1)[kinds] + RANDOM.normal(0, 0.05, (len(kinds), 2)), kinds


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """Two, ten and a hundred classes fill exactly their cells at every size in every terminal."""
    for count in (2, 10, 100):
        names = [HOSTILE, "日本語", *(f"class {number}" for number in range(2, count))]
        check(scatter(*clouds(count, 5), names, width, height, look), width, height, look)
    check(scatter(*clouds(10), DIGITS, width, height, look), width, height, look)


@settings(max_examples=80, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2))),
    st.lists(st.integers(-2, 70), max_size=12),
    st.integers(1, 70),
    st.integers(1, 20),
    st.sampled_from(LOOKS),
)
def test_any_points(points: np.ndarray, kinds: list[int], width: int, height: int, look: Look) -> None:
    """NaN, infinity, huge values, one point, equal points and unknown classes are drawn, left out or said."""
    check(scatter(points, kinds, ["a", "日", ""], width, height, look), width, height, look)


@pytest.mark.parametrize("look", [Look(), Look(ascii=True), Look(colour=False)])
def test_every_class_is_named_at_its_middle(look: Look) -> None:
    """Ten clouds of digits: each digit stands, set off, where its cloud is."""
    points, kinds = clouds(10)
    picture = rows(scatter(points, kinds, DIGITS, 80, 24, look))
    for digit in range(10):
        sign = f" {digit} " if look == Look() else f"[{digit}]"
        row = next(index for index, text in enumerate(picture) if sign in text)
        x, y = picture[row].index(sign) + 1.5, row + 0.5
        middle = np.median(points[kinds == digit], axis=0)
        low, high = points.min(axis=0), points.max(axis=0)
        across, up = (middle - low) / (high - low)
        assert abs(x - across * 80) <= 2
        assert abs(y - (1 - up) * 24) <= 1


def test_dots_have_the_colour_of_their_class() -> None:
    """Braille dots, each cell in the colour of the class with most points in it."""
    points = np.array([[0, 0], [0, 0], [0, 0], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [1, 1], [1, 1], [1, 1]])
    lines = scatter(points, [0, 0, 0, 1, 1, 1, 1, 1, 0], ANIMALS, 40, 8, Look())
    top = next(s for s in lines[0] if any(ord(c) > 0x2800 for c in s.text))
    assert top.style is not None
    assert top.style.color is not None
    assert top.style.color.get_truecolor().hex == palette.CLASSES[1]


def test_letters_stand_for_dots_without_colour() -> None:
    """Each cell has the letter of its most frequent class, and unknown points are full stops."""
    points = np.array([[0, 0], [0, 0.2], [1, 1], [1, 0.8], [0, 0], [0.5, 0.5]])
    picture = rows(scatter(points, [0, 0, 1, 1, 0, -1], ["cat", "dog"], 40, 12, Look(ascii=True)))
    assert "A" in picture[8]
    assert "B" in picture[0]
    assert "." in "".join(picture)


def test_the_legend_tells_names_as_there_is_room() -> None:
    """On the right of a wide drawing, below a narrow one, and nowhere in a tiny one; short names need none."""
    points, kinds = clouds(3)
    wide = rows(scatter(points, kinds, ANIMALS, 80, 12, Look()))
    assert [row[-7:].rstrip() for row in wide[:3]] == ["A cat", "B dog", "C horse"]
    assert rows(scatter(points, kinds, ANIMALS, 40, 12, Look()))[-1].split() == ["A", "cat", "B", "dog", "C", "horse"]
    assert "cat" not in "".join(rows(scatter(points, kinds, ANIMALS, 12, 4, Look())))
    assert "A" not in "".join(rows(scatter(points, kinds, DIGITS, 80, 12, Look())))


def test_a_hundred_classes_are_numbers() -> None:
    """More classes than letters have their numbers at their middles."""
    text = "".join(rows(scatter(*clouds(100, 3), [f"class {i}" for i in range(100)], 200, 60, Look())))
    assert all(f" {number} " in text for number in range(100))


def test_signs_do_not_cover_each_other() -> None:
    """Classes with one middle stand side by side."""
    text = "".join(rows(scatter(np.zeros((10, 2)), np.arange(10), DIGITS, 40, 8, Look())))
    assert all(f" {digit} " in text for digit in range(10))


def test_nothing_and_no_room_are_said() -> None:
    """No point that has a place, or hardly any cells, give words; the first are the caller's."""
    assert rows(scatter([[np.nan, 1]], [0], ["a"], 20, 3, Look(), empty="no embedding"))[1].strip() == "no embedding"
    assert rows(scatter([[0, 1]], [0], ["a"], 7, 1, Look())) == ["no room"]


def test_many_points_are_quick() -> None:
    """Ten thousand points cost milliseconds; the bound is for busy machines."""
    points, kinds = clouds(10, 1000)
    start = time.process_time()
    scatter(points, kinds, DIGITS, 120, 40, Look())
    assert time.process_time() - start < 0.2
