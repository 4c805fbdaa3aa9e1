import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from tuitrain.drawing import palette
from tuitrain.drawing.heatmap import image, images
from tuitrain.drawing.look import Look
from tuitrain.drawing.pixels import Palette

from .pictures import HOSTILE, LOOKS, SIZES, check, rows

PALETTES: list[Palette] = ["sequential", "diverging", "grey"]
RAMP = np.linspace(0, 1, 784).reshape(28, 28)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """Images and stacks fill exactly their cells at every size in every terminal."""
    for kind in PALETTES:
        check(image(RAMP, width, height, look, palette=kind), width, height, look)
        check(
            images(np.stack([RAMP] * 10), [HOSTILE] * 9, width, height, look, palette=kind),
            width,
            height,
            look,
        )


@settings(max_examples=80, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(0, 9), st.integers(0, 9))),
    st.sampled_from(PALETTES),
    st.sampled_from(LOOKS),
)
def test_any_values(values: np.ndarray, kind: Palette, look: Look) -> None:
    """NaN, infinity, the largest floats and empty arrays are drawn or left out, never an error."""
    check(image(values, 12, 5, look, palette=kind), 12, 5, look)


def test_two_pixels_share_a_cell() -> None:
    """The upper pixel is the foreground of a half block, the lower its background."""
    (line,) = image([[0.0], [1.0]], 1, 1, Look())
    low, high = (int(colour) for colour in palette.sequential([0, 1]))
    assert line[0].text == "▀"
    assert line[0].style is not None
    colours = [c.get_truecolor() for c in (line[0].style.color, line[0].style.bgcolor) if c]
    assert [red << 16 | green << 8 | blue for red, green, blue in colours] == [low, high]


def test_equal_pixels_are_one_space() -> None:
    """A flat area costs one segment a line."""
    lines = image(np.zeros((8, 8)), 8, 4, Look())
    assert rows(lines) == [" " * 8] * 4
    assert all(len(line) == 1 for line in lines)


def test_an_image_keeps_its_proportions_and_is_centred() -> None:
    """A square takes twice as many columns as rows of cells, in the middle."""
    lines = image(np.ones((8, 8)), 20, 4, Look())
    assert [[segment.cell_length for segment in line] for line in lines] == [[6, 8, 6]] * 4


def test_a_known_picture_in_characters() -> None:
    """Values rise through the ramp of characters from left to right."""
    assert rows(image(np.arange(10).reshape(1, 10).repeat(4, 0), 10, 2, Look(ascii=True))) == [palette.RAMP] * 2


def test_signs_differ_without_colour() -> None:
    """On a diverging scale minus and plus have characters of their own."""
    (row,) = rows(image([[-1.0, 0.0, 1.0]], 3, 1, Look(ascii=True), palette="diverging"))
    assert row == f"{palette.BELOW[-1]} {palette.ABOVE[-1]}"


def test_outliers_do_not_darken_a_diverging_image() -> None:
    """One weight a hundred times the rest leaves the rest visible."""
    weights = np.ones((20, 20))
    weights[0, 0] = 100
    text = "".join(rows(image(weights, 20, 10, Look(ascii=True), palette="diverging")))
    assert text.count(palette.ABOVE[-1]) > 190


def test_infinity_is_the_end_of_the_scale() -> None:
    """An infinite pixel is drawn as the largest and does not darken the others; NaN stays empty."""
    assert rows(image([[0.0, 1.0, np.inf, np.nan]], 4, 1, Look(ascii=True))) == [" @@ "]


def test_colour_images() -> None:
    """Bytes in three channels keep their hue; in ASCII their brightness is drawn."""
    red = np.zeros((2, 2, 3), dtype=np.uint8)
    red[..., 0] = 255
    (segment,) = image(red, 2, 1, Look())[0]
    assert segment.style is not None
    assert segment.style.bgcolor is not None
    assert segment.style.bgcolor.get_truecolor().hex == "#ff0000"
    check(images(red[None], ["a"], 9, 4, Look(ascii=True)), 9, 4, Look(ascii=True))


def test_images_that_do_not_fit_are_counted() -> None:
    """Forty images in a small place: some are shown, the rest is a number."""
    picture = rows(images(np.stack([RAMP] * 40), [str(i) for i in range(40)], 40, 10, Look()))
    assert picture[-1].strip().startswith("… ")
    assert picture[-1].strip().endswith(" more")
    assert "0" in picture[0]


def test_small_filters_are_enlarged_by_whole_factors() -> None:
    """Sixteen filters of 3 by 3 are each at least 6 cells wide, every weight as wide as the others."""
    weights = np.arange(9.0).reshape(3, 3)
    row = images(np.stack([weights] * 16), ["a"] * 16, 80, 12, Look())[1]
    widths = {segment.cell_length for segment in row if segment.style and segment.style.bgcolor}
    assert len(widths) == 1
    assert widths.pop() >= 2


def test_colour_filters_go_from_their_least_to_their_largest_weight() -> None:
    """The first channel of a filter is its red; a weight of the least size is black, of the largest full."""
    filters = np.full((2, 3, 3, 3), -0.5)
    filters[0, 0] = 0.25
    row = images(filters, ["red", "none"], 20, 5, Look())[2]
    assert {s.style.bgcolor.get_truecolor().hex for s in row if s.style and s.style.bgcolor} == {"#ff0000", "#000000"}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes_of_colour_filters(width: int, height: int, look: Look) -> None:
    """A first convolution is drawn within its cells at every size, also with weights that are not finite."""
    filters = np.random.default_rng(0).normal(size=(64, 3, 5, 5))
    filters[0, 0, 0] = [np.nan, np.inf, -np.inf, 1e308, 0]
    check(images(filters, ["unit"] * 64, width, height, look), width, height, look)


def test_no_room_and_no_images_are_said() -> None:
    """An empty stack, or one line of height, gives words."""
    assert "nothing yet" in rows(images(np.empty((0, 3, 3)), [], 20, 3, Look()))[1]
    assert "no room" in rows(images(np.ones((2, 3, 3)), [], 20, 1, Look()))[0]
