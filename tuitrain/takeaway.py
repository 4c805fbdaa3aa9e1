"""What a run learned, taken away: files for use elsewhere, and answers for a person's own files. Nothing is trained."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from rich.table import Table

from tuitrain.complaint import WRONG, complain, refusing, say
from tuitrain.datasets.samples import Sample, Unreadable
from tuitrain.drawing.text import clean
from tuitrain.report import console, plain_table
from tuitrain.runs import exporting
from tuitrain.runs.exporting import Answer, NotTaken
from tuitrain.runs.store import NoSuchRun, find

TOLD = 10  # samples of a file that are named where they cannot be read


def export(name: str, runs_dir: Path, data_dir: Path, kind: str, out: Path | None) -> int:
    """Write the run in this format, print where to, and say what was found when that was read back."""
    try:
        written = exporting.export(find(runs_dir, name), data_dir, kind, out)
    except (NoSuchRun, NotTaken) as error:
        return complain(error)
    except OSError as error:
        return complain(f"{error.filename or out or Path.cwd()}: {error.strerror}; nothing was written")
    for each in written:
        print(clean(str(each.path)))
        say(f"  {each.checked}")
    return 0


@refusing(NoSuchRun, NotTaken)
def predict(name: str, runs_dir: Path, data_dir: Path, files: Sequence[Path], *, as_json: bool) -> int:
    """Print what the run makes of each sample in the files.

    Return 0, 1 where something in them could not be read, 2 where nothing could.
    """
    bad: Counter[Path] = Counter()
    answers = _told(exporting.predict(find(runs_dir, name), data_dir, files), bad)
    count = _print_json(answers) if as_json else _print_table(answers)
    if not count:
        return WRONG
    return 1 if bad else 0


def _told(found: "Iterator[Answer | Unreadable]", bad: Counter[Path]) -> Iterator[Answer]:
    """Yield the answers; say what is left out, of each file the first few, and count it."""
    for each in found:
        if isinstance(each, Answer):
            yield each
            continue
        bad[each.sample.path] += 1
        if bad[each.sample.path] <= TOLD:
            say(f"{_where(each.sample)}: {each.reason}; it is left out")
    for path, count in bad.items():
        if count > TOLD:
            say(f"{path}: {count - TOLD:,} more are left out")


def _where(sample: Sample) -> str:
    return f"{sample.path}, row {sample.row}" if sample.row else str(sample.path)


def _print_json(answers: Iterator[Answer]) -> int:
    """Print a list of objects, one a line as they come; return how many."""
    count = 0
    print("[", end="")
    for answer in answers:
        print("," if count else "", json.dumps(_plain(answer)), sep="\n", end="")
        count += 1
    print("\n]" if count else "]")
    return count


def _plain(answer: Answer) -> dict[str, Any]:
    """Return the answer as JSON can hold it: null for what is no number."""
    where: dict[str, Any] = {"file": str(answer.sample.path)}
    if answer.sample.row:
        where["row"] = answer.sample.row
    values = {name: value if isfinite(value) else None for name, value in answer.values}
    if answer.task == "regression":
        return where | {"predictions": values}
    label = answer.ranked[0][0]
    return where | {"class": label, "probability": values[label], "probabilities": values}


def _print_table(answers: Iterator[Answer]) -> int:
    """Print a line for each sample; return how many."""
    every = list(answers)  # the widths of the columns follow from all of them
    if every:
        console().print(_table(every))
    return len(every)


def _table(answers: Sequence[Answer]) -> Table:
    rows, table = any(answer.sample.row for answer in answers), plain_table()
    table.add_column("file", no_wrap=True)
    if rows:
        table.add_column("row", justify="right")
    if answers[0].task == "regression":
        headings = [(clean(name), True) for name, _ in answers[0].values]
    else:
        headings = [("class", False), ("probability", True), ("next", False), ("", True)]
    for heading, right in headings:
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for answer in answers:
        file, row = clean(str(answer.sample.path)), str(answer.sample.row or "")
        table.add_row(file, *([row] if rows else []), *_cells(answer))
    return table


def _cells(answer: Answer) -> list[str]:
    if answer.task == "regression":
        return [f"{value:.6g}" for _, value in answer.values]
    return [cell for label, share in answer.ranked[:2] for cell in (clean(label), f"{share:.4f}")]
