"""What tests of the whole program share: calling it as a person would, in a directory of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import TOY, Program, Spawn, command
from textual import constants

pytest_plugins = ["tally"]

constants.COLOR_SYSTEM = "truecolor"  # type: ignore[misc]  # screens look the same wherever the tests run


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one process more than there are cores: a quarter of the time tests wait for processes and clocks."""
    return 1 + (os.cpu_count() or 1)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Return the file of an experiment that takes a fraction of a second: six parameters, 48 points, nine steps."""
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    return path


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


@pytest.fixture(autouse=True)
def _small_numbers() -> Iterator[None]:
    """Give the process its smallest numbers back, which a training in it flushes to zero."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody wait until the disk has written: these tests pull no plug, and a busy disk takes seconds."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
