import numpy as np
import pytest
from rich.color import Color, ColorSystem

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.look import Look
from tuitrain.drawing.pixels import extent, halves, paint, resample

from .pictures import rows


def test_resampling() -> None:
    """Growing repeats pixels, shrinking takes the mean of the area, shared pixels by their share."""
    small = np.array([[0.0, 2.0], [4.0, 6.0]])
    assert resample(small, 4, 4).tolist() == small.repeat(2, 0).repeat(2, 1).tolist()
    assert resample(small, 1, 1).tolist() == [[3.0]]
    assert np.allclose(resample(np.arange(5.0)[None], 1, 2), [[0.8, 3.2]])


@pytest.mark.parametrize(("rows_", "columns"), [(1, 1), (7, 7), (9, 11), (14, 14), (27, 20)])
def test_shrinking_keeps_the_mean(rows_: int, columns: int) -> None:
    """No pixel counts more than another, at any scale."""
    image = np.random.default_rng(0).random((28, 28))
    assert np.isclose(resample(image, rows_, columns).mean(), image.mean())


def test_unknown_pixels_are_left_out_of_the_mean() -> None:
    """Half an area of NaN has the mean of the other half; a whole one stays unknown."""
    found = resample(np.array([[np.nan, 2.0, np.nan, np.nan]]), 1, 2)
    assert found[0, 0] == 2
    assert np.isnan(found[0, 1])


def test_an_odd_last_row_has_the_terminal_below_it() -> None:
    """Half a cell stays without a colour."""
    chars, foregrounds, backgrounds = halves(np.array([[5], [5], [5]], dtype=np.int32))
    assert chars.tolist() == [[" "], ["▀"]]
    assert (foregrounds[1, 0], backgrounds[1, 0]) == (5, -1)


def test_the_scale_of_bytes_is_fixed() -> None:
    """A dark photograph stays dark; other numbers fill the scale."""
    assert extent(np.array([[3, 90]], dtype=np.uint8), "grey") == (0, 255)
    assert extent(np.array([[3.0, 90.0, np.nan]]), "grey") == (3, 90)


def downgraded(packed: int) -> Color:
    """Give the one of 256 colours that a terminal with no more of them gets."""
    colour = Color.from_rgb(packed >> 16 & 255, packed >> 8 & 255, packed & 255)
    return colour.downgrade(ColorSystem.EIGHT_BIT)


def test_colours_are_among_the_256() -> None:
    """With 256 colours pictures have no hue that the terminal would have to replace, and no two are the same."""
    pixels = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8)
    chosen = set(palette.rgb(pixels, 8).tolist())
    assert len({downgraded(colour).number for colour in chosen}) == len(chosen)
    hues = [colour for colour in chosen if len({colour >> 16, colour >> 8 & 255, colour & 255}) > 1]
    assert all(downgraded(hue).get_truecolor().hex == f"#{hue:06x}" for hue in hues)


def test_every_grey_of_the_256_is_used() -> None:
    """Black, white and the 24 between them."""
    found = palette.greys(np.linspace(0, 1, 500)).tolist()
    assert len({downgraded(grey).number for grey in found}) == 26


def test_near_colours_are_chosen() -> None:
    """Pure hues stay what they are, and a grey that the cube lacks comes from the ramp of greys."""
    found = palette.rgb(np.array([[255, 0, 0], [0, 0, 255], [128, 128, 128]], dtype=np.uint8), 8)
    assert [f"{colour:06x}" for colour in found.tolist()] == ["ff0000", "0000ff", "858585"]


def test_a_photograph_in_characters_is_as_bright_on_paper() -> None:
    """White is the fullest character on black and the emptiest on white; its hue is the colour of it."""
    picture = np.zeros((2, 2, 3))
    picture[:, 0] = [255, 250, 255]
    for dark, text in ((True, "@ "), (False, " @")):
        canvas = Canvas(2, 1, Look(ascii=True, dark=dark))
        paint(canvas, picture, (0, 0, 2, 1), "grey", (0, 255))
        assert rows(canvas.lines()) == [text]
