"""The program in a terminal that answers questions, or does so late: a pseudo-terminal with a small one behind it."""

import os
import re
import shutil
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import decompress

import numpy as np
import pexpect
import pytest

RECORDED = Path(__file__).parents[1] / "recorded" / "digits"
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""
PAPER = ("\x1b]11;?\x1b\\", "\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
IMAGES = ("\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", "\x1b_Gi=31;OK\x1b\\")
ATTRIBUTES = ("\x1b[c", "\x1b[?62;22c")
COMMAND = re.compile(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\")


class Answering:
    """The program in a terminal of 120x40 that answers what it is told to answer, and keeps every byte."""

    def __init__(self, folder: Path, answers: dict[str, str], *options: str, wait: float = 0, **told: str) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"} | told
        places = [f"--runs-dir={folder / 'runs'}", f"--data-dir={folder / 'data'}"]
        command = ["-m", "tuitrain", "attach", "mnist-mlp-100", *places, *options]
        self.child = pexpect.spawn(sys.executable, command, dimensions=(40, 120), env=environment)
        self.child.delaybeforesend = None
        self.written, self._answers = "", dict(answers)
        self._wait, self._due = wait, 0.0

    def read(self) -> str:
        """Take what was written meanwhile, answer it, and return all that ever was."""
        try:
            while more := self.child.read_nonblocking(1 << 16, timeout=0.05):
                self.written += more.decode(errors="replace")
        except (pexpect.TIMEOUT, pexpect.EOF):
            pass
        asked = [question for question in self._answers if question in self.written]
        if asked and not self._due:
            self._due = time.monotonic() + self._wait
        if asked and time.monotonic() >= self._due:
            self.child.send("".join(self._answers.pop(question) for question in asked))
        return self.written

    @property
    def owes(self) -> bool:
        """Whether it has not answered yet."""
        return bool(self._answers)

    def see(self, pattern: str) -> None:
        """Wait until this was written."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.read()):
            assert time.monotonic() < deadline, f"{pattern!r} did not come in {self.written[-3000:]!r}"

    def quit(self) -> str:
        """Leave and return everything that was written."""
        self.child.send("q")
        deadline = time.monotonic() + PATIENCE
        while self.child.isalive():
            self.read()
            assert time.monotonic() < deadline, "it does not end"
        self.read()
        return self.written


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Answering]]:
    """Return a function that starts the program on recorded runs."""
    shutil.copytree(RECORDED, tmp_path / "runs")
    started: list[Answering] = []

    def start(answers: dict[str, str], *options: str, wait: float = 0, **told: str) -> Answering:
        started.append(Answering(tmp_path, answers, *options, wait=wait, **told))
        return started[-1]

    yield start
    for one in started:
        one.child.close(force=True)


def arrays(folder: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Return the arrays of the run that a cockpit opens on."""
    with np.load(max((folder / "runs").glob("*/snapshots/*.npz"))) as found:
        return dict(found)


def test_the_theme_follows_the_background(terminal: Callable[..., Answering]) -> None:
    """A terminal that says its paper is white gets the light theme."""
    one = terminal(dict([PAPER, ATTRIBUTES]))
    one.see("finished")
    assert "48;2;252;253;254" in one.quit()


@pytest.mark.slow
@pytest.mark.parametrize(("told", "ground"), [({"TUITRAIN_THEME": "light"}, "252;253;254"), ({}, "16;20;24")])
def test_a_terminal_that_never_answers(terminal: Callable[..., Answering], told: dict[str, str], ground: str) -> None:
    """It is dark unless a person says otherwise, and nobody waits for long."""
    one = terminal({}, **told)
    one.see("finished")
    assert f"48;2;{ground}" in one.quit()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.2, 1.0, 3.0])
def test_late_answers_are_no_keys(terminal: Callable[..., Answering], tmp_path: Path, seconds: float) -> None:
    """The theme follows an answer whenever it comes; it presses no key, and keys work afterwards."""
    one = terminal(dict([PAPER, ATTRIBUTES]), wait=seconds)
    one.see("finished")
    one.see("48;2;252;253;254")
    one.child.send("3")
    one.see("hidden1")
    one.quit()
    assert one.child.exitstatus == 0
    assert len(list((tmp_path / "runs").iterdir())) == 2  # of the letters in a colour, r would have begun another


@pytest.mark.slow
def test_late_answers_are_not_typed(terminal: Callable[..., Answering]) -> None:
    """An answer that comes while a field has the focus is not written into it; what a person types is."""
    one = terminal(dict([PAPER, ATTRIBUTES]), wait=6.0)
    one.see("finished")
    one.child.send("o")
    one.see("dataset.seed")
    one.child.send("/adam")
    one.see("adam")
    assert one.owes
    one.see("48;2;252;253;254")
    one.child.send("zzz")
    one.see("zzz")
    text = re.sub(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|[P\]][^\x07\x1b]*(\x07|\x1b\\))", "", one.read())
    assert "rgb:" not in text


@pytest.mark.slow
def test_images_after_the_first_frame(terminal: Callable[..., Answering]) -> None:
    """A terminal that says late that it takes images gets them."""
    one = terminal(dict([PAPER, IMAGES, ATTRIBUTES]), wait=4.0, TERM="xterm-kitty")
    one.see("finished")
    one.child.send("5")
    one.see("▀")
    assert one.owes
    one.see("\U0010eeee")
    one.quit()


@pytest.mark.slow
def test_what_is_typed_meanwhile_is_not_lost(terminal: Callable[..., Answering]) -> None:
    """A key that comes together with the answers arrives."""
    one = terminal({PAPER[0]: PAPER[1], ATTRIBUTES[0]: "q" + ATTRIBUTES[1]})
    deadline = time.monotonic() + PATIENCE
    while one.child.isalive():
        one.read()
        assert time.monotonic() < deadline, "q did not arrive"
    assert one.child.exitstatus == 0


def test_images_as_images(terminal: Callable[..., Answering], tmp_path: Path) -> None:
    """A terminal that takes images gets those of the samples, byte for byte, and is told to forget them at the end."""
    one = terminal(dict([PAPER, IMAGES, ATTRIBUTES]), TERM="xterm-kitty")
    one.see("finished")
    one.child.send("5")
    one.see("\U0010eeee")
    written = one.quit()
    sent = {keys: data for keys, data in COMMAND.findall(written) if keys.startswith("a=T")}
    shown = [np.frombuffer(decompress(b64decode(data)), np.uint8).reshape(28, 28, 4) for data in sent.values()]
    samples = arrays(tmp_path)["samples"][:, 0]
    assert len(shown) > 3
    for image in shown:
        assert any(np.array_equal(image[..., 0], sample) for sample in samples)
        assert (image[..., 3] == 255).all()
    numbers = {dict(pair.split("=") for pair in keys.split(","))["i"] for keys in sent}
    for number in numbers:
        colour = int(number)
        assert f"38;2;{colour >> 16};{colour >> 8 & 255};{colour & 255}" in written
        assert f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\" in written[written.rindex("\U0010eeee") :]


@pytest.mark.slow
@pytest.mark.parametrize("told", [{"TERM": "xterm-256color"}, {"TERM": "xterm-kitty", "TUITRAIN_IMAGES": "blocks"}])
def test_blocks_everywhere_else(terminal: Callable[..., Answering], told: dict[str, str]) -> None:
    """Where images are not known to work, or not wanted, no byte of them is sent."""
    one = terminal(dict([PAPER, ATTRIBUTES]), **told)
    one.see("finished")
    one.child.send("5")
    one.see("▀")
    written = one.quit()
    assert "\U0010eeee" not in written
    assert not [keys for keys, _ in COMMAND.findall(written) if keys.startswith("a=T")]


def test_a_wrong_word_in_the_environment(terminal: Callable[..., Answering]) -> None:
    """It is refused in a sentence that says what there is."""
    one = terminal({}, TUITRAIN_THEME="blue")
    one.see("TUITRAIN_THEME is blue; it can be auto, dark, light")
    deadline = time.monotonic() + PATIENCE
    while one.child.isalive():
        assert time.monotonic() < deadline
        one.read()
    assert one.child.exitstatus == 2
