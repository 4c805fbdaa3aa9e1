"""Sweeps: a list where one value belongs is a run for each value, told apart by its label."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.experiment import LARGEST, Experiment, override, parse, read, write
from tuitrain.models import MLP, Linear
from tuitrain.optimizers import SGD, Adam, AdamW
from tuitrain.problems import Problem, Rejected
from tuitrain.sweep import choices, label, settle

TOY: dict[str, Any] = {"dataset": {"kind": "gmm2d"}, "models": [{"kind": "linear"}]}
TWO: dict[str, Any] = TOY | {"models": [{"kind": "linear"}, {"kind": "mlp", "hidden": [3]}]}


def titles(experiment: Experiment) -> list[str]:
    """Return what the runs are called."""
    return [one.title for one in experiment.alone]


def test_product() -> None:
    """Several lists are every combination, the last changing fastest; nothing else differs."""
    experiment = parse(TOY | {"optimizer": {"lr": [0.1, 0.2]}, "training": {"batch_size": [8, "full"], "seed": 4}})
    found = [(one.optimizer.lr, one.training.batch_size) for one in experiment.alone]
    assert found == [(0.1, 8), (0.1, "full"), (0.2, 8), (0.2, "full")]
    assert titles(experiment)[:2] == ["linear lr 0.1, batch_size 8", "linear lr 0.1, batch_size full"]
    assert {one.training.seed for one in experiment.alone} == {4}
    assert all(one.vary == {} for one in experiment.alone)


def test_each_model_takes_part() -> None:
    """Each value of a shared setting is a run of each model."""
    experiment = parse(TWO | {"optimizer": {"lr": [0.1, 0.2]}})
    assert titles(experiment) == ["linear lr 0.1", "mlp 3 lr 0.1", "linear lr 0.2", "mlp 3 lr 0.2"]


def test_setting_of_one_model() -> None:
    """A setting of one model varies that model alone, which its title tells; the others are one run."""
    tables = TWO | {"models": [{"kind": "linear"}, {"kind": "mlp", "hidden": [[3], [4, 5]]}]}
    experiment = parse(tables)
    found = titles(experiment)
    assert [title.startswith(name) for title, name in zip(found, ("linear", "mlp 3", "mlp 4,5"), strict=True)] == [
        True
    ] * 3
    assert [one.models for one in experiment.alone] == [[Linear()], [MLP(hidden=[3])], [MLP(hidden=[4, 5])]]
    both = parse(tables | {"optimizer": {"lr": [0.1, 0.2]}})
    assert len(both.alone) == 6


def test_label_where_names_are_equal() -> None:
    """What the name of a model does not tell stands in its label, and only in its own."""
    tables = TOY | {"models": [{"kind": "linear"}, {"kind": "svm", "kernel": "linear", "gamma": ["auto", "scale"]}]}
    found = titles(parse(tables))
    assert len(set(found)) == len(found) == 3
    assert found[0] == "linear"
    assert [title.rpartition(" ")[0].endswith("gamma") for title in found[1:]] == [True, True]


def test_kind() -> None:
    """A kind can be swept: each run has that kind's own defaults."""
    experiment = parse(TOY | {"optimizer": {"kind": ["sgd", "adam", "adamw"]}})
    assert [one.optimizer for one in experiment.alone] == [SGD(), Adam(), AdamW()]
    assert titles(experiment) == ["linear kind sgd", "linear kind adam", "linear kind adamw"]
    models = parse(TOY | {"models": [{"kind": ["linear", "mlp"]}]})
    assert [one.models for one in models.alone] == [[Linear()], [MLP()]]
    datasets = parse(TOY | {"dataset": {"kind": ["moons", "circles"], "noise": [0.1, 0.2]}})
    assert [(one.dataset.kind, one.dataset.noise) for one in datasets.alone] == [  # type: ignore[attr-defined]
        ("moons", 0.1),
        ("moons", 0.2),
        ("circles", 0.1),
        ("circles", 0.2),
    ]


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5]])
def test_one_value(values: list[float]) -> None:
    """A list of one value, or of the same one twice, is one run."""
    (one,) = parse(TOY | {"optimizer": {"lr": values}}).alone
    assert (one.optimizer.lr, one.title) == (0.5, "linear lr 0.5")


def test_same_model_twice() -> None:
    """Without a sweep a model that is named twice is trained twice."""
    models = [{"kind": "linear"}, {"kind": "linear"}]
    assert titles(parse(TOY | {"models": models})) == ["linear", "linear"]


def test_lists_that_are_values() -> None:
    """Where a list belongs, a list is one value, and a list of lists is a sweep."""
    assert parse(TOY | {"models": [{"kind": "mlp", "hidden": [3, 4]}]}).vary == {}
    assert parse(TOY | {"models": [{"kind": "mlp", "hidden": []}]}).vary == {}
    assert parse(TOY | {"models": [{"kind": "mlp", "hidden": [[], [3]]}]}).vary == {"models.0.hidden": [[], [3]]}
    assert parse(TOY | {"loss": {"class_weights": [1, 2]}}).vary == {}
    weights = parse(TOY | {"loss": {"class_weights": [[1, 2], "none"]}})
    assert [one.loss.class_weights for one in weights.alone] == [[1.0, 2.0], "none"]
    line = {"kind": "line", "points": [[1, 2], [3, 4]]}
    points = [[1.0, 2.0], [3.0, 4.0]]
    assert parse(TOY | {"dataset": line | {"points": points}}).vary == {}
    assert parse(TOY | {"dataset": line | {"points": [points, points]}}).vary == {"dataset.points": [points, points]}
    assert parse(TOY | {"schedule": {"kind": "step", "milestones": [3, 5]}}).vary == {}


TABLES = st.fixed_dictionaries(
    {
        "optimizer": st.fixed_dictionaries(
            {"kind": st.sampled_from(["sgd", "adam"])},
            optional={"lr": st.floats(1e-5, 10) | st.lists(st.floats(1e-5, 10), min_size=1, max_size=3)},
        ),
        "training": st.fixed_dictionaries(
            {}, optional={"seed": st.integers(0, 9) | st.lists(st.integers(0, 9), min_size=1, max_size=3)}
        ),
        "models": st.lists(
            st.fixed_dictionaries(
                {"kind": st.just("mlp")},
                optional={
                    "hidden": st.lists(st.integers(1, 9), max_size=2)
                    | st.lists(st.lists(st.integers(1, 9), max_size=2), min_size=1, max_size=3)
                },
            ),
            min_size=1,
            max_size=2,
        ),
    }
)


@given(TABLES)
@settings(max_examples=60, deadline=None)
def test_round_trip(tables: dict[str, Any]) -> None:
    """A sweep survives being written and read, as do its runs; each is one run, and no two of a sweep are the same."""
    experiment = parse({"dataset": {"kind": "gmm2d"}, **tables})
    again = parse(tomllib.loads(write(experiment)))
    assert again == experiment == parse(experiment.dump())
    runs = experiment.alone
    assert again.alone == runs
    for number, one in enumerate(runs):
        assert parse(tomllib.loads(write(one))) == one
        assert one.alone == [one]
        assert one not in runs[:number] or not experiment.vary


@pytest.mark.parametrize(
    "tables",
    [
        {"optimizer": {"kind": ["sgd", "adam"]}},
        {"optimizer": {"kind": ["sgd", "adam"], "lr": 0.1}},
        {"models": [{"kind": ["linear", "mlp", "svm"]}, {"kind": "mlp"}]},
        {"dataset": {"kind": ["moons", "gmm2d"]}, "training": {"seed": [1, 2]}},
        {"schedule": {"kind": ["constant", "cosine"]}},
    ],
)
def test_kinds_round_trip(tables: dict[str, Any]) -> None:
    """What was set beside several kinds, and nothing else, holds for all of them; so it is written, and read again."""
    experiment = parse(TOY | tables)
    again = parse(tomllib.loads(write(experiment)))
    assert again == experiment == parse(experiment.dump())
    assert again.alone == experiment.alone
    assert {one.optimizer.lr for one in experiment.alone} <= ({0.1} if "lr" in repr(tables) else {0.1, 0.001})


def test_written_as_it_was_read(tmp_path: Path) -> None:
    """In a file a sweep stands as a list, before and after."""
    path = tmp_path / "mine.toml"
    path.write_text('dataset = {kind = "moons"}\nmodels = [{kind = "linear"}]\n[optimizer]\nlr = [0.01, 0.1]\n')
    experiment = read(str(path))
    assert titles(experiment) == ["linear lr 0.01", "linear lr 0.1"]
    assert tomllib.loads(write(experiment))["optimizer"]["lr"] == [0.01, 0.1]
    assert tomllib.loads(write(experiment.alone[1]))["label"] == "lr 0.1"


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("optimizer.lr=0.01,0.1", "optimizer.lr", [0.01, 0.1]),
        ("optimizer.lr=[0.01,0.1]", "optimizer.lr", [0.01, 0.1]),
        ("optimizer.lr=[0.01, 0.1]", "optimizer.lr", [0.01, 0.1]),
        ("optimizer.lr=1e-3, 1e-2", "optimizer.lr", [0.001, 0.01]),
        ("optimizer.kind=sgd,adam", "optimizer.kind", ["sgd", "adam"]),
        ('optimizer.kind=["sgd","adam"]', "optimizer.kind", ["sgd", "adam"]),
        ("models.0.hidden=[[10],[20]]", "models.0.hidden", [[10], [20]]),
        ("models.0.hidden=[10],[20,30]", "models.0.hidden", [[10], [20, 30]]),
        ("models.0.batch_norm=true,false", "models.0.batch_norm", [True, False]),
        ("training.seed=[0]", "training.seed", [0]),
        ("dataset.seed=0,1,2", "dataset.seed", [0, 1, 2]),
        ("loss.reduction=mean,sum", "loss.reduction", ["mean", "sum"]),
    ],
)
def test_on_the_command_line(text: str, key: str, values: list[Any]) -> None:
    """Values for a sweep are typed with brackets or without."""
    tables = TOY | {"models": [{"kind": "mlp"}]}
    assert parse(override(tables, [text])).vary == {key: values}


def test_override_takes_a_sweep_back() -> None:
    """One value in place of several is no sweep any more; and several in place of several are the later ones."""
    tables = TOY | {"optimizer": {"lr": [0.1, 0.2], "momentum": [0.0, 0.9]}}
    assert parse(override(tables, ["optimizer.lr=0.5"])).vary == {"optimizer.momentum": [0.0, 0.9]}
    assert parse(override(tables, ["optimizer.lr=3,4"])).vary["optimizer.lr"] == [3, 4]
    assert parse(override(tables, ["optimizer.kind=adam"])).vary == {}


def problems(tables: dict[str, Any]) -> list[Problem]:
    """Return what is wrong."""
    with pytest.raises(Rejected) as caught:
        parse(tables)
    return caught.value.problems


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"optimizer": {"lr": [0.1, -1, 0.2]}}, "optimizer.lr", "must be greater than 0; got -1"),
        ({"optimizer": {"lr": [0.1, "fast"], "momentum": [0.0, 0.5, 0.9]}}, "optimizer.lr", "got 'fast'"),
        ({"optimizer": {"kind": ["sgd", "adamm"]}}, "optimizer.kind", "'adamm' does not exist (did you mean adam?)"),
        ({"optimizer": {"kind": ["sgd", "adam"], "nesterov": [False, False]}}, "optimizer.nesterov", "unknown key"),
        ({"optimizer": {"lrr": [1, 2], "lr": [1.0, 2.0]}}, "optimizer.lrr", "unknown key (did you mean lr?)"),
        ({"optimizer": {"lr": []}}, "optimizer.lr", "must be a number; got []"),
        ({"optimizer": {"lr": [[0.1], [0.2]]}}, "optimizer.lr", "must be a number"),
        (
            {"models": [{"kind": "mlp", "hidden": [[3], 4]}]},
            "models.0.hidden",
            "must be a list such as [64, 32]; got 4",
        ),
        ({"models": [{"kind": "mlp", "hidden": [[3], [0]]}]}, "models.0.hidden.0", "must be 1 or more; got 0"),
        ({"training": {"seed": [1, 2]}, "datset": {}}, "datset", "unknown table (did you mean dataset?)"),
        ({"training": {"batch_size": [16, 49], "drop_last": True}}, "training.batch_size", "larger than the training"),
        ({"label": 5, "training": {"seed": [1, 2]}}, "label", "must be text; got 5"),
    ],
)
def test_problem_is_said_once(change: dict[str, Any], key: str, words: str) -> None:
    """What is wrong with one value is said once with its key, however many runs it would be in."""
    found = problems(TOY | change)
    assert [problem.key for problem in found if words in problem.sentence][:1] == [key]
    assert len(found) == len(set(map(str, found)))
    if "[[" not in repr(change.get("optimizer")):  # where each value of the inner lists is wrong by itself
        assert len(found) == 1


def test_problems_of_several_values() -> None:
    """Each wrong value is told."""
    assert [
        problem.sentence.rpartition(" ")[2] for problem in problems(TOY | {"optimizer": {"lr": [-1, 0.1, -2]}})
    ] == [
        "-1",
        "-2",
    ]


def test_limit() -> None:
    """As many runs as anyone reads are a sweep; one more is a slip, and is told with its keys."""
    seeds = list(range(LARGEST))
    assert len(parse(TOY | {"training": {"seed": seeds}}).alone) == LARGEST
    (problem,) = problems(TOY | {"training": {"seed": [*seeds, 1000]}})
    assert "at most 500 runs; this has 501: training.seed (501 values)" in problem.sentence
    (problem,) = problems(TOY | {"training": {"seed": seeds}, "optimizer": {"lr": [0.1, 0.2]}})
    assert "optimizer.lr (2 values), training.seed (500 values)" in problem.sentence


def test_tables_stay_as_they_are() -> None:
    """Settling a choice leaves the tables alone, and reaches into lists of tables."""
    tables = {"models": [{"hidden": [[1], [2]]}], "optimizer": {"lr": [1, 2]}}
    before = repr(tables)
    settled = settle(tables, {"models.0.hidden": [2], "optimizer.lr": 1})
    assert settled == {"models": [{"hidden": [2]}], "optimizer": {"lr": 1}}
    settled["models"][0]["hidden"].append(9)
    assert repr(tables) == before


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({}, ""),
        ({"optimizer.lr": 0.1}, "lr 0.1"),
        ({"optimizer.lr": 1e-05, "training.seed": 3}, "lr 1e-05, seed 3"),
        ({"models.0.hidden": [64, 32]}, "hidden 64-32"),
        ({"optimizer.kind": "adam", "optimizer.nesterov": True}, "kind adam, nesterov True"),
    ],
)
def test_label(choice: dict[str, Any], words: str) -> None:
    """A choice in words is the last part of each key and its value, numbers without more digits than they need."""
    assert label(choice) == words


def test_choices() -> None:
    """Where nothing varies there is one choice, which is empty."""
    assert choices({}) == [{}]
    assert choices({"a": [1, 2], "b": [3]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
