"""What fault tests share: a directory of their own, experiments of seconds or without an end, nobody left behind."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tuitrain.runs import lock, store

from .terminals import Open, Terminal, processes
from .zygote import Zygote

EXPERIMENT = """
[dataset]
kind = "gmm2d"
val_size = 0

[[models]]
kind = "linear"

[optimizer]
lr = 1e-4

[training]
epochs = {epochs}
batch_size = "full"
evaluate_every = 500
device = "cpu"
threads = 1
"""


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    """Return the options that keep runs and data in a directory of the test."""
    return [f"--runs-dir={tmp_path / 'runs'}", f"--data-dir={tmp_path / 'data'}"]


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[int], str]:
    """Return a function that writes the file of an experiment of so many epochs: 3000 take about a second."""

    def written(epochs: int) -> str:
        path = tmp_path / "experiment.toml"
        path.write_text(EXPERIMENT.format(epochs=epochs))
        return str(path)

    return written


@pytest.fixture
def terminal(places: list[str]) -> Iterator[Open]:
    """Return a function that starts the program in a terminal, with its runs and data in the test's directory."""
    opened: list[Terminal] = []

    def start(*arguments: str, **options: object) -> Terminal:
        opened.append(Terminal([*arguments, *places], **options))  # type: ignore[arg-type]  # passed on as they are
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture(autouse=True)
def nobody_left(tmp_path: Path) -> Iterator[None]:
    """End the workers that a test leaves on purpose, and whoever else works in its directory."""
    yield
    for run in store.listed(tmp_path / "runs"):
        if lock.held(run.lock):
            os.kill(lock.holder(run.lock)["pid"], signal.SIGKILL)
    for process in processes(tmp_path):
        os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Return what starts the program without loading anything again."""
    found = Zygote()
    yield found
    found.close()
