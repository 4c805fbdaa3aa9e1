import itertools
import subprocess
import sys
import time
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from rich.color import Color

from tuitrain.drawing.cells import Lines
from tuitrain.drawing.curves import Curve, Mark, draw, legend
from tuitrain.drawing.look import Look

from .pictures import HOSTILE, LOOKS, SIZES, check, rows

BLUE, ORANGE = "#2e90e0", "#d97a00"
STEPS = np.arange(100.0)


def losses() -> list[Curve]:
    """Two curves as of a training: solid and dashed, falling."""
    train, val = 2.3 * np.exp(-STEPS / 20), 2.3 * np.exp(-STEPS / 20) + 0.4
    return [
        Curve("train", STEPS, train, BLUE),
        Curve("val", STEPS, val, ORANGE, "dashed", best=(99, val[99])),
    ]


ODD = {
    "none": [],
    "empty": [Curve("a", [], [], BLUE)],
    "one point": [Curve("a", [3], [0.5], BLUE)],
    "constant": [Curve("a", STEPS, np.full(100, 0.5), BLUE, "dashed")],
    "zeros": [Curve("a", STEPS, np.zeros(100), BLUE)],
    "all NaN": [Curve("a", STEPS, np.full(100, np.nan), BLUE, best=(np.nan, np.nan))],
    "infinite": [Curve("a", [1, 2, 3, 4], [1, np.inf, -np.inf, 2], BLUE)],
    "huge": [Curve("a", [1, 2, 3], [1e308, -1e308, 1], BLUE), Curve("b", [1, 2], [1e299, -1e299], ORANGE)],
    "tiny": [Curve("a", [1, 2], [0, 5e-324], BLUE)],
    "same x": [Curve("a", [2, 2, 2], [1, 2, 3], BLUE)],
    "no x": [Curve("a", [np.nan, np.inf], [1, 2], BLUE)],
    "ragged": [Curve("a", [1, 2, 3], [1, 2], BLUE)],
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_size_and_characters_hold_everywhere(width: int, height: int, look: Look) -> None:
    """Every size gives exactly its cells, in ASCII and without colour where asked."""
    check(draw(losses(), width, height, look), width, height, look)


@pytest.mark.parametrize("curves", ODD.values(), ids=ODD)
@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("log_x", [False, True])
def test_odd_data_is_drawn_or_said(curves: list[Curve], log_x: bool, log_y: bool) -> None:
    """No data breaks the drawing; where nothing can be drawn there is a message."""
    points = [replace(curve, style="points") for curve in curves]
    for (width, height), look in itertools.product(SIZES, (Look(), Look(ascii=True))):
        check(draw(curves, width, height, look, log_x=log_x, log_y=log_y), width, height, look)
        check(draw(points, width, height, look, log_x=log_x, log_y=log_y), width, height, look)
    text = "".join(rows(draw(curves, 40, 10, Look(), log_y=log_y)))
    assert "nothing yet" in text or any("\u2800" < character <= "\u28ff" for character in text)


NUMBERS = st.lists(st.floats() | st.floats(-3, 3), max_size=30)
RANGES = st.none() | st.tuples(st.floats(), st.floats()) | st.tuples(st.floats(-2, 0), st.floats(1, 2))


@settings(max_examples=150, deadline=None)
@given(NUMBERS, NUMBERS, RANGES, RANGES, st.booleans(), st.booleans(), st.integers(1, 70), st.integers(1, 20))
def test_any_numbers_any_ranges(  # noqa: PLR0917  hypothesis gives them all at once
    x: list[float],
    y: list[float],
    x_range: tuple[float, float] | None,
    y_range: tuple[float, float] | None,
    log_x: bool,
    log_y: bool,
    width: int,
    height: int,
) -> None:
    """The plotting library aborts the process on NaN and raises on infinity: it never meets them."""
    curves = [Curve("a", sorted(x), y, BLUE, best=(0, 0)), Curve("b", STEPS[: len(y)], y, ORANGE, "dashed")]
    curves.append(Curve("c", x, y, BLUE, "rings"))
    marks = [Mark(value, "here") for value in x[:3]]
    lines = draw(curves, width, height, Look(), x_range=x_range, y_range=y_range, log_x=log_x, log_y=log_y, marks=marks)
    check(lines, width, height, Look())


def _backgrounds(lines: Lines) -> set[object]:
    return {segment.style.bgcolor for line in lines for segment in line if segment.style}


def test_curves_have_no_background() -> None:
    """What the terminal shows behind stays there."""
    assert _backgrounds(draw(losses(), 58, 14, Look())) <= {None}


def test_each_curve_has_its_own_colour() -> None:
    """The colours asked for are the colours of the dots."""
    found = {
        segment.style.color.get_truecolor().hex
        for line in draw(losses(), 58, 14, Look())
        for segment in line
        if segment.style and segment.style.color and any(ord(c) > 0x2800 for c in segment.text)
    }
    assert {BLUE, ORANGE} <= found


def test_a_known_picture() -> None:
    """A rising line in ASCII, with its axis, round ticks and labels right-aligned."""
    picture = draw([Curve("a", [0, 10], [0, 10], BLUE)], 24, 7, Look(ascii=True))
    assert [row.rstrip() for row in rows(picture)] == [
        "10+                 ****",
        "  |             ****",
        " 5+        *****",
        "  |    ****",
        " 0+****",
        "  ++---------+---------+",
        "   0         5        10",
    ]


def test_a_falling_line_falls_in_dots() -> None:
    """Without room for axes the dots run from the upper left to the lower right."""
    assert rows(draw([Curve("a", [0, 1], [1, 0], BLUE)], 4, 2, Look())) == ["⠑⢄  ", "  ⠑⢄"]


def test_gaps_are_marked_and_not_bridged() -> None:
    """Between two pieces the canvas is empty, and an x on the axis says why."""
    y = np.full(40, 1.0)
    y[15:25] = np.nan
    picture = rows(draw([Curve("a", np.arange(40), y, BLUE)], 46, 9, Look(ascii=True)))
    line = next(row for row in picture if "**" in row)
    assert "*" not in line[23:30]
    assert picture[-2].count("x") == 1


def test_the_best_point_is_marked() -> None:
    """A diamond, or @ in ASCII, stands on the best point."""
    curve = Curve("val", [0, 1, 2], [0.0, 1.0, 0.5], BLUE, best=(1, 1.0))
    assert "◆" in "".join(rows(draw([curve], 30, 8, Look())))
    assert "@" in "".join(rows(draw([curve], 30, 8, Look(ascii=True))))


def test_two_curves_are_told_apart_without_colour() -> None:
    """Dashes have gaps that a solid line has not; in ASCII each curve has a character."""
    flat = np.ones(100)
    solid, dashed = (
        rows(draw([Curve("a", STEPS, flat, BLUE, style)], 60, 8, Look(colour=False)))
        for style in ("solid", "dashed")
    )  # fmt: skip
    count = [sum(ord(c) > 0x2800 for c in "".join(picture)) for picture in (solid, dashed)]
    assert 0 < count[1] < count[0]
    text = "".join(rows(draw(losses(), 60, 12, Look(ascii=True))))
    assert "*" in text
    assert "o" in text


def test_many_curves_without_colour_get_characters() -> None:
    """Two solid lines in one colour cannot be told apart as dots."""
    curves = [Curve(str(i), STEPS, STEPS * i, BLUE) for i in range(3)]
    signs = [sign for sign, _, _ in legend(curves, Look(colour=False))]
    text = "".join(rows(draw(curves, 60, 12, Look(colour=False))))
    assert len(set(signs)) == 3
    assert all(sign in text for sign in signs)


def test_dots_of_two_curves_join_in_a_cell() -> None:
    """A curve drawn later does not erase the dots of an earlier one."""
    low, high = Curve("a", [0, 1], [0, 0], BLUE), Curve("b", [0, 1], [1, 1], ORANGE)
    alone = rows(draw([low], 4, 2, Look(), y_range=(-3, 4)))
    both = rows(draw([low, high], 4, 2, Look(), y_range=(-3, 4)))
    for before, after in zip("".join(alone), "".join(both), strict=True):
        if before != " ":
            assert ord(after) & ord(before) == ord(before)


def test_a_faint_curve_gives_way() -> None:
    """The smoothed curve keeps its colour over the noise it was made of."""
    noise = Curve("raw", STEPS, np.tile([0.0, 1.0], 50), ORANGE, faint=True)
    lines = draw([Curve("smooth", STEPS, np.full(100, 0.5), BLUE), noise], 58, 14, Look())
    colours = [s.style.color for line in lines for s in line if s.style and s.style.color]
    row = max(len([s for s in line if s.style and s.style.color == Color.parse(BLUE)]) for line in lines)
    assert Color.parse(BLUE) in colours
    assert row == 1


def test_the_legend_names_curves_safely() -> None:
    """Marker, label, colour; a label from outside cannot act on the terminal."""
    assert legend(losses(), Look()) == [("─", "train", BLUE), ("╌", "val", ORANGE)]
    (sign, text, _), *_ = legend([Curve(HOSTILE, [1], [1], BLUE)], Look(ascii=True))
    assert sign == "*"
    assert "\x1b" not in text


def test_logarithmic_ticks_are_powers_of_ten() -> None:
    """A rate that falls over four decades is a straight line between 1e-6 and 1e-2."""
    text = rows(draw([Curve("lr", STEPS, 10 ** (-2 - STEPS / 25), BLUE)], 58, 14, Look(), log_y=True))
    assert any(row.strip().startswith("1e-4") for row in text)


RATES = np.logspace(-7, 1, 200)


def test_rates_over_eight_decades_have_even_ticks() -> None:
    """On a logarithmic x axis each power of ten has its tick, all equally far apart."""
    curve = Curve("loss", RATES, np.ones(200), BLUE)
    picture = rows(draw([curve], 90, 10, Look(ascii=True), log_x=True))
    labels = picture[-1].split()
    assert labels == ["1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0", "1e1"]
    at = [index for index, sign in enumerate(picture[-2]) if sign == "+"][1:]
    assert max(np.diff(at[1:])) - min(np.diff(at[1:])) <= 1


def test_a_power_law_is_a_straight_line_on_two_logarithmic_axes() -> None:
    """From corner to corner, rates up to 0 left out; the range is given in plain values."""
    curve = Curve("a", [-1, 0, *RATES], [1, 1, *RATES**2], BLUE)
    picture = rows(
        draw([curve], 12, 4, Look(ascii=True), log_x=True, log_y=True, x_range=(1e-7, 10), y_range=(1e-14, 100))
    )
    assert picture == ["         ***", "      ***   ", "   ***      ", "***         "]


def test_a_mark_stands_at_its_x_with_its_words() -> None:
    """An upright line, behind the curve, words beside it and a foot on the axis."""
    curve = Curve("loss", RATES, np.ones(200), BLUE)
    for look, line, foot in ((Look(), "┊", "▲"), (Look(ascii=True), ":", "^")):
        picture = rows(draw([curve], 60, 10, look, log_x=True, marks=[Mark(1e-3, "best 1e-3")]))
        column = picture[-2].index(foot)
        assert sum(row[column] == line for row in picture) == 7
        assert picture[0][column + 1 :].startswith("best 1e-3")
        assert picture[-1][column - 2 : column + 2] == "1e-3"


def test_words_of_marks_keep_clear_of_each_other_and_of_the_edge() -> None:
    """Two marks side by side, one at the right edge: all words are whole."""
    marks = [Mark(90, "first"), Mark(91, "second"), Mark(99, HOSTILE[:4])]
    text = rows(draw([Curve("a", STEPS, STEPS, BLUE)], 60, 12, Look(), marks=marks))
    for word in ("first", "second", "evil"):
        assert sum(word in row for row in text) == 1


def test_marks_outside_are_left_out() -> None:
    """A mark beyond the range, at NaN, or at 0 on a logarithmic axis is not drawn at the edge."""
    marks = [Mark(-5, "a"), Mark(float("nan"), "b"), Mark(0, "c")]
    curve = Curve("loss", RATES, np.ones(200), BLUE)
    assert draw([curve], 60, 10, Look(), log_x=True, marks=marks) == draw([curve], 60, 10, Look(), log_x=True)


def test_points_are_not_joined() -> None:
    """Two points far apart are two signs, in any order of x, and rings differ from them."""
    both = Curve("a", [1, 0], [1, 0], BLUE, "points"), Curve("a", [1, 0], [1, 0], BLUE, "rings")
    for curve, sign in zip(both, "●○", strict=True):
        text = "".join(rows(draw([curve], 40, 10, Look())))
        assert text.count(sign) == 2
        assert not any(ord(c) > 0x2800 for c in text)
        assert legend([curve], Look())[0][0] == sign


def test_a_faint_curve_has_the_smallest_sign_without_dots() -> None:
    """In ASCII, and without colour, the raw values are dots behind the smoothed curve."""
    curves = [Curve("raw", STEPS, STEPS % 7, BLUE, faint=True), Curve("smooth", STEPS, STEPS * 0 + 3, BLUE)]
    assert [sign for sign, _, _ in legend(curves, Look(ascii=True))] == [".", "o"]
    assert [sign for sign, _, _ in legend(curves, Look(colour=False))] == ["·", "o"]


def test_a_zoomed_range_shows_its_part_in_full() -> None:
    """Thinning happens within the range shown: a spike there is not lost, and no line is drawn outside."""
    y = np.zeros(100_000)
    y[500] = 1
    picture = rows(draw([Curve("a", np.arange(100_000), y, BLUE)], 40, 10, Look(ascii=True), x_range=(0, 1000)))
    assert "*" in picture[0] + picture[1]


def test_ticks_on_the_axis_are_distinct() -> None:
    """Labels of a narrow range far from zero still differ."""
    picture = rows(draw([Curve("a", STEPS, 1000 + STEPS / 1e4, BLUE)], 58, 14, Look(ascii=True)))
    labels = [row.split("+")[0].strip() for row in picture[:-2] if "+" in row.split("*")[0]]
    assert len(set(labels)) == len(labels) >= 2


def test_threads_share_the_one_figure() -> None:
    """Drawings from several threads do not mix."""
    expected = {size: draw(losses(), *size, Look()) for size in ((40, 10), (58, 14))}
    found: list[bool] = []

    def work(size: tuple[int, int]) -> None:
        found.extend(draw(losses(), *size, Look()) == expected[size] for _ in range(20))

    threads = [Thread(target=work, args=(size,)) for size in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 40


def test_importing_does_not_load_plotext() -> None:
    """The first frame does not wait for it."""
    code = "import sys, tuitrain.drawing.curves; sys.exit('plotext' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_two_plots_of_long_series_are_quick() -> None:
    """Two plots of two series of 10,000 points cost milliseconds; the bound is for busy machines."""
    x = np.arange(10_000.0)
    noise = np.random.default_rng(0).normal(0, 0.05, (2, 10_000))
    curves = [Curve("a", x, np.exp(-x / 2e3) + noise[0], BLUE), Curve("b", x, noise[1], ORANGE, "dashed")]
    draw(curves, 58, 14, Look())
    spent = []
    for _ in range(9):
        start = time.process_time()
        draw(curves, 58, 14, Look())
        draw(curves, 58, 14, Look())
        spent.append(time.process_time() - start)
    assert sorted(spent)[4] < 0.06
