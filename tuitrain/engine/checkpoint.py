"""Checkpoints on disk: torch files beside their SHA-256, read without running any code in them."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from tuitrain.files import write_whole


class Damaged(Exception):
    """A checkpoint that is not what was written; the message names the file and what is wrong."""


def save(state: Mapping[str, Any], path: Path) -> None:
    """Write the state; killed at any moment, this leaves either the old file or the new one. Raise OSError.

    The list of digests names new and old content before the file is replaced, so either is accepted. The old
    one is that of the file as it lies there: after a write that failed it is not the newest in the list.
    """
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    content = buffer.getvalue()
    there = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    digests = [hashlib.sha256(content).hexdigest(), *(known for known in known_digests(path) if known == there)]
    write_whole(_digest_file(path), "\n".join(digests).encode())
    write_whole(path, content)


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return the state; raise Damaged where the bytes are not those written, or hold anything but plain data."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Damaged(f"{path}: cannot be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() not in known_digests(path):
        raise Damaged(f"{path}: its SHA-256 is not the one in {_digest_file(path).name}; the file was changed or cut")
    try:
        state: dict[str, Any] = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise Damaged(f"{path}: is not a checkpoint: {str(error).partition(chr(10))[0]}") from None
    return state


def known_digests(path: Path) -> list[str]:
    """Return the digests that the file may have, the newest first."""
    beside = _digest_file(path)
    return beside.read_text().split() if beside.exists() else []


def _digest_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
