import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from tuitrain.machine import SPAN, Card, Probe, Sample, Worker, recent
from tuitrain.runs.lock import HERE
from tuitrain.verdict import judge

GB = 1 << 30
CALM = Sample(
    time=0.0, cpu=20.0, busiest=30.0, cores=8, memory_used=4 * GB, memory_total=32 * GB, swap_used=0, swap_total=0,
    free=100 * GB, without="no graphics card of NVIDIA",
)  # fmt: skip
CARD = Card("GPU", 90.0, 4 * GB, 80 * GB)
BUSY = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"


@pytest.fixture
def busy() -> Iterator["subprocess.Popen[bytes]"]:
    """Return a process that computes, and the only child of a process of ours."""
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    yield process
    process.kill()
    process.wait()


def holder(pid: int, since: datetime, host: str = HERE) -> dict[str, object]:
    """Return what the lock of a run says of who trains it."""
    return {"pid": pid, "host": host, "since": since.isoformat()}


def minute(sample: Sample, **changes: object) -> list[Sample]:
    """Return a sample each second of a minute, all alike."""
    return [replace(sample, time=float(second), **changes) for second in range(60)]  # type: ignore[arg-type]  # by name


def test_a_sample_of_this_machine(tmp_path: Path) -> None:
    """What is measured lies where it has to; the folder of the runs need not be there yet."""
    sample = Probe(tmp_path / "runs").take()
    assert 0 <= sample.cpu <= sample.busiest <= 100
    assert 0 < sample.memory_used < sample.memory_total
    assert sample.memory_total == sample.memory_used + sample.memory_free
    assert sample.free is not None
    assert sample.free > 0
    assert sample.worker is None
    assert bool(sample.cards) != bool(sample.without)


def test_the_worker_and_what_it_started(tmp_path: Path, busy: "subprocess.Popen[bytes]") -> None:
    """Processor and memory of the process that trains are told, and those of its children with them."""
    probe = Probe(tmp_path)
    probe.follow(holder(os.getpid(), datetime.now(UTC)))
    probe.take()
    deadline = monotonic() + 20
    while (worker := probe.take().worker) is None or worker.cpu < 20:
        assert monotonic() < deadline
    assert worker.processes >= 2
    assert worker.threads >= worker.processes
    assert worker.memory > 10 << 20


def test_a_worker_that_is_gone_elsewhere_or_another(tmp_path: Path, busy: "subprocess.Popen[bytes]") -> None:
    """A number that now belongs to a younger process, to nobody, or to another machine tells nothing of the worker."""
    now, probe = datetime.now(UTC), Probe(tmp_path)
    for told in (
        holder(busy.pid, now - timedelta(hours=1)),
        holder(busy.pid, now, "another"),
        {"pid": busy.pid, "host": HERE, "since": "gone"} | {"pid": 2**22 + 1},
        {},
    ):
        probe.follow(told)
        assert probe.take().worker is None
    probe.follow(holder(busy.pid, now))
    assert probe.take().worker is not None
    busy.kill()
    busy.wait()
    assert probe.take().worker is None


def test_two_minutes_are_kept() -> None:
    """Older samples go when a newer one comes."""
    kept: tuple[Sample, ...] = ()
    for second in range(0, 300, 2):
        kept = recent(kept, replace(CALM, time=float(second)))
    assert kept[-1].time == 298
    assert kept[-1].time - kept[0].time == SPAN


@pytest.mark.parametrize(
    ("changes", "device", "words"),
    [
        ({"cards": (replace(CARD, use=5.0),)}, "cuda:0", "GPU idle (5 %)"),
        ({"cards": (replace(CARD, use=97.0),)}, "cuda:0", "GPU busy (97 %)"),
        ({"worker": Worker(3.0, GB, 4)}, "cpu", "processor idle"),
        ({"worker": Worker(390.0, GB, 4)}, "cpu", "the training takes 3.9 of 8 cores"),
        ({"worker": Worker(50.0, GB, 4), "cpu": 100.0}, "cpu", "other programs take 7.5 of 8 cores"),
        ({"memory_used": 32 * GB - 1_288_490_188}, "", "memory nearly full: 1.2 GB left"),
        ({"free": 300 << 20}, "", "disk nearly full where the runs lie: 300 MB left"),
        ({"cards": (replace(CARD, memory_used=79 * GB),)}, "cuda", "memory of the GPU nearly full: 1.0 GB left"),
        ({"cards": (replace(CARD, slowed="heat"),)}, "cuda", "GPU slowed down by heat"),
        ({"temperature": 98.0}, "", "processor hot: 98 C"),
        ({}, "cpu", "no graphics card of NVIDIA: training on the processor"),
    ],
)
def test_sentences(changes: dict[str, object], device: str, words: str) -> None:
    """What holds a training up, or is about to, is said in a sentence."""
    assert any(words in sentence for sentence in judge(minute(CALM, **changes), device))


def test_nothing_is_said_too_early() -> None:
    """The first seconds say nothing of who is idle, and swap that does not grow is no news."""
    first = replace(CALM, cards=(replace(CARD, use=0.0),))
    assert judge([], "cuda:0") == judge([first], "cuda:0") == []
    assert judge(minute(CALM, cards=(replace(CARD, use=50.0),), swap_used=2 * GB), "cuda:0") == []
    growing = [replace(CALM, time=float(second), swap_used=second << 22) for second in range(60)]
    assert any("swap" in sentence for sentence in judge(growing, ""))


@pytest.mark.gpu
def test_the_graphics_card_of_this_machine(tmp_path: Path) -> None:
    """A card tells its name, how full and busy it is, and how warm."""
    cards = Probe(tmp_path).take().cards
    assert cards
    for card in cards:
        assert card.name
        assert 0 < card.memory_used < card.memory_total
        assert card.use is None or 0 <= card.use <= 100
        assert card.temperature is None or 0 < card.temperature < 120


def test_light_to_import() -> None:
    """Neither torch nor a screen nor a driver is loaded with it."""
    program = (
        "import sys, tuitrain.verdict; print({'torch', 'textual', 'numpy', 'psutil', 'pynvml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
