"""Two hundred trainings through the queue while screens and workers are killed at random: nothing is lost or left."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest
from calling import command

from tuitrain.runs import lanes, line, lock, store
from tuitrain.runs.journal import Reader
from tuitrain.runs.watch import look

pytestmark = pytest.mark.slow

RUNS = 200
SEED = 20261121
BOUND = 1500.0  # seconds for all of it
PAUSES = (1.0, 9.0)  # seconds between two kills, at least and at most; a worker needs some 4 to load torch
LANE, SCREEN = "lane", "cockpit"
TOY = """
[dataset]
kind = "gmm2d"

[[models]]
kind = "mlp"
hidden = [8]

[optimizer]
kind = "adam"

[training]
epochs = 60
batch_size = 8
device = "cpu"
threads = 1
save_every = 7
"""


@dataclass
class Soak:
    """The place, and what was killed in it."""

    folder: Path
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def runs(self) -> Path:
        """The directory of all runs."""
        return self.folder / "runs"

    def call(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Call the program and wait for it."""
        return subprocess.run(command(self.folder, arguments), capture_output=True, text=True, timeout=600, check=False)

    def processes(self, sign: str) -> list[psutil.Process]:
        """Return the living processes of ours that have this on their command line."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            words = process.info["cmdline"] or []
            ours = any(str(self.runs) in word for word in words) and any(sign == word for word in words)
            found += [process] * (ours and process.info["status"] != psutil.STATUS_ZOMBIE)
        return found


@pytest.fixture
def soak(tmp_path: Path) -> Iterator[Soak]:
    """Return a place whose processes are all killed at the end, whatever happened."""
    (tmp_path / "toy.toml").write_text(TOY)
    place = Soak(tmp_path)
    yield place
    for process in [*place.processes("--lane"), *place.processes("--standby"), *place.processes("tuitrain")]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def numbers(record: dict[str, Any]) -> dict[str, float]:
    """Return what must not depend on what happened: the metrics of the kept weights."""
    metrics: dict[str, float] = record["metrics"]
    return metrics


def undisturbed(soak: Soak) -> dict[int, dict[str, float]]:
    """Return the metrics of each seed as one process gives them that nobody disturbs."""
    seeds = ",".join(map(str, range(RUNS)))
    folder = soak.folder / "reference"
    folder.mkdir()
    told = subprocess.run(
        command(folder, ("--batch", str(soak.folder / "toy.toml"), "--set", f"training.seed={seeds}", "--json")),
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    records = [json.loads(text) for text in told.stdout.splitlines()]
    seed = {each["run"]: each["experiment"]["training"]["seed"] for each in records if each["event"] == "started"}
    return {seed[each["run"]]: numbers(each) for each in records if each["event"] == "finished"}


def ends(soak: Soak) -> dict[int, dict[str, float]]:
    """Return the metrics of each seed as the runs in the queue ended."""
    found = {}
    for run in store.listed(soak.runs):
        last = Reader(run.journal).read()[-1]
        assert last["event"] == "finished", f"{run.id} ended with {last}"
        found[run.experiment().training.seed] = numbers(last)
    return found


def open_screen(soak: Soak) -> "pexpect.spawn[bytes]":
    """Open a cockpit in a terminal of its own."""
    words = command(soak.folder, ())
    environment = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    return pexpect.spawn(words[0], words[1:], dimensions=(40, 120), env=environment, timeout=30)


def disturb(soak: Soak, dice: random.Random) -> None:
    """Kill screens and workers at random until the line is empty, and start again what was killed."""
    deadline = time.monotonic() + BOUND
    screen = open_screen(soak)
    while line.read(soak.runs).items:
        assert time.monotonic() < deadline, f"{len(line.read(soak.runs).items)} runs are still in line"
        wait(screen, dice.uniform(*PAUSES))
        if dice.random() < 0.6:
            for process in soak.processes("--lane"):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
                    soak.killed[LANE] += 1
            if line.read(soak.runs).items:
                resumed = soak.call("queue", "resume")
                assert resumed.returncode == 0, resumed.stderr
        else:
            number = dice.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
            with suppress(ProcessLookupError):
                os.kill(screen.pid, number)
                soak.killed[SCREEN] += 1
            screen.close(force=True)
            screen = open_screen(soak)
    screen.close(force=True)


def wait(screen: "pexpect.spawn[bytes]", seconds: float) -> None:
    """Read what the screen paints for a while, as a terminal does."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        try:
            screen.read_nonblocking(1 << 16, left)
        except (pexpect.TIMEOUT, pexpect.EOF):
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))


def left_over(soak: Soak) -> list[str]:
    """Return files that nobody needs, locks that somebody holds, and processes that go on, in words."""
    known = {".queue.json", ".queue.lock", ".lane-cpu.lock", ".lane-cpu.log"}
    litter = [path for path in soak.runs.rglob(".*") if path.name not in known]
    held = [run.id for run in store.listed(soak.runs) if lock.held(run.lock)]
    alive = [*soak.processes("--lane"), *soak.processes("--standby")]
    commands = [path for run in store.listed(soak.runs) for path in run.inbox.glob("*")]
    return [*map(str, litter), *held, *map(str, alive), *map(str, commands), *lanes.at_work(soak.runs)]


def test_soak(soak: Soak, capsys: pytest.CaptureFixture[str]) -> None:
    """Every run ends finished with the numbers of an undisturbed one, and nothing is left over."""
    expected = undisturbed(soak)
    seeds = ",".join(map(str, range(RUNS)))
    added = soak.call("queue", "add", str(soak.folder / "toy.toml"), "--set", f"training.seed={seeds}")
    assert added.returncode == 0, added.stderr
    began = time.monotonic()
    assert soak.call("queue", "resume").returncode == 0
    disturb(soak, random.Random(SEED))
    states = Counter(look(run).state for run in store.listed(soak.runs))
    found = ends(soak)
    same = sum(found[seed] == expected[seed] for seed in expected)
    restarts = sum(
        record["event"] == "restarted" for run in store.listed(soak.runs) for record in Reader(run.journal).read()
    )
    deadline = time.monotonic() + 20
    while (rest := left_over(soak)) and time.monotonic() < deadline:
        time.sleep(0.5)
    with capsys.disabled():
        print(  # noqa: T201  the tally is what the soak is for
            f"\nsoak: {RUNS} runs in {time.monotonic() - began:.0f} s, states {dict(states)}, "
            f"killed {dict(soak.killed)}, {restarts} resumed in the middle, "
            f"{same} of {RUNS} with the same numbers, left over: {len(rest)}",
            file=sys.stderr,
        )
    assert states == {"finished": RUNS}
    assert same == RUNS
    assert rest == []
    assert soak.killed[LANE] >= 5
    assert soak.killed[SCREEN] >= 3
