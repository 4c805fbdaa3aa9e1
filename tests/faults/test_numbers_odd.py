"""Row 11: losses that are no numbers, too large, all the same, or not there, at every size."""

import json
import random
from pathlib import Path

import pytest
from rich.cells import cell_len
from shelves import PLANE, copied

from tuitrain.cli import main
from tuitrain.drawing.curves import Curve, draw
from tuitrain.drawing.look import Look
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run, listed

from .terminals import Open
from .zygote import Zygote

pytestmark = pytest.mark.faults
NAN, INF = float("nan"), float("inf")
ODD: dict[str, list[float | None]] = {
    "nan": [0.9, 0.5, NAN, NAN, 0.4],
    "inf": [0.9, INF, 0.4, -INF, 0.3],
    "huge": [1e308, -1e308, 1e308, 5e-324, 0.0],
    "constant": [0.5] * 5,
    "one": [0.5],
    "none": [],
}


def odd(folder: Path, values: list[float | None]) -> Run:
    """Return a recorded run whose losses are these, written as a journal writes them."""
    run = copied(folder / "runs", PLANE)
    kept, left = [], list(values)
    for record in map(json.loads, run.journal.read_text().splitlines()):
        if record["event"] in ("stepped", "evaluated"):
            if not left:
                continue
            value = left.pop(0)
            finite = value is not None and abs(value) < INF
            record["metrics"] = dict.fromkeys(("train/loss", "val/loss", "lr"), value if finite else None)
            if not finite:
                record["diverged"] = True
        kept.append(record)
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in kept))
    for name in ("digest.json", "summary.json"):
        (run.path / name).unlink(missing_ok=True)
    return run


@pytest.mark.fault(11)
def test_a_training_that_diverges(zygote: Zygote, toy: Path, terminal: Open) -> None:
    """It is called diverged, in words, by the batch mode and by the cockpit, and the exit code is 1."""
    settings = ("--set", "optimizer.kind=sgd", "--set", "optimizer.lr=1e38")
    done = zygote.call(toy.parent, "--batch", str(toy), *settings)
    assert done.returncode == 1
    assert "became" in done.stderr
    assert "Traceback" not in done.stderr
    (run,) = listed(toy.parent / "runs")
    failed = Reader(run.journal).read()[-1]
    assert (failed["event"], failed["reason"]) == ("failed", "diverged")
    one = terminal("attach", run.id)
    one.see("diverged")
    one.send("q")
    assert one.end() == 0


@pytest.mark.fault(11)
@pytest.mark.parametrize("kind", ODD)
def test_curves_at_every_size(kind: str) -> None:
    """From 1x1 to 200x60 a drawing has its size exactly; gaps are gaps."""
    values = [NAN if value is None else value for value in ODD[kind]]
    curves = [Curve("a", list(range(len(values))), values, "#2e90e0")]
    sizes = [(width, height) for width in range(1, 24) for height in range(1, 14)]
    sizes += [(200, 60), (199, 1), (1, 60), (80, 24), (120, 40)]
    for log in (False, True):
        for width, height in sizes:
            lines = draw(curves, width, height, Look(), log_y=log)
            assert len(lines) == height
            assert all(sum(cell_len(segment.text) for segment in line) == width for line in lines), (width, height)


@pytest.mark.fault(11)
@pytest.mark.parametrize("kind", ODD)
def test_a_run_with_such_losses(kind: str, tmp_path: Path, terminal: Open, capsys: pytest.CaptureFixture[str]) -> None:
    """The program shows it, in the cockpit while its terminal is pulled to any size, and without."""
    run = odd(tmp_path, ODD[kind])
    folder = f"--runs-dir={tmp_path / 'runs'}"
    for arguments in (["show", run.id], ["show", run.id, "--view", "curves"], ["runs"]):
        code, said = main([*arguments, folder]), capsys.readouterr().err
        assert code == 0 or (code == 2 and len(said.splitlines()) == 1), said  # there may be nothing to draw
    one = terminal("attach", run.id)
    one.see("finished")
    dice = random.Random(11)
    for rows, columns in [(1, 1), (60, 200), *((dice.randint(1, 60), dice.randint(1, 200)) for _ in range(20))]:
        one.resize(rows, columns)
    one.resize(40, 120)
    one.send("xXY")
    one.send("q")
    assert one.end() == 0
