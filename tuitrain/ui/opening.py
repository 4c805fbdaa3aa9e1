"""The way in: is there a terminal, what is trained, and then the cockpit. It alone decides about exit codes."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuitrain.complaint import complain

if TYPE_CHECKING:
    from tuitrain.experiment import Experiment
    from tuitrain.runs.session import Session

FIRST = "first-run"
"""The preset that opens without an argument: real data, seconds on any machine, something to compare."""


def open_cockpit(
    source: str | None, overrides: Sequence[str], run: str | None, runs_dir: Path, data_dir: Path, *, ascii_only: bool
) -> int:
    """Open the cockpit on an experiment, a run, or what is being trained; return the exit code."""
    unfit = unfit_terminal()
    if unfit:
        return complain(f"{unfit}: the cockpit needs a terminal; tuitrain --batch PRESET trains without one")
    find = partial(what_to_show, source, overrides, run, runs_dir, data_dir)
    if source or overrides or run:  # what a person typed may be wrong, and is judged before the screen changes
        from tuitrain.problems import Rejected
        from tuitrain.runs.store import NoSuchRun

        try:
            found = find()
        except (Rejected, NoSuchRun) as error:
            return complain(error)
        find = partial(lambda: found)
    from tuitrain.ui.app import Cockpit  # Textual: 0.4 s that a wrong argument need not wait for

    app = Cockpit(find, ascii_only=ascii_only or not shows_unicode())
    app.run()
    return app.return_code or 0


def what_to_show(
    source: str | None, overrides: Sequence[str], run: str | None, runs_dir: Path, data_dir: Path
) -> "tuple[Experiment, Session]":
    """Return the experiment for the settings and the session with its runs; raise Rejected or NoSuchRun."""
    from tuitrain import experiment as experiments
    from tuitrain.runs import store
    from tuitrain.runs.session import Session

    session = Session(runs_dir, data_dir)
    if run is not None:
        session.open(store.find(runs_dir, run))
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
