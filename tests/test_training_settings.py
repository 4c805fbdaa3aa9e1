"""How long a training is: steps, batches and epochs by arithmetic."""

import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tuitrain.training import Training


@pytest.mark.parametrize(
    ("training", "steps"),
    [
        ({"batch_size": 64}, 1),
        ({"batch_size": 10}, 5),
        ({"batch_size": 10, "drop_last": True}, 4),
        ({"batch_size": 48, "drop_last": True}, 1),
        ({"batch_size": "full", "drop_last": True}, 1),
        ({"batch_size": 49, "drop_last": True}, 0),
    ],
)
def test_steps_of_an_epoch(training: dict[str, Any], steps: int) -> None:
    """An epoch over 48 samples has a step for each batch, the incomplete one only where it is kept."""
    assert Training(**training).per_epoch(48) == steps


@pytest.mark.parametrize(("batch_size", "samples"), [(64, 48), (48, 48), (10, 10), ("full", 48), (1, 1)])
def test_batch(batch_size: int | str, samples: int) -> None:
    """A batch is never larger than the split."""
    assert Training(batch_size=batch_size).batch(48) == samples


@given(st.integers(1, 500), st.integers(1, 600) | st.just("full"), st.booleans(), st.integers(1, 9), st.integers(0, 50))
def test_span(samples: int, batch_size: int | str, drop_last: bool, epochs: int, steps: int) -> None:
    """Steps hold where they are given, whatever epochs says; the epochs are then those that are begun."""
    training = Training(batch_size=batch_size, drop_last=drop_last, epochs=epochs, steps=steps)
    each = training.per_epoch(samples)
    batch = training.batch(samples)
    assert each == sum(1 for start in range(0, samples, batch) if not drop_last or start + batch <= samples) or (
        drop_last and isinstance(batch_size, int) and batch_size > samples and each == 0
    )
    if each:
        expected = (steps, math.ceil(steps / each)) if steps else (epochs * each, epochs)
        assert training.span(samples) == expected
