"""A person's own arrays: layouts, labels, splits in the file, and what is too large for memory."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tuitrain.datasets import Data, Scaling, Unavailable, cache
from tuitrain.datasets.archive import NPZ

RNG = np.random.default_rng(0)
CLASSES = np.arange(30) % 3


def written(folder: Path, *, compressed: bool = False, **arrays: Any) -> str:
    """Return the path of a new file with these arrays."""
    (np.savez_compressed if compressed else np.savez)(folder / "data.npz", **arrays)
    return str(folder / "data.npz")


def loaded(folder: Path, settings: dict[str, Any] | None = None, **arrays: Any) -> Data:
    """Return the data of a file with these arrays, all samples to train on where nothing else is said."""
    return NPZ(path=written(folder, **arrays), **{"val_size": 0, **(settings or {})}).load(folder / "cache")


def refused(folder: Path, settings: dict[str, Any] | None = None, **arrays: Any) -> str:
    """Return what is said where these arrays cannot be learned from; it names the file, in one line."""
    with pytest.raises(Unavailable) as error:
        loaded(folder, settings, **arrays)
    assert str(folder / "data.npz") in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("kind", ["float64", "float32", "int16", "bool"])
def test_features(tmp_path: Path, kind: str) -> None:
    """Numbers of any type are features as they are, in float32."""
    x = RNG.normal(size=(30, 4)).astype(kind)
    data = loaded(tmp_path, x=x, y=CLASSES)
    assert data.train.inputs.dtype == np.float32
    assert np.array_equal(data.train.inputs, x.astype(np.float32))
    assert (data.labels, data.scaling) == (("0", "1", "2"), Scaling())
    assert not (tmp_path / "cache").exists()
    assert loaded(tmp_path, {"normalize": "standard"}, x=x, y=CLASSES).scaling == Scaling.measured(data.train.inputs)


@pytest.mark.parametrize(
    ("shape", "arranged", "note"),
    [
        ((30, 5, 6), (1, 5, 6), "images with one channel of 5 x 6 pixels"),
        ((30, 5, 6, 3), (3, 5, 6), "images with channels last (5 x 6 x 3), turned to 3 x 5 x 6"),
        ((30, 3, 5, 6), (3, 5, 6), "images with channels first: 3 x 5 x 6"),
        ((30, 3, 5, 3), (3, 5, 3), "images with channels first: 3 x 5 x 3"),
        ((30, 7, 5, 6), (7, 5, 6), "images with channels first: 7 x 5 x 6"),
        ((30,), (1,), ""),
    ],
)
def test_images(tmp_path: Path, shape: tuple[int, ...], arranged: tuple[int, ...], note: str) -> None:
    """Pixels stay uint8, channels first however the file has them, and are to be scaled from 0 to 1."""
    x = RNG.integers(0, 256, shape, dtype=np.uint8)
    data = loaded(tmp_path, x=x, y=CLASSES)
    assert data.train.inputs.dtype == np.uint8
    assert data.facts.shape == arranged
    assert data.scaling == Scaling((0.0,), (255.0,))
    assert not note or note in data.notes
    if shape == (30, 5, 6, 3):
        assert np.array_equal(data.train.inputs[:, 2], x[..., 2])


def test_splits_of_the_file(tmp_path: Path) -> None:
    """Splits that are in the file are taken, and the others are dealt out of the training samples."""
    parts: dict[str, Any] = {f"x_{part}": RNG.normal(size=(30, 2)) for part in ("train", "test")}
    parts |= {f"y_{part}": CLASSES for part in ("train", "test")}
    data = loaded(tmp_path, {"val_size": 0.2, "test_size": 9}, **parts)
    assert data.facts.sizes == (24, 6, 30)
    parts |= {"x_val": parts["x_test"][:5], "y_val": CLASSES[:5]}
    assert loaded(tmp_path, {"val_size": 0.2}, **parts).facts.sizes == (30, 5, 30)
    renamed = {name.replace("x", "images", 1).replace("y", "answers", 1): array for name, array in parts.items()}
    assert loaded(tmp_path, {"x": "images", "y": "answers"}, **renamed).facts.sizes == (30, 5, 30)


@pytest.mark.parametrize(
    ("y", "labels", "first"),
    [
        (np.array(["b", "[bold]a", "\x1b[31mc"] * 10), ("\x1b[31mc", "[bold]a", "b"), [2, 1, 0]),
        (np.array([b"b", b"a", b"c"] * 10), ("a", "b", "c"), [1, 0, 2]),
        (np.array([9, 2, 10] * 10), ("2", "9", "10"), [1, 0, 2]),
        (np.array([2.0, 1.0, 3.0] * 10), ("1", "2", "3"), [1, 0, 2]),
        (np.array([[2], [1], [3]] * 10), ("1", "2", "3"), [1, 0, 2]),
        (np.eye(3)[CLASSES], ("0", "1", "2"), [0, 1, 2]),
        (CLASSES > 1, ("False", "True"), [0, 0, 1]),
    ],
    ids=["text", "bytes", "numbers", "floats", "column", "one-hot", "bool"],
)
def test_classes(tmp_path: Path, y: Any, labels: tuple[str, ...], first: list[int]) -> None:
    """Classes may be texts, any whole numbers, a single 1 among zeros, or true and false."""
    data = loaded(tmp_path, x=RNG.normal(size=(30, 2)), y=y)
    assert (data.task, data.labels) == ("classification", labels)
    assert data.train.labels.dtype == np.int64
    assert data.train.labels[:3].tolist() == first


def test_names(tmp_path: Path) -> None:
    """An array of names gives each class number its name, also to one that no sample has."""
    names = np.array(["ant", "bee", "cow", "dog"])
    data = loaded(tmp_path, x=RNG.normal(size=(30, 2)), y=CLASSES, labels=names)
    assert data.labels == ("ant", "bee", "cow", "dog")
    assert "no sample in the training split: class dog" in data.notes
    other = loaded(tmp_path, {"labels": "names"}, x=RNG.normal(size=(30, 2)), y=CLASSES, names=names[:3])
    assert other.labels == ("ant", "bee", "cow")
    assert "goes from 0 to 2 and there are 2 names" in refused(
        tmp_path, x=np.zeros((30, 2)), y=CLASSES, labels=names[:2]
    )


def test_regression(tmp_path: Path) -> None:
    """Numbers that are not whole are learned as they are, one target or several, and scaled unless told not to."""
    x, y = RNG.normal(size=(30, 2)), RNG.normal(5, 2, size=(30, 2))
    data = loaded(tmp_path, x=x, y=y[:, 0])
    assert (data.task, data.labels, data.train.labels.shape) == ("regression", ("y",), (30, 1))
    assert data.train.labels.dtype == np.float32
    assert data.targets.mean == pytest.approx((y[:, 0].mean(),))
    data = loaded(tmp_path, {"normalize": "none"}, x=x, y=y, labels=np.array(["left", "right"]))
    assert (data.labels, data.targets) == (("left", "right"), Scaling())
    assert loaded(tmp_path, {"task": "regression"}, x=x, y=CLASSES).task == "regression"
    assert loaded(tmp_path, x=x, y=np.arange(30)).task == "regression"


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "float32", "float64"])
def test_larger_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, compressed: bool) -> None:
    """What is too large for memory is memory-mapped, compressed or not, and holds the same samples."""
    x = RNG.integers(0, 256, (300, 6, 5, 3)).astype(kind)
    y = np.arange(300) % 3
    settings: dict[str, Any] = {"val_size": 0.2, "test_size": 0.1}
    small = loaded(tmp_path, settings, x=x, y=y)
    monkeypatch.setattr(cache, "LARGE", 10_000)
    for large in (loaded(tmp_path, settings, compressed=compressed, x=x, y=y) for _ in range(2)):
        assert large.facts == small.facts
        for name in ("train", "val", "test"):
            assert isinstance(getattr(large, name).inputs, np.memmap)
            assert np.array_equal(getattr(large, name).inputs, getattr(small, name).inputs)
            assert np.array_equal(getattr(large, name).labels, getattr(small, name).labels)


def test_mapped_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels that lie uncompressed in the file are mapped from it: nothing is written."""
    x = RNG.integers(0, 256, (300, 3, 6, 5), dtype=np.uint8)
    monkeypatch.setattr(cache, "LARGE", 10_000)
    data = loaded(tmp_path, first=np.ones(7), x=x, y=np.arange(300) % 3)
    assert isinstance(data.train.inputs, np.memmap)
    assert np.array_equal(data.train.inputs, x)
    assert not (tmp_path / "cache").exists()


def test_refused(tmp_path: Path) -> None:
    """What cannot be learned from is said in one sentence that names the array and what is there."""
    x = RNG.normal(size=(30, 2))
    assert 'no array "x", which x names; its arrays are data, y' in refused(tmp_path, data=x, y=CLASSES)
    assert 'no array "label", which y names (did you mean labels?)' in refused(
        tmp_path, {"y": "label"}, x=x, labels=CLASSES
    )
    assert '"y" has 29 labels and there are 30 inputs' in refused(tmp_path, x=x, y=CLASSES[:29])
    assert "has nan or infinity, first in sample 7" in refused(
        tmp_path, x=np.where(np.arange(60).reshape(30, 2) == 15, np.nan, x), y=CLASSES
    )
    assert 'array "y" has nan or infinity' in refused(tmp_path, x=x, y=np.where(CLASSES > 1, np.inf, 0.5))
    assert 'one class only to train on ("4")' in refused(tmp_path, x=x, y=np.full(30, 4))
    assert "Python objects" in refused(tmp_path, x=np.array([1, "a"] * 15, dtype=object), y=CLASSES)
    assert "holds <U1: numbers are needed" in refused(tmp_path, x=np.array(["a"] * 30), y=CLASSES)
    assert "has 5 axes" in refused(tmp_path, x=np.zeros((30, 1, 1, 1, 1)), y=CLASSES)
    assert "is empty" in refused(tmp_path, x=np.zeros((0, 2)), y=CLASSES)
    assert "1 sample to train on" in refused(tmp_path, x=x[:1], y=CLASSES[:1])
    assert 'normalize = "unit" is for pixels' in refused(tmp_path, {"normalize": "unit"}, x=x, y=CLASSES)
    assert "regression needs numbers" in refused(
        tmp_path, {"task": "regression"}, x=x, y=np.array(["a", "b", "c"] * 10)
    )
    assert "2 values a sample" in refused(tmp_path, {"task": "classification"}, x=x, y=RNG.normal(size=(30, 2)))
    assert "no y_test: add it" in refused(tmp_path, x=x, y=CLASSES, x_test=x)
    assert "samples of" in refused(tmp_path, x=x, y=CLASSES, x_test=x[:, :1], y_test=CLASSES)
    many = np.arange(3000) % 1500
    assert "1,500 different values, too many" in refused(
        tmp_path, {"task": "classification"}, x=np.zeros((3000, 1)), y=many
    )


def test_refused_files(tmp_path: Path) -> None:
    """A file that is not there, a directory, and one that is no archive are told apart."""
    with pytest.raises(Unavailable, match=r"nothing\.npz: no such file"):
        NPZ(path=str(tmp_path / "nothing.npz")).load(tmp_path)
    with pytest.raises(Unavailable, match="is a directory"):
        NPZ(path=str(tmp_path)).load(tmp_path)
    np.save(tmp_path / "single.npy", np.zeros(3))
    with pytest.raises(Unavailable, match=r"single\.npy cannot be read .*numpy\.savez"):
        NPZ(path=str(tmp_path / "single.npy")).load(tmp_path)
    path = Path(written(tmp_path, compressed=True, x=RNG.normal(size=(30, 20)), y=CLASSES))
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=r'array "x" cannot be read'):
        NPZ(path=str(path)).load(tmp_path)


def test_settings() -> None:
    """A file is named by its path, and what it holds is unknown before it is read."""
    with pytest.raises(ValidationError, match="path"):
        NPZ()  # type: ignore[call-arg]  # what is tried here
    assert NPZ(path="data.npz").facts is None
    assert NPZ(path="data.npz").rows(Path()) == []
