"""Starting a worker that outlives whoever started it: batch mode, in a session of its own, on runs that wait."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import time_ns
from typing import Any

from tuitrain.experiment import Experiment
from tuitrain.runs import store
from tuitrain.runs.store import Run
from tuitrain.runs.survey import Survey


def create(experiment: Experiment, folder: Path) -> list[Run]:
    """Make a run for each model of the experiment, in their order; raise OSError."""
    return [store.create(one, folder) for one in experiment.alone]


def start(runs: Sequence[Run], data_dir: Path, *, waits: bool = False) -> "subprocess.Popen[bytes]":
    """Start a worker on these runs and return its process; what it prints goes into the first run's output.log.

    `waits`: where a training stumbles it waits for somebody's word. It hears what the runs are told from now on.
    """
    since = time_ns()
    output = os.open(runs[0].output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    arguments = ["--data-dir", str(data_dir), "--since", str(since), *(f"--run={run.path}" for run in runs)]
    try:
        return _spawn([*arguments, *["--waits"] * waits], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    finally:
        os.close(output)


def _spawn(arguments: Sequence[str], **streams: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "tuitrain", "--batch", *arguments]
    return subprocess.Popen(command, start_new_session=True, **streams)  # type: ignore[call-overload,no-any-return]  # noqa: S603  typeshed cannot match **streams; our own interpreter, no shell


class Standby:
    """A worker that has loaded torch already and waits for runs: training begins at once, not 5 to 9 s later.

    It says which devices there are, and what an experiment would be trained on. It ends when this process does,
    unless it was given runs.
    """

    def __init__(self) -> None:
        self.process = _spawn(["--standby"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        said, order = self.process.stdout, self.process.stdin
        if said is None or order is None:
            raise RuntimeError("a worker was started without pipes")
        self._said, self._order = said, order
        self._hearing, self._telling, self._turn = Lock(), Lock(), Lock()
        self._devices: list[tuple[str, str]] | None = None
        self._asked = False
        self.taken = False
        """Whether it was given runs: it is no longer there to be asked."""

    def fileno(self) -> int:
        """Return the descriptor on which it speaks once it is ready, for whoever waits on several."""
        return self._said.fileno()

    @property
    def alive(self) -> bool:
        """Whether it can still be asked, or given runs."""
        return not self.taken and self.process.poll() is None

    @property
    def busy(self) -> bool:
        """Whether it is at work on an answer, and would take runs only afterwards."""
        return self._asked

    @property
    def known(self) -> list[tuple[str, str]]:
        """Name and description of each device, none as long as it has not told."""
        return self._devices or []

    def devices(self) -> list[tuple[str, str]]:
        """Wait until it is ready; return name and description of each device, none where it died."""
        with self._hearing:  # not for its turn: an answer may take long, and this is asked by who must not wait
            if self._devices is None:
                line = self._said.readline()
                self._devices = [(name, text) for name, text in json.loads(line)["devices"]] if line else []
            return self._devices

    def survey(self, tables: dict[str, Any], data_dir: Path) -> Survey | None:
        """Wait for what it finds out about these tables; None where it died or was given runs.

        Other threads wait for their turn.
        """
        with self._turn:
            self.devices()
            self._asked = True
            told = self._tell({"tables": tables, "data_dir": str(data_dir)})
            line = self._said.readline() if told else b""
            self._asked = False
            return Survey.of(json.loads(line)) if line else None

    def start(self, runs: Sequence[Run], data_dir: Path, *, waits: bool = False) -> bool:
        """Give it the runs to train; tell whether it took them. `waits`: as that of the function of this name."""
        order = {"runs": [str(run.path) for run in runs], "data_dir": str(data_dir), "output": str(runs[0].output)}
        told = self._tell({**order, "waits": waits, "since": time_ns()}, last=True)
        if told:
            self._order.close()
        return told

    def _tell(self, order: dict[str, Any], *, last: bool = False) -> bool:
        with self._telling:
            if not self.alive:
                return False
            self.taken = last
            try:
                self._order.write(json.dumps(order).encode() + b"\n")
                self._order.flush()
            except BrokenPipeError:
                return False
            return True

    def dismiss(self) -> None:
        """Let it end; it has nothing to lose."""
        self.process.kill()
        self.process.wait()
        with self._turn:  # whoever waits for an answer has heard by now that there will be none
            self._said.close()
        with suppress(BrokenPipeError):
            self._order.close()
