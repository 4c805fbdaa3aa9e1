"""CIFAR: downloaded from a server of our own, put there by hand, prepared once; and what is said when that fails."""

import hashlib
import pickle
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import served

from tuitrain.datasets import Unavailable, cifar
from tuitrain.datasets.cifar import CIFAR10, CIFAR100

TINY = {"train": 500, "test": 200}
CIFARS: list[Any] = [CIFAR10, CIFAR100]
PREPARED = ["test_images.npy", "test_labels.npy", "train_images.npy", "train_labels.npy"]


def pixels(start: int, number: int) -> Any:
    """Return made-up images as the batches hold them [number, 3072], which follow from their numbers."""
    return np.random.default_rng(start).integers(0, 256, (number, 3072)).astype(np.uint8)


def packed(folder: Path, entry: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an archive of a few made-up images in the layout of the set, which torchvision takes for the real one."""
    from torchvision import datasets

    original, classes = getattr(datasets, entry.folder), len(entry().labels)
    batches = folder / entry.batches
    batches.mkdir(parents=True)
    key = "labels" if classes == 10 else "fine_labels"
    sums: dict[str, list[list[str]]] = {}
    for part, lists in (("train", original.train_list), ("test", original.test_list)):
        each = TINY[part] // len(lists)
        for number, (name, _) in enumerate(lists):
            labels = [label % classes for label in range(number * each, (number + 1) * each)]
            content = pickle.dumps({"data": pixels(number if part == "train" else 9, each), key: labels})
            (batches / name).write_bytes(content)
            sums.setdefault(part, []).append([name, hashlib.md5(content).hexdigest()])
    meta = pickle.dumps({original.meta["key"]: list(entry().labels)})
    (batches / original.meta["filename"]).write_bytes(meta)
    archive: Path = folder / entry.archive
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(batches, entry.batches)
    shutil.rmtree(batches)
    monkeypatch.setattr(original, "train_list", sums["train"])
    monkeypatch.setattr(original, "test_list", sums["test"])
    monkeypatch.setattr(original, "meta", original.meta | {"md5": hashlib.md5(meta).hexdigest()})
    monkeypatch.setattr(original, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
    return archive


@pytest.fixture(params=CIFARS)
def entry(request: pytest.FixtureRequest) -> Any:
    """Return each of the two sets."""
    return request.param


@pytest.fixture
def archive(entry: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the archive of a tiny set, served from where torchvision looks for it."""
    from torchvision import datasets

    monkeypatch.setattr(cifar, "SIZES", TINY)
    archive = packed(tmp_path / "mirror", entry, monkeypatch)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with served(archive.parent) as address:
        monkeypatch.setattr(getattr(datasets, entry.folder), "url", address + archive.name)
        yield archive


def test_download(entry: Any, archive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The set is downloaded and prepared once, nothing else is left behind, without a word; then it is only opened."""
    data_dir = tmp_path / "data"
    data = entry(val_size=0).load(data_dir)
    assert sorted(path.relative_to(data_dir).as_posix() for path in data_dir.rglob("*.*")) == [
        f"{entry.folder}/{name}" for name in PREPARED
    ]
    assert isinstance(data.train.inputs.base, np.memmap)
    assert data.facts == entry(val_size=0).facts
    first = TINY["train"] // (5 if entry is CIFAR10 else 1)
    assert np.array_equal(data.train.inputs[:first].reshape(first, -1), pixels(0, first)), "red, green, blue"
    assert data.train.labels.tolist() == [number % len(data.labels) for number in range(TINY["train"])]
    assert data.test is not None
    assert np.array_equal(data.test.inputs.reshape(TINY["test"], -1), pixels(9, TINY["test"]))
    archive.unlink()
    assert np.array_equal(entry(val_size=0).load(data_dir).train.inputs, data.train.inputs)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("unpacked", [False, True], ids=["archive", "folder"])
def test_by_hand(entry: Any, archive: Path, tmp_path: Path, unpacked: bool) -> None:
    """What a person puts into the data directory, packed or not, is used and stays; nothing is downloaded."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    if unpacked:
        with tarfile.open(archive) as tar:
            tar.extractall(data_dir, filter="data")
    else:
        shutil.copy(archive, data_dir)
    archive.unlink()
    before = {path.name: path.read_bytes() for path in data_dir.rglob("*") if path.is_file()}
    data = entry(val_size=0.2, per_class=0).load(data_dir)
    assert data.facts == entry().facts
    assert {path.name: path.read_bytes() for path in data_dir.rglob("*") if path.name in before} == before
    assert sorted(path.name for path in (data_dir / entry.folder).iterdir()) == PREPARED


@pytest.mark.parametrize("trouble", ["absent", "half", "changed"])
def test_download_fails(entry: Any, archive: Path, tmp_path: Path, trouble: str) -> None:
    """An archive that does not arrive whole leaves nothing behind; the message says what to put where by hand."""
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2] if trouble == "half" else content[:-1] + b"?")
    if trouble == "absent":
        archive.unlink()
    data_dir = tmp_path / "data"
    expected = rf"{entry.folder} is not in .*Put {entry.archive} into {data_dir} by hand, or the folder {entry.batches}"
    with pytest.raises(Unavailable, match=expected) as caught:
        entry().load(data_dir)
    assert "\n" not in str(caught.value)
    assert [path.name for path in data_dir.rglob("*")] == [entry.folder]


def test_damaged_folder(entry: Any, archive: Path, tmp_path: Path) -> None:
    """A folder put there by hand that is not whole is said to be so, and stays as it is."""
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "data", filter="data")
    damaged = next((tmp_path / "data" / entry.batches).glob("*test*"))
    damaged.write_bytes(b"")
    with pytest.raises(Unavailable, match=r"the folder .* whole; or .* The reason: .*corrupted"):
        entry().load(tmp_path / "data")
    assert damaged.read_bytes() == b""


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("train_images", lambda path: path.write_bytes(b"")),
        ("test_labels", lambda path: path.write_bytes(b"not an array")),
        ("test_images", lambda path: np.save(path, np.zeros((2, 3), np.uint8))),
    ],
)
def test_damaged_array(entry: Any, archive: Path, tmp_path: Path, name: str, damage: Callable[[Path], Any]) -> None:
    """A prepared array that is not what it should be is named; once it is deleted it is made again."""
    entry().load(tmp_path)
    path = tmp_path / entry.folder / f"{name}.npy"
    damage(path)
    said = r"(cannot be read|is damaged .*: uint8 \[2, 3\] instead of uint8 \[200, 3, 32, 32\])"
    with pytest.raises(Unavailable, match=rf"{name}\.npy {said}.*Delete it to have it prepared again"):
        entry().load(tmp_path)
    path.unlink()
    assert archive.exists()
    assert entry().load(tmp_path).facts == entry().facts


def test_prepared_needs_no_torch(tmp_path: Path) -> None:
    """Where the arrays are, neither torch nor torchvision is loaded, and images stay on the disk."""
    folder = tmp_path / "CIFAR10"
    folder.mkdir()
    for part, size in cifar.SIZES.items():
        images = np.lib.format.open_memmap(folder / f"{part}_images.npy", "w+", np.uint8, (size, 3, 32, 32))
        images.flush()
        np.save(folder / f"{part}_labels.npy", np.arange(size) % 10)
    program = (
        "import sys; from pathlib import Path; from tuitrain.datasets.cifar import CIFAR10;"
        "data = CIFAR10(val_size=10_000, order='first').load(Path(sys.argv[1]));"
        "assert data.facts.sizes == (40_000, 10_000, 10_000);"
        "assert not data.train.inputs.flags.owndata;"
        "sys.exit(str({'torch', 'torchvision'} & sys.modules.keys()) if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_names() -> None:
    """CIFAR-100 has a hundred names in alphabetical order; CIFAR-10 has its ten."""
    assert len(set(CIFAR100().labels)) == 100
    assert list(CIFAR100().labels) == sorted(CIFAR100().labels)
    assert CIFAR10().labels[:3] == ("airplane", "automobile", "bird")
    assert CIFAR10(val_size=5000).sizes == (45_000, 5_000, 10_000)
    assert (CIFAR10().fewest, CIFAR100().fewest) == ((5_000, 1_000), (500, 100))
