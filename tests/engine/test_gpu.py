"""Training on a GPU, where there is one."""

from pathlib import Path
from typing import Any

import pytest
import torch
from courses import course
from lessons import last, of, toy, trained

from tuitrain.engine import checkpoint
from tuitrain.events import Evaluated, Finished, Probed, Restarted, Snapshot, Start, Started
from tuitrain.experiment import parse, read

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device on this machine"),
]


@pytest.mark.parametrize(
    "model", [{"kind": "linear"}, {"kind": "mlp"}, {"kind": "mlp", "hidden": [64, 32], "batch_norm": True}]
)
@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw"])
def test_as_on_the_cpu(tmp_path: Path, model: dict[str, Any], kind: str) -> None:
    """Each model comes out on the GPU as on the CPU, but for the rounding of sums."""
    finished = {}
    for device in ("cpu", "cuda"):
        tables = read("mnist-linear").dump() | {"models": [model], "optimizer": {"kind": kind}}
        tables["dataset"] |= {"train_size": 2_000}
        tables["training"] |= {"device": device, "epochs": 2}
        events = trained(parse(tables), tmp_path / device)
        assert last(Started, events[:1]).device == device
        assert [event.step for event in of(Snapshot, events)] == [0, 16, 32]
        finished[device] = last(Finished, events).metrics
    assert finished["cuda"] == pytest.approx(finished["cpu"], abs=0.02)


def test_changed_images_and_a_probe(tmp_path: Path) -> None:
    """Images are changed and turned on the GPU, the same for the same seed, whether learning rates are tried or not."""
    dataset = {"kind": "mnist", "train_size": 500, "crop": 2, "flip": True, "rotate": 15.0, "noise": 0.1}
    experiment = toy(
        dataset=dataset | {"test_rotation": 25.0},
        models=[{"kind": "mlp", "hidden": [32], "dropout": 0.3, "batch_norm": True}],
        training={"device": "cuda", "batch_size": 64},
    )
    plain, probed = trained(experiment, tmp_path / "a"), trained(experiment, tmp_path / "b", [], ["probe"])
    assert of(Probed, probed)
    metrics = last(Finished, plain).metrics
    assert "test_rotated/accuracy" in metrics
    assert last(Finished, probed).metrics == pytest.approx(metrics, abs=0.02)


def test_numbers(tmp_path: Path) -> None:
    """A regression comes out on the GPU as on the CPU."""
    ends = []
    for device in ("cpu", "cuda"):
        experiment = toy(dataset={"kind": "plane", "normalize": "standard"}, training={"device": device, "epochs": 20})
        ends.append(last(Finished, trained(experiment, tmp_path / device)).metrics)
    assert ends[1] == pytest.approx(ends[0], rel=1e-3)


def test_net_that_knows_the_cpu_alone(tmp_path: Path) -> None:
    """A NumPy net is trained on the CPU, whatever is the fastest device."""
    events = trained(toy(models=[{"kind": "numpy_net"}], training={"device": "auto"}), tmp_path)
    assert last(Started, events[:1]).device == "cpu"
    assert last(Finished, events).reason == "completed"


def test_bfloat16(tmp_path: Path) -> None:
    """In bfloat16 on the GPU digits are learned as well."""
    experiment = read("mnist-linear", ["training.device=cuda", "training.precision=bfloat16", "training.epochs=5"])
    assert last(Finished, trained(experiment, tmp_path)).metrics["test/accuracy"] > 0.85


def test_checkpoint_of_a_gpu_loads_anywhere(tmp_path: Path) -> None:
    """What was saved on the GPU is loaded on the CPU, the GPU's random state with it."""
    trained(toy(training={"device": "cuda"}), tmp_path)
    state = checkpoint.load(tmp_path / "checkpoints" / "last.pt")
    assert {value.device.type for value in state["model"].values()} == {"cpu"}
    assert set(state["rng"]) == {"cpu", "cuda"}


@pytest.mark.parametrize("first", ["cuda", "cpu"])
def test_goes_on_from_a_checkpoint(tmp_path: Path, first: str) -> None:
    """A training goes on on the GPU from a checkpoint of its own or of the CPU, to nearly the same end."""
    settings: dict[str, Any] = {"models": [{"kind": "mlp", "hidden": [8]}], "optimizer": {"kind": "adam"}}
    training = {"save_every": 3, "epochs": 6}
    whole = trained(toy(**settings, training=training | {"device": first}), tmp_path)
    start = Start(checkpoint=tmp_path / "checkpoints" / "step-000000006.pt")
    events = course(toy(**settings, training=training | {"device": "cuda"}), tmp_path / "on", start)
    assert last(Restarted, events[:1]).step == 6
    assert last(Finished, events).metrics == pytest.approx(last(Finished, whole).metrics, abs=0.02)


def test_divergence_and_commands(tmp_path: Path) -> None:
    """A stop and a divergence end a training on the GPU as on the CPU."""
    stopped = trained(toy(training={"device": "cuda"}), tmp_path / "a", [], [], ["stop"])
    assert (last(Finished, stopped).reason, last(Finished, stopped).step) == ("stopped", 2)
    assert of(Evaluated, stopped)
    diverged = trained(toy(training={"device": "cuda"}, optimizer={"lr": 1e38}), tmp_path / "b")
    assert diverged[-1].kind == "failed"
