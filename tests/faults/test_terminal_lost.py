"""Rows 1 to 3: the terminal goes away, the cockpit is killed, the cockpit fails. The training goes on."""

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tuitrain import guard

from .terminals import F5, PROGRAM, Open, Terminal, await_that, ended, only_run, processes, states, under_way

pytestmark = pytest.mark.faults
Written = Callable[[int], str]
SECONDS = 12_000
"""Epochs that take a few seconds."""
ENDLESS = 10**9
FAILING = """
import sys
from tuitrain.cli import main
from tuitrain.ui.screens.main import Main
def fail(self):
    raise ZeroDivisionError("a fault \\x1b]0;evil\\x07")
Main.action_runs = fail
sys.exit(main(sys.argv[1:]))
"""
"""The program, but for a key that fails."""


def training(one: Terminal, folder: Path) -> psutil.Process:
    """Have the cockpit train, and return its process as soon as there are steps."""
    cockpit = one.ready()
    one.send(F5)
    under_way(only_run(folder))
    return cockpit


@pytest.mark.fault(1)
@pytest.mark.parametrize("heedless", [(), (signal.SIGHUP,)])
def test_the_terminal_is_closed(terminal: Open, experiment: Written, tmp_path: Path, heedless: tuple[int, ...]) -> None:
    """The cockpit ends, also where it ignores the hang-up, and burns nothing; the run finishes, and is shown whole."""
    one = terminal(experiment(SECONDS), heedless=heedless)
    cockpit = training(one, tmp_path)
    before = cockpit.cpu_times().user
    one.hang_up()
    burnt = before
    until = time.monotonic() + guard.GRACE + 10
    while not ended(cockpit):
        assert time.monotonic() < until, "the cockpit lives on without its terminal"
        burnt = max(burnt, _user(cockpit))
        time.sleep(0.05)
    assert burnt - before < 2.0
    assert one.process.wait(10) in (129, 143, 137, -signal.SIGHUP)
    run = only_run(tmp_path)
    assert states(run) in ("running", "finished")
    await_that(lambda: states(run) == "finished", "the end of the run")
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    evaluated = [record["step"] for record in records if record["event"] == "evaluated"]
    assert evaluated == list(range(0, SECONDS + 1, 500))
    again = terminal("attach", run.id)
    again.see("finished")
    again.send("q")
    assert again.end() == 0
    await_that(lambda: not processes(tmp_path), "the end of all workers")


def _user(process: psutil.Process) -> float:
    try:
        return float(process.cpu_times().user)
    except psutil.NoSuchProcess:
        return 0.0


@pytest.mark.fault(1)
def test_nobody_reads(terminal: Open, experiment: Written, tmp_path: Path) -> None:
    """A connection that is stuck, in which nothing is read any more, stops the cockpit and not the training."""
    one = terminal(experiment(SECONDS))
    cockpit = training(one, tmp_path)
    one.let_go()
    run = only_run(tmp_path)
    await_that(lambda: states(run) == "finished", "the end of the run")
    one.hang_up()
    await_that(lambda: ended(cockpit), "the end of the cockpit", guard.GRACE + 10)


@pytest.mark.fault(2)
def test_the_cockpit_is_killed_in_a_training(terminal: Open, experiment: Written, tmp_path: Path) -> None:
    """The terminal is usable, a sentence and the exit code say what happened, the run goes on and is shown again."""
    one = terminal(experiment(ENDLESS))
    cockpit = training(one, tmp_path)
    cockpit.kill()
    assert one.end() == 128 + signal.SIGKILL
    one.is_given_back()
    assert "the cockpit was ended by signal 9 (Killed); what trains goes on" in one.text
    run = only_run(tmp_path)
    size = run.journal.stat().st_size
    await_that(lambda: run.journal.stat().st_size > size, "more of the journal")
    assert states(run) == "running"
    again = terminal()
    again.see("running")
    again.send("q")
    again.see("under way.")
    again.send("s")
    assert again.end() == 0
    await_that(lambda: states(run) == "stopped", "the end of the run")


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV, signal.SIGINT],
)
def test_the_cockpit_is_killed(terminal: Open, number: signal.Signals) -> None:
    """Whatever kills it, the terminal is usable, and the exit code names the signal."""
    one = terminal()
    os.kill(one.ready().pid, number)
    assert one.end() == 128 + number
    one.is_given_back()


@pytest.mark.fault(2)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_the_program_is_told_to_end(terminal: Open, number: signal.Signals) -> None:
    """What is sent to the program ends the cockpit in it, and the worker that waits for it."""
    one = terminal()
    cockpit = one.ready()
    waiting = await_that(lambda: one.waiting, "a worker that waits")
    os.kill(one.process.pid, number)
    assert one.end() == 128 + number
    one.is_given_back()
    assert ended(cockpit)
    await_that(lambda: all(map(ended, waiting)), "the end of the worker that waits")


@pytest.fixture
def shell(places: list[str]) -> Iterator[Terminal]:
    """Return a terminal with a shell in it, in which the program was called, and its screen is there."""
    one = Terminal(["-i"], program=("sh",), PS1="$ ", ENV="")
    one.see("$")
    one.send(f"{' '.join(PROGRAM)} {' '.join(places)}; echo left with $?\r")
    one.see("ready")
    yield one
    one.close()


@pytest.mark.fault(2)
def test_the_guard_itself_is_killed(shell: Terminal) -> None:
    """Where even the parent is killed the cockpit ends by itself, and gives the terminal back."""
    parent = shell.cockpit  # of the shell
    (cockpit,) = parent.children()
    parent.kill()
    await_that(lambda: "left with 137" in shell.text, "what the shell says")
    await_that(lambda: ended(cockpit), "the end of the cockpit", guard.GRACE + 10)
    shell.is_given_back()
    shell.send("echo usable\r")
    await_that(lambda: shell.text.count("usable") > 1, "what the shell says")


@pytest.mark.fault(2)
@pytest.mark.parametrize("delay", [0.02, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8])
def test_killed_while_it_opens(terminal: Open, delay: float) -> None:
    """At any moment of its opening the terminal is usable afterwards."""
    one = terminal()
    cockpit = one.cockpit
    time.sleep(delay)  # moments of the opening, which has no states to wait for
    cockpit.kill()
    assert one.end() == 128 + signal.SIGKILL
    one.is_given_back()


@pytest.mark.fault(2)
def test_suspended_and_killed(shell: Terminal) -> None:
    """ctrl+z stops both and gives the terminal back; with fg all is there again, keys too, and can be killed then."""
    parent = shell.cockpit
    (cockpit,) = parent.children()
    for _ in range(2):
        shell.send("\x1a")
        shell.see("Stopped")
        assert (parent.status(), cockpit.status()) == (psutil.STATUS_STOPPED, psutil.STATUS_STOPPED)
        shell.is_given_back()
        shell.send("fg\r")
        shell.see("ready")
        shell.send("?")
        shell.see("Play more slowly")
        shell.send("\x1b")
        await_that(lambda: "Play more slowly" not in shell.screen, "the end of the help")
    cockpit.kill()
    shell.see("the cockpit was ended by signal 9 (Killed)")
    shell.is_given_back()


@pytest.mark.fault(3)
def test_an_exception_in_the_cockpit(terminal: Open, experiment: Written, tmp_path: Path) -> None:
    """The terminal is given back, a sentence says where the traceback is, the exit code is 1, the run goes on."""
    one = terminal(experiment(ENDLESS), program=(sys.executable, "-c", FAILING))
    training(one, tmp_path)
    one.send("o")
    assert one.end() == 1
    one.is_given_back()
    log = tmp_path / "runs" / "cockpit.log"
    said = one.text.replace("\r\n", "")
    assert "the cockpit failed: ZeroDivisionError: a fault \\x1b]0;evil\\x07; the traceback is in " in said
    assert "cockpit.log" in said
    written = log.read_text()
    assert "Traceback (most recent call last)" in written
    assert "action_runs" in written or "in fail" in written
    assert "\x1b" not in written
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert b"\x1b]0;evil" not in one.written
    assert states(only_run(tmp_path)) == "running"
