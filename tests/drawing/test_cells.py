import numpy as np
import pytest
from rich.color import Color
from rich.segment import Segment

from tuitrain.drawing.cells import Canvas, blank, merge, style
from tuitrain.drawing.look import Look

from .pictures import check, rows


def test_neighbours_of_equal_colours_become_one_segment() -> None:
    """Four cells in two colours are two segments with exact styles."""
    chars = np.array([["a", "b", "c", "d"]])
    foregrounds = np.array([[1, 1, 2, 2]], dtype=np.int32)
    lines = merge(chars, foregrounds, np.full((1, 4), -1, dtype=np.int32))
    assert lines == [[Segment("ab", style(1, -1)), Segment("cd", style(2, -1))]]


def test_a_space_does_not_cut_a_word() -> None:
    """The foreground of a space cannot be seen, so it takes the one on its left."""
    lines = merge(np.array([["a", " ", "b"]]), np.array([[7, -1, 7]], dtype=np.int32), np.full((1, 3), -1, np.int32))
    assert lines == [[Segment("a b", style(7, -1))]]


def test_a_style_holds_both_packed_colours() -> None:
    """0xRRGGBB becomes true colour and -1 the terminal's own."""
    found = style(0x102030, -1)
    assert found.color == Color.from_rgb(16, 32, 48)
    assert found.bgcolor is None


@pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 3), (3, 0), (-1, 2), (4, 2)])
def test_blank_has_the_size_asked_for(width: int, height: int) -> None:
    """A size of nothing, or less, gives empty lines and no error."""
    lines = blank(width, height)
    assert rows(lines) == [" " * max(width, 0)] * max(height, 0)


def test_wide_characters_take_two_cells_and_are_never_halved() -> None:
    """Text in wide characters keeps the line at its width and is cut before the one that does not fit."""
    canvas = Canvas(5, 1)
    canvas.write(0, 0, "日本語")
    check(canvas.lines(), 5, 1, Look())
    assert rows(canvas.lines()) == ["日本 "]


def test_marks_without_width_are_dropped() -> None:
    """A combining accent would need a cell of its own."""
    canvas = Canvas(3, 1)
    canvas.write(0, 0, "e\u0301x")
    assert rows(canvas.lines()) == ["ex "]


def test_writing_outside_changes_nothing() -> None:
    """Rows and columns off the sheet are ignored, and what fits of a text is kept."""
    canvas = Canvas(3, 1)
    canvas.write(5, 0, "abc")
    canvas.write(0, -1, "abc")
    assert rows(canvas.lines()) == ["bc "]


def test_a_look_without_colour_has_none() -> None:
    """Colours written to a sheet are lost where the terminal wants none."""
    canvas = Canvas(2, 1, Look(colour=False))
    canvas.write(0, 0, "ab", 0xFF0000, 0x00FF00)
    check(canvas.lines(), 2, 1, Look(colour=False))


def test_a_wide_character_overwritten_in_half_leaves_no_hole() -> None:
    """Writing over one half of a wide character blanks the other half."""
    for column in (0, 1):
        canvas = Canvas(3, 1)
        canvas.write(0, 0, "日")
        canvas.write(0, column, "x")
        check(canvas.lines(), 3, 1, Look())
