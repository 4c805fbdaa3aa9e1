"""Tables of runs as CSV and TSV: every recorded point, and nothing that a spreadsheet would run."""

import csv
import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuitrain.paper import table
from tuitrain.paper.table import Table
from tuitrain.runs import pictures, store
from tuitrain.runs.watch import Watch, look

RECORDED = Path(__file__).parents[1] / "recorded"


def watches(name: str, folder: Path = RECORDED) -> list[Watch]:
    """Return recorded runs in the order in which they were trained."""
    return [look(run) for run in store.listed(folder / name)[::-1]]


def read(path: Path, **dialect: Any) -> list[dict[str, str]]:
    """Return the rows of a CSV file by heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, **dialect))


@pytest.mark.parametrize("name", ["digits", "diverged", "fitted"])
def test_curves_read_back_equal_the_history(tmp_path: Path, name: str) -> None:
    """Every point of every metric is in the file once, to the last digit, gaps as nan."""
    runs = watches(name)
    table.save(tmp_path / "curves.csv", table.curves(runs))
    rows = read(tmp_path / "curves.csv")
    for watch in runs:
        kinds: Mapping[str, Any] = {"stepped": watch.history.stepped, "evaluated": watch.history.evaluated}
        for event, metrics in kinds.items():
            mine = [row for row in rows if row["run"] == watch.run.id and row["event"] == event]
            for metric, series in metrics.items():
                heading = table.STAND_IN if metric == "seconds" else metric
                told = [(int(row["step"]), float(row[heading])) for row in mine if row[heading]]
                assert [step for step, _ in told] == series.steps.tolist()
                np.testing.assert_array_equal([value for _, value in told], series.values)
    if name == "diverged":
        assert any(math.isnan(float(row["train/loss"] or 0)) for row in rows)


def test_steps_lie_in_epochs_and_time(tmp_path: Path) -> None:
    """Epochs and seconds rise with the steps, up to those of the run."""
    (watch, _) = watches("digits")
    table.save(tmp_path / "curves.csv", table.curves([watch]))
    rows = [row for row in read(tmp_path / "curves.csv") if row["event"] == "stepped"]
    epochs, seconds = [float(row["epoch"]) for row in rows], [float(row["seconds"]) for row in rows]
    assert epochs == sorted(epochs)
    assert seconds == sorted(seconds)
    assert epochs[-1] == watch.history.epochs


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\t=1", "-1;2", "-5-3"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    """Text that begins like a formula gets an apostrophe; numbers stay numbers."""
    assert table.safe(text) == f"'{text}"
    assert [table.safe(value) for value in (-1.5, "-1.5", "+2e-3", "-5%", "a=b", None)] == [
        -1.5, "-1.5", "+2e-3", "-5%", "a=b", None,
    ]  # fmt: skip


def test_names_with_quotes_separators_and_line_ends_read_back(tmp_path: Path) -> None:
    """Whatever a class is called, a reader of CSV or TSV gets it back, and a lone surrogate is told as such."""
    names = ['a,"b"', "c\td", "e\nf", "\ud800g", "=h"]
    content = Table(["class", "count"], [[name, 1] for name in names])
    for ending, delimiter in (("csv", ","), ("tsv", "\t")):
        path = tmp_path / f"x.{ending}"
        table.save(path, content)
        assert [row["class"] for row in read(path, delimiter=delimiter)] == [*names[:3], r"\ud800g", "'=h"]
    assert table.text(content).startswith("class\tcount\n")


def test_results_tell_what_sets_runs_apart() -> None:
    """A row for each run has the settings that differ, its counts and its final metrics."""
    runs = watches("plane")
    content = table.results(runs)
    rows = [dict(zip(content.headings, row, strict=True)) for row in content.rows]
    assert [row["model.hidden"] for row in rows] == ["", "10", "10,10"]
    assert [row["parameters"] for row in rows] == [6, 52, 162]
    assert [row["val/loss"] for row in rows] == [watch.history.finals["val"]["loss"] for watch in runs]
    assert "optimizer.lr" not in content.headings
    assert not list(table.settings(runs[:1]).rows)


def test_confusions_and_classes() -> None:
    """Counts are as in the snapshot, precision and recall follow from them, the worst pair comes first."""
    (watch, _) = watches("digits")
    arrays = pictures.read(watch.run, watch.history.snapshots[-1][1])
    counts, labels = arrays["confusion"], watch.history.labels
    assert [list(row)[1:] for row in table.confusion(arrays, labels).rows] == counts.tolist()
    row = dict(zip(table.classes(arrays, labels).headings, list(table.classes(arrays, labels).rows)[3], strict=True))
    assert row["class"] == "3"
    assert row["recall"] == pytest.approx(counts[3, 3] / counts[3].sum())
    assert row["precision"] == pytest.approx(counts[3, 3] / counts[:, 3].sum())
    worst = list(table.mistakes(arrays, labels, 5).rows)
    assert len(worst) == 5
    assert worst[0][2] == (counts - np.diag(np.diag(counts))).max()


def test_parameters_are_counted() -> None:
    """Counts and bytes of all tensors add up to those of the model."""
    (_, watch) = watches("digits")
    rows = list(table.parameters(watch.history).rows)
    assert sum(int(row[2] or 0) for row in rows) == watch.history.parameters
    assert sum(int(row[3] or 0) for row in rows) == 4 * (watch.history.parameters or 0)


def test_curves_of_a_long_run_come_row_by_row(tmp_path: Path) -> None:
    """A hundred thousand steps are all written, also where they go over the size of a bite."""
    shutil.copytree(RECORDED / "stopped", tmp_path / "long")
    run = store.listed(tmp_path / "long")[0]
    lines = [json.loads(text) for text in run.journal.read_text().splitlines()]
    first = next(record for record in lines if record["event"] == "stepped")
    head = [record for record in lines if record["event"] in ("preparing", "started")]
    many = (first | {"step": step, "metrics": {"train/loss": 1 / step}} for step in range(1, 20_001))
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in (*head, *many)))
    table.save(tmp_path / "long.csv", table.curves([look(run)]))
    rows = read(tmp_path / "long.csv")
    assert [int(row["step"]) for row in rows] == list(range(1, 20_001))
    assert float(rows[9999]["train/loss"]) == 1 / 10_000
