"""Tables of runs as values, and as CSV or TSV that a spreadsheet opens without running anything in it.

Must not know how they are shown.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuitrain.drawing.text import clean
from tuitrain.files import write_whole
from tuitrain.runs.compare import differing
from tuitrain.runs.entry import read
from tuitrain.runs.history import History
from tuitrain.runs.series import Series
from tuitrain.runs.watch import Watch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Value = str | int | float | None
Arrays = Mapping[str, Any]

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would take for a formula."""
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?%?")
SPLITS = ("train", "val", "test", "test_rotated")
BYTES = 4
"""Of a number in float32."""
BITE = 8192
"""Rows of curves that are made at once."""
STAND_IN = "training/seconds"
"""What the metric `seconds` of an evaluation is called beside the column of the same name."""


class Table(NamedTuple):
    """A heading for each column, and rows of as many values."""

    headings: Sequence[str]
    rows: Iterable[Sequence[Value]]


def save(path: Path, table: Table) -> None:
    """Write a table as CSV, or as TSV where the name ends so; raise OSError."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "utf-8", errors="backslashreplace", newline="")
    _fill(out, table, "\t" if path.suffix.lower() in (".tsv", ".tab") else ",")
    out.flush()
    write_whole(path, raw.getvalue(), mode=0o666)


def text(table: Table, delimiter: str = "\t") -> str:
    """Return a table as text to paste into a spreadsheet."""
    out = io.StringIO(newline="")
    _fill(out, table, delimiter)
    return out.getvalue()


def _fill(out: Any, table: Table, delimiter: str) -> None:
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([safe(heading) for heading in table.headings])
    # A million rows: most values are numbers, which need no look.
    writer.writerows([safe(value) if isinstance(value, str) else value for value in row] for row in table.rows)


def safe(value: Value) -> Value:
    """Return a value as it may stand in a spreadsheet: text that would be a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(ACTIVE) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def curves(watches: Sequence[Watch]) -> Table:
    """Return every recorded point: a row for each run, kind of event and step, a column for each metric.

    `seconds` count from the start of the run, pauses included. A value that was not finite is nan, one that was
    not recorded is empty. Rows come one by one: they are not kept.
    """
    told = dict.fromkeys(
        name for watch in watches for kind in _kinds(watch.history).values() for name in kind if _whole(name)
    )
    headings = ["run", "event", "step", "epoch", "seconds", *(STAND_IN if name == "seconds" else name for name in told)]
    return Table(headings, _points(watches, tuple(told)))


def _kinds(history: History) -> dict[str, Mapping[str, Any]]:
    return {"stepped": history.stepped, "evaluated": history.evaluated}


def _whole(name: str) -> bool:
    """Tell whether a metric is of the whole model: those of each tensor would be hundreds of columns."""
    return not name.startswith(("grad/", "update/"))


def _points(watches: Sequence[Watch], names: Sequence[str]) -> Iterator[list[Value]]:
    import numpy as np

    for watch in watches:
        for event, metrics in _kinds(watch.history).items():
            series = [metrics.get(name) for name in names]
            known = [one.steps for one in series if one is not None]
            steps = np.unique(np.concatenate(known)) if known else np.empty(0)
            for start in range(0, len(steps), BITE):
                yield from ([watch.run.id, event, *row] for row in _bite(watch, series, steps[start : start + BITE]))


def _bite(watch: Watch, series: Sequence[Series | None], steps: "Floats") -> Iterable[tuple[Value, ...]]:
    """Return step, epoch, seconds and the value of each series at some steps, None where it has none."""
    line = watch.history.timeline
    places = (line.place(steps, "epoch").round(6).tolist(), line.place(steps, "time").round(3).tolist())
    columns = [_placed(one, steps) for one in series]
    return zip(map(int, steps.tolist()), *places, *columns, strict=True)


def _placed(series: Series | None, steps: "Floats") -> list[Value]:
    found: list[Value] = [None] * len(steps)
    if series is None:
        return found
    low, high = series.steps.searchsorted(steps[0], "left"), series.steps.searchsorted(steps[-1], "right")
    places = steps.searchsorted(series.steps[low:high])
    for place, value in zip(places.tolist(), series.values[low:high].tolist(), strict=True):
        found[place] = value
    return found


def settings(watches: Sequence[Watch]) -> Table:
    """Return the settings in which runs differ, a column for each run; no rows where they do not."""
    rows = [[row.key, *row.values] for row in differing([read(watch.run)[0] for watch in watches])]
    return Table(["setting", *(watch.run.id for watch in watches)], rows)


def results(watches: Sequence[Watch]) -> Table:
    """Return a row for each run: what sets it apart, how long it trained, what was measured last, how it stands."""
    differ = [list(row) for row in settings(watches).rows]
    measured = [final(watch.history) for watch in watches]
    names = sorted({name for one in measured for name in one}, key=_rank)
    headings = [
        "run",
        "model",
        *(str(row[0]) for row in differ),
        "parameters",
        "epoch",
        "step",
        "seconds",
        *names,
        "state",
    ]
    rows: list[list[Value]] = []
    for number, watch in enumerate(watches):
        history, numbers = watch.history, [measured[number].get(name) for name in names]
        counts = (history.parameters, history.epoch, history.step, history.seconds)
        apart = [row[number + 1] for row in differ]
        rows.append([watch.run.id, watch.model, *apart, *counts, *numbers, watch.state])
    return Table(headings, rows)


def final(history: History) -> dict[str, float | None]:
    """Return what was measured at the end on every split, of a run that has not ended the latest numbers."""
    found = (history.ended or {}).get("metrics") or history.metrics
    return {name: value for name, value in found.items() if name.partition("/")[0] in SPLITS}


def _rank(name: str) -> tuple[int, str]:
    split, _, metric = name.partition("/")
    return SPLITS.index(split), metric


def confusion(arrays: Arrays, labels: Sequence[str]) -> Table:
    """Return the counts of a confusion matrix, true classes down, predicted ones across."""
    counts = arrays["confusion"]
    rows = ([name_of(labels, row), *values] for row, values in enumerate(counts.tolist()))
    return Table(["true \\ predicted", *(name_of(labels, column) for column in range(counts.shape[1]))], list(rows))


def classes(arrays: Arrays, labels: Sequence[str]) -> Table:
    """Return samples, precision, recall, F1 and average precision of each class; None where it has no samples."""
    there, found = scores(arrays)
    told = {heading: values.tolist() for heading, values in found.items()}
    rows: list[list[Value]] = [
        [name_of(labels, number), int(size), *(values[number] if size else None for values in told.values())]
        for number, size in enumerate(there.tolist())
    ]
    return Table(["class", "samples", *told], rows)


def scores(arrays: Arrays) -> "tuple[Floats, dict[str, Floats]]":
    """Return the samples [C] of each class, and each score [C] by its name; it means nothing without samples."""
    counts = arrays["confusion"].astype(float)
    hits, there, said = counts.diagonal(), counts.sum(1), counts.sum(0)
    found = {
        "precision": hits / said.clip(1),
        "recall": hits / there.clip(1),
        "F1": 2 * hits / (there + said).clip(1),
    }
    if "average_precisions" in arrays:
        found["average precision"] = arrays["average_precisions"].astype(float)
    return there, found


def mistakes(arrays: Arrays, labels: Sequence[str], most: int) -> Table:
    """Return the most frequent confusions: true class, predicted class, how often, and as a share of the true."""
    counts = arrays["confusion"]
    wrong = [
        (int(counts[row, column]), row, column) for row, column in zip(*counts.nonzero(), strict=True) if row != column
    ]
    rows: list[list[Value]] = [
        [name_of(labels, row), name_of(labels, column), count, count / max(int(counts[row].sum()), 1)]
        for count, row, column in sorted(wrong, key=lambda each: (-each[0], *each[1:]))[:most]
    ]
    return Table(["true", "predicted", "count", "share of the true class"], rows)


def parameters(history: History) -> Table:
    """Return name, shape, count and bytes of each trained tensor."""
    rows: list[list[Value]] = [
        [name, " x ".join(map(str, shape)), prod(shape), prod(shape) * BYTES] for name, shape in history.table
    ]
    return Table(["parameter", "shape", "count", "bytes in float32"], rows)


def name_of(labels: Sequence[str], number: int) -> str:
    """Return the name of a class, its number where it has none."""
    return clean(labels[number]) if number < len(labels) else str(number)
