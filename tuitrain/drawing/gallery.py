"""Sample images side by side, each over its caption: what it is and what it was taken for.

Must not know where images and predictions come from.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import NONE, Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import CROWDED, NOTHING, say, tell_more
from tuitrain.drawing.pixels import Scale, extent, paint
from tuitrain.drawing.text import clean, fold, label

WRONG, CHOSEN = palette.pack("#e07a1a"), palette.pack("#2e90e0")
INK_DARK, INK_LIGHT = 0xD8DEE4, 0x20262C
MARGIN = 2
"""Cells between two images; the frame of the selected one stands there."""
ENOUGH = 5
"""Images are drawn smaller until so many fit,"""
SMALLEST = 8
"""but not narrower than this many cells, unless they are."""
Image = NDArray[np.generic]
Stack = NDArray[Any] | Sequence[ArrayLike]


class Caption(NamedTuple):
    """The name of the true class, of the predicted one where the model was asked, and a note such as the loss.

    The mark stands before all of it as long as there is any room, the note gives way first.
    """

    true: str
    predicted: str = ""
    note: str = ""
    mark: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the model took it for something else."""
        return bool(self.predicted) and self.predicted != self.true


class Grid(NamedTuple):
    """How images lie: columns and rows of tiles, and the width and height of an image in cells."""

    columns: int
    rows: int
    wide: int
    tall: int

    @property
    def shown(self) -> int:
        """How many images are on a page."""
        return self.columns * self.rows


def gallery(
    images: Stack,
    captions: Sequence[Caption],
    width: int,
    height: int,
    look: Look,
    *,
    selected: int | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Lines:
    """Draw as many images as fit, the page that `selected` is on; the last line counts the others.

    Each is [H, W] or [1, H, W] in grey or [3, H, W] in colour: bytes are 0..255, other numbers go from `low` to
    `high`, by default their own least and largest. A wrong caption has a sign as well as a colour, and the
    selected image a frame.
    """
    canvas = Canvas(width, height, look)
    stack = [_upright(np.asarray(image)) for image in images]
    places = _grid(stack, canvas.width, canvas.height)
    if places is None:
        say(canvas, CROWDED if stack else NOTHING)
        return canvas.lines()
    selected = None if selected is None else min(max(selected, 0), len(stack) - 1)
    first = (selected or 0) // places.shown * places.shown
    page = range(first, min(first + places.shown, len(stack)))
    scale = _scale(stack, low, high)
    for index in page:
        row, column = divmod(index - first, places.columns)
        top, left = row * (places.tall + 1), MARGIN // 2 + column * (places.wide + MARGIN)
        box = (top, left, places.wide, places.tall)
        paint(canvas, _in_range(stack[index], scale), box, "grey", scale)
        caption = captions[index] if index < len(captions) else Caption("")
        _draw_caption(canvas, box, caption, index == selected)
        if index == selected:
            _draw_frame(canvas, box)
    tell_more(canvas, len(stack) - len(page))
    return canvas.lines()


def grid(images: Stack, width: int, height: int) -> Grid | None:
    """Tell how `gallery` lays out these images at this size, for moving between them; None without any or room."""
    return _grid([_upright(np.asarray(image)) for image in images], width, height)


def _upright(image: Image) -> Image:
    """Bring [H, W], [1, H, W] or [3, H, W] to [H, W] or [H, W, 3]."""
    if image.ndim == 3:
        return image[0] if image.shape[0] == 1 else np.moveaxis(image, 0, 2)
    return image


def _grid(stack: Sequence[Image], width: int, height: int) -> Grid | None:
    """Choose the grid that shows enough images, then the most of them and the largest."""
    usable = [image.shape for image in stack if image.ndim >= 2 and image.size]
    if not usable:
        return None
    tall, wide = max(shape[0] for shape in usable), max(shape[1] for shape in usable)
    grids = [_fitted(size, len(stack), width, height) for size in _sizes(wide, tall)]
    return max((found for found in grids if found.shown), key=lambda found: _worth(found, len(stack)), default=None)


def _worth(found: Grid, count: int) -> tuple[int, float]:
    """Weigh a grid: up to enough images each counts, beyond that the area of all times the width of one."""
    shown = min(found.shown, count)
    return min(shown, ENOUGH), shown * found.wide**2 * found.tall


def _sizes(wide: int, tall: int) -> list[tuple[int, int]]:
    """List the sizes in cells to try: whole ones to enlarge small images by, whole lines for large ones."""
    whole = [(wide * times, -(-tall * times // 2)) for times in range(1, max(2 * SMALLEST // wide, 1) + 1)]
    parts = [(round(wide * 2 * lines / tall), lines) for lines in range(1, tall // 2)]
    return whole + [size for size in parts if size[0] >= SMALLEST]


def _fitted(size: tuple[int, int], count: int, width: int, height: int) -> Grid:
    """Lay out images of this size, with room for a line about those that do not fit."""
    columns, rows = width // (size[0] + MARGIN), height // (size[1] + 1)
    if columns * rows < count and rows > 1:
        rows = (height - 1) // (size[1] + 1)
    return Grid(columns, rows, *size)


def _scale(stack: Sequence[Image], low: float | None, high: float | None) -> Scale:
    """Find the ends of the scale over all images."""
    ends = [extent(image, "grey", low, high) for image in stack if image.size]
    return min(end[0] for end in ends), max(end[1] for end in ends)


def _in_range(image: Image, scale: Scale) -> Image:
    """Bring a colour image to 0..255, as it is drawn; leave a grey one as it is."""
    if image.ndim < 3 or image.dtype == np.uint8:
        return image
    low, high = scale
    with np.errstate(over="ignore"):  # what lies far beyond the scale is its end
        return (image.astype(np.float64) - low) / ((high - low) or 1.0) * 255


def _draw_caption(canvas: Canvas, box: tuple[int, int, int, int], caption: Caption, selected: bool) -> None:
    """Write a caption below its image, in the middle; the selected one on a ground."""
    look, (top, left, room, tall) = canvas.look, box
    row, text = top + tall, _fit(caption, room, look)
    colour = WRONG if caption.wrong else INK_DARK if look.dark else INK_LIGHT
    start = left + (room - cell_len(text)) // 2
    if not selected:
        canvas.write(row, start, text, colour)
        return
    canvas.write(row, left, " " * room, NONE, CHOSEN)
    canvas.write(row, start, text, 0xFFFFFF, CHOSEN)


def _fit(caption: Caption, room: int, look: Look) -> str:
    """Write a caption in so many cells: first the note goes, then both names are shortened alike."""
    sign, arrow = ("x ", " -> ") if look.ascii else ("✗ ", " → ")
    names = [caption.true, caption.predicted] if caption.wrong else [caption.true]
    names = [fold(clean(name)) if look.ascii else clean(name) for name in names]
    mark = label(f"{caption.mark} " if caption.mark else "", room, look)
    before = mark + (sign if caption.wrong else "")
    whole = before + arrow.join(names)
    note = label(caption.note, room, look)
    if note and cell_len(whole) + 2 + cell_len(note) <= room:
        return f"{whole}  {note}"
    if cell_len(whole) <= room:
        return whole
    before, arrow = before.replace(" ", ""), arrow.strip()
    left = room - cell_len(before) - len(arrow) * (len(names) - 1)
    rooms = [max(left // len(names), left - cell_len("".join(names)) + cell_len(name)) for name in names]
    return before + arrow.join(label(name, room, look) for name, room in zip(names, rooms, strict=True))


def _draw_frame(canvas: Canvas, box: tuple[int, int, int, int]) -> None:
    """Draw a bar on both sides of an image and its caption."""
    top, left, wide, tall = box
    before, after = ("|", "|") if canvas.look.ascii else ("▐", "▌")
    for row in range(top, top + tall + 1):
        canvas.write(row, left - 1, before, CHOSEN)
        canvas.write(row, left + wide, after, CHOSEN)
