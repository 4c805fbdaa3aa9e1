"""What there is, as text on stdout: runs, one run, the catalog, an experiment. It trains nothing, knows no Textual."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tuitrain.complaint import complain, say
from tuitrain.drawing.look import Look
from tuitrain.drawing.text import clean, duration, metric
from tuitrain.report import DRAWN, breadth, console, plain_look, plain_table, print_lines, result, results
from tuitrain.runs import pictures, store
from tuitrain.runs.entry import read as read_entry
from tuitrain.runs.history import clock
from tuitrain.runs.journal import Reader, Record
from tuitrain.runs.query import Keys, Misread, parse as parse_query
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch, look, summary

if TYPE_CHECKING:
    from tuitrain.plates import Plate

NUMBERS = (".csv", ".tsv")
"""How the name of a file ends that holds numbers in the place of drawings."""
SLICE = 1 << 20  # bytes of a journal that are read at once


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def show_runs(folder: Path, query: str, *, as_json: bool) -> int:
    """Print the runs in the folder for which all terms of the query hold, newest first."""
    if folder.exists() and not folder.is_dir():
        return complain(f"{folder}: is not a directory; choose another --runs-dir")
    runs = store.listed(folder)
    if not runs and not as_json:
        say(f"no runs yet in {folder}: tuitrain --batch mnist-linear makes one")
        return 0
    try:
        found = [_standing(run) for run in (_matching(runs, query) if query else runs)]
    except Misread as error:
        return complain(error)
    if as_json:
        _print_json([run for run, _ in found])
    elif not found:
        say(f"none of {len(runs):,} runs in {folder} is like that")
    else:
        console().print(_runs_table(found))
    return 0


def _matching(runs: Sequence[Run], query: str) -> list[Run]:
    """Return the runs for which all terms hold; raise Misread."""
    entries = {run: read_entry(run)[0] for run in runs}
    asked = parse_query(query, Keys.of(list(entries.values())))
    return [run for run, entry in entries.items() if asked.holds(entry)]


def _standing(run: Run) -> tuple[dict[str, Any], float | None]:
    """Return how a run stands and the seconds it has left; of one that is over without reading its journal."""
    with suppress(OSError, ValueError):
        told = json.loads(run.summary.read_text(encoding="utf-8"))
        whole = isinstance(told, dict) and {"run", "state", "metrics", "parameters"} <= told.keys()
        if whole and isinstance(told["metrics"], dict) and run.summary.stat().st_mtime >= run.journal.stat().st_mtime:
            return told, None
    watch = look(run)  # not over yet, or damaged: the journal is the truth
    return summary(watch), watch.time_left()


def _runs_table(found: Sequence[tuple[dict[str, Any], float | None]]) -> Table:
    table = plain_table()
    table.add_column("run", no_wrap=True)
    for heading in ("params", "epoch", "train/acc", "val/acc", "test/acc", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for run, left in found:
        metrics = run.get("metrics") or {}
        table.add_row(
            clean(str(run["run"])),
            f"{run['parameters']:,}" if run.get("parameters") else "",
            f"{run['epoch']}/{run['epochs']}" if run.get("epochs") else "",
            *(metric(metrics.get(f"{split}/accuracy")) for split in ("train", "val", "test")),
            "" if left is None else duration(left),
            clean(str(run["state"])),
        )
    return table


def show_run(
    name: str, folder: Path, views: Sequence[str], *, as_json: bool, ascii_only: bool, out_file: Path | None = None
) -> int:
    """Print one run: its experiment, log, numbers and drawings; or only the views named; or its journal as it is.

    With `out_file` the drawings, or the curves as numbers, go there instead.
    """
    try:
        run = store.find(folder, name)
        watch = look(run)
    except store.NoSuchRun as error:
        return complain(error)
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}")
    if out_file is not None:
        return _write_run(watch, views, out_file, ascii_only=ascii_only)
    if as_json:
        for record in _records(Reader(run.journal)):
            print(json.dumps(record))
        return 0
    out = console()
    if not views:
        _print_words(out, watch)
    drawn = [plate for plate in _plates(out, watch, ascii_only=ascii_only) if not views or plate.name in views]
    for plate in drawn:
        print_lines(out, plate.title, plate.lines)
    if views and not drawn:
        return complain(f"{run.id}: there is nothing to draw as {' or '.join(views)} of this run")
    if not views:
        out.print()
        out.print(results([result(watch)], out.width))
    return 0


def _records(reader: Reader) -> Iterator[Record]:
    """Yield the whole journal, a slice of it in memory at a time."""
    yield from reader.read(SLICE)
    while reader.behind:
        yield from reader.read(SLICE)


def _write_run(watch: Watch, views: Sequence[str], path: Path, *, ascii_only: bool) -> int:
    """Write drawings of a run into a file, as its name ends: .svg, .png, .txt, .ans; or its curves: .csv, .tsv."""
    from tuitrain import plates
    from tuitrain.paper import table

    try:
        if path.suffix.lower() in NUMBERS:
            table.save(path, table.curves([watch]))
            return 0
        drawn = [
            plate
            for plate in _drawn(watch, DRAWN, Look(ascii=ascii_only), whole=True)
            if plate.name in (views or [plate.name])
        ]
        if not drawn:
            return complain(
                f"{watch.run.id}: there is nothing to draw{' as ' + ' or '.join(views) if views else ''} of it"
            )
        plates.save(drawn, path, dark=True)
    except ValueError as error:
        return complain(f"{error}, or in .csv for the curves as numbers")
    except OSError as error:
        return complain(f"{path}: {error.strerror}")
    return 0


def write_report(names: Sequence[str], folder: Path, out_file: Path | None) -> int:
    """Write runs as one page of HTML, and say where it is."""
    from tuitrain.paper import html, place

    try:
        watches = [look(store.find(folder, name)) for name in names]
        path = out_file or place.propose(Path.cwd(), watches[0].run.id, ".html")
        html.report(watches, path)
    except store.NoSuchRun as error:
        return complain(error)
    except OSError as error:
        return complain(f"{error.filename or out_file}: {error.strerror}")
    print(path)
    return 0


def _print_words(out: Console, watch: Watch) -> None:
    out.print(f"{clean(watch.run.id)}: {watch.state}\n", style="bold")
    for line in watch.run.text().splitlines():
        out.print(clean(line))
    out.print()
    for time, sentence in watch.history.log:
        out.print(f"{clock(time)}  {clean(sentence)}")
    if watch.reader.skipped or watch.history.skipped:
        out.print(f"{watch.reader.skipped + watch.history.skipped} damaged lines of the journal were left out")


def _plates(out: Console, watch: Watch, *, ascii_only: bool) -> "Iterator[Plate]":
    """Return what can be drawn of a run for stdout."""
    return _drawn(watch, breadth(out), plain_look(ascii_only=ascii_only), whole=not sys.stdout.isatty())


def _drawn(watch: Watch, width: int, look: Look, *, whole: bool) -> "Iterator[Plate]":
    """Return what can be drawn of a run as it is now; drawing needs numpy and plotext, 0.2 s."""
    from tuitrain import plates

    history = watch.history
    yield from plates.curves(history, width, look)
    if history.snapshots:
        arrays = pictures.read(watch.run, history.snapshots[-1][1])
        yield from plates.pictures(arrays, history.labels, width, look, whole=whole)
    for _, path, suggestion in history.rates[-1:]:
        if curve := pictures.read(watch.run, path):
            yield plates.rates(curve, suggestion, width, look)
