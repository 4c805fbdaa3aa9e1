import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tuitrain.drawing.series import moments, smooth, split, stride, thin, ticks, usual


def test_thinning_keeps_first_last_and_extremes() -> None:
    """A single spike among a million points survives, with both ends, in at most four points a column."""
    y = np.sin(np.arange(1_000_000) / 1e5)
    y[654_321], y[123_456] = 9, -9
    x, thinned = thin(np.arange(len(y)), y, 60)
    assert len(x) <= 4 * 60
    assert (x[0], x[-1]) == (0, 999_999)
    assert (thinned.max(), thinned.min()) == (9, -9)
    assert (np.diff(x) > 0).all()
    assert (thinned == y[x.astype(int)]).all()


def test_thinning_keeps_gaps() -> None:
    """Values that are not finite stay where they are, one for each run of them."""
    y = np.zeros(1000)
    y[[100, 101, 102, 500]] = [np.nan, np.inf, np.nan, -np.inf]
    x, thinned = thin(np.arange(1000), y, 10)
    assert {100, 500} <= set(x[~np.isfinite(thinned)].tolist())
    pieces, gaps = split(x, thinned)
    assert len(pieces) == 3
    assert gaps.tolist() == [100, 500]


@given(
    st.lists(st.floats(width=64), max_size=80),
    st.integers(1, 5),
)
def test_thinning_anything(y: list[float], columns: int) -> None:
    """Any values can be thinned, and the finite extremes always stay."""
    _, thinned = thin(np.arange(len(y)), y, columns)
    kept = thinned[np.isfinite(thinned)]
    finite = [value for value in y if math.isfinite(value)]
    assert not finite or (kept.min(), kept.max()) == (min(finite), max(finite))


def test_thinning_drops_points_without_a_place() -> None:
    """A point whose x is unknown cannot be drawn; the longer of two lists is cut."""
    x, y = thin([0, np.nan, 2], [1, 2, 3, 4], 5)
    assert (x.tolist(), y.tolist()) == ([0, 2], [1, 3])


def test_smoothing_is_unbiased_from_the_first_value() -> None:
    """A constant stays itself, and the mean of two values is weighted as the formula says."""
    assert np.allclose(smooth([3, 3, 3], 0.1), 3)
    assert np.allclose(smooth([0, 1], 0.1), [0, 0.1 / 0.19])
    assert smooth([], 0.5).tolist() == []


@pytest.mark.parametrize("alpha", [1e-6, 0.02, 0.5, 1])
def test_smoothing_follows_its_definition(alpha: float) -> None:
    """Each value is the mean of all before it, weighted by (1 - alpha) to the power of their distance."""
    y = np.random.default_rng(0).normal(size=700)
    y[[0, 5, 6, 300, 699]] = [np.nan, np.nan, np.inf, -np.inf, np.nan]
    found = smooth(y, alpha)
    for at in range(len(y)):
        known = np.isfinite(y[: at + 1])
        weights = (1 - alpha) ** np.arange(at, -1, -1.0)[known]
        if np.isfinite(y[at]):
            assert np.isclose(found[at], weights @ y[: at + 1][known] / weights.sum())
        else:
            assert np.isnan(found[at])


def test_smoothing_steps_over_gaps() -> None:
    """A gap stays a gap and does not pull the mean; the value before it counts for less after it."""
    found = smooth([2, np.nan, 2, np.inf], 0.5)
    assert found[[0, 2]].tolist() == [2, 2]
    assert np.isnan(found[[1, 3]]).all()
    assert np.isclose(smooth([0, np.nan, 1], 0.5)[2], 1 / 1.25)


def test_smoothing_stays_within_the_values() -> None:
    """The largest floats do not overflow, and the smallest weight leaves nothing out of range."""
    found = smooth(np.full(1000, 1e308), 1e-3)
    assert np.allclose(found / 1e308, 1)


@pytest.mark.parametrize("alpha", [0, -1, 1.5, float("nan")])
def test_smoothing_refuses_a_wrong_weight(alpha: float) -> None:
    """The weight of the newest value is above 0 and at most 1, and the message says so."""
    with pytest.raises(ValueError, match="above 0"):
        smooth([1.0], alpha)


def test_splitting() -> None:
    """Finite pieces between gaps, and where each gap begins."""
    pieces, gaps = split([0, 1, 2, 3, 4], [np.nan, 1, 2, np.inf, 4])
    assert [(x.tolist(), y.tolist()) for x, y in pieces] == [([1, 2], [1, 2]), ([4], [4])]
    assert gaps.tolist() == [0, 3]
    assert split([], [])[0] == []


@pytest.mark.parametrize(
    ("low", "high", "count", "labels"),
    [
        (0, 1, 5, ["0", "0.5", "1.0"]),
        (0, 1, 6, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 2.3, 5, ["0", "0.5", "1.0", "1.5", "2.0"]),
        (0, 1000, 3, ["0", "500", "1,000"]),
        (0, 40_000, 3, ["0", "20k", "40k"]),
        (0, 2e6, 3, ["0", "1M", "2M"]),
        (0, 5e-5, 2, ["0", "5e-5"]),
        (-1, 1, 3, ["-1", "0", "1"]),
        (3, 3, 4, ["3"]),
    ],
)
def test_ticks_are_round(low: float, high: float, count: int, labels: list[str]) -> None:
    """Steps are 1, 2 or 5 times a power of ten, labels plain words."""
    assert ticks(low, high, count)[1] == labels


def test_whole_ticks_for_epochs() -> None:
    """There is no epoch one and a half."""
    assert ticks(1, 3, 7, whole=True)[1] == ["1", "2", "3"]
    assert ticks(0, 1000, 3, whole=True)[1] == ["0", "500", "1,000"]


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.integers(0, 9))
def test_ticks_of_any_range(first: float, second: float, count: int) -> None:
    """At most as many as asked, inside the range, rising, with distinct labels of decent length."""
    low, high = min(first, second), max(first, second)
    positions, labels = ticks(low, high, count)
    slack = (high - low) * 1e-6
    assert len(positions) == len(labels) <= max(count, 1)
    assert all(low - slack <= position <= high + slack for position in positions)
    assert positions == sorted(set(positions))
    assert len(set(labels)) == len(labels)


def test_smoothing_of_means_is_that_of_their_points() -> None:
    """A mean of eight equal values fades and counts like the eight; pieces of different sizes follow each other."""
    values = np.repeat(np.random.default_rng(0).normal(size=40), 8)
    whole = smooth(values, 0.05)[7::8]
    assert np.allclose(smooth(values[::8], 0.05, 8), whole)
    mixed = np.concatenate([values[:80], values[80::8]])
    sizes = np.concatenate([np.ones(80), np.full(30, 8)])
    assert np.allclose(smooth(mixed, 0.05, sizes)[80:], whole[10:])


@pytest.mark.parametrize(
    ("low", "high", "count", "labels"),
    [
        (0, 100, 5, ["0:00", "0:30", "1:00", "1:30"]),
        (0, 7200, 4, ["0:00", "1:00:00", "2:00:00"]),
        (3600, 4300, 4, ["1:00:00", "1:05:00", "1:10:00"]),
        (0, 0.5, 3, ["0.0s", "0.2s", "0.4s"]),
        (0, 90000, 3, ["0:00", "12:00:00", "24:00:00"]),
        (5, 5, 3, ["0:05"]),
        (0, float("inf"), 3, []),
    ],
)
def test_ticks_of_time_are_round(low: float, high: float, count: int, labels: list[str]) -> None:
    """Seconds, minutes and hours as clocks have them, parts of a second as numbers."""
    assert moments(low, high, count)[1] == labels


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.integers(1, 9))
def test_ticks_of_any_time(first: float, second: float, count: int) -> None:
    """At most as many as asked, rising, each written differently."""
    positions, labels = moments(min(first, second), max(first, second), count)
    assert len(positions) == len(labels) <= count
    assert positions == sorted(set(positions))
    assert len(set(labels)) == len(labels)


def test_usual_values() -> None:
    """Rare extremes are left out, an even spread is not cut, and what is not finite has no say."""
    even = np.linspace(0, 1, 200)
    assert usual(even) == (0, 1)
    low, high = usual(np.append(even, [1e6, -1e6, np.nan, np.inf])) or (0, 0)
    assert -0.5 < low <= 0
    assert 1 <= high < 1.5
    assert usual([np.nan]) is None
    assert usual([3.0]) == (3, 3)


@given(st.floats(1e-200, 1e200), st.integers(1, 50))
def test_strides_are_round(span: float, count: int) -> None:
    """So many of them cover the span, and not much more."""
    step = stride(span, count)
    assert span * 0.999 <= step * count <= span * 2.6
    assert f"{step:.0e}"[0] in "125"


def test_no_stride_over_nothing() -> None:
    """A span of no width, or none, has none."""
    assert [stride(span, 4) for span in (0.0, -1.0, math.nan, math.inf)] == [0, 0, 0, 0]
