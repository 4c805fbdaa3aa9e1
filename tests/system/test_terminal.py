"""The program in a real terminal: started, left, killed, and what it leaves behind. Nothing here is simulated."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tuitrain.runs import lock, store
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""
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
ENDLESS = 10**9
SECONDS = 12_000
"""Epochs that take a few seconds."""
MINUTES = 500_000
F7 = "\x1b[18~"
"""Epochs that take minutes, with a first snapshot in the first second of them."""
LEFT = "\x1b[?1049l"  # the alternate screen is left
SHOWN = "\x1b[?25h"  # the cursor is shown
MOUSE = ("\x1b[?1000l", "\x1b[?1003l")  # the mouse is the terminal's again


def await_that(condition: Callable[[], object], what: str = "it") -> None:
    """Wait until the condition holds; fail where it does not in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)


class Terminal:
    """A pseudo-terminal with the program in it; keeps every byte that the program wrote."""

    def __init__(self, arguments: list[str], **environment: str) -> None:
        self.written = bytearray()
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tuitrain", *arguments],
            dimensions=(40, 120),
            env=os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | environment,
        )
        self.child.logfile_read = self
        self.child.delaybeforesend = None

    def write(self, data: bytes) -> None:
        """Keep what the program wrote."""
        self.written += data

    def flush(self) -> None:
        """Have nothing to flush."""

    def read(self) -> str:
        """Take what was written meanwhile, and return all that ever was, without the codes."""
        try:
            while self.child.read_nonblocking(1 << 16, timeout=0):
                pass
        except (pexpect.TIMEOUT, pexpect.EOF):
            pass
        return re.sub(
            r"\x1b(\[[0-9;?<>=]*[A-Za-z]|[P\]][^\x07\x1b]*(\x07|\x1b\\))", "", self.written.decode(errors="replace")
        )

    def await_words(self, words: str) -> None:
        """Wait until the program wrote these words."""
        await_that(lambda: words in self.read(), f"{words!r}")

    def end(self) -> int:
        """Wait for the end of the program and return its exit code."""
        await_that(lambda: (self.read(), not self.child.isalive())[1], "the end")
        self.read()
        return int(self.child.exitstatus)


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    """Return the options that keep runs and data in a directory of the test."""
    return [f"--runs-dir={tmp_path / 'runs'}", f"--data-dir={tmp_path / 'data'}"]


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[int], str]:
    """Return a function that writes the file of an experiment of so many epochs."""

    def written(epochs: int) -> str:
        path = tmp_path / "experiment.toml"
        path.write_text(EXPERIMENT.format(epochs=epochs))
        return str(path)

    return written


@pytest.fixture(autouse=True)
def nobody_left(tmp_path: Path) -> Iterator[None]:
    """End the workers of a test that failed; fail where one of them outlives a test that did not."""
    yield
    left = _processes(tmp_path)
    for run in store.listed(tmp_path / "runs"):
        if lock.held(run.lock):
            os.kill(lock.holder(run.lock)["pid"], signal.SIGKILL)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert not left


def _processes(folder: Path) -> list[int]:
    """Return the processes with this folder on their command line."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if len(row) == 3 and str(folder) in row[2] and "Z" not in row[1]]


def standby_of(program: int) -> list[int]:
    """Return the workers that wait for a cockpit, which is a child of the program."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    cockpits = [int(pid) for pid, parent, _ in rows if int(parent) == program]
    return [int(pid) for pid, parent, command in rows if int(parent) in cockpits and "--standby" in command]


def is_alive(process: int) -> bool:
    """Tell whether a process is there, and more than an entry that nobody has read yet."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1] not in ("", "Z")


def only_run(folder: Path) -> Run:
    """Wait for the run that was started and return it."""
    await_that(lambda: store.listed(folder / "runs"), "a run")
    (run,) = store.listed(folder / "runs")
    return run


def under_way(run: Run) -> None:
    """Wait until the run is being trained."""
    await_that(lambda: look(run).history.step > 0, "the training")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return a function that calls tmux, on a server of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    server = ["tmux", "-L", f"tuitrain-{os.getpid()}", "-f", os.devnull]

    def call(*arguments: str) -> str:
        done = subprocess.run([*server, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.stdout

    yield call
    call("kill-server")


def test_leave_and_come_back(
    tmux: Callable[..., str], tmp_path: Path, places: list[str], experiment: Callable[[int], str]
) -> None:
    """Train, watch the accuracy rise, leave, come back to the same run, stop it: as a person does it."""
    tuitrain = f"env LC_ALL=C.UTF-8 {sys.executable} -m tuitrain {' '.join(places)}"
    tmux("new-session", "-d", "-x", "120", "-y", "40", "-s", "one", "sh")

    def screen() -> str:
        return tmux("capture-pane", "-p", "-t", "one")

    def see(pattern: str, above: float = -1) -> float:
        """Wait until the screen shows this, with a number above the one given where it has one; return it."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, screen())) or float((*found.groups(), "0")[0]) <= above:
            assert time.monotonic() < deadline, f"{pattern} is not on the screen:\n{screen()}"
            time.sleep(0.1)
        return float((*found.groups(), "0")[0])

    tmux("send-keys", "-t", "one", f"{tuitrain} {experiment(ENDLESS)}; echo left with $?", "Enter")
    see("ready: F5 trains")
    tmux("send-keys", "-t", "one", "F5")
    see(r"linear  epoch [1-9]\d*/1000000000")
    accuracy = see(r"train/accuracy (0\.\d{4})")
    see(r"train/accuracy (0\.\d{4})", above=accuracy)
    tmux("send-keys", "-t", "one", "q")
    see("A training is under way.")
    tmux("send-keys", "-t", "one", "l")
    see("left with 0")
    run = only_run(tmp_path)
    size = run.journal.stat().st_size
    await_that(lambda: run.journal.stat().st_size > size, "more of the journal")
    tmux("send-keys", "-t", "one", f"clear; {tuitrain}; echo came back with $?", "Enter")
    epoch = see(r"linear  epoch (\d+)/1000000000")
    see(r"linear  epoch (\d+)/1000000000", above=epoch)
    tmux("send-keys", "-t", "one", "s")
    see(r"linear .* stopped")
    tmux("send-keys", "-t", "one", "q")
    see("came back with 0")
    assert look(run).state == "stopped"


@pytest.mark.slow
def test_killing_the_terminal(tmp_path: Path, places: list[str], experiment: Callable[[int], str]) -> None:
    """Where the terminal goes away during a training, the cockpit ends and the run does not: it finishes."""
    terminal = Terminal([experiment(SECONDS), *places])
    terminal.await_words("ready")
    terminal.child.send("\x1b[15~")  # F5
    run = only_run(tmp_path)
    under_way(run)
    terminal.child.close(force=True)
    assert not is_alive(terminal.child.pid)
    assert look(run).state == "running"
    await_that(lambda: look(run).state == "finished", "the end of the run")
    await_that(lambda: not _processes(tmp_path), "the end of the worker")


@pytest.mark.slow
def test_killing_the_terminal_at_once(tmp_path: Path, places: list[str], experiment: Callable[[int], str]) -> None:
    """A run whose cockpit dies before its worker is ready is trained all the same."""
    terminal = Terminal([experiment(10), *places])
    terminal.await_words("ready")
    await_that(lambda: standby_of(terminal.child.pid), "a worker that waits")
    workers = standby_of(terminal.child.pid)
    terminal.child.send("\x1b[15~")  # F5, while the worker still loads torch
    run = only_run(tmp_path)
    terminal.child.kill(signal.SIGKILL)
    terminal.child.close(force=True)
    await_that(lambda: not any(map(is_alive, workers)), "the end of the worker")
    assert look(run).state == "finished"


def press_q(child: "pexpect.spawn[bytes]") -> None:
    """Leave as a person does."""
    child.send("q")


def terminate(child: "pexpect.spawn[bytes]") -> None:
    """End the program as an administrator does."""
    child.kill(signal.SIGTERM)


@pytest.mark.parametrize(("leave", "code"), [(press_q, 0), (terminate, 143)])
def test_the_terminal_is_given_back(
    tmp_path: Path, places: list[str], leave: "Callable[[pexpect.spawn[bytes]], None]", code: int
) -> None:
    """However it ends, the alternate screen is left, the cursor is there, the mouse is free, and no worker stays."""
    terminal = Terminal(places)
    terminal.await_words("ready")
    await_that(lambda: standby_of(terminal.child.pid), "a worker that waits")
    waiting = standby_of(terminal.child.pid)
    leave(terminal.child)
    assert terminal.end() == code
    raw = terminal.written.decode()
    entered = raw.index("\x1b[?1049h")
    assert raw.index(LEFT) > entered
    assert raw.rindex(SHOWN) > raw.rindex("\x1b[?25l")
    for freed in MOUSE:
        assert raw.rindex(freed) > raw.rindex(freed.replace("l", "h"))
    assert raw.count("\x1b[?2004h") == raw.count("\x1b[?2004l")  # pasting in brackets
    assert raw.count("\x1b[22;0t") == raw.count("\x1b[23;0t") == 1  # the title that was there
    await_that(lambda: not any(map(is_alive, waiting)), "the end of the worker that waits")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_ascii_only(tmp_path: Path, places: list[str], experiment: Callable[[int], str]) -> None:
    """With --ascii not one byte beyond ASCII reaches the terminal, whatever is opened while a run is trained."""
    terminal = Terminal(["--ascii", experiment(MINUTES), *places])
    terminal.await_words("ready")
    terminal.child.send("\x1b[15~")  # F5
    run = only_run(tmp_path)
    under_way(run)
    terminal.await_words("running")
    for key, words in (("1", "predicted"), ("3", "output.weight"), ("4", "weights are shown"), (F7, "started on cpu")):
        terminal.child.send(key)
        terminal.await_words(words)
    terminal.child.send("2zzz")
    terminal.child.send("q")
    terminal.await_words("under way.")
    terminal.child.send("s")
    assert terminal.end() == 0
    assert not [byte for byte in terminal.written if byte >= 0x80]
    await_that(lambda: look(run).state == "stopped", "the end of the run")
    await_that(lambda: not _processes(tmp_path), "the end of the worker")


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_unfit_terminals(tmp_path: Path, places: list[str], term: str) -> None:
    """A terminal that cannot place a cursor gets a sentence that names --batch, and the exit code 2."""
    terminal = Terminal(places, TERM=term)
    assert terminal.end() == 2
    assert "tuitrain --batch" in terminal.read()
    assert b"\x1b" not in terminal.written
    assert not (tmp_path / "runs").exists()


def test_no_terminal(tmp_path: Path, places: list[str]) -> None:
    """Without a terminal nothing is started, a sentence names --batch, and the exit code is 2."""
    command = [sys.executable, "-m", "tuitrain", *places]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "there is no terminal" in done.stderr
    assert "tuitrain --batch" in done.stderr
    assert not (tmp_path / "runs").exists()
