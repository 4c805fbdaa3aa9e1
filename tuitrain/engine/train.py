"""The training loop, straight down: steps, a look at the numbers ten times a second, evaluations, the end.

It yields what happens and asks `control` what to do; it knows nothing of who listens.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from tuitrain.datasets import Data
from tuitrain.engine.anatomy import look_closely
from tuitrain.engine.devices import precision
from tuitrain.engine.estimator import fit
from tuitrain.engine.evaluation import evaluate
from tuitrain.engine.lesson import Lesson, prepare, started
from tuitrain.engine.meter import Meter
from tuitrain.engine.orders import Orders
from tuitrain.engine.probe import probe
from tuitrain.engine.split import shuffled
from tuitrain.events import Control, Evaluated, Event, Failed, Finished, Metrics, Snapshot, Stepped, Warned
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
    per_epoch, size = lesson.per_epoch, training.batch(len(lesson.train))
    orders = Orders(control, keeper, partial(probe, lesson))
    meter = Meter(lesson.device, data.task, training.record_every)
    reason: Literal["completed", "early_stopping", "stopped"] = "completed"
    yield started(lesson, data)

    lesson.net.train()
    step = 0
    yield from _measure(lesson, step, {})
    yield from orders.obey(step)
    while step < lesson.steps and reason == "completed" and not orders.stopped:
        step += 1
        epoch, batch = divmod(step - 1, per_epoch)
        if batch == 0:
            order = shuffled(len(lesson.train), training.seed, epoch, lesson.device)
        chosen = order[batch * size : (batch + 1) * size]
        inputs, labels = lesson.draw(chosen, step)
        lr = lesson.set_lr(step - 1)
        stepping = orders.stepping
        with look_closely(lesson.net, stepping) as anatomy:
            loss, outputs = lesson.update(inputs, labels)
        meter.add(loss, lesson.objective.score(outputs, labels), len(labels))

        evaluating, due = step % lesson.evaluate_every == 0 or step == lesson.steps, stepping or meter.due()
        if not (evaluating or due or orders.due()):
            continue
        # From here on the host waits for the device: ten times a second and at evaluations, not at every step.
        spoilt = meter.read()
        if due or spoilt:
            yield Stepped(step=step, epoch=epoch + 1, metrics={**meter.take_recent(), "lr": lr, **anatomy})
        if spoilt:
            yield from orders.refuse(step)
            yield _diverged("train", spoilt[1], step - spoilt[0], lr)
            return
        yield from orders.obey(step)
        if evaluating or orders.stopped:
            lesson.camera.order = chosen
            seconds = monotonic() - lesson.began - orders.waited
            metrics = {**meter.take_epoch(), "lr": lr, "seconds": seconds}
            loss_now = yield from _measure(lesson, step, metrics, last=bool(orders.stopped))
            if not isfinite(loss_now):
                yield from orders.refuse(step)
                yield replace(_diverged(lesson.watched, loss_now, step, lr), command=orders.stopped)
                return
        if keeper.due():
            yield from keeper.save(step)
        if lesson.exhausted:
            reason = "early_stopping"
    yield from keeper.save(step)
    yield from orders.refuse(step)
    reason = "stopped" if orders.stopped else reason
    yield _finished(lesson, reason, step, monotonic() - lesson.began - orders.waited, orders.stopped)


def _diverged(split: str, loss: float, step: int, lr: float) -> Failed:
    error = f"{split}/loss became {loss} at step {step}, with a learning rate of {lr:g}"
    return Failed(reason="diverged", error=error, hint=DIVERGED, step=step)


def _measure(lesson: Lesson, step: int, metrics: Metrics, *, last: bool = False) -> Generator[Event, None, float]:
    """Evaluate and take a picture; return the loss on the split that is watched.

    Before the first step this says what the untrained model makes of the data.
    """
    net, split = lesson.net, lesson.watched
    with precision(lesson.experiment.training.precision, lesson.device):
        found = evaluate(net, lesson.looked_at, lesson.objective)
        if lesson.experiment.training.evaluate_train:
            metrics |= evaluate(net, lesson.train, lesson.objective).quick("train_eval")
    quick = found.quick(split)
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
    if not step or (step // lesson.evaluate_every - 1) % lesson.snapshot_every == 0 or last:
        tsne = last and lesson.experiment.training.embedding == "tsne"
        try:
            yield Snapshot(step=step, path=lesson.camera.take(net, found, step, last=last, tsne=tsne))
        except OSError as error:
            yield Warned(message=f"the snapshot of step {step} was not written: {error.strerror}; training goes on")
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
