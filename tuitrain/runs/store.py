"""The directories of runs: making, listing and finding them. It does not know what happens in a run."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tuitrain import experiment as experiments
from tuitrain.experiment import Experiment
from tuitrain.files import write_whole

LONGEST = 60  # characters of a name behind the time


class NoSuchRun(Exception):
    """No run, or more than one, has this name; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Run:
    """The directory of one run and what lies in it."""

    path: Path

    @property
    def id(self) -> str:
        """Its name: time, dataset and model."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """What happened."""
        return self.path / "journal.jsonl"

    @property
    def inbox(self) -> Path:
        """Where commands are put."""
        return self.path / "inbox"

    @property
    def lock(self) -> Path:
        """Held by the worker."""
        return self.path / "lock"

    @property
    def output(self) -> Path:
        """What the worker printed, tracebacks among it."""
        return self.path / "output.log"

    @property
    def summary(self) -> Path:
        """How it ended, in one JSON object."""
        return self.path / "summary.json"

    def text(self) -> str:
        """Return the experiment file as it is; empty where it cannot be read."""
        try:
            return (self.path / "experiment.toml").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def experiment(self) -> Experiment:
        """Return what is trained; raise Rejected."""
        return experiments.read(str(self.path / "experiment.toml"))


def create(experiment: Experiment, folder: Path, fill: Callable[[Run], None] = lambda _run: None) -> Run:
    """Make the directory of a run of this experiment, which has one model; raise OSError.

    `fill` puts there what it needs, before it is a run to others; where it raises nothing is left of it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = datetime.now(UTC)
    run = Run(_make_unique(folder, f"{now:%Y%m%d-%H%M%S}-{_slug(f'{experiment.dataset.name} {experiment.title}')}"))
    header = f"# {run.id}: written by tuitrain {version('tuitrain')}, torch {version('torch')}\n\n"
    try:
        fill(run)
        write_whole(run.path / "experiment.toml", (header + experiments.write(experiment)).encode())
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)
        raise
    return run


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST]


def _make_unique(folder: Path, name: str) -> Path:
    """Make the directory, or the first of name-2, name-3, ... that nobody has: mkdir decides between rivals."""
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            number += 1
        else:
            return path


def listed(folder: Path) -> list[Run]:
    """Return the runs in the folder, newest first; a directory without an experiment is not (yet) one."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        found = [Run(Path(entry.path)) for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    dated = [(run.id[:15], _made(run), run) for run in found]
    return [run for _, made, run in sorted(dated, key=lambda entry: entry[:2], reverse=True) if made]


def _made(run: Run) -> int:
    """Return when the experiment was written, in ns: the order of runs made in one second; 0 where it is not."""
    try:
        return (run.path / "experiment.toml").stat().st_mtime_ns
    except OSError:
        return 0


def find(folder: Path, name: str) -> Run:
    """Return the run of this name, or the only one that it begins or is part of; raise NoSuchRun."""
    runs = listed(folder)
    exact = [run for run in runs if run.id == name]
    matching = exact or [run for run in runs if run.id.startswith(name)] or [run for run in runs if name in run.id]
    if name and len(matching) == 1:
        return matching[0]
    if name and matching:
        raise NoSuchRun(f"{name!r} may be {', '.join(run.id for run in matching[:5])}; name one of them")
    newest = f"; the newest is {runs[0].id}" if runs else ""
    raise NoSuchRun(f"no run is called {name!r} in {folder}{newest}")
