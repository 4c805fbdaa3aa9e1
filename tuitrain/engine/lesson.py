"""What a training works with, set up once: device, splits, model, optimizer, and the counts that follow from them.

It can be taken and put back as one state, and take on other settings while it goes on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import torch
import torch._dynamo  # the first optimizer step would load it, for 3 seconds inside the clock
from torch import Tensor, nn

from tuitrain.datasets import Augmentation, Data
from tuitrain.engine.album import Album
from tuitrain.engine.beginning import begun
from tuitrain.engine.course import Course
from tuitrain.engine.devices import pick, precision, random_states, set_random_states, set_up_cpu
from tuitrain.engine.evaluation import Classified, Predicted, evaluate
from tuitrain.engine.keeper import Keeper
from tuitrain.engine.meter import Meter
from tuitrain.engine.objective import Objective, objective
from tuitrain.engine.snapshot import Camera
from tuitrain.engine.split import Placed, drawing_seed, place, shuffled
from tuitrain.engine.state import State, copied, made, settled
from tuitrain.engine.trouble import Watch
from tuitrain.engine.tuning import retune
from tuitrain.engine.update import Update, update_of
from tuitrain.events import Event, Started
from tuitrain.experiment import Experiment
from tuitrain.live import AUGMENTATION, LENGTHS, changeable, changed, too_short
from tuitrain.models import Network
from tuitrain.models.flops import parameters_of
from tuitrain.problems import Problem, Rejected
from tuitrain.schedules import Plateau, Progress

LOOKED_AT = 4096  # training samples that go through the model again at an evaluation without a validation split
NO_BEST = {"loss": float("inf"), "step": 0, "stale": 0, "state": None}


@dataclass(slots=True)
class Lesson:
    """Everything but the course of the training itself, and how far that has come."""

    experiment: Experiment
    """As it is now: settings of it can change while it trains."""
    device: torch.device
    splits: dict[str, Placed]
    net: nn.Module
    optimizer: torch.optim.Optimizer
    objective: Objective
    keeper: Keeper
    camera: Camera
    album: Album
    meter: Meter
    size: int
    """Samples in a step, at most."""
    per_epoch: int
    """Steps in an epoch."""
    evaluate_every: int
    """Steps between two evaluations."""
    threads: int
    drawing: torch.Generator
    """Of augmentation: apart from what the model draws, and seeded anew for each step."""
    began: float = field(default_factory=monotonic)
    """When it began, by the clock; later by all that it waited, earlier by what it trained in another process."""
    step: int = 0
    """Steps that are over."""
    evaluated: int = 0
    """The step of the last evaluation."""
    losses: list[float] = field(default_factory=list)
    """The loss of the watched split at each evaluation so far, where the schedule hangs on it."""
    course: Course = field(default_factory=Course)
    settings: dict[str, Any] = field(init=False)
    """What can change while it trains, as it is now."""
    steps: int = field(init=False)
    """Steps in the whole training."""
    epochs: int = field(init=False)
    update: Update = field(init=False)
    _epoch: int = -1
    _order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))

    def __post_init__(self) -> None:
        """Work out what follows from the settings."""
        self.settle(self.experiment)

    @property
    def train(self) -> Placed:
        """The split that is learned from."""
        return self.splits["train"]

    @property
    def watched(self) -> str:
        """The split that says how good the model is while it trains."""
        return watched(self.splits)[0]

    @property
    def parameters(self) -> int:
        """Trained numbers in the model."""
        return sum(parameter.numel() for parameter in self.net.parameters())

    @property
    def seconds(self) -> float:
        """How long the training has taken so far, without what it waited."""
        return monotonic() - self.began

    @property
    def exhausted(self) -> bool:
        """Whether the watched loss has not fallen for as long as the experiment waits for it."""
        patience = self.experiment.training.patience
        return bool(patience) and self.keeper.stale >= patience

    @property
    def over(self) -> bool:
        """Whether there is nothing more to do."""
        return self.step >= self.steps or self.exhausted

    def epoch(self, step: int) -> int:
        """Return the epoch, from 1, that a step (from 1) belongs to; 0 before the first."""
        return -(-step // self.per_epoch)

    def evaluates(self, step: int) -> bool:
        """Tell whether there is an evaluation after this step."""
        return step % self.evaluate_every == 0 or step == self.steps

    def batch(self, step: int) -> Tensor:
        """Return the numbers of the samples [B] that a step (from 1) learns from, whatever was before."""
        epoch, number = divmod(step - 1, self.per_epoch)
        if epoch != self._epoch:
            seed = self.experiment.training.seed
            self._epoch, self._order = epoch, shuffled(len(self.train), seed, epoch, self.device)
        return self._order[number * self.size : (number + 1) * self.size]

    def draw(self, chosen: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return scaled inputs and labels, augmented as seed and step alone say: a resumed run sees the same."""
        if not self.train.augmentation:
            return self.train.batch(chosen)
        self.drawing.manual_seed(drawing_seed(self.experiment.training.seed, step))
        return self.train.augmented(chosen, self.drawing), self.train.labels.index_select(0, chosen)

    def factor(self, step: int) -> float:
        """Return what the schedule multiplies the learning rate of a step (from 0) by."""
        at = Progress(step // self.per_epoch, self.epochs, step, self.steps, self.losses)
        return self.experiment.schedule.factor(at)

    def set_lr(self, step: int) -> float:
        """Put the schedule's learning rate for the step (from 0) into the optimizer and return it."""
        factor = self.factor(step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        return float(self.optimizer.param_groups[0]["lr"])

    def judge(self, loss: float) -> bool:
        """Take note of an evaluation, once nothing of its step is left to do; tell whether it is the best so far."""
        if isinstance(self.experiment.schedule, Plateau):
            self.losses.append(loss)
        self.evaluated = self.step
        if self.watched != "val" or not self.keeper.consider(loss, self.step):
            return False
        self.keeper.best = self.state()
        return True

    def settle(self, experiment: Experiment) -> None:
        """Take on these settings, which differ from those there are in what can change, but for the optimizer's."""
        self.experiment, self.settings = experiment, changeable(experiment)
        self.steps, self.epochs = experiment.training.span(len(self.train))
        self.objective = replace(self.objective, settings=experiment.loss)
        self.update = update_of(experiment, self.net, self.optimizer, self.objective, self.device)
        if hasattr(experiment.dataset, "crop"):  # of other data the noise, if any, is that of the points themselves
            augmentation = Augmentation(*(getattr(experiment.dataset, name) for name in AUGMENTATION))
            self.splits["train"] = self.camera.train = replace(self.train, augmentation=augmentation)

    def change(self, key: str, value: Any) -> tuple[Any, Any, str]:
        """Take on one setting from the next step on; return what it was and is, and a sentence on the learning rate.

        That is empty but where the schedule is another one for the length of the training. Raise Rejected.
        """
        experiment, old, new = changed(self.experiment, key, value)
        short = too_short(experiment, len(self.train), min(self.step, self.steps - 1))
        if short and key in LENGTHS:
            raise Rejected("", [Problem(key, short)])
        done = max(0, self.step - 1)
        was = self.factor(done)
        self.settle(experiment)
        if key.startswith("optimizer."):
            retune(self.optimizer, experiment.optimizer)
        return old, new, "" if self.factor(done) == was else self._stretched(was)

    def _stretched(self, was: float) -> str:
        lr, kind = self.experiment.optimizer.lr, self.experiment.schedule.kind
        return (
            f"{kind} had brought the learning rate to {was * lr:.3g} by step {self.step:,}; "
            f"over {self.epochs:,} epochs it goes on at {self.factor(self.step) * lr:.3g}"
        )

    def state(self) -> State:
        """Return a copy, on the device, of all that training goes on from; the meter must have been read."""
        return (now := self._now()) | {"model": copied(now["model"]), "optimizer": copied(now["optimizer"])}

    def put_back(self, state: State) -> None:
        """Go on from this state, which stays as it is; the clock runs on, and the course is what it was.

        Raise ValueError for the state of another optimizer.
        """
        if state["made"] != (mine := made(self.experiment)):
            raise ValueError(f"its optimizer is {state['made']}, and that of the experiment {mine}")
        if state["settings"] != self.settings:
            self.settle(settled(self.experiment, state["settings"]))
        self.net.load_state_dict(state["model"])
        self.optimizer.load_state_dict(copied(state["optimizer"]))
        set_random_states(state["rng"], self.device)
        self.meter.put_back(state["meter"])
        self.keeper.put_back(state)
        self.losses = list(state["losses"])
        self.step, self.evaluated = state["step"], state["evaluated"]

    def resume(self, state: State) -> float:
        """Go on from this state of a training that was cut off, its course too; return the seconds it took so far."""
        self.put_back(state)
        self.course.put_back(state["course"])
        return float(state["seconds"])

    def branch(self, state: State) -> str:
        """Go on from another run's state with the settings there are; return a sentence on what is left behind, if any.

        Its evaluations count for the schedule where both are on a plateau, and none is the best of this run.
        """
        mine, theirs = made(self.experiment), state["made"]
        optimizer = state["optimizer"] if mine == theirs else self.optimizer.state_dict()
        here = {"settings": self.settings, "made": mine, "optimizer": optimizer, "best": NO_BEST}
        self.put_back(state | here)
        retune(self.optimizer, self.experiment.optimizer)
        if mine == theirs:
            return ""
        return f"{mine['kind']} begins without a memory: {theirs['kind']} was what trained so far"

    def save(self, command: str | None = None) -> Iterator[Event]:
        """Write the state as it is."""
        return self.keeper.save(self._now(), command)

    def _now(self) -> State:
        """Return the state itself, not a copy."""
        return {
            "step": self.step,
            "evaluated": self.evaluated,
            "seconds": self.seconds,
            "settings": self.settings,
            "made": made(self.experiment),
            "model": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": random_states(self.device),
            "meter": self.meter.state(),
            "losses": list(self.losses),
            "best": self.keeper.known(self.step),
            "course": self.course.state(),
        }


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
    aim = objective(experiment.loss, data, device)
    per_epoch = training.per_epoch(len(data.train))
    keeper = Keeper(folder / "checkpoints", net, training)
    camera = Camera(folder / "snapshots", splits["train"], looked_at, name, training.seed)

    def look() -> Classified | Predicted:
        with precision(training.precision, device):
            return evaluate(net, looked_at, aim)

    return Lesson(
        experiment=experiment,
        device=device,
        splits=splits,
        net=net,
        optimizer=experiment.optimizer.build(net.parameters()),
        objective=aim,
        keeper=keeper,
        camera=camera,
        album=Album(camera, keeper, look),
        meter=Meter(device, data.task, training.record_every, Watch(training.spike)),
        size=training.batch(len(data.train)),
        per_epoch=per_epoch,
        evaluate_every=training.evaluate_every or per_epoch,
        threads=threads,
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
