import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from textual.app import App

from tuitrain.experiment import read, write
from tuitrain.problems import Problem
from tuitrain.ui.editor import Unopened, edit, objections, program

PATIENCE = 30.0
"""Seconds that anything may take on a busy machine."""
PROGRAM = """
import sys
from pathlib import Path
from textual.app import App
from tuitrain.experiment import read, write
from tuitrain.ui.editor import edit
from tuitrain.ui.screens.objections import Objections

class Editing(App):
    CSS_PATH = [Path(sys.modules[Objections.__module__].__file__).with_suffix(".tcss")]
    BINDINGS = [("t", "edit")]
    def action_edit(self):
        self.run_worker(self.work(), exit_on_error=True)
    async def work(self):
        found = await edit(self, read("mnist-linear"))
        Path(sys.argv[1]).write_text(write(found) if found else "nothing")

Editing().run()
"""


class Editing:
    """A screen at a real terminal from which `t` opens the editor; `taken` is what came of it."""

    def __init__(self, folder: Path, script: str, **environment: str) -> None:
        self.folder, self.written = folder, bytearray()
        editor = folder / "my editor"
        editor.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
        editor.chmod(0o700)
        (folder / "temporary").mkdir()
        told = {"TERM": "xterm-256color", "VISUAL": "", "EDITOR": f"'{editor}' -x", "TMPDIR": str(folder / "temporary")}
        self.child = pexpect.spawn(
            sys.executable,
            ["-c", PROGRAM, str(folder / "taken")],
            dimensions=(24, 80),
            env=os.environ | told | environment,
        )
        self.child.delaybeforesend = None
        self.child.logfile_read = self

    def write(self, data: bytes) -> None:
        """Keep what was written to the terminal."""
        self.written += data

    def flush(self) -> None:
        """Have nothing to flush."""

    def text(self) -> str:
        """Return all that was written so far, without the codes."""
        try:
            while self.child.read_nonblocking(1 << 16, timeout=0):
                pass
        except (pexpect.TIMEOUT, pexpect.EOF):
            pass
        return re.sub(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|[P\]][^\x07\x1b]*(\x07|\x1b\\))", "", self.written.decode())

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until the condition holds; fail where it does not in time."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come:\n{self.text()}"
            time.sleep(0.02)

    def await_words(self, words: str) -> None:
        """Wait until these words were written."""
        self.until(lambda: words in self.text(), words)

    def open(self) -> None:
        """Press the key once the screen is there."""
        self.until(lambda: (self.text(), b"\x1b[?1049h" in self.written)[1], "the screen")
        self.child.send("t")

    def taken(self) -> str:
        """Wait for what came of it; nothing of it is left elsewhere."""
        path = self.folder / "taken"
        self.until(lambda: self.text() and path.exists() and path.read_text(), "the end of editing")
        assert not list((self.folder / "temporary").iterdir())
        self.child.sendcontrol("q")
        self.until(lambda: not (self.text(), self.child.isalive())[1], "the end")
        return path.read_text()


def test_the_editor_has_the_terminal(tmp_path: Path) -> None:
    """A program that asks at the terminal is answered there; what it wrote is taken; nobody else could read it."""
    script = 'stat -c %a "$2" > mode; printf "rate? "; read rate; sed -i "s/^lr = .*/lr = $rate/" "$2"'
    editing = Editing(tmp_path, script)
    editing.open()
    editing.await_words("rate? ")
    editing.child.send("0.25\r")
    assert editing.taken() == write(read("mnist-linear", ["optimizer.lr=0.25"]))
    assert (tmp_path / "mode").read_text().strip() == "600"


def test_what_is_wrong_is_edited_again(tmp_path: Path) -> None:
    """A wrong text is told with its line, and kept for another try, comments and all, also where the editor fails."""
    script = """
if [ ! -e first ]; then touch first; sed -i 's/^lr = .*/lr = -1  # mine/' "$2"
elif [ ! -e second ]; then cp "$2" second; sed -i 's/^lr = .*/lr = 0.5/' "$2"; exit 3; fi
echo >> "$2" """
    editing = Editing(tmp_path, script)
    editing.open()
    editing.await_words("optimizer.lr: must be greater than 0")
    (line,) = [n for n, text in enumerate(write(read("mnist-linear")).splitlines(), 1) if text.startswith("lr =")]
    assert f"line {line + 3}: optimizer.lr" in editing.text()
    editing.child.send("e")
    editing.await_words("exit code 3")
    editing.child.send("e")
    assert editing.taken() == write(read("mnist-linear", ["optimizer.lr=0.5"]))
    assert "lr = -1  # mine" in (tmp_path / "second").read_text()


def test_without_a_change_and_dropped(tmp_path: Path) -> None:
    """An editor that changes nothing leaves all as it was, with a sentence; so does escape on what is no TOML."""
    editing = Editing(tmp_path, '[ -e once ] && echo "[dataset" > "$2"; touch once')
    editing.open()
    editing.await_words("Nothing was changed. An editor")
    editing.until((tmp_path / "taken").exists, "the end of editing")
    (tmp_path / "taken").unlink()
    editing.child.send("t")
    editing.await_words("line 1")
    editing.child.send("\x1b")
    assert editing.taken() == "nothing"


def test_no_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is no program is named in a sentence, by the variable that names it; $VISUAL goes first."""
    monkeypatch.setenv("EDITOR", "cat -n")
    monkeypatch.setenv("VISUAL", "")
    assert program() == ["cat", "-n"]
    monkeypatch.setenv("VISUAL", "nowhere --wait")
    with pytest.raises(Unopened, match=r"\$VISUAL names nowhere, which is not here"):
        program()
    monkeypatch.setenv("VISUAL", "'unfinished")
    with pytest.raises(Unopened, match=r"\$VISUAL cannot be read"):
        program()
    monkeypatch.delenv("VISUAL")
    monkeypatch.delenv("EDITOR")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unopened, match="set EDITOR to a program"):
        program()


async def test_a_screen_that_cannot_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no terminal to hand over, a sentence says so and nothing is lost or left behind."""
    monkeypatch.setenv("VISUAL", "cat")
    before = set(Path(tempfile.gettempdir()).glob("tuitrain-*"))
    app: App[None] = App()
    async with app.run_test(notifications=True) as pilot:
        assert await edit(app, read("first-run")) is None
        await pilot.pause()
        assert "cannot be handed over" in next(iter(app._notifications)).message
    assert set(Path(tempfile.gettempdir()).glob("tuitrain-*")) == before


def test_problems_name_their_lines() -> None:
    """A problem is told with the line of its key, of its table where the key is missing, or with none."""
    text = '[dataset]\nkind = "csv"\n\n[[models]]\nkind = "linear"\n\n[[models]]\nhidden = [0]\n'
    problems = [
        Problem("models.1.hidden.0", "must be 1 or more"),
        Problem("dataset.path", "is missing"),
        Problem("", "\x1b[31m"),
    ]
    assert objections(problems, text) == [
        "line 8: models.1.hidden.0: must be 1 or more",
        "line 1: dataset.path: is missing",
        "\\x1b[31m",
    ]
