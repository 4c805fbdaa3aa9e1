import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.drawing.fit import fit
from tuitrain.drawing.look import Look

from .pictures import LOOKS, SIZES, check, rows

X = np.linspace(-3, 3, 40)
Y = np.sin(X)
GRID = np.linspace(-4, 4, 200)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """Points and curve fill exactly their cells at every size in every terminal."""
    lines = fit(X, Y, GRID, np.sin(GRID), width, height, look, held_out=(X + 0.1, Y))
    check(lines, width, height, look)


NUMBERS = st.lists(st.floats(), max_size=12)


@settings(max_examples=80, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS, st.integers(1, 50), st.integers(1, 14), st.sampled_from(LOOKS))
def test_any_numbers(  # noqa: PLR0917  hypothesis gives them all at once
    x: list[float], y: list[float], prediction: list[float], width: int, height: int, look: Look
) -> None:
    """NaN, infinity, huge values, one point and none are drawn, left out or said."""
    grid = np.arange(float(len(prediction)))
    check(fit(x, y, grid, prediction, width, height, look, held_out=(y, x)), width, height, look)


@pytest.mark.parametrize("look", [Look(), Look(ascii=True), Look(colour=False)])
def test_points_and_curve_have_signs_of_their_own(look: Look) -> None:
    """Data, held-out data and the model differ without colour, and the first line says which is which."""
    picture = rows(fit(X, Y, GRID, GRID * 0.1, 60, 14, look, held_out=(X, Y + 0.5)))
    key = picture[0].split("  ")
    signs = [part[0] for part in key[:3]]
    assert [part[2:].strip() for part in key[:3]] == ["data", "held out", "model"]
    assert len(set(signs)) == 3
    text = "".join(picture[1:])
    assert signs[0] in text
    assert signs[1] in text
    assert signs[2] in text or any(ord(c) > 0x2800 for c in text)


def test_a_perfect_fit_goes_through_the_points() -> None:
    """In ASCII the curve lies on the points: hardly one is seen beside it."""
    far = "".join(rows(fit(X, Y, GRID, np.sin(GRID) + 0.7, 60, 14, Look(ascii=True)))[1:])
    near = "".join(rows(fit(X, Y, GRID, np.sin(GRID), 60, 14, Look(ascii=True)))[1:])
    assert far.count("*") > 20
    assert near.count("*") < far.count("*") / 4


def test_a_curve_that_explodes_leaves_the_points_visible() -> None:
    """A polynomial of high degree beyond the data does not press the data into one line."""
    picture = rows(fit(X, Y, GRID, GRID**15, 60, 16, Look()))
    assert sum("●" in row for row in picture[1:]) >= 5


def test_no_data_is_said() -> None:
    """Neither points nor curve: the words of the caller."""
    assert "no data" in "".join(rows(fit([], [], [], [], 30, 9, Look(), empty="no data")))


def test_few_points_lie_over_the_curve() -> None:
    """Two points on the line that goes through them are both seen."""
    drawn = "".join(rows(fit([1.0, 2.0], [3.0, 5.0], [0.9, 2.1], [2.8, 5.2], 60, 14, Look(ascii=True)))[1:])
    assert drawn.count("o") == 2
