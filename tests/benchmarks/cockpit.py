"""What the screen costs: training speed beside it, time to the first text, bytes to the terminal, keys, memory.

    uv run python tests/benchmarks/cockpit.py [--rounds 3]

Runs the real program in pseudo-terminals of 120x40; every figure is a ratio within this call, a rate, or a percentile.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import opening
import pexpect
import psutil

from tuitrain import experiment as experiments
from tuitrain.runs import digest
from tuitrain.runs.store import Run

SETTLING = 8.0  # seconds in which the first frame is painted and what is slow to load is there, on a busy machine
PROGRAM = [sys.executable, "-P", "-m", "tuitrain"]
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first text")
Empty().run()
"""
ENVIRONMENT = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
DIGITS = ["mnist-mlp", "--set", "training.epochs=100"]
PLANE = ["toy-deep", "--set", "training.steps=10000000"]


def terminal(command: list[str]) -> "pexpect.spawn[bytes]":
    """Return a program in a terminal of 120x40."""
    screen = pexpect.spawn(command[0], command[1:], dimensions=(40, 120), env=ENVIRONMENT, timeout=60)
    screen.delaybeforesend = None  # it would wait 50 ms before each key
    return screen


def train(folder: Path, experiment: list[str]) -> "subprocess.Popen[bytes]":
    """Start a training without a screen and wait until it makes steps."""
    process = subprocess.Popen(
        [*PROGRAM, "--batch", *experiment, "--runs-dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not any('"evaluated"' in path.read_text() for path in folder.glob("*/journal.jsonl")):
        time.sleep(0.05)
    return process


def end(screen: "pexpect.spawn[bytes]") -> None:
    """Close the cockpit and leave the training alone."""
    screen.send("q")
    time.sleep(0.3)
    screen.send("l")
    screen.expect(pexpect.EOF)


def speed(folder: Path, *, watched: bool) -> float:
    """Return steps a second of a training, with or without a cockpit on it."""
    process = train(folder, DIGITS)
    screen = terminal([*PROGRAM, "--runs-dir", str(folder)]) if watched else None
    if screen:
        drain(screen, until=process)
        end(screen)
    process.wait()
    journal = next(folder.glob("*/journal.jsonl")).read_text().splitlines()
    points = [record for record in map(json.loads, journal) if record["event"] == "evaluated"]
    first, last = points[len(points) // 2], points[-1]  # the cockpit is open and drawing by then
    return float((last["step"] - first["step"]) / (last["metrics"]["seconds"] - first["metrics"]["seconds"]))


def drain(screen: "pexpect.spawn[bytes]", *, until: "subprocess.Popen[bytes]") -> None:
    """Read what the cockpit paints for as long as the training runs."""
    while until.poll() is None:
        read(screen)


def read(screen: "pexpect.spawn[bytes]", seconds: float = 0.1) -> int:
    """Return how many bytes came within this time."""
    deadline, count = time.monotonic() + seconds, 0
    while (left := deadline - time.monotonic()) > 0:
        try:
            count += len(screen.read_nonblocking(65536, left))
        except pexpect.TIMEOUT:
            break
    return count


def first_text(command: list[str], text: str) -> float:
    """Return the seconds from the start of a program until this text is painted."""
    began = time.perf_counter()
    screen = terminal(command)
    screen.expect_exact(text)
    took = time.perf_counter() - began
    screen.close(force=True)
    return took


def traffic(experiment: list[str], *options: str, seconds: float = 8.0) -> float:
    """Return kB a second that the cockpit writes while the training runs."""
    with tempfile.TemporaryDirectory() as folder:
        process = train(Path(folder), experiment)
        screen = terminal([*PROGRAM, "--runs-dir", folder, *options])
        read(screen, SETTLING)  # the first frame and what is slow to load
        written = read(screen, seconds)
        end(screen)
        process.terminate()
        process.wait()
    return written / seconds / 1000


def moves(steps: int, presses: int = 200) -> tuple[float, list[float], float]:
    """Open a run of so many recorded steps while another one trains, and move the time cursor along it.

    Return seconds until its curves are painted, from each key to the first changed cell, and the process's bytes.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder) / "20260101-000000-long")
        run.path.mkdir()
        (run.path / "experiment.toml").write_text(experiments.write(experiments.read("mnist-linear")))
        opening.write(run, steps)
        digest.write(run)
        began = time.perf_counter()
        screen = terminal([*PROGRAM, "attach", run.id, "--runs-dir", folder])
        screen.expect_exact("finished")
        opened = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as other:
            process = train(Path(other), PLANE)
            read(screen, SETTLING)
            took = [_answer(screen, key) for key in "hhhhllll" * (presses // 8)]
            process.terminate()
            process.wait()
        size = max(one.memory_info().rss for one in psutil.Process(screen.pid).children())  # beside the guard's 9 MB
        screen.send("q")
        screen.expect(pexpect.EOF)
    return opened, took, size


def _answer(screen: "pexpect.spawn[bytes]", key: str) -> float:
    """Return the seconds from a key to the first bytes that it causes."""
    while read(screen, 0.06):  # nothing is under way
        pass
    began = time.perf_counter()
    screen.send(key)
    screen.read_nonblocking(65536, 2.0)
    return time.perf_counter() - began


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    ratios, starts = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            ratios.append(speed(Path(one), watched=True) / speed(Path(other), watched=False))
    print(f"steps a second with the cockpit open / without: {median(ratios):.3f}")
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds * 2 + 1):
            ours = first_text([*PROGRAM, "--runs-dir", folder], "tuitrain")
            starts.append((ours, first_text([sys.executable, "-c", EMPTY], "first text")))
    starts = starts[1:]  # the first start compiles
    print(f"first text: {median(a for a, _ in starts):.2f} s, empty app {median(b for _, b in starts):.2f} s")
    print(f"first text / empty app: {median(a / b for a, b in starts):.2f}")
    print(f"written with curves and confusion: {traffic(DIGITS):.1f} kB/s")
    print(f"written with curves and surface: {traffic(PLANE):.1f} kB/s")
    print(f"the same with --slow-link: {traffic(PLANE, '--slow-link', seconds=20.0):.1f} kB/s")
    for steps in (1_000, 1_000_000):
        opened, took, size = moves(steps)
        p99 = quantiles(took, n=100)[98]
        print(f"a run of {steps:,} steps: painted after {opened:.2f} s, key to changed screen median")
        print(f"  {median(took) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, memory of the process {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
