"""The screen of all runs: finding, sorting, marking, comparing, naming and deleting them, over real directories."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from cockpits import lines, no_child_left, painted, text, until
from ledgers import Front, curves, ledger, names, screen, settings, short, write
from shelves import DIGITS, PLANE, copied, cut, held, scale, seeds, settle
from textual.widgets import Input

from tuitrain.runs import about, store
from tuitrain.runs.about import About
from tuitrain.runs.store import Run
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.ledger import BINDINGS_TABLE, Ledger, rows
from tuitrain.ui.screens.removal import Removal
from tuitrain.ui.widgets.charts import Charts
from tuitrain.ui.widgets.entries import Entries
from tuitrain.ui.widgets.filter import Filter

nobody = pytest.fixture(autouse=True)(no_child_left)
SIZES = [((40, 12), True), ((80, 24), False), ((120, 40), True), ((300, 100), False)]
HOSTILE = "[/bold]\x1b[31m[b\u202e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return three runs of a plane, digits, and a diverged one; the newest first they are c, b, a, digits, bad."""
    runs = tmp_path / "runs"
    for number, name in enumerate("abc"):
        run = copied(runs, name=f"2026020{number + 1}-000000-{name}")
        settle(run, optimizer__lr=0.1 / 10**number)
        scale(run, 1 + number)
    copied(runs, DIGITS, "20260110-000000-digits")
    copied(runs, "diverged/20260102-030405-moons-mlp-10", "20260109-000000-bad")
    return runs


@pytest.mark.parametrize(("size", "ascii_only"), SIZES)
async def test_every_size(folder: Path, size: tuple[int, int], ascii_only: bool) -> None:
    """From the smallest to the largest terminal the runs, their curves and their settings can be seen."""
    app = Front(folder, ascii_only=ascii_only)
    async with ledger(app, size) as pilot:
        await until(pilot, lambda: curves(app))
        seen = text(app)
        for _ in range(2):
            await pilot.press("tab")
            await pilot.pause()
            seen += text(app)
        assert "20260203" in seen
        assert "loss" in seen
        assert "dataset.kind" in seen
        assert all(sum(segment.cell_length for segment in line) == size[0] for line in painted(app))
        assert not ascii_only or seen.isascii()


async def test_finding_as_it_is_typed(folder: Path) -> None:
    """Each letter narrows the list; a term that makes no sense is told and changes nothing; escape clears it."""
    app = Front(folder)
    async with ledger(app) as pilot:
        assert short(app) == "c b a digits bad"
        await pilot.press("slash")
        await write(pilot, "gmm2d lr<0.05")
        await until(pilot, lambda: short(app) == "c b")
        await pilot.press("enter", "j")
        assert [entry.id[16:] for entry in screen(app).chosen] == ["b"]
        await pilot.press("slash")
        await write(pilot, " optimzer=adam")
        await until(pilot, lambda: "did you mean optimizer?" in text(app))
        assert short(app) == "c b"
        await until(pilot, lambda: "2 of 5 runs" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: short(app) == "c b a digits bad")
        assert screen(app).query_one(Entries).has_focus
        assert [entry.id[16:] for entry in screen(app).chosen] == ["b"]
        await pilot.press("slash")
        await write(pilot, "state=diverged")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.opened == [None])


async def test_sorting(folder: Path) -> None:
    """Every column sorts, by keys and by its title; what has no value there stands last, whichever way."""
    app = Front(folder)
    async with ledger(app) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: short(app) == "bad digits a b c")
        await pilot.press("r", *["less_than_sign"] * len(screen(app).query_one(Entries).titles))
        await until(pilot, lambda: short(app) == "c b a digits bad")
        heading = next(line for line in lines(app) if " epoch " in line)
        await pilot.click(Entries, offset=(heading.index("lr") + 1, 1))
        await until(pilot, lambda: short(app) == "c b digits a bad" or short(app) == "c b a digits bad")
        await pilot.click(Entries, offset=(heading.index("lr") + 1, 1))
        await until(pilot, lambda: names(app)[0].endswith("bad"))
        await pilot.click(Entries, offset=(heading.index("test") + 1, 1))
        await until(pilot, lambda: names(app)[0].endswith("digits"))
        await pilot.press("r")
        await pilot.pause()
        assert names(app)[0].endswith("digits")


async def test_marks_overlay_and_open(folder: Path) -> None:
    """Marked runs are laid over each other, what differs is told, and enter opens all of them, in their order."""
    app = Front(folder)
    async with ledger(app) as pilot:
        await until(pilot, lambda: curves(app) == [("mlp 10", "val")])
        assert settings(app)["optimizer.lr"] == ("0.001",)
        await pilot.press("space", "space")
        await until(pilot, lambda: curves(app) == [("lr 0.001", "val"), ("lr 0.01", "val")])
        assert settings(app) == {"optimizer.lr": ("0.001", "0.01")}
        assert "2 marked" in text(app)
        assert len([line for line in lines(app) if "◆ ✓" in line]) == 2
        charts = screen(app).query_one(Charts)
        assert charts.lines["loss"][0].colour != charts.lines["loss"][1].colour
        await pilot.press("h")
        assert charts.cursor is not None
        await pilot.press("asterisk")
        await until(pilot, lambda: len(curves(app)) == 5)
        assert settings(app)["dataset.kind"] == ("gmm2d", "gmm2d", "gmm2d", "mnist", "moons")
        await pilot.press("asterisk")
        await until(pilot, lambda: "marked" not in text(app))
        await pilot.press("end", "space", "home", "space", "enter")
        await until(pilot, lambda: app.opened)
        assert [run.id[16:] for run in app.opened[0] or ()] == ["bad", "c"]


async def test_band_over_seeds(tmp_path: Path) -> None:
    """Runs that differ only in their seed become one mean with its band; what was not validated is shown as trained."""
    seeds(tmp_path)
    alone = copied(tmp_path, PLANE.replace("6-gmm2d-mlp-10", "5-gmm2d-linear"))
    blind = copied(tmp_path, name="20260105-000000-blind")
    settle(blind, optimizer__lr=0.7)
    records = [json.loads(line) for line in blind.journal.read_text().splitlines()]
    for record in records:
        for name in [name for name in record.get("metrics", {}) if name.startswith("val/")]:
            del record["metrics"][name]
    blind.journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    app = Front(tmp_path)
    async with ledger(app) as pilot:
        charts = screen(app).query_one(Charts)
        await until(pilot, lambda: curves(app) == [("mlp 10", "train")])
        await pilot.press("j", "b")
        await until(pilot, lambda: charts.bands)
        (band,) = charts.bands["loss"]
        assert band.label == "mlp 10 n=3 mean, 1 sd"
        await until(pilot, lambda: "n=3" in text(app))
        assert curves(app) == []
        assert settings(app)["training.seed"] == ("2", "1", "0")
        await pilot.press("b")
        await until(pilot, lambda: not charts.bands and len(curves(app)) == 1)
        await pilot.press("end", "b")
        await until(pilot, lambda: "mark those to be averaged" in text(app))
        assert [entry.id for entry in screen(app).chosen] == [alone.id]
        await pilot.press("asterisk", "b")
        await until(pilot, lambda: charts.bands and len(curves(app)) == 2)


@pytest.mark.slow
async def test_names_tags_and_notes(folder: Path) -> None:
    """A name, tags and a note are kept with the run and found; whatever is in them acts on nothing."""
    app = Front(folder)
    async with ledger(app) as pilot:
        await pilot.press("R")
        await write(pilot, "first one")
        await pilot.press("enter")
        await until(pilot, lambda: "first one" in text(app))
        await pilot.press("n")
        await write(pilot, "a note")
        await pilot.press("enter")
        await until(pilot, lambda: "a note" in text(app))
        await pilot.press("space", "space", "t")
        await write(pilot, "x base")
        await pilot.press("enter")
        await until(pilot, lambda: text(app).count("x base") == 2)
        await pilot.press("t")
        await write(pilot, "-x")
        await pilot.press("enter")
        await until(pilot, lambda: "x base" not in text(app))
        run = Run(folder / names(app)[0])
        assert about.read(run) == About("first one", ("base",), "a note")
        await pilot.press("escape", "R", "escape", "home", "R")
        assert app.focused is not None
        assert isinstance(app.focused, Input)
        assert app.focused.value == "first one"
        app.focused.value = HOSTILE
        await pilot.press("enter")
        await until(pilot, lambda: r"[/bold]\x1b[31m[b\u202e" in text(app))
        assert about.read(run).name == HOSTILE
        assert not [character for line in lines(app) for character in line if not character.isprintable()]
        await pilot.press("slash")
        await write(pilot, "tag:base name=x")
        await until(pilot, lambda: not names(app))
        assert "no run is like that" in text(app)


async def test_a_run_that_cannot_be_written(folder: Path) -> None:
    """Where nothing can be kept a sentence says so, and the screen goes on; two clicks open a run."""
    app = Front(folder)
    async with ledger(app) as pilot:
        shutil.rmtree(folder / names(app)[0])
        await pilot.press("R")
        await write(pilot, "name")
        await pilot.press("enter")
        await until(pilot, lambda: "No such file or directory" in text(app))
        await until(pilot, lambda: short(app) == "b a digits bad")
        await pilot.click(Entries, offset=(30, 3), times=2)
        await until(pilot, lambda: app.opened)
        assert [run.id[16:] for run in app.opened[0] or ()] == ["a"]


async def test_deleting(folder: Path) -> None:
    """Runs are deleted after a question that names them; what is being trained by then stays, and it is told why."""
    app, live = Front(folder), Run(folder / "20260203-000000-c")
    cut(live, 30)
    with held(live):
        async with ledger(app) as pilot:
            await until(pilot, lambda: screen(app).book.entries[0].state == "running")
            await pilot.press("space", "space", "delete")
            await until(pilot, lambda: isinstance(app.screen, Removal))
            assert "20260202-000000-b" in text(app)
            assert "is running: stop it first" in text(app)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is screen(app))
            assert len(list(folder.iterdir())) == 5
            await pilot.press("D")
            await until(pilot, lambda: isinstance(app.screen, Removal))
            await pilot.press("d")
            await until(pilot, lambda: short(app) == "c a digits bad")
            await until(pilot, lambda: "1 run deleted, 0.1 MB freed" in text(app))
            assert len(list(folder.iterdir())) == 4
            await pilot.press("home", "D")
            await pilot.pause()
            assert app.screen is screen(app)
            await pilot.press("escape", "end", "k", "k", "D")
            await until(pilot, lambda: isinstance(app.screen, Removal))
            with held(Run(folder / "20260201-000000-a")):
                await pilot.press("d")
                await until(pilot, lambda: "is being trained by process" in text(app))
            assert len(list(folder.iterdir())) == 4


async def test_copies_and_files(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table as it is shown is copied, of marked runs their ids; both are written with curves, as new files."""
    monkeypatch.chdir(tmp_path)
    about.write(Run(folder / "20260203-000000-c"), About(name=f"a\tb{HOSTILE}"))
    app = Front(folder)
    async with ledger(app) as pilot:
        await pilot.press("slash")
        await write(pilot, "lr=0.001")
        await pilot.press("enter", "y")
        heading, row = app.clipboard.splitlines()
        assert heading.split("\t")[:3] == ["id", "state", "run"]
        assert row.split("\t")[:3] == ["20260203-000000-c", "finished", r"a\tb[/bold]\x1b[31m[b\u202e"]
        await pilot.press("escape", "j", "space", "space", "y")
        assert app.clipboard.split() == ["20260202-000000-b", "20260201-000000-a"]
        await pilot.press("escape")
        await pilot.press("slash")
        await write(pilot, "mlp -bad")
        await pilot.press("enter", "home", "space", "E")
        await until(pilot, (tmp_path / "tuitrain-curves.csv").exists)
        await pilot.press("E")
        await until(pilot, (tmp_path / "tuitrain-curves-2.csv").exists)
    with (tmp_path / "tuitrain-runs.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["id"][16:] for row in table] == ["c", "b", "a", "digits"]
    assert [row["optimizer.lr"] for row in table] == ["0.001", "0.01", "0.1", "0.1"]
    assert float(table[3]["test/accuracy"]) == pytest.approx(0.91)
    with (tmp_path / "tuitrain-curves.csv").open(newline="") as file:
        assert {row["run"] for row in csv.DictReader(file)} == {"20260203-000000-c"}


@pytest.mark.slow
async def test_what_happens_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that begin, go on and vanish are seen without a key; the cursor stays on its run."""
    monkeypatch.setattr("tuitrain.ui.screens.ledger.TICK", 0.05)
    app, new = Front(folder), folder / "20250101-000000-new"
    async with ledger(app) as pilot:
        await pilot.press("j")
        copied(folder, name=new.name)
        cut(Run(new), 30)
        with held(Run(new)):
            await until(pilot, lambda: short(app) == "new c b a digits bad")
            assert [entry.id[16:] for entry in screen(app).chosen] == ["b"]
            with Run(new).journal.open("a") as journal:
                record = {"event": "evaluated", "time": "2026-01-02T03:04:06+00:00", "step": 990, "epoch": 990}
                journal.write(json.dumps(record | {"metrics": {"val/accuracy": 0.1234}, "best": False}) + "\n")
            await until(pilot, lambda: "0.1234" in text(app) and "990/1000" in text(app))
            shutil.rmtree(folder / "20260203-000000-c")
            await until(pilot, lambda: short(app) == "new b a digits bad")
        await until(pilot, lambda: short(app) == "b a digits bad new")


@pytest.mark.slow
async def test_empty_and_damaged(tmp_path: Path) -> None:
    """Without runs the screen says what to do; damage is told in words, and no key breaks anything."""
    folder = tmp_path / "runs"
    app = Front(folder)
    async with ledger(app) as pilot:
        assert "no runs yet in" in text(app)
        assert "F5 trains one" in " ".join(text(app).replace("│", " ").split())
        keys = [binding.key.split(",")[0] for binding in BINDINGS_TABLE if binding.action not in ("leave", "help")]
        await pilot.press(*keys[1:], "slash", "escape")
        assert app.screen is screen(app)
        bad = folder / "20260101-000000-[b]\x1b"
        bad.mkdir(parents=True)
        (bad / "experiment.toml").write_text("[[[")
        screen(app).book.poll()
        screen(app).refresh_book()
        await until(pilot, lambda: "experiment.toml cannot be read" in text(app))
        assert not [character for line in lines(app) for character in line if not character.isprintable()]


async def test_every_key_has_its_line_of_help(folder: Path) -> None:
    """All keys of the screen are on its page of help, each with an id of its own and a sentence."""
    app = Front(folder)
    async with ledger(app, (120, 100)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Help))
        seen = text(app)
        assert all(meaning in seen for _, _, meaning in rows())
        assert len({binding.id for binding in BINDINGS_TABLE}) == len(BINDINGS_TABLE)
        for binding in BINDINGS_TABLE:
            assert hasattr(Ledger, f"action_{binding.action.partition('(')[0]}")
            if binding.action.startswith("chart("):
                assert hasattr(Charts, binding.action.split("'")[1])


async def test_thousands_of_runs(tmp_path: Path) -> None:
    """With hundreds of runs the newest are there at once, and the list can be moved in and searched meanwhile."""
    first = copied(tmp_path, name="20260101-000000-0")
    for number in range(1, 600):
        path = tmp_path / f"20260101-00{number // 60:02}{number % 60:02}-{number}"
        path.mkdir()
        for name in ("experiment.toml", "journal.jsonl", "summary.json"):
            os.link(first.path / name, path / name)
    app = Front(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Ledger) and names(app))
        assert names(app)[0] == "20260101-000959-599"
        assert len(names(app)) < 600
        await pilot.press("j", "slash")
        await write(pilot, "598")
        await until(pilot, lambda: names(app) == ["20260101-000958-598"])
        assert screen(app).query_one(Filter).has_focus
        await pilot.press("escape")
        await until(pilot, lambda: len(names(app)) == 600)
        await pilot.press("end")
        assert [entry.id for entry in screen(app).chosen] == [first.id]
        assert len(store.listed(tmp_path)) == 600
