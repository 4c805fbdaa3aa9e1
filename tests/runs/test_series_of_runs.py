"""Numbers over steps, and what they are summed up to at any scale, against the numbers themselves."""

from itertools import pairwise
from math import fsum, inf, isnan, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.runs.series import Curves, Points, Series

LARGEST = 1.7e308
VALUES = st.none() | st.sampled_from([nan, inf, -inf, LARGEST, -LARGEST]) | st.floats(-1e6, 1e6)


def filled(count: int, seed: int, gaps: float = 0.0, apart: int = 1) -> Series:
    """Return a series of random values and steps, a share of them not finite."""
    random = np.random.default_rng(seed)
    values = random.normal(size=count)
    values[random.random(count) < gaps] = random.choice([nan, inf, -inf])
    series = Series()
    series.extend(np.cumsum(random.integers(1, apart + 1, count)).tolist(), values.tolist())
    return series


def check(points: Points, steps: list[float], values: list[float], place: int = 0) -> None:
    """Compare each piece with the points that it stands for, the first of which has this place among all.

    Pieces begin at multiples of their size, counted from the first point of all.
    """
    inner = range(place // points.size * points.size + points.size, place + len(steps), points.size)
    edges = [0, *(edge - place for edge in inner), len(steps)] if steps else [0]
    assert len(points.steps) == len(edges) - 1
    for piece, (start, end) in enumerate(pairwise(edges)):
        told = [value for value in values[start:end] if np.isfinite(value)]
        assert steps[start] <= points.steps[piece] <= steps[end - 1]
        assert points.steps[piece] in steps[start:end]
        if told:
            assert (points.lows[piece], points.highs[piece]) == (min(told), max(told))
        else:
            assert isnan(points.lows[piece])
            assert isnan(points.highs[piece])
        if len(told) == end - start:
            mean, rounding = fsum(value / len(told) for value in told), max(1e-290, *map(abs, told)) * 1e-12
            assert points.values[piece] == pytest.approx(mean, rel=0, abs=rounding)
        else:
            assert isnan(points.values[piece])


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    count=st.sampled_from([64, 1024, 16_384, 40_000]) | st.integers(1, 40_000),
    gaps=st.sampled_from([0.0, 0.001, 0.3, 1.0]),
)
def test_any_part_of_any_series(data: st.DataObject, count: int, gaps: float) -> None:
    """Whatever is asked for, each piece has the lowest, the highest and the mean of its points, and their gaps."""
    series = filled(count, data.draw(st.integers(0, 99)), gaps, apart=3)
    last = int(series.steps[-1])
    low, high = sorted(data.draw(st.tuples(*2 * [st.integers(-5, last + 5)])))
    pieces = data.draw(st.sampled_from([1, 2, 7, 50, 400]))
    points = series.part(low, high, pieces)
    start = max(int(series.steps.searchsorted(low)) - 1, 0)
    end = min(int(series.steps.searchsorted(high, "right")) + 1, count)
    check(points, series.steps[start:end].tolist(), series.values[start:end].tolist(), start)
    assert len(points.steps) <= 2 * pieces + 2
    assert points.size == 1 or len(points.steps) >= pieces


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.tuples(st.integers(1, 300), VALUES), st.integers(0, 3000)), max_size=30))
def test_growing_and_cut(deeds: list[Any]) -> None:
    """However points were added and cut away, and parts looked at between, it is as if the rest came at once."""
    series, known, step = Series(), list[tuple[int, float]](), 0
    for deed in deeds:
        if isinstance(deed, int):
            series.cut(deed)
            known = [point for point in known if point[0] <= deed]
            step = known[-1][0] if known else 0
        else:
            count, value = deed
            for _ in range(count):
                step += 1
                series.add(step, value)
                known.append((step, value if value is not None and np.isfinite(value) else nan))
        points = series.part(pieces=3)
        check(points, [step for step, _ in known], [value for _, value in known])
        assert list(series.steps) == [step for step, _ in known]
        assert np.array_equal(series.values, [value for _, value in known], equal_nan=True)
        assert len(series) == len(known)


def test_huge_numbers() -> None:
    """The mean of the largest numbers there are is one of them, and no infinity."""
    series = Series()
    series.extend(range(10_000), [LARGEST] * 10_000)
    assert series.part(pieces=5).values == pytest.approx(LARGEST)


def test_pieces_stay() -> None:
    """While a series grows, its pieces stay where they are until they become twice as large."""
    series = filled(100_000, 0)
    before = series.part(pieces=100)
    series.extend(range(100_001, 100_101), [0.5] * 100)
    after = series.part(pieces=100)
    assert after.size == before.size
    assert np.array_equal(after.values[: len(before.values) - 1], before.values[:-1])


def test_points_as_they_are() -> None:
    """Few points come as they are, with one beyond each end of what is asked for; none where there are none."""
    series = Series()
    assert len(series.part().steps) == 0
    series.extend([0, 10, 20, 30, 40], [1.0, 2.0, None, 4.0, 5.0])
    points = series.part(15, 25)
    assert (list(points.steps), points.size) == ([10, 20, 30], 1)
    assert list(points.lows[[0, 2]]) == list(points.highs[[0, 2]]) == list(points.values[[0, 2]]) == [2.0, 4.0]
    assert isnan(points.values[1])
    assert list(series.part(50, 60).steps) == [40]
    assert list(series.part(-9, -5).steps) == [0]


def test_places() -> None:
    """A point is found by its step, the last one before where there is none, and others by counting from there."""
    series = Series()
    assert (series.last, series.at(5), series.near(5, 1)) == (None, None, None)
    series.extend([10, 20, 30], [1.0, 2.0, 3.0])
    assert series.last == (30, 3.0)
    assert [series.at(step) for step in (9, 10, 29, 99)] == [None, (10, 1.0), (20, 2.0), (30, 3.0)]
    assert [series.near(20, by) for by in (-9, -1, 0, 1, 9)] == [10, 10, 20, 30, 30]
    assert [series.near(25, by) for by in (-1, 0, 1)] == [20, 20, 30]
    assert [series.near(0, by) for by in (-1, 0, 2)] == [10, 10, 20]


@pytest.mark.parametrize(
    ("steps", "values", "error"),
    [
        ([29], [1.0], ValueError),
        ([40, 35], [1.0, 1.0], ValueError),
        ([40], [1.0, 2.0], ValueError),
        ([40], ["3"], TypeError),
        (["40"], [1.0], TypeError),
        ([10**400], [1.0], OverflowError),
        ([40], [10**400], OverflowError),
    ],
)
def test_refused(steps: list[Any], values: list[Any], error: type[Exception]) -> None:
    """Steps that fall and what is no number are refused, and the series is as it was."""
    series = Series()
    series.extend([10, 30], [1.0, 2.0])
    with pytest.raises(error):
        series.extend(steps, values)
    assert (list(series.steps), list(series.values)) == ([10, 30], [1.0, 2.0])
    series.add(30, 3.0)
    assert series.last == (30, 3.0)


def test_views_stay() -> None:
    """What was looked at goes on showing what it showed, whatever is cut and added."""
    series = Series()
    series.extend([1, 2, 3], [1.0, 2.0, 3.0])
    steps, values = series.steps, series.values
    series.cut(1)
    series.add(2, 9.0)
    assert (list(steps), list(values)) == ([1, 2, 3], [1.0, 2.0, 3.0])
    assert list(series.values) == [1.0, 9.0]


def test_equal() -> None:
    """Series are equal where their points are, a gap being like any other."""
    first, second = Series(), Series()
    first.extend([1, 2], [1.0, None])
    second.add(1, 1.0)
    assert first != second
    second.add(2, inf)
    assert first == second
    assert first != [1.0, nan]


NAMES = ("loss", "accuracy", "lr", "grad_norm")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.sampled_from(NAMES), min_size=1) | st.integers(0, 40), max_size=40))
def test_curves_share_their_steps(told: list[Any]) -> None:
    """Whichever metrics are told at which steps, each series has its own: as if nothing were shared."""
    curves, alone, step = Curves(), {name: Series() for name in NAMES}, 0
    for each in told:
        if isinstance(each, int):
            curves.cut(each)
            for series in alone.values():
                series.cut(each)
            step = min(step, each)
            continue
        step += 1
        curves.extend([step], {name: [float(step)] for name in sorted(each)})
        for name in each:
            alone[name].add(step, float(step))
    assert all(curves.get(name, Series()) == series for name, series in alone.items())


def test_curves_take_all_or_nothing() -> None:
    """Where one metric of an event is no number, none of them gets a point."""
    curves = Curves()
    curves.extend([1, 2], {"loss": [1.0, 2.0], "lr": [0.1, 0.1]})
    with pytest.raises(TypeError):
        curves.extend([3], {"loss": [3.0], "lr": ["x"]})  # type: ignore[list-item]  # as a damaged journal has it
    assert [len(series) for series in curves.values()] == [2, 2]
    assert curves["loss"].axis is curves["lr"].axis
