"""Rows 13, 23, 24 and 25: several workers, other users, directories that go away, processes that are strangers."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from calling import TOY, command
from shelves import PLANE, copied

from tuitrain.experiment import parse
from tuitrain.runs import launch, lock
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look

from .terminals import F5, PROGRAM, Open, await_that, only_run, states, under_way
from .zygote import Zygote

pytestmark = pytest.mark.faults
EXPERIMENT = {
    "dataset": {"kind": "gmm2d"},
    "models": [{"kind": "linear"}],
    "training": {"epochs": 3, "batch_size": 16, "device": "cpu", "threads": 1},
}
ENDLESS = {"epochs": 10**9, "evaluate_every": 100_000, "device": "cpu", "threads": 1}
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
MAKE = """
import sys, time
from pathlib import Path
from tuitrain.experiment import parse
from tuitrain.runs import launch
experiment = parse({})
print(flush=True)
sys.stdin.readline()
(run,) = launch.create(experiment, Path(sys.argv[1]))
print(run.path)
"""


def made(folder: Path, **training: object) -> Run:
    """Return a run that waits for a worker."""
    tables = EXPERIMENT | ({"training": training} if training else {})
    return launch.create(parse(tables), folder / "runs")[0]


@pytest.mark.fault(13)
def test_two_workers_for_one_run(tmp_path: Path, zygote: Zygote) -> None:
    """The second is refused, in a sentence with process and host, and the first goes on undisturbed."""
    run = made(tmp_path, **ENDLESS)
    first = zygote.begin(tmp_path, "--batch", f"--run={run.path}")
    under_way(run)
    second = zygote.call(tmp_path, "--batch", f"--run={run.path}")
    assert second.returncode == 2
    assert f"process {first.pid} on {socket.gethostname()}" in second.stderr
    again = zygote.call(tmp_path, "resume", run.id)
    assert again.returncode == 2
    assert str(first.pid) in again.stderr
    assert states(run) == "running"
    first.signal(signal.SIGTERM)
    assert first.wait() == 143
    assert states(run) == "stopped"


@pytest.mark.fault(13)
def test_twenty_runs_in_a_second(tmp_path: Path, zygote: Zygote) -> None:
    """Twenty processes that make a run at the same moment make twenty directories, and each can be trained."""
    program = MAKE.replace("parse({})", f"parse({EXPERIMENT!r})")
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "runs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(20)
    ]
    for maker in makers:
        assert maker.stdout
        maker.stdout.readline()
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("\n")
        maker.stdin.flush()
    paths = [maker.communicate(timeout=60)[0].strip() for maker in makers]
    assert len(set(paths)) == len(listed(tmp_path / "runs")) == 20
    done = zygote.call(tmp_path, "--batch", *(f"--run={path}" for path in paths))
    assert done.returncode == 0, done.stderr
    assert {states(Run(Path(path))) for path in paths} == {"finished"}


@pytest.mark.fault(23)
def test_nothing_for_other_users(tmp_path: Path, terminal: Open, toy: Path) -> None:
    """Under umask 000 directories are 0700 and files 0600, and neither cockpit nor worker listens on a port."""
    toy.write_text(TOY.replace("epochs = 3", "epochs = 1_000_000_000"))
    before = os.umask(0)
    try:
        one = terminal(str(toy))
    finally:
        os.umask(before)
    cockpit = one.ready()
    one.send(F5)
    run = only_run(tmp_path)
    under_way(run)
    worker = psutil.Process(lock.holder(run.lock)["pid"])
    for process in (psutil.Process(one.process.pid), cockpit, worker):
        listening = [each for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
        assert not listening
    one.send("q")
    one.see("under way.")
    one.send("s")
    assert one.end() == 0
    await_that(lambda: states(run) == "stopped", "the end of the run")
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "runs").rglob("*")}
    modes[tmp_path / "runs"] = stat.S_IMODE((tmp_path / "runs").stat().st_mode)
    assert not {path: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)}


def unprivileged(arguments: tuple[str, ...], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Call the program as a user to whom permissions apply, also where the tests run as root."""
    line = command(folder, arguments)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("nothing here takes root's privileges away")
        line = [*UNPRIVILEGED, *line]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.fault(23)
@pytest.mark.parametrize("mode", [0o000, 0o500])
def test_the_directory_of_another_user(tmp_path: Path, toy: Path, mode: int) -> None:
    """Where nothing may be written a sentence says so, with another way, and nothing is trained."""
    folder = tmp_path / "runs"
    run = copied(folder, PLANE)
    run.path.chmod(mode)
    folder.chmod(mode)
    try:
        for arguments in (("--batch", str(toy)), ("resume", run.id), ("runs",), ("show", run.id)):
            done = unprivileged(arguments, tmp_path)
            assert "Traceback" not in done.stderr, done.stderr
            if arguments[0] in ("--batch", "resume"):
                assert done.returncode == 2, done.stderr
    finally:
        folder.chmod(0o700)
        run.path.chmod(0o700)
    assert len(listed(folder)) == 1


@pytest.mark.fault(24)
def test_a_run_removed_under_the_cockpit(tmp_path: Path, terminal: Open, zygote: Zygote) -> None:
    """The cockpit lives on, the worker ends, and another run can be opened."""
    other = copied(tmp_path / "runs", PLANE)
    run = made(tmp_path, **ENDLESS)
    worker = zygote.begin(tmp_path, "--batch", f"--run={run.path}")
    under_way(run)
    one = terminal("attach", run.id)
    one.see("running")
    shutil.rmtree(run.path, ignore_errors=True)
    shutil.rmtree(run.path, ignore_errors=True)
    one.see("lost")
    one.send("o")
    one.see("/ filter")
    one.see("mlp 10")
    worker.wait()
    assert "Traceback" not in worker.stderr
    one.leave("/ filter")
    assert one.quit() == 0
    assert look(other).state == "finished"


@pytest.mark.fault(24)
def test_a_run_directory_that_is_read_only(tmp_path: Path, terminal: Open) -> None:
    """What a person wants to write there is refused in words; the cockpit lives on."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("nothing here takes root's privileges away")
    run = copied(tmp_path / "runs", PLANE)
    for path in (run.path, tmp_path / "runs"):
        path.chmod(0o500)
    try:
        one = terminal("attach", run.id, program=[*(UNPRIVILEGED if os.geteuid() == 0 else []), *PROGRAM])
        one.see("finished")
        one.send("o")
        one.see("/ filter")
        one.send("n")
        one.see("note on")
        one.send("words\r")
        one.see("ermission denied")
        one.leave("/ filter")
        one.send(F5)
        one.see("ermission denied")
        assert one.quit() == 0
    finally:
        for path in (tmp_path / "runs", run.path):
            path.chmod(0o700)


@pytest.mark.fault(24)
def test_a_worker_that_was_stopped(tmp_path: Path, terminal: Open, zygote: Zygote) -> None:
    """A worker that SIGSTOP holds is called stalled, by the commands and by the cockpit, and is no lost run."""
    run = made(tmp_path, **ENDLESS)
    worker = zygote.begin(tmp_path, "--batch", f"--run={run.path}")
    under_way(run)
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        assert "stalled" in zygote.call(tmp_path, "status").stdout
        assert "kill -CONT" in zygote.call(tmp_path, "pause", run.id).stderr
        one = terminal("attach", run.id)
        one.see("stalled")
        assert one.quit() == 0
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    step = look(run).history.step
    await_that(lambda: look(run).history.step >= step and states(run) in ("running", "paused"), "more of the training")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 143


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    """Return a process that has nothing to do with any run."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.mark.fault(25)
@pytest.mark.parametrize("held", [False, True])
def test_a_process_id_of_a_stranger(
    tmp_path: Path, stranger: "subprocess.Popen[bytes]", capfd: pytest.CaptureFixture[str], zygote: Zygote, held: bool
) -> None:
    """Named in a lock by its number alone, held or not, a stranger gets no signal from any command."""
    run = copied(tmp_path / "runs", PLANE)
    lines = run.journal.read_bytes().splitlines(keepends=True)
    run.journal.write_bytes(b"".join(lines[: len(lines) // 2]))
    for name in ("digest.json", "summary.json"):
        (run.path / name).unlink(missing_ok=True)
    signature = lock.signature() | {"pid": stranger.pid}
    taken = lock.take(run.lock, signature) if held else None
    if taken is None:
        run.lock.write_text(json.dumps(signature))
    for words in (["stop", run.id], ["stop", run.id, "--now"], ["pause", run.id], ["status"], ["gc", run.id]):
        zygote.call(tmp_path, *words)
    assert not lock.kill(run.lock)
    if taken is not None:
        taken.release()
    assert stranger.poll() is None
    assert psutil.Process(stranger.pid).status() in (psutil.STATUS_SLEEPING, psutil.STATUS_RUNNING)
    assert capfd.readouterr().err == ""
