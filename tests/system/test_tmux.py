"""The cockpit in tmux with 256 colours: what a person would see, whatever names say and whatever the size is."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[1] / "recorded" / "digits"
RUN = "20260102-030406-mnist-mlp-100"
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""
WHOLE = ("Dataset", "79,510 ✓", "finished", "val, step 750", "loss and acc: val", "quit")
"""What is on the screen when all of it is."""
HOSTILE = "[/bold]\x1b]0;evil\x07\x9b2J[b\u202e"
"""Markup, a title, a clear screen and a change of direction."""
Tmux = Callable[..., str]


def screen(tmux: Tmux, *options: str) -> str:
    """Return what the pane shows."""
    return tmux("capture-pane", "-p", "-t", "one", *options)


def see(tmux: Tmux, condition: str | Callable[[str], object]) -> str:
    """Wait until the pane shows this; return everything on it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        shown = screen(tmux)
        if re.search(condition, shown) if isinstance(condition, str) else condition(shown):
            return shown
        assert time.monotonic() < deadline, f"{condition} is not on the screen:\n{shown}"
        time.sleep(0.05)


def is_whole(shown: str) -> bool:
    """Tell whether all of the screen is there."""
    return all(words in shown for words in WHOLE)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """Return a function that calls tmux, on a server of its own with a shell in a pane of 120x40."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    server = ["tmux", "-S", str(tmp_path / "tmux"), "-f", os.devnull]

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [*server, *arguments], capture_output=True, text=True, errors="replace", check=False, cwd=tmp_path
        )
        return done.stdout

    shell = "env -u COLUMNS -u LINES -u COLORTERM -u TEXTUAL_COLOR_SYSTEM TERM=screen-256color PS1='$ ' sh -i"
    call("new-session", "-d", "-x", "120", "-y", "40", "-s", "one", shell)
    see(call, r"\$")
    yield call
    call("kill-server")


def start(tmux: Tmux, folder: Path) -> None:
    """Open the recorded runs."""
    places = f"--runs-dir {folder / 'runs'} --data-dir {folder / 'data'}"
    program = f"env LC_ALL=C.UTF-8 {sys.executable} -m tuitrain attach {RUN} {places}"
    tmux("send-keys", "-t", "one", f"{program}; echo left with $?", "Enter")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Copy recorded runs to the test's folder."""
    return Path(shutil.copytree(RECORDED, tmp_path / "runs"))


@pytest.mark.usefixtures("runs")
def test_sizes_and_coming_back(tmux: Tmux, tmp_path: Path) -> None:
    """256 colours; each size has its screen, one too small says so; detached, suspended and back, all is there."""
    start(tmux, tmp_path)
    see(tmux, is_whole)
    coloured = screen(tmux, "-e")
    assert "38;5;" in coloured
    assert "38;2;" not in coloured
    for width, height in ((80, 24), (97, 33), (61, 19), (200, 60), (45, 15), (80, 24)):
        tmux("resize-window", "-t", "one", "-x", str(width), "-y", str(height))
    see(tmux, lambda shown: "Dataset" not in shown and "loss" in shown and "tuitrain" in shown)
    tmux("resize-window", "-t", "one", "-x", "39", "-y", "12")
    see(tmux, "too small: at least 40x12")
    tmux("resize-window", "-t", "one", "-x", "40", "-y", "12")
    see(tmux, lambda shown: "too small" not in shown and "loss" in shown)
    tmux("resize-window", "-t", "one", "-x", "120", "-y", "40")
    see(tmux, is_whole)
    tmux("send-keys", "-t", "one", "C-z")
    see(tmux, "Stopped")
    assert tmux("display", "-p", "-t", "one", "#{alternate_on}#{mouse_any_flag}").strip() == "00"
    tmux("send-keys", "-t", "one", "fg", "Enter")
    see(tmux, is_whole)
    assert tmux("display", "-p", "-t", "one", "#{alternate_on}#{mouse_any_flag}").strip() == "11"
    tmux("send-keys", "-t", "one", "q")
    see(tmux, lambda shown: shown.rstrip().endswith("$"))


def test_hostile_names_are_text(tmux: Tmux, tmp_path: Path, runs: Path) -> None:
    """Labels and messages that hold markup and escapes are shown as what they are, and do nothing."""
    journal = runs / RUN / "journal.jsonl"
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    for record in records:
        if record["event"] == "started":
            record["labels"] = [HOSTILE, *record["labels"][1:]]
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    title = tmux("display", "-p", "-t", "one", "#{pane_title}")
    start(tmux, tmp_path)
    see(tmux, "finished")
    tmux("send-keys", "-t", "one", "8")
    shown = see(tmux, re.escape("[/bold]\\x1b]0"))
    assert all(character.isprintable() for character in shown if character != "\n")
    assert "evil" not in tmux("display", "-p", "-t", "one", "#{pane_title}")
    tmux("send-keys", "-t", "one", "q")
    see(tmux, "left with 0")
    assert tmux("display", "-p", "-t", "one", "#{pane_title}") == title
