"""Workers as processes of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuitrain.experiment import parse
from tuitrain.runs import inbox, launch, lock
from tuitrain.runs.history import ENDED
from tuitrain.runs.launch import Standby
from tuitrain.runs.watch import look, wait

TRAINING = {"epochs": 2, "batch_size": 16, "device": "cpu", "threads": 1}
EXPERIMENT = parse(
    {"dataset": {"kind": "gmm2d"}, "models": [{"kind": "linear"}, {"kind": "mlp", "hidden": [4]}], "training": TRAINING}
)
LONG = EXPERIMENT.model_copy(
    update={
        "training": EXPERIMENT.training.model_copy(update={"epochs": 10**9, "evaluate_every": 100_000}),
        "models": EXPERIMENT.models[:1],
    }
)


@pytest.fixture(scope="module")
def standbys() -> Iterator[list[Standby]]:
    """Return two workers that get ready at the same time."""
    both = [Standby(), Standby()]
    yield both
    for standby in both:
        standby.process.kill()
        standby.process.wait()
        for stream in (standby.process.stdin, standby.process.stdout):
            if stream:
                stream.close()


def test_standby_trains(standbys: list[Standby], tmp_path: Path) -> None:
    """A worker that stands by names the devices, trains the runs it is given, and ends."""
    standby = standbys[0]
    names = [name for name, _ in standby.devices()]
    assert names[-1] == "cpu"
    runs = launch.create(EXPERIMENT, tmp_path / "runs")
    assert standby.start(runs, tmp_path / "data")
    assert standby.process.wait(60) == 0
    assert [look(run).state for run in runs] == ["finished", "finished"]
    assert lock.holder(runs[0].lock) == lock.holder(runs[1].lock)
    assert lock.holder(runs[0].lock)["pid"] == standby.process.pid
    assert "completed" in runs[0].output.read_text()
    assert "Traceback" not in runs[0].output.read_text()
    assert not standby.start(runs, tmp_path / "data")


def test_standby_ends_with_whoever_started_it(standbys: list[Standby]) -> None:
    """A worker that stands by ends, without a word, when its standard input does."""
    standby = standbys[1]
    assert standby.devices()
    assert standby.process.stdin
    standby.process.stdin.close()
    assert standby.process.wait(30) == 0
    assert not standby.alive
    assert standby.survey(EXPERIMENT.dump(), Path()) is None


@pytest.mark.slow
def test_worker_in_a_session_of_its_own(tmp_path: Path) -> None:
    """A worker belongs to no terminal, obeys its inbox, and another worker on its run is refused."""
    (run,) = launch.create(LONG, tmp_path / "runs")
    process = launch.start([run], tmp_path / "data")
    try:
        assert os.getsid(process.pid) == process.pid != os.getsid(0)
        watched = look(run)
        assert wait(watched, lambda watched: watched.state == "running" and watched.history.step > 0, 60)
        assert lock.held(run.lock)
        answered = inbox.send(run.inbox, "pause")
        assert wait(watched, lambda watched: watched.state == "paused", 10)
        assert watched.history.answers[answered]["event"] == "paused"
        inbox.send(run.inbox, "stop")
        assert wait(watched, lambda watched: watched.state in ENDED, 10)
        assert watched.state == "stopped"
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in run.output.read_text()
    assert run.summary.is_file()
