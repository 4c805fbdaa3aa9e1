"""How tests call the program as a person would."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


def command(folder: Path, arguments: tuple[str, ...]) -> list[str]:
    """Return the command line of the program, its runs and data in this folder."""
    places = [f"--runs-dir={folder / 'runs'}", f"--data-dir={folder / 'data'}"]
    return [sys.executable, "-m", "tuitrain", *arguments, *places]
