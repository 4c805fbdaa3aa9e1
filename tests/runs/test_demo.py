import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from tuitrain import assets
from tuitrain.runs import demo, inbox, lock, store
from tuitrain.runs.demo import RECORDINGS, play, playing, unpack
from tuitrain.runs.journal import Reader
from tuitrain.runs.session import Session
from tuitrain.runs.watch import Watch, wait

AT_ONCE = 1e9
"""A speed at which nothing is waited for."""
PATIENCE = 30.0


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_played_to_its_end(tmp_path: Path, name: str) -> None:
    """Every run of the preset finishes with curves, numbers and snapshots, as if a worker had just trained it."""
    folder = tmp_path / "runs"
    play(folder, AT_ONCE, Event(), name)
    session = Session(folder, tmp_path, warm=False)
    session.open(store.listed(folder)[0])
    assert len(session.watches) >= 2
    for watch in session.watches:
        assert watch.state == "finished"
        assert watch.history.metrics
        assert len(watch.history.snapshots) >= 10
        assert all((watch.run.path / path).is_file() for _, path in watch.history.snapshots)
        assert watch.run.summary.exists()
        assert watch.history.started is not None
        assert watch.history.started["pid"] == lock.signature()["pid"]
    assert session.experiment() is not None


def test_it_is_played_as_it_was_recorded(tmp_path: Path) -> None:
    """At twice the speed the lines come in their order, as far apart as half the time that passed then."""
    take = unpack(tmp_path / "runs", "plane")[-1]
    gaps = take.gaps
    assert len(gaps) == len(take.records)
    assert 0 <= min(gaps) <= max(gaps) <= demo.LONGEST
    short = demo.Take(take.source, take.run, take.records[:20])
    began = monotonic()
    demo.Player(short, 2.0, Event()).play()
    assert monotonic() - began >= sum(short.gaps) / 2
    told = Reader(take.run.journal).read()
    assert [record["event"] for record in told] == [record["event"] for record in short.records]
    assert {record["run"] for record in told} == {take.run.id}
    before, after = (
        next(line for line in lines if "seconds" in line.get("metrics", {})) for lines in (short.records, told)
    )
    assert after["metrics"]["seconds"] == before["metrics"]["seconds"] / 2  # so that the time left is right
    assert after["metrics"]["train/loss"] == before["metrics"]["train/loss"]


def test_it_looks_like_a_training_under_way(tmp_path: Path) -> None:
    """Its runs are found as being trained; pause, resume and stop are obeyed, the rest is refused with a reason."""
    with playing(speed=1.0) as folder:
        session = Session(folder, tmp_path, warm=False)
        assert session.open_active()
        first, second = session.watches[:2]
        assert wait(first, lambda watch: bool(watch.history.started), PATIENCE)
        for action, event in (("pause", "paused"), ("probe", "refused"), ("resume", "continued"), ("stop", "finished")):
            command = inbox.send(first.run.inbox, action)
            assert answer(first, command)["event"] == event
        assert first.state == "stopped"
        assert "this is a recording" in str(answer(first, "", "refused")["reason"])
        assert wait(second, lambda watch: bool(watch.history.records), PATIENCE)
        assert second.state in ("preparing", "running")
    assert not folder.exists()
    assert not folder.parent.exists()


def answer(watch: Watch, command: str, event: str = "") -> dict[str, object]:
    """Wait for what the journal answers to a command; return the last line of this kind."""

    def answers() -> list[dict[str, object]]:
        told = Reader(watch.run.journal).read()
        return [line for line in told if (line["event"] == event if event else line.get("command") == command)]

    assert wait(watch, lambda _: bool(answers()), PATIENCE)
    return answers()[-1]


def test_a_pause_lasts(tmp_path: Path) -> None:
    """While it is paused nothing is told, however fast it would be; then it goes on."""
    take = unpack(tmp_path / "runs", "plane")[0]
    inbox.send(take.run.inbox, "pause")
    stop = Event()
    player = demo.Player(take, AT_ONCE, stop)
    thread = Thread(target=player.play)
    thread.start()
    watch = Watch(take.run)
    assert wait(watch, lambda watch: any(line["event"] == "paused" for line in lines(watch)), PATIENCE)
    count = len(lines(watch))
    assert not wait(watch, lambda watch: len(lines(watch)) > count, 0.3)
    inbox.send(take.run.inbox, "resume")
    thread.join(PATIENCE)
    assert lines(watch)[-1]["event"] == "finished"


def lines(watch: Watch) -> list[dict[str, object]]:
    """Return the journal as it is now."""
    return Reader(watch.run.journal).read()


def test_told_to_end(tmp_path: Path) -> None:
    """Once its screen is gone it ends at once, and nobody holds the runs."""
    stop = Event()
    stop.set()
    play(tmp_path / "runs", 1.0, stop)
    assert not any(lock.held(path) for path in (tmp_path / "runs").glob("*/lock"))
    watches = [Watch(run, expected=False) for run in store.listed(tmp_path / "runs")]
    assert watches
    assert {watch.poll() or watch.state for watch in watches} == {"lost"}


def test_neither_torch_nor_scikit_learn() -> None:
    """A process that plays a recording to its end has loaded nothing that trains."""
    program = f"""
import sys, tempfile, threading
from pathlib import Path
from tuitrain.runs import demo
with tempfile.TemporaryDirectory() as folder:
    demo.play(Path(folder) / "runs", {AT_ONCE}, threading.Event())
print({{"torch", "torchvision", "sklearn", "textual"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_recordings_are_small_and_neutral(tmp_path: Path) -> None:
    """All together they take less than a picture does, and say nothing of the machine on which they were made."""
    assert sum(assets.path(f"demo/{name}.tar.xz").stat().st_size for name in RECORDINGS) <= 700_000
    for name in RECORDINGS:
        for take in unpack(tmp_path / name, name):
            (started,) = [record for record in take.records if record["event"] == "started"]
            assert (started["host"], started["pid"], started["versions"]) == ("host", 1, {})
