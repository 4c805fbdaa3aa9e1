"""A lane at work: it trains what waits in line for its device, one run after another, until nothing does."""

from pathlib import Path

from tuitrain.events import Warned
from tuitrain.runs import lanes, lock, queue, worker
from tuitrain.runs.journal import stamp
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look
from tuitrain.runs.worker import Interrupt, Report, Shelf

AGAIN = 75
"""What `work` returns where a process of its own should go on: EX_TEMPFAIL in sysexits.h."""


def work(name: str, folder: Path, shelf: Shelf, report: Report, interrupt: Interrupt) -> int:
    """Train what waits for this device; return the exit code: that of a signal, 1 where a run diverged, else 0.

    After a run that failed otherwise it is AGAIN: a card that a program broke answers only to another process, and
    all that comes after would fail too. A signal stops the run in progress softly; it stays in line, to be gone on
    with. Raise Occupied where another process has the lane, line.Damaged and OSError where the line cannot be read.
    """
    lane, code = lanes.occupy(folder, name), 0
    with lock.kept_fresh([lane.lock]):
        try:
            while not interrupt.code and code != AGAIN and (run := queue.take(lane)):
                code = _train(run, shelf, report, interrupt) or code
        finally:
            lane.close()
    return interrupt.code or code


def _train(run: Run, shelf: Shelf, report: Report, interrupt: Interrupt) -> int:
    """Train one run and take it out of the line once it is over; return 1 where it diverged, AGAIN where it failed."""
    try:
        worker.train_one(run, shelf, report, interrupt)
    except lock.Occupied as error:  # somebody resumed it by hand a moment ago: it stays in line until it is over
        report(run, stamp(run.id, Warned(message=str(error))))
        return 0
    except OSError as error:  # its journal or summary: nothing else could be written either
        told = f"{error.filename or run.path}: {error.strerror}"
        report(run, stamp(run.id, Warned(message=told)))
        queue.hold(run.path.parent, told)
        return 1
    state = look(run).state
    if state in queue.OVER or not interrupt.code:
        queue.finish(run, f"{run.id} {state}" * (state in queue.FAILED))
    return {"diverged": 1, "failed": AGAIN}.get(state, 0)
