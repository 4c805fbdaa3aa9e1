"""What tests of the whole program share: calling it as a person would, in a directory of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Program = Callable[..., "subprocess.CompletedProcess[str]"]
Spawn = Callable[..., "subprocess.Popen[str]"]

TOY = """
[dataset]
kind = "gmm2d"

[[models]]
kind = "linear"

[training]
epochs = 3
batch_size = 16
device = "cpu"
threads = 1
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Return the file of an experiment that takes a fraction of a second: six parameters, 48 points, nine steps."""
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    return path


def command(folder: Path, arguments: tuple[str, ...]) -> list[str]:
    """Return the command line of the program, its runs and data in this folder."""
    places = [f"--runs-dir={folder / 'runs'}", f"--data-dir={folder / 'data'}"]
    return [sys.executable, "-m", "tuitrain", *arguments, *places]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return a function that calls the program in `tmp_path`, its runs in `tmp_path`/runs, and waits for it."""

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command(tmp_path, arguments), cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return call


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Return a function that starts the program in a session of its own, and kills what is left at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        with (tmp_path / f"stderr{len(started)}").open("w") as stderr:
            process = subprocess.Popen(
                command(tmp_path, arguments),
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
