"""Full sets in MNIST's format: from files, from a server of our own, and what is said when that fails."""

import gzip
import hashlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import served

from tuitrain.datasets import Unavailable, download
from tuitrain.datasets.images import KMNIST, MNIST, FashionMNIST

SHAPES = {
    "train-images-idx3-ubyte": (60_000, 28, 28),
    "train-labels-idx1-ubyte": (60_000,),
    "t10k-images-idx3-ubyte": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte": (10_000,),
}


def idx(shape: tuple[int, ...]) -> bytes:
    """Return an IDX file of this shape whose pixels and labels follow from the number of the image."""
    numbers = np.arange(shape[0]) % (10 if len(shape) == 1 else 251)
    values = np.broadcast_to(numbers.reshape(-1, *[1] * (len(shape) - 1)), shape).astype(np.uint8)
    return bytes((0, 0, 8, len(shape))) + np.array(shape, ">u4").tobytes() + values.tobytes()


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with IDX files of MNIST's layout and made-up content."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "MNIST" / "raw").mkdir(parents=True)
    for name, shape in SHAPES.items():
        (folder / "MNIST" / "raw" / name).write_bytes(idx(shape))
    return folder


def copied(full: Path, folder: Path) -> Path:
    """Return the raw folder of a data directory of links to the made-up files, to be broken by a test."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in SHAPES:
        (raw / name).symlink_to(full / "MNIST" / "raw" / name)
    return raw


def test_full_from_files(full: Path) -> None:
    """The files that are there are read as torchvision lays them out; the whole set stays on the disk."""
    data = MNIST(source="full", val_size=0).load(full)
    assert isinstance(data.train.inputs, np.memmap)
    assert data.train.inputs.shape == (60_000, 1, 28, 28)
    assert data.train.inputs[:300, 0, 5, 5].tolist() == [number % 251 for number in range(300)]
    assert data.train.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert data.test is not None
    assert data.test.inputs.shape == (10_000, 1, 28, 28)


@pytest.mark.parametrize("entry", [FashionMNIST, KMNIST])
def test_other_sets_from_files(full: Path, tmp_path: Path, entry: type[Any]) -> None:
    """The other sets of this format are read from folders of their own in the same way."""
    (tmp_path / entry.folder).symlink_to(full / "MNIST")
    data = (FashionMNIST(source="full", val_size=0) if entry is FashionMNIST else KMNIST(val_size=0)).load(tmp_path)
    assert isinstance(data.train.inputs, np.memmap)
    assert data.facts == replace(entry().facts, sizes=(60_000, 0, 10_000))


def test_kmnist_has_no_sample(tmp_path: Path) -> None:
    """Of KMNIST there is no sample: where it cannot be had, another dataset is the way out."""
    (tmp_path / "KMNIST").write_text("in the way")
    with pytest.raises(Unavailable, match=r"KMNIST is not complete in .*Put these files.*or choose another dataset\."):
        KMNIST().load(tmp_path)


def test_full_needs_no_torch(full: Path) -> None:
    """Where the files are, neither torch nor torchvision is loaded, and nothing is said."""
    program = (
        "import sys; from pathlib import Path; from tuitrain.datasets.images import MNIST;"
        "MNIST(source='full').load(Path(sys.argv[1]));"
        "sys.exit(str({'torch', 'torchvision'} & sys.modules.keys()) if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(full)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_full_from_compressed_files(full: Path, tmp_path: Path) -> None:
    """A file put there as it is downloaded, still compressed, is read all the same."""
    raw = copied(full, tmp_path)
    name = "t10k-images-idx3-ubyte"
    (raw / f"{name}.gz").write_bytes(gzip.compress((raw / name).read_bytes(), 1))
    (raw / name).unlink()
    expected, read = (MNIST(source="full").load(folder).test for folder in (full, tmp_path))
    assert expected is not None
    assert read is not None
    assert np.array_equal(read.inputs, expected.inputs)


def break_labels(content: bytes) -> bytes:
    """Return a file of labels with one that is no digit."""
    return content[:-1] + b"\x0a"


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("train-images-idx3-ubyte", lambda content: content[:-1]),
        ("t10k-images-idx3-ubyte", lambda content: content + b"\0"),
        ("train-labels-idx1-ubyte", lambda _: b""),
        ("t10k-labels-idx1-ubyte", lambda content: b"\x1f\x8b" + content[2:]),
        ("t10k-labels-idx1-ubyte", break_labels),
    ],
    ids=["short", "long", "empty", "other", "label"],
)
def test_damaged_file(full: Path, tmp_path: Path, name: str, broken: Any) -> None:
    """A file that is not what it should be is named, with the ways out."""
    raw = copied(full, tmp_path)
    content = broken((raw / name).read_bytes())
    (raw / name).unlink()
    (raw / name).write_bytes(content)
    with pytest.raises(Unavailable, match=rf'{name} .*Delete it.*or set source = "sample"'):
        MNIST(source="full").load(tmp_path)


def test_damaged_compressed_file(full: Path, tmp_path: Path) -> None:
    """A compressed file that is cut short is named."""
    raw = copied(full, tmp_path)
    name = "t10k-labels-idx1-ubyte"
    (raw / f"{name}.gz").write_bytes(gzip.compress((raw / name).read_bytes())[:-20])
    (raw / name).unlink()
    with pytest.raises(Unavailable, match=rf"{name}\.gz cannot be read"):
        MNIST(source="full").load(tmp_path)


def test_folder_cannot_be_made(tmp_path: Path) -> None:
    """A data directory that cannot be written to is named, with the files that belong there."""
    (tmp_path / "MNIST").write_text("in the way")
    with pytest.raises(Unavailable, match=r"MNIST is not complete in .*raw.*Missing: train-images-idx3-ubyte, "):
        MNIST(source="full").load(tmp_path)


@pytest.fixture
def mirror(full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that torchvision takes for the mirror of MNIST, with the made-up files compressed."""
    from torchvision import datasets

    folder = tmp_path / "mirror"
    folder.mkdir()
    for name in SHAPES:
        content = gzip.compress((full / "MNIST" / "raw" / name).read_bytes(), 1, mtime=0)
        (folder / f"{name}.gz").write_bytes(content)
    sums = [(f"{name}.gz", hashlib.md5((folder / f"{name}.gz").read_bytes()).hexdigest()) for name in SHAPES]
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with served(folder) as address:
        monkeypatch.setattr(datasets.MNIST, "mirrors", [address])
        yield folder


def test_download(mirror: Path, full: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What is missing is downloaded once, into its place and nowhere else, without a word."""
    data_dir = tmp_path / "data"
    first = MNIST(source="full").load(data_dir)
    assert sorted(path.name for path in (data_dir / "MNIST" / "raw").iterdir()) == sorted(SHAPES)
    for file in mirror.iterdir():
        file.unlink()
    again = MNIST(source="full").load(data_dir)
    assert first.train.inputs.tobytes() == again.train.inputs.tobytes()
    assert np.array_equal(first.train.inputs, MNIST(source="full").load(full).train.inputs)
    assert capfd.readouterr() == ("", "")


def test_download_completes_what_is_there(mirror: Path, full: Path, tmp_path: Path) -> None:
    """Only the missing file is put there; those that a person put there stay theirs."""
    assert mirror.exists()
    raw = copied(full, tmp_path / "data")
    (raw / "t10k-labels-idx1-ubyte").unlink()
    MNIST(source="full").load(tmp_path / "data")
    assert [name for name in SHAPES if not (raw / name).is_symlink()] == ["t10k-labels-idx1-ubyte"]


@pytest.mark.parametrize("trouble", ["absent", "half", "changed"])
def test_download_fails(mirror: Path, tmp_path: Path, trouble: str) -> None:
    """A file that does not arrive whole leaves nothing behind; the message has folder, files and ways out."""
    last = mirror / "t10k-labels-idx1-ubyte.gz"
    content = last.read_bytes()
    last.write_bytes(content[: len(content) // 2] if trouble == "half" else content[:-1] + b"?")
    if trouble == "absent":
        last.unlink()
    raw = tmp_path / "data" / "MNIST" / "raw"
    expected = rf'{raw}.*Missing: {", ".join(SHAPES)}\. Put these files there by hand.*source = "sample".*reason: '
    with pytest.raises(Unavailable, match=expected):
        MNIST(source="full").load(tmp_path / "data")
    assert list(raw.iterdir()) == []


def test_mirror_that_does_not_answer(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that takes the call and stays silent is given up, not waited for."""
    from torchvision import datasets

    assert mirror.exists()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(datasets.MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        monkeypatch.setattr(download, "PATIENCE", 0.1)
        with pytest.raises(Unavailable, match=r"could not be downloaded.*timed out"):
            MNIST(source="full").load(tmp_path / "data")
    assert socket.getdefaulttimeout() is None


def test_no_network(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that cannot be reached is a plain sentence on one line."""
    from torchvision import datasets

    assert mirror.exists()
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(Unavailable, match=r"could not be downloaded.*reason: .*Connection refused") as caught:
        MNIST(source="full").load(tmp_path / "data")
    assert "\n" not in str(caught.value)
