from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from tuitrain.drawing.cells import Lines
from tuitrain.drawing.gallery import Caption, gallery, grid
from tuitrain.drawing.look import Look

from .pictures import HOSTILE, LOOKS, SIZES, check, rows

RANDOM = np.random.default_rng(0)
DIGITS = RANDOM.integers(0, 256, (60, 28, 28)).astype(np.uint8)
PHOTOS = RANDOM.random((30, 3, 32, 32))
SEVEN = Caption("7")


def captions(count: int) -> list[Caption]:
    """Write right and wrong ones, some from outside."""
    return [Caption(HOSTILE if i % 5 == 0 else str(i), "dog" if i % 3 else "", f"{i / 7:.1f}") for i in range(count)]


def hexes(lines: Lines) -> set[str]:
    """Collect the colours of all cells."""
    styles = [segment.style for line in lines for segment in line if segment.style]
    return {c.get_truecolor().hex for style in styles for c in (style.color, style.bgcolor) if c}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """Digits, photographs and a single image fill exactly their cells at every size in every terminal."""
    for images in (DIGITS, PHOTOS, DIGITS[:1, :3, :3]):
        lines = gallery(images, captions(len(images)), width, height, look, selected=len(images) // 2)
        check(lines, width, height, look)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=8),
    st.floats(),
    st.none() | st.integers(-3, 12),
    st.integers(1, 60),
    st.integers(1, 20),
    st.sampled_from(LOOKS),
)
def test_any_images(  # noqa: PLR0917  hypothesis gives them all at once
    shapes: list[tuple[int, int, bool]], value: float, selected: int | None, width: int, height: int, look: Look
) -> None:
    """Images of any sizes and numbers, none of them, or fewer captions than images, are drawn or said."""
    images: list[NDArray[Any]] = [np.full((3, h, w) if colour else (1, h, w), value) for h, w, colour in shapes]
    images += [np.array([[0.0, value]])] if shapes else []
    check(gallery(images, captions(3), width, height, look, selected=selected), width, height, look)


@pytest.mark.parametrize(("width", "height", "least"), [(80, 12, 5), (120, 30, 5), (200, 60, 15), (30, 8, 2)])
def test_several_fit(width: int, height: int, least: int) -> None:
    """Digits and photographs are scaled down until several fit, but not beyond recognition."""
    for images in (DIGITS, PHOTOS):
        found = grid(images, width, height)
        assert found is not None
        assert found.shown >= least
        assert found.wide >= 8
        assert found.columns * (found.wide + 2) <= width
        assert found.rows * (found.tall + 1) <= height


def test_few_images_have_their_full_size() -> None:
    """Where there is room no pixel is lost, and a small image is enlarged."""
    digits, small = grid(DIGITS[:3], 120, 30), grid(np.zeros((4, 8, 8)), 80, 24)
    assert digits is not None
    assert small is not None
    assert (digits.wide, digits.tall) == (28, 14)
    assert (small.wide, small.tall) == (16, 8)


def test_a_wrong_caption_has_a_sign_and_a_colour() -> None:
    """True and predicted class, and the loss; where both agree one name is enough."""
    shown = [Caption("7", "1", "4.2"), Caption("3", "3", "0.1"), Caption("5")]
    text = rows(gallery(DIGITS[:3], shown, 100, 16, Look()))[14]
    assert [part.strip() for part in text.split("   ") if part.strip()] == ["✗ 7 → 1  4.2", "3  0.1", "5"]
    assert "x 7 -> 1  4.2" in rows(gallery(DIGITS[:3], shown, 100, 16, Look(ascii=True)))[14]
    assert "#e07a1a" in hexes(gallery(DIGITS[:1], shown[:1], 40, 16, Look()))
    assert "#e07a1a" not in hexes(gallery(DIGITS[:1], shown[1:], 40, 16, Look()))


def test_long_names_are_shortened_alike() -> None:
    """The note goes first, then both names give way; a short one leaves its room to the other."""
    shown = [Caption("automobile", "airplane", "4.2"), Caption("automobile", "cat", "4.2")]
    wide = rows(gallery(PHOTOS[:2, :, :24, :24], shown, 60, 13, Look()))[12]
    assert wide.split() == ["✗", "automobile", "→", "airplane", "✗", "automobile", "→", "cat", "4.2"]
    narrow = rows(gallery(PHOTOS, shown * 15, 80, 12, Look()))[7].split()
    assert narrow[:2] == ["✗autom…→airpl…", "✗automobi…→cat"]


def test_the_selected_image_is_on_the_page_in_a_frame() -> None:
    """Bars on both sides of it, readable without colour; the page turns with it; the others are counted."""
    found = grid(DIGITS, 80, 12)
    assert found is not None
    names = [Caption(f"n{i}") for i in range(60)]
    for look in (Look(), Look(colour=False), Look(ascii=True)):
        picture = rows(gallery(DIGITS, names, 80, 12, look, selected=59))
        line = next(row for row in picture if "n59" in row)
        before, after = line.split("n59")
        assert before.rstrip()[-1] in "▐|"
        assert after.lstrip()[0] in "▌|"
        assert picture[-1].strip().endswith(f"{60 - (60 % found.shown or found.shown)} more")
    assert "▐" not in "".join(rows(gallery(DIGITS, names, 80, 12, Look())))


def test_grey_images_are_grey_and_colour_images_keep_their_hue() -> None:
    """Bytes are as bright as they are; the first channel is red."""
    grey = gallery(np.full((1, 8, 8), 128, dtype=np.uint8), [SEVEN], 20, 10, Look())
    assert "#858585" in hexes(grey)
    red = np.zeros((1, 3, 8, 8), dtype=np.uint8)
    red[0, 0] = 255
    assert "#ff0000" in hexes(gallery(red, [SEVEN], 20, 10, Look()))


def test_normalised_images_fill_the_scale() -> None:
    """Numbers from -2 to 3 are black to white by default, or between the ends given."""
    image = np.linspace(-2, 3, 64).reshape(1, 8, 8)
    assert {"#000000", "#ffffff"} <= hexes(gallery(image, [SEVEN], 20, 10, Look()))
    assert "#ffffff" not in hexes(gallery(image, [SEVEN], 20, 10, Look(), low=-2, high=30))


def test_characters_show_the_image_where_colours_fail() -> None:
    """A bright half is full of ink, a dark half blank."""
    image = np.zeros((1, 8, 8), dtype=np.uint8)
    image[0, :4] = 255
    picture = rows(gallery(image, [SEVEN], 20, 10, Look(ascii=True)))
    assert picture[0].strip() == "@" * 16
    assert picture[7].strip() == ""


def test_nothing_and_no_room_are_said() -> None:
    """No images, or hardly any cells, give words."""
    assert rows(gallery([], [], 20, 3, Look()))[1].strip() == "nothing yet"
    assert rows(gallery(DIGITS, captions(60), 8, 3, Look()))[1].strip() == "no room"
    assert grid([], 80, 24) is None
