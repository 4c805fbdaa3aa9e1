"""What a front end with a screen holds."""

from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tuitrain.experiment import Experiment, parse
from tuitrain.runs import launch, lock
from tuitrain.runs.inbox import Inbox
from tuitrain.runs.session import Session
from tuitrain.runs.store import Run

MODELS = [{"kind": "linear"}, {"kind": "mlp", "hidden": [4]}, {"kind": "mlp", "hidden": [8]}]
EXPERIMENT: Experiment = parse({"dataset": {"kind": "gmm2d"}, "models": MODELS})


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return a session over no runs yet."""
    return Session(tmp_path / "runs", tmp_path / "data")


def taken(session: Session, experiment: Experiment) -> tuple[list[Run], list[lock.Lock]]:
    """Return the runs of an experiment, and their locks, as a worker takes them."""
    runs = launch.create(experiment, session.runs_dir)
    me = lock.signature()
    return runs, [lock.take(run.lock, me) for run in runs]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_open_takes_the_group(session: Session, number: int) -> None:
    """Whichever run of a worker is opened, all of its runs are shown, in the order of the experiment."""
    runs, _ = taken(session, EXPERIMENT)
    taken(session, EXPERIMENT)
    session.open(runs[number])
    assert [watch.run for watch in session.watches] == runs
    assert session.experiment() == EXPERIMENT


def test_open_what_no_worker_had(session: Session) -> None:
    """A run that nobody took is shown alone."""
    runs = launch.create(EXPERIMENT, session.runs_dir)
    session.open(runs[1])
    assert [watch.run for watch in session.watches] == [runs[1]]


def test_open_active(session: Session) -> None:
    """The newest runs of a living worker are found, those that are over are not."""
    assert not session.open_active()
    older, locks = taken(session, EXPERIMENT)
    newer, ended = taken(session, EXPERIMENT)
    for each in ended:
        each.release()
    assert session.open_active()
    assert [watch.run for watch in session.watches] == older
    for each in locks:
        each.release()
    assert not session.open_active()
    assert [watch.run for watch in session.watches] == older
    assert newer


def test_send(session: Session) -> None:
    """A command is put into the inbox of each run that is meant."""
    runs, _ = taken(session, EXPERIMENT)
    session.open(runs[0])
    session.send("pause", session.watches[:2])
    assert [[command.action for command in Inbox(run.inbox).commands()] for run in runs] == [["pause"], ["pause"], []]


def test_experiment_that_cannot_be_read(session: Session) -> None:
    """A run whose file is damaged is left out of the experiment; without any other there is none to show."""
    assert session.experiment() is None
    runs, _ = taken(session, EXPERIMENT)
    (runs[2].path / "experiment.toml").write_text("[dataset")
    session.open(runs[0])
    assert session.experiment() == EXPERIMENT.model_copy(update={"models": EXPERIMENT.models[:2]})
    for run in runs:
        (run.path / "experiment.toml").write_text("[dataset")
    session.open(runs[0])
    assert session.experiment() is None


@pytest.mark.slow
def test_survey_by_a_worker(session: Session) -> None:
    """A worker that stands by answers one question after another; one that died is replaced, closing ends the wait."""
    vision = {"dataset": {"kind": "digits"}, "models": [{"kind": "torchvision", "architecture": "mobilenet_v3_small"}]}
    found = session.survey(vision)
    assert found is not None
    assert found.models[0].table
    wrong = session.survey({**vision, "models": [{"kind": "torchvision", "architecture": "resnet19"}]})
    assert wrong is not None
    assert [problem.key for problem in wrong.problems] == ["models.0.architecture"]
    assert session.devices[-1][0] == "cpu"
    standby = session.stand_by()
    assert not standby.busy
    standby.process.kill()
    standby.process.wait()
    another = session.stand_by()
    assert another is not standby
    closing = Timer(0.2, session.close)
    closing.start()
    assert session.survey(vision) is None  # closing the session ends the wait
    closing.join()
    assert another.process.poll() is not None


@pytest.mark.parametrize(
    "tables",
    [
        {"optimizer": {"lr": [0.1, 0.01]}, "training": {"seed": [1, 2]}},
        {"optimizer": {"kind": ["sgd", "adam"]}},
        {"schedule": {"kind": "step", "milestones": [[1], [2, 3]]}, "loss": {"reduction": ["mean", "sum"]}},
    ],
)
def test_experiment_of_a_sweep(session: Session, tables: dict[str, Any]) -> None:
    """The runs of a sweep are shown as the sweep: what is trained from there is the same runs again."""
    sweep = parse({**EXPERIMENT.dump(), **tables})
    runs, _ = taken(session, sweep)
    session.open(runs[3])
    again = session.experiment()
    assert again is not None
    assert {one.model_dump_json() for one in again.alone} == {one.model_dump_json() for one in sweep.alone}
    assert again.label == ""


def test_experiment_of_a_part_of_a_sweep(session: Session) -> None:
    """Where runs of a sweep cannot be read the settings are those of the first, with each model once."""
    sweep = parse({**EXPERIMENT.dump(), "optimizer": {"lr": [0.1, 0.01]}})
    runs, _ = taken(session, sweep)
    (runs[1].path / "experiment.toml").unlink()
    session.open(runs[0])
    again = session.experiment()
    assert again is not None
    assert (again.vary, len(again.models)) == ({}, 3)
