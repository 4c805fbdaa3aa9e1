"""The lanes on which runs in line are trained, one for each device: which there are, which are at work, starting one.

It loads no torch: cards are counted by their driver.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

from tuitrain.machine import Probe
from tuitrain.runs import lock

NAME = re.compile(r"cpu|mps|cuda:\d+")
"""How a lane is called: after its device."""
STARTING = 30.0  # seconds that a new process may take to its first words, on a busy machine
LONGEST = 1 << 20  # bytes of what lanes printed: a longer file is begun anew


@dataclass(slots=True)
class Lane:
    """A lane that this process has, until `close` or death."""

    folder: Path
    name: str
    lock: lock.Lock

    def close(self) -> None:
        """Let another process have it."""
        if self.lock.descriptor >= 0:
            self.lock.release()


def occupy(folder: Path, name: str) -> Lane:
    """Take a lane, which one process at a time can; raise Occupied after a second."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(folder, name)
    try:
        return Lane(folder, name, lock.take(path, lock.signature()))
    except lock.Occupied:
        raise lock.Occupied(f"{lock.describe(lock.holder(path))} trains the queue on {name} already") from None


def holder(folder: Path, name: str) -> lock.Holder:
    """Return who has a lane, or had it last."""
    return lock.holder(_path(folder, name))


def is_at_work(folder: Path, name: str) -> bool:
    """Tell whether a living process has the lane."""
    return lock.held(_path(folder, name))


def at_work(folder: Path) -> list[str]:
    """Return the lanes that living processes have."""
    names = (path.name[len(".lane-") : -len(".lock")].replace("-", ":") for path in folder.glob(".lane-*.lock"))
    return sorted(name for name in names if NAME.fullmatch(name) and is_at_work(folder, name))


def output(folder: Path, name: str) -> Path:
    """Return the file of what a lane prints."""
    return folder / f".lane-{name.replace(':', '-')}.log"


def _path(folder: Path, name: str) -> Path:
    return folder / f".lane-{name.replace(':', '-')}.lock"


def devices(folder: Path) -> list[str]:
    """Return the devices of this machine, fastest first. The driver of cards may take a second to answer."""
    cards = 0 if version("torch").endswith("+cpu") else len(Probe(folder).take().cards)
    cuda = [f"cuda:{number}" for number in range(visible(cards, os.environ.get("CUDA_VISIBLE_DEVICES")))]
    mps = ["mps"] if (platform.system(), platform.machine()) == ("Darwin", "arm64") else []
    return [*cuda, *mps, "cpu"]


def visible(cards: int, setting: str | None) -> int:
    """Return how many of the cards a process may use where CUDA_VISIBLE_DEVICES is this.

    It is a list of numbers or of identifiers, and ends at the first that is no card, as CUDA has it.

    >>> visible(4, None), visible(4, "2,3"), visible(4, "1,-1,2"), visible(4, ""), visible(1, "MIG-8f")
    (4, 2, 1, 0, 1)
    """
    if setting is None:
        return cards
    for count, word in enumerate(word.strip() for word in setting.split(",")):
        if not word.startswith(("GPU-", "MIG-")) and not (word.isdecimal() and int(word) < cards):
            return count
    return len(setting.split(","))


def fits(wish: str, lane: str, others: Collection[str] = ()) -> bool:
    """Tell whether a run with this wish (auto, cuda, or a device) may go to a lane, beside others at work.

    auto is the fastest there is: not the processor where a graphics card is at work.

    >>> fits("auto", "cuda:1"), fits("auto", "cpu"), fits("auto", "cpu", ["cuda:1"]), fits("cuda", "cuda:1")
    (True, True, False, True)
    """
    if wish == "auto":
        return lane != "cpu" or not set(others) - {"cpu"}
    return wish in (lane, lane.partition(":")[0])


def needed(wishes: Sequence[str], there: Sequence[str]) -> list[str]:
    """Return the lanes among which runs with these wishes can be spread: no more than there are runs for.

    >>> needed(["auto", "auto"], ["cuda:0", "cuda:1", "cpu"]), needed(["auto", "cpu"], ["cuda:0", "cuda:1", "cpu"])
    (['cuda:0', 'cuda:1'], ['cuda:0', 'cpu'])
    """
    chosen = {lane for lane in there if lane in wishes}
    for wish in wishes:
        free = [lane for lane in there if lane not in chosen and fits(wish, lane, there)]
        chosen |= set(free[:1] if wish not in there else ())
    return [lane for lane in there if lane in chosen]


def command(name: str, folder: Path, data_dir: Path) -> list[str]:
    """Return the command line of a process that is a lane."""
    places = ["--runs-dir", str(folder), "--data-dir", str(data_dir)]
    return [sys.executable, "-P", "-m", "tuitrain", "--batch", "--lane", name, *places]


def start(folder: Path, data_dir: Path, name: str) -> str:
    """Start a process that trains on this device and outlives this one; return what went wrong, in words."""
    path = output(folder, name)
    fresh = os.O_TRUNC if path.exists() and path.stat().st_size > LONGEST else 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | fresh, 0o600)
    words = command(name, folder, data_dir)
    try:
        process = subprocess.Popen(  # noqa: S603  our own interpreter, no shell
            words, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor, start_new_session=True
        )
    finally:
        os.close(descriptor)
    Thread(target=process.wait, name=f"lane {name}", daemon=True).start()  # its end is told to whoever started it
    deadline = monotonic() + STARTING
    while not is_at_work(folder, name) and process.poll() is None and monotonic() < deadline:
        sleep(0.05)
    ended = process.poll()
    return f"the lane of {name} ended with exit code {ended}: {path} says why" if ended else ""
