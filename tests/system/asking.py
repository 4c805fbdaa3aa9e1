"""How tests ask commands about runs: what they say, and that one which is refused changes no byte."""

import os
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import pytest
from calling import command
from shelves import copied

from tuitrain import drive
from tuitrain.cli import main

UNDER_WAY = 60  # lines of a recorded journal that has not ended by then
DRIVEN = (
    ("pause",),
    ("save",),
    ("step",),
    ("step", "3"),
    ("set", "optimizer.lr=0.5"),
    ("stop",),
    ("stop", "--now"),
)
"""The commands to a run under way: the word, and what follows the name."""


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


def impatient(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that calls the program in this process, its runs in `tmp_path`/runs, and waits for nobody."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(drive, "ANSWER", 0.1)
    monkeypatch.setattr(drive, "AT_ONCE", 0.1)

    def ask(*arguments: str) -> Said:
        code = main(command(tmp_path, arguments)[3:])
        return Said(code, *capsys.readouterr())

    return ask


def two_over(folder: Path) -> Path:
    """Return a folder with two runs that are over."""
    for number, name in ((5, "linear"), (6, "mlp-10")):
        copied(folder, f"plane/20260102-03040{number}-gmm2d-{name}")
    return folder


def fingerprint(folder: Path) -> dict[str, str]:
    """Return what tells every file below a folder from any other: mode, time and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        told = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(told.st_mode) and os.access(path, os.R_OK) else b""
        found[str(path)] = f"{told.st_mode:o} {told.st_mtime_ns} {blake2b(content).hexdigest()}"
    return found


def asked(driven: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the arguments of a command to this run."""
    word, *rest = driven
    return (word, name, *rest)


def refused(call: Call, folder: Path, *arguments: str) -> str:
    """Return the one sentence with which a command is refused; nothing on disk is another after it."""
    before = fingerprint(folder)
    said = call(*arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), said
    assert fingerprint(folder) == before
    return said.err.rstrip("\n")
