"""The command that is called where a run ends or stumbles."""

import json
import re
import shlex
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import pytest

from tuitrain.runs import hook
from tuitrain.runs.hook import VARIABLE, Hook
from tuitrain.runs.store import Run

RECORD: dict[str, Any] = {"event": "finished", "run": "r", "metrics": {"val/loss": 0.5}}
TELL = """
import os, sys
names = ("TUITRAIN_RUN", "TUITRAIN_EVENT", "TUITRAIN_STATE", "TUITRAIN_RUN_DIR")
print(*(os.environ[name] for name in names), sys.argv[1:], sys.stdin.read())
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return the directory of a run."""
    (tmp_path / "a-run").mkdir()
    return Run(tmp_path / "a-run")


def command(program: str, *arguments: str) -> str:
    """Return the command line of a program in Python."""
    return shlex.join([sys.executable, "-c", program, *arguments])


def called(run: Run, line: str) -> list[str]:
    """Return what is wrong after a call that came to its end."""
    found = Hook(run, line)
    found.call(RECORD, "finished")
    return list(found.complaints(wait=True))


def test_what_it_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told run, event, state and directory, and the record; what it prints goes into the output of the run."""
    monkeypatch.setenv(VARIABLE, command(TELL, "$HOME; echo", "two words"))
    found = Hook(run)
    found.call(RECORD, "stopped")
    assert list(found.complaints(wait=True)) == []
    told = run.output.read_text()
    assert told.startswith(f"a-run finished stopped {run.path} ['$HOME; echo', 'two words'] ")
    assert json.loads(told[told.index("{") :]) == RECORD
    assert run.output.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["", "  "])
def test_none(run: Run, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a command nothing is called, and nothing is wrong."""
    monkeypatch.delenv(VARIABLE, raising=False)
    assert Hook(run).command == ""
    assert called(run, line) == []
    assert not run.output.exists()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (command("raise SystemExit(3)"), "TUITRAIN_HOOK ended with exit code 3"),
        ("/no/such/program", "TUITRAIN_HOOK could not be called: .*No such file"),
        ("echo 'unfinished", "TUITRAIN_HOOK could not be called: No closing quotation"),
        ("''", "TUITRAIN_HOOK could not be called: "),
        ("e\0cho", "TUITRAIN_HOOK could not be called: "),
        ("/no/such/program https://hooks.example/SECRET", "TUITRAIN_HOOK could not be called: .*: /no/such/program$"),
        ("false https://hooks.example/SECRET", "TUITRAIN_HOOK ended with exit code 1: false$"),
        ("false 'https://hooks.example/SECRET", "TUITRAIN_HOOK could not be called: "),
    ],
)
def test_failing(run: Run, line: str, sentence: str) -> None:
    """What goes wrong is a sentence, said once, with the program and nothing of what it is given."""
    (complaint,) = called(run, line)
    assert re.match(sentence, complaint)
    assert "SECRET" not in complaint


def test_taking_too_long(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that does not end is ended; meanwhile nobody waits for it."""
    monkeypatch.setattr(hook, "PATIENCE", 0.2)
    found = Hook(run, command("import time; time.sleep(60)"))
    found.call(RECORD, "finished")
    assert list(found.complaints()) == []
    (complaint,) = found.complaints(wait=True)
    assert complaint.startswith("TUITRAIN_HOOK took more than 0.2 s and was ended")
    assert list(found.complaints(wait=True)) == []


def test_what_it_started_is_ended_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a command takes too long nothing is left of it, not even what it waits for itself."""
    monkeypatch.setattr(hook, "PATIENCE", 1.0)
    found = Hook(run, "sh -c 'sleep 60 & echo $!; wait'")
    found.call(RECORD, "finished")
    assert len(list(found.complaints(wait=True))) == 1
    started = int(run.output.read_text())
    deadline = monotonic() + 10
    while psutil.pid_exists(started) and psutil.Process(started).status() != psutil.STATUS_ZOMBIE:
        assert monotonic() < deadline
        sleep(0.02)
