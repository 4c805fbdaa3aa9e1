"""Checkpoints on disk: torch files beside their SHA-256, read without running any code in them."""

import hashlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from tuitrain.files import sync_folder, write_whole


class Damaged(Exception):
    """A checkpoint that is not what was written; the message names the file and what is wrong."""


def save(state: Mapping[str, Any], path: Path) -> None:
    """Write the state; killed at any moment, this leaves either the old file or the new one. Raise OSError.

    What a save that was killed left beside the file is removed.
    """
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    content = buffer.getbuffer()  # the bytes themselves, not a copy: a state may be large
    _announce(path, hashlib.sha256(content).hexdigest())
    write_whole(path, content)


def link(source: Path, path: Path, *, durable: bool = True) -> None:
    """Make `path` the same checkpoint as `source`, without room of its own, as safely as `save`. Raise OSError.

    Where the file system has no hard links it is a copy. `durable` waits for the disk, as in `write_whole`.
    """
    _announce(path, known_digests(source)[0], durable=durable)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.link(source, aside)
    except OSError:  # exFAT and some network drives cannot; a full disk refuses the copy as well
        write_whole(path, source.read_bytes(), durable=durable)
        return
    try:
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)  # also there where both were one file already: then a rename does nothing
    if durable:
        sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a checkpoint and its digest; one that is not there is no error. Raise OSError."""
    path.unlink(missing_ok=True)
    _digest_file(path).unlink(missing_ok=True)


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return the state; raise Damaged where the bytes are not those written, or hold anything but plain data."""
    try:
        content, known = path.read_bytes(), known_digests(path)
    except OSError as error:
        raise Damaged(f"{path}: cannot be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() not in known:
        raise Damaged(f"{path}: its SHA-256 is not the one in {_digest_file(path).name}; the file was changed or cut")
    try:
        state = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # reading pickled bytes raises whatever they lead to
        raise Damaged(f"{path}: is not a checkpoint: {str(error).partition(chr(10))[0]}") from None
    if not isinstance(state, dict):
        raise Damaged(f"{path}: is not a checkpoint: it holds no table")
    return state


def known_digests(path: Path) -> list[str]:
    """Return the digests that the file may have, the newest first."""
    beside = _digest_file(path)
    return beside.read_text("ascii", "replace").split() if beside.exists() else []


def _announce(path: Path, digest: str, *, durable: bool = True) -> None:
    """Name the digest of what the file will be beside that of what it is, so that either is accepted.

    The old one is that of the file as it lies there: after a write that failed it is not the newest in the list.
    """
    for left in path.parent.glob(f".{path.name}*"):
        left.unlink()
    there = _digest(path) if path.exists() else ""
    old = [known for known in known_digests(path) if known == there]
    write_whole(_digest_file(path), "\n".join([digest, *old]).encode(), durable=durable)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
