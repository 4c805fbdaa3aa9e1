import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from tuitrain.drawing.look import Look
from tuitrain.drawing.matrix import layout, matrix
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


MANY = np.diag(np.arange(100) * 1234 + 7) + np.eye(100, k=3)
LEAVES = [f"maple_leaf_number_{index}" for index in range(100)]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes_of_parts(width: int, height: int, look: Look) -> None:
    """Any part of a hundred classes, of one and of two, plain, in percent or as a difference, fills its cells."""
    for counts, at in ((MANY, (50, 3)), (np.eye(2), (9, 9)), (np.zeros((1, 1)), (0, 0))):
        check(matrix(counts, [HOSTILE, *LEAVES], width, height, look, at=at, shares=True), width, height, look)
        check(matrix(counts, LEAVES, width, height, look, at=at, reference=counts[::-1]), width, height, look)


@pytest.mark.parametrize(("width", "height"), [(40, 6), (78, 10), (118, 38), (298, 58)])
def test_every_class_can_be_reached_and_read(width: int, height: int) -> None:
    """Going on by what is seen, the count of each class is read in full or shortened beside its own name."""
    names = [f"kind {index}" for index in range(100)]
    seen = set()
    start = 0
    while start < 100:
        places = layout(MANY, names, width, height, Look(), at=(start, start))
        picture = rows(matrix(MANY, names, width, height, Look(), at=(start, start)))[places.top :]
        shown = [index for index in places.rows if index in places.columns]
        for index in shown:
            row = picture[(index - places.rows.start) * places.tall + places.tall // 2]
            column = places.left + (index - places.columns.start) * places.wide
            assert row[: places.left].strip() in (names[index], f"{names[index][:3]}…{index}", f"k…{index}")
            assert row[column : column + places.wide].strip() in {
                str(index * 1234 + 7),
                f"{(index * 1234 + 7) / 1e3:.0f}k",
            }
            seen.add(index)
        start += min(len(places.rows), len(places.columns))
    assert seen == set(range(100))


def test_names_that_begin_alike_stay_apart() -> None:
    """Above the columns and beside the rows no two classes have one name, however narrow it is."""
    for width in (40, 60, 80, 200):
        places = layout(MANY, LEAVES, width, 20, Look(), at=(0, 0))
        picture = rows(matrix(MANY, LEAVES, width, 20, Look(), at=(0, 0)))
        headings = [
            picture[places.top - 1][places.left + at * places.wide :][: places.wide].strip()
            for at in range(len(places.columns))
        ]
        beside = [row[: places.left].strip() for row in picture[places.top :]]
        assert len(set(headings)) == len(headings)
        assert len(set(beside)) == len(beside)
        assert all(headings)
        assert all(beside)


def test_shares() -> None:
    """Each row adds up to a hundred percent; what is less than a half is not nothing, a row without samples is."""
    picture = rows(matrix([[999, 1], [0, 0]], ["a", "b"], 20, 4, Look(), shares=True, at=(0, 0)))
    assert picture[2].split() == ["a", "99.9", "0.1"]
    assert picture[3].split() == ["b", "·", "·"]
    narrow = rows(matrix([[140, 1, 259]], ["a", "b", "c"], 11, 3, Look(), shares=True))
    assert narrow[2].split() == ["a", "35", "<1", "65"]


def test_large_counts_are_shortened() -> None:
    """Six digits become thousands, more become millions, as far as they have to."""
    picture = rows(matrix([[123456, 1234567], [5, 99999999]], ["a", "b"], 12, 4, Look(), at=(0, 0)))
    assert picture[2].split() == ["a", "123k", "1.2M"]
    assert picture[3].split() == ["b", "5", "100M"]


@pytest.mark.parametrize("look", LOOKS)
def test_differences_have_signs(look: Look) -> None:
    """What was added has a plus, what went a minus, the rest a dot; colours, where there are, differ as well."""
    now, best = [[12, 0], [3, 9]], [[10, 2], [3, 9]]
    lines = matrix(now, ["cat", "dog"], 24, 4, look, reference=best, at=(0, 0))
    picture = [row.replace("[", " ").replace("]", " ").split() for row in rows(lines)]
    dot = "." if look.ascii else "·"
    assert picture[2:] == [["cat", "+2", "-2"], ["dog", dot, dot]]
    if look.colour:
        styles = [segment.style for segment in lines[2] if segment.text.strip() in {"+2", "[+2]", "-2"}]
        assert len({(style.color, style.bgcolor) for style in styles if style}) == 2


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("depth", [8, 24])
def test_differences_read_on_their_shades(dark: bool, depth: int) -> None:
    """Every difference has a contrast of at least 4.5 to 1 (WCAG 2.1)."""
    counts = np.arange(64).reshape(8, 8) ** 2
    for line in matrix(counts, list("abcdefgh"), 80, 10, Look(dark=dark, depth=depth), reference=counts.T, at=(0, 0))[
        2:
    ]:
        for segment in line:
            style = segment.style
            if style and style.bgcolor and style.color and segment.text.strip(" ·"):
                pair = [brightness(int(c.get_truecolor().hex[1:], 16)) for c in (style.color, style.bgcolor)]
                assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5


def test_arrows_point_to_what_is_out_of_sight() -> None:
    """At the beginning to the right and down, in the middle everywhere, at the end to the left and up."""
    names = [str(index) for index in range(100)]
    seen = []
    for at in ((0, 0), (40, 40), (99, 99)):
        picture = "".join(rows(matrix(MANY, names, 60, 12, Look(), at=at)))
        seen.append("".join(arrow for arrow in "←→↑↓" if arrow in picture))
    assert seen == ["→↓", "←→↑↓", "←↑"]
    assert not set("←→↑") & set("".join(rows(matrix(np.eye(2), names, 60, 12, Look(), at=(0, 0)))[1:]))
