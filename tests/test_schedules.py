"""Learning-rate schedules: exact values."""

from math import cos, pi

import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.schedules import Constant, Cosine, Exponential


def test_constant() -> None:
    """The learning rate stays."""
    assert {Constant().factor(epoch, 10, step, 100) for epoch, step in [(0, 0), (5, 50), (9, 99)]} == {1.0}


def test_exponential() -> None:
    """Gamma once for each epoch that is over, whatever the step."""
    schedule = Exponential(gamma=0.5)
    assert [schedule.factor(step // 4, 3, step, 12) for step in range(12)] == [1.0] * 4 + [0.5] * 4 + [0.25] * 4


def test_cosine() -> None:
    """Half a cosine from 1 towards the final share, without a warm-up."""
    factors = [Cosine().factor(0, 1, step, 8) for step in range(8)]
    assert factors == pytest.approx([(1 + cos(pi * step / 8)) / 2 for step in range(8)])
    assert factors[4] == pytest.approx(0.5)


def test_cosine_with_warm_up() -> None:
    """A quarter of the steps climbs by equal parts to 1, the rest falls to the final share."""
    factors = [Cosine(warmup=0.25, final=0.2).factor(0, 1, step, 16) for step in range(16)]
    assert factors[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert factors[10] == pytest.approx(0.6)
    assert factors[4:] == sorted(factors[4:], reverse=True)
    assert Cosine(final=0.2).factor(0, 1, 16, 16) == pytest.approx(0.2)


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1), st.integers(1, 1000), st.data())
@settings(max_examples=200, deadline=None)
def test_cosine_stays_within_bounds(warmup: float, final: float, steps: int, data: st.DataObject) -> None:
    """Never 0 while climbing, never below the final share afterwards, never above 1, for any length."""
    step = data.draw(st.integers(0, steps - 1))
    factor = Cosine(warmup=warmup, final=final).factor(0, 1, step, steps)
    lowest = min(1 / steps, 1.0) if step < round(warmup * steps) else final
    assert lowest - 1e-12 <= factor <= 1 + 1e-12
