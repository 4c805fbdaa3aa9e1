"""What the teaching texts say of each preset, as checks on finished runs: each returns our own figure in words.

Used by the tests and by the report; they fail with an AssertionError where a figure is missed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tuitrain import Experiment, Run, train
from tuitrain.runs import worker

Check = Callable[[Sequence[Run]], str]
MNIST, FASHION, FOLDER = "MNIST/raw", "FashionMNIST/raw", "cifar10-jpg"


@dataclass(frozen=True, slots=True)
class Claim:
    """A preset, with what is set on top of it, the text's own figure, and the check of ours."""

    preset: str
    figure: str
    check: Check
    overrides: tuple[str, ...] = ()
    needs: str = ""
    """A folder in the data directory without which it cannot be tried."""
    slow: bool = False

    @property
    def name(self) -> str:
        """How it is called on the command line."""
        return " ".join([self.preset, *(f"--set {override}" for override in self.overrides)])

    def experiment(self, data_dir: Path) -> Experiment:
        """Return what is trained; a folder of images lies in the data directory."""
        path = [f"dataset.path={data_dir / self.needs}"] if self.needs == FOLDER else []
        return Experiment.from_file(self.preset, [*self.overrides, *path])

    def train(self, runs_dir: Path, data_dir: Path) -> list[Run]:
        """Train it and return its runs."""
        return train(self.experiment(data_dir), runs_dir=runs_dir, data_dir=data_dir)


CLAIMS: list[Claim] = []


def claim(preset: str, figure: str, *overrides: str, needs: str = "", slow: bool = False) -> Callable[[Check], Check]:
    """Enter a check into the list."""

    def enter(check: Check) -> Check:
        CLAIMS.append(Claim(preset, figure, check, overrides, needs, slow))
        return check

    return enter


def ended(run: Run) -> dict[str, Any]:
    """Return how a run finished."""
    record = run.history.ended
    assert record is not None
    assert record["event"] == "finished", record
    return record


def metric(run: Run, name: str) -> float:
    """Return a metric at the end."""
    value = ended(run)["metrics"][name]
    assert value is not None
    return float(value)


def line(run: Run) -> tuple[float, float]:
    """Return slope and intercept of a fitted line."""
    fitted = ended(run)["fitted"]
    return fitted["output.weight"][0][0], fitted["output.bias"][0]


def weights_norm(run: Run) -> float:
    """Return the norm of the first layer's weights in the last picture."""
    return float(np.linalg.norm(run.picture()["weights"].astype(float)))


def counts(runs: Sequence[Run]) -> list[int]:
    """Return the number of parameters of each run."""
    return [ended(run)["parameters"] for run in runs]


@claim("linreg", "y = 2 x + 1 within 0.01 after 100 steps")
def _line(runs: Sequence[Run]) -> str:
    a, b = line(runs[0])
    assert abs(a - 2) < 1e-2
    assert abs(b - 1) < 1e-2
    return f"y = {a:.3f} x + {b:.3f}"


@claim("linreg", "mean loss: within 0.04 after 100 steps", "loss.reduction=mean")
def _line_mean(runs: Sequence[Run]) -> str:
    a, b = line(runs[0])
    assert abs(a - 2) < 4e-2
    assert abs(b - 1) < 4e-2
    return f"y = {a:.3f} x + {b:.3f}"


@claim(
    "linreg",
    "from any start within 0.01 after 250 steps",
    "models.0.init=normal",
    "training.steps=250",
    "training.seed=0,1,2,3,4",
)
def _line_anywhere(runs: Sequence[Run]) -> str:
    away = max(max(abs(a - 2), abs(b - 1)) for a, b in map(line, runs))
    assert len(runs) == 5
    assert away < 1e-2
    return f"at most {away:.1e} away, five starts"


@claim("linreg", "a larger learning rate diverges, and is said to", "optimizer.lr=0.2")
def _line_diverges(runs: Sequence[Run]) -> str:
    assert runs[0].state == "diverged"
    record = runs[0].history.ended
    assert record is not None
    return f"diverged at step {record['step']}"


@claim("linreg", "gradients derived by hand equal autograd's")
def _line_gradients(runs: Sequence[Run]) -> str:
    return gradients("linreg")


@claim("linreg-plane", "three numbers in, two out: 8 parameters")
def _plane(runs: Sequence[Run]) -> str:
    assert counts(runs) == [8]
    assert metric(runs[0], "val/r2") > 0.99
    return f"R2 {metric(runs[0], 'val/r2'):.4f} on points not learned from"


def gradients(preset: str) -> str:
    """Return the largest relative difference between gradients by hand and autograd's."""
    with TemporaryDirectory() as folder:
        found = worker.compare_gradients(Experiment.from_file(preset), worker.Shelf(Path(folder)))
    assert {each["way"] for each in found} == {"by hand"}
    largest = max(each["difference"] for each in found)
    assert largest < 1e-6
    return f"relative difference {largest:.0e}"


@claim("numpy-net", "gradients equal autograd's to 1e-6", "training.steps=100")
def _by_hand(runs: Sequence[Run]) -> str:
    assert counts(runs) == [27]
    return gradients("numpy-net")


@claim("numpy-net", "training accuracy >= 0.9 for most seeds", "dataset.seed=0,1,2,3,4,5", slow=True)
def _by_hand_learns(runs: Sequence[Run]) -> str:
    found = [metric(run, "train/accuracy") for run in runs]
    good = sum(accuracy >= 0.9 for accuracy in found)
    assert good > len(found) / 2
    assert "surface" in runs[0].picture()
    return f"{good} of {len(found)} seeds, best {max(found):.2f}"


@claim("logreg", "[2, 3]: 9 parameters; the surface changes with lambda")
def _regression_of_classes(runs: Sequence[Run]) -> str:
    assert counts(runs) == [9, 9, 9]
    sure = [float(run.picture()["confidence"].mean()) / 255 for run in runs]
    assert sure[0] > sure[1] > sure[2]
    return "mean confidence " + ", ".join(f"{value:.2f}" for value in sure)


@claim("toy-deep", "[2,2], [2,10,2], [2,10,10,2]: 6, 52, 162 parameters", slow=True)
def _deep(runs: Sequence[Run]) -> str:
    assert counts(runs) == [6, 52, 162]
    return planes(runs)


@claim("toy-deep-4", "the same on 4 Gaussians of 40 points", slow=True)
def _deep_4(runs: Sequence[Run]) -> str:
    return planes(runs)


@claim("toy-deep-30", "the same on 4 Gaussians of 30 points", slow=True)
def _deep_30(runs: Sequence[Run]) -> str:
    return planes(runs)


def planes(runs: Sequence[Run]) -> str:
    """Return accuracy and average precision of three nets, the deeper of which fit the training points better."""
    accuracies = [metric(run, "train/accuracy") for run in runs]
    assert max(accuracies[1:]) >= accuracies[0]
    assert all("surface" in run.picture() for run in runs)
    precision = [f"{metric(run, 'train/average_precision'):.2f}" for run in runs]
    return f"accuracy {', '.join(f'{value:.2f}' for value in accuracies)}; AP {', '.join(precision)}"


@claim("svm", "C = 1, gamma auto; support vectors on the surface, beside the deep net", slow=True)
def _margins(runs: Sequence[Run]) -> str:
    support = len(runs[0].picture()["support"])
    assert 0 < support < 60
    accuracies = [metric(run, "train/accuracy") for run in runs]
    assert min(accuracies) >= 0.85
    return f"{support} of 60 points; accuracy {accuracies[0]:.2f}, deep {accuracies[1]:.2f}"


@claim("svm-or-deep", "which does better on many random data sets?", slow=True)
def _which(runs: Sequence[Run]) -> str:
    assert len(runs) == 20
    margins, deep = ([metric(run, "test/accuracy") for run in runs[kind::2]] for kind in (0, 1))
    assert min(mean(margins), mean(deep)) > 0.7
    return f"mean test accuracy over ten: SVM {mean(margins):.3f}, deep {mean(deep):.3f}"


@claim(
    "mnist-2500",
    "after 10 epochs training ~0.83, validation 0.79 to 0.82",
    "training.seed=0,1,2",
    needs=MNIST,
    slow=True,
)
def _first(runs: Sequence[Run]) -> str:
    learned = [run.history.evaluated["train_eval/accuracy"].values[-1] for run in runs]
    held_out = [run.history.evaluated["val/accuracy"].values[-1] for run in runs]
    assert all(0.81 <= accuracy <= 0.86 for accuracy in learned), learned
    assert all(0.78 <= accuracy <= 0.83 for accuracy in held_out), held_out
    return f"training {mean(learned):.3f}, validation {mean(held_out):.3f}"


@claim("mnist-500-per-digit", "first loss ~ln 10; epoch 0: loss ~0.67, 4109/4992 right while training", needs=MNIST)
def _digits(runs: Sequence[Run]) -> str:
    history = runs[0].history
    first, losses = history.stepped["train/loss"].values[0], list(history.stepped["train/loss"].values)
    hits = round(sum(history.stepped["train/accuracy"].values) * 16)
    assert len(losses) == 312
    assert abs(history.evaluated["val/loss"].values[0] - np.log(10)) < 0.15
    assert 0.65 <= mean(losses) <= 0.72
    assert 4040 <= hits <= 4130
    return f"first loss {first:.2f}; epoch loss {mean(losses):.3f}, {hits}/4992"


@claim("mnist-500-lr", "a learning rate too low, one good, one too high", needs=MNIST, slow=True)
def _rates(runs: Sequence[Run]) -> str:
    losses = [metric(run, "val/loss") for run in runs]
    assert losses[1] < losses[0]
    assert losses[1] < losses[2]
    return "val/loss " + ", ".join(f"{loss:.2f}" for loss in losses)


@claim("mnist-500-decay", "weight_decay 0.01 makes the weights smooth and small", needs=MNIST, slow=True)
def _decay(runs: Sequence[Run]) -> str:
    norms = [weights_norm(run) for run in runs]
    assert norms[1] < 0.7 * norms[0]
    return f"norm of the weights {norms[0]:.1f}, with decay {norms[1]:.1f}"


@claim("mnist-500-adamw", "AdamW in place of SGD", needs=MNIST, slow=True)
def _adamw(runs: Sequence[Run]) -> str:
    assert metric(runs[0], "val/accuracy") > 0.87
    return f"validation accuracy {metric(runs[0], 'val/accuracy'):.3f}"


@claim("mnist-500-smoothing", "label smoothing", needs=MNIST, slow=True)
def _smoothing(runs: Sequence[Run]) -> str:
    accuracies = [metric(run, "val/accuracy") for run in runs]
    assert min(accuracies) > 0.85
    return f"validation accuracy {accuracies[0]:.3f}, smoothed {accuracies[1]:.3f}"


@claim("mnist-linear", "7,850 parameters; test accuracy >= 0.88 on the sample")
def _softmax(runs: Sequence[Run]) -> str:
    assert counts(runs) == [7850]
    return at_least(runs[0], 0.88)


def at_least(run: Run, accuracy: float) -> str:
    """Return the test accuracy, which is at least this."""
    assert metric(run, "test/accuracy") >= accuracy
    return f"test accuracy {metric(run, 'test/accuracy'):.4f}"


@claim("mnist-linear", "test accuracy >= 0.91 on the full set", "dataset.source=full", needs=MNIST, slow=True)
def _softmax_full(runs: Sequence[Run]) -> str:
    return at_least(runs[0], 0.91)


@claim("mnist-hidden", "a hidden layer is better than none")
def _hidden(runs: Sequence[Run]) -> str:
    linear, hidden = (metric(run, "test/accuracy") for run in runs)
    assert hidden > linear
    return f"test accuracy {linear:.3f}, with a hidden layer {hidden:.3f}"


@claim(
    "mnist-mlp",
    "222,360 parameters; test accuracy >= 0.97 on the full set",
    "dataset.source=full",
    needs=MNIST,
    slow=True,
)
def _two_hidden(runs: Sequence[Run]) -> str:
    assert counts(runs) == [222_360]
    return at_least(runs[0], 0.97)


@claim("mnist-regularisation", "weight images at several strengths of regularisation", slow=True)
def _regularised(runs: Sequence[Run]) -> str:
    norms = [weights_norm(run) for run in runs]
    assert norms == sorted(norms, reverse=True)
    return "norm of the weights " + ", ".join(f"{norm:.1f}" for norm in norms)


@claim(
    "mnist-shootout",
    "7,850 / 79,510 / 89,610 / 99,710 parameters; linear >= 0.915, one hidden layer >= 0.97",
    needs=MNIST,
    slow=True,
)
def _shootout(runs: Sequence[Run]) -> str:
    assert counts(runs)[:4] == [7850, 79_510, 89_610, 99_710]
    found = [metric(run, "test/accuracy") for run in runs]
    assert found[0] >= 0.915
    assert found[1] >= 0.97
    names = ("linear", "100", "100,100", "100,100,100", "bn", "SVM linear", "SVM RBF")
    return ", ".join(f"{name} {accuracy:.4f}" for name, accuracy in zip(names, found, strict=True))


@claim("batchnorm", "after each hidden layer, beside the same net without", slow=True)
def _normalised(runs: Sequence[Run]) -> str:
    assert counts(runs) == [89_610, 90_010]
    plain, normalised = (metric(run, "test/accuracy") for run in runs)
    assert normalised > 0.93
    return f"test accuracy {plain:.3f}, normalised {normalised:.3f}"


@claim("fashion-mlp", "222,360 parameters; test accuracy >= 0.87; falls on turned images", needs=FASHION, slow=True)
def _clothes(runs: Sequence[Run]) -> str:
    assert counts(runs) == [222_360]
    turned = metric(runs[0], "test_rotated/accuracy")
    assert turned < metric(runs[0], "test/accuracy")
    assert {"worst_images", "embedding", "tsne"} <= set(runs[0].picture())
    return f"{at_least(runs[0], 0.87)}, turned {turned:.4f}"


@claim("fashion-variants", "dropout 0.25; hidden 64 and 256", needs=FASHION, slow=True)
def _variants(runs: Sequence[Run]) -> str:
    found = [metric(run, "test/accuracy") for run in runs]
    assert min(found) > 0.85
    names = ("250", "dropout", "64", "256")
    return ", ".join(f"{name} {accuracy:.4f}" for name, accuracy in zip(names, found, strict=True))


@claim("cifar10-folder", "5,851,338 parameters, from a folder of images", "training.epochs=6", needs=FOLDER, slow=True)
def _folder(runs: Sequence[Run]) -> str:
    assert counts(runs) == [5_851_338]
    accuracy = metric(runs[0], "test/accuracy")
    assert accuracy > 0.3
    return f"test accuracy {accuracy:.3f} after six times 4,500 images"
