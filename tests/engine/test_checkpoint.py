"""Checkpoints: what is loaded is what was saved, or a sentence that names the file."""

import hashlib
import io
import os
import pickle
import stat
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from crashing import killed_at
from lessons import Told, last, network, of, toy, trained

from tuitrain.engine.checkpoint import Damaged, load, save
from tuitrain.engine.state import PARTS, read
from tuitrain.engine.train import train
from tuitrain.events import Finished, Refused, Saved, Start, Warned

State = dict[str, Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a checkpoint that is not there yet."""
    return tmp_path / "last.pt"


def state(step: int) -> State:
    """Return a state that a step is read off from."""
    return {"model": {"weight": torch.arange(12.0).reshape(3, 4) + step}, "step": step}


def test_round_trip(path: Path) -> None:
    """Tensors and plain values come back equal, and again after being replaced; the files are their owner's alone."""
    before = os.umask(0)
    try:
        for step in (1, 2, 3):
            save(state(step), path)
            loaded = load(path)
            assert torch.equal(loaded["model"]["weight"], state(step)["model"]["weight"])
            assert loaded["step"] == step
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert sorted(file.name for file in path.parent.iterdir()) == ["last.pt", "last.pt.sha256"]


def test_optimizer_state_round_trip(tmp_path: Path) -> None:
    """What a training saves puts model, optimizer and random numbers back where they were."""
    experiment = toy(optimizer={"kind": "adam"}, models=[{"kind": "mlp", "hidden": [3], "batch_norm": True}])
    trained(experiment, tmp_path)
    saved = load(tmp_path / "checkpoints" / "last.pt")
    net = network(experiment).build((2,), 2)
    net.load_state_dict(saved["model"])
    optimizer = experiment.optimizer.build(net.parameters())
    optimizer.load_state_dict(saved["optimizer"])
    torch.set_rng_state(saved["rng"]["cpu"])
    assert saved["step"] == 9
    assert float(optimizer.state_dict()["state"][0]["step"]) == 9


@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 1.0])
def test_one_flipped_bit(path: Path, place: float) -> None:
    """One bit that changed is noticed wherever it is."""
    save(state(1), path)
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"last\.pt: its SHA-256 is not the one in last\.pt\.sha256"):
        load(path)


@pytest.mark.parametrize("harm", ["cut", "empty", "no digest", "empty digest", "gone", "folder"])
def test_damage(path: Path, harm: str) -> None:
    """A file that was cut, whose digest is missing, or that is not there is named."""
    save(state(1), path)
    digest = path.with_name("last.pt.sha256")
    harms: dict[str, Callable[[], object]] = {
        "cut": lambda: os.truncate(path, 100),
        "empty": lambda: os.truncate(path, 0),
        "no digest": digest.unlink,
        "empty digest": lambda: os.truncate(digest, 0),
        "gone": path.unlink,
        "folder": lambda: path.rename(path.with_name("elsewhere")).with_name("last.pt").mkdir(),
    }
    harms[harm]()
    with pytest.raises(Damaged, match=r"last\.pt: "):
        load(path)


class Code:
    """What would make a file as soon as it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to make it again: by code."""
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("writer", ["torch", "pickle"])
def test_code_is_refused(path: Path, tmp_path: Path, writer: str) -> None:
    """A checkpoint that holds code is refused, and the code does not run, even where its digest is right."""
    buffer = io.BytesIO()
    content = {"model": Code(tmp_path / "ran")}
    torch.save(content, buffer) if writer == "torch" else pickle.dump(content, buffer, protocol=2)
    save(state(1), path)
    path.write_bytes(buffer.getvalue())
    path.with_name("last.pt.sha256").write_text(hashlib.sha256(buffer.getvalue()).hexdigest())
    with pytest.raises(Damaged, match=r"last\.pt: is not a checkpoint"):
        load(path)
    assert not (tmp_path / "ran").exists()
    torch.load(path, weights_only=False) if writer == "torch" else pickle.loads(path.read_bytes())
    assert (tmp_path / "ran").exists(), "the payload is one that would have run"


def packed(content: Any) -> bytes:
    """Return the file that torch makes of this."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def archive(content: bytes) -> bytes:
    """Return an archive as torch makes one, with this in the place of what was pickled."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a/data.pkl", content)
    return buffer.getvalue()


WHOLE = packed({"a": torch.ones(3)})
ODD: dict[str, bytes] = {
    "empty": b"",
    "text": b"hello",
    "zeros": b"\0" * 500,
    "a pickle": pickle.dumps({1: 2}, 2),
    "an archive of something else": archive(b"\x80\x02garbage"),
    "a list": packed([1]),
    "nothing": packed(None),
    "cut": WHOLE[:-30],
    "another bit": WHOLE[:100] + bytes([WHOLE[100] ^ 255]) + WHOLE[101:],
    "the magic number alone": pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + b"xx",
    "an empty stack": b"\x80\x020.",
    "nothing on the stack": b".",
    "a tuple that never began": b"\x80\x02(t.",
    "parts of other types": packed(dict.fromkeys(PARTS, 3)),
}


@pytest.mark.parametrize("name", ODD)
def test_damage_with_the_right_digest(path: Path, name: str) -> None:
    """Whatever is in a file whose digest fits, it is a state or it is named as damaged."""
    path.write_bytes(ODD[name])
    path.with_name("last.pt.sha256").write_text(hashlib.sha256(ODD[name]).hexdigest())
    with pytest.raises(Damaged, match=r"last\.pt: "):
        read(path)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("settings", {"optimizer.lr": -1.0}),
        ("settings", {"nothing": 1}),
        ("rng", {"cpu": 3}),
        ("meter", {"recent": 1}),
        ("best", {"loss": 1.0, "step": 3, "stale": 0, "state": 7}),
        ("course", {"rewound": []}),
        ("model", {"output.weight": "text"}),
    ],
)
def test_state_that_does_not_fit(tmp_path: Path, part: str, value: Any) -> None:
    """A state in which something cannot be taken on is named as damaged, before anything is told."""
    trained(toy(), tmp_path)
    path = tmp_path / "checkpoints" / "last.pt"
    save(read(path) | {part: value}, path)
    with pytest.raises(Damaged, match=r"last\.pt: does not fit the model"):
        list(train(toy(), toy().dataset.load(tmp_path), Told(), tmp_path, Start(checkpoint=path)))


def test_killed_at_any_moment(path: Path) -> None:
    """Killed before any of the file operations of a save, it leaves the old checkpoint or the new one, whole.

    Each save that is killed holds something else than the one before, so that none may rely on the last to be whole.
    """
    save(state(1), path)
    moment, found = 0, []
    while killed_at(moment, partial(save, state(moment + 2), path)):
        found.append(load(path)["step"])
        moment += 1
    assert load(path)["step"] == moment + 2
    assert moment >= 6, "a save opens, syncs and renames twice"
    assert found[0] == 1
    assert found == sorted(found)


def test_disk_that_cannot_be_written(tmp_path: Path) -> None:
    """Where checkpoints cannot be written training says so, refuses to save on command, goes on and finishes."""
    (tmp_path / "checkpoints").write_text("a file where the folder would be")
    events = trained(toy(), tmp_path, control=Told([["save"]]))
    assert last(Finished, events).reason == "completed"
    assert not of(Saved, events)
    (refused,) = of(Refused, events)
    sentences = [refused.reason, *(event.message for event in of(Warned, events))]
    assert refused.command == "1"
    assert 2 <= len(sentences) <= 5, "no more often than the ring asks for a checkpoint"
    assert all("was not written: " in sentence for sentence in sentences)
