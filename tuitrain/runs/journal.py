"""The journal of a run: one JSON object a line, appended by one writer, read by any number of viewers at any time.

It knows lines and files, not what the events mean.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from tuitrain.events import Event

Record = dict[str, Any]


def stamp(run: str, event: Event) -> Record:
    """Return the event as it stands in the journal, with the run and the time (UTC)."""
    record = event.record()
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"event": record.pop("event"), "run": run, "time": now, **record}


@dataclass(slots=True)
class Writer:
    """Appends records. Where the disk is full they wait in memory and are written when there is room again."""

    path: Path
    size: int = field(init=False)
    """Bytes in the file."""
    _descriptor: int = field(init=False)
    _waiting: bytes = b""

    def __post_init__(self) -> None:
        """Open the file for appending; end a line that a killed writer left torn."""
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._descriptor).st_size
        if self.size and os.pread(self._descriptor, 1, self.size - 1) != b"\n":
            self._waiting = b"\n"

    def append(self, record: Record) -> OSError | None:
        """Write the record as one line; return the error where it has to wait."""
        self._waiting += json.dumps(record, ensure_ascii=False, allow_nan=False).encode(errors="replace") + b"\n"
        try:
            while self._waiting:
                written = os.write(self._descriptor, self._waiting)
                self._waiting = self._waiting[written:]
                self.size += written
        except OSError as error:
            return error
        return None

    def close(self) -> None:
        """Wait for the disk and let go of the file; raise OSError."""
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)


@dataclass(slots=True)
class Reader:
    """Reads what was appended since the last look; what is no record is skipped and counted."""

    path: Path
    skipped: int = 0
    offset: int = 0
    """Bytes of the file that were read: up to the end of a line."""
    behind: bool = False
    """Whether the last look ended at its limit, so that there may be more."""

    def read(self, limit: int | None = None) -> list[Record]:
        """Return the new records, up to the last whole line; none where there is no file yet.

        With a limit, no more than what lies in so many bytes, but at least one line.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                new = file.read(-1 if limit is None else limit)
                self.behind = len(new) == limit
                if self.behind and b"\n" not in new:
                    new += file.readline()
                    self.behind = new.endswith(b"\n")  # else that is the end: a line that is being written
        except FileNotFoundError:
            self.behind = False
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [record for line in whole.splitlines() if line and (record := self._parse(line))]

    def _parse(self, line: bytes) -> Record | None:
        try:
            record = from_json(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and isinstance(record.get("event"), str):
            return record
        self.skipped += 1
        return None
