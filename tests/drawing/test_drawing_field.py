import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from tuitrain.drawing import palette
from tuitrain.drawing.field import field
from tuitrain.drawing.look import Look

from .pictures import LOOKS, SIZES, check, rows

SQUARE = (0.0, 1.0, 0.0, 1.0)
SLOPE = np.linspace(0, 9, 10)[:, None].repeat(10, axis=1)
"""Values that rise from the lowest row, which is the first, to the highest."""
POINTS, TARGETS = [[0.05, 0.05], [0.95, 0.95]], [9.0, 0.0]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """A field fills exactly its cells at every size in every terminal."""
    check(field(SLOPE, SQUARE, POINTS, TARGETS, width, height, look), width, height, look)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(0, 5))),
    st.lists(st.floats(), max_size=4),
    st.none() | st.floats(),
    st.sampled_from(LOOKS),
)
def test_any_values(values: np.ndarray, targets: list[float], low: float | None, look: Look) -> None:
    """NaN, infinity, huge values, one value and none are drawn or left out, never an error."""
    points = np.full((len(targets), 2), 0.5)
    check(field(values, SQUARE, points, targets, 20, 6, look, low=low), 20, 6, look)


def test_a_known_picture_in_ascii() -> None:
    """Higher values have more ink, row 0 at the bottom; a point is the digit of its tenth; the scale is below."""
    assert rows(field(SLOPE, SQUARE, POINTS, TARGETS, 18, 6, Look(ascii=True))) == [
        "@" * 17 + "0",
        "#" * 18,
        "+" * 18,
        "-" * 18,
        "9" + "." * 17,
        "0  ..:--=+**#%%@ 9",
    ]


def test_points_have_the_colour_of_their_target_on_a_ground_of_their_own() -> None:
    """Dark and light points both stand out, also where the model is exactly right."""
    lines = field(SLOPE, SQUARE, POINTS, TARGETS, 20, 6, Look())
    points = [s for line in lines for s in line if "●" in s.text]
    low, high = (f"#{int(colour):06x}" for colour in palette.sequential([0, 1]))
    found = [s.style.color.get_truecolor().hex for s in points if s.style and s.style.color]
    assert found == [low, high]
    for segment in points:
        assert segment.style is not None
        pair = [int(c.get_truecolor().hex[1:], 16) for c in (segment.style.color, segment.style.bgcolor) if c]
        bright, dull = sorted((palette.brightness(colour) for colour in pair), reverse=True)
        assert (bright + 0.05) / (dull + 0.05) >= 3


def test_map_and_points_share_one_scale() -> None:
    """The scale is that of the targets, or the one given, and its ends are written."""
    assert rows(field(SLOPE, SQUARE, POINTS, [2.5, 7.5], 40, 6, Look()))[-1].split() == ["2.5", "7.5"]
    assert rows(field(SLOPE, SQUARE, POINTS, TARGETS, 40, 6, Look(), low=-1, high=20))[-1].split() == ["-1", "20"]
    assert rows(field(SLOPE, SQUARE, [], [], 40, 6, Look()))[-1].split() == ["0", "9"]


def test_points_outside_are_left_out() -> None:
    """A point off the plane is not drawn at its edge."""
    points = [[2, 0.5], [np.nan, 0.5], [0.5, -0.1]]
    assert "●" not in "".join(rows(field(SLOPE, SQUARE, points, [1, 2, 3], 20, 6, Look())))


def test_no_values_are_said() -> None:
    """Before the first snapshot there is nothing to show."""
    assert rows(field(np.empty((0, 0)), SQUARE, [], [], 20, 3, Look()))[1].strip() == "nothing yet"
