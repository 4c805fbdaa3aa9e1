import numpy as np
import pytest

from tuitrain.drawing.album import FIRST, SHEETS, SPAN, Album
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.look import Look
from tuitrain.drawing.pixels import paint

DIGIT = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4


def test_an_image_keeps_its_place_and_its_pixels() -> None:
    """The cells that blocks would fill hold characters of row and column in one colour; the bytes are the image's."""
    album, canvas, blocks = Album(), Canvas(20, 10), Canvas(20, 10)
    canvas.look = Look(album=album)
    for sheet in (canvas, blocks):
        paint(sheet, DIGIT, (1, 2, 16, 8), "grey", (0, 255))
    (picture,), _ = album.take()
    held = canvas.chars != " "
    drawn = (blocks.foregrounds != -1) | (blocks.backgrounds != -1)
    assert held.sum() == picture.rows * picture.columns == drawn.sum()
    assert set(canvas.foregrounds[held].tolist()) == {picture.number}
    top, left = np.argwhere(held)[0]
    assert canvas.chars[top, left] == chr(FIRST)
    assert canvas.chars[top + 1, left + 2] == chr(FIRST + SPAN + 2)
    assert picture.pixels.shape == (8, 8, 4)
    assert all(np.array_equal(picture.pixels[..., channel], DIGIT) for channel in range(3))
    assert (picture.pixels[..., 3] == 255).all()


def test_colours_are_exact_and_nan_is_clear() -> None:
    """A colour image is sent as it is; what is not a number lets the background through."""
    album, canvas = Album(), Canvas(20, 10)
    canvas.look = Look(album=album)
    colours = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    paint(canvas, colours, (0, 0, 8, 4), "grey", (0, 255))
    paint(canvas, np.array([[0.0, np.nan], [1.0, 1.0]]), (0, 10, 8, 4), "diverging", (-1, 1))
    (first, second), _ = album.take()
    assert np.array_equal(first.pixels[..., :3], colours)
    assert second.pixels[..., 3].tolist() == [[255, 0], [255, 255]]


def test_an_image_is_new_once() -> None:
    """Drawn again it is not sent again; in another size it is another image."""
    album = Album()
    pixels = np.zeros((2, 2, 4), np.uint8)
    number, _ = album.place(pixels, 2, 1)
    assert album.place(pixels, 2, 1)[0] == number
    assert album.place(pixels, 4, 2)[0] != number
    assert len(album.take()[0]) == 2
    assert album.take() == ([], [])


def test_the_oldest_are_forgotten() -> None:
    """So many are kept and no more; those drawn last stay."""
    album = Album()
    numbers = [album.place(np.full((1, 1, 4), index % 256, np.uint8), 1 + index // 256, 1)[0] for index in range(600)]
    new, old = album.take()
    assert len(new) == SHEETS == len(list(album.numbers()))
    assert old == numbers[: 600 - SHEETS]


def test_all_are_sent_again_to_an_empty_terminal() -> None:
    """After a suspension the terminal has none of them."""
    album = Album()
    album.place(np.zeros((1, 1, 4), np.uint8), 1, 1)
    album.take()
    album.resend()
    assert len(album.take()[0]) == 1


def test_an_image_beyond_the_protocol() -> None:
    """More rows or columns than can be counted are refused here and drawn as blocks."""
    album, canvas = Album(), Canvas(200, 3)
    with pytest.raises(ValueError, match="at most 128"):
        album.place(np.zeros((1, 1, 4), np.uint8), 129, 1)
    canvas.look = Look(album=album)
    paint(canvas, np.ones((1, 130)), (0, 0, 200, 3), "sequential", (0, 1))
    assert album.take() == ([], [])
