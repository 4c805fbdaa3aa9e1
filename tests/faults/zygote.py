"""The program, forked from a process that has loaded what is slow to load: a start takes a blink, a kill is a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds that a call may take on a busy machine."""
SERVE = """
import json, os, resource, signal, sys
import tuitrain.batch, tuitrain.drive, tuitrain.engine.train, tuitrain.rerun
from tuitrain.cli import main
print(flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        pid, status = os.waitpid(order["wait"], order["flags"])
        print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
        continue
    child = os.fork()
    if child:
        print(child, flush=True)
        continue
    os.setsid()
    for number, path in enumerate((os.devnull, order["out"], order["err"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), number)
    if order["room"]:
        resource.setrlimit(resource.RLIMIT_AS, (order["room"], order["room"]))
    code = 1
    try:
        code = main(order["arguments"])
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
"""


@dataclass
class Child:
    """A program that was started, in a session of its own."""

    zygote: "Zygote"
    pid: int
    out_file: Path
    err_file: Path
    returncode: int | None = None

    @property
    def stdout(self) -> str:
        """What it printed so far."""
        return self.out_file.read_text(errors="replace")

    @property
    def stderr(self) -> str:
        """What it said so far."""
        return self.err_file.read_text(errors="replace")

    def poll(self) -> int | None:
        """Return its exit code, None as long as it has none."""
        if self.returncode is None:
            self.returncode = self.zygote.ask(wait=self.pid, flags=os.WNOHANG)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end and return its exit code; kill it, and fail, where it takes too long."""
        deadline = time.monotonic() + PATIENCE
        while self.poll() is None:
            if time.monotonic() > deadline:
                self.signal(signal.SIGKILL)
            time.sleep(0.02)
        assert time.monotonic() < deadline, f"it did not end: {self.stderr}"
        assert self.returncode is not None
        return self.returncode

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Zygote:
    """Starts programs with their runs and data in a folder."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self._process.stdout.readline()
        self._numbers = count()
        self._children: list[Child] = []

    def ask(self, **order: Any) -> Any:
        """Have it do this and return its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def begin(self, folder: Path, *arguments: str, room: int = 0) -> Child:
        """Start the program; `room`: no more bytes of memory than these."""
        number = next(self._numbers)
        out, err = folder / f".out{number}", folder / f".err{number}"
        for file in (out, err):
            file.touch()
        places = [f"--runs-dir={folder / 'runs'}", f"--data-dir={folder / 'data'}"]
        pid = self.ask(arguments=[*arguments, *places], out=str(out), err=str(err), room=room)
        self._children.append(Child(self, pid, out, err))
        return self._children[-1]

    def call(self, folder: Path, *arguments: str, room: int = 0) -> Child:
        """Call the program and wait for it."""
        child = self.begin(folder, *arguments, room=room)
        child.wait()
        return child

    def close(self) -> None:
        """Kill what is left, and end."""
        for child in self._children:
            child.signal(signal.SIGKILL)
            child.wait()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        assert self._process.stdout
        self._process.stdout.close()
