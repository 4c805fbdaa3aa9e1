"""Starting a worker that outlives whoever started it: batch mode, in a session of its own, on runs that wait."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tuitrain.experiment import Experiment
from tuitrain.runs import store
from tuitrain.runs.store import Run


def create(experiment: Experiment, folder: Path) -> list[Run]:
    """Make a run for each model of the experiment, in their order; raise OSError."""
    return [store.create(one, folder) for one in experiment.alone]


def start(runs: Sequence[Run], data_dir: Path) -> "subprocess.Popen[bytes]":
    """Start a worker on these runs and return its process; what it prints goes into the first run's output.log."""
    command = [sys.executable, "-P", "-m", "tuitrain", "--batch", "--data-dir", str(data_dir)]
    for run in runs:
        command += ["--run", str(run.path)]
    output = os.open(runs[0].output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603  our own interpreter, no shell
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    finally:
        os.close(output)
