"""Commands on their way to a run: one file each, so that any process that may write there can drive it."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep, time_ns
from typing import Any

from tuitrain.events import Command
from tuitrain.files import write_whole


def send(folder: Path, action: str, **arguments: Any) -> str:
    """Put a command into the inbox and return its id, which the journal will answer; raise OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    command = f"{time_ns():020d}-{os.getpid()}"
    content = json.dumps({"id": command, "action": action, **arguments}).encode()
    write_whole(folder / f"{command}.json", content, durable=False)
    return command


@dataclass(slots=True)
class Inbox:
    """The commands in a folder, each handed out once, oldest first."""

    folder: Path
    _left: set[str] = field(default_factory=set)

    def commands(self) -> list[Command]:
        """Return and remove what came since the last call; one listing of a folder, about 10 us."""
        try:
            there = os.listdir(self.folder)  # noqa: PTH208  called ten times a second
        except FileNotFoundError:
            gone = not self.folder.parent.is_dir()  # the whole run: nobody is left who could tell it to end
            return [Command(id="removed", action="stop")] if gone else []
        names = sorted(name for name in there if name.endswith(".json") and name not in self._left)
        return [self._take(path) for name in names if (path := self.folder / name).is_file()]

    def wait(self) -> None:
        """Sleep for a moment: a paused training costs nothing and answers within a tenth of a second."""
        sleep(0.1)

    def _take(self, path: Path) -> Command:
        try:
            content = path.read_bytes()
            path.unlink()
            given = dict(json.loads(content))
            return Command(id=str(given.pop("id")), action=str(given.pop("action")), arguments=given)
        except OSError as error:  # another user's file: answered once, and left where it is
            self._left.add(path.name)
            return Command(id=path.stem, action=f"(unreadable: {error.strerror})")
        except (ValueError, KeyError, TypeError):
            # Refused by whoever obeys, under the name of the file, so that its sender gets an answer.
            return Command(id=path.stem, action="(unreadable)")
