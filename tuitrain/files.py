"""Writing files so that no reader ever sees half of one: aside, fsync, rename. It knows nothing of what is in them."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes | memoryview, *, mode: int = 0o600, durable: bool = True) -> None:
    """Replace the file by one with this content, or leave it as it was; raise OSError.

    `durable` waits for the disk (1 to 30 ms), so the file survives a power cut; without, only a killed process.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        error.filename = error.filename or str(path)  # a full disk does not say which file
        raise
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
