"""Commands to a training: each is answered once, with the step from which it holds."""

from pathlib import Path
from time import monotonic, sleep

import pytest
import torch
from lessons import Told, last, network, of, timeless, toy, trained
from torch.nn import functional as F

from tuitrain.engine import checkpoint
from tuitrain.events import ACTIONS, Continued, Evaluated, Event, Finished, Paused, Refused, Saved, Stepped


def answers(events: list[Event]) -> list[tuple[str, int, str]]:
    """Return kind, step and command of all that answers one."""
    told = [(event.kind, getattr(event, "step", -1), getattr(event, "command", None)) for event in events]
    return [(kind, step, command) for kind, step, command in told if command]


def test_pause_and_resume(tmp_path: Path) -> None:
    """A paused training waits where it is and goes on as if nothing had been."""
    control = Told([[], [], ["pause"], [], [], ["resume"]])
    events = trained(toy(), tmp_path / "a", control=control)
    assert answers(events) == [("paused", 2, "1"), ("continued", 2, "2")]
    assert control.waits == 3
    undisturbed = trained(toy(), tmp_path / "b")
    kept = [event for event in events if not isinstance(event, (Paused, Continued))]
    assert timeless(kept) == timeless(undisturbed)


def test_pause_before_the_first_step(tmp_path: Path) -> None:
    """A training can be paused before it begins."""
    events = trained(toy(), tmp_path, ["pause"], ["resume"])
    assert answers(events) == [("paused", 0, "1"), ("continued", 0, "2")]
    assert last(Finished, events).reason == "completed"


def test_seconds_leave_out_the_pause(tmp_path: Path) -> None:
    """The time of training does not count what was spent waiting."""

    class Slow(Told):
        """A control whose waits take time, as real ones do."""

        def wait(self) -> None:
            sleep(0.2)
            super().wait()

    began = monotonic()
    events = trained(toy(), tmp_path, control=Slow([["pause"], [], ["resume"]]))
    assert last(Finished, events).seconds < monotonic() - began - 2 * 0.2


@pytest.mark.parametrize("step", [0, 1, 4])
def test_stop(tmp_path: Path, step: int) -> None:
    """A stopped training evaluates where it is, saves, and finishes with the command as the reason."""
    events = trained(toy(), tmp_path, *[[]] * step, ["stop"])
    finished = last(Finished, events)
    assert (finished.reason, finished.step, finished.command) == ("stopped", step, "1")
    assert answers(events) == [("finished", step, "1")]
    assert [event.step for event in of(Evaluated, events)] == [0, *range(3, step, 3), *([step] if step else [])]
    assert "val/accuracy" in finished.metrics
    assert checkpoint.load(tmp_path / "checkpoints" / "last.pt")["step"] == step


def test_stop_while_paused(tmp_path: Path) -> None:
    """A paused training can be stopped."""
    events = trained(toy(), tmp_path, [], ["pause"], [], ["stop"])
    assert answers(events) == [("paused", 1, "1"), ("finished", 1, "2")]


@pytest.mark.parametrize("step", [1, 3])
def test_save(tmp_path: Path, step: int) -> None:
    """A checkpoint can be asked for at any step; it is one answer, though the best weights may be saved as well."""
    events = trained(toy(), tmp_path, *[[]] * step, ["save"])
    saved = of(Saved, events)
    assert answers(events) == [("saved", step, "1")]
    assert [(event.step, event.path) for event in saved if event.command] == [(step, "checkpoints/last.pt")]
    assert last(Finished, events).reason == "completed"


@pytest.mark.parametrize(
    ("batches", "refused", "reason"),
    [
        ([["resume"]], "1", "training is not paused"),
        ([["pause", "pause"], ["resume"]], "2", "training is paused already"),
        ([["stop", "stop"]], "2", "training stops already"),
        ([["dance"]], "1", f"'dance' is not a command; there are {', '.join([*ACTIONS][:-1])} and go_on"),
    ],
)
def test_refused(tmp_path: Path, batches: list[list[str]], refused: str, reason: str) -> None:
    """What cannot be done is refused with the reason."""
    events = trained(toy(), tmp_path, *batches)
    assert [(event.command, event.reason) for event in of(Refused, events)] == [(refused, reason)]


def test_each_is_answered_once(tmp_path: Path) -> None:
    """However many commands come in one batch, each has one answer, and in their order but for the stop."""
    actions = ["pause", "resume", "resume", "pause", "nonsense", "pause", "stop", "stop", "save"]
    events = trained(toy(), tmp_path, [], [], actions)
    answered = [command for _, _, command in answers(events)]
    assert sorted(answered) == [str(number + 1) for number in range(len(actions))]
    assert {step for _, step, _ in answers(events)} == {2}


def looks(events: list[Event]) -> dict[int, dict[str, float]]:
    """Return what single steps told of each tensor, by step."""
    told = {event.step: event.metrics for event in of(Stepped, events)}
    found = {
        step: {name: value for name, value in metrics.items() if name.startswith(("grad/", "update/"))}
        for step, metrics in told.items()
    }
    return {step: metrics for step, metrics in found.items() if metrics}


@pytest.mark.parametrize("record_every", [0, 1, 100])
def test_single_steps(tmp_path: Path, record_every: int) -> None:
    """Steps can be taken one at a time, from the very first on: each is told, looked at, and answered once."""
    quiet = toy(training={"record_every": record_every})
    events = trained(quiet, tmp_path / "a", ["step", "step", "step"], [], [], [], [], ["resume"])
    assert answers(events) == [("paused", 1, "1"), ("paused", 2, "2"), ("paused", 3, "3"), ("continued", 3, "4")]
    assert [event.step for event in of(Stepped, events)][:3] == [1, 2, 3]
    names = {f"{what}/output.{part}" for what in ("grad", "update") for part in ("weight", "bias")}
    assert {step: set(metrics) for step, metrics in looks(events).items()} == dict.fromkeys((1, 2, 3), names)
    undisturbed = trained(quiet, tmp_path / "b")
    assert timeless([last(Finished, events)]) == timeless([last(Finished, undisturbed)])
    assert timeless(of(Evaluated, events)) == timeless(of(Evaluated, undisturbed))


@pytest.mark.parametrize("clip_norm", [0.0, 0.1])
def test_look_at_a_step(tmp_path: Path, clip_norm: float) -> None:
    """A single step tells the norm of each gradient, and of the change over that of the weights, as autograd has it."""
    experiment = toy(training={"batch_size": "full", "seed": 3, "clip_norm": clip_norm}, optimizer={"lr": 0.5})
    data = experiment.dataset.load(tmp_path)
    told = looks(trained(experiment, tmp_path, ["step"], [], ["resume"]))[1]
    torch.manual_seed(3)
    net = network(experiment).build((2,), 2)
    loss = F.cross_entropy(net(torch.from_numpy(data.train.inputs)), torch.from_numpy(data.train.labels))
    found = torch.autograd.grad(loss, list(net.parameters()))
    length = float(torch.cat([each.flatten() for each in found]).norm())
    share = min(1.0, clip_norm / length) if clip_norm else 1.0
    for (name, value), gradient in zip(net.named_parameters(), found, strict=True):
        norm = share * float(gradient.norm())
        assert told[f"grad/{name}"] == pytest.approx(norm, rel=1e-4)
        assert told[f"update/{name}"] == pytest.approx(0.5 * norm / float(value.detach().norm()), rel=1e-4)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([["step"], ["stop"]], [("paused", 1, "1"), ("finished", 1, "2")]),
        ([["step", "step"], ["stop"]], [("paused", 1, "1"), ("refused", 1, "2"), ("finished", 1, "3")]),
        ([["step", "stop"]], [("refused", 0, "1"), ("finished", 0, "2")]),
        ([["step", "step", "resume"]], [("continued", 0, "3"), ("refused", 0, "1"), ("refused", 0, "2")]),
        ([["pause"], ["step"], [], ["resume"]], [("paused", 0, "1"), ("paused", 1, "2"), ("continued", 1, "3")]),
        ([["step"], ["pause"], ["resume"]], [("paused", 1, "1"), ("refused", 1, "2"), ("continued", 1, "3")]),
    ],
)
def test_single_steps_and_other_commands(
    tmp_path: Path, batches: list[list[str]], expected: list[tuple[str, int, str]]
) -> None:
    """A stop or a resume comes before steps that still wait, and these are refused; a step leaves training paused."""
    assert answers(trained(toy(), tmp_path, *batches)) == expected


def test_single_step_at_the_end(tmp_path: Path) -> None:
    """The last step can be a single one; steps beyond it are refused."""
    experiment = toy(training={"steps": 2, "evaluate_every": 1})
    events = trained(experiment, tmp_path, ["step", "step", "step"], [], [], ["resume"])
    assert answers(events)[:2] == [("paused", 1, "1"), ("paused", 2, "2")]
    assert {command for _, _, command in answers(events)} == {"1", "2", "3", "4"}
    assert last(Finished, events).step == 2


def test_divergence_in_a_single_step(tmp_path: Path) -> None:
    """Steps that still wait when the loss is no number any more are refused, the one under way among them."""
    experiment = toy(optimizer={"lr": 1e38}, training={"epochs": 50})
    events = trained(experiment, tmp_path, ["step"] * 30)
    answered = answers(events)
    assert events[-1].kind == "failed"
    assert sorted(int(command) for _, _, command in answered) == list(range(1, 31))
    assert {kind for kind, _, _ in answered} == {"paused", "refused"}
