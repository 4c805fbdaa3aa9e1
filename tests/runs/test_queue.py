"""The line of runs that wait: its file, what is done with it, and what lanes take from it, over real directories."""

import json
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from shelves import copied, cut, held

from tuitrain.experiment import Experiment, parse
from tuitrain.problems import Rejected
from tuitrain.runs import lanes, line, queue
from tuitrain.runs.line import Item
from tuitrain.runs.queue import NotThus
from tuitrain.runs.store import Run

ADDING = """
import sys
from pathlib import Path
from tuitrain.experiment import read
from tuitrain.runs import queue
for _ in range(5):
    for run in queue.add(read("toy-deep", ["models=[{kind='linear'}]", f"label={sys.argv[2]!r}"]), Path(sys.argv[1])):
        print(run.id)
"""


def toy(*models: dict[str, Any], device: str = "auto", **tables: Any) -> Experiment:
    """Return toy trainings of these models, of a linear one where none is named."""
    training = {"epochs": 3, "batch_size": 16, "threads": 1, "device": device}
    usual = {"dataset": {"kind": "gmm2d"}, "training": training, "models": list(models) or [{"kind": "linear"}]}
    return parse(usual | tables)


def lined(folder: Path, *devices: str) -> list[Run]:
    """Put a run for each of these devices in line; return them."""
    return [run for device in devices for run in queue.add(toy(device=device), folder)]


def order(folder: Path) -> list[str]:
    """Return the names of the runs in line."""
    return [item.run for item in line.read(folder).items]


def begin(run: Run) -> None:
    """Let something have happened in a run, without a worker."""
    run.journal.write_text(
        '{"event": "preparing", "run": "x", "time": "2026-01-02T03:04:05.000+00:00", "phase": "x"}\n'
    )


def taken(folder: Path, name: str) -> str:
    """Return the run that a lane takes, and let go of the lane; empty where there is none."""
    lane = lanes.occupy(folder, name)
    run = queue.take(lane)
    lane.close()
    return run.id if run else ""


def test_adding(tmp_path: Path) -> None:
    """An experiment is a run for each model and each value, in their order, all of it their owner's alone."""
    folder = tmp_path / "runs"
    experiment = toy({"kind": "linear"}, {"kind": "mlp"}, device="cpu", optimizer={"kind": "sgd", "lr": [0.1, 0.2]})
    runs = queue.add(experiment, folder)
    assert [(item.run, item.device) for item in line.read(folder).items] == [(run.id, "cpu") for run in runs]
    assert [run.experiment().title for run in runs] == [
        "linear lr 0.1",
        "mlp 100 lr 0.1",
        "linear lr 0.2",
        "mlp 100 lr 0.2",
    ]
    assert stat.S_IMODE(line.file(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert line.waiting(folder) == {run.id for run in runs}
    assert line.waiting(tmp_path) == set()


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    """Of two processes that add at the same time nothing is lost, and each finds its runs in its order."""
    started = [
        subprocess.Popen([sys.executable, "-c", ADDING, str(tmp_path), name], stdout=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    told = [process.communicate(timeout=60)[0].split() for process in started]
    assert [len(names) for names in told] == [5, 5]
    found = order(tmp_path)
    assert sorted(found) == sorted(told[0] + told[1])
    assert [[name for name in found if name in names] for names in told] == told


def test_twenty_lanes_take(tmp_path: Path) -> None:
    """However many lanes take at once, each run is taken by one of them, and none is left."""
    runs = [run.id for _ in range(3) for run in queue.add(toy(*[{"kind": "linear"}] * 20), tmp_path)]
    names: list[str] = []

    def take_all(number: int) -> None:
        lane = lanes.occupy(tmp_path, f"cuda:{number}")
        while run := queue.take(lane):
            names.append(run.id)
            queue.finish(run)

    threads = [Thread(target=take_all, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names) == sorted(runs)
    assert not order(tmp_path)
    assert not lanes.at_work(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"format": 1, "items": [',
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b'{"format": 1, "items": [{"run": "a"}], "on_error": "continue", "held": ""}',
        b'{"items": [{"run": "../a", "device": "", "lane": "", "kind": ""}], "on_error": "stop", "held": ""}',
        b'{"format": 1, "items": [], "on_error": "dance", "held": ""}',
    ],
)
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    """A file that is no line is named, moved aside as it is, and the line goes on without it."""
    line.file(tmp_path).write_bytes(content)
    assert not line.waiting(tmp_path)
    with pytest.raises(line.Damaged, match=r"\.queue\.json cannot be read") as caught:
        queue.hold(tmp_path, "why not")
    (aside,) = tmp_path.glob(".queue-damaged-*.json")
    assert aside.name in str(caught.value)
    assert aside.read_bytes() == content
    assert not line.read(tmp_path).items
    (run,) = lined(tmp_path, "auto")
    assert order(tmp_path) == [run.id]


def test_a_later_version(tmp_path: Path) -> None:
    """A file of a later version is refused and left where it is; nothing is made beside it."""
    line.file(tmp_path).write_text('{"format": 2, "items": {}}')
    for deed in (lambda: lined(tmp_path, "auto"), lambda: queue.move(tmp_path, "a", "first"), lambda: order(tmp_path)):
        with pytest.raises(line.Damaged, match="newer tuitrain"):
            deed()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    assert json.loads(line.file(tmp_path).read_text())["format"] == 2


def test_moving(tmp_path: Path) -> None:
    """A run is moved first, last, up, down or to a number; at the ends it stays; what is no place is refused."""
    a, b, c = (run.id for run in lined(tmp_path, "auto", "auto", "auto"))
    moves = [
        (c, "first", [c, a, b]),
        (c, "up", [c, a, b]),
        (c, "down", [a, c, b]),
        (a, "last", [c, b, a]),
        (a, "down", [c, b, a]),
        (a, "2", [c, a, b]),
    ]
    for name, to, expected in moves:
        assert queue.move(tmp_path, name, to) == (name, expected.index(name) + 1)
        assert order(tmp_path) == expected
    for to in ("0", "4", "-1", "sideways", ""):
        with pytest.raises(NotThus, match="first, last, up, down and 1 to 3"):
            queue.move(tmp_path, a, to)
    for name in ("nothing", ""):
        with pytest.raises(NotThus, match="tuitrain queue lists them"):
            queue.move(tmp_path, name, "first")
    with pytest.raises(NotThus, match="name one of them"):
        queue.move(tmp_path, "gmm2d", "first")


def test_editing(tmp_path: Path) -> None:
    """What has not begun is changed in its directory: settings, device, and a label that told of what was changed."""
    first, _ = queue.add(toy(optimizer={"kind": "sgd", "lr": [0.1, 0.2]}, label="try"), tmp_path)
    assert queue.edit(tmp_path, first.id, ["optimizer.lr=0.3", "training.device=cpu"]) == first
    changed = first.experiment()
    assert (changed.optimizer.lr, changed.training.device, changed.label) == (0.3, "cpu", "try, lr 0.3, device cpu")
    assert line.read(tmp_path).items[0] == Item(first.id, "cpu")
    assert first.text().startswith(f"# {first.id}: written by")
    queue.edit(tmp_path, first.id, ["training.epochs=5"])
    assert first.experiment().label == "try, lr 0.3, device cpu"


def test_what_cannot_be_edited(tmp_path: Path) -> None:
    """Wrong settings, several values, and what has begun or is taken are refused, and nothing is changed."""
    first, second = lined(tmp_path, "auto", "auto")
    begin(second)
    (branch,) = queue.add(toy(parent={"run": first.id, "step": 7}), tmp_path)
    before = first.text(), second.text(), line.file(tmp_path).read_bytes()
    for name, overrides, error, said in [
        (first.id, ["optimizer.lrr=1"], Rejected, "did you mean lr"),
        (first.id, ["optimizer.lr=0.1,0.2"], NotThus, "tuitrain queue copy makes several"),
        (branch.id, ["optimizer.lr=0.3"], NotThus, f"is a branch; tuitrain fork {first.id} --at 7"),
        (second.id, ["training.epochs=2"], NotThus, f"{second.id} has begun"),
    ]:
        with pytest.raises(error, match=said):
            queue.edit(tmp_path, name, overrides)
    assert before == (first.text(), second.text(), line.file(tmp_path).read_bytes())
    lane = lanes.occupy(tmp_path, "cpu")
    assert queue.take(lane) is not None
    with pytest.raises(NotThus, match="has begun"):
        queue.edit(tmp_path, second.id, ["training.epochs=2"])
    lane.close()


def test_copies(tmp_path: Path) -> None:
    """A copy is a run of its own, behind all others, with what differs in its title; of several values several."""
    (first,) = lined(tmp_path, "auto")
    begin(first)
    before = first.text()
    (second,) = queue.copy(tmp_path, first, [])
    third, fourth = queue.copy(tmp_path, first, ["training.seed=1,2", "optimizer.lr=0.5"])
    assert order(tmp_path) == [first.id, second.id, third.id, fourth.id]
    titles = [run.experiment().title for run in (second, third, fourth)]
    assert titles == ["linear", "linear lr 0.5, seed 1", "linear lr 0.5, seed 2"]
    assert first.text() == before
    assert not second.journal.exists()


def test_removing(tmp_path: Path) -> None:
    """What has not begun goes with its directory, what has stays; where one is being trained nothing goes."""
    a, b, c = lined(tmp_path, "auto", "auto", "auto")
    begin(b)
    c.lock.touch()
    with held(c), pytest.raises(NotThus, match=f"{c.id} is being trained; tuitrain stop {c.id} stops it first"):
        queue.remove(tmp_path, [a.id, c.id])
    assert order(tmp_path) == [a.id, b.id, c.id]
    assert queue.remove(tmp_path, [a.id, b.id, a.id]) == ([a], [b])
    assert (a.path.exists(), b.path.exists(), order(tmp_path)) == (False, True, [c.id])


def test_what_a_lane_takes(tmp_path: Path) -> None:
    """A lane takes what is for its device or for any; what was cut off before all others, and it says so in order."""
    a, b, c = lined(tmp_path, "auto", "cuda:0", "cpu")
    assert taken(tmp_path, "cpu") == a.id
    begin(c)
    assert taken(tmp_path, "cpu") == a.id, "it has it already, and is asked first of all that it took"
    queue.move(tmp_path, c.id, "first")
    assert taken(tmp_path, "cpu") == c.id
    assert taken(tmp_path, "cuda:1") == ""
    assert taken(tmp_path, "cuda:0") == b.id


def test_two_cards(tmp_path: Path) -> None:
    """Runs for any device go to the lane that asks, none to two; what one lost the other of its kind goes on with."""
    a, b, c, d = lined(tmp_path, "auto", "auto", "cuda:1", "cpu")
    one, two = lanes.occupy(tmp_path, "cuda:0"), lanes.occupy(tmp_path, "cuda:1")
    found = [run.id if run else "" for run in (queue.take(one), queue.take(two))]
    assert found == [a.id, b.id]
    queue.finish(b)
    assert [item.kind for item in line.read(tmp_path).items] == ["cuda", "", ""]
    assert taken(tmp_path, "cpu") == d.id
    queue.finish(d)
    assert taken(tmp_path, "cpu") == ""
    one.close()
    assert taken(tmp_path, "cpu") == "", "what began on a card goes on on a card"
    run = queue.take(two)
    assert run
    assert (run.id, run.experiment().training.device) == (a.id, "cuda:1")
    assert Run(run.path).experiment().training.device == "auto"
    queue.finish(run)
    assert (last := queue.take(two))
    assert last.id == c.id
    two.close()


def test_holding(tmp_path: Path) -> None:
    """A held line gives nothing; a failure holds it where that is asked for, with its name; resuming lets it move."""
    a, b = lined(tmp_path, "cpu", "cpu")
    queue.finish(a, f"{a.id} failed")
    assert not line.read(tmp_path).held
    queue.decide(tmp_path, "stop")
    queue.hold(tmp_path, "I said so")
    assert taken(tmp_path, "cpu") == ""
    assert queue.release(tmp_path, ["cpu"]) == (["cpu"], [])
    assert taken(tmp_path, "cpu") == b.id
    queue.finish(b, f"{b.id} failed")
    assert line.read(tmp_path).held == f"{b.id} failed"
    (c,) = lined(tmp_path, "cuda:9")
    assert queue.release(tmp_path, ["cpu"], "continue") == ([], [c.id])
    assert line.read(tmp_path).on_error == "continue"


def test_what_is_over_leaves(tmp_path: Path) -> None:
    """What is over, or was deleted, is passed over and leaves the line; what was stopped or cut off goes on."""
    over, stopped, cut_off, gone = (
        copied(tmp_path, name, f"20260102-03040{number}-{name[:4]}")
        for number, name in enumerate(
            [
                "plane/20260102-030405-gmm2d-linear",
                "stopped/20260102-030405-moons-mlp-10",
                "plane/20260102-030407-gmm2d-mlp-10-10",
                "plane/20260102-030405-gmm2d-linear",
            ]
        )
    )
    cut(cut_off, 20)
    with line.changing(tmp_path) as now:
        now.items = [Item(run.id, "cpu") for run in (gone, over, stopped, cut_off)]
    (gone.path / "experiment.toml").unlink()
    with pytest.raises(NotThus, match="no run in line"):
        queue.move(tmp_path, gone.id, "last")
    assert taken(tmp_path, "cpu") == stopped.id
    assert order(tmp_path) == [stopped.id, cut_off.id]
    with ExitStack() as stack:
        stack.enter_context(held(stopped))
        assert taken(tmp_path, "cpu") == cut_off.id
