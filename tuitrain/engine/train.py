"""The training loop, straight down: steps, a look at the numbers ten times a second, evaluations, the end.

It yields what happens and asks `control` what to do; it knows nothing of who listens.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from torch.nn import functional as F

from tuitrain.datasets import Data
from tuitrain.engine.devices import precision
from tuitrain.engine.evaluation import evaluate
from tuitrain.engine.lesson import Lesson, prepare, started
from tuitrain.engine.meter import Meter
from tuitrain.engine.orders import Orders
from tuitrain.engine.split import shuffled
from tuitrain.events import Control, Evaluated, Event, Failed, Finished, Metrics, Snapshot, Stepped, Warned
from tuitrain.experiment import Experiment
from tuitrain.models import Model

DIVERGED = "try a smaller optimizer.lr, or another training.seed"
FITTED = 10  # a model of at most this many parameters is told by their values


def train(experiment: Experiment, model: Model, data: Data, control: Control, folder: Path) -> Iterator[Event]:
    """Train the model and yield what happens, ending with finished or failed.

    Checkpoints and snapshots go into `folder`. On a CPU the same experiment gives the same numbers, bit for bit.
    Raise Rejected for a device that is not there, and whatever torch raises: `failure.explain` has words for it.
    """
    lesson = prepare(experiment, model, data, folder)
    net, optimizer, keeper, training = lesson.net, lesson.optimizer, lesson.keeper, experiment.training
    split, per_epoch, size = lesson.train, lesson.per_epoch, training.batch(len(lesson.train))
    orders, meter = Orders(control, keeper), Meter(lesson.device, training.record_every)
    reason: Literal["completed", "early_stopping", "stopped"] = "completed"
    yield started(lesson, model)

    net.train()
    step = 0
    yield from orders.obey(step)
    while step < lesson.steps and reason == "completed" and not orders.stopped:
        step += 1
        epoch, batch = divmod(step - 1, per_epoch)
        if batch == 0:
            order = shuffled(len(split), training.seed, epoch, lesson.device)
        inputs, labels = split.batch(order[batch * size : (batch + 1) * size])
        lr = lesson.set_lr(step - 1)
        with precision(training.precision, lesson.device):
            logits = net(inputs)
            loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        optimizer.step()
        meter.add(loss, logits, labels)

        evaluating, due = step % lesson.evaluate_every == 0 or step == lesson.steps, meter.due()
        if not (evaluating or due or orders.due()):
            continue
        # From here on the host waits for the device: ten times a second and at evaluations, not at every step.
        spoilt = meter.read()
        if due or spoilt:
            yield Stepped(step=step, epoch=epoch + 1, metrics={**meter.take_recent(), "lr": lr})
        if spoilt:
            yield from orders.refuse(step)
            yield _diverged("train", spoilt[1], step - spoilt[0], lr)
            return
        yield from orders.obey(step)
        if evaluating or orders.stopped:
            seconds = monotonic() - lesson.began - orders.waited
            loss_now = yield from _measure(lesson, step, {**meter.take_epoch(), "lr": lr, "seconds": seconds})
            if not isfinite(loss_now):
                yield from orders.refuse(step)
                yield replace(_diverged(lesson.watched, loss_now, step, lr), command=orders.stopped)
                return
        if keeper.due():
            yield from keeper.save(step)
        if training.patience and keeper.stale >= training.patience:
            reason = "early_stopping"
    yield from keeper.save(step)
    yield from orders.refuse(step)
    reason = "stopped" if orders.stopped else reason
    yield _finished(lesson, reason, step, monotonic() - lesson.began - orders.waited, orders.stopped)


def _diverged(split: str, loss: float, step: int, lr: float) -> Failed:
    error = f"{split}/loss became {loss} at step {step}, with a learning rate of {lr:g}"
    return Failed(reason="diverged", error=error, hint=DIVERGED, step=step)


def _measure(lesson: Lesson, step: int, metrics: Metrics) -> Generator[Event, None, float]:
    """Evaluate and take a picture; return the loss on the split that is watched."""
    with precision(lesson.experiment.training.precision, lesson.device):
        evaluation = evaluate(lesson.net, lesson.looked_at)
    best = False
    if lesson.watched == "val":
        metrics |= {"val/loss": evaluation.loss, "val/accuracy": evaluation.accuracy}
        best = lesson.keeper.consider(evaluation.loss, step)
    yield Evaluated(step=step, epoch=-(-step // lesson.per_epoch), metrics=metrics, best=best)
    if (step // lesson.evaluate_every - 1) % lesson.snapshot_every == 0 or step == lesson.steps:
        try:
            yield Snapshot(step=step, path=lesson.camera.take(lesson.net, evaluation, lesson.watched, step))
        except OSError as error:
            yield Warned(message=f"the snapshot of step {step} was not written: {error.strerror}; training goes on")
    return evaluation.loss


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
            metrics |= evaluate(lesson.net, split).metrics(name)
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
