"""The settings as a file in a person's own editor, and back: nothing typed there is lost before it is taken or dropped.

It knows files and the terminal; what becomes of the experiment is for whoever asked.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from tuitrain import experiment as experiments
from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment, parse
from tuitrain.files import write_whole
from tuitrain.problems import Problem, Rejected

if TYPE_CHECKING:
    from types import FrameType

HEAD = """\
# What is trained, with all settings. Save and leave the editor to take it over.
# A list where one value belongs makes a run for each value. Without a change nothing happens.

"""
QUICK = 0.5
"""Seconds in which nobody reads a file: an editor that ends so soon opened a window of its own."""
NONE = "there is no editor: neither $VISUAL nor $EDITOR names one and vi is not here; set EDITOR to a program"
WAIT = "Nothing was changed. An editor with a window of its own has to be told to wait, as in EDITOR='code --wait'."


class Unopened(Exception):
    """There is no editor, or no terminal to hand to it; the message says which."""


async def edit(app: App[Any], experiment: Experiment) -> Experiment | None:
    """Have the experiment edited; return what came of it, None where nothing did. Await it in a worker of Textual.

    Where something is wrong a dialog says so, and the text is edited on or dropped.
    """
    from tuitrain.ui.screens.objections import Objections

    with TemporaryDirectory(prefix="tuitrain-") as folder:
        path, begun = Path(folder) / "experiment.toml", monotonic()
        first = HEAD + experiments.write(experiment)
        write_whole(path, first.encode(), durable=False)
        while True:
            try:
                code = _hand_over(app, path)
            except Unopened as error:
                app.notify(f"{error}.", title="No editor", severity="error", markup=False)
                return None
            text = _read(path, first)
            if text == first or not text.strip():
                app.notify(WAIT if monotonic() - begun < QUICK else "Nothing was changed.")
                return None
            try:
                return _take(text, code)
            except Rejected as rejected:
                if not await app.push_screen_wait(Objections(objections(rejected.problems, text))):
                    return None


def _take(text: str, code: int) -> Experiment:
    """Return the experiment in the text; raise Rejected, also where the editor says that it failed."""
    if code:
        raise Rejected("", [Problem("", f"the editor ended with exit code {code}; nothing is taken over")])
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Rejected("", [Problem("", f"is not TOML: {error}")]) from None
    return parse(experiments.rooted(tables, Path.cwd()))


def _read(path: Path, first: str) -> str:
    """Return what the editor left; where it removed the file, what it was given."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return first


def program() -> list[str]:
    """Return the editor and its options, as $VISUAL, else $EDITOR names it, else vi; raise Unopened."""
    named = next((name for name in ("VISUAL", "EDITOR") if os.environ.get(name, "").strip()), "")
    try:
        words = shlex.split(os.environ[named]) if named else ["vi"]
    except ValueError as error:
        raise Unopened(f"${named} cannot be read as a command: {error}") from None
    if shutil.which(words[0]) is None:
        raise Unopened(f"${named} names {clean(words[0])}, which is not here; set it to a program" if named else NONE)
    return words


def _hand_over(app: App[Any], path: Path) -> int:
    """Give the terminal to the editor until it ends, and return its exit code; raise Unopened."""
    command = [*program(), str(path)]
    try:
        with app.suspend(), _undisturbed():
            return subprocess.run(command, check=False).returncode  # noqa: S603  what the person chose, no shell
    except SuspendNotSupported:
        raise Unopened("this terminal cannot be handed over to an editor") from None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave ctrl+c to the editor, which shares the terminal with this process."""

    def ignore(_number: int, _frame: "FrameType | None") -> None:
        return  # a handler of ours ends with exec, so that the editor hears the signal; SIG_IGN would not

    before = signal.signal(signal.SIGINT, ignore)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def objections(problems: Sequence[Problem], text: str) -> list[str]:
    """Return each problem in a line, safe to show, with the line of the text that it is about where one is."""
    places = _places(text)
    found = []
    for problem in problems:
        parts = problem.key.split(".")
        keys = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        line = next((places[key] for key in keys if key in places), 0)
        found.append(clean(f"line {line}: {problem}" if line else str(problem)))
    return found


def _places(text: str) -> dict[str, int]:
    """Return on which line, from 1, each table and key of a file of TOML stands."""
    from tuitrain.ui.widgets.source import HEAD as TABLE, KEY

    places: dict[str, int] = {}
    place, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if head := TABLE.match(line):
            place = head[2]
            if head[1]:
                counts[place] = counts.get(place, -1) + 1
                place = f"{place}.{counts[place]}"
            places.setdefault(place, number)
        elif key := KEY.fullmatch(line):
            places.setdefault(f"{place}.{key[2]}".lstrip("."), number)
    return places
