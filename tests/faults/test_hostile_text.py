"""Rows 14, 15 and 16: markup, control characters and paths in names, labels, headers and notes."""

import json
import time
from pathlib import Path

import pytest
from shelves import DIGITS, copied

from tuitrain.cli import main
from tuitrain.runs import about, store
from tuitrain.runs.about import About
from tuitrain.runs.store import Run

from .terminals import Open, Terminal
from .zygote import Zygote

pytestmark = pytest.mark.faults
MARKUP = [
    "[/bold]",
    "[b",
    '{"a":[true]}',
    "[red]x[/red]",
    "[@click=app.quit]go[/]",
    "[link=http://x]y[/link]",
    "$accent",
]
ACTING = ["\x1b]0;evil\x07", "\x1b[2J", "\x9b31m", "\u202egnp.exe", "a\nb", "\x1bP+q\x1b\\", "\x7f\b", "\u2028", "\x00"]
RAW = [b"]0;evil\x07", b"\x1b[2J", b"\xc2\x9b", b"\xe2\x80\xae", b"\x1bP+q", b"\x7f", b"\b", b"\xe2\x80\xa8", b"\x00"]
"""What of them must not be in the bytes that reach a terminal."""
SCREENS = "123456789cPo?"
"""Keys of views and pages; escape leads back."""


def hostile(folder: Path, words: list[str]) -> Run:
    """Return a recorded run with these words as labels, model, message, name, tags and note, and in its directory."""
    run = copied(folder / "runs", DIGITS)
    said = " ".join(words)
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    for record in records:
        if record["event"] == "started":
            record["labels"] = [words[number % len(words)] for number in range(len(record["labels"]))]
            record["model"] = said
        if record["event"] == "preparing":
            record["phase"] = said
    warned = {"event": "warned", "run": run.id, "time": records[-1]["time"], "message": said}
    records[-1:] = [warned, records[-1]]
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    for name in ("digest.json", "summary.json"):
        (run.path / name).unlink(missing_ok=True)
    about.write(run, About(name=said[:150], tags=tuple(words), note=said))
    return run


def walk(one: Terminal) -> str:
    """Look at every view and page, leave, and return all that was shown."""
    one.see("finished")
    seen = [one.screen]
    for key in SCREENS:
        before = len(one.written)
        one.send(key)
        _settle(one, before)
        seen.append(one.screen)
        before = len(one.written)
        one.send("\x1b")
        _settle(one, before)
    assert one.quit() == 0
    return "\n".join(seen)


def _settle(one: Terminal, before: int) -> None:
    """Wait until something was painted, and nothing more comes for a moment."""
    deadline, size = time.monotonic() + 3, -1
    while (len(one.written) == before or len(one.written) != size) and time.monotonic() < deadline:
        size = len(one.written)
        time.sleep(0.25)


@pytest.mark.fault(14)
def test_markup_is_text(terminal: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup in labels, names, notes and messages is shown as it is on every screen, and does nothing."""
    run = hostile(tmp_path, MARKUP)
    one = terminal("attach", run.id, size=(50, 160))
    seen = walk(one)
    for word in ("[/bold]", "[b", "[red]x"):
        assert word in seen
    for arguments in (["show", run.id], ["show", run.id, "--view", "confusion"]):
        assert main([*arguments, f"--runs-dir={tmp_path / 'runs'}"]) == 0
        assert "[/bold]" in capsys.readouterr().out


@pytest.mark.fault(15)
def test_what_acts_on_a_terminal_is_text(terminal: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    r"""Control characters are shown as `\x1b` and the like on every screen and in every output."""
    run = hostile(tmp_path, ACTING)
    one = terminal("attach", run.id, size=(50, 160))
    seen = walk(one)
    for raw in RAW:
        assert raw not in one.written, raw
    assert "\\x1b]0;evil" in seen
    views = [["--view", view] for view in ("curves", "confusion", "samples", "mistakes", "weights", "errors")]
    folder = f"--runs-dir={tmp_path / 'runs'}"
    page = tmp_path / "page.html"
    calls = [["runs"], ["show", run.id], ["status"], *(["show", run.id, *view] for view in views)]
    for arguments in [*calls, ["report", run.id, f"--out={page}"]]:
        main([*arguments, folder])
        printed = "".join(capsys.readouterr()).encode()
        assert not [raw for raw in RAW if raw in printed], arguments
    assert not [raw for raw in (b"\x1b", b"\xc2\x9b", b"\x07") if raw in page.read_bytes()]


@pytest.mark.fault(14)
@pytest.mark.fault(15)
def test_a_table_with_such_headers(tmp_path: Path, zygote: Zygote, terminal: Open) -> None:
    """A table whose headers and labels hold all of that is trained on, told and shown without an effect."""
    rows = [f"{number},{number % 3},{('[/bold]', chr(27) + ']0;evil' + chr(7))[number % 2]}" for number in range(40)]
    table = "\n".join(['[b,"a\x1b[2Jb","label\u202e[red]"', *rows])
    (tmp_path / "data.csv").write_text(table)
    settings = [f'dataset={{kind="csv", path="{tmp_path / "data.csv"}"}}', 'models=[{kind="linear"}]']
    done = zygote.call(
        tmp_path, "--batch", "first-run", "--set", settings[0], "--set", settings[1], "--set", "training.epochs=2"
    )
    assert done.returncode == 0, done.stderr
    said = (done.stdout + done.stderr).encode()
    assert not [raw for raw in RAW if raw in said]
    (run,) = store.listed(tmp_path / "runs")
    one = terminal("attach", run.id)
    assert "[/bold]" in walk(one)
    assert not [raw for raw in RAW if raw in one.written]


def written(folder: Path) -> dict[Path, int]:
    """Return the files below a folder and when each was written, but for the lock of the queue."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".queue.lock")
    return {path: path.stat().st_mtime_ns for path in files}


PATHS = ["../../x", "/etc/x", ".", "..", "", "a\x00b", "x" * 300, "-rf", "--", "*", "~", "runs/../../x"]


@pytest.mark.fault(16)
@pytest.mark.parametrize("name", PATHS)
def test_paths_as_names_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """No command follows such a name out of the directory of runs: a sentence, exit code 2, nothing written."""
    run = copied(tmp_path / "here" / "runs", DIGITS)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "experiment.toml").write_bytes((run.path / "experiment.toml").read_bytes())
    before = written(tmp_path)
    places = [f"--runs-dir={tmp_path / 'here' / 'runs'}", f"--data-dir={tmp_path / 'here' / 'data'}"]
    commands = ["show", "stop", "pause", "save", "resume", "fork", "report", "attach", "replay", "queue remove", "gc"]
    for words in commands:
        code = main([*words.split(), name, *places])
        shown = capsys.readouterr()
        assert code == 2, (words, shown)
        assert "Traceback" not in shown.err
        assert "\x00" not in shown.err
    assert written(tmp_path) == before


@pytest.mark.fault(16)
@pytest.mark.parametrize("name", PATHS)
def test_paths_as_names_given(tmp_path: Path, name: str) -> None:
    """As the name that a person gives a run, such a word is only shown: the run stays where it is."""
    run = copied(tmp_path / "runs", DIGITS)
    about.write(run, About(name=name, tags=(name,), note=name))
    assert [each.path for each in store.listed(tmp_path / "runs")] == [run.path]
    assert len(about.read(run).name) <= about.NAME
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}


@pytest.mark.fault(16)
def test_a_data_file_of_such_a_name(tmp_path: Path, zygote: Zygote) -> None:
    """The directory of a run is made of letters and digits whatever the file of its data is called."""
    folder = tmp_path / "-rf [b] \x1b]0;x\x07 .. "
    folder.mkdir()
    path = folder / "--help.csv"
    path.write_text("a,b,c\n" + "1,2,x\n2,1,y\n" * 20)
    dataset = f"dataset={{kind='csv', path={json.dumps(str(path))}}}"
    done = zygote.call(
        tmp_path,
        "--batch",
        "first-run",
        "--set",
        dataset,
        "--set",
        "models=[{kind='linear'}]",
        "--set",
        "training.epochs=1",
    )
    assert done.returncode == 0, done.stderr
    (run,) = store.listed(tmp_path / "runs")
    assert set(run.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(run.id) <= 80
