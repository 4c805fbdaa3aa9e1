import numpy as np
import pytest
from rich.color import ColorSystem

from tuitrain.drawing.cells import Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.palette import TEXTURES
from tuitrain.drawing.surface import surface

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
    """Row 0 of the grid is at the bottom; right points are upper case, wrong ones lower case."""
    assert rows(plane(Look(ascii=True, colour=False))) == ["=======a", "========", "........", "A......."]


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
    assert len(lines[0]) == 5


def test_the_boundary_is_a_blank_channel_without_colour() -> None:
    """Where the model is unsure the texture thins out and ends."""
    sure = np.array([[255, 120, 0]], dtype=np.uint8).repeat(4, axis=1)
    lines = surface(np.zeros((1, 12)), sure, SQUARE, np.empty((0, 2)), [], None, 12, 1, Look(colour=False))
    assert rows(lines) == ["." * 4 + ". . " + " " * 4]


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
    assert picture == ["=======(a)==", "A)==========", "............", "..(A)......."]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes_with_special_points(width: int, height: int, look: Look) -> None:
    """Emphasis keeps the drawing within its cells at every size in every terminal."""
    lines = surface(CLASSES, SURE, SQUARE, POINTS, [0, 1, 2], None, width, height, look, special=[0, 1, 2, 99])
    check(lines, width, height, look)
