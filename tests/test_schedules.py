"""Learning-rate schedules: exact values, and the same as torch's schedulers give."""

import warnings
from collections.abc import Callable, Sequence
from math import cos, pi

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch.optim import SGD, Optimizer, lr_scheduler as torchs

from tuitrain.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    Linear,
    OneCycle,
    Plateau,
    Progress,
    Schedule,
    Step,
)

EPOCHS, STEPS = 12, 40


def by_step(schedule: Schedule, steps: int) -> list[float]:
    """Return the factor of every step of a training of one epoch."""
    return [schedule.factor(Progress(0, 1, step, steps)) for step in range(steps)]


def by_epoch(schedule: Schedule, epochs: int) -> list[float]:
    """Return the factor of the first step of every epoch, of three steps each."""
    return [schedule.factor(Progress(epoch, epochs, 3 * epoch, 3 * epochs)) for epoch in range(epochs)]


def of_torch(make: Callable[[Optimizer], torchs.LRScheduler], count: int) -> list[float]:
    """Return the learning rates that one of torch's schedulers makes of 1."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch wants to hear of the steps of the optimizer in between
        scheduler = make(optimizer)
        for _ in range(count):
            rates.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
    return rates


def climbing(fall: Callable[[Optimizer], torchs.LRScheduler], warm: int) -> Callable[[Optimizer], torchs.LRScheduler]:
    """Return torch's way to climb for some steps and then fall."""

    def make(optimizer: Optimizer) -> torchs.LRScheduler:
        climb = torchs.LinearLR(optimizer, start_factor=1 / warm, total_iters=warm - 1)
        return torchs.SequentialLR(optimizer, [climb, fall(optimizer)], [warm])

    return make


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Exponential(gamma=0.7), lambda it: torchs.ExponentialLR(it, 0.7)),
        (Step(every=5, gamma=0.3), lambda it: torchs.StepLR(it, 5, 0.3)),
        (Step(milestones=[7, 2, 7], gamma=0.5), lambda it: torchs.MultiStepLR(it, [7, 2, 7], 0.5)),
    ],
)
def test_equal_to_torch_by_epoch(schedule: Schedule, make: Callable[[Optimizer], torchs.LRScheduler]) -> None:
    """What changes with the epoch is what torch's scheduler gives at that epoch."""
    assert by_epoch(schedule, EPOCHS) == pytest.approx(of_torch(make, EPOCHS))


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Linear(final=0.2), lambda it: torchs.LinearLR(it, 1.0, 0.2, STEPS)),
        (Linear(warmup=0.25, final=0.2), climbing(lambda it: torchs.LinearLR(it, 1.0, 0.2, 30), 10)),
        (Cosine(final=0.1), lambda it: torchs.CosineAnnealingLR(it, STEPS, 0.1)),
        (Cosine(warmup=0.25, final=0.1), climbing(lambda it: torchs.CosineAnnealingLR(it, 30, 0.1), 10)),
    ],
)
def test_equal_to_torch_by_step(schedule: Schedule, make: Callable[[Optimizer], torchs.LRScheduler]) -> None:
    """What changes with the step is what torch's scheduler gives at that step."""
    assert by_step(schedule, STEPS) == pytest.approx(of_torch(make, STEPS))


@pytest.mark.parametrize("steps", [3, 10, 41, 97])
@pytest.mark.parametrize(
    "schedule", [OneCycle(), OneCycle(warmup=0.5, initial_div=10.0, final_div=100.0), OneCycle(warmup=0.0)]
)
def test_one_cycle_is_equal_to_torch(schedule: OneCycle, steps: int) -> None:
    """Climb and fall are those of torch's OneCycleLR, also where the top lies between two steps."""

    def make(optimizer: Optimizer) -> torchs.LRScheduler:
        return torchs.OneCycleLR(
            optimizer,
            max_lr=1.0,
            total_steps=steps,
            pct_start=schedule.warmup,
            div_factor=schedule.initial_div,
            final_div_factor=schedule.final_div,
            cycle_momentum=False,
        )

    assert by_step(schedule, steps) == pytest.approx(of_torch(make, steps), rel=1e-9)


def test_one_cycle_with_the_top_at_its_first_step() -> None:
    """Where the climb has but one step, which torch's OneCycleLR divides by zero for, that step is the top."""
    assert by_step(OneCycle(warmup=0.5, initial_div=4.0, final_div=25.0), 2) == pytest.approx([1.0, 0.01])


def of_plateau(schedule: Plateau, losses: Sequence[float]) -> list[float]:
    """Return the learning rates that torch's ReduceLROnPlateau makes of 1 after each of these losses."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torchs.ReduceLROnPlateau(
        optimizer,
        factor=schedule.gamma,
        patience=schedule.patience,
        threshold=schedule.threshold,
        cooldown=schedule.cooldown,
        min_lr=schedule.floor,
        eps=0.0,  # by default torch leaves a learning rate as it is that would change by less than 1e-8
    )
    rates = []
    for loss in losses:
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


@given(
    st.builds(
        Plateau,
        gamma=st.floats(0.1, 0.9),
        patience=st.integers(0, 4),
        threshold=st.floats(0, 0.3),
        cooldown=st.integers(0, 4),
        floor=st.floats(0, 0.5),
    ),
    st.lists(st.floats(0, 2) | st.sampled_from([0.5, 1.0]), max_size=40),
)
@settings(max_examples=200, deadline=None)
def test_plateau_is_equal_to_torch(schedule: Plateau, losses: list[float]) -> None:
    """After any losses the learning rate is that of torch's ReduceLROnPlateau, which keeps a state."""
    factors = [schedule.factor(Progress(1, 2, 1, 2, losses[: n + 1])) for n in range(len(losses))]
    assert factors == of_plateau(schedule, losses)


def test_plateau() -> None:
    """The learning rate falls with the loss after the last that patience allows, and never below the floor."""
    schedule = Plateau(gamma=0.5, patience=1, floor=0.3)
    losses = [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    factors = [schedule.factor(Progress(0, 1, 0, 1, losses[:count])) for count in range(len(losses) + 1)]
    assert factors == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3]


def test_constant() -> None:
    """The learning rate stays."""
    assert {Constant().factor(Progress(epoch, 10, step, 100)) for epoch, step in [(0, 0), (5, 50), (9, 99)]} == {1.0}


def test_exponential() -> None:
    """Gamma once for each epoch that is over, whatever the step."""
    schedule = Exponential(gamma=0.5)
    factors = [schedule.factor(Progress(step // 4, 3, step, 12)) for step in range(12)]
    assert factors == [1.0] * 4 + [0.5] * 4 + [0.25] * 4


def test_step() -> None:
    """Gamma once for each fall that is over: every so many epochs, or at the milestones alone."""
    assert by_epoch(Step(every=2, gamma=0.5), 6) == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    assert by_epoch(Step(every=2, gamma=0.5, milestones=[1, 4]), 6) == [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_cosine() -> None:
    """Half a cosine from 1 towards the final share, without a warm-up."""
    factors = by_step(Cosine(), 8)
    assert factors == pytest.approx([(1 + cos(pi * step / 8)) / 2 for step in range(8)])
    assert factors[4] == pytest.approx(0.5)


def test_cosine_with_warm_up() -> None:
    """A quarter of the steps climbs by equal parts to 1, the rest falls to the final share."""
    factors = by_step(Cosine(warmup=0.25, final=0.2), 16)
    assert factors[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert factors[10] == pytest.approx(0.6)
    assert factors[4:] == sorted(factors[4:], reverse=True)
    assert Cosine(final=0.2).factor(Progress(0, 1, 16, 16)) == pytest.approx(0.2)


@given(
    st.sampled_from([Linear, Cosine]),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1),
    st.integers(1, 1000),
    st.data(),
)
@settings(max_examples=200, deadline=None)
def test_decay_stays_within_bounds(
    entry: type[Linear] | type[Cosine], warmup: float, final: float, steps: int, data: st.DataObject
) -> None:
    """Never 0 while climbing, never below the final share afterwards, never above 1, for any length."""
    step = data.draw(st.integers(0, steps - 1))
    factor = entry(warmup=warmup, final=final).factor(Progress(0, 1, step, steps))
    lowest = min(1 / steps, 1.0) if step < round(warmup * steps) else final
    assert lowest - 1e-12 <= factor <= 1 + 1e-12


@pytest.mark.parametrize("entry", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_trainings(entry: type[Schedule], steps: int) -> None:
    """However few steps there are, and also when all are over, the factor is a share of the learning rate."""
    factors = [
        entry.model_validate({}).factor(Progress(step, steps, step, steps, [1.0] * step)) for step in range(steps + 1)
    ]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[0] > 0
