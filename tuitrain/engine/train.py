"""The training loop, straight down: steps, a look at the numbers ten times a second, evaluations, the end.

It yields what happens and asks `control` what to do; it knows nothing of who listens.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any, Literal, TypeVar

import torch

from tuitrain.datasets import Data
from tuitrain.engine.anatomy import gradient_norm, is_small, look_closely
from tuitrain.engine.checkpoint import Damaged
from tuitrain.engine.devices import precision
from tuitrain.engine.estimator import fit
from tuitrain.engine.evaluation import evaluate
from tuitrain.engine.flight import Recorder
from tuitrain.engine.lesson import Lesson, prepare, started
from tuitrain.engine.orders import Orders
from tuitrain.engine.probe import probe
from tuitrain.engine.state import State, read
from tuitrain.engine.stumble import give_up, stumble
from tuitrain.engine.trouble import judged
from tuitrain.engine.update import Taken
from tuitrain.events import (
    Control,
    Evaluated,
    Event,
    Failed,
    Finished,
    Metrics,
    Start,
    Started,
    Stepped,
    Warned,
)
from tuitrain.experiment import Experiment
from tuitrain.models import Estimator, Network

FITTED = 10  # a model of at most this many parameters is told by their values
FROM_THE_BEGINNING = Start()
T = TypeVar("T")


def train(
    experiment: Experiment, data: Data, control: Control, folder: Path, start: Start = FROM_THE_BEGINNING
) -> Iterator[Event]:
    """Train the experiment's one model and yield what happens, ending with finished or failed.

    Checkpoints and snapshots go into `folder`. On a CPU the same experiment gives the same numbers, bit for bit, and
    a training that goes on from any of its checkpoints gives those of one that was never interrupted.
    Raise Rejected for a device that is not there, Damaged for a checkpoint that nothing can go on from, and whatever
    torch raises: `failure.explain` has words for it.
    """
    (model,) = experiment.models
    if isinstance(model, Estimator):
        return fit(experiment, model, data, control, folder)
    if not isinstance(model, Network):
        raise TypeError(f"{model.kind} is neither a network nor an estimator")
    lesson = prepare(experiment, model, data, folder)
    return learn(lesson, started(lesson, model, data), control, start)


def learn(lesson: Lesson, begun: Started, control: Control, start: Start) -> Iterator[Event]:
    """Train a network, a step at a time."""
    keeper, meter = lesson.keeper, lesson.meter
    recorder, small = Recorder.planned(lesson, start.plan), is_small(lesson.net)
    orders = Orders(control, lesson, partial(probe, lesson), recorder.rewind, start.plan)
    yield from _begin(recorder, begun, start)

    lesson.net.train()
    yield from recorder.keep()
    yield from orders.obey(lesson.step)
    yield from recorder.keep()
    meter.go_on()
    while not lesson.over and not orders.ended:
        step = lesson.step = lesson.step + 1
        chosen = lesson.batch(step)
        inputs, labels = lesson.draw(chosen, step)
        lr = lesson.set_lr(step - 1)
        stepping, evaluating, skipping = orders.stepping, lesson.evaluates(step), step in recorder.skipped
        with look_closely(lesson.net, (stepping or (evaluating and small)) and not skipping) as anatomy:
            taken = None if skipping else lesson.update(inputs, labels)
        if taken:
            meter.add(taken.loss, lesson.objective.score(taken.outputs, labels), len(labels))
        else:
            yield from recorder.leave_out(step)

        due = (stepping and taken) or meter.due()
        if not (evaluating or due or skipping or orders.due(step) or keeper.wants(step)):
            continue
        # From here on the host waits for the device: ten times a second and at evaluations, not at every step.
        spoilt = recorder.read(learned=taken is not None)
        if spoilt.tells if spoilt else due:
            metrics = meter.take_recent() | {"lr": lr} | _gradient(lesson, taken) | (anatomy if stepping else {})
            told = spoilt.step if spoilt else step
            yield Stepped(step=told, epoch=lesson.epoch(told), metrics=metrics)
        lesson.camera.order = chosen
        if evaluating and not spoilt:
            loss = yield from _measure(lesson, {**meter.take_epoch(), "lr": lr, **anatomy})
            spoilt = judged(step, loss)
        if spoilt:
            failed = yield from stumble(recorder, orders, spoilt, waits=start.waits)
            if failed:
                yield from _fail(lesson, orders, failed)
                return
        elif not evaluating:
            yield from lesson.album.refresh(step, lesson.seconds)
        # Nothing of this step is left to do: what is saved from here on is all that the next one goes on from.
        yield from orders.obey(lesson.step)
        yield from recorder.keep()
        if not orders.ended and keeper.due(lesson.step, lesson.steps, lesson.seconds, evaluated=evaluating):
            yield from lesson.save()
        meter.go_on()
    yield from _end(recorder, orders)


def _begin(recorder: Recorder, begun: Started, start: Start) -> Iterator[Event]:
    """Tell how it begins: with the first step, where it was interrupted, or with another run's state."""
    lesson = recorder.lesson
    if start.checkpoint and not start.branch:
        yield from _go_on(recorder, start.checkpoint)
        return
    left = _taken(start.checkpoint, lesson.branch) if start.checkpoint else ""
    recorder.begin()
    yield begun
    yield from [Warned(message=left)] if left else []
    yield from _measure(lesson, {}, counts=False)


def _go_on(recorder: Recorder, path: Path) -> Iterator[Event]:
    """Go on from a state of this run, and tell from where; what lies on disk of later steps is let go."""
    lesson, first = recorder.lesson, path.with_name("start.pt")
    with suppress(Damaged):  # then there is no way back to the beginning, which nobody may ask for
        if first.exists():
            _taken(first, lesson.branch)
        recorder.begin()
    seconds = _taken(path, lesson.resume)
    lesson.began = monotonic() - seconds
    lesson.keeper.recall(lesson.step)
    yield from recorder.tell_again()
    yield from lesson.album.recall(lesson.step, seconds)


def _taken(path: Path, take_on: Callable[[State], T]) -> T:
    """Take on the state in a file, and return what comes of that; raise Damaged where it does not fit."""
    state = read(path)
    try:
        return take_on(state)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # whatever is in the file
        raise Damaged(f"{path}: does not fit the model: {str(error).partition(chr(10))[0]}") from error


def _gradient(lesson: Lesson, taken: Taken | None) -> Metrics:
    """Return the norm of the gradient of the step just taken, before it was clipped; nothing where there is none."""
    if taken is None:
        return {}
    norm = gradient_norm(lesson.net) if taken.norm is None else taken.norm
    return {} if norm is None else {"grad_norm": float(norm)}


def _fail(lesson: Lesson, orders: Orders, failed: Failed) -> Iterator[Event]:
    """End with this, once the best step has its picture and each command its answer."""
    yield from lesson.album.complete(lesson.seconds, last=True)
    yield from orders.refuse(lesson.step)
    yield replace(failed, command=orders.command)


def _measure(
    lesson: Lesson, metrics: Metrics, *, counts: bool = True, last: bool = False
) -> Generator[Event, None, float]:
    """Evaluate and take a picture, unless there is nothing to see; return the loss on the split that is watched.

    Before the first step this says what the model makes of the data as it comes, and does not count.
    """
    split, training, seconds, began = lesson.watched, lesson.experiment.training, lesson.seconds, monotonic()
    found = lesson.album.look()
    quick = found.quick(split)
    lesson.album.looking = monotonic() - began
    metrics |= {"seconds": seconds} if counts else {}
    if training.evaluate_train:
        with precision(training.precision, lesson.device):
            metrics |= evaluate(lesson.net, lesson.train, lesson.objective).quick("train_eval")
    if split == "val":
        metrics |= quick
    elif not counts:
        metrics = found.quick("train_eval") | metrics  # of a part, unless the whole split was measured
    loss, step = quick[f"{split}/loss"], lesson.step
    best = counts and lesson.judge(loss)
    yield Evaluated(step=step, epoch=lesson.epoch(step), metrics=metrics, best=best)
    last = last or (counts and lesson.over)
    if isfinite(loss):  # else some of what is drawn cannot be worked out: no plane of principal components
        yield from lesson.album.add(found, step, seconds, last=last, tsne=last and training.embedding == "tsne")
    return loss


def _end(recorder: Recorder, orders: Orders) -> Iterator[Event]:
    """Save, look at where a training was stopped, and measure what it came to; after an abort none of this."""
    lesson = recorder.lesson
    step, keeper = lesson.step, lesson.keeper
    if orders.ended == "abort":
        yield from orders.refuse(step)
        yield _finished(lesson, orders, {})
        return
    if keeper.saved != step:
        yield from lesson.save()
    if orders.ended == "stop":
        # After saving: what goes on from there makes no evaluation here.
        loss = yield from _look_once_more(lesson)
        if spoilt := judged(step, loss):
            failed = yield from give_up(recorder, spoilt)
            yield from _fail(lesson, orders, failed)
            return
    yield from lesson.album.complete(lesson.seconds, last=True)
    yield from orders.refuse(step)
    keeper.restore_best()
    yield _finished(lesson, orders, _measured(lesson))


def _look_once_more(lesson: Lesson) -> Generator[Event, None, float]:
    """Evaluate the step at which a training was stopped, unless that was done, and take its last picture."""
    step, keeper = lesson.step, lesson.keeper
    if step == lesson.evaluated:
        tsne = lesson.experiment.training.embedding == "tsne"
        if step:
            yield from lesson.album.add(lesson.album.look(), step, lesson.seconds, last=True, tsne=tsne)
        return 0.0
    lr = lesson.optimizer.param_groups[0]["lr"]
    loss = yield from _measure(lesson, {**lesson.meter.take_epoch(), "lr": lr}, last=True)
    if keeper.best_step == keeper.saved == step:
        yield from keeper.save_best()
    return loss


def _measured(lesson: Lesson) -> Metrics:
    """Measure every split once."""
    metrics: Metrics = {}
    with precision(lesson.experiment.training.precision, lesson.device):
        for name, split in lesson.splits.items():
            metrics |= evaluate(lesson.net, split, lesson.objective).metrics(name)
    return metrics


def _finished(lesson: Lesson, orders: Orders, metrics: Metrics) -> Finished:
    """Return the end, measured at the best weights where a validation split chose them."""
    reason: Literal["completed", "early_stopping", "stopped"] = "early_stopping" if lesson.exhausted else "completed"
    return Finished(
        reason="stopped" if orders.ended else reason,
        step=lesson.step,
        epoch=lesson.epoch(lesson.step),
        parameters=lesson.parameters,
        metrics=metrics,
        best_epoch=lesson.epoch(lesson.keeper.best_step) if lesson.keeper.best else None,
        seconds=lesson.seconds,
        fitted=_fitted(lesson),
        command=orders.command,
    )


def _fitted(lesson: Lesson) -> dict[str, Any] | None:
    if lesson.parameters > FITTED:
        return None
    return {name: value.tolist() for name, value in lesson.net.named_parameters()}
