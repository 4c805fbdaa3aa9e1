"""Commands to a training: each is answered once, with the step from which it holds."""

from pathlib import Path
from time import monotonic, sleep

import pytest
from lessons import Told, last, of, timeless, toy, trained

from tuitrain.engine import checkpoint
from tuitrain.events import Continued, Evaluated, Event, Finished, Paused, Refused, Saved


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
    assert [(event.step, event.path) for event in saved[:1]] == [(step, "checkpoints/last.pt")]
    assert last(Finished, events).reason == "completed"


@pytest.mark.parametrize(
    ("batches", "refused", "reason"),
    [
        ([["resume"]], "1", "training is not paused"),
        ([["pause", "pause"], ["resume"]], "2", "training is paused already"),
        ([["stop", "stop"]], "2", "training stops already"),
        ([["dance"]], "1", "'dance' is not a command; there are pause, resume, step, stop, save and probe"),
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
