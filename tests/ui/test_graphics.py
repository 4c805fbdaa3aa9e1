import re
from base64 import b64decode
from zlib import decompress

import numpy as np
import pytest

from tuitrain.drawing.album import FIRST, SPAN, Album
from tuitrain.ui import graphics

COMMAND = re.compile(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\")


def received(text: str) -> list[tuple[dict[str, str], bytes]]:
    """Return the keys and the data of each image that a terminal receives."""
    images: list[tuple[dict[str, str], bytes]] = []
    whole = True
    for keys, data in COMMAND.findall(text):
        assert len(data) <= 4096
        pairs = dict(pair.split("=") for pair in keys.split(","))
        if whole:
            images.append((pairs, b""))
        images[-1] = (images[-1][0], images[-1][1] + data.encode())
        whole = pairs["m"] == "0"
    assert whole
    return [(keys, decompress(b64decode(data))) for keys, data in images]


@pytest.mark.parametrize("side", [1, 28, 200])
def test_the_terminal_receives_the_pixels(side: int) -> None:
    """Size, cells and number are told, no answer is asked for, and the bytes are those of the image, in pieces."""
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 4), dtype=np.uint8)
    album = Album()
    number, _ = album.place(pixels, 10, 5)
    ((keys, data),) = received(graphics.uploads(album))
    told = [keys[key] for key in "aUqfosvcri"]
    assert told == ["T", "1", "2", "32", "z", str(side), str(side), "10", "5", str(number)]
    assert np.array_equal(np.frombuffer(data, np.uint8).reshape(pixels.shape), pixels)
    assert graphics.uploads(album) == ""


def test_placeholders_count_rows_and_columns() -> None:
    """A cell of an image becomes the protocol's character with a mark for its row and one for its column."""
    shown = graphics.placeholders(f"a{chr(FIRST)}{chr(FIRST + 2 * SPAN + 3)}é")
    assert shown == "a\U0010eeee\u0305\u0305\U0010eeee\u030e\u0310é"


def test_there_are_marks_for_all() -> None:
    """One for each row and column that an image may have, all different."""
    assert len(set(graphics.marks())) == SPAN


def test_deleting() -> None:
    """An image goes with its data, by its number."""
    assert graphics.delete(7) == "\x1b_Ga=d,d=I,q=2,i=7\x1b\\"
