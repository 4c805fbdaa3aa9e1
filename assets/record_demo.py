"""Record the trainings that `tuitrain demo` plays: real runs of presets, packed as small as they look the same.

    uv run python assets/record_demo.py

Trains on one thread of the processor into a temporary directory and writes assets/demo/NAME.tar.xz. Names, times,
processes and versions are replaced by fixed ones, so that a recording says nothing of the machine. Snapshots are kept
without compression of their own, so that one that is like the last costs little; weights are rounded to a few more
levels than are ever drawn. Old recordings stay playable; record anew where events change.
"""

import io
import json
import lzma
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tuitrain.runs import store
from tuitrain.runs.demo import RECORDINGS
from tuitrain.runs.journal import Reader, Record
from tuitrain.runs.store import Run

DEMO = Path(__file__).parent / "demo"
BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SETTINGS = {
    "plane": ["training.evaluate_every=200"],
    "digits": ["training.epochs=12", "training.record_every=20"],
}
"""What differs from the preset: fewer or more lines than it would tell, so that a recording moves and stays small."""
LEVELS = 48
"""Steps from zero to the largest weight; a picture has 12 of them."""
LEFT_OUT = ("saved", "thinned")
"""Events of files that are not in a recording, or no longer."""
BUDGET = 700_000
"""Bytes of all recordings."""


def record(name: str) -> int:
    """Train a preset and pack what a viewer reads of its runs; return the bytes that it takes."""
    with tempfile.TemporaryDirectory() as folder:
        changes = [f"--set={change}" for change in (*SETTINGS[name], "training.device=cpu", "training.threads=1")]
        command = [sys.executable, "-m", "tuitrain", "--batch", RECORDINGS[name], *changes, "--runs-dir", folder]
        subprocess.run(command, check=True)
        DEMO.mkdir(exist_ok=True)
        path = DEMO / f"{name}.tar.xz"
        with (
            lzma.open(path, "wb", preset=9 | lzma.PRESET_EXTREME) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for number, run in enumerate(reversed(store.listed(Path(folder)))):
                _pack(run, archive, BEGIN + timedelta(seconds=number))
    return path.stat().st_size


def _pack(run: Run, archive: tarfile.TarFile, made: datetime) -> None:
    """Put a run into the archive under a name that does not change."""
    name, told = f"{made:%Y%m%d-%H%M%S}{run.id[15:]}", Reader(run.journal).read()
    gone = {path for line in told if line["event"] == "thinned" for path in line["paths"]}
    records = [line for line in told if line["event"] not in LEFT_OUT and line.get("path") not in gone]
    first = datetime.fromisoformat(records[0]["time"])
    lines = [json.dumps(_neutral(line, name, first)) for line in records]
    experiment = re.sub(r"\A#.*\n\n", "", (run.path / "experiment.toml").read_text(encoding="utf-8"))
    _add(archive, f"{name}/experiment.toml", experiment.encode())
    _add(archive, f"{name}/journal.jsonl", "".join(f"{line}\n" for line in lines).encode())
    for line in records:
        if line["event"] == "snapshot":
            _add(archive, f"{name}/{line['path']}", _plain(run.path / line["path"]))


def _neutral(line: Record, run: str, first: datetime) -> Record:
    passed = datetime.fromisoformat(line["time"]) - first
    line |= {"run": run, "time": (BEGIN + passed).isoformat(timespec="milliseconds")}
    if line["event"] == "started":
        line |= {"pid": 1, "host": "host", "versions": {}}
    return line


def _plain(path: Path) -> bytes:
    """Return the arrays of a snapshot without compression, its weights on few levels."""
    with np.load(path) as file:
        arrays: dict[str, Any] = dict(file)
    if "weights" in arrays:
        weights = arrays["weights"].astype(np.float32)
        step = float(np.abs(weights).max()) / LEVELS or 1.0
        arrays["weights"] = (np.round(weights / step) * step).astype(arrays["weights"].dtype)
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, int(BEGIN.timestamp())
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    os.environ["PYTHONUNBUFFERED"] = "1"
    sizes = {name: record(name) for name in sys.argv[1:] or RECORDINGS}
    print(*(f"{name} {size:,} bytes" for name, size in sizes.items()), sep="\n")
    assert sum(path.stat().st_size for path in DEMO.iterdir()) <= BUDGET, "the recordings are too large"
