import numpy as np
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from tuitrain.drawing.cells import Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.palette import CLASSES as CLASSES_OF, TEXTURES
from tuitrain.drawing.surface import flipped, surface

from .pictures import LOOKS, SIZES, check, rows

CLASSES = np.repeat(np.array([0, 0, 1, 1], dtype=np.uint8), 4).reshape(4, 4)
SURE = np.full((4, 4), 255, dtype=np.uint8)
SQUARE = (0.0, 1.0, 0.0, 1.0)


def plane(look: Look, width: int = 8, height: int = 4) -> Lines:
    """Draw class 0 below class 1, one right point low on the left, one wrong high on the right."""
    return surface(CLASSES, SURE, SQUARE, [[0.05, 0.05], [0.95, 0.95]], [0, 0], [0, 1], width, height, look)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes(width: int, height: int, look: Look) -> None:
    """A surface fills exactly its cells at every size in every terminal."""
    check(plane(look, width, height), width, height, look)


def test_a_known_picture_in_ascii() -> None:
    """Row 0 of the grid is at the bottom; right points are upper case, wrong ones lower case; # is the boundary."""
    assert rows(plane(Look(ascii=True, colour=False))) == ["=======a", "########", "........", "A......."]


def test_points_in_colour() -> None:
    """A right point is a dot, a wrong one a cross, both brighter than the ground."""
    picture = rows(plane(Look()))
    assert picture[0][-1] == "✗"
    assert picture[-1][0] == "●"


@pytest.mark.parametrize("look", [Look(), Look(dark=False)])
def test_the_ground_is_paler_where_the_model_is_less_sure(look: Look) -> None:
    """Five shades at most lie between no and full confidence."""
    sure = np.linspace(0, 255, 100).astype(np.uint8).reshape(1, 100)
    lines = surface(np.zeros((1, 100)), sure, SQUARE, np.empty((0, 2)), [], None, 100, 1, look)
    assert len({segment.style.bgcolor for segment in lines[0] if segment.style}) == 5


def test_the_boundary_is_a_blank_channel_without_colour() -> None:
    """Where the model is unsure the texture thins out and ends, behind the contour."""
    sure = np.array([[255, 120, 0]], dtype=np.uint8).repeat(4, axis=1)
    lines = surface(np.zeros((1, 12)), sure, SQUARE, np.empty((0, 2)), [], None, 12, 1, Look(colour=False))
    assert rows(lines) == ["." * 4 + "\u2847 . " + " " * 4]


@pytest.mark.parametrize("dark", [True, False])
def test_few_colours_are_chosen_from_those_there_are(dark: bool) -> None:
    """With 256 colours every background is one of them, and classes differ; with 16 there are textures."""
    grid = np.arange(12, dtype=np.uint8).repeat(2).reshape(1, 24)
    sure = np.full((1, 24), 255)
    (line,) = surface(grid, sure, SQUARE, np.empty((0, 2)), [], None, 24, 1, Look(depth=8, dark=dark))
    grounds = [s.style.bgcolor for s in line if s.style and s.style.bgcolor]
    assert len(set(grounds)) == 12
    for ground in grounds:
        assert ground.downgrade(ColorSystem.EIGHT_BIT).get_truecolor() == ground.get_truecolor()
    assert rows(plane(Look(depth=4, dark=dark))) == rows(plane(Look(colour=False)))


def test_many_classes_have_textures_and_letters() -> None:
    """More classes than colours start over and do not fail."""
    grid = np.arange(256, dtype=np.uint8).reshape(16, 16)
    points = np.random.default_rng(0).random((256, 2))
    for look in (Look(), Look(ascii=True)):
        check(surface(grid, grid, SQUARE, points, grid.ravel(), None, 40, 16, look), 40, 16, look)
    assert len(set(TEXTURES)) == len(TEXTURES) >= 10


def test_points_outside_and_unknown_are_left_out() -> None:
    """A point off the plane, or at NaN, is not drawn at the edge; an empty extent is no error."""
    points = [[2, 0.5], [np.nan, 0.5], [0.5, -np.inf]]
    picture = rows(surface(CLASSES, SURE, SQUARE, points, [0, 0, 0], None, 8, 4, Look(ascii=True)))
    assert "A" not in "".join(picture)
    check(surface(CLASSES, SURE, (0, 0, 0, 0), points, [0, 0, 0], None, 8, 4, Look()), 8, 4, Look())


def test_an_empty_grid_is_said() -> None:
    """Before the first snapshot there is nothing to show."""
    lines = surface(np.empty((0, 0)), np.empty((0, 0)), SQUARE, [], [], None, 13, 2, Look())
    assert rows(lines) == [" " * 13, " nothing yet "]


POINTS = [[0.3, 0.05], [0.7, 0.95], [0.3, 0.05]]


def test_special_points_have_signs_of_their_own_on_top() -> None:
    """A support vector is a ringed dot, or a ringed cross where it is predicted wrong, over what is there."""
    lines = surface(CLASSES, SURE, SQUARE, POINTS, [0, 0, 0], [0, 1, 0], 12, 4, Look(), special=[0, 1])
    assert rows(lines)[-1].count("◉") == 1
    assert rows(lines)[0].count("⊗") == 1
    assert "●" not in "".join(rows(lines))


def test_special_points_are_in_brackets_without_colour() -> None:
    """Letters in brackets, upper case right and lower case wrong; at the edge half of them."""
    points = [*POINTS, [0.0, 0.5]]
    truth, found = [0, 0, 0, 0], [0, 1, 0, 0]
    picture = rows(
        surface(CLASSES, SURE, SQUARE, points, truth, found, 12, 4, Look(colour=False), special=np.array([0, 1, 3]))
    )
    bar = "\u28c0" * 10
    assert picture == ["=======(a)==", f"A){bar}", "............", "..(A)......."]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes_with_special_points(width: int, height: int, look: Look) -> None:
    """Emphasis keeps the drawing within its cells at every size in every terminal."""
    lines = surface(CLASSES, SURE, SQUARE, POINTS, [0, 1, 2], None, width, height, look, special=[0, 1, 2, 99])
    check(lines, width, height, look)


TWO = np.zeros((96, 96), dtype=np.int16)
TWO[:, 48:] = 1
SLOPE = np.rint((0.5 + np.abs(np.linspace(-0.5, 0.5, 96))) * 255).astype(np.uint8)[None].repeat(96, axis=0)
"""Two classes side by side, each the surer the farther from the other."""
NONE = np.empty((0, 2))


def columns(lines: Lines) -> set[int]:
    """Find the columns in which there is a piece of a contour."""
    return {column for text in rows(lines) for column, sign in enumerate(text) if ord(sign) > 0x2800}


def test_the_contour_of_two_classes_is_their_boundary() -> None:
    """It runs from the bottom to the top where both are as probable, and nowhere else."""
    lines = surface(TWO, SLOPE, SQUARE, NONE, [], None, 30, 9, Look())
    assert columns(lines) in ({14}, {15}, {14, 15})
    assert all(any(ord(sign) > 0x2800 for sign in text) for text in rows(lines))


def test_the_contour_of_three_classes_surrounds_where_none_has_half() -> None:
    """A region in which no class has half of the probability has a contour on both sides."""
    sure = np.full((20, 60), 230, dtype=np.uint8)
    sure[:, 20:40] = 100
    kinds = np.arange(3).repeat(20)[None].repeat(20, axis=0)
    found = columns(surface(kinds, sure, SQUARE, NONE, [], None, 30, 9, Look()))
    assert found
    assert min(found) in {9, 10}
    assert max(found) in {19, 20}
    assert not found & set(range(12, 18))


def test_zooming_shows_a_part_and_its_numbers() -> None:
    """Seen from 0.4 to 0.6 the boundary is farther to the right, and the numbers along the edges are those."""
    whole = rows(surface(TWO, SLOPE, SQUARE, NONE, [], None, 60, 14, Look()))
    part = rows(surface(TWO, SLOPE, SQUARE, NONE, [], None, 60, 14, Look(), seen=(0.4, 0.6, 0.0, 0.2)))
    assert whole[-1].split()[0] == "0"
    assert whole[-1].split()[-1] in {"1", "1.0"}
    assert part[-1].split()[0] in {"0.40", "0.4"}
    assert part[-1].split()[-1] in {"0.60", "0.6"}
    assert "0.2" in part[0]


def test_points_outside_what_is_seen_are_left_out() -> None:
    """Only points within the window are drawn, at their place in it."""
    points = [[0.1, 0.1], [0.5, 0.1]]
    picture = rows(
        surface(TWO, SLOPE, SQUARE, points, [0, 0], None, 20, 4, Look(ascii=True), seen=(0.4, 0.7, 0.0, 0.2))
    )
    assert "".join(picture).count("A") == 1
    assert picture[1][6] == "A" or picture[2][6] == "A"


def test_right_and_wrong() -> None:
    """Wrong points have a sign and a colour of their own whatever their class; right ones are small and grey."""
    points, labels, guesses = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1]], [0, 0, 1], [0, 1, 0]
    lines = surface(TWO, SLOPE, SQUARE, points, labels, guesses, 20, 6, Look(), shown="right and wrong")
    colours = [segment.style.color for line in lines for segment in line if "✗" in segment.text and segment.style]
    assert len(colours) == 2
    assert len(set(colours)) == 1
    assert "·" in "".join(rows(lines))
    plain = surface(TWO, SLOPE, SQUARE, points, labels, guesses, 20, 6, Look(ascii=True), shown="right and wrong")
    assert "".join(rows(plain)).count("X") == 2


def test_confidence_alone() -> None:
    """The probability has no points on it, and below it a scale from that of classes all alike to certainty."""
    picture = rows(surface(TWO, SLOPE, SQUARE, [[0.1, 0.1]], [0], [1], 80, 12, Look(), shown="confidence"))
    assert "✗" not in "".join(picture)
    assert picture[-1].split() == ["0.5", "1", "probability", "of", "the", "class", "predicted"]


def test_what_flipped_is_hatched() -> None:
    """The region whose class was another is hatched in the colour that it had; its share is told."""
    before = TWO.copy()
    before[:, 24:48] = 1
    assert flipped(TWO, before) == pytest.approx(0.25)
    lines = surface(TWO, SLOPE, SQUARE, NONE, [], None, 40, 8, Look(), before=before)
    assert all(8 <= text.count("/") <= 12 for text in rows(lines))
    colours = {segment.style.color for line in lines for segment in line if "/" in segment.text and segment.style}
    assert [colour.get_truecolor().hex for colour in colours if colour] == [CLASSES_OF[1]]
    plain = rows(surface(TWO, SLOPE, SQUARE, NONE, [], None, 40, 8, Look(ascii=True, colour=False), before=before))
    assert all(3 <= text.count("/") <= 6 for text in plain)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes_of_every_side(width: int, height: int, look: Look) -> None:
    """Zoomed, compared, by right and wrong, or as probabilities with gaps: it fills exactly its cells."""
    sure = np.where(np.arange(96) % 7 == 0, np.nan, SLOPE.astype(np.float64))
    seen = (0.3, 0.6, 0.2, 0.5)
    for shown in ("classes", "right and wrong", "confidence"):
        lines = surface(
            TWO, sure, SQUARE, POINTS, [0, 1, 0], [0, 0, 1], width, height, look, seen=seen, shown=shown, before=1 - TWO
        )
        check(lines, width, height, look)


def test_a_small_change_touches_few_cells() -> None:
    """A little more confidence changes few cells: colours are quantised."""
    before = surface(TWO, SLOPE, SQUARE, NONE, [], None, 60, 20, Look())
    after = surface(TWO, np.minimum(SLOPE.astype(np.int64) + 1, 255), SQUARE, NONE, [], None, 60, 20, Look())
    assert cells_changed(before, after) < 60 * 20 / 10


def cells_changed(before: Lines, after: Lines) -> int:
    """Count the cells that two drawings of one size do not share."""
    return sum(
        one != other
        for old, new in zip(before, after, strict=True)
        for one, other in zip(single(old), single(new), strict=True)
    )


def single(line: list[Segment]) -> list[tuple[str, Style | None]]:
    """Take a line apart into its cells."""
    return [(character, segment.style) for segment in line for character in segment.text]
