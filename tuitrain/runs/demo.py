"""A recorded training played again, as if it happened now: its journal line by line, its snapshots as they come.

It trains nothing and must not know torch; who watches it sees runs like any others.
"""

import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag, Thread
from time import monotonic
from typing import Any

from tuitrain import assets
from tuitrain.events import Command, Continued, Event, Finished, Paused, Refused
from tuitrain.files import write_whole
from tuitrain.runs import lock
from tuitrain.runs.inbox import Inbox
from tuitrain.runs.journal import Reader, Record, Writer, stamp
from tuitrain.runs.store import Run

RECORDINGS = {"plane": "toy-deep", "digits": "first-run"}
"""What there is to play: the preset that was trained for each."""
FIRST = "plane"
SECONDS = 30.0
"""How long a recording takes unless a speed is asked for."""
LONGEST = 0.5
"""Recorded seconds that at most pass between two lines: nobody watches a program load."""
TICK = 0.05
"""Seconds between two looks into the inbox."""
ONLY = "this is a recording: it can be paused and stopped"


@dataclass(frozen=True, slots=True)
class Take:
    """A recorded run, and the run as which it is played."""

    source: Path
    run: Run
    records: Sequence[Record]

    @property
    def gaps(self) -> list[float]:
        """Recorded seconds before each line."""
        times = [datetime.fromisoformat(record["time"]).timestamp() for record in self.records]
        return [0.0, *(min(max(after - before, 0.0), LONGEST) for before, after in pairwise(times))]


@contextmanager
def playing(name: str = FIRST, speed: float | None = None) -> Iterator[Path]:
    """Play a recording beside whatever goes on; yield the directory of its runs, which is removed at the end."""
    with TemporaryDirectory(prefix="tuitrain-demo-") as folder:
        runs, stop = Path(folder) / "runs", Flag()
        takes = unpack(runs, name)
        with _held(takes):  # before anybody looks, so that nobody takes them for lost
            thread = Thread(target=_perform, args=(takes, speed, stop), name="demo", daemon=True)
            thread.start()
            try:
                yield runs
            finally:
                stop.set()
                thread.join()


def play(folder: Path, speed: float | None, stop: Flag, name: str = FIRST) -> None:
    """Play a recording into a directory of runs, so many times as fast as it was; return at its end or once told to.

    Without a speed it takes half a minute. Raise OSError where nothing can be written.
    """
    takes = unpack(folder, name)
    with _held(takes):
        _perform(takes, speed, stop)


def unpack(folder: Path, name: str) -> list[Take]:
    """Make the runs of a recording, in which nothing has happened yet; what will happen lies beside the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    recorded = folder.parent / f"{folder.name}-recorded"
    with tarfile.open(assets.path(f"demo/{name}.tar.xz")) as archive:
        archive.extractall(recorded, filter="data")
    now = datetime.now(UTC)
    takes = []
    for source in sorted(recorded.iterdir()):
        run = Run(folder / f"{now:%Y%m%d-%H%M%S}{source.name[15:]}")
        run.path.mkdir(mode=0o700)
        (run.path / "snapshots").mkdir(mode=0o700)
        shutil.copyfile(source / "experiment.toml", run.path / "experiment.toml")
        told = [record for record in Reader(source / "journal.jsonl").read() if record["event"] != "preparing"]
        takes.append(Take(source, run, told))
    return takes


@contextmanager
def _held(takes: Sequence[Take]) -> Iterator[None]:
    """Hold the locks of all runs, as the worker does that trains them."""
    me = lock.signature()
    locks = [lock.take(take.run.lock, me) for take in takes]
    try:
        yield
    finally:
        for each in locks:
            each.release()


def _perform(takes: Sequence[Take], speed: float | None, stop: Flag) -> None:
    """Play one run after the other."""
    pace = speed or sum(sum(take.gaps) for take in takes) / SECONDS
    for take in takes:
        if stop.is_set():
            return
        Player(take, pace, stop).play()


@dataclass(slots=True)
class Player:
    """Plays one run, and obeys what is put into its inbox as far as a recording can."""

    take: Take
    pace: float
    stop: Flag
    _writer: Writer = field(init=False)
    _inbox: Inbox = field(init=False)
    _last: Record = field(default_factory=dict)
    """The last line that told of a step."""
    _paused: bool = False
    _over: bool = False

    def play(self) -> None:
        """Write the journal as time passes; return at its end, or where it was stopped."""
        from tuitrain.runs.watch import write_summary

        self._writer, self._inbox = Writer(self.take.run.journal), Inbox(self.take.run.inbox)
        try:
            for gap, record in zip(self.take.gaps, self.take.records, strict=True):
                self._wait(gap / self.pace)
                if self._over:
                    break
                self._tell(record)
        finally:
            self._writer.close()
        write_summary(self.take.run)

    def _wait(self, seconds: float) -> None:
        """Let so much time pass, in which it is not paused; obey what comes meanwhile."""
        left, since = seconds, monotonic()
        while True:
            for command in self._inbox.commands():
                self._obey(command)
            self._over = self._over or self.stop.is_set()
            if self._over or (left <= 0 and not self._paused):
                return
            self.stop.wait(TICK if self._paused else min(left, TICK))
            passed, since = monotonic() - since, monotonic()
            left -= 0 if self._paused else passed

    def _tell(self, record: Record) -> None:
        """Write a line as of now; a file that it names is there before."""
        run = self.take.run
        if record["event"] == "snapshot":
            write_whole(run.path / record["path"], (self.take.source / record["path"]).read_bytes(), durable=False)
        self._write(self._present(record))
        if "step" in record:
            self._last = record

    def _present(self, record: Record) -> Record:
        """Return a line as if it were written now, by this process, at the pace at which it is played."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        told = record | {"run": self.take.run.id, "time": now}
        if record["event"] == "started":
            told |= {key: value for key, value in lock.signature().items() if key in record}
        if "seconds" in record:
            told["seconds"] = record["seconds"] / self.pace
        if "seconds" in record.get("metrics", {}):
            told["metrics"] = record["metrics"] | {"seconds": record["metrics"]["seconds"] / self.pace}
        return told

    def _obey(self, command: Command) -> None:
        """Pause, go on or stop, and answer; refuse everything else."""
        step = int(self._last.get("step", 0))
        answer: Event = Refused(step=step, command=command.id, reason=ONLY)
        if command.action == "stop":
            answer, self._over = self._stopped(command.id), True
        elif command.action == "pause" and not self._paused:
            answer, self._paused = Paused(step=step, command=command.id), True
        elif command.action == "resume" and self._paused:
            answer, self._paused = Continued(step=step, command=command.id), False
        self._write(stamp(self.take.run.id, answer))

    def _stopped(self, command: str) -> Finished:
        """Return the end of a run that was stopped here, with the numbers that were told last."""
        metrics: dict[str, Any] = self._last.get("metrics", {})
        parameters = next((record["parameters"] for record in self.take.records if "parameters" in record), 0)
        return Finished(
            reason="stopped",
            step=int(self._last.get("step", 0)),
            epoch=int(self._last.get("epoch", 0)),
            parameters=parameters if self._last else 0,
            metrics={name: value for name, value in metrics.items() if name.startswith(("train/", "val/"))},
            best_epoch=None,
            seconds=0.0,
            command=command,
        )

    def _write(self, record: Record) -> None:
        if error := self._writer.append(record):
            raise error
