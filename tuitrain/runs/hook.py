"""A command of the person's own that is called where a run ends or stumbles: for a message, a bell, the next thing.

TUITRAIN_HOOK holds it. It is called beside the training, which never waits for it before its end.
"""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from tuitrain.runs.journal import Record
from tuitrain.runs.store import Run

VARIABLE = "TUITRAIN_HOOK"
EVENTS = frozenset({"finished", "failed", "troubled"})
"""Upon which it is called."""
PATIENCE = 30.0  # seconds that it may take


@dataclass(slots=True)
class Hook:
    """The command as it is called for one run; what it prints goes into the run's output.log."""

    run: Run
    command: str = field(default_factory=lambda: os.environ.get(VARIABLE, ""))
    _calls: list[Thread] = field(default_factory=list)
    _said: "SimpleQueue[str]" = field(default_factory=SimpleQueue)

    def call(self, record: Record, state: str) -> None:
        """Begin a call where there is a command, with the record on its stdin; return at once."""
        if self.command.strip():
            thread = Thread(target=self._call, args=(record, state), name="hook", daemon=True)
            thread.start()
            self._calls.append(thread)

    def complaints(self, *, wait: bool = False) -> Iterator[str]:
        """Yield, each once, what went wrong with calls so far; `wait` for those under way, 30 s at most."""
        for call in self._calls if wait else ():
            call.join()
        try:
            while True:
                yield self._said.get_nowait()
        except Empty:
            return

    def _call(self, record: Record, state: str) -> None:
        name = ""  # the program alone is named: what follows it may hold an address or a word that is secret
        try:
            name, *rest = shlex.split(self.command)
            code = self._wait_for([name, *rest], record, state)
        except subprocess.TimeoutExpired:
            self._said.put(f"{VARIABLE} took more than {PATIENCE:g} s and was ended: {name}")
        except (OSError, ValueError) as error:  # no such program; a quotation that does not end; NUL
            why = error.strerror if isinstance(error, OSError) else error
            self._said.put(f"{VARIABLE} could not be called: {why}" + f": {name}" * bool(name))
        else:
            if code:
                self._said.put(f"{VARIABLE} ended with exit code {code}: {name}")

    def _wait_for(self, arguments: list[str], record: Record, state: str) -> int:
        """Return the exit code of a call; raise TimeoutExpired once it was ended, with all that it started."""
        told = {
            "TUITRAIN_RUN": self.run.id,
            "TUITRAIN_EVENT": str(record["event"]),
            "TUITRAIN_STATE": state,
            "TUITRAIN_RUN_DIR": str(self.run.path),
        }
        output = os.open(self.run.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with (
            os.fdopen(output, "ab") as file,
            subprocess.Popen(  # noqa: S603  the person's own command, no shell
                arguments,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                env=os.environ | told,
                start_new_session=True,  # ctrl+c in the terminal of a batch is not meant for it
            ) as process,
        ):
            try:
                process.communicate(json.dumps(record).encode() + b"\n", PATIENCE)
            except BaseException:  # it took too long, most of all
                with suppress(ProcessLookupError, PermissionError):  # all ended just now; macOS says it so
                    os.killpg(process.pid, signal.SIGKILL)
                raise
        return process.returncode
