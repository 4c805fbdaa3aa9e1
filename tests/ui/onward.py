"""Runs that can go on, as tests of the cockpit make them of recorded ones: cut off, with checkpoints, with branches."""

import hashlib
import json
from pathlib import Path
from typing import Any

from shelves import PLANE, copied, cut, settle

from tuitrain.runs.store import Run
from tuitrain.ui.app import Cockpit

CUT = 40  # lines of a journal that are kept of a run that was cut off


def told(run: Run, event: str, **values: Any) -> None:
    """Put one more record at the end of the journal of a run."""
    record = {"event": event, "run": run.id, "time": "2026-01-02T03:04:09.000+00:00"} | values
    with run.journal.open("a") as journal:
        journal.write(json.dumps(record) + "\n")


def saved(run: Run, name: str, step: int, size: int = 1000) -> None:
    """Give a run a checkpoint that is whole, with nothing in it that could be loaded, and let it tell of it."""
    path = run.path / "checkpoints" / f"{name}.pt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(bytes(size)).hexdigest())
    told(run, "saved", step=step, path=f"checkpoints/{name}.pt")


def broken_off(folder: Path) -> Run:
    """Return a run that was cut off at step 551, with a checkpoint of step 500."""
    run = copied(folder)
    cut(run, CUT)
    told(run, "stepped", step=551, epoch=551, metrics={"train/loss": 0.3})
    saved(run, "last", 500)
    return run


def branched(trunk: Run, name: str, step: int, lr: float) -> Run:
    """Return a branch of a run from a step, with another learning rate, as it would have been trained."""
    run = copied(trunk.path.parent, PLANE, name)
    settle(run, optimizer__lr=lr)
    path = run.path / "experiment.toml"
    path.write_text(f'label = "lr {lr:g}"\n{path.read_text()}\n[parent]\nrun = "{trunk.id}"\nstep = {step}\n')
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    for record in records:
        if record["event"] == "started":
            record |= {"model": f"mlp 10 lr {lr:g}"}
            record["experiment"]["parent"] = {"run": trunk.id, "step": step}
    kept = [record for record in records if record.get("step", step) >= step]
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in kept))
    run.summary.unlink()
    (run.path / "lock").unlink()  # another worker had it
    return run


def toasts(app: Cockpit) -> str:
    """Return what was told in notifications so far, as one text."""
    return "\n".join(f"{toast.title} {toast.message}" for toast in app._notifications)
