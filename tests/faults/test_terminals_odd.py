"""Row 21: no terminal, dumb ones, small ones, other locales, a storm of resizes, no colour, few colours."""

import os
import random
import re
import signal
import subprocess
from pathlib import Path

import pytest
from calling import command
from shelves import DIGITS, copied

from .terminals import Open, await_that

pytestmark = pytest.mark.faults


@pytest.mark.fault(21)
@pytest.mark.parametrize("streams", ["stdin", "stdout", "stderr", "all"])
def test_no_terminal(tmp_path: Path, streams: str, terminal: Open) -> None:
    """Without a terminal on any of its streams: exit code 2, a sentence that names --batch, nothing painted."""
    words = {"stdin": "< /dev/null", "stdout": "> /dev/null", "stderr": "2> said", "all": "< /dev/null > out 2> said"}
    line = " ".join(command(tmp_path, ()))
    one = terminal("-c", f"cd {tmp_path}; {line} {words[streams]}", program=("sh",))
    assert one.end() == 2
    said = one.text + ((tmp_path / "said").read_text() if (tmp_path / "said").exists() else "")
    assert "there is no terminal" in said
    assert "tuitrain --batch" in said
    assert b"\x1b" not in one.written
    assert not (tmp_path / "runs").exists()


@pytest.mark.fault(21)
@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_terminals_that_place_no_cursor(terminal: Open, term: str) -> None:
    """They get a sentence and the exit code 2."""
    one = terminal(TERM=term)
    assert one.end() == 2
    assert "tuitrain --batch" in one.text
    assert b"\x1b" not in one.written


@pytest.mark.fault(21)
@pytest.mark.parametrize("size", [(5, 10), (1, 1), (2, 300)])
def test_too_small(tmp_path: Path, terminal: Open, size: tuple[int, int]) -> None:
    """A terminal that is too small says so, can be left, and shows all of it as soon as it is larger."""
    run = copied(tmp_path / "runs", DIGITS)
    one = terminal("attach", run.id, size=size)
    await_that(lambda: b"\x1b[?1049h" in one.written, "the screen")
    if size == (5, 10):
        await_that(lambda: "small" in one.screen, "a word")
    one.resize(40, 120)
    one.see("finished")
    one.send("q")
    assert one.end() == 0
    one.is_given_back()


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "told",
    [
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "LANG": ""},
        {"TERM": "linux"},
        {"TERM": "vt100"},
    ],
)
def test_no_unicode(tmp_path: Path, terminal: Open, told: dict[str, str]) -> None:
    """Where locale or terminal have only ASCII not another byte is written, on any view."""
    run = copied(tmp_path / "runs", DIGITS)
    one = terminal("attach", run.id, **told)
    one.see("finished")
    for key in "123456789":
        one.send(key)
    one.send("o")
    one.see("/ filter")
    one.leave("/ filter")
    assert one.quit() == 0
    assert not [byte for byte in one.written if byte >= 0x80]


def painted(tmp_path: Path, terminal: Open, **told: str) -> str:
    """Return what is written in a terminal of this kind."""
    run = copied(tmp_path / "runs", DIGITS)
    one = terminal("attach", run.id, **told)
    one.see("finished")
    one.send("12345")
    one.send("q")
    assert one.end() == 0
    return one.written.decode()


@pytest.mark.fault(21)
@pytest.mark.parametrize(("term", "more"), [("xterm", r"[34]8;[25];"), ("xterm-256color", r"[34]8;2;")])
def test_few_colours(tmp_path: Path, terminal: Open, term: str, more: str) -> None:
    """Of 16 or 256 colours never more are used than there are."""
    assert not re.search(rf"\x1b\[[0-9;]*{more}", painted(tmp_path, terminal, TERM=term, COLORTERM=""))


@pytest.mark.fault(21)
def test_no_colours(tmp_path: Path, terminal: Open) -> None:
    """With NO_COLOR nothing is told by a hue: all that is painted is grey."""
    colours = re.findall(r"\x1b\[[0-9;]*[34]8;2;(\d+);(\d+);(\d+)", painted(tmp_path, terminal, NO_COLOR="1"))
    assert all(len(set(colour)) == 1 for colour in colours)


@pytest.mark.fault(21)
def test_a_storm_of_resizes(tmp_path: Path, terminal: Open) -> None:
    """After hundreds of sizes in a second all is there at the last one, and nothing has failed."""
    run = copied(tmp_path / "runs", DIGITS)
    one = terminal("attach", run.id)
    one.see("finished")
    dice = random.Random(21)
    for _ in range(300):
        one.resize(dice.randint(1, 70), dice.randint(1, 220))
        os.kill(one.cockpit.pid, signal.SIGWINCH)
    one.resize(40, 120)
    one.send("o")
    one.see("/ filter")
    one.leave("/ filter")
    one.see("finished")
    assert one.quit() == 0
    one.is_given_back()


@pytest.mark.fault(21)
def test_an_output_that_nobody_reads(tmp_path: Path) -> None:
    """What prints into a pipe that is closed ends without a traceback."""
    copied(tmp_path / "runs", DIGITS)
    line = " ".join(command(tmp_path, ("list", "datasets")))
    done = subprocess.run(["sh", "-c", f"{line} | head -1"], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
