import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from tuitrain.drawing.look import Look
from tuitrain.drawing.matrix import matrix
from tuitrain.drawing.palette import brightness

from .pictures import HOSTILE, LOOKS, SIZES, check, rows


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """Two, ten and forty classes fill exactly their cells at every size in every terminal."""
    for classes in (2, 10, 40):
        names = [HOSTILE, "日本語", *map(str, range(classes))]
        check(matrix(np.eye(classes) * 12345, names, width, height, look), width, height, look)


@settings(max_examples=80, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(0, 6))),
    st.integers(1, 40),
    st.integers(1, 12),
    st.sampled_from(LOOKS),
)
def test_any_counts(counts: np.ndarray, width: int, height: int, look: Look) -> None:
    """Whatever the numbers and the shape, square or not, it is drawn."""
    check(matrix(counts, [], width, height, look), width, height, look)


def test_a_known_picture_without_colour() -> None:
    """Rows are true, columns predicted, the diagonal in brackets, zeros are dots."""
    assert [row.rstrip() for row in rows(matrix([[12, 0], [3, 9]], ["cat", "dog"], 24, 4, Look(ascii=True)))] == [
        "    true v  predicted >",
        "       cat      dog",
        "cat   [12]       .",
        "dog     3       [9]",
    ]


def test_counts_read_on_their_shades() -> None:
    """Every printed count has a contrast of at least 4.5 to 1 (WCAG 2.1) in both themes."""
    counts = np.outer(np.arange(1, 9), np.arange(1, 9)) ** 2
    for dark in (True, False):
        for line in matrix(counts, list("abcdefgh"), 80, 10, Look(dark=dark))[2:]:
            for segment in line:
                style = segment.style
                if style and style.bgcolor and style.color and segment.text.strip():
                    pair = [brightness(int(c.get_truecolor().hex[1:], 16)) for c in (style.color, style.bgcolor)]
                    assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5


def test_the_diagonal_differs_from_mistakes() -> None:
    """A hit and a mistake of the same share have different hues."""
    row = matrix([[5, 5], [0, 5]], ["a", "b"], 20, 4, Look())[2]
    backgrounds = [s.style.bgcolor for s in row if s.style and s.style.bgcolor]
    assert len(set(backgrounds)) == 2


def test_classes_that_do_not_fit_are_counted() -> None:
    """Forty classes in ten lines: as many as fit and the number of the others."""
    picture = rows(matrix(np.eye(40), [str(i) for i in range(40)], 60, 10, Look()))
    assert picture[-1].strip() == "… 32 more"


def test_narrow_cells_shade_instead_of_printing() -> None:
    """Where a count does not fit its share is a character, and no bracket stands alone."""
    text = "".join(rows(matrix(np.eye(10) * 1234, list("0123456789"), 24, 14, Look(ascii=True))))
    assert "@@" in text
    assert "[" not in text
