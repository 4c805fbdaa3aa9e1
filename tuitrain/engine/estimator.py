"""Models of scikit-learn: fitted in one go, in a process of their own that can be stopped; measured as any other."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tuitrain.datasets import Data
from tuitrain.engine.beginning import begun
from tuitrain.engine.devices import set_up_cpu
from tuitrain.engine.evaluation import Scored, evaluating
from tuitrain.engine.fitting import fitted, leave_signals
from tuitrain.engine.lesson import place_all, watched
from tuitrain.engine.snapshot import Camera
from tuitrain.engine.split import Placed
from tuitrain.events import Control, Evaluated, Event, Finished, Preparing, Refused, Snapshot, Warned
from tuitrain.experiment import Experiment
from tuitrain.models import Estimator

CPU = torch.device("cpu")


def fit(experiment: Experiment, model: Estimator, data: Data, control: Control, folder: Path) -> Iterator[Event]:
    """Fit the model and yield what happens, ending with finished. What the fit raises is raised here."""
    threads, began = set_up_cpu(experiment.training.threads), monotonic()
    splits = place_all(data, CPU, experiment.training.seed)
    train = splits["train"]
    yield begun(experiment, data.facts, device="cpu", threads=threads, span=(1, 1), table=[])
    yield Preparing(phase=f"fitting to {len(train):,} samples in one go: there are no steps to count")
    estimator = model.make(experiment.training.seed)
    with _apart() as pool:
        fitting = pool.submit(fitted, estimator, _rows(train), train.labels.numpy())
        stopped = yield from _wait(fitting, control)
        if stopped:
            yield _ended("stopped", 0, {}, monotonic() - began, stopped)
            return
        net = Scores(fitting.result(), len(data.labels))
    seconds = monotonic() - began
    name, looked_at = watched(splits)
    found = score(net, looked_at)
    metrics = {**(found.quick("val") if name == "val" else {}), "seconds": seconds}
    yield Evaluated(step=1, epoch=1, metrics=metrics, best=False)
    camera = Camera(folder / "snapshots", train, looked_at, name, experiment.training.seed, support=net.support)
    try:
        tsne = experiment.training.embedding == "tsne"
        yield Snapshot(step=1, path=camera.take(net, found, 1, last=True, tsne=tsne))
    except OSError as error:
        yield Warned(message=f"the snapshot was not written: {error.strerror}")
    yield Preparing(phase="measuring every split")
    ends: dict[str, float] = {}
    for split, placed in splits.items():
        ends |= score(net, placed).metrics(split)
    for command in control.commands():
        yield Refused(step=1, command=command.id, reason="training is over")
    yield _ended("completed", net.count, ends, seconds, None)


def _wait(fitting: "Future[Any]", control: Control) -> Generator[Event, None, str | None]:
    """Answer commands until the fit is over; return the id of the one to stop or to abort."""
    while not fitting.done():
        for command in control.commands():
            if command.action in ("stop", "abort"):
                return command.id
            reason = "a model that is fitted in one go has no steps: it can only be stopped"
            yield Refused(step=0, command=command.id, reason=reason)
        control.wait()
    return None


def _ended(reason: Any, parameters: int, metrics: dict[str, float], seconds: float, command: str | None) -> Finished:
    step = 1 if parameters else 0
    return Finished(
        reason=reason,
        step=step,
        epoch=step,
        parameters=parameters,
        metrics=metrics,
        best_epoch=None,
        seconds=seconds,
        command=command,
    )


@contextmanager
def _apart() -> Iterator[ProcessPoolExecutor]:
    """Return a process to fit in, which ends with this: libsvm listens to nobody until it is done."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=leave_signals)
    try:
        yield pool
    finally:
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(cancel_futures=True)


def _rows(split: Placed) -> "np.ndarray[Any, Any]":
    """Return the scaled inputs as a table [N, F]."""
    return torch.cat([part.flatten(1) for part in split.parts()]).numpy()


class Scores(nn.Module):
    """A fitted estimator in the place of a net: scores [N, C] for inputs [N, *shape]."""

    def __init__(self, estimator: Any, classes: int) -> None:
        super().__init__()
        self.estimator, self.classes = estimator, classes

    def forward(self, inputs: Tensor) -> Tensor:
        """Return how far each class is ahead; of two classes the second one's margin, and its negative."""
        found = torch.from_numpy(self.estimator.decision_function(inputs.flatten(1).numpy())).float()
        found = torch.stack([-found, found], dim=1) if found.dim() == 1 else found
        scores = torch.full((len(found), self.classes), -torch.inf)  # of classes that training never saw
        scores[:, torch.from_numpy(self.estimator.classes_)] = found
        return scores

    @property
    def support(self) -> Tensor | None:
        """The numbers of the training samples that carry the model."""
        return torch.from_numpy(self.estimator.support_) if hasattr(self.estimator, "support_") else None

    @property
    def count(self) -> int:
        """How many numbers it consists of: support vectors, their coefficients, and the offsets."""
        parts = (getattr(self.estimator, name, None) for name in ("support_vectors_", "dual_coef_", "intercept_"))
        return sum(part.size for part in parts if part is not None)


@torch.inference_mode()
def score(net: Scores, split: Placed) -> Scored:
    """Return what the estimator makes of the whole split."""
    with evaluating(net):
        return Scored(torch.cat([net(part) for part in split.parts()]), split.labels)
