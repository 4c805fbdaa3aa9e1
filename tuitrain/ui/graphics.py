"""Images on their way to a terminal that can show them: kitty's graphics protocol with Unicode placeholders.

An image is sent once and bound to its number. It appears wherever cells hold placeholders in the colour of that number
and goes with them, so that nothing has to be placed, moved or cleaned up; the source of the format is
https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders. It knows bytes, not what the images show.
"""

import re
from base64 import b64encode
from functools import cache
from zlib import compress

from tuitrain.drawing.album import FIRST, LAST, SPAN, Album, Picture

CHUNK = 4096  # bytes of base64 that may go into one command
PLACEHOLDER = "\U0010eeee"
MARKS = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9 5AB-5AC "
    "5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A 73D 73F-741 743 745 "
    "747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82C"
)
"""The combining characters that count rows and columns, the first 128 of the protocol's list."""
_CELL = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")


def uploads(album: Album) -> str:
    """Return what brings new images to the terminal and has it forget old ones; nothing where none changed."""
    new, old = album.take()
    return "".join(map(upload, new)) + "".join(map(delete, old))


def upload(picture: Picture) -> str:
    """Return the commands that send an image: compressed RGBA in base64, bound to cells, without an answer."""
    height, width = picture.pixels.shape[:2]
    data = b64encode(compress(picture.pixels.tobytes())).decode()
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    keys = f"a=T,U=1,q=2,f=32,o=z,i={picture.number},s={width},v={height},c={picture.columns},r={picture.rows},"
    heads = [keys, *[""] * (len(chunks) - 1)]
    return "".join(
        f"\x1b_G{head}m={int(left > 0)};{chunk}\x1b\\"
        for head, chunk, left in zip(heads, chunks, reversed(range(len(chunks))), strict=True)
    )


def delete(number: int) -> str:
    """Return the command that has the terminal forget an image."""
    return f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\"


def placeholders(text: str) -> str:
    """Put the placeholders of the protocol into the place of the album's characters."""
    return _CELL.sub(lambda match: _placeholder(match[0]), text)


@cache
def _placeholder(character: str) -> str:
    row, column = divmod(ord(character) - FIRST, SPAN)
    return f"{PLACEHOLDER}{marks()[row]}{marks()[column]}"


@cache
def marks() -> str:
    """Return the characters that count rows and columns."""
    ranges = [word.partition("-") for word in MARKS.split()]
    return "".join(chr(code) for first, _, last in ranges for code in range(int(first, 16), int(last or first, 16) + 1))
