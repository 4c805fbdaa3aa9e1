"""A training that stumbles goes back to before the step that spoilt it, says what it finds, and does as it is told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from courses import course, numbers
from flights import Answer, Nobody, flown, last_of, poisoned, spiked, unstable
from lessons import last, measured, network, of, timeless, toy, trained

from tuitrain.engine import checkpoint, flight, trouble
from tuitrain.engine.lesson import Lesson, place_all, prepare
from tuitrain.engine.objective import objective
from tuitrain.engine.train import train
from tuitrain.engine.trouble import Watch
from tuitrain.events import (
    Changed,
    Continued,
    Evaluated,
    Event,
    Failed,
    Finished,
    Planned,
    Refused,
    Restarted,
    Saved,
    Skipped,
    Start,
    Stepped,
    Troubled,
    Warned,
)
from tuitrain.experiment import Experiment, read

NETS: dict[str, dict[str, Any]] = {
    "dropout, batch norm, adam": {
        "models": [{"kind": "mlp", "hidden": [8, 8], "dropout": 0.4, "batch_norm": True}],
        "optimizer": {"kind": "adam", "lr": 0.05},
        "schedule": {"kind": "plateau", "patience": 0},
    },
    "momentum, clipped": {"optimizer": {"momentum": 0.9}, "training": {"clip_norm": 0.5, "evaluate_every": 2}},
    "numpy net": {"models": [{"kind": "numpy_net"}], "optimizer": {"lr": 0.3}},
    "in bfloat16": {"models": [{"kind": "mlp", "hidden": [8]}], "training": {"precision": "bfloat16"}},
}
POISON = poisoned(5)
STUMBLES = [3, 5, 7]
"""The steps of three epochs in which sample 5 is learned from."""


def unspoilt(events: list[Event]) -> list[Any]:
    """Return all that was measured, but for the points whose loss is no number."""
    return [record for record in numbers(events) if not (record["event"] == "stepped" and record.get("diverged"))]


@pytest.mark.parametrize("record_every", [1, 2, 0])
@pytest.mark.parametrize("name", NETS)
def test_skip(tmp_path: Path, name: str, record_every: int) -> None:
    """A batch that was skipped in time leaves the numbers that a training has which was to skip it from the first."""
    settings = {**NETS[name], "training": {"record_every": record_every, **NETS[name].get("training", {})}}
    told = flown(toy(**settings), tmp_path / "a", "skip", "skip", "skip", plant=POISON)
    assert [(event.step, event.command) for event in of(Skipped, told)] == list(zip(STUMBLES, "123", strict=True))
    planned = [Planned(step, "skip") for step in STUMBLES]
    expected = flown(toy(**settings), tmp_path / "b", plant=POISON, plan=planned)
    assert not of(Troubled, expected)
    if record_every == 1:
        assert unspoilt(told) == unspoilt(expected)
    assert timeless(of(Evaluated, told)) == timeless(of(Evaluated, expected))
    assert timeless(told[-1:]) == timeless(expected[-1:])


def test_what_is_told(tmp_path: Path) -> None:
    """Step, loss, learning rate, where it came up, and a file with the batch: the sample to blame is the first."""
    events = flown(toy(), tmp_path, "stop", plant=POISON)
    (told,) = of(Troubled, events)
    assert (told.step, told.trouble, told.lr, told.waits) == (3, "nan", 0.1, True)
    assert np.isnan(told.loss)
    assert told.layer == "the inputs of 1 of 16 samples (input 1)"
    assert told.path == "snapshots/trouble-000000003.npz"
    with np.load(tmp_path / told.path, allow_pickle=False) as arrays:
        assert arrays["samples"][arrays["worst"][0]] == 5
        assert np.isnan(arrays["inputs"][arrays["worst"][0], 0])
        assert arrays["predictions"][arrays["worst"][0]] == -1
        assert sorted(arrays["worst"]) == list(range(16))
        assert {len(arrays[name]) for name in ("inputs", "labels", "predictions", "losses", "samples")} == {16}


@pytest.mark.parametrize("kind", ["mnist", "curve"])
def test_the_file_holds_images_or_targets(tmp_path: Path, kind: str) -> None:
    """Images are kept as they are stored, targets of a regression in their own units, of 64 samples at most."""
    sizes = {"train_size": 200, "val_size": 20, "test_size": 20} if kind == "mnist" else {"points": 250}
    experiment = toy(dataset={"kind": kind, **sizes}, optimizer={"lr": 1e38}, training={"batch_size": 100})
    (told,) = of(Troubled, flown(experiment, tmp_path))
    data = experiment.dataset.load(tmp_path)
    assert told.path
    with np.load(tmp_path / told.path, allow_pickle=False) as arrays:
        assert len(arrays["samples"]) == 64
        stored = data.train.inputs[arrays["samples"]]
        assert (arrays["images" if kind == "mnist" else "inputs"] == stored).all()
        assert np.allclose(arrays["labels"], data.train.labels[arrays["samples"]], atol=1e-5)


@pytest.mark.parametrize("on_divergence", ["stop", "rewind"])
@pytest.mark.parametrize("record_every", [1, 0])
def test_stop(tmp_path: Path, on_divergence: str, record_every: int) -> None:
    """Told to stop, or as it is set, it ends as diverged; last.pt is whole, finite and from before that step."""
    experiment = toy(
        models=[{"kind": "mlp", "hidden": [8, 8]}],
        optimizer={"lr": 1e38},
        training={"on_divergence": on_divergence, "record_every": record_every},
    )
    answers = ["stop"] if on_divergence == "rewind" else []
    events = flown(experiment, tmp_path, *answers)
    failed = last(Failed, events)
    assert failed.reason == "diverged"
    assert failed.command == ("1" if answers else None)
    assert f"at step {failed.step}, with a learning rate of 1e+38; first not finite: " in failed.error
    assert "optimizer.lr" in failed.hint
    (told,) = of(Troubled, events)
    assert told.layer in failed.error
    state = checkpoint.load(tmp_path / "checkpoints" / "last.pt")
    assert state["step"] == told.step - 1 == of(Saved, events)[-1].step
    assert all(value.isfinite().all() for value in state["model"].values())
    anew = train(experiment, experiment.dataset.load(tmp_path), Nobody(), tmp_path, Start(checkpoint=last_of(tmp_path)))
    assert last(Failed, list(anew)).step == failed.step


def test_a_soft_stop_of_spoilt_weights(tmp_path: Path) -> None:
    """Stopped after a step that spoilt the weights, before anybody saw that, a training keeps those from before it."""
    experiment = toy(optimizer={"lr": 1e38}, training={"batch_size": "full", "evaluate_every": 2})
    events = flown(experiment, tmp_path, plan=[Planned(1, "stop")])
    assert "at step 1" in last(Failed, events).error
    state = checkpoint.load(last_of(tmp_path))
    assert state["step"] == 0
    assert all(value.isfinite().all() for value in state["model"].values())


@pytest.mark.parametrize("waits", [True, False])
def test_rewind(tmp_path: Path, waits: bool) -> None:
    """64 steps back with half the learning rate: as if that had been planned, evaluations and the best one too."""
    answers: list[Answer] = ["rewind"] if waits else []
    events = flown(unstable(on_divergence="stop" if waits else "rewind"), tmp_path / "a", *answers)
    (told,), (restarted,), (changed,) = of(Troubled, events), of(Restarted, events), of(Changed, events)
    assert (told.step, told.trouble) == (71, "spike")
    assert (restarted.step, restarted.evaluated, restarted.command) == (6, 4, "1" if waits else None)
    assert (changed.step, changed.key, changed.old, changed.new) == (6, "optimizer.lr", 1.1, 0.55)
    assert last(Finished, events).reason == "completed"
    planned = flown(unstable(), tmp_path / "b", plan=[Planned(6, "set", "optimizer.lr", 0.55)])
    assert numbers(events[events.index(restarted) :]) == numbers(planned, after=6)
    beyond = events[events.index(restarted) + 1 :]
    assert all(event.step <= 6 for event in of(Saved, beyond)[:2])


def test_rewind_twice(tmp_path: Path) -> None:
    """Each time it goes on with half of what there was; a number of steps may be said."""
    experiment = toy(
        dataset={"kind": "curve"},
        models=[{"kind": "mlp", "hidden": [8]}],
        optimizer={"lr": 2.2},
        training={"epochs": 30, "on_divergence": "rewind"},
    )
    events = flown(experiment, tmp_path / "a")
    assert [event.new for event in of(Changed, events)] == [1.1, 0.55]
    assert last(Finished, events).reason == "completed"
    events = flown(experiment, tmp_path / "b", ("rewind", {"steps": 4}), ("rewind", {"steps": 1000}))
    first = of(Troubled, events)[0].step
    assert [event.step for event in of(Restarted, events)] == [first - 5, 0]
    assert [event.new for event in of(Changed, events)] == [1.1, 0.55]
    assert last(Finished, events).reason == "completed"


def test_five_times_is_enough(tmp_path: Path) -> None:
    """Where no learning rate helps it goes back five times by itself and then fails."""
    events = flown(toy(training={"on_divergence": "rewind"}), tmp_path, plant=POISON)
    assert len(of(Restarted, events)) == len(of(Changed, events)) == 5
    assert len(of(Troubled, events)) == 6
    assert last(Failed, events).reason == "diverged"


def test_go_on_from_a_spike(tmp_path: Path) -> None:
    """A batch whose loss shoots up may be learned from all the same: the numbers are those without any question."""
    experiment, sample = spiked()
    events = flown(experiment, tmp_path / "a", "go_on", plant=poisoned(sample, -1e4))
    (told,), (continued,) = of(Troubled, events), of(Continued, events)
    assert (told.step, told.trouble, continued.step, continued.command) == (76, "spike", 75, "1")
    assert told.loss > 100
    assert told.layer.startswith("the inputs, ")
    assert told.layer.endswith(" times those of the step before")
    assert last(Finished, events).reason == "completed"
    assert [event.step for event in of(Stepped, events)] == list(range(1, 161))
    expected = flown(experiment, tmp_path / "b", "go_on", plant=poisoned(sample, -1e4))
    assert numbers(events) == numbers(expected)


def test_a_spike_stops_where_nobody_is_asked(tmp_path: Path) -> None:
    """By itself it ends with what stands out, and with half the learning rate it goes on where that is set."""
    experiment, sample = spiked()
    failed = last(Failed, flown(experiment, tmp_path, plant=poisoned(sample, -1e4)))
    assert failed.error.startswith("train/loss shot up to ")
    assert "at step 76, with a learning rate of 0.1; what stands out: the inputs" in failed.error


def test_nobody_goes_on_from_nan(tmp_path: Path) -> None:
    """Where the loss is no number, to go on is refused; so is a pause; saving and settings are obeyed."""
    answers: list[Answer] = [
        "go_on",
        "pause",
        ("rewind", {"steps": 0}),
        "save",
        ("set", {"key": "optimizer.lr", "value": 0.2}),
        "skip",
        "abort",
    ]
    events = flown(toy(), tmp_path, *answers, plant=POISON)
    refused = {event.command: event.reason for event in of(Refused, events)}
    assert list(refused) == ["1", "2", "3"]
    assert "no step leads on" in refused["1"]
    assert "waits for rewind, skip, go_on, stop or abort" in refused["2"]
    assert "4" in [event.command for event in of(Saved, events)]
    assert [(event.new, event.command) for event in of(Changed, events)] == [(0.2, "5")]
    assert [event.command for event in of(Skipped, events)] == ["6"]
    finished = last(Finished, events)
    assert (finished.reason, finished.command, finished.metrics) == ("stopped", "7", {})


@pytest.mark.parametrize("experiment", [unstable(), unstable(record_every=7)])
def test_norms(tmp_path: Path, experiment: Experiment) -> None:
    """The gradient norms are those of the 64 steps before, to the last bit."""
    (told,) = of(Troubled, flown(experiment, tmp_path / "a"))
    fine = of(Stepped, flown(unstable(), tmp_path / "b"))
    expected = {event.step: event.metrics["grad_norm"] for event in fine}
    assert told.norms == [expected[step] for step in range(told.step - 64, told.step)]


def test_norms_of_the_beginning(tmp_path: Path) -> None:
    """Of fewer steps there are fewer, of a model without gradients none."""
    assert len(of(Troubled, flown(toy(), tmp_path / "a", plant=POISON))[0].norms) == 2
    assert of(Troubled, flown(toy(models=[{"kind": "numpy_net"}]), tmp_path / "b", plant=POISON))[0].norms == []


def test_the_step_to_blame_is_the_one_that_spoilt_the_weights(tmp_path: Path) -> None:
    """Where a step with a finite loss leaves weights that are no numbers, that step is told, and which tensor."""
    experiment = toy(optimizer={"lr": 1e38}, training={"batch_size": "full", "evaluate_every": 3})
    events = flown(experiment, tmp_path, "stop")
    (told,) = of(Troubled, events)
    assert (told.step, told.trouble) == (1, "nan")
    assert np.isfinite(told.loss)
    assert told.layer == "output.weight, as the step was taken"
    error = last(Failed, events).error
    assert error.startswith("train/loss became nan at step 2, with")
    assert error.endswith("first not finite at step 1: output.weight, as the step was taken")
    assert checkpoint.load(last_of(tmp_path))["step"] == 0


def test_skip_of_a_step_found_at_an_evaluation(tmp_path: Path) -> None:
    """What an evaluation told of spoilt weights is taken back before the batch is left out, and told anew."""
    experiment = toy(
        models=[{"kind": "mlp", "hidden": [8]}], optimizer={"lr": 1e38}, training={"batch_size": "full", "epochs": 2}
    )
    events = flown(experiment, tmp_path, "skip", "skip")
    kinds = [event.kind for event in events if event.kind in ("evaluated", "troubled", "restarted", "skipped")]
    assert kinds == ["evaluated", *["evaluated", "troubled", "restarted", "skipped", "evaluated"] * 2]
    untrained = of(Evaluated, events)[0].metrics["val/loss"]
    assert last(Finished, events).metrics["val/loss"] == untrained


@pytest.mark.parametrize(("place", "layer"), [("hidden2.weight", "layer hidden2"), ("hidden1.bias", "layer hidden1")])
def test_the_first_layer_is_named(tmp_path: Path, place: str, layer: str) -> None:
    """Of a model with one weight that is no number the layer of it is named, not those behind it."""
    experiment = toy(models=[{"kind": "mlp", "hidden": [8, 8], "batch_norm": True}])
    data = experiment.dataset.load(tmp_path)
    split = place_all(data, torch.device("cpu"), 0)["train"]
    net, aim = network(experiment).build((2,), 2), objective(experiment.loss, data, torch.device("cpu"))
    inputs, labels = split.batch(torch.arange(16))
    assert not trouble.first_odd(trouble.passed(net, inputs, labels, aim))
    with torch.no_grad():
        dict(net.named_parameters())[place].view(-1)[0] = torch.nan
    found = trouble.passed(net, inputs, labels, aim)
    assert trouble.first_odd(found) == layer
    assert not trouble.is_finite(net)


def test_the_gradient_is_looked_at_where_the_loss_is_finite(tmp_path: Path) -> None:
    """A gradient that is no number, of a loss that is one, is named by the layer where it came up, from the end."""
    experiment = toy(models=[{"kind": "mlp", "hidden": [8, 8]}])
    data = experiment.dataset.load(tmp_path)
    split = place_all(data, torch.device("cpu"), 0)["train"]
    net, aim = network(experiment).build((2,), 2), objective(experiment.loss, data, torch.device("cpu"))
    dict(net.named_modules())["relu1"].register_forward_hook(
        lambda _module, _given, output: output.register_hook(lambda slope: slope * torch.nan) and None
    )
    found = trouble.passed(net, *split.batch(torch.arange(16)), aim)
    assert np.isfinite(found.loss)
    assert trouble.first_odd(found) == "the gradient at layer relu1"


def test_huge_inputs_overflow_in_a_layer(tmp_path: Path) -> None:
    """A number of 3e38 in a person's own file is one; the layer in which it becomes infinite is named."""
    x = np.random.default_rng(0).random((40, 2), dtype=np.float32)
    x[7] = 3e38
    np.savez(tmp_path / "own.npz", x_train=x, y_train=np.arange(40) % 2, x_val=x[:7], y_val=np.arange(7) % 2)
    experiment = toy(
        dataset={"kind": "npz", "path": str(tmp_path / "own.npz"), "normalize": "none"},
        models=[{"kind": "mlp", "hidden": [8, 8], "init": "normal"}],
    )
    (told,) = of(Troubled, flown(experiment, tmp_path))
    assert told.layer == "layer hidden1"


def test_rewind_at_any_time(tmp_path: Path) -> None:
    """A training that does not stumble goes back too where that is said, as if the change had been planned."""
    training = {"epochs": 12, "record_every": 1}
    experiment = toy(training=training)
    events = course(experiment, tmp_path / "b", said={20: [("rewind", {"steps": 8})]})
    (restarted,) = of(Restarted, events)
    assert (restarted.step, restarted.command) == (12, "20.0")
    planned = flown(experiment, tmp_path / "c", plan=[Planned(12, "set", "optimizer.lr", 0.05)])
    assert numbers(events[events.index(restarted) :]) == numbers(planned, after=12)


@pytest.mark.parametrize(("steps", "told"), [(8, ["optimizer.weight_decay", "optimizer.lr"]), (4, ["optimizer.lr"])])
@pytest.mark.parametrize("pause", [0.0, 1e9])
def test_rewind_beyond_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, told: list[str], pause: float
) -> None:
    """What was changed meanwhile holds from where it goes on, and is told again where that lies before the change."""
    monkeypatch.setattr(flight, "PAUSE", pause)
    experiment = toy(training={"epochs": 12}, optimizer={"momentum": 0.9})
    change = ("set", {"key": "optimizer.weight_decay", "value": 0.5})
    events = course(experiment, tmp_path / "a", said={14: [change], 20: [("rewind", {"steps": steps})]})
    (restarted,) = of(Restarted, events)
    after = events[events.index(restarted) :]
    assert restarted.step == 20 - steps
    assert sorted(event.key for event in of(Changed, after)) == sorted(told)
    plan = [
        Planned(min(14, restarted.step), "set", "optimizer.weight_decay", 0.5),
        Planned(restarted.step, "set", "optimizer.lr", 0.05),
    ]
    planned = flown(experiment, tmp_path / "b", plan=plan)
    assert numbers(after) == numbers(planned, after=restarted.step)


def test_without_room_it_fails_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model too large to be copied diverges without a question; to go back is refused, a spike is nothing."""
    monkeypatch.setattr(flight, "BYTES", 10)
    failed = last(Failed, flown(toy(), tmp_path / "a", "skip", plant=POISON))
    assert failed.error == "train/loss became nan at step 3, with a learning rate of 0.1"
    experiment, sample = spiked()
    assert not of(Troubled, flown(experiment, tmp_path / "b", plant=poisoned(sample, -1e4)))
    events = course(toy(), tmp_path / "c", said={3: [("rewind", {})]})
    assert [event.reason for event in of(Refused, events)] == ["the model is too large to keep copies of"]


@pytest.mark.parametrize("pause", [0.0, 0.02, 1e9])
def test_when_states_are_copied_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pause: float) -> None:
    """However many copies there are, and of which steps, it goes back to the same numbers."""
    plan = [Planned(5, "set", "optimizer.momentum", 0.01)]
    expected = flown(unstable(on_divergence="rewind"), tmp_path / "a", plan=plan)
    assert of(Restarted, expected)
    monkeypatch.setattr(flight, "PAUSE", pause)
    monkeypatch.setattr(flight, "SHARE", 1e9)
    assert numbers(flown(unstable(on_divergence="rewind"), tmp_path / "b", plan=plan)) == numbers(expected)


@pytest.mark.parametrize("step", [0, 4, 5])
def test_what_was_not_read_is_counted_beyond_a_change(tmp_path: Path, step: int) -> None:
    """Going back past a setting that was changed, from whatever state, the losses of all steps are counted."""
    experiment = toy(training={"batch_size": 16, "record_every": 0, "evaluate_every": 20})
    lesson = prepare(experiment, network(experiment), experiment.dataset.load(tmp_path), tmp_path)
    lesson.net.train()
    recorder, states = flight.Recorder(lesson), []
    for _ in range(8):
        recorder.keep()
        states += [lesson.state()] if lesson.step == step else []
        recorder.again()
        recorder.read(learned=True)
        if lesson.step == 5:
            lesson.change("optimizer.lr", 0.01)
    before = lesson.meter.state(), [value.clone() for value in lesson.net.state_dict().values()]
    recorder.states = states
    recorder.back_to(8)
    assert lesson.meter.state() == before[0]
    assert all(map(torch.equal, lesson.net.state_dict().values(), before[1]))


def test_no_memory_for_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the device has no memory for a copy the training goes on without, and says so once."""
    state, looks = Lesson.state, iter(range(100))

    def scarce(lesson: Lesson) -> dict[str, Any]:
        if next(looks) > 2:
            raise torch.OutOfMemoryError
        return state(lesson)

    monkeypatch.setattr(Lesson, "state", scarce)
    monkeypatch.setattr(flight, "PAUSE", 0.0)
    monkeypatch.setattr(flight, "SHARE", 1e9)
    events = trained(toy(dataset={"kind": "plane", "val_size": 0}, training={"evaluate_every": 1}), tmp_path)
    assert last(Finished, events).reason == "completed"
    assert [event.message for event in of(Warned, events) if "no room for copies" in event.message]
    assert len(of(Warned, events)) == 1


def test_copies_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training tells the same with states in memory and without."""
    settings = NETS["dropout, batch norm, adam"]
    kept = trained(toy(**settings), tmp_path / "a")
    monkeypatch.setattr(flight, "BYTES", 0)
    assert timeless(trained(toy(**settings), tmp_path / "b")) == timeless(kept)


def test_the_states_reach_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Four states at most; once there are more steps than 64, one of them is at least so far back."""
    monkeypatch.setattr(flight, "PAUSE", 0.0)
    monkeypatch.setattr(flight, "SHARE", 1e9)
    experiment = toy()
    lesson = prepare(experiment, network(experiment), experiment.dataset.load(tmp_path), tmp_path)
    recorder = flight.Recorder(lesson)
    for step in range(0, 1000, 7):
        lesson.step = step
        recorder.keep()
        steps = [state["step"] for state in recorder.states]
        assert len(steps) <= 4
        assert steps[-1] == step
        assert steps[0] <= max(0, step - 64)
        assert step < 150 or steps[0] > step - 150


def test_a_full_disk(tmp_path: Path) -> None:
    """Where the batch cannot be written that is a warning, and what happened is told all the same."""
    tmp_path.joinpath("snapshots").write_text("in the way")
    events = flown(toy(), tmp_path, "skip", "skip", "skip", plant=POISON)
    assert [event.path for event in of(Troubled, events)] == [None] * 3
    assert any("the batch of step 3 was not written" in event.message for event in of(Warned, events))
    assert last(Finished, events).reason == "completed"


@pytest.mark.parametrize("losses", [[0.0] * 100, [2.5] * 100, [1.0], [], [1e308] * 100, [0.0] * 70 + [3.0]])
def test_losses_that_are_no_trouble(losses: list[float]) -> None:
    """None, one, constant ones, enormous ones and zeros are losses to go on from."""
    watch = Watch(10.0)
    assert not any(watch.take(loss, 16) for loss in losses)
    again = Watch(10.0)
    again.put_back(watch.state())
    assert again == watch


def test_losses_that_are_trouble() -> None:
    """NaN, infinity, and what is ten times the first ones and ten times the last ones."""
    watch = Watch(10.0)
    assert [watch.take(loss, 1) for loss in (float("nan"), float("inf"), 1e308)] == ["nan", "infinity", None]
    watch = Watch(10.0)
    assert not any(watch.take(1.0 + n % 3, 16) for n in range(70))
    assert [watch.take(loss, 64) for loss in (29.9, 30.1, 30.1, 1e308)] == [None, "spike", "spike", "spike"]
    watch.accept(40.0)
    assert [watch.take(loss, 16) for loss in (399.0, 401.0)] == [None, "spike"]
    assert [watch.take(loss, 2) for loss in (401.0, 3199.0, 3201.0)] == [None, None, "spike"]


FALSE: dict[str, dict[str, Any]] = {
    "one sample a step": {"training": {"batch_size": 1, "epochs": 20}, "optimizer": {"lr": 0.05}},
    "one sample a step, overfitting": {
        "dataset": {"kind": "moons", "points": 100, "noise": 0.5},
        "models": [{"kind": "mlp", "hidden": [32]}],
        "optimizer": {"kind": "adam", "lr": 0.01},
        "training": {"batch_size": 1, "epochs": 30},
    },
    "one sample a step, far too fast": {
        "models": [{"kind": "numpy_net"}],
        "optimizer": {"lr": 1.0},
        "training": {"batch_size": 1, "epochs": 40},
    },
    "a small regression": {"dataset": {"kind": "plane", "points": 20}, "training": {"batch_size": 2, "epochs": 30}},
    "two points": {
        "dataset": {"kind": "line", "points": [[0, 0], [1, 1]]},
        "training": {"batch_size": 1, "epochs": 90},
    },
}


@pytest.mark.parametrize("name", FALSE)
def test_no_false_alarm(tmp_path: Path, name: str) -> None:
    """Noisy, tiny and overfitting trainings never stumble."""
    events = flown(toy(**FALSE[name]), tmp_path)
    assert not of(Troubled, events)
    assert measured(events)
    assert last(Finished, events).reason == "completed"


TOYS = ["first-run", "linreg", "linreg-plane", "logreg", "numpy-net", "toy-deep", "toy-deep-30", "toy-deep-4"]


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", ["", "1", "8"])
@pytest.mark.parametrize("preset", TOYS)
def test_no_preset_raises_an_alarm(tmp_path: Path, preset: str, batch_size: str) -> None:
    """The presets on toy data never stumble in their first 2,000 steps, one sample a step included."""
    sizes = [f"training.batch_size={batch_size}"] if batch_size else []
    for one in read(preset, ["training.device=cpu", "training.threads=1", "training.steps=2000", *sizes]).alone:
        (model,) = one.models
        if hasattr(model, "build"):
            events = flown(one, tmp_path / one.title)
            assert not of(Troubled, events), one.title
