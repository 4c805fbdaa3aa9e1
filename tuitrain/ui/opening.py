"""The way in: is there a terminal, what is trained, and then the cockpit. It alone decides about exit codes.

All but the first look at the terminal is done in a child, whose guard this process is.
"""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuitrain import guard
from tuitrain.complaint import complain, say
from tuitrain.drawing.text import clean
from tuitrain.ui import replies, terminal

if TYPE_CHECKING:
    from tuitrain.experiment import Experiment
    from tuitrain.runs.session import Session
    from tuitrain.ui.app import Cockpit

    Find = Callable[[], tuple[Experiment, Session]]

LOG = "cockpit.log"
"""Beside the runs: the tracebacks of the cockpit."""
DELETED = "\x1b_Ga=d,d=A,q=2\x1b\\"
"""Has a terminal that takes images in kitty's protocol forget all that are on the screen."""
FIRST = "first-run"
"""The preset that opens without an argument: real data, seconds on any machine, something to compare."""
THEMES = ("auto", "dark", "light")
IMAGES = ("auto", "blocks", "kitty")
"""What --theme and --images can say, and TUITRAIN_THEME and TUITRAIN_IMAGES."""


def open_cockpit(
    source: str | None,
    overrides: Sequence[str],
    run: str | None,
    runs_dir: Path,
    data_dir: Path,
    *,
    ascii_only: bool,
    slow: bool = False,
    bell: bool = True,
    theme: str = "",
    images: str = "",
    recording: bool = False,
    readonly: bool = False,
) -> int:
    """Open the cockpit on an experiment, a run, or what is being trained; return the exit code.

    `theme` is one of THEMES and `images` one of IMAGES; without them the environment says, else the terminal itself.
    In a `recording` nothing is trained; who is `readonly` looks on.
    """
    unfit = unfit_terminal()
    if unfit:
        return complain(f"{unfit}: the cockpit needs a terminal; tuitrain --batch PRESET trains without one")
    try:
        theme = theme or _chosen("TUITRAIN_THEME", THEMES)
        images = images or _chosen("TUITRAIN_IMAGES", IMAGES)
    except ValueError as error:
        return complain(error)
    plain = ascii_only or not shows_unicode()
    find = partial(what_to_show, source, overrides, run, runs_dir, data_dir, recording=recording, readonly=readonly)
    show = partial(_show, plain=plain, slow=slow, bell=bell, theme=theme, images="blocks" if plain else images)
    work = partial(_work, find, show, runs_dir / LOG, named=bool(source or overrides or run))
    taken_back = guard.LEAVING + DELETED * replies.may_place(os.environ) + terminal.farewell()
    return guard.guarded(work, say, leaving=taken_back)


def _work(find: "Find", show: "Callable[[Find], Cockpit]", log: Path, *, named: bool) -> int:
    """Find what to show and show it; return the exit code. The traceback of a failure goes into the log."""
    try:
        if log.parent.exists():
            os.scandir(log.parent).close()
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}; choose another --runs-dir")
    if named:  # what a person typed may be wrong, and is judged before the screen changes
        from tuitrain.problems import Rejected
        from tuitrain.runs.store import NoSuchRun

        try:
            found = find()
        except (Rejected, NoSuchRun) as error:
            return complain(error)
        find = partial(lambda: found)
    cockpit = show(find)
    if cockpit.failure:
        say(_keep(cockpit.failure, log))
    return cockpit.return_code or 0


def _keep(failure: str, log: Path) -> str:
    """Put a traceback into the log; return what to say: where it is, or all of it where that cannot be written."""
    lines = [clean(line) for line in failure.splitlines()]
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write("\n".join([f"{datetime.now(UTC).isoformat(timespec='seconds')}", *lines, "", ""]))
    except OSError:
        return failure
    return f"the cockpit failed: {lines[-1]}; the traceback is in {log}; what trains goes on, and tuitrain shows it"


def _chosen(variable: str, known: Sequence[str]) -> str:
    """Return what the environment says, the first of these where it says nothing; raise ValueError on another word."""
    word = os.environ.get(variable) or known[0]
    if word not in known:
        raise ValueError(f"{variable} is {word}; it can be {', '.join(known)}")
    return word


def _show(find: "Find", *, plain: bool, slow: bool, bell: bool, theme: str, images: str) -> "Cockpit":
    """Show the cockpit as the terminal is, which is asked while Textual is imported, and return it at its end."""
    if slow and os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")  # a third of the bytes of a colour; read at its import
    follow = theme == "auto" and "COLORFGBG" not in os.environ
    queries = replies.queries(os.environ, background=follow, images=images == "auto")
    with replies.asked("" if slow else queries) as answers:  # a repaint in other colours takes seconds there
        gc.disable()  # what is imported stays: seeking garbage in it is a twentieth of the time to the first frame
        from tuitrain.ui import app, themes  # Textual: 0.1 s that a wrong argument need not wait for

        gc.enable()
        answers.look()
        seen = themes.said_by_environment() or (answers.background and themes.said_by_colour(*answers.background))
        wishes = app.Wishes(
            ascii_only=plain,
            slow=slow,
            bell=bell and os.environ.get("TUITRAIN_BELL") != "0",
            shade="light" if (theme if theme != "auto" else seen) == "light" else "dark",
            follow=follow,
            images=images == "kitty",
            answers=answers,
            alone=True,
        )
        cockpit = app.Cockpit(find, wishes=wishes)
        cockpit.run()
    return cockpit


def what_to_show(
    source: str | None,
    overrides: Sequence[str],
    run: str | None,
    runs_dir: Path,
    data_dir: Path,
    *,
    recording: bool = False,
    readonly: bool = False,
) -> "tuple[Experiment, Session]":
    """Return the experiment for the settings and the session with its runs; raise Rejected or NoSuchRun."""
    from tuitrain import experiment as experiments
    from tuitrain.runs import store
    from tuitrain.runs.session import Session

    session = Session(runs_dir, data_dir, warm=not (recording or readonly), recording=recording, readonly=readonly)
    if run is not None:
        found = store.find(runs_dir, run)
        session.open(found)
        session.wanted = found.id
    else:
        session.open_active()
    trained = None if source or overrides else session.experiment()
    return trained or experiments.read(source or FIRST, overrides), session


def unfit_terminal() -> str:
    """Return why this is no terminal for a screen; nothing where it is one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        return "there is no terminal"
    term = os.environ.get("TERM", "")
    return f"TERM is {term or 'not set'}" if term in ("", "dumb", "unknown") else ""


def shows_unicode() -> bool:
    """Tell whether locale and terminal can show more than ASCII."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    return "utf" in locale.lower() and os.environ.get("TERM") not in ("linux", "vt100", "vt220")
