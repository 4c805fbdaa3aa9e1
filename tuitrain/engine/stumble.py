"""What happens where a training stumbles: it goes back to before the step, says what it finds, and does as it is told.

It knows no loop: it leaves the lesson where that is to go on.
"""

from collections.abc import Generator
from dataclasses import replace

from tuitrain.engine import trouble
from tuitrain.engine.devices import precision
from tuitrain.engine.flight import BACK, Recorder
from tuitrain.engine.lesson import Lesson
from tuitrain.engine.orders import Orders
from tuitrain.engine.state import State
from tuitrain.engine.trouble import Passed, Spoilt, is_finite
from tuitrain.events import Command, Continued, Event, Failed, Skipped, Troubled, Warned

DIVERGED = "try a smaller optimizer.lr, or another training.seed"
TRIES = 5  # times that a training goes back by itself
UNASKED = ("signal", "removed")
"""Ids of commands to stop that say nothing of the batch: a signal, and a run that is no longer there."""


def stumble(
    recorder: Recorder, orders: Orders, spoilt: Spoilt, *, waits: bool
) -> Generator[Event, None, Failed | None]:
    """Say what was found, and do what somebody or the experiment says; return how it ends where it does.

    Else the lesson is where the next step is to be taken from. A model too large for states just fails.
    """
    lesson = recorder.lesson
    failed = _diverged(lesson, spoilt)
    if not recorder.states:
        return failed
    bold = spoilt.kind == "spike" and spoilt.step in recorder.bold
    waits = waits and not bold
    troubled = yield from examine(recorder, spoilt, waits=waits)
    hopeless = spoilt.kind != "spike"
    command = (yield from orders.decide(hopeless=hopeless)) if waits else _planned(lesson, bold=bold)
    answered = command.id or None
    early = spoilt.measured or troubled.step < spoilt.step  # of later steps something was told already
    if command.action == "rewind":
        orders.paused = False
        yield from recorder.rewind(command.arguments.get("steps", BACK), answered)
    elif command.action == "skip":
        if early:
            orders.paused = False
            yield from recorder.go_on_here()
        lesson.course.skipped[troubled.step] = False
        yield Skipped(step=troubled.step, command=answered)
    elif command.action == "go_on":
        orders.paused = orders.paused and bold
        lesson.course.accepted[spoilt.step] = spoilt.loss
        lesson.meter.watch.accept(spoilt.loss)
        recorder.copy()
        yield Continued(step=lesson.step, command=answered)
        yield from lesson.save()
    elif command.action == "abort":
        orders.ended, orders.command = "abort", answered
    elif command.id in UNASKED:
        orders.ended, orders.command = "stop", answered
        if early:
            yield from recorder.go_on_here()
    else:
        orders.command = answered
        yield from _save(lesson)
        return _explained(failed, troubled)
    return None


def _planned(lesson: Lesson, *, bold: bool) -> Command:
    """Return what is done where nobody is asked; to go back is counted."""
    if bold:
        return Command(id="", action="go_on")
    again = lesson.experiment.training.on_divergence == "rewind" and lesson.course.rewound < TRIES
    lesson.course.rewound += again
    return Command(id="", action="rewind" if again else "stop")


def give_up(recorder: Recorder, spoilt: Spoilt) -> Generator[Event, None, Failed]:
    """Say what was found where the training ends anyway, and leave the model as it was before; return the end."""
    failed = _diverged(recorder.lesson, spoilt)
    if not recorder.states:
        return failed
    troubled = yield from examine(recorder, spoilt, waits=False)
    yield from _save(recorder.lesson)
    return _explained(failed, troubled)


def _save(lesson: Lesson) -> Generator[Event, None, None]:
    """Write the state as it is; what was saved of later steps is spoilt."""
    gone = lesson.keeper.forget(lesson.step)
    yield from lesson.save()
    yield from lesson.keeper.remove(gone)


def _diverged(lesson: Lesson, spoilt: Spoilt) -> Failed:
    split = lesson.watched if spoilt.measured else "train"
    lr = lesson.optimizer.param_groups[0]["lr"]
    became = "shot up to" if spoilt.kind == "spike" else "became"
    error = f"{split}/loss {became} {spoilt.loss} at step {spoilt.step}, with a learning rate of {lr:g}"
    return Failed(reason="diverged", error=error, hint=DIVERGED, step=spoilt.step)


def _explained(failed: Failed, troubled: Troubled) -> Failed:
    """Return the end with what was found added to it."""
    when = f" at step {troubled.step}" if troubled.step < failed.step else ""
    words = "what stands out" if troubled.trouble == "spike" else "first not finite"
    return replace(failed, error=f"{failed.error}; {words}{when}: {troubled.layer}")


def examine(recorder: Recorder, spoilt: Spoilt, *, waits: bool) -> Generator[Event, None, Troubled]:
    """Go back to before the step that is to blame; tell, and return, what is known of it. There must be a state.

    That is an earlier one than the loss shows where its gradient, not its loss, was the first not to be finite.
    """
    lesson = recorder.lesson
    step = _culprit(recorder, spoilt)
    norms = recorder.back_to(step - 1, BACK)
    recorder.copy()
    here, path = lesson.state(), None
    lr, found = lesson.set_lr(step - 1), _passed(lesson, step)
    file = lesson.camera.folder / f"trouble-{step:09d}.npz"
    try:
        trouble.write_batch(file, lesson.train, lesson.batch(step), found, lesson.objective)
        path = f"{file.parent.name}/{file.name}"
    except OSError as error:
        yield Warned(message=f"the batch of step {step} was not written: {error.strerror}")
    layer = _large(lesson, step, found, here) if spoilt.kind == "spike" else _odd(lesson, step, found, here)
    lesson.put_back(here)
    troubled = Troubled(
        step=step, trouble=spoilt.kind, loss=found.loss, lr=lr, layer=layer, norms=norms, waits=waits, path=path
    )
    yield troubled
    return troubled


def _culprit(recorder: Recorder, spoilt: Spoilt) -> int:
    """Return the first step after which weights are not finite, or that of the loss where they all are."""
    lesson, last = recorder.lesson, spoilt.step if spoilt.measured else spoilt.step - 1
    if spoilt.kind == "spike":
        return spoilt.step
    recorder.back_to(last)
    if is_finite(lesson.net):
        return spoilt.step
    recorder.start_before(last, last)
    while lesson.step < last and is_finite(lesson.net):
        recorder.again()
    return lesson.step


def _passed(lesson: Lesson, step: int) -> Passed:
    """Send the batch of a step through the model as it is."""
    inputs, labels = lesson.draw(lesson.batch(step), step)
    context = precision(lesson.experiment.training.precision, lesson.device)
    return trouble.passed(lesson.net, inputs, labels, lesson.objective, context)


def _odd(lesson: Lesson, step: int, found: Passed, here: State) -> str:
    """Return in words where the first number came up that is not finite: before the step, or in taking it."""
    labels = lesson.train.labels.index_select(0, lesson.batch(step))
    where = trouble.describe(found.inputs, labels) or trouble.first_odd(found)
    if where:
        return where
    lesson.put_back(here)
    lesson.set_lr(step - 1)
    lesson.update(*lesson.draw(lesson.batch(step), step))
    spoilt = [name for name, value in lesson.net.named_parameters() if not value.isfinite().all()]
    return f"{spoilt[0]}, as the step was taken" if spoilt else f"the outputs on {lesson.watched}, after the step"


def _large(lesson: Lesson, step: int, found: Passed, here: State) -> str:
    """Return in words what is large in this batch as compared with the one before it."""
    lesson.put_back(here)
    before = _passed(lesson, step - 1)
    return trouble.first_large(found, before) or "the loss alone: no layer gives much larger numbers"
