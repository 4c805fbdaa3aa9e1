import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.drawing.bars import bars
from tuitrain.drawing.look import Look

from .pictures import HOSTILE, LOOKS, SIZES, check, rows


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """One, ten and a hundred classes fill exactly their cells at every size in every terminal."""
    for count in (1, 10, 100):
        names = [HOSTILE, "日本語", *(f"class {number}" for number in range(count))]
        check(bars(np.arange(count) / 7, names, width, height, look, true=count - 1), width, height, look)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.floats(), max_size=40),
    st.none() | st.integers(-2, 50),
    st.booleans(),
    st.integers(1, 90),
    st.integers(1, 12),
    st.sampled_from(LOOKS),
)
def test_any_values(  # noqa: PLR0917  hypothesis gives them all at once
    values: list[float], true: int | None, largest: bool, width: int, height: int, look: Look
) -> None:
    """NaN, infinity, negative and huge values are drawn or left without a bar, never an error."""
    check(bars(values, ["a"], width, height, look, true=true, largest=largest), width, height, look)


def test_a_known_picture_in_ascii() -> None:
    """Names stand before their bars, values at the right, the true class behind a sign; zero has no bar."""
    picture = bars([0.5, 1, 0], ["cat", "dog", "a"], 24, 3, Look(ascii=True), true=1, high=1)
    assert rows(picture) == [
        "  cat #######        0.5",
        "> dog ##############   1",
        "    a                  0",
    ]


def test_bars_are_in_proportion_to_an_eighth_of_a_cell() -> None:
    """Half of a bar of eleven cells is five and a half, a quarter two and six eighths."""
    picture = rows(bars([0.5, 0.25], ["a", "b"], 20, 2, Look(), high=1))
    assert [row[4:-4].strip() for row in picture] == ["█████▌", "██▊"]


def test_the_true_class_reads_without_colour() -> None:
    """A sign stands before its name and before no other."""
    picture = rows(bars([1, 2, 3], ["a", "b", "c"], 30, 3, Look(colour=False), true=2))
    assert [row[0] for row in picture] == [" ", " ", "▸"]


def test_the_largest_come_first_and_the_true_one_is_never_cut_off() -> None:
    """Of a hundred probabilities the largest are shown, the true class in the last place, the rest counted."""
    values = np.arange(100.0)
    values[50] = np.nan
    picture = rows(bars(values, [f"c{i}" for i in range(100)], 30, 6, Look(), true=3, largest=True))
    assert [row.split()[0] for row in picture[:4]] == ["c99", "c98", "c97", "c96"]
    assert picture[4].split()[:2] == ["▸", "c3"]
    assert picture[5].strip() == "… 95 more"


def test_many_bars_stand_in_columns() -> None:
    """A hundred classes on a wide screen are all there, first down, then across."""
    text = rows(bars(np.ones(100), [f"c{i}" for i in range(100)], 200, 20, Look()))
    assert all(f" c{i} " in "".join(text) for i in range(100))
    assert text[0].split()[0] == "c0"
    assert text[1].split()[0] == "c1"


def test_long_names_are_shortened() -> None:
    """A name leaves room for its bar and its value."""
    (row,) = rows(bars([1], ["a very long name of a class"], 30, 1, Look()))
    assert "…" in row
    assert "█" in row
    assert row.endswith("1")


def test_values_in_words_of_the_caller() -> None:
    """Probabilities can be written with equal decimals."""
    picture = rows(bars([0.5, 0.25], ["a", "b"], 30, 2, Look(), write="{:.3f}".format))
    assert [row.split()[-1] for row in picture] == ["0.500", "0.250"]


def test_nothing_and_no_room_are_said() -> None:
    """No values, or hardly any width, give words."""
    assert rows(bars([], [], 20, 3, Look()))[1].strip() == "nothing yet"
    assert rows(bars([1], ["a"], 7, 1, Look())) == ["no room"]
