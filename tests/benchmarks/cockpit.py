"""What the screen costs: training speed beside it, time to the first text, bytes to the terminal, keys answered.

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

import pexpect

PROGRAM = [sys.executable, "-P", "-m", "tuitrain"]
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first text")
Empty().run()
"""
LISTENER = """
import sys, time
from functools import partial
from pathlib import Path
from tuitrain.ui.app import Cockpit
from tuitrain.ui.opening import what_to_show
runs, heard = Path(sys.argv[1]), open(sys.argv[2], "w", buffering=1)
class Listener(Cockpit):
    def on_key(self, event):
        if event.key == "w":
            print(time.monotonic(), file=heard)
Listener(partial(what_to_show, None, [], None, runs, runs)).run()
"""
ENVIRONMENT = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
DIGITS = ["mnist-mlp", "--set", "training.epochs=100"]
PLANE = ["toy-deep", "--set", "training.epochs=60000"]


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


def traffic(experiment: list[str], seconds: float = 8.0) -> float:
    """Return kB a second that the cockpit writes while the training runs."""
    with tempfile.TemporaryDirectory() as folder:
        process = train(Path(folder), experiment)
        screen = terminal([*PROGRAM, "--runs-dir", folder])
        read(screen, 3.0)  # the first frame and what is slow to load
        written = read(screen, seconds)
        end(screen)
        process.terminate()
        process.wait()
    return written / seconds / 1000


def keys(presses: int = 200) -> list[float]:
    """Return the seconds from a key to its handler, while a training runs and the screen follows it."""
    with tempfile.TemporaryDirectory() as folder:
        process = train(Path(folder), PLANE)
        heard = Path(folder) / "heard"
        screen = terminal([sys.executable, "-c", LISTENER, folder, str(heard)])
        read(screen, 3.0)
        sent = []
        for _ in range(presses):
            sent.append(time.monotonic())
            screen.send("w")
            read(screen, 0.043)  # no divisor of the drawing's rhythm
        read(screen, 1.0)
        end(screen)
        process.terminate()
        process.wait()
        times = [float(line) for line in heard.read_text().split()]
    return [after - before for before, after in zip(sent, times, strict=True)]


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
    times = keys()
    print(f"key to handler: median {median(times) * 1000:.0f} ms, p99 {quantiles(times, n=100)[98] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
