"""How busy the machine is: processor, memory, disk, graphics cards, and the worker's share of it.

It knows processes and drivers, and must not know screens, runs or what is trained.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ctypes import CDLL
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from socket import gethostname
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from psutil import Process

V = TypeVar("V")
SPAN = 120.0  # seconds of which samples are kept
SKEW = 5.0  # seconds by which the start of a process and a clock may disagree
NO_CARD = "no graphics card of NVIDIA"
GROUP = Path("/sys/fs/cgroup")
SLOWED = {0x40: "heat", 0x20: "heat", 0x80: "its power supply", 0x08: "the hardware", 0x04: "its power limit"}
"""What holds the clocks of a card down, by bit, the worst first: nvmlClocksEventReasons in NVML's nvml.h."""


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card; what its driver does not tell is None."""

    name: str
    use: float | None
    """Percent of the time in which something was computed."""
    memory_used: int
    memory_total: int
    """Bytes."""
    temperature: float | None = None
    """Degrees Celsius."""
    power: float | None = None
    power_limit: float | None = None
    """Watts."""
    slowed: str = ""
    """What holds its clocks down, in words."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process and those that it started."""

    cpu: float
    """Percent of one core: 400 where four are busy."""
    memory: int
    """Resident bytes; what several of them share counts for each."""
    threads: int
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """The machine at one time; rates are of the time since the sample before."""

    time: float
    """Seconds of a clock that never goes back."""
    cpu: float
    busiest: float
    """Percent, of all cores and of the busiest one."""
    cores: int
    memory_used: int
    memory_total: int
    swap_used: int
    swap_total: int
    free: int | None
    """Bytes left on the disk where the runs lie; None where nobody can tell."""
    load: float | None = None
    """Processes that want to compute, over the last minute."""
    temperature: float | None = None
    """Degrees Celsius of the hottest sensor of the processor."""
    worker: Worker | None = None
    cards: tuple[Card, ...] = ()
    without: str = ""
    """Why there are no cards, in words."""

    @property
    def memory_free(self) -> int:
        """Bytes of memory that are left."""
        return self.memory_total - self.memory_used


def recent(samples: Sequence[Sample], newest: Sample) -> tuple[Sample, ...]:
    """Return the samples with the newest behind them, without those that are too old to be shown."""
    return (*(sample for sample in samples if newest.time - sample.time <= SPAN), newest)


@dataclass(slots=True)
class Probe:
    """Takes samples. A take costs 3 ms and more, with many processes or a graphics card tens of ms.

    So call it in a thread, one at a time. The first one starts the driver of the cards, which may take a second.
    """

    folder: Path
    """Where the runs lie."""
    _holder: Mapping[str, Any] = field(default_factory=dict)
    _processes: "dict[int, Process]" = field(default_factory=dict)
    _cards: "list[Any] | None" = None
    _without: str = ""

    def follow(self, holder: Mapping[str, Any]) -> None:
        """Look at this process from now on: `pid`, `host` and `since` as the lock of a run has them; {} is none."""
        if holder != self._holder:
            self._holder, self._processes = dict(holder), {}

    def take(self) -> Sample:
        """Return how the machine is now."""
        import psutil

        cores = psutil.cpu_percent(percpu=True)
        swap = psutil.swap_memory()
        used, total = _memory()
        return Sample(
            time=monotonic(),
            cpu=sum(cores) / max(len(cores), 1),
            busiest=max(cores, default=0.0),
            cores=len(cores),
            memory_used=used,
            memory_total=total,
            swap_used=swap.used,
            swap_total=swap.total,
            free=_free(self.folder),
            load=os.getloadavg()[0],
            temperature=_temperature(),
            worker=self._worker(),
            cards=tuple(self._look_at_cards()),
            without=self._without,
        )

    def _worker(self) -> Worker | None:
        """Return what the process and its children take; None where it is gone, elsewhere, or somebody else's."""
        import psutil

        pid = self._holder.get("pid")
        if not isinstance(pid, int) or self._holder.get("host") != gethostname():
            return None
        try:
            process = self._processes.setdefault(pid, psutil.Process(pid))
            if process.create_time() > _seconds(self._holder.get("since")) + SKEW:
                return None  # the number was given to another process since
            family = {pid: process, **{child.pid: child for child in process.children(recursive=True)}}
        except psutil.Error:
            return None
        self._processes = {pid: self._processes.get(pid, one) for pid, one in family.items()}
        each = [found for one in self._processes.values() if (found := _shares(one))]
        if not each:
            return None
        cpu, memory, threads = (sum(column) for column in zip(*each, strict=True))
        return Worker(cpu, int(memory), int(threads), len(each))

    def _look_at_cards(self) -> list[Card]:
        if self._cards is None:
            self._cards, self._without = _find_cards()
        if not self._cards:
            return []
        import pynvml

        try:
            return [_card(handle) for handle in self._cards]
        except pynvml.NVMLError as error:  # the driver was unloaded, or a card fell off the bus
            self._cards, self._without = [], f"the graphics cards cannot be asked: {error}"
            return []


def _seconds(since: object) -> float:
    """Return a time of the journal in seconds since 1970; infinite where there is none to compare with."""
    try:
        return datetime.fromisoformat(str(since)).timestamp()
    except ValueError:
        return float("inf")


def _shares(process: "Process") -> tuple[float, int, int] | None:
    """Return the percent of a core, the bytes and the threads of a process; None where it just ended."""
    import psutil

    try:
        with process.oneshot():
            return process.cpu_percent(), process.memory_info().rss, process.num_threads()
    except psutil.Error:
        return None


def _memory() -> tuple[int, int]:
    """Return bytes of memory used and there, of the container where that has less than the machine."""
    import psutil

    memory, group = psutil.virtual_memory(), _group()
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if limit is None or used is None or limit >= memory.total:
        return memory.total - memory.available, memory.total
    return max(used - _reclaimable(group), 0), limit


def _group() -> Path:
    """Return the folder of the kernel on the group of processes that this one is in (cgroup v2)."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                return GROUP / line.removeprefix("0::/")
    return GROUP


def _number(path: Path) -> int | None:
    """Return the number in a file of the kernel; None where there is no file, or no limit ("max")."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _reclaimable(group: Path) -> int:
    """Return bytes of files in memory that the kernel gives up when it needs room."""
    with suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text().splitlines():
            if line.startswith("inactive_file "):
                return int(line.split()[1])
    return 0


def _free(folder: Path) -> int | None:
    """Return bytes left on the disk of a folder, or of the nearest one above it that exists."""
    for place in (folder, *folder.parents):
        with suppress(OSError):
            there = os.statvfs(place)
            return there.f_bavail * there.f_frsize
    return None


def _temperature() -> float | None:
    """Return the highest temperature of the processor; None on systems that do not tell, such as macOS."""
    import psutil

    sensors: dict[str, Any] = getattr(psutil, "sensors_temperatures", dict)()
    known = [sensor for name in ("coretemp", "k10temp", "zenpower", "cpu_thermal") for sensor in sensors.get(name, ())]
    return max((sensor.current for sensor in known), default=None)


def _find_cards() -> tuple[list[Any], str]:
    """Return handles of the cards, or why there are none."""
    if sys.platform == "linux":
        try:
            CDLL("libnvidia-ml.so.1")
        except OSError:
            return [], NO_CARD
    import pynvml  # 2 MB that a machine without a card need not hold

    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError_LibraryNotFound:
        return [], NO_CARD
    except pynvml.NVMLError as error:
        return [], f"no graphics card: its driver says {error}"
    return handles, "" if handles else NO_CARD


def _card(handle: Any) -> Card:
    """Ask a card; raise NVMLError where it does not answer at all."""
    import pynvml

    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    name = pynvml.nvmlDeviceGetName(handle)
    use = _told(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    power = _told(lambda: pynvml.nvmlDeviceGetPowerUsage(handle))
    limit = _told(lambda: pynvml.nvmlDeviceGetEnforcedPowerLimit(handle))
    reasons = _told(lambda: pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)) or 0
    return Card(
        name=name if isinstance(name, str) else name.decode(errors="replace"),  # bytes from old drivers
        use=None if use is None else float(use),
        memory_used=memory.used,
        memory_total=memory.total,
        temperature=_told(lambda: float(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))),
        power=None if power is None else power / 1000,
        power_limit=None if limit is None else limit / 1000,
        slowed=next((words for bit, words in SLOWED.items() if reasons & bit), ""),
    )


def _told(ask: Callable[[], V]) -> V | None:
    """Return the answer of a driver; None where the card cannot tell, as slices of a card and old drivers cannot."""
    import pynvml

    try:
        return ask()
    except pynvml.NVMLError:
        return None
