"""Rows 17 to 20: images, tables, settings and downloads that are not as they should be."""

import gzip
import hashlib
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from tuitrain.cli import main

from .terminals import F5, Open, Terminal, await_that
from .zygote import Child, Zygote

pytestmark = pytest.mark.faults
ROW = "1,2,x\n2,1,y\n"
Train = Callable[..., Child]


@pytest.fixture
def train(tmp_path: Path, zygote: Zygote) -> Train:
    """Return a function that trains one epoch on this dataset, without a screen."""

    def call(dataset: str, room: int = 0) -> Child:
        words = ["--set", f"dataset={dataset}", "--set", 'models=[{kind="linear"}]', "--set", "training.epochs=1"]
        done = zygote.call(tmp_path, "--batch", "first-run", *words, "--set", "training.device=cpu", room=room)
        assert "Traceback" not in done.stderr
        return done

    return call


def image(path: Path, mode: str = "RGB", size: int = 8, number: int = 0) -> Path:
    """Write a small image that differs from the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(number).integers(0, 256, (size, size, 4), np.uint8)
    Image.fromarray(values, "RGBA").convert(mode).save(path)
    return path


@pytest.mark.fault(17)
def test_a_folder_of_odd_images(tmp_path: Path, train: Train) -> None:
    """What is no image is skipped and told by name, the rest learned from, whatever its mode and size."""
    root = tmp_path / "pets"
    for number in range(12):
        for name in ("cat", "dog"):
            image(root / name / f"{number}.png", ("RGB", "L", "RGBA", "P")[number % 4], number=number)
    whole = image(root / "cat" / "whole.png").read_bytes()
    (root / "cat" / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (root / "cat" / "empty.png").touch()
    (root / "dog" / "text.png").write_text("no image")
    (root / "dog" / "notes.txt").write_text("no image")
    Image.new("L", (20_000, 20_000)).save(root / "dog" / "huge.png")
    done = train(f'{{kind="folder", path="{root}", size=8}}')
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"4 of 29 images cannot be read and are left out: cat/empty\.png, cat/truncated\.png, ", done.stderr
    )
    assert "finished" in done.stdout


@pytest.mark.fault(17)
@pytest.mark.parametrize("harm", ["empty class", "one class", "no image", "no folder", "a file"])
def test_a_folder_without_classes(tmp_path: Path, train: Train, harm: str) -> None:
    """A folder that cannot be learned from is refused in one sentence that names it."""
    root = tmp_path / "pets"
    for number in range(12):
        image(root / "cat" / f"{number}.png", number=number)
        if harm == "empty class":
            image(root / "dog" / f"{number}.png", number=number)
    if harm == "empty class":
        (root / "fish").mkdir()
    if harm in ("no image", "no folder", "a file"):
        root = tmp_path / "others"
    if harm == "no image":
        root.mkdir()
    if harm == "a file":
        root.touch()
    done = train(f'{{kind="folder", path="{root}", size=8}}')
    if harm == "empty class":
        assert "fish" in done.stderr
        return
    assert done.returncode == 2, done.stderr
    assert root.name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


TABLES: dict[str, tuple[bytes, int, str]] = {
    "ragged": (b"a,b,c\n" + ROW.encode() * 10 + b"1,2\n", 2, r"line 22"),
    "BOM": (b"\xef\xbb\xbfa,b,c\n" + ROW.encode() * 10, 0, ""),
    "latin-1": (b"a,b,c\n" + ROW.encode() * 10 + b"1,2,\xe4\n" * 9, 2, r"line 22.*UTF-8"),
    "semicolons": (b"a;b;c\n" + ROW.replace(",", ";").encode() * 10, 0, ""),
    "empty cells": (b"a,b,c\n" + ROW.encode() * 10 + b",,x\n", 0, ""),
    "text in numbers": (b"a,b,c\n" + b"".join(b"1,%d.5,x\n" % n for n in range(99)) + b"1,oops,y\n", 2, r"oops"),
    "duplicate header": (b"a,a,c\n" + ROW.encode() * 10, 2, r"a"),
    "one row": (b"a,b,c\n1,2,x\n", 2, r"row|class"),
    "only a header": (b"a,b,c\n", 2, r"row"),
    "nothing": (b"", 2, r"empty"),
    "NUL": (b"a,b,c\n" + ROW.encode() * 10 + b"1,\0,x\n", 2, r"."),
    "one column": (b"a\n" + b"x\ny\n" * 10, 2, r"."),
}


@pytest.mark.fault(18)
@pytest.mark.parametrize("kind", TABLES)
def test_odd_tables(tmp_path: Path, train: Train, kind: str) -> None:
    """A table is learned from, or refused in one sentence with file and what is wrong with it."""
    content, code, said = TABLES[kind]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    done = train(f'{{kind="csv", path="{path}"}}')
    assert done.returncode == code, done.stderr
    if code:
        assert "data.csv" in done.stderr
        assert re.search(said, done.stderr.replace(str(path), "")), done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.fault(18)
def test_no_label_column(tmp_path: Path, train: Train) -> None:
    """A label that is no column is refused with the names there are."""
    (tmp_path / "data.csv").write_text("a,b,c\n" + ROW * 10)
    done = train(f'{{kind="csv", path="{tmp_path / "data.csv"}", label="risk"}}')
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("risk", "data.csv", "a, b, c"))


@pytest.mark.fault(18)
def test_a_table_larger_than_memory(tmp_path: Path, train: Train) -> None:
    """A table of 2 GB without an end of line is refused without being read into memory."""
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.write(b"a,b,c\n" + ROW.encode() * 10 + b'1,"')
        file.truncate(2 << 30)  # a hole: two gigabytes of NUL that take no room on the disk
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = train(f'{{kind="csv", path="{path}"}}', room=8 << 30)
    assert done.returncode == 2, done.stderr
    assert "data.csv" in done.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before < 1 << 20  # kB: a gigabyte


SETTINGS = {
    "syntax": ("[dataset\nkind = 3", "line 1"),
    "unknown key": ("[training]\nepoch = 3\n", r"training\.epoch: unknown key .*epochs"),
    "unknown table": ("[datset]\nkind = 3\n", r"datset.*dataset"),
    "wrong type": ('[training]\nepochs = "many"\n', r"training\.epochs"),
    "out of range": ("[training]\nepochs = 0\n", r"training\.epochs: must be 1 or more; got 0"),
    "unknown kind": ('[[models]]\nkind = "lineer"\n', r"models.*linear"),
    "not text": ("\xff\xfe", "TOML|UTF-8"),
    "later version": ("version = 99\n", "version"),
}


@pytest.mark.fault(19)
@pytest.mark.parametrize("kind", SETTINGS)
def test_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """Wrong settings end with 2 and a sentence: file, line or key, what is allowed, the nearest spelling."""
    content, said = SETTINGS[kind]
    path = tmp_path / "wrong.toml"
    path.write_text(content, encoding="latin-1")
    assert main(["--batch", str(path), f"--runs-dir={tmp_path / 'runs'}"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "wrong.toml" in shown.err
    assert re.search(said, shown.err), shown.err
    assert "Traceback" not in shown.err
    assert not (tmp_path / "runs").exists()


def help_in(one: Terminal) -> list[str]:
    """Return what stands at the bottom of the settings: what the field is for."""
    return [line[:34] for line in one.screen.splitlines()[-4:-1]]


@pytest.mark.fault(19)
def test_settings_in_the_cockpit(tmp_path: Path, terminal: Open) -> None:
    """A wrong value typed into a field is told at the field, with what is allowed; nothing is trained with it."""
    one = terminal("mnist-linear", size=(50, 160))
    one.ready()
    one.send("c")
    while "How many times to go" not in one.screen:
        before = help_in(one)
        one.send("j")
        await_that(lambda before=before: help_in(one) != before, "another field")  # type: ignore[misc]  # a default
    one.send("0\r")
    one.see("must be 1 or more")
    one.send(F5)
    one.see("must be 1 or more")
    assert not (tmp_path / "runs").exists()
    one.send("\x11")  # ctrl+q, also within a field
    assert one.end() == 0


@pytest.mark.fault(19)
def test_a_file_of_settings_in_the_cockpit(tmp_path: Path, terminal: Open) -> None:
    """A wrong file is told before the screen changes, with the exit code 2."""
    path = tmp_path / "wrong.toml"
    path.write_text("[training]\nepochs = 0\n")
    one = terminal(str(path))
    assert one.end() == 2
    assert "training.epochs: must be 1 or more; got 0" in one.text
    assert b"\x1b[?1049h" not in one.written


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without writing a log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Say nothing."""


SHAPES = {
    "train-images-idx3-ubyte": (60000, 28, 28),
    "train-labels-idx1-ubyte": (60000,),
    "t10k-images-idx3-ubyte": (10000, 28, 28),
    "t10k-labels-idx1-ubyte": (10000,),
}
FETCH = """
import sys
from torchvision import datasets
from tuitrain.cli import main
datasets.MNIST.mirrors = [sys.argv[1]]
datasets.MNIST.resources = {resources!r}
sys.exit(main(sys.argv[2:]))
"""
"""The program, with a mirror of the test's own."""


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, list[tuple[str, str]]]]:
    """Serve the four files of MNIST, made up; return the address, the folder, and names with their MD5."""
    folder = tmp_path_factory.mktemp("mirror")
    sums = []
    for name, shape in SHAPES.items():
        size = int(np.prod(shape))
        content = gzip.compress(
            bytes([0, 0, 8, len(shape)]) + b"".join(each.to_bytes(4, "big") for each in shape) + bytes(size), 1
        )
        (folder / f"{name}.gz").write_bytes(content)
        sums.append((f"{name}.gz", hashlib.md5(content).hexdigest()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", folder, sums
    server.shutdown()
    server.server_close()


@pytest.mark.fault(20)
@pytest.mark.parametrize("trouble", ["half", "wrong", "absent", "no network"])
def test_downloads(trouble: str, mirror: tuple[str, Path, list[tuple[str, str]]], tmp_path: Path) -> None:
    """A download that fails says where to put the files by hand; nothing half stays; once whole, it works offline."""
    address, folder, sums = mirror
    last = folder / "t10k-labels-idx1-ubyte.gz"
    content = last.read_bytes()
    places = [f"--runs-dir={tmp_path / 'runs'}", f"--data-dir={tmp_path / 'data'}"]
    settings = ["--set", 'dataset={kind="mnist", source="full"}', "--set", "training.steps=1"]
    words = ["--batch", "mnist-linear", *settings, "--set", "training.device=cpu"]

    def call(where: str) -> "subprocess.CompletedProcess[str]":
        program = FETCH.format(resources=sums)
        line = [sys.executable, "-c", program, where, *words, *places]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)

    harms = {"half": content[: len(content) // 2], "wrong": content[:-1] + b"?", "absent": b"", "no network": content}
    last.write_bytes(harms[trouble]) if trouble != "absent" else last.unlink()
    try:
        done = call("http://127.0.0.1:9/" if trouble == "no network" else address)
    finally:
        last.write_bytes(content)
    assert done.returncode == 2, done.stderr
    assert "Put these files there by hand" in done.stderr
    assert str(tmp_path / "data") in done.stderr
    assert "Traceback" not in done.stderr
    raw = tmp_path / "data" / "MNIST" / "raw"
    assert not [path for path in raw.rglob("*") if "t10k-labels" in path.name]
    if trouble == "half":
        assert call(address).returncode == 0
        assert call("http://127.0.0.1:9/").returncode == 0
