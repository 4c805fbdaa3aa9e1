"""The training loop, straight down: steps, a look at the numbers ten times a second, evaluations, the end.

It yields what happens and asks `control` what to do; it knows nothing of who listens.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from torch import Tensor

from tuitrain.datasets import Data
from tuitrain.engine.anatomy import gradient_norm, is_small, look_closely
from tuitrain.engine.devices import precision
from tuitrain.engine.estimator import fit
from tuitrain.engine.evaluation import evaluate
from tuitrain.engine.lesson import Lesson, prepare, started
from tuitrain.engine.meter import Meter
from tuitrain.engine.orders import Orders
from tuitrain.engine.probe import probe
from tuitrain.engine.split import shuffled
from tuitrain.engine.update import Taken
from tuitrain.events import Control, Evaluated, Event, Failed, Finished, Metrics, Stepped
from tuitrain.experiment import Experiment
from tuitrain.models import Estimator, Network

DIVERGED = "try a smaller optimizer.lr, or another training.seed"
FITTED = 10  # a model of at most this many parameters is told by their values


def train(experiment: Experiment, data: Data, control: Control, folder: Path) -> Iterator[Event]:
    """Train the experiment's one model and yield what happens, ending with finished or failed.

    Checkpoints and snapshots go into `folder`. On a CPU the same experiment gives the same numbers, bit for bit.
    Raise Rejected for a device that is not there, and whatever torch raises: `failure.explain` has words for it.
    """
    (model,) = experiment.models
    if isinstance(model, Estimator):
        return fit(experiment, model, data, control, folder)
    if not isinstance(model, Network):
        raise TypeError(f"{model.kind} is neither a network nor an estimator")
    return learn(experiment, model, data, control, folder)


def learn(experiment: Experiment, model: Network, data: Data, control: Control, folder: Path) -> Iterator[Event]:
    """Train a network, a step at a time."""
    lesson = prepare(experiment, model, data, folder)
    keeper, training = lesson.keeper, experiment.training
    orders, small = Orders(control, keeper, partial(probe, lesson)), is_small(lesson.net)
    meter = Meter(lesson.device, data.task, training.record_every)
    reason: Literal["completed", "early_stopping", "stopped"] = "completed"
    yield started(lesson, model, data)

    lesson.net.train()
    step, batches = 0, _batches(lesson)
    yield from _measure(lesson, step, {}, 0.0)
    yield from orders.obey(step)
    meter.go_on()
    while step < lesson.steps and reason == "completed" and not orders.stopped:
        step += 1
        epoch, chosen = next(batches)
        inputs, labels = lesson.draw(chosen, step)
        lr = lesson.set_lr(step - 1)
        stepping, evaluating = orders.stepping, step % lesson.evaluate_every == 0 or step == lesson.steps
        with look_closely(lesson.net, stepping or (evaluating and small)) as anatomy:
            taken = lesson.update(inputs, labels)
        meter.add(taken.loss, lesson.objective.score(taken.outputs, labels), len(labels))

        due = stepping or meter.due()
        if not (evaluating or due or orders.due()):
            continue
        # From here on the host waits for the device: ten times a second and at evaluations, not at every step.
        spoilt = meter.read()
        if due or spoilt:
            metrics = {**meter.take_recent(), "lr": lr, **_gradient(lesson, taken), **(anatomy if stepping else {})}
            yield Stepped(step=step - spoilt[0] if spoilt else step, epoch=epoch, metrics=metrics)
        if spoilt:
            yield from _fail(lesson, orders, step, _diverged("train", spoilt[1], step - spoilt[0], lr))
            return
        yield from orders.obey(step)
        lesson.camera.order, seconds = chosen, _seconds(lesson, orders)
        if evaluating or orders.stopped:
            metrics = {**meter.take_epoch(), "lr": lr, "seconds": seconds, **anatomy}
            loss_now = yield from _measure(lesson, step, metrics, seconds, last=bool(orders.stopped))
            if not isfinite(loss_now):
                yield from _fail(lesson, orders, step, _diverged(lesson.watched, loss_now, step, lr))
                return
        else:
            yield from lesson.album.refresh(step, seconds)
        if keeper.due():
            yield from keeper.save(step)
        if lesson.exhausted:
            reason = "early_stopping"
        meter.go_on()
    yield from lesson.album.complete(_seconds(lesson, orders), last=True)
    yield from keeper.save(step)
    yield from orders.refuse(step)
    reason = "stopped" if orders.stopped else reason
    yield _finished(lesson, reason, step, _seconds(lesson, orders), orders.stopped)


def _batches(lesson: Lesson) -> Iterator[tuple[int, Tensor]]:
    """Yield, for each step, its epoch and the numbers of the samples that it learns from."""
    training, samples = lesson.experiment.training, len(lesson.train)
    size = training.batch(samples)
    for epoch in count():
        order = shuffled(samples, training.seed, epoch, lesson.device)
        for batch in range(lesson.per_epoch):
            yield epoch + 1, order[batch * size : (batch + 1) * size]


def _seconds(lesson: Lesson, orders: Orders) -> float:
    """Return how long the training has taken so far, without what it waited."""
    return monotonic() - lesson.began - orders.waited


def _gradient(lesson: Lesson, taken: Taken) -> Metrics:
    """Return the norm of the gradient of the step just taken, before it was clipped; nothing where there is none."""
    norm = gradient_norm(lesson.net) if taken.norm is None else taken.norm
    return {} if norm is None else {"grad_norm": float(norm)}


def _fail(lesson: Lesson, orders: Orders, step: int, failed: Failed) -> Iterator[Event]:
    """End with this, once the best step has its picture and each command its answer."""
    yield from lesson.album.complete(_seconds(lesson, orders), last=True)
    yield from orders.refuse(step)
    yield replace(failed, command=orders.stopped)


def _diverged(split: str, loss: float, step: int, lr: float) -> Failed:
    error = f"{split}/loss became {loss} at step {step}, with a learning rate of {lr:g}"
    return Failed(reason="diverged", error=error, hint=DIVERGED, step=step)


def _measure(
    lesson: Lesson, step: int, metrics: Metrics, seconds: float, *, last: bool = False
) -> Generator[Event, None, float]:
    """Evaluate and take a picture; return the loss on the split that is watched.

    Before the first step this says what the untrained model makes of the data.
    """
    split, training, began = lesson.watched, lesson.experiment.training, monotonic()
    found = lesson.album.look()
    quick = found.quick(split)
    lesson.album.looking = monotonic() - began
    if training.evaluate_train:
        with precision(training.precision, lesson.device):
            metrics |= evaluate(lesson.net, lesson.train, lesson.objective).quick("train_eval")
    loss, best = quick[f"{split}/loss"], False
    if split == "val":
        metrics |= quick
        best = bool(step) and lesson.keeper.consider(loss, step)
    elif not step:
        metrics = found.quick("train_eval") | metrics  # of a part, unless the whole split was measured
    if step:
        lesson.losses.append(loss)
    yield Evaluated(step=step, epoch=-(-step // lesson.per_epoch), metrics=metrics, best=best)
    last = last or lesson.exhausted or step == lesson.steps
    yield from lesson.album.add(found, step, seconds, last=last, tsne=last and training.embedding == "tsne")
    return loss


def _finished(
    lesson: Lesson,
    reason: Literal["completed", "early_stopping", "stopped"],
    step: int,
    seconds: float,
    command: str | None,
) -> Finished:
    """Measure every split once, at the best weights where a validation split chose them."""
    keeper = lesson.keeper
    keeper.restore_best()
    metrics: Metrics = {}
    with precision(lesson.experiment.training.precision, lesson.device):
        for name, split in lesson.splits.items():
            metrics |= evaluate(lesson.net, split, lesson.objective).metrics(name)
    return Finished(
        reason=reason,
        step=step,
        epoch=-(-step // lesson.per_epoch),
        parameters=lesson.parameters,
        metrics=metrics,
        best_epoch=-(-keeper.best_step // lesson.per_epoch) if keeper.best else None,
        seconds=seconds,
        fitted=_fitted(lesson),
        command=command,
    )


def _fitted(lesson: Lesson) -> dict[str, Any] | None:
    if lesson.parameters > FITTED:
        return None
    return {name: value.tolist() for name, value in lesson.net.named_parameters()}
