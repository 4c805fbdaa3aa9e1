"""What a training works with, set up once: device, splits, model, optimizer, and the counts that follow from them."""

import os
import socket
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from time import monotonic

import torch
import torch._dynamo  # the first optimizer step would load it, for 3 seconds inside the clock
from torch import nn

from tuitrain.datasets import Data
from tuitrain.engine.devices import pick, set_up_cpu
from tuitrain.engine.keeper import Keeper
from tuitrain.engine.snapshot import Camera
from tuitrain.engine.split import Placed, place
from tuitrain.events import Started
from tuitrain.experiment import Experiment
from tuitrain.models import Model

LOOKED_AT = 4096  # training samples that go through the model again at an evaluation without a validation split
SNAPSHOTS = 200  # at most, of a run: at 2 to 40 kB each, under 10 MB


@dataclass(frozen=True, slots=True)
class Lesson:
    """Everything but the course of the training itself."""

    experiment: Experiment
    device: torch.device
    splits: dict[str, Placed]
    net: nn.Module
    optimizer: torch.optim.Optimizer
    keeper: Keeper
    camera: Camera
    per_epoch: int
    """Steps in an epoch."""
    steps: int
    """Steps in the whole training."""
    evaluate_every: int
    """Steps between two evaluations."""
    threads: int
    began: float

    @property
    def train(self) -> Placed:
        """The split that is learned from."""
        return self.splits["train"]

    @property
    def watched(self) -> str:
        """The split that says how good the model is while it trains."""
        return "val" if "val" in self.splits else "train"

    @property
    def looked_at(self) -> Placed:
        """The watched split, as evaluations see it: of training data a part, for a picture and not for a verdict."""
        return self.splits["val"] if "val" in self.splits else self.train.head(LOOKED_AT)

    @property
    def snapshot_every(self) -> int:
        """Evaluations between two snapshots, so that their number stays bounded."""
        evaluations = -(-self.steps // self.evaluate_every)
        return -(-evaluations // SNAPSHOTS)

    @property
    def parameters(self) -> int:
        """Trained numbers in the model."""
        return sum(parameter.numel() for parameter in self.net.parameters())

    def set_lr(self, step: int) -> float:
        """Put the schedule's learning rate for the step (from 0) into the optimizer and return it."""
        epoch, epochs = step // self.per_epoch, self.experiment.training.epochs
        lr = self.experiment.optimizer.lr * self.experiment.schedule.factor(epoch, epochs, step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        return lr


def prepare(experiment: Experiment, model: Model, data: Data, folder: Path) -> Lesson:
    """Fix the seed, move the data to the device and build the model there; raise Rejected."""
    device = pick(experiment.training.device)
    threads = set_up_cpu(experiment.training.threads)
    torch.manual_seed(experiment.training.seed)
    splits = {
        name: place(split, data.scaling, device)
        for name, split in (("train", data.train), ("val", data.val), ("test", data.test))
        if split is not None and len(split)
    }
    net = model.build(tuple(splits["train"].inputs.shape[1:]), len(data.labels)).to(device)
    optimizer = experiment.optimizer.build(net.parameters())
    per_epoch = experiment.training.steps(len(splits["train"]))
    return Lesson(
        experiment=experiment,
        device=device,
        splits=splits,
        net=net,
        optimizer=optimizer,
        keeper=Keeper(folder / "checkpoints", net, optimizer),
        camera=Camera(folder / "snapshots", splits["train"]),
        per_epoch=per_epoch,
        steps=per_epoch * experiment.training.epochs,
        evaluate_every=experiment.training.evaluate_every or per_epoch,
        threads=threads,
        began=monotonic(),
    )


def started(lesson: Lesson, model: Model) -> Started:
    """Return the event that says what is trained on what, with everything resolved."""
    sizes = {name: len(split) for name, split in lesson.splits.items()}
    resolved = {"threads": lesson.threads, "device": str(lesson.device)}
    training = lesson.experiment.training.model_copy(update=resolved)
    return Started(
        experiment=lesson.experiment.model_copy(update={"models": [model], "training": training}).dump(),
        model=model.name,
        device=str(lesson.device),
        parameters=lesson.parameters,
        train_size=sizes["train"],
        val_size=sizes.get("val", 0),
        test_size=sizes.get("test", 0),
        steps=lesson.steps,
        epochs=lesson.experiment.training.epochs,
        pid=os.getpid(),
        host=socket.gethostname(),
        versions={"python": python_version(), "torch": str(torch.__version__), "tuitrain": version("tuitrain")},
    )
