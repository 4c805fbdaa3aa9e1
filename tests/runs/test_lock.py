"""The lock of a run: one worker at a time, known by name, free as soon as it dies."""

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tuitrain.runs import lock
from tuitrain.runs.lock import Occupied, held, holder, signature, take

HOLD = """
import sys
from pathlib import Path
from tuitrain.runs import lock
taken = lock.take(Path(sys.argv[1]), lock.signature())
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the lock of a run would be."""
    (tmp_path / "a-run").mkdir()
    return tmp_path / "a-run" / "lock"


@pytest.fixture
def other(path: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Return another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"taken\n"
        yield process
        process.kill()


def test_second_is_refused(path: Path, other: "subprocess.Popen[bytes]") -> None:
    """A second worker is refused after about a second, by the name of the first."""
    began = monotonic()
    with pytest.raises(Occupied) as refused:
        take(path, signature())
    assert lock.PATIENCE <= monotonic() - began < lock.PATIENCE + 1
    assert f"a-run is being trained by process {other.pid} on {socket.gethostname()}" in str(refused.value)
    assert holder(path)["pid"] == other.pid


def test_a_signature_that_cannot_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk nobody has the lock, whoever asked for it neither."""
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", refuse)
        with pytest.raises(OSError, match="No space left"):
            take(path, signature())
    assert not held(path)
    take(path, signature()).release()


def test_without_a_signature(path: Path) -> None:
    """Whoever takes a lock for a moment may leave the name of who had it last."""
    take(path, me := signature()).release()
    os.utime(path, (0, 0))
    taken = take(path, None)
    assert held(path)
    taken.release()
    assert (holder(path), path.stat().st_mtime) == (me, 0)


def refuse(*_: object) -> None:
    """Do as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_free_after_death(path: Path, other: "subprocess.Popen[bytes]") -> None:
    """The lock of a killed worker is free at once, though its name still stands there."""
    assert held(path)
    other.kill()
    other.wait()
    assert not held(path)
    assert holder(path)["pid"] == other.pid
    taken = take(path, signature())
    assert held(path)
    assert holder(path)["pid"] == os.getpid()
    taken.release()
    assert not held(path)


def test_nobody(path: Path) -> None:
    """Where there was never a worker nobody holds the lock, and nobody is named."""
    assert not held(path)
    assert holder(path) == {}
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "{", "[1]", "\0\0"])
def test_name_that_cannot_be_read(path: Path, content: str) -> None:
    """A lock file with anything in it locks as well, and names nobody."""
    path.write_text(content)
    assert holder(path) == {}
    take(path, me := signature()).release()
    assert holder(path) == me


def test_probing_does_not_keep_a_worker_out(path: Path) -> None:
    """A viewer that looks at the lock without a pause does not make a worker fail."""
    program = (
        "import sys; from pathlib import Path; from tuitrain.runs.lock import held\nwhile True: held(Path(sys.argv[1]))"
    )
    path.touch()
    with subprocess.Popen([sys.executable, "-c", program, str(path)]) as viewer:
        try:
            for _ in range(50):
                take(path, signature()).release()
        finally:
            viewer.kill()


def test_touch(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside whatever goes on, the time of a held lock is kept fresh; of one let go it is not."""
    monkeypatch.setattr(lock, "TOUCH", 0.01)
    taken = take(path, signature())
    with lock.kept_fresh([taken]):
        os.utime(path, (0, 0))
        deadline = monotonic() + 10
        while path.stat().st_mtime == 0 and monotonic() < deadline:
            sleep(0.01)
        assert path.stat().st_mtime > 0
        taken.release()
        os.utime(path, (0, 0))
    assert path.stat().st_mtime == 0


def test_lock_of_another_host(path: Path) -> None:
    """A lock that another host holds is believed while it is touched, whatever the file system shares."""
    path.write_text(json.dumps({"pid": 1, "host": "elsewhere", "since": "then"}))
    assert held(path)
    os.utime(path, (0, 0))
    assert not held(path)


def renamed(path: Path, **keys: object) -> None:
    """Put other words into the signature in a lock file, which stays locked."""
    with path.open("r+") as file:
        found = json.loads(file.read()) | keys
        file.seek(0)
        file.truncate()
        file.write(json.dumps({key: value for key, value in found.items() if value is not None}))


def test_kill(path: Path, other: "subprocess.Popen[bytes]") -> None:
    """The process that holds a lock is killed, once: afterwards there is none."""
    assert lock.alive_here(holder(path))
    assert lock.kill(path)
    assert other.wait(10) == -9
    assert not lock.alive_here(holder(path))
    assert not lock.kill(path)


@pytest.mark.parametrize(
    "keys",
    [
        {"created": 1.0},
        {"created": None},
        {"created": "then"},
        {"host": "elsewhere"},
        *({"pid": pid} for pid in (1, "1", -1, 10**30, None, True)),
    ],
)
def test_a_stranger_is_never_killed(path: Path, other: "subprocess.Popen[bytes]", keys: dict[str, object]) -> None:
    """A process whose number was used again, or that is of another host or not named in full, is left alone."""
    renamed(path, **keys)
    assert not lock.alive_here(holder(path))
    assert not lock.kill(path)
    assert other.poll() is None


def test_a_process_without_the_lock_is_not_killed(path: Path, other: "subprocess.Popen[bytes]") -> None:
    """A process that lives and let go of the run is left alone."""
    copy = path.with_name("copy")
    copy.write_text(path.read_text())
    assert lock.alive_here(holder(copy))
    assert not lock.kill(copy)
    assert other.poll() is None
