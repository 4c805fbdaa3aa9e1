"""What a training works with, set up once: device, splits, model, optimizer, and the counts that follow from them."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from time import monotonic

import torch
import torch._dynamo  # the first optimizer step would load it, for 3 seconds inside the clock
from torch import Tensor, nn

from tuitrain.datasets import Data, Facts
from tuitrain.engine.album import Album
from tuitrain.engine.devices import pick, precision, set_up_cpu
from tuitrain.engine.evaluation import Classified, Predicted, evaluate
from tuitrain.engine.keeper import Keeper
from tuitrain.engine.objective import Objective, objective
from tuitrain.engine.snapshot import Camera
from tuitrain.engine.split import Placed, drawing_seed, place
from tuitrain.engine.update import Update, update_of
from tuitrain.events import Started
from tuitrain.experiment import Experiment
from tuitrain.models import Network, Parameter
from tuitrain.models.flops import parameters_of
from tuitrain.schedules import Progress

LOOKED_AT = 4096  # training samples that go through the model again at an evaluation without a validation split


@dataclass(frozen=True, slots=True)
class Lesson:
    """Everything but the course of the training itself."""

    experiment: Experiment
    device: torch.device
    splits: dict[str, Placed]
    net: nn.Module
    optimizer: torch.optim.Optimizer
    objective: Objective
    update: Update
    keeper: Keeper
    camera: Camera
    album: Album
    per_epoch: int
    """Steps in an epoch."""
    steps: int
    """Steps in the whole training."""
    epochs: int
    evaluate_every: int
    """Steps between two evaluations."""
    threads: int
    began: float
    drawing: torch.Generator
    """Of augmentation: apart from what the model draws, and seeded anew for each step."""
    losses: list[float] = field(default_factory=list)
    """The loss of the watched split at each evaluation so far."""

    @property
    def train(self) -> Placed:
        """The split that is learned from."""
        return self.splits["train"]

    @property
    def watched(self) -> str:
        """The split that says how good the model is while it trains."""
        return watched(self.splits)[0]

    @property
    def looked_at(self) -> Placed:
        """The watched split, as evaluations see it."""
        return watched(self.splits)[1]

    @property
    def parameters(self) -> int:
        """Trained numbers in the model."""
        return sum(parameter.numel() for parameter in self.net.parameters())

    @property
    def exhausted(self) -> bool:
        """Whether the watched loss has not fallen for as long as the experiment waits for it."""
        patience = self.experiment.training.patience
        return bool(patience) and self.keeper.stale >= patience

    def draw(self, chosen: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return scaled inputs and labels, augmented as seed and step alone say: a resumed run sees the same."""
        if not self.train.augmentation:
            return self.train.batch(chosen)
        self.drawing.manual_seed(drawing_seed(self.experiment.training.seed, step))
        return self.train.augmented(chosen, self.drawing), self.train.labels.index_select(0, chosen)

    def set_lr(self, step: int) -> float:
        """Put the schedule's learning rate for the step (from 0) into the optimizer and return it."""
        at = Progress(step // self.per_epoch, self.epochs, step, self.steps, self.losses)
        factor = self.experiment.schedule.factor(at)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        return float(self.optimizer.param_groups[0]["lr"])


def watched(splits: Mapping[str, Placed]) -> tuple[str, Placed]:
    """Return name and samples of the split that evaluations look at.

    Of training data that is a part, for a picture and not for a verdict.
    """
    return ("val", splits["val"]) if "val" in splits else ("train", splits["train"].head(LOOKED_AT))


def place_all(data: Data, device: torch.device, seed: int) -> dict[str, Placed]:
    """Return the splits that there are on the device, the rotated test set among them."""
    targets = data.targets if data.task == "regression" else None
    splits = {
        name: place(split, data.scaling, device, targets)
        for name, split in (("train", data.train), ("val", data.val), ("test", data.test))
        if split is not None and len(split)
    }
    splits["train"] = replace(splits["train"], augmentation=data.augmentation)
    if data.test_rotation and "test" in splits:
        splits["test_rotated"] = splits["test"].rotated(data.test_rotation, seed)
    return splits


def prepare(experiment: Experiment, model: Network, data: Data, folder: Path) -> Lesson:
    """Fix the seed, move the data to the device and build the model there; raise Rejected."""
    training = experiment.training
    device = pick("cpu" if model.cpu_only else training.device)
    threads = set_up_cpu(training.threads)
    torch.manual_seed(training.seed)
    splits = place_all(data, device, training.seed)
    name, looked_at = watched(splits)
    net = model.build(data.facts.shape, data.facts.outputs).to(device)
    optimizer = experiment.optimizer.build(net.parameters())
    aim = objective(experiment.loss, data, device)
    steps, epochs = training.span(len(data.train))
    per_epoch = training.per_epoch(len(data.train))
    keeper = Keeper(folder / "checkpoints", net, optimizer)
    camera = Camera(folder / "snapshots", splits["train"], looked_at, name, training.seed)

    def look() -> Classified | Predicted:
        with precision(training.precision, device):
            return evaluate(net, looked_at, aim)

    return Lesson(
        experiment=experiment,
        device=device,
        splits=splits,
        net=net,
        optimizer=optimizer,
        objective=aim,
        update=update_of(experiment, net, optimizer, aim, device),
        keeper=keeper,
        camera=camera,
        album=Album(camera, keeper, look),
        per_epoch=per_epoch,
        steps=steps,
        epochs=epochs,
        evaluate_every=training.evaluate_every or per_epoch,
        threads=threads,
        began=monotonic(),
        drawing=torch.Generator(device),
    )


def started(lesson: Lesson, model: Network, data: Data) -> Started:
    """Return the event that says what is trained on what, with everything resolved."""
    return begun(
        lesson.experiment,
        data.facts,
        device=str(lesson.device),
        threads=lesson.threads,
        span=(lesson.steps, lesson.epochs),
        table=parameters_of(model, lesson.net, data.facts.shape, data.facts.outputs),
    )


def begun(
    experiment: Experiment,
    facts: Facts,
    *,
    device: str,
    threads: int,
    span: tuple[int, int],
    table: Sequence[Parameter],
) -> Started:
    """Return the event that says what is trained on what; `span`: steps and epochs, `table`: what is trained."""
    training = experiment.training.model_copy(update={"threads": threads, "device": device})
    return Started(
        experiment=experiment.model_copy(update={"training": training}).dump(),
        model=experiment.title,
        device=device,
        parameters=sum(parameter.count for parameter in table),
        train_size=facts.sizes[0],
        val_size=facts.sizes[1],
        test_size=facts.sizes[2],
        steps=span[0],
        epochs=span[1],
        task=facts.task,
        shape=list(facts.shape),
        labels=list(facts.labels),
        table=[[parameter.name, list(parameter.shape)] for parameter in table],
        flops=[parameter.flops for parameter in table],
        pid=os.getpid(),
        host=socket.gethostname(),
        versions={"python": python_version(), "torch": str(torch.__version__), "tuitrain": version("tuitrain")},
    )
