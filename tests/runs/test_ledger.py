"""All runs in a folder, read little by little."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from shelves import DIGITS, PLANE, copied, cut, held, seeds, settle

from tuitrain.runs import about, compare, ledger
from tuitrain.runs.about import About
from tuitrain.runs.entry import Entry, written
from tuitrain.runs.ledger import Book, Histories, read_history
from tuitrain.runs.store import Run

OPENED: list[str] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | Path):
        OPENED.append(str(arguments[0]))


sys.addaudithook(_note)


def opened(folder: Path, book: Book) -> int:
    """Let the book read on, and return how many files in the folder that opened."""
    OPENED.clear()
    book.poll()
    return sum(name.startswith(str(folder)) for name in OPENED)


def only(book: Book) -> Entry:
    """Return the only run there is."""
    (entry,) = book.read()
    return entry


def test_an_entry_says_what_a_run_is(tmp_path: Path) -> None:
    """Names, settings by dotted key, and the numbers at the kept weights are there without reading the journal."""
    run = copied(tmp_path, DIGITS)
    about.write(run, About("mine", ("a", "b"), "a note"))
    run.journal.write_bytes(b"")
    run.summary.touch()
    entry = only(Book(tmp_path))
    assert (entry.id, entry.name, entry.about.tags, entry.about.note) == (run.id, "mine", ("a", "b"), "a note")
    assert (entry.dataset, entry.model, entry.state, entry.device) == ("mnist", "mlp 100", "finished", "cpu")
    assert entry.settings["model.hidden"] == [100]
    assert entry.settings["optimizer.kind"] == "sgd"
    assert entry.made.isoformat() == "2026-01-02T03:04:06+00:00"
    assert entry.epoch == entry.epochs == 6
    assert entry.score("val") == pytest.approx(0.925)
    assert entry.score("test") == pytest.approx(0.91)


def test_the_journal_tells_where_there_is_no_summary(tmp_path: Path) -> None:
    """A run that is over without a summary, and one whose journal went on behind it, is told from the journal."""
    run = copied(tmp_path)
    with_summary = only(Book(tmp_path))
    run.summary.unlink()
    assert {**_plain(only(Book(tmp_path)))} == _plain(with_summary)
    run.summary.write_text(json.dumps({"run": run.id, "state": "stopped"}))
    os.utime(run.summary, ns=(0, 0))
    assert only(Book(tmp_path)).state == "finished"


def _plain(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("state", "model", "metrics", "parameters", "epoch", "seconds")}


def test_states(tmp_path: Path) -> None:
    """A run with a worker is running and on top, without one it is lost; one that is not begun is queued."""
    older, newer = copied(tmp_path, name="20250101-000000-a"), copied(tmp_path, name="20270101-000000-b")
    cut(older, 20)
    with held(older):
        book = Book(tmp_path)
        assert [(entry.id, entry.state) for entry in book.read()] == [(older.id, "running"), (newer.id, "finished")]
        before = book.entries[0].step
        with older.journal.open("a") as journal:
            metrics = {"val/accuracy": 0.25}
            record = {"event": "evaluated", "time": "2026-01-02T03:04:06+00:00", "step": before + 9, "epoch": 2}
            journal.write(json.dumps(record | {"metrics": metrics}) + "\n")
        assert book.poll()
        assert book.entries[0].step == before + 9
        assert book.entries[0].score("val") == 0.25
    fresh = Book(tmp_path)
    assert [(entry.id, entry.state) for entry in fresh.read()] == [(newer.id, "finished"), (older.id, "lost")]
    begun = Run(tmp_path / "20260201-000000-c")
    begun.path.mkdir()
    shutil.copy(newer.path / "experiment.toml", begun.path)
    fresh.poll()
    assert (fresh.entries[0].id, fresh.entries[0].state, fresh.entries[0].model) == (begun.id, "queued", "mlp 10")


def test_a_long_journal_is_read_at_its_ends(tmp_path: Path) -> None:
    """Of a journal of millions of steps only head and tail are read, and it says as much."""
    run = copied(tmp_path)
    lines = run.journal.read_bytes().splitlines(keepends=True)
    step = json.dumps({"event": "stepped", "run": run.id, "time": "2026", "step": 1, "epoch": 0, "metrics": {"lr": 1}})
    begun = next(number for number, line in enumerate(lines) if b'"started"' in line) + 1
    with run.journal.open("wb") as journal:
        journal.writelines(lines[:begun])
        journal.write(f"{step}\n".encode() * 100_000)
        journal.writelines(lines[begun:-1])
    run.summary.unlink()
    book = Book(tmp_path)
    entry = only(book)
    assert (entry.state, entry.model, entry.step, entry.parameters) == ("lost", "mlp 10", 1000, 52)
    assert entry.score("val") == pytest.approx(0.833, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("experiment.toml", b"[[[", "experiment.toml cannot be read"),
        ("experiment.toml", b"\xff", "experiment.toml cannot be read"),
        ("experiment.toml", None, "experiment.toml is missing"),
        ("journal.jsonl", b"\0\n\0\n", "journal.jsonl holds no event"),
    ],
)
def test_damage_is_told_in_words(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    """A run whose files are damaged is listed as such, with what is wrong; the others are as they were."""
    run, whole = copied(tmp_path), copied(tmp_path, name="20250101-000000-whole")
    run.summary.unlink()
    (run.path / name).unlink()
    if content is not None:
        (run.path / name).write_bytes(content)
    damaged, other = Book(tmp_path).read()
    assert (damaged.id, damaged.state) == (run.id, "damaged")
    assert damaged.trouble.startswith(words)
    assert (other.id, other.state) == (whole.id, "finished")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"state": 3}', b'{"state": "finished", "metrics": [1], "step": "x", "seconds": 1e999}']
)
def test_a_damaged_summary_does_no_harm(tmp_path: Path, content: bytes) -> None:
    """A summary with anything in it is left alone as far as it is none."""
    run = copied(tmp_path)
    run.summary.write_bytes(content)
    assert only(Book(tmp_path)).state == "finished"


def test_odd_things_in_the_folder(tmp_path: Path) -> None:
    """Files, empty and hidden directories, links to nothing, pipes in the place of files: nothing breaks."""
    run = copied(tmp_path)
    (tmp_path / "a-file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing").symlink_to(tmp_path / "nowhere")
    copied(tmp_path, name=".hidden")
    odd = copied(tmp_path, name="odd")
    odd.journal.unlink()
    odd.summary.unlink()
    odd.journal.mkdir()
    (odd.path / "experiment.toml").unlink()
    os.mkfifo(odd.path / "experiment.toml")
    assert {entry.id: entry.state for entry in Book(tmp_path).read()} == {run.id: "finished", "odd": "damaged"}
    assert Book(tmp_path / "nowhere").read() == []


def test_what_changes_is_seen(tmp_path: Path) -> None:
    """Runs that come, go, are renamed or told about are seen at the next look; what stays is not read again."""
    run = copied(tmp_path)
    book = Book(tmp_path)
    book.read()
    book.poll()
    seen = book.opened
    assert not book.poll()
    assert book.opened == seen
    about.write(run, About(name="mine"))
    assert book.poll()
    assert book.entries[0].name == "mine"
    book.poll()
    assert book.entries[0].size == about.weigh(run.path)
    copied(tmp_path, name="20270101-000000-new")
    book.poll()
    assert [entry.id for entry in book.entries] == ["20270101-000000-new", run.id]
    shutil.rmtree(run.path)
    book.poll()
    assert [entry.id for entry in book.entries] == ["20270101-000000-new"]


def test_thousands_are_read_in_slices(tmp_path: Path) -> None:
    """Each look opens a bounded number of files, the newest runs first; once all are read it opens none."""
    first = copied(tmp_path, name="20260101-000000-0")
    shutil.rmtree(first.path / "snapshots")
    for number in range(1, 2000):
        path = tmp_path / f"20260101-00{number // 60:02}{number % 60:02}-{number}"
        path.mkdir()
        for name in ("experiment.toml", "journal.jsonl", "summary.json"):
            os.link(first.path / name, path / name)
    book, looks = Book(tmp_path), []
    while len(book.entries) < 2000:
        looks.append(opened(tmp_path, book))
        assert [entry.id for entry in book.entries[:1]] == ["20260101-003319-1999"]
    assert len(looks) == 2000 / ledger.SLICE
    assert max(looks) <= 4 * ledger.SLICE
    while any(entry.size is None for entry in book.entries):
        book.poll()
    assert opened(tmp_path, book) == 0


def test_what_differs(tmp_path: Path) -> None:
    """Only the settings that are not the same in all runs are told; the ones that tell most apart come first."""
    runs = [copied(tmp_path, name=f"2026010{number + 1}-000000-x") for number in range(4)]
    for number, run in enumerate(runs):
        settle(run, optimizer__lr=0.1 / (number + 1), training__seed=number // 2)
    entries = Book(tmp_path).read()[::-1]
    told = compare.differing(entries)
    assert [row.key for row in told] == ["optimizer.lr", "training.seed"]
    assert told[0].values == ("0.1", "0.05", "0.03333333333333333", "0.025")
    assert compare.telling(entries, 3) == ["optimizer.lr", "training.seed"]
    other = copied(tmp_path / "other", PLANE.replace("6-gmm2d-mlp-10", "5-gmm2d-linear"))
    entries = [*entries, *Book(other.path.parent).read()]
    table = {row.key: row.values for row in compare.differing(entries)}
    assert table["model.kind"] == ("mlp",) * 4 + ("linear",)
    assert table["model.hidden"] == ("10",) * 4 + ("",)
    assert compare.telling(entries, 1) == ["optimizer.lr"]


def test_mean_and_band_over_seeds(tmp_path: Path) -> None:
    """Runs that differ in nothing but their seed are one group; mean and deviation are those of the sample."""
    import numpy as np

    runs = seeds(tmp_path)
    alone = copied(tmp_path, name="20260104-000000-other")
    settle(alone, optimizer__lr=0.5)
    (group,) = compare.repeated(Book(tmp_path).read())
    assert {entry.id for entry in group} == {run.id for run in runs}
    watches = [read_history(run) for run in runs]
    curves = [watch.history.curve("val/loss") for watch in watches]
    scattered = compare.spread(curves)
    assert scattered is not None
    assert np.array_equal(scattered.steps, curves[0].steps)
    assert np.allclose(scattered.means, 2 * curves[0].values)  # of 1, 2 and 3 times the loss
    assert np.allclose(scattered.highs - scattered.means, curves[0].values)  # whose deviation is 1
    assert np.allclose(scattered.means - scattered.lows, curves[0].values)
    assert compare.spread(curves[:1]) is None


def test_bands_over_curves_of_other_steps() -> None:
    """Curves recorded at other steps count where they overlap, straight between two points; gaps stay gaps."""
    from tuitrain.runs.series import Series

    first, second = Series(), Series()
    first.extend([0, 10, 20, 30], [0.0, 10.0, 20.0, None])
    second.extend([5, 15, 40], [7.0, 17.0, 42.0])
    scattered = compare.spread([first, second])
    assert scattered is not None
    assert scattered.steps.tolist() == [5, 10, 15, 20, 30]
    assert scattered.means[:4].tolist() == [6.0, 11.0, 16.0, 21.0]
    assert scattered.means[4] != scattered.means[4]
    assert compare.spread([first, Series()]) is None


def test_settings_as_they_are_typed() -> None:
    """A setting is written as a person would type it, and no two that differ look the same."""
    values = [True, 1, 0.1, 1e-4, [64, 32], [[16], [32, 32]], "adam", 0.1 + 1e-12]
    assert [written(value) for value in values] == [
        "true",
        "1",
        "0.1",
        "0.0001",
        "64,32",
        "[16],[32,32]",
        "adam",
        "0.10000000000100001",
    ]


def test_only_some_histories_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compared is kept and read on from where it was; of what was compared before only as much as fits."""
    runs = [copied(tmp_path, "closely/20260102-030405-moons-mlp-10", f"run-{number}") for number in range(4)]
    histories = Histories()
    histories.keep([read_history(run) for run in histories.missing(runs)])
    assert histories.missing(runs) == []
    kept = histories.poll(runs[:2], 1.0)
    assert histories.poll(runs[1::-1], 1.0) == kept[::-1]
    monkeypatch.setattr(ledger, "POINTS", 1)
    assert histories.poll(runs[2:], 1.0)[0].run == runs[2]
    assert histories.kept.keys() == {run.id for run in runs[2:]}
    shutil.rmtree(runs[2].path)
    assert histories.poll(runs[2:3], 1.0)[0].run == runs[2]
