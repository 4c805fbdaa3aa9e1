"""What a run learned, in files of other programs: the same outputs, read back by those who read such files."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from lessons import last, network, toy, trained
from safetensors.torch import load

from tuitrain.datasets.recipe import Recipe
from tuitrain.engine import checkpoint
from tuitrain.engine.checkpoint import Damaged
from tuitrain.engine.export import Applied, Learned, Untrained, apply, learned, probes
from tuitrain.engine.export_graph import Missing, check_onnx, check_torchscript, onnx_model, torchscript
from tuitrain.engine.export_weights import check_weights, weights
from tuitrain.events import Finished
from tuitrain.experiment import Experiment

SAMPLE = {"kind": "mnist", "train_size": 100, "val_size": 50, "test_size": 0}
ABOUT = {"run": "r1", "labels": '["a", "b"]'}


def taken(experiment: Experiment, folder: Path) -> Learned:
    """Return what a training of the experiment learned."""
    last(Finished, trained(experiment, folder))
    return found(experiment, folder)


def found(experiment: Experiment, folder: Path) -> Learned:
    """Return what lies in the folder of a run of the experiment: the best weights where there are such."""
    recipe, kept = Recipe.of(experiment.dataset, experiment.dataset.load(folder)), folder / "checkpoints"
    return learned(network(experiment), recipe, kept / ("best.pt" if (kept / "best.pt").exists() else "last.pt"))


def images() -> Experiment:
    """Return an experiment on small images, with layers that behave otherwise in training."""
    model = {"kind": "cnn", "channels": [[4], [4]], "hidden": [8], "dropout": 0.5, "batch_norm": True}
    return toy(dataset=SAMPLE, models=[model], training={"epochs": 1})


def test_the_kept_weights_are_the_best_ones(tmp_path: Path) -> None:
    """What is applied measures as the run did at its end, on the validation split that chose the weights."""
    experiment = toy(models=[{"kind": "mlp"}], optimizer={"lr": 5.0}, training={"epochs": 20})
    ended = last(Finished, trained(experiment, tmp_path))
    kept, data = found(experiment, tmp_path), experiment.dataset.load(tmp_path)
    assert kept.path.name == "best.pt"
    assert data.val
    probabilities, _ = apply(Applied(kept).eval(), torch.from_numpy(data.val.inputs))
    hits = (probabilities.argmax(1).numpy() == data.val.labels).mean()
    assert hits == pytest.approx(ended.metrics["val/accuracy"])


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    """A file that was cut is not loaded."""
    taken(toy(), tmp_path)
    path = tmp_path / "checkpoints" / "best.pt"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Damaged, match=r"best\.pt: its SHA-256 is not"):
        found(toy(), tmp_path)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """A checkpoint that does not suit the experiment beside it is said to be so, in a sentence."""
    taken(toy(), tmp_path)
    with pytest.raises(Untrained, match=r"does not suit the model of the run: size mismatch"):
        found(toy(models=[{"kind": "mlp"}]), tmp_path)


def test_the_scaling_is_in_the_model(tmp_path: Path) -> None:
    """Inputs are taken as they are, and numbers come out in their own units."""
    line = {"kind": "line", "points": [[100.0 * x, 7000.0 - 30 * x] for x in range(40)], "normalize": "standard"}
    kept = taken(toy(dataset=line, models=[{"kind": "linear"}], training={"epochs": 100}), tmp_path)
    (predictions,) = apply(Applied(kept).eval(), torch.tensor([[0.0], [2000.0]]))
    assert predictions[:, 0].tolist() == pytest.approx([7000, 6400], rel=1e-3)


def test_weights_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    """Safetensors holds each tensor under its name, and in its header what belongs to it."""
    kept = taken(images(), tmp_path)
    content = weights(kept, ABOUT)
    assert check_weights(kept, content) == "23 tensors, the same bit for bit when read back"
    assert torch.equal(load(content)["conv1.weight"], kept.net.state_dict()["conv1.weight"])
    length = int.from_bytes(content[:8], "little")
    assert json.loads(content[8 : 8 + length])["__metadata__"] == {"format": "pt", **ABOUT}


def test_other_weights_are_noticed(tmp_path: Path) -> None:
    """A file with a single other number is not taken for the model."""
    kept = taken(toy(), tmp_path)
    content = weights(kept, ABOUT)
    with torch.no_grad():
        kept.net.get_parameter("output.bias")[0] += 1e-6
    with pytest.raises(ValueError, match="its tensors are not those of the model"):
        check_weights(kept, content)


@pytest.mark.parametrize(
    "experiment",
    [
        images(),
        toy(dataset={"normalize": "standard"}, models=[{"kind": "numpy_net"}]),
        toy(dataset={"kind": "curve", "normalize": "standard"}, models=[{"kind": "mlp", "activation": "gelu"}]),
    ],
    ids=["images", "by hand", "numbers"],
)
@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated")  # users load such files as long as torch does
@pytest.mark.slow
def test_graphs_give_the_same_outputs(experiment: Experiment, tmp_path: Path) -> None:
    """ONNX and TorchScript are read back and say what the model says, for batches of any size."""
    import onnxruntime  # type: ignore[import-untyped]  # it ships no types

    kept = taken(experiment, tmp_path)
    content, script = onnx_model(kept, ABOUT), torchscript(kept, ABOUT)
    assert "read back by onnxruntime" in check_onnx(kept, content)
    assert "read back by torch.jit.load" in check_torchscript(kept, script)
    session = onnxruntime.InferenceSession(content)
    assert session.get_modelmeta().custom_metadata_map == ABOUT
    there = torch.jit.load(io.BytesIO(script))  # type: ignore[no-untyped-call]  # untyped in torch
    assert there.labels == list(kept.recipe.labels)
    for size in (1, 7):
        inputs = probes(kept.recipe)[:size]
        own = apply(Applied(kept).eval(), inputs)
        for name, each, other in zip(kept.outputs, own, there(inputs), strict=True):
            (ran,) = session.run([name], {"inputs": inputs.numpy()})
            assert np.allclose(ran, each, atol=1e-5)
            assert torch.allclose(other, each, atol=1e-6)


def test_a_graph_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    """The check of a file compares outputs: it fails where the model is another one."""
    kept = taken(toy(), tmp_path)
    content, script = onnx_model(kept, ABOUT), torchscript(kept, ABOUT)
    with torch.no_grad():
        kept.net.get_parameter("output.bias")[0] += 1
    with pytest.raises(ValueError, match="its outputs differ by up to"):
        check_onnx(kept, content)
    with pytest.raises(ValueError, match="its outputs differ by up to"):
        check_torchscript(kept, script)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of the extra, ONNX says which one it needs."""
    kept = taken(toy(), tmp_path)
    content = onnx_model(kept, ABOUT)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Missing, match="onnxruntime"):
        check_onnx(kept, content)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(Missing, match="onnxscript"):
        onnx_model(kept, ABOUT)


def test_full_states_and_weights_alone_are_both_read(tmp_path: Path) -> None:
    """best.pt of an earlier version holds weights and step alone: that is enough."""
    kept = taken(toy(), tmp_path)
    state = checkpoint.load(kept.path)
    checkpoint.save({"model": state["model"], "step": state["step"], "loss": 0.5}, kept.path)
    again = found(toy(), tmp_path)
    assert again.step == kept.step
    assert all(torch.equal(value, again.net.state_dict()[name]) for name, value in kept.net.state_dict().items())
