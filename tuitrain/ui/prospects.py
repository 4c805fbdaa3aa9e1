"""How a run can go on: with which settings, for how much longer, from which checkpoint. Words, and no widgets."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tuitrain import live
from tuitrain.drawing.text import number
from tuitrain.experiment import Experiment
from tuitrain.problems import Rejected
from tuitrain.runs.watch import Watch
from tuitrain.schedules import Constant, Progress
from tuitrain.ui.edits import Edits, branchable

if TYPE_CHECKING:
    from tuitrain.runs.checkpoints import Checkpoint

ONE_GO = "A model that is fitted in one go has no steps to go on with: F5 fits it anew."
LEAST = 10  # epochs or steps more that are proposed at least
SHARE = 10  # of a training is proposed: a tenth more


def present(watch: Watch, step: int | None = None) -> Experiment | None:
    """Return what a run trains with all that was changed meanwhile, or up to a step; None where it cannot be read."""
    experiment = watch.experiment
    if experiment is None:
        return None
    for at, key, _, new in watch.history.changes:
        if step is None or at <= step:
            with suppress(Rejected):  # of a later version, which knows more
                experiment = live.changed(experiment, key, new)[0]
    return experiment


def proposed(experiment: Experiment) -> tuple[str, str]:
    """Return whether a training is told in "steps" or "epochs", and how many more are proposed."""
    unit = "steps" if experiment.training.steps else "epochs"
    return unit, f"+{max(getattr(experiment.training, unit) // SHARE, LEAST)}"


def longer(watch: Watch, text: str) -> tuple[str, str]:
    """Return what is wrong with so many epochs (or steps), or so many more; and what comes of them, in a sentence."""
    experiment = present(watch)
    if experiment is None:
        return "its settings cannot be read", ""
    unit, _ = proposed(experiment)
    try:
        settled, was, now = live.changed(experiment, f"training.{unit}", text)
    except Rejected as rejected:
        return "; ".join(problem.sentence for problem in rejected.problems), ""
    if now <= was:
        return f"it has had {was:,} {unit}: more, or such as +{LEAST}", ""
    return "", f"{now:,} {unit} in all. {_scheduled(watch, experiment, settled)}"


def _scheduled(watch: Watch, before: Experiment, after: Experiment) -> str:
    """Return what the schedule makes of it that a training that was over goes on."""
    rate, schedule = before.optimizer.lr, before.schedule
    if isinstance(schedule, Constant):
        return f"The learning rate stays {number(rate)}."
    history, size = watch.history, int((watch.history.started or {}).get("train_size", 1))
    steps, epochs = after.training.span(size)
    losses = [float(loss) for loss in history.evaluated["val/loss"].values] if "val/loss" in history.evaluated else []
    end = Progress(history.epochs - 1, history.epochs, max(history.steps - 1, 0), history.steps, losses)
    then = Progress(history.epochs, epochs, history.steps, steps, losses)
    was, now = (number(rate * schedule.factor(at)) for at in (end, then))
    return f"The schedule ({schedule.kind}) had let the learning rate come to {was}; it goes on at {now}."


def beginning(points: "Sequence[Checkpoint]", cursor: int | None) -> "Checkpoint | None":
    """Return the checkpoint from which a branch begins: the last one up to the time cursor; live the best, or last."""
    if cursor is not None:
        return max((point for point in points if point.step <= cursor), key=lambda point: point.step, default=None)
    best = next((point for point in points if point.name == "best"), None)
    return best or max(points, key=lambda point: point.step, default=None)


def missing(points: "Sequence[Checkpoint]", cursor: int | None) -> str:
    """Return why no branch can begin here."""
    if not points:
        return "No branch can begin here: nothing is saved yet."
    steps = ", ".join(f"{step:,}" for step in sorted({point.step for point in points}))
    return f"There is no checkpoint up to step {cursor:,}: those there are are of step {steps}."


def edits(watch: Watch, step: int) -> Edits:
    """Return the settings of a run as they were at a step, to be edited for a branch; they can be read."""
    experiment = present(watch, step)
    if experiment is None:
        raise ValueError("a run whose settings cannot be read has no branches")
    return Edits(experiment, branchable)


def left(watch: Watch, experiment: Experiment, step: int) -> str:
    """Return how many steps a branch from a step would take; why none where it would not."""
    size = int((watch.history.started or {}).get("train_size", 0))
    steps = experiment.training.span(size)[0] if size else watch.history.steps
    if steps <= step:
        return f"nothing is left to train from step {step:,}: more {proposed(experiment)[0]}"
    return ""
