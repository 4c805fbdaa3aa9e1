"""The learning-rate schedule of a run as a function of a program: `factor(step)`, steps counted from 0."""

from tuitrain.schedules import Constant, Cosine, Exponential, Linear, OneCycle, Plateau, Schedule, Step

DECAY = """
    warm = round({warmup} * steps)
    if step < warm:
        return (step + 1) / warm
    fallen = min(1.0, (step - warm) / max(1, steps - warm))
    return {final} + (1 - {final}) * ({left})
"""
ONE_CYCLE = """
    def between(start, end, done):
        return end + (start - end) * (1 + math.cos(math.pi * done)) / 2

    start, top, end = 1 / {initial_div}, {warmup} * steps - 1, steps - 1
    if step < top:
        return between(start, 1.0, step / top)
    return between(1.0, start / {final_div}, min(1.0, (step - top) / (end - top)))
"""
PLATEAU = """
    share, lowest, stale, resting = 1.0, math.inf, 0, 0
    for loss in losses:
        stale += 1
        if loss < lowest * (1 - {threshold}):
            lowest, stale = loss, 0
        if resting:
            resting, stale = resting - 1, 0
        if stale > {patience}:
            share, resting, stale = max(share * {gamma}, {floor}), {cooldown}, 0
    return share
"""


def factor(schedule: Schedule) -> str:
    """Return the function; nothing where the learning rate stays as it is."""
    if isinstance(schedule, Constant):
        return ""
    body = _body(schedule)
    return f'def factor(step):\n    """Return what the learning rate is multiplied by."""{body}'.rstrip()


def _body(schedule: Schedule) -> str:
    values = schedule.model_dump()
    if isinstance(schedule, Exponential):
        return f"\n    return {schedule.gamma} ** (step // per_epoch)"
    if isinstance(schedule, Step):
        falls = f"(step // per_epoch // {schedule.every})"
        if schedule.milestones:
            falls = f"sum(step // per_epoch >= milestone for milestone in {schedule.milestones})"
        return f"\n    return {schedule.gamma} ** {falls}"
    if isinstance(schedule, Linear):
        return DECAY.format(**values, left="1 - fallen")
    if isinstance(schedule, Cosine):
        return DECAY.format(**values, left="(1 + math.cos(math.pi * fallen)) / 2")
    if isinstance(schedule, OneCycle):
        return ONE_CYCLE.format(**values)
    if isinstance(schedule, Plateau):
        return PLATEAU.format(**values)
    raise TypeError(f"{schedule.kind} has no lines")
