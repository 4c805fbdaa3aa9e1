"""Cells as PNG: every character is a mask, drawn once four times too large and brought down, then inked in.

Letters come from a monospaced font of the system, or from pillow's own.
"""

import io
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from tuitrain.drawing.cells import Lines
from tuitrain.drawing.text import fold
from tuitrain.paper.cells import Paper, cells, size
from tuitrain.paper.shapes import TALL, WIDE, Area, Box, Dot, Shape, Stroke, shapes

SCALE = 2
"""Pixels for each unit of a cell, which is 8 by 16 units."""
MARGIN = 8
FINER = 4
"""How many times larger masks are drawn: their edges are smooth at their own size."""
FONTS = (
    ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf"),
    ("NotoSansMono-Regular.ttf", "NotoSansMono-Bold.ttf"),
    ("UbuntuMono-R.ttf", "UbuntuMono-B.ttf"),
    ("Menlo.ttc", "Menlo.ttc"),
    ("consola.ttf", "consolab.ttf"),
    ("cour.ttf", "courbd.ttf"),
)
"""Files of monospaced fonts on Linux, macOS and Windows: regular, bold."""
LETTER = 13.2
BASE = 12.2
MISSING = "\U0010fffd"
"""A character that no font has: what is drawn for it is drawn for all that are missing."""
Colour = tuple[int, int, int]


class Font(NamedTuple):
    """A font at the size of the cells, and whether its letters are all of one width."""

    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    even: bool


def draw(lines: Lines, on: Paper, title: str = "") -> bytes:
    """Return a PNG, 16 by 32 pixels a cell around which lies a margin; the title goes into its text."""
    width, height = size(lines)
    margin, wide, tall = MARGIN * SCALE, int(WIDE * SCALE), int(TALL * SCALE)
    image = Image.new("RGB", (width * wide + 2 * margin, height * tall + 2 * margin), _colour(on.ground))
    for cell in cells(lines, on):
        left, top = margin + cell.column * wide, margin + cell.row * tall
        box = (left, top, left + cell.width * wide, top + tall)
        if cell.ground != on.ground:
            image.paste(_colour(cell.ground), box)
        if cell.character != " ":
            image.paste(_colour(cell.ink), box, _mask(cell.character, cell.width, cell.bold, cell.underline))
    return encode(image, title)


def encode(image: Image.Image, title: str = "") -> bytes:
    """Return the bytes of a PNG, its title in the text that goes with it."""
    text = PngImagePlugin.PngInfo()
    if title:
        text.add_itxt("Title", title)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, pnginfo=text)
    return out.getvalue()


def _colour(packed: int) -> Colour:
    return packed >> 16 & 255, packed >> 8 & 255, packed & 255


@lru_cache(maxsize=4096)
def _mask(character: str, width: int, bold: bool, underline: bool) -> Image.Image:
    """Return how much of each pixel a character covers."""
    scale = SCALE * FINER
    large = Image.new("L", (int(WIDE * scale) * width, int(TALL * scale)))
    pen = ImageDraw.Draw(large)
    made = shapes(character)
    for shape in made:
        _draw_shape(pen, shape, scale)
    if not made:
        _draw_letter(pen, character, large.width, bold)
    if underline:
        pen.line([(0, 14 * scale), (large.width, 14 * scale)], 255, scale)
    return large.reduce(FINER)


def _draw_shape(pen: ImageDraw.ImageDraw, shape: Shape, scale: int) -> None:
    match shape:
        case Box(left, top, right, bottom, share):
            corners = [round(value * scale) for value in (left, top, right, bottom)]
            pen.rectangle((corners[0], corners[1], corners[2] - 1, corners[3] - 1), round(255 * share))
        case Dot(x, y, diameter):
            half = diameter / 2
            pen.ellipse([(part * scale) for part in (x - half, y - half, x + half, y + half)], 255)
        case Area(points):
            pen.polygon([(x * scale, y * scale) for x, y in points], 255)
        case Stroke(points, width):
            pen.line([(x * scale, y * scale) for x, y in points], 255, round(width * scale), "curve")


def _draw_letter(pen: ImageDraw.ImageDraw, character: str, room: int, bold: bool) -> None:
    """Draw a letter on the base line; one that the font lacks by the letter it comes from."""
    face = _font(bold)
    if _lacks(face, character):
        character = fold(character)[:1]
    start = 0.0 if face.even else (room - pen.textlength(character, face.font)) / 2
    pen.text((start, BASE * SCALE * FINER), character, 255, face.font, anchor="ls")


def _lacks(face: Font, character: str) -> bool:
    return not character.isascii() and _outline(face, character) == _outline(face, MISSING)


@lru_cache(maxsize=1024)
def _outline(face: Font, character: str) -> bytes:
    return bytes(face.font.getmask(character))


@lru_cache(maxsize=2)
def _font(bold: bool) -> Font:
    """Return the first font of the list that there is, at the size at which a letter fills a cell."""
    wanted = LETTER * SCALE * FINER
    for names in FONTS:
        try:
            font = ImageFont.truetype(names[bold], wanted)
        except OSError:  # not on this system: the next one may be
            continue
        return Font(font.font_variant(size=wanted * WIDE * SCALE * FINER / font.getlength("0")), even=True)
    return Font(ImageFont.load_default(wanted), even=False)
