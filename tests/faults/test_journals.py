"""Rows 7, 8 and 22: a full disk, junk in a journal, a clock that goes back."""

import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from calling import command
from shelves import PLANE, copied

from tuitrain.cli import main
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run, listed
from tuitrain.runs.watch import look

from .disks import filled, small_disk
from .terminals import Open, Terminal, await_that, only_run, states

pytestmark = pytest.mark.faults
EVERY = 2_000  # steps from one evaluation to the next: some every second
JUNK = [b"\0" * 64, b"\xff\xfe\x00", b"{", b"[1, 2]", b'{"event": 3}', b'{"event": "stepped"', b"null", b"\x1b[2J"]


@pytest.mark.fault(7)
def test_disk_full_at_the_journal(tmp_path: Path, experiment: Callable[[int], str]) -> None:
    """The training goes on over a full disk and says so; as soon as there is room its journal is whole."""
    line = command(tmp_path, ("--batch", experiment(10**9), "--set", f"training.evaluate_every={EVERY}"))
    (tmp_path / "runs").mkdir()
    told = tmp_path / "said"
    with small_disk(tmp_path / "runs") as disk, told.open("wb") as said:
        with subprocess.Popen(line, stderr=said, stdout=said) as training:
            run = only_run(tmp_path)
            await_that(lambda: look(run).history.step > 0, "the training")
            with filled(disk):
                size, step = run.journal.stat().st_size, look(run).history.step
                await_that(lambda: "No space left" in told.read_text(), "a word about the disk")
                assert training.poll() is None
                assert run.journal.stat().st_size - size < 8192
            await_that(lambda: look(run).history.step > step + 5 * EVERY, "more of the journal")
            training.terminate()
            assert training.wait(60) == 143
        records = Reader(run.journal).read()
        evaluated = sorted({record["step"] for record in records if record["event"] == "evaluated"})
        assert evaluated[:-1] == list(range(0, evaluated[-2] + 1, EVERY))
        assert (states(run), look(run).reader.skipped) == ("stopped", 0)


@pytest.mark.fault(8)
def test_cut_at_every_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cut anywhere in its last records a journal shows what is whole; now and then through the program."""
    run = copied(tmp_path / "runs", PLANE)
    whole = run.journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    run.summary.unlink(missing_ok=True)
    last = len(whole) - sum(map(len, lines[-2:]))
    for end in range(last, len(whole)):
        run.journal.write_bytes(whole[:end])
        records = Reader(run.journal).read()
        assert len(records) == whole[:end].count(b"\n")
        if end % 97 == 0:
            assert look(run).state == "lost"
            assert main(["show", run.id, f"--runs-dir={tmp_path / 'runs'}"]) == 0
            assert "lost" in capsys.readouterr().out


def spoilt(run: Run) -> int:
    """Put junk between the lines of a journal, here and there, and a torn line at its end; return how many lines."""
    dice = random.Random(8)
    lines = run.journal.read_bytes().splitlines()
    count = len(lines) // 3
    for _ in range(count):
        lines.insert(dice.randrange(1, len(lines)), dice.choice(JUNK))
    run.journal.write_bytes(b"\n".join(lines) + b"\n" + b'{"event": "stepped", "st')
    return count


@pytest.mark.fault(8)
def test_junk_in_a_journal(tmp_path: Path, terminal: Open, capsys: pytest.CaptureFixture[str]) -> None:
    """Junk costs its own lines alone: state, numbers and curves are those of the untouched run."""
    run, other = copied(tmp_path / "runs", PLANE), copied(tmp_path / "others", PLANE)
    for each in (run, other):
        for name in ("digest.json", "summary.json"):
            (each.path / name).unlink(missing_ok=True)
    count = spoilt(run)
    assert look(run).reader.skipped == count
    assert look(run).history.metrics == look(other).history.metrics
    printed = []
    for folder in ("runs", "others"):
        assert main(["show", run.id, "--view", "curves", f"--runs-dir={tmp_path / folder}"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    one = terminal("attach", run.id)
    one.see("finished")
    one.send("q")
    assert one.end() == 0
    assert b"\x1b[2J" not in one.written


@pytest.mark.fault(22)
def test_a_clock_that_goes_back(tmp_path: Path, terminal: Open, capsys: pytest.CaptureFixture[str]) -> None:
    """Where times go back in a journal the order is that of the steps, and the numbers are what they were."""
    run = copied(tmp_path / "runs", PLANE)
    for name in ("digest.json", "summary.json"):
        (run.path / name).unlink(missing_ok=True)
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    straight = look(run).history.metrics
    for number, record in enumerate(records):
        record["time"] = f"{2031 - number % 7}-01-01T00:00:00.000+00:00"
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert look(run).history.metrics == straight
    assert look(run).state == "finished"
    assert main(["show", run.id, f"--runs-dir={tmp_path / 'runs'}"]) == 0
    assert "finished" in capsys.readouterr().out
    one: Terminal = terminal("attach", run.id)
    one.see("finished")
    one.send("q")
    assert one.end() == 0


@pytest.mark.fault(22)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_another_time_zone(tmp_path: Path, toy: Path, zone: str) -> None:
    """Wherever it is trained, times and the names of runs are UTC, and runs stand in the order of their making."""
    done = subprocess.run(
        command(tmp_path, ("--batch", str(toy), "--set", "training.epochs=1")),
        env=os.environ | {"TZ": zone},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (run,) = listed(tmp_path / "runs")
    shown = subprocess.run(["date", "-u", "+%Y%m%d-%H"], capture_output=True, text=True, check=True).stdout.strip()
    assert abs(int(run.id[:11].replace("-", "")) - int(shown.replace("-", ""))) <= 1 or run.id[:8] != shown[:8]
    assert all(record["time"].endswith("+00:00") for record in Reader(run.journal).read())
