"""Training images that change: as torchvision does it, from seed and step alone, and nothing but training's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lessons import Told, last, measured, network, of, timeless, toy, trained
from torch import Generator, Tensor
from torchvision.transforms import InterpolationMode, functional as reference

from tuitrain.datasets import Augmentation, Scaling, Split
from tuitrain.engine import checkpoint
from tuitrain.engine.augment import augment, cropped, mirrored, rotated
from tuitrain.engine.lesson import prepare
from tuitrain.engine.split import place
from tuitrain.engine.train import train
from tuitrain.events import Evaluated, Finished, Stepped
from tuitrain.experiment import Experiment

ALL: dict[str, Any] = {"crop": 2, "flip": True, "rotate": 15.0, "noise": 0.1}


def images(count: int, channels: int = 3, height: int = 8, width: int = 12) -> Tensor:
    """Return random pixels, as floats."""
    return torch.randint(0, 256, (count, channels, height, width), generator=seeded(9)).float()


def seeded(seed: int) -> Generator:
    """Return random numbers of their own."""
    return Generator().manual_seed(seed)


def digits(**dataset: Any) -> Experiment:
    """Return a short training of a net with dropout and batch statistics on 200 digits."""
    return toy(
        dataset={"kind": "mnist", "train_size": 200, "val_size": 100, "test_size": 100, **dataset},
        models=[{"kind": "mlp", "hidden": [16], "dropout": 0.3, "batch_norm": True}],
        training={"batch_size": 64, "epochs": 2},
    )


@pytest.mark.parametrize("padding", [1, 3])
def test_crop(padding: int) -> None:
    """Each image is a crop of the one padded by reflection, every place about as often, all channels alike."""
    image = images(1)
    height, width = image.shape[2:]
    padded = reference.pad(image, padding, padding_mode="reflect")
    side = 2 * padding + 1
    places = [reference.crop(padded, top, left, height, width)[0] for top in range(side) for left in range(side)]
    found = cropped(image.expand(100 * side**2, -1, -1, -1), padding, seeded(0))
    hits = torch.stack([(found == place).flatten(1).all(1) for place in places])
    assert (hits.sum(0) == 1).all()
    assert hits.sum(1).min() > 50


def test_flip() -> None:
    """Each image is as it was or mirrored left to right, half of them."""
    before = images(1000)
    found = mirrored(before, seeded(0))
    same, turned = ((found == each).flatten(1).all(1) for each in (before, reference.hflip(before)))
    assert (same ^ turned).all()
    assert 440 < turned.sum() < 560


def test_rotation() -> None:
    """Each image is torchvision's rotation by some angle within bounds, either way, but for a few pixels."""
    before = images(12, channels=1, height=28, width=28)
    found = rotated(before, 10, seeded(1))
    angles = torch.linspace(-10, 10, 401)
    tried = [reference.rotate(before, float(angle), InterpolationMode.NEAREST, fill=[0]) for angle in angles]
    differing, chosen = torch.stack([(each != found).flatten(1).sum(1) for each in tried]).min(0)
    assert differing.max() <= 20, "of 784 pixels, where the angle lies between two of those tried"
    assert differing.median() <= 1
    assert angles[chosen].min() < -3
    assert angles[chosen].max() > 3


def test_oblong_images_turn_rigidly() -> None:
    """Two dots of an oblong image stay as far apart as they were, whatever the angle, and around the same middle."""
    dots = torch.zeros(40, 1, 41, 121)
    dots[:, :, 19:22, 47:50] = dots[:, :, 19:22, 71:74] = 255
    for image in rotated(dots, 180, seeded(2)):
        rows, columns = (where.double() for where in torch.nonzero(image[0], as_tuple=True))
        across = torch.stack([rows - 20, columns - 60])
        assert across.mean(1).abs().max() < 0.5
        assert across.norm(dim=0).mean() == pytest.approx(12, abs=0.5)


def test_outside_is_black_and_pixels_stay_pixels() -> None:
    """A turn brings in 0 and invents no value, before pixels are scaled."""
    found = rotated(torch.full((50, 1, 10, 10), 200.0), 45, seeded(3))
    assert set(found.flatten().tolist()) == {0.0, 200.0}


def test_noise_comes_after_scaling() -> None:
    """Noise has its deviation in scaled units, and none where nothing is asked for."""
    pixels = np.full((50, 1, 20, 20), 128, np.uint8)
    split = place(Split(pixels, np.zeros(50, np.int64)), Scaling((0.0,), (255.0,)), torch.device("cpu"))
    plain = split.scaled(split.inputs)
    noisy = type(split)(split.inputs, split.labels, split.mean, split.factor, Augmentation(noise=0.2))
    difference = noisy.augmented(torch.arange(50), seeded(0)) - plain
    assert (float(difference.mean()), float(difference.std())) == pytest.approx((0, 0.2), abs=0.01)
    assert torch.equal(augment(plain, Augmentation(), seeded(0)), plain)


def test_follows_from_seed_and_step(tmp_path: Path) -> None:
    """A step draws the same images whatever was drawn before it; another step and another seed draw others."""
    drawn = {}
    for seed in (0, 1):
        experiment = digits(**ALL)
        experiment = experiment.model_copy(update={"training": experiment.training.model_copy(update={"seed": seed})})
        lesson = prepare(experiment, network(experiment), experiment.dataset.load(tmp_path), tmp_path)
        chosen = torch.arange(32)
        for name, step in (("first", 5), ("other", 6), ("again", 5)):
            torch.rand(3)
            drawn[seed, name] = lesson.draw(chosen, step)[0]
    assert torch.equal(drawn[0, "first"], drawn[0, "again"])
    assert not torch.equal(drawn[0, "first"], drawn[0, "other"])
    assert not torch.equal(drawn[0, "first"], drawn[1, "first"])


def test_training_alone(tmp_path: Path) -> None:
    """While nothing is learned, what counts in training changes with the images; what is measured does not."""
    still: dict[str, Any] = {"optimizer": {"kind": "sgd", "lr": 1e-30}, "models": [{"kind": "linear"}]}
    plain, changed = (
        trained(digits(**dataset).model_copy(update=vars_of(toy(**still))), tmp_path / name)
        for name, dataset in (("plain", {}), ("changed", ALL))
    )
    for name in ("val/loss", "val/accuracy"):
        assert [e.metrics[name] for e in of(Evaluated, plain)] == [e.metrics[name] for e in of(Evaluated, changed)]
    assert last(Finished, plain).metrics == last(Finished, changed).metrics
    assert measured(plain)[0].metrics["train/loss"] != measured(changed)[0].metrics["train/loss"]


def vars_of(experiment: Experiment) -> dict[str, Any]:
    """Return how an experiment learns."""
    return {"optimizer": experiment.optimizer, "models": experiment.models}


def test_same_seed(tmp_path: Path) -> None:
    """With augmentation too the same experiment gives the same numbers, bit for bit."""
    first, again = (trained(digits(**ALL), tmp_path / name) for name in ("a", "b"))
    assert timeless(first) == timeless(again)


@pytest.mark.parametrize("dataset", [{}, ALL])
def test_looking_changes_nothing(tmp_path: Path, dataset: dict[str, Any]) -> None:
    """A training that is measured and drawn at each step ends with the same weights as one looked at twice."""
    models, losses = [], []
    for every in (0, 1):
        experiment = digits(**dataset)
        settings = experiment.training.model_copy(update={"evaluate_every": every, "epochs": 2})
        folder = tmp_path / str(every)
        events = trained(experiment.model_copy(update={"training": settings}), folder)
        models.append(checkpoint.load(folder / "checkpoints" / "last.pt")["model"])
        losses.append([event.metrics["train/loss"] for event in of(Stepped, events)])
    assert losses[0] == losses[1]
    assert all(torch.equal(models[0][name], models[1][name]) for name in models[0])


def test_turned_test_set(tmp_path: Path) -> None:
    """Turned test images are measured beside the plain ones: harder, always the same, and changing nothing else."""
    ends = []
    for name, rotation in (("plain", 0.0), ("turned", 60.0), ("again", 60.0)):
        experiment = digits(test_rotation=rotation, test_size=500, train_size=1000)
        data = experiment.dataset.load(tmp_path)
        ends.append(last(Finished, list(train(experiment, data, Told(), tmp_path / name))).metrics)
    plain, turned, again = ends
    names = {name.partition("/")[2] for name in turned if name.startswith("test_rotated/")}
    assert names == {name.partition("/")[2] for name in turned if name.startswith("test/")}
    assert turned["test_rotated/accuracy"] < turned["test/accuracy"] - 0.05
    assert {name: value for name, value in turned.items() if "rotated" not in name} == plain
    assert again == turned
