"""Fetching image sets with torchvision, and putting whole files in their place. It must not know any file format."""

import contextlib
import io
import os
import socket
import sys
from http.client import HTTPException
from pathlib import Path
from typing import Any

TROUBLE = (OSError, EOFError, RuntimeError, HTTPException)
"""What a download fails with: disk and network, a torn archive, a wrong checksum, a server's odd answer."""
PATIENCE = 30.0  # seconds without an answer before a mirror is given up; by itself torchvision waits for ever


def fetch(folder: Path, name: str, *, download: bool = True, train: bool = True) -> Any:
    """Return torchvision's dataset of this class name below the folder; `download` fetches the files missing there.

    It checks MD5 sums. Its progress is shown on stderr where that is a terminal. Raises one of `TROUBLE`.
    """
    from torchvision import datasets  # 5 seconds, needed only this once

    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    # Its progress bar belongs on a terminal only, and nothing of it on stdout, where tuitrain writes data.
    shown: Any = sys.stderr if sys.stderr.isatty() else io.StringIO()
    try:
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            return getattr(datasets, name)(folder, train=train, download=download)
    finally:
        socket.setdefaulttimeout(patience)


def settle(source: Path, target: Path) -> None:
    """Move a whole file to its place so that it is there completely or not at all, even after a power cut."""
    with source.open("rb+") as file:
        os.fsync(file.fileno())
    source.replace(target)
