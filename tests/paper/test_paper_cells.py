"""Cells on paper: what becomes of blocks, braille, frames and letters in SVG, PNG and text."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from rich.segment import Segment
from rich.style import Style

from tuitrain.drawing.cells import Canvas, Lines, style
from tuitrain.paper import cells, png, svg
from tuitrain.paper.cells import DARK, LIGHT
from tuitrain.paper.shapes import TALL, WIDE, Box, Dot, shapes

RED, BLUE, GREEN = 0xE02010, 0x1020E0, 0x20C040
SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>&\x1b[2J\u202e]]>"


def line(text: str, foreground: int = -1, background: int = -1) -> list[Segment]:
    """Return a line of one style."""
    return [Segment(text, style(foreground, background))]


def drawn(lines: Lines) -> ET.Element:
    """Return the root of the SVG of some lines on dark paper."""
    return ET.fromstring(svg.draw(lines, DARK, "a title"))


def rectangles(root: ET.Element, colour: int) -> list[tuple[float, ...]]:
    """Return left, top, right and bottom of each rectangle of a colour."""
    found: list[tuple[float, ...]] = []
    for path in root.iter(f"{SPACE}path"):
        if path.get("fill") == f"#{colour:06x}":
            for numbers in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", path.get("d", "")):
                left, top, wide, tall = map(float, numbers)
                found.append((left, top, left + wide, top + tall))
    return found


def pixels(lines: Lines) -> Image.Image:
    """Return the PNG of some lines on dark paper, read back."""
    return Image.open(io.BytesIO(png.draw(lines, DARK))).convert("RGB")


def pixel(image: Image.Image, row: int, column: int, x: float = 0.5, y: float = 0.5) -> int:
    """Return the colour at a place within a cell."""
    left, top = png.MARGIN + column * WIDE, png.MARGIN + row * TALL
    red, green, blue = image.getpixel((int((left + x * WIDE) * png.SCALE), int((top + y * TALL) * png.SCALE)))  # type: ignore[misc]  # three bytes
    return int(red << 16 | green << 8 | blue)


def test_half_blocks_are_exact_rectangles_and_neighbours_become_one() -> None:
    """Two upper halves over a background are one rectangle, and the backgrounds of two lines are one."""
    root = drawn([line("▀▀", RED, BLUE), line("  ", -1, BLUE)])
    assert rectangles(root, RED) == [(0, 0, 2 * WIDE, TALL / 2)]
    assert rectangles(root, BLUE) == [(0, 0, 2 * WIDE, 2 * TALL)]
    assert root.get("viewBox") == f"0 0 {2 * WIDE + 2 * svg.MARGIN:g} {2 * TALL + 2 * svg.MARGIN:g}"


@pytest.mark.parametrize(
    ("character", "part"),
    [
        ("█", (0, 0, 8, 16)),
        ("▄", (0, 8, 8, 16)),
        ("▂", (0, 12, 8, 16)),
        ("▍", (0, 0, 3, 16)),
        ("▐", (4, 0, 8, 16)),
        ("▗", (4, 8, 8, 16)),
        ("▕", (7, 0, 8, 16)),
    ],
)
def test_parts_of_blocks(character: str, part: tuple[float, ...]) -> None:
    """Halves, quarters and eighths fill exactly their part of the cell."""
    assert rectangles(drawn([line(character, RED)]), RED) == [part]


def test_every_block_frame_and_braille_character_is_geometry() -> None:
    """No font is asked for any of them, and none leaves its cell."""
    for code in [*range(0x2500, 0x25A0), *range(0x2801, 0x2900)]:
        made = shapes(chr(code))
        assert made, chr(code)
        for shape in made:
            if isinstance(shape, Box):
                assert 0 <= shape.left < shape.right <= WIDE
                assert 0 <= shape.top < shape.bottom <= TALL


def test_braille_dots_lie_where_the_standard_has_them() -> None:
    """The lowest bit is the dot at the top left, the highest the one at the bottom right."""
    assert [(dot.x, dot.y) for dot in shapes("\u2801") if isinstance(dot, Dot)] == [(2, 2)]
    assert [(dot.x, dot.y) for dot in shapes("\u2880") if isinstance(dot, Dot)] == [(6, 14)]
    (path,) = [path for path in drawn([line("\u2841", RED)]).iter(f"{SPACE}path") if path.get("stroke")]
    assert (path.get("d"), path.get("stroke-linecap")) == ("M2 2h0M2 14h0", "round")


def test_lines_of_a_frame_meet() -> None:
    """A corner, an edge and a crossing join into lines without gaps."""
    boxes = rectangles(drawn([line("┌──┼", RED)]), RED)
    assert (3.5, 7.5, 32.0, 8.5) in boxes
    assert any(top == 0 and bottom == 16 for _, top, _, bottom in boxes)


def test_text_is_held_to_its_columns() -> None:
    """A run of letters starts at its cell and is exactly as long as its cells, whatever the font."""
    root = drawn([[Segment("loss   "), Segment("0.25", style(RED, -1)), Segment(" 日本")]])
    found = {text.text: text for text in root.iter(f"{SPACE}text")}
    assert set(found) == {"loss", "0.25", "日", "本"}
    assert (found["0.25"].get("x"), found["0.25"].get("textLength")) == ("56", "32")
    assert (found["本"].get("x"), found["本"].get("textLength")) == (f"{14 * WIDE:g}", "16")


def test_hostile_text_is_text() -> None:
    """Markup and control characters neither break the document nor are in it."""
    root = drawn([line(HOSTILE)])
    assert "".join(text.text or "" for text in root.iter(f"{SPACE}text")) == "<b>&[2J]]>"
    canvas = Canvas(40, 1)
    canvas.write(0, 0, HOSTILE)
    assert "\x1b" not in svg.draw(canvas.lines(), LIGHT, HOSTILE.replace("\x1b", ""))


def test_styles_of_a_screen_are_kept() -> None:
    """Reverse swaps the colours, bold and underline are said, what is dim is paler."""
    root = drawn([[Segment("a", Style(color="#e02010", reverse=True)), Segment("b", Style(bold=True, underline=True))]])
    assert rectangles(root, RED) == [(0, 0, WIDE, TALL)]
    first, second = root.iter(f"{SPACE}text")
    assert first.get("fill") == f"#{DARK.ground:06x}"
    assert (second.get("font-weight"), second.get("text-decoration")) == ("bold", "underline")
    (dim,) = drawn([[Segment("c", Style(dim=True))]]).iter(f"{SPACE}text")
    assert dim.get("fill") not in (f"#{DARK.ink:06x}", f"#{DARK.ground:06x}")


def test_pixels_have_the_colours_of_their_cells() -> None:
    """In a PNG half blocks are sharp, dots are where they belong and the rest is paper."""
    image = pixels([line("▀ ", RED, BLUE), line("\u2801█", GREEN)])
    assert image.size == (2 * 16 + 2 * 16, 2 * 32 + 2 * 16)
    assert pixel(image, 0, 0, y=0.1) == pixel(image, 0, 0, y=0.45) == RED
    assert pixel(image, 0, 0, y=0.55) == pixel(image, 0, 1) == BLUE
    assert pixel(image, 1, 0, 0.25, 0.125) == pixel(image, 1, 1) == GREEN
    assert pixel(image, 1, 0) == pixel(image, 0, -1) == DARK.ground


def test_letters_are_seen_in_a_png_whatever_fonts_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter, one with an accent, one that no font has and bold ones leave ink in their cell, and in no other."""
    for fonts in (png.FONTS, ()):
        monkeypatch.setattr(png, "FONTS", fonts)
        png._font.cache_clear()
        png._mask.cache_clear()
        for character in "Mé\u0e01":
            image = pixels([[Segment("   "), Segment(character, Style(color="#20c040", bold=True)), Segment("   ")]])
            inked = {x // 16 for x in range(image.width) for y in range(image.height) if image.getpixel((x, y))[1] > 90}  # type: ignore[index]  # three bytes
            assert inked == {4}, (character, fonts)
    png._font.cache_clear()
    png._mask.cache_clear()


def test_text_without_and_with_colours() -> None:
    """Plain text has no spaces at its ends; coloured text holds the sequences of the depth."""
    lines = [line("ab  ", RED), line("c", -1, BLUE)]
    assert cells.plain(lines) == "ab\nc\n"
    assert "\x1b[38;2;224;32;16mab" in cells.ansi(lines)
    assert "38;5;" in cells.ansi(lines, 8)


def test_drawings_are_stacked_under_their_titles() -> None:
    """Empty lines below a drawing go, coloured ones stay, titles get cleaned."""
    lines = cells.stacked([("one\x1b", [line("a"), line("  ")]), ("two", [line(" ", -1, RED)])])
    assert cells.plain(lines).split("\n") == [r"one\x1b", "a", "", "two", "", ""]


def test_files_are_written_by_their_ending(tmp_path: Path) -> None:
    """Each ending has its format, nothing else is left in the folder, another ending is refused by name."""
    for suffix, start in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".txt", b"ab"), (".ans", b"\x1b[")):
        path = tmp_path / f"x{suffix}"
        cells.save(path, [line("ab", RED)], dark=False)
        assert path.read_bytes().startswith(start)
    assert len(list(tmp_path.iterdir())) == 4
    with pytest.raises(ValueError, match=r"x\.gif: end the name in \.svg, \.png, \.txt or \.ans"):
        cells.save(tmp_path / "x.gif", [], dark=True)
    with pytest.raises(FileNotFoundError):
        cells.save(tmp_path / "none" / "x.svg", [], dark=True)
