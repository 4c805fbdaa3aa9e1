"""Images that the terminal itself shows, at its own resolution: pictures by number, and the cells in their place.

A drawing puts one character of a private range into each cell, which says row and column within the image; its colour
is the image's number. Must not know how images reach the terminal.
"""

from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tuitrain.drawing.cells import Chars

FIRST = 0xF0000
"""The first character of the range: plane 15, which nobody else may give a meaning."""
SPAN = 128
"""Rows and columns that an image may take."""
LAST = FIRST + SPAN * SPAN - 1
SHEETS = 512
"""Images that are kept, the last ones used: more than any screen shows."""
Pixels = NDArray[np.uint8]


class Picture(NamedTuple):
    """An image of [height, width, 4] bytes, and the cells that it fills."""

    number: int
    pixels: Pixels
    columns: int
    rows: int


class Album:
    """The images that were drawn last, those that the terminal does not have yet, and those that it may forget."""

    def __init__(self) -> None:
        self._pictures: dict[int, Picture] = {}
        self._new: list[Picture] = []
        self._old: list[int] = []

    def place(self, pixels: Pixels, columns: int, rows: int) -> tuple[int, Chars]:
        """Keep an image and return its number and the [rows, columns] characters that stand for it.

        Raises ValueError where it is larger than SPAN.
        """
        if max(columns, rows) > SPAN:
            raise ValueError(f"an image fills at most {SPAN} rows and columns, not {rows} and {columns}")
        number = crc32(pixels.tobytes(), crc32(repr((pixels.shape, columns, rows)).encode())) & 0xFFFFFF or 1
        known = self._pictures.pop(number, None)
        self._pictures[number] = known or Picture(number, pixels, columns, rows)
        if known is None:
            self._new.append(self._pictures[number])
            self._forget()
        codes = FIRST + np.arange(rows)[:, None] * SPAN + np.arange(columns)
        return number, codes.astype("<u4").view("<U1")

    def _forget(self) -> None:
        while len(self._pictures) > SHEETS:
            number = next(iter(self._pictures))
            del self._pictures[number]
            self._old.append(number)

    def take(self) -> tuple[list[Picture], list[int]]:
        """Return the images that are new and the numbers of those that went, once."""
        taken = [picture for picture in self._new if picture.number in self._pictures], self._old
        self._new, self._old = [], []
        return taken

    def resend(self) -> None:
        """Take it that the terminal has none of them any more."""
        self._new = list(self._pictures.values())

    def numbers(self) -> Iterator[int]:
        """Return the numbers of the images that the terminal may have."""
        yield from self._pictures
