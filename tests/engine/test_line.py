"""Numbers to predict: what a training of them ends at, and in which units it tells its errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lessons import last, measured, network, of, toy, trained
from sklearn import metrics as reference

from tuitrain.engine import checkpoint
from tuitrain.events import Evaluated, Finished, Started


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("init", ["default", "normal", "zeros"])
def test_line_through_two_points(tmp_path: Path, seed: int, init: str) -> None:
    """The line through (1, 3) and (2, 5) is y = 2 x + 1, from whatever weights 250 steps down the sum begin."""
    experiment = toy(
        dataset={"kind": "line"},
        models=[{"kind": "linear", "init": init}],
        optimizer={"kind": "sgd", "lr": 0.1},
        loss={"reduction": "sum"},
        training={"steps": 250, "batch_size": "full", "seed": seed, "record_every": 0, "evaluate_every": 250},
    )
    events = trained(experiment, tmp_path)
    assert (last(Started, events[:1]).task, last(Started, events[:1]).labels) == ("regression", ["y"])
    finished = last(Finished, events)
    assert finished.fitted == {
        "output.weight": [[pytest.approx(2, abs=1e-2)]],
        "output.bias": [pytest.approx(1, abs=1e-2)],
    }
    assert finished.metrics["train/r2"] == pytest.approx(1, abs=1e-3)
    assert finished.step == 250


@pytest.mark.parametrize("normalize", ["none", "standard"])
def test_errors_in_own_units(tmp_path: Path, normalize: str) -> None:
    """Errors of targets that were scaled are scikit-learn's of the targets as they came; the loss is of scaled ones."""
    dataset: dict[str, Any] = {"kind": "plane", "w": [[100.0, 20.0], [0.1, -0.3]], "b": [1000.0, 0.0], "noise": 0.2}
    experiment = toy(
        dataset=dataset | {"normalize": normalize, "val_size": 0.3},
        optimizer={"kind": "adam", "lr": 0.05},
        training={"epochs": 20},
    )
    finished = last(Finished, trained(experiment, tmp_path))
    data = experiment.dataset.load(tmp_path)
    assert data.val is not None
    net = network(experiment).build((2,), 2)
    net.load_state_dict(checkpoint.load(tmp_path / "checkpoints" / "best.pt")["model"])
    scaled = (data.val.inputs - np.array(data.scaling.mean)) / np.array(data.scaling.std)
    with torch.no_grad():
        outputs = net(torch.from_numpy(scaled).float()).double().numpy()
    predicted, truth = outputs * np.array(data.targets.std) + np.array(data.targets.mean), data.val.labels
    expected = {
        "loss": np.square((predicted - truth) / np.array(data.targets.std)).mean(),
        "rmse": reference.root_mean_squared_error(truth, predicted),
        "mae": reference.mean_absolute_error(truth, predicted),
        "r2": reference.r2_score(truth.astype(np.float64), predicted),
    }
    found = {name: finished.metrics[f"val/{name}"] for name in expected}
    assert found == pytest.approx(expected, rel=1e-3)
    assert (data.targets.std != (1.0,)) == (normalize == "standard")


def test_counted_while_training(tmp_path: Path) -> None:
    """While nothing is learned, loss and error counted over the batches are those of the whole split."""
    experiment = toy(dataset={"kind": "curve", "normalize": "standard"}, optimizer={"lr": 1e-30})
    events = trained(experiment, tmp_path)
    whole = last(Finished, events).metrics
    for event in measured(events):
        assert event.metrics["train/rmse"] == pytest.approx(whole["train/rmse"], rel=1e-5)
        assert event.metrics["train/loss"] == pytest.approx(whole["train/loss"], rel=1e-5)
        assert {"val/loss", "val/rmse", "val/r2"} <= set(event.metrics)
        assert not any("accuracy" in name for name in event.metrics)


@pytest.mark.parametrize(
    ("dataset", "split"), [({"kind": "curve", "val_size": 40}, "val"), ({"kind": "line"}, "train_eval")]
)
def test_untrained_model_is_measured(tmp_path: Path, dataset: dict[str, Any], split: str) -> None:
    """Before the first step an evaluation says what the untrained model makes of the data; it is never the best."""
    events = trained(toy(dataset=dataset, optimizer={"lr": 1e-30}), tmp_path)
    first, end = of(Evaluated, events)[0], last(Finished, events).metrics
    assert (first.step, first.epoch, first.best) == (0, 0, False)
    name = split.removesuffix("_eval")
    assert first.metrics == {f"{split}/{key}": pytest.approx(end[f"{name}/{key}"]) for key in ("loss", "rmse", "r2")}
