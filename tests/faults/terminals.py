"""A pseudo-terminal with the program in it, as the kernel makes one: it can be closed, resized, and asked its modes."""

import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import psutil
from rich.cells import cell_len

from tuitrain.runs import store
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine; what is awaited mostly takes a fraction of one."""
CODES = re.compile(r"\x1b(\[[0-9;?<>=$]*[A-Za-z]|[P\]_][^\x07\x1b]*(\x07|\x1b\\))")
TOKEN = re.compile(
    r"\x1b\[(?P<codes>[0-9;?<>=$]*)(?P<final>[A-Za-z])|\x1b[P\]_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[P\]_]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])|(?P<words>[^\x00-\x1f]+)"
)
F5 = "\x1b[15~"
PROGRAM = (sys.executable, "-m", "tuitrain")
SIZE = ("COLUMNS", "LINES")
"""What would hide the size of the terminal from the program."""
MODES = ("1000", "1002", "1003", "1006", "1004", "1049", "2004", "2026")
"""Mouse, focus, the alternate screen, pasting in brackets, synchronized output: off as long as a shell has it."""


def await_that(condition: Callable[[], T], what: str = "it", seconds: float = PATIENCE) -> T:
    """Wait until the condition holds and return what it says; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.05)
    return found


class Screen:
    """What a terminal shows after the bytes that the cockpit writes: places, words, and the alternate screen."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], str] = {}
        self._row = self._column = 0
        self._rest = ""
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode

    def feed(self, data: bytes) -> None:
        """Take what was written."""
        text, end = self._rest + self._decode(data), 0
        while found := TOKEN.match(text, end):
            end = found.end()
            self._take(found)
        self._rest = text[end:]

    def _take(self, found: "re.Match[str]") -> None:
        codes, final = found["codes"], found["final"]
        if final == "H":
            row, _, column = codes.partition(";")
            self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
        elif final == "C":
            self._column += int(codes or 1)
        elif (codes, final) in (("?1049", "h"), ("?1049", "l"), ("2", "J")):
            self._cells.clear()
            self._row = self._column = 0
        elif found["control"] == "\n":
            self._row += 1
        elif found["control"] == "\r":
            self._column = 0
        for character in found["words"] or "":
            self._cells[self._row, self._column] = character
            self._column += cell_len(character)

    def __str__(self) -> str:
        rows: dict[int, dict[int, str]] = {}
        for (row, column), character in self._cells.items():
            rows.setdefault(row, {})[column] = character
        return "\n".join(
            "".join(rows.get(row, {}).get(column, " ") for column in range(max(rows.get(row, {0: ""})) + 1))
            for row in range(max(rows, default=0) + 1)
        )


class Terminal:
    """A terminal of its own session, its leader the program; `heedless` are signals that the program is to ignore."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        size: tuple[int, int] = (40, 120),
        heedless: Sequence[int] = (),
        program: Sequence[str] = PROGRAM,
        **environment: str,
    ) -> None:
        self.written = bytearray()
        self._screen = Screen()
        self._shown = 0
        self._master, self._slave = os.openpty()
        self.modes = termios.tcgetattr(self._slave)
        self.resize(*size)
        usual = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

        def begin() -> None:
            os.login_tty(os.dup(self._slave))
            for number in heedless:
                signal.signal(number, signal.SIG_IGN)

        self.process = subprocess.Popen(
            [*program, *arguments],
            env={name: word for name, word in os.environ.items() if name not in SIZE} | usual | environment,
            start_new_session=False,
            preexec_fn=begin,  # noqa: PLW1509  the test has no thread that holds a lock here
        )
        self._wake, self._stop = os.pipe()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while self._wake not in (ready := select.select([self._master, self._wake], [], [])[0]):
            if ready:
                try:
                    self.written += os.read(self._master, 1 << 16)
                except OSError:
                    return

    def resize(self, rows: int, columns: int) -> None:
        """Have another size, and say so."""
        termios.tcsetwinsize(self._master, (rows, columns))

    @property
    def text(self) -> str:
        """All that ever was written, without the codes."""
        return CODES.sub("", self.written.decode(errors="replace"))

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    @property
    def screen(self) -> str:
        """What it shows now."""
        new = bytes(self.written[self._shown :])
        self._shown += len(new)
        self._screen.feed(new)
        return str(self._screen)

    def see(self, words: str) -> None:
        """Wait until it shows these words."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.screen:
            assert time.monotonic() < deadline, f"{words!r} is not on the screen:\n{self.screen}"
            time.sleep(0.05)

    def leave(self, words: str) -> None:
        """Press escape until these words are gone from the screen."""
        self.send("\x1b")
        await_that(lambda: words not in self.screen, f"the end of {words!r}")

    def quit(self) -> int:
        """Leave as a person does, of a training that goes on too, and return the exit code."""
        self.send("q")
        await_that(lambda: self.process.poll() is not None or "under way." in self.screen, "the end")
        if self.process.poll() is None:
            self.send("l")
        return self.end()

    @property
    def cockpit(self) -> psutil.Process:
        """The child in which the cockpit is."""
        return await_that(lambda: psutil.Process(self.process.pid).children(), "the cockpit")[0]

    @property
    def waiting(self) -> list[psutil.Process]:
        """The workers that wait for the cockpit."""
        return [one for one in self.cockpit.children() if "--standby" in one.cmdline()]

    def ready(self) -> psutil.Process:
        """Wait until the cockpit is ready to train, and return its process."""
        self.see("ready")
        return self.cockpit

    def end(self) -> int:
        """Wait for the end of the program and return its exit code."""
        code = self.process.wait(PATIENCE)
        time.sleep(0.1)  # what it wrote last is on its way
        return code

    def hang_up(self) -> None:
        """Go away, as a terminal does whose window or connection is closed."""
        self.let_go()
        os.close(self._master)
        self._master = -1

    def let_go(self) -> None:
        """Read no more, and hold nothing of it but its other side."""
        if self._reader.is_alive():
            os.write(self._stop, b"x")
            self._reader.join()
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def close(self) -> None:
        """End what is left."""
        family = [self.process.pid, *(one.pid for one in _family(self.process.pid))]
        self.let_go()
        for pid in family if self.process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        for file in (self._master, self._wake, self._stop):
            if file >= 0:
                os.close(file)

    def is_given_back(self) -> None:
        """Fail unless the terminal is as it was: modes, main screen, mouse, keyboard, cursor, title."""
        raw = self.written.decode(errors="replace")
        now = termios.tcgetattr(self._slave)
        assert now == self.modes, f"modes are not as they were: {now}"
        for mode in MODES:
            assert raw.rfind(f"\x1b[?{mode}h") <= raw.rfind(f"\x1b[?{mode}l"), f"mode {mode} is still set"
        assert raw.rfind("\x1b[?25l") <= raw.rfind("\x1b[?25h"), "the cursor is hidden"
        assert raw.count("\x1b[>") <= raw.count("\x1b[<u"), "the keyboard protocol is still pushed"
        assert raw.count("\x1b[22;0t") <= raw.count("\x1b[23;0t"), "the title is still ours"


Open = Callable[..., Terminal]
"""Starts the program in a terminal, with its runs and data in the test's directory."""


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def processes(folder: Path) -> list[int]:
    """Return the processes with this folder on their command line, but those that have ended."""
    found = []
    for one in psutil.process_iter(["pid", "cmdline", "status"]):
        words = " ".join(one.info["cmdline"] or ())
        if str(folder) in words and one.info["status"] != psutil.STATUS_ZOMBIE and one.pid != os.getpid():
            found.append(one.pid)
    return found


def ended(process: psutil.Process) -> bool:
    """Tell whether a process is no more, but for an entry that nobody has read yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def only_run(folder: Path) -> Run:
    """Wait for the run that was started and return it."""
    return await_that(lambda: store.listed(folder / "runs"), "a run")[0]


def under_way(run: Run) -> None:
    """Wait until the run is being trained."""
    await_that(lambda: look(run).history.step > 0, "the training")


def states(run: Run) -> Any:
    """Return what the run is doing."""
    return look(run).state
