"""What lies over and under curves: bands, the crosshair and marks; and ranges that stay as a curve grows."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from rich.color import Color

from tuitrain.drawing.axes import Range, steady
from tuitrain.drawing.cells import Lines
from tuitrain.drawing.curves import Cross, Curve, Mark, Shade, draw, lay, paint
from tuitrain.drawing.look import Look

from .pictures import LOOKS, SIZES, check, rows

BLUE, ORANGE, RED = "#2e90e0", "#d97a00", "#d95448"
X = np.arange(100.0)
BAND = Shade(X, X / 100, X / 100 + 0.5, BLUE)


def drawn(look: Look, curves: list[Curve], shades: list[Shade], width: int = 60, height: int = 16) -> Lines:
    """Return curves over bands."""
    return paint(lay(curves, width, height, look, shades=shades))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_at_once_at_any_size(width: int, height: int, look: Look) -> None:
    """Bands, curves, marks and a crosshair give exactly their cells, in ASCII and without colour where asked."""
    plot = lay([Curve("a", X, X / 90, ORANGE, "dashed")], width, height, look, shades=[BAND], clock=True)
    lines = paint(plot, marks=[Mark(20, "paused"), Mark(60, "diverged", RED)], cross=Cross(40, [(40, 0.4, ORANGE)]))
    check(lines, width, height, look)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(), max_size=20), st.lists(st.floats(), max_size=20), st.booleans(), st.booleans())
def test_bands_of_anything(lows: list[float], highs: list[float], log_x: bool, log_y: bool) -> None:
    """No numbers break the drawing of a band."""
    shade = Shade(np.arange(25), lows, highs, BLUE)
    plot = lay([], 40, 10, Look(), shades=[shade], log_x=log_x, log_y=log_y)
    check(paint(plot, cross=Cross(3, [(3, 4, BLUE)])), 40, 10, Look())


def test_a_band_is_filled_between_its_edges() -> None:
    """Without room for axes: everything between is filled, nothing outside."""
    flat = Shade([0, 1], [1, 1], [2, 2], BLUE)
    picture = rows(paint(lay([], 4, 3, Look(), shades=[flat], y_range=(0, 3))))
    assert picture == ["    ", "⣿⣿⣿⣿", "    "] or picture[1] == "⣿⣿⣿⣿"
    assert not any(ord(sign) in range(0x2840, 0x2900) for sign in picture[2])


def test_a_gap_in_a_band_stays_empty() -> None:
    """Between two pieces of a band nothing is filled."""
    lows = np.zeros(100)
    lows[40:60] = np.nan
    picture = rows(drawn(Look(), [], [Shade(X, lows, lows + 1, BLUE)]))
    axis = picture[2].index("│") + 1
    assert picture[2][axis + 26 : axis + 30].strip() == ""
    assert "⣿" in picture[2][axis + 36 :]


def test_a_line_stands_out_of_its_band() -> None:
    """In the cells of the line the dots of the band go, and the others are faint."""
    alone = rows(drawn(Look(), [Curve("a", X, X / 100 + 0.25, BLUE)], [], 60, 16))
    lines = drawn(Look(), [Curve("a", X, X / 100 + 0.25, BLUE)], [BAND])
    bright = [s for line in lines for s in line if s.style and s.style.color == Color.parse(BLUE)]
    assert bright
    assert all("⣿" not in segment.text for segment in bright)
    assert any("⣿" in row for row in rows(lines))
    assert not any("⣿" in row for row in alone)


def test_bands_without_faint_colours() -> None:
    """Of a band one dot a cell is left where no colour is faint; in ASCII it is of full stops."""
    for look in (Look(colour=False), Look(depth=4)):
        text = "".join(rows(drawn(look, [Curve("a", X, X / 100 + 0.25, BLUE)], [BAND])))
        assert "⣿" not in text
        assert text.count("⠐") > 20
    assert "".join(rows(drawn(Look(ascii=True), [], [BAND]))).count(".") > 50


def test_the_crosshair_goes_behind_curves_and_over_bands() -> None:
    """An upright line with a foot, but for the cells of the curve; a sign on each point, at its own x."""
    plot = lay([Curve("a", X, np.full(100, 0.5), BLUE)], 60, 12, Look(), shades=[BAND], x_range=(0, 100))
    picture = rows(paint(plot, cross=Cross(50, [(48, 0.5, BLUE), (10, 99, BLUE)])))
    column = picture[-2].index("▲")
    assert sum(row[column] == "│" for row in picture[:-2]) == 9
    assert "".join(picture).count("◉") == 1
    plain = rows(paint(lay([Curve("a", X, X, BLUE)], 60, 12, Look(ascii=True)), cross=Cross(50, [(50, 50, BLUE)])))
    assert "O" in "".join(plain)
    assert "|" in "".join(row[10:] for row in plain)


def test_a_mark_has_its_colour() -> None:
    """What is bad is red, line, foot and words."""
    lines = draw([Curve("a", X, X, BLUE)], 60, 12, Look(), marks=[Mark(30, "diverged", RED)])
    words = "".join(s.text for line in lines for s in line if s.style and s.style.color == Color.parse(RED))
    assert "diverged" in words
    assert "▲" in words
    assert words.count("┊") > 5


def test_words_of_marks_never_cover_each_other() -> None:
    """Where a hundred marks are too many for the room, some words are left out, the others are whole."""
    picture = rows(draw([Curve("a", X, X, BLUE)], 40, 8, Look(), marks=[Mark(x, "paused") for x in X]))
    assert 0 < "".join(picture).count("paused") < 40
    assert not any("pausepaused" in row or "ppaused" in row for row in picture)


def test_the_front_lies_over_the_others() -> None:
    """A curve that is over the others is seen whole, whatever comes after it."""
    curves = [Curve("a", X, X, BLUE, over=True), Curve("b", X, X, ORANGE)]
    text = "".join(rows(draw(curves, 40, 10, Look(ascii=True))))
    assert "*" in text
    assert "o" not in text


def test_ticks_of_time_on_the_axis() -> None:
    """Seconds are written as a clock has them, on a logarithmic axis at round times."""
    curve = Curve("a", X * 60, X, BLUE)
    assert "1:00:00" in rows(paint(lay([curve], 60, 10, Look(), clock=True)))[-1]
    ticks = rows(paint(lay([curve], 60, 10, Look(), clock=True, log_x=True)))[-1].split()
    assert ticks == ["1:00", "10:00", "1:00:00"]


def test_a_short_logarithmic_axis_has_ticks_between_the_powers() -> None:
    """Between 0.2 and 2 there are more than one tick to read from."""
    picture = rows(draw([Curve("a", X, 0.06 + X / 50, BLUE)], 60, 14, Look(ascii=True), log_y=True))
    assert {row.split("+")[0].strip() for row in picture[:-2] if "+" in row[:6]} >= {"0.1", "0.2", "0.5", "1"}


def test_a_range_widens_at_once_and_narrows_late() -> None:
    """It holds what is wanted, changes rarely as values creep on, and follows when much of it is empty."""
    first = steady(None, (0.0, 1.03))
    assert first is not None
    assert first[0] <= 0
    assert 1.03 <= first[1] < 1.2
    assert steady(first, (0.1, 1.0)) == first
    assert steady(first, (0.1, 1.5)) not in (first, None)
    narrow = steady(first, (0.4, 0.6))
    assert narrow is not None
    assert narrow[1] - narrow[0] < 0.3
    changes = 0
    now: Range | None = first
    for high in np.linspace(1, 2, 200):
        before, now = now, steady(now, (0.0, float(high)))
        changes += now != before
    assert changes < 12


@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.none() | st.just((0.0, 1.0)))
def test_a_range_of_anything(one: float, other: float, before: tuple[float, float] | None) -> None:
    """It holds what is wanted and has a width, or there is none."""
    found = steady(before, (min(one, other), max(one, other)))
    if found is not None:
        slack = 1e-9 * max(abs(one), abs(other))
        assert found[0] - slack <= min(one, other) <= max(one, other) <= found[1] + slack
        assert found[0] < found[1]
