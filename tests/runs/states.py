"""Runs with checkpoints for tests that read none: recorded journals that name them, and files with their digests."""

import hashlib
import json
from pathlib import Path
from typing import Any

from shelves import PLANE, copied

from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

TIME = "2026-01-02T03:10:00.000+00:00"


def line(run: Run, event: str, **keys: Any) -> str:
    """Return a line of the journal of a run."""
    return json.dumps({"event": event, "run": run.id, "time": TIME, **keys}) + "\n"


def tell(run: Run, event: str, **keys: Any) -> None:
    """Append a line to the journal."""
    with run.journal.open("a") as file:
        file.write(line(run, event, **keys))


def put(run: Run, name: str, content: bytes = b"") -> Path:
    """Put a checkpoint and its digest on disk; what is in it is anything."""
    path = run.path / "checkpoints" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(content or f"the state in {name}".encode())
    path.with_name(f"{name}.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def keep(run: Run, **steps: int) -> None:
    """Put checkpoints of these steps on disk, and in the journal before its last line: `last=1000`, `step_50=50`."""
    *lines, end = run.journal.read_text().splitlines(keepends=True)
    for name, step in steps.items():
        file = f"{name.replace('_', '-')}.pt"
        put(run, file)
        lines.append(line(run, "saved", step=step, path=f"checkpoints/{file}"))
    run.journal.write_text("".join([*lines, end]))


def trained(folder: Path, *, ended: bool = True, recorded: str = PLANE) -> Run:
    """Return a run of 1000 steps, an epoch each, with checkpoints of the steps 200, 400, 700 (the best) and 1000."""
    run = copied(folder, recorded)
    end = run.journal.read_text().splitlines(keepends=True)[-1]
    keep(run, step_200=200, step_400=400, best=700, last=1000)
    if not ended:
        run.journal.write_text(run.journal.read_text().replace(end, ""))
        run.summary.unlink()
    assert look(run).state == ("finished" if ended else "lost")
    return run


def files(folder: Path) -> dict[str, bytes]:
    """Return all that lies in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
