"""What an experiment would be trained on and how large its models are, told before anything is trained.

It loads the data and builds what arithmetic cannot count, so it runs beside the screen, which gets it as plain JSON.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitrain.datasets import Data, Dataset, Facts, Unavailable
from tuitrain.experiment import Experiment, parse, suit
from tuitrain.models import Model, Network
from tuitrain.problems import Problem, Rejected

if TYPE_CHECKING:
    import numpy as np

    Images = np.ndarray[Any, np.dtype[np.uint8]]

IMAGES, POINTS = 12, 400  # shown of a dataset, taken evenly from its training split


@dataclass(frozen=True, slots=True)
class Counted:
    """One model: its name, and name and shape of each trained tensor; None where only training can tell."""

    name: str
    table: list[tuple[str, list[int]]] | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found; without facts the problems say why."""

    facts: Facts | None = None
    models: tuple[Counted, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences on what was skipped, filled in or guessed."""
    rows: tuple[tuple[str, ...], ...] = ()
    """The first rows of a table as text, the heading first."""
    balance: tuple[tuple[str, int], ...] = ()
    """How many training samples each class has."""
    targets: tuple[tuple[str, float, float, float], ...] = ()
    """Of a regression: name, lowest, mean and highest of each target in the training split."""
    points: tuple[tuple[float, float, int], ...] = ()
    """Some training samples: place in the plane and class; of one input and one target these two, and -1."""
    images: "Images | None" = None
    """Some training images [N, C, H, W], bytes."""
    captions: tuple[str, ...] = ()
    """What each of the images shows."""

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        facts = self.facts and [self.facts.shape, self.facts.labels, self.facts.sizes, self.facts.task]
        images = None if self.images is None else [self.images.shape, b64encode(self.images.tobytes()).decode()]
        return {
            "facts": facts,
            "models": [[model.name, model.table] for model in self.models],
            "problems": [[problem.key, problem.sentence] for problem in self.problems],
            "notes": self.notes,
            "rows": self.rows,
            "balance": self.balance,
            "targets": self.targets,
            "points": self.points,
            "images": images,
            "captions": self.captions,
        }

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Survey":
        """Return what a record holds."""
        facts = record["facts"]
        return cls(
            facts=facts and Facts(tuple(facts[0]), tuple(facts[1]), (facts[2][0], facts[2][1], facts[2][2]), facts[3]),
            models=tuple(Counted(name, table) for name, table in record["models"]),
            problems=tuple(Problem(key, sentence) for key, sentence in record["problems"]),
            notes=tuple(record["notes"]),
            rows=tuple(tuple(row) for row in record["rows"]),
            balance=tuple((name, count) for name, count in record["balance"]),
            targets=tuple((name, low, mean, high) for name, low, mean, high in record["targets"]),
            points=tuple((x, y, label) for x, y, label in record["points"]),
            images=_images_of(record["images"]),
            captions=tuple(record["captions"]),
        )


def _images_of(record: list[Any] | None) -> "Images | None":
    if record is None:
        return None
    import numpy as np

    return np.frombuffer(b64decode(record[1]), np.uint8).reshape(record[0])


def survey(tables: dict[str, Any], data_dir: Path) -> Survey:
    """Return what is found for these tables; what is wrong with them is found too, not raised."""
    try:
        experiment = parse(tables)
    except Rejected as rejected:
        return Survey(problems=tuple(rejected.problems))
    try:
        data = experiment.dataset.load(data_dir)
    except Unavailable as error:
        return Survey(problems=(Problem("dataset", str(error)),), rows=_rows(experiment.dataset, data_dir))
    try:
        suit(experiment, data.facts)
        counted = _counted(experiment.models, data.facts)
    except Rejected as rejected:
        return _described(experiment, data, data_dir, problems=tuple(rejected.problems))
    return _described(experiment, data, data_dir, counted)


def _described(
    experiment: Experiment,
    data: Data,
    data_dir: Path,
    counted: tuple[Counted, ...] = (),
    problems: tuple[Problem, ...] = (),
) -> Survey:
    images, captions = _some_images(data)
    return Survey(
        facts=data.facts,
        models=counted,
        problems=problems,
        notes=data.notes,
        rows=_rows(experiment.dataset, data_dir),
        balance=_balance(data) if data.task == "classification" else (),
        targets=_targets(data) if data.task == "regression" else (),
        points=_some_points(data),
        images=images,
        captions=captions,
    )


def _rows(dataset: Dataset, data_dir: Path) -> tuple[tuple[str, ...], ...]:
    """Return the first rows of a table; none where it is not even one: that is said where it is loaded."""
    try:
        return tuple(tuple(row) for row in dataset.rows(data_dir))
    except Unavailable:
        return ()


def _counted(models: Sequence[Model], facts: Facts) -> tuple[Counted, ...]:
    """Count each model; raise Rejected with all that is wrong, each under the number of its model."""
    counted, problems = [], []
    for number, model in enumerate(models):
        try:
            counted.append(Counted(model.name, tensors(model, facts)))
        except Rejected as rejected:
            fields = [(problem.key.rpartition(".")[2], problem.sentence) for problem in rejected.problems]
            problems += [Problem(f"models.{number}.{field}", sentence) for field, sentence in fields]
    if problems:
        raise Rejected("", problems)
    return tuple(counted)


def tensors(model: Model, facts: Facts) -> list[tuple[str, list[int]]] | None:
    """Return name and shape of each trained tensor, building the model where arithmetic cannot tell; raise Rejected."""
    table = model.parameters(facts.shape, facts.outputs)
    if table is not None:
        return [(parameter.name, list(parameter.shape)) for parameter in table]
    if isinstance(model, Network):
        net = model.build(facts.shape, facts.outputs)
        return [(name, list(value.shape)) for name, value in net.named_parameters()]
    return None


def _balance(data: Data) -> tuple[tuple[str, int], ...]:
    import numpy as np

    counts = np.bincount(data.train.labels, minlength=len(data.labels))
    return tuple(zip(data.labels, counts.tolist(), strict=True))


def _targets(data: Data) -> tuple[tuple[str, float, float, float], ...]:
    columns = zip(data.labels, data.train.labels.T, strict=True)
    return tuple((name, float(each.min()), float(each.mean()), float(each.max())) for name, each in columns)


def _some_points(data: Data) -> tuple[tuple[float, float, int], ...]:
    import numpy as np

    inputs, labels = data.train.inputs, data.train.labels
    chosen = np.linspace(0, len(inputs) - 1, min(POINTS, len(inputs))).astype(int)
    if data.task == "classification" and inputs.shape[1:] == (2,):
        return tuple((float(inputs[n, 0]), float(inputs[n, 1]), int(labels[n])) for n in chosen)
    if data.task == "regression" and inputs.shape[1:] == labels.shape[1:] == (1,):
        return tuple((float(inputs[n, 0]), float(labels[n, 0]), -1) for n in chosen)
    return ()


def _some_images(data: Data) -> "tuple[Images | None, tuple[str, ...]]":
    inputs = data.train.inputs
    if inputs.ndim != 4:
        return None, ()
    import numpy as np

    chosen = np.linspace(0, len(inputs) - 1, min(IMAGES, len(inputs))).astype(int)
    images = np.ascontiguousarray(inputs[chosen])
    if images.dtype != np.uint8:
        low, high = float(images.min()), float(images.max())
        images = ((images - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    names = [data.labels[label] if data.task == "classification" else "" for label in data.train.labels[chosen]]
    return images, tuple(names)
