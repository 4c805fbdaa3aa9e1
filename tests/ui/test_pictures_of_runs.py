"""What keys and aspects do to the pictures of a snapshot, each alone on a screen."""

import numpy as np
import pytest
from alone import VAL, alone, classes, cloud, curve, painted, plane, units, words
from textual.events import MouseScrollDown, MouseScrollUp

from tuitrain.ui.widgets.pictures import Confusion, Embedding, Surface, Weights


@pytest.mark.parametrize("size", [(80, 9), (40, 6), (118, 30)])
async def test_all_of_a_large_matrix_can_be_reached(size: tuple[int, int]) -> None:
    """Keys go through a hundred classes; headings stay in sight and the words say which part is seen."""
    view = Confusion()
    names = [f"kind {number}" for number in range(100)]
    async with alone(view, classes(100), size, labels=names) as (pilot, app):
        assert view.can_focus
        for keys, place in ((("j",), (1, 0)), (("l", "right"), (1, 2)), (("k", "h", "left"), (0, 0))):
            await pilot.press(*keys)
            assert view.place == place
        await pilot.press("pagedown", "L")
        rows, columns = view.place
        assert rows > 1
        assert columns > 1
        assert f"true {rows + 1}-" in view.of
        await pilot.press("end")
        last = painted(view)[-1]
        assert "99" in last.split()[1] or "…99" in last.split()[0]
        assert last.rstrip().endswith("400")
        assert "-100 of 100" in view.of or "-100, predicted" in view.of
        assert app.told[-1] == view.of
        await pilot.press("home")
        assert view.place == (0, 0)


async def test_the_wheel_scrolls_a_matrix() -> None:
    """The wheel goes down and up, with shift to the side; where all is seen it is left to others."""
    view = Confusion()
    async with alone(view, classes(100), labels=()) as (pilot, _):
        await pilot._post_mouse_events([MouseScrollDown], view)
        await pilot._post_mouse_events([MouseScrollDown], view, shift=True)
        assert view.place == (1, 1)


async def test_ten_rows_in_seven_lines() -> None:
    """Where some rows have no room they are reached by one key, and only rows are spoken of."""
    view = Confusion()
    async with alone(view, classes(10), (80, 7)) as (pilot, _):
        assert view.of == "val, true 1-6 of 10"
        await pilot.press("end")
        assert view.of == "val, true 5-10 of 10"
        assert [row.split()[0] for row in painted(view)[1:]] == list("456789")


async def test_a_matrix_that_fits_takes_no_keys() -> None:
    """Nothing is out of sight, nothing is said, nothing can be moved."""
    view = Confusion()
    async with alone(view, classes(3)):
        assert not view.can_focus
        assert view.of == "val"


async def test_aspects_of_a_matrix() -> None:
    """Counts, shares of the class, and the pairs that are mixed up most, sorted; then counts again."""
    view = Confusion()
    async with alone(view, classes(5), labels=list("abcde")) as (pilot, app):
        view.next_aspect()
        await pilot.pause()
        assert view.of == "val, shares"
        assert "percent of the true class" in words(view)
        assert painted(view)[2 + 1].split()[:2] == ["a", "99.8"]
        view.next_aspect()
        await pilot.pause()
        assert view.of == "val, worst pairs"
        rows = [row.split() for row in painted(view)]
        assert rows[1][:6] == ["d", "→", "e", "4", "1.0", "%"]
        assert [row[3] for row in rows[1:5]] == ["4", "3", "2", "1"]
        view.next_aspect()
        await pilot.pause()
        assert app.told == ["val", "val, shares", "val, worst pairs", "val"]


async def test_worst_pairs_scroll() -> None:
    """The list of pairs goes on below; `end` is its last row."""
    view = Confusion(id="pairs")
    async with alone(view, classes(100), (60, 8), aspect=2) as (pilot, _):
        assert view.can_focus
        assert "1 to 6 of 99" in words(view)
        await pilot.press("end")
        assert "94 to 99 of 99" in words(view)


async def test_no_mistakes() -> None:
    """Where every sample is right there are no pairs, and that is said."""
    view = Confusion()
    async with alone(view, {"confusion": np.eye(3, dtype=int), "split": VAL}, aspect=2):
        assert words(view) == "no mistakes: every sample is predicted right"


async def test_zoom_and_pan_of_a_surface() -> None:
    """Keys go closer, over the plane and back; the numbers along the edges follow, and nothing beyond is shown."""
    view = Surface()
    async with alone(view, plane()) as (pilot, _):
        assert view.seen == (-2, 2, -2, 2)
        await pilot.press("+", "+")
        assert view.seen == (-1, 1, -1, 1)
        assert view.of == "training samples, 2x"
        assert painted(view)[-1].split()[0] == "-1.0"
        for keys, seen in (
            (("l",), (-0.8, 1.2, -1, 1)),
            (("right_square_bracket",), (0, 2, -1, 1)),
            (("k", "up"), (0, 2, -0.6, 1.4)),
            (("K", "pagedown", "pagedown"), (0, 2, -2, 0)),
            (("minus",), (-2 / 3, 2, -2, 2 / 3)),
            (("0",), (-2, 2, -2, 2)),
        ):
            await pilot.press(*keys)
            assert view.seen == pytest.approx(seen)
        await pilot.press(*["plus"] * 9)
        assert view.seen[1] - view.seen[0] == pytest.approx(4 / 16)


async def test_the_wheel_zooms_where_it_points() -> None:
    """The place under the pointer stays where it is."""
    view = Surface()
    async with alone(view, plane()) as (pilot, _):
        await pilot._post_mouse_events([MouseScrollUp], view, offset=(0, 0))
        left, right, low, high = view.seen
        assert (left, high) == pytest.approx((-2, 2))
        assert right < 2
        assert low > -2


async def test_aspects_of_a_surface() -> None:
    """Points by class, by right and wrong, or the probability without any."""
    view = Surface()
    async with alone(view, plane()) as (pilot, _):
        wrong = words(view).count("✗")
        assert wrong
        assert "●" in words(view)
        view.next_aspect()
        await pilot.pause()
        assert view.of == "training samples, right and wrong"
        assert words(view).count("✗") == wrong
        assert "●" not in words(view)
        view.next_aspect()
        await pilot.pause()
        assert "✗" not in words(view)
        assert "probability of the class predicted" in words(view)


async def test_a_curve_has_one_side() -> None:
    """Of a regression there is nothing to choose or to zoom into; the next aspect changes nothing."""
    view = Surface()
    async with alone(view, curve()) as (pilot, _):
        before = painted(view)
        view.next_aspect()
        await pilot.pause()
        assert painted(view) == before
        assert not view.can_focus
        view.reference = curve(0.5)
        await pilot.pause()
        assert "best" in painted(view)[0]
        assert view.of == "training samples, difference to the best"


async def test_a_slice() -> None:
    """A plane through the principal components is called so, with how much of the data lies in it."""
    view = Surface()
    async with alone(view, plane() | {"plane": np.array([0.4, 0.22])}):
        assert view.of == "PCA slice, 62 % of the variance"


async def test_units_that_do_not_fit() -> None:
    """Keys go through a hundred units, and the words say which are seen."""
    view = Weights()
    async with alone(view, units(100), (80, 12)) as (pilot, _):
        assert view.of.startswith("units 1-")
        assert view.of.endswith(" of 100")
        seen = set()
        for _ in range(9):
            seen |= {word for word in words(view).split() if word.isdigit()}
            await pilot.press("pagedown")
        assert {str(number) for number in range(100)} <= seen
        assert "-100 of 100" in view.of
        await pilot.press("home")
        assert view.of.startswith("units 1-")


async def test_right_and_wrong_of_an_embedding() -> None:
    """Samples that are predicted wrong are crosses."""
    view = Embedding()
    async with alone(view, cloud(5), labels=list("abcd")) as (pilot, _):
        assert "✗" not in words(view)
        view.next_aspect()
        await pilot.pause()
        assert 1 <= words(view).count("✗") <= 5
        assert view.of == "PCA, 40 samples of val, right and wrong"
