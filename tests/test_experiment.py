"""Experiments as TOML: what is written is what is read, defaults are resolved, and what is wrong is said in words."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tuitrain import experiment as experiments
from tuitrain.datasets import DATASETS, Facts
from tuitrain.datasets.planes import GMM2D
from tuitrain.experiment import Experiment, parse, read, suit, write
from tuitrain.models import MLP, MODELS, Linear
from tuitrain.optimizers import OPTIMIZERS, SGD, AdamW
from tuitrain.problems import Rejected
from tuitrain.schedules import SCHEDULES, Cosine
from tuitrain.settings import Settings
from tuitrain.training import Loss, Training

TOY: dict[str, Any] = {"dataset": {"kind": "gmm2d"}, "models": [{"kind": "linear"}]}
POSITIVE = st.floats(1e-300, 1e300)
SHARE = st.floats(0, 1, exclude_max=True)


def again(experiment: Experiment) -> Experiment:
    """Return what a written experiment reads as."""
    return parse(tomllib.loads(write(experiment)))


@pytest.mark.parametrize("preset", experiments.presets())
def test_preset_round_trip(preset: str) -> None:
    """Every preset is valid, says in its first line what it is, and survives being written and read."""
    experiment = read(preset)
    assert again(experiment) == experiment
    assert experiments.title(experiments.presets()[preset]).endswith(".")


@pytest.mark.parametrize("entry", [*DATASETS, *MODELS, *OPTIMIZERS, *SCHEDULES])
def test_catalog_round_trip(entry: type[Settings]) -> None:
    """Every class of the catalog, at its defaults, survives being written and read."""
    tables = TOY | {"training": {"batch_size": "full"}}  # what some optimizers need
    family = next(name for name, entries in experiments.FAMILIES.items() if entry in entries)
    path = {"path": "somewhere"} if "path" in entry.model_fields else {}
    table = {"kind": entry.model_fields["kind"].default, **path}
    images = {"dataset": {"kind": "mnist"}}  # what some models need
    tables |= {"models": [table]} | images if family == "model" else {family: table}
    experiment = parse(tables)
    assert again(experiment) == experiment
    assert entry(**path) in (experiment.dataset, *experiment.models, experiment.optimizer, experiment.schedule)


@given(
    dataset=st.builds(GMM2D, seed=st.integers(0, 2**80), val_size=st.floats(0.01, 0.9) | st.integers(0, 59)),
    models=st.lists(
        st.builds(
            MLP,
            hidden=st.lists(st.integers(1, 65_536), max_size=4),
            activation=st.sampled_from(["relu", "sigmoid", "tanh", "leaky_relu", "gelu"]),
            dropout=SHARE,
        ),
        min_size=1,
        max_size=3,
    ),
    optimizer=st.builds(SGD, lr=POSITIVE, weight_decay=POSITIVE, momentum=SHARE) | st.builds(AdamW, lr=POSITIVE),
    schedule=st.builds(Cosine, warmup=SHARE, final=SHARE),
    training=st.builds(
        Training,
        epochs=st.integers(1, 10**12),
        batch_size=st.integers(1, 10**9) | st.just("full"),
        seed=st.integers(0, 2**63 - 1),
        device=st.sampled_from(["auto", "cpu", "cuda", "cuda:7", "mps"]),
        precision=st.sampled_from(["float32", "bfloat16"]),
    ),
)
@settings(max_examples=50, deadline=None)
def test_values_round_trip(**parts: Any) -> None:
    """Numbers keep their last bit and types their kind through TOML, and through the plain tables of the journal."""
    experiment = Experiment(**parts)
    assert again(experiment) == experiment
    assert parse(experiment.dump()) == experiment


def test_defaults_are_resolved() -> None:
    """What is written holds every key of every table, whatever was left out."""
    written = tomllib.loads(write(parse(TOY)))
    assert list(written) == ["dataset", "models", "optimizer", "schedule", "loss", "training"]
    assert written["optimizer"] == {"kind": "sgd", "lr": 0.1, "weight_decay": 0.0, "momentum": 0.0, "nesterov": False}
    assert written["schedule"] == {"kind": "constant"}
    assert set(written["training"]) == set(Training.model_fields)
    assert set(written["dataset"]) == set(GMM2D.model_fields)


def test_one_experiment_for_each_model() -> None:
    """An experiment of several models is as many of one model, which differ in nothing else."""
    experiment = parse(TOY | {"models": [{"kind": "linear"}, {"kind": "mlp", "hidden": [3]}]})
    alone = experiment.alone
    assert [one.models for one in alone] == [[Linear()], [MLP(hidden=[3])]]
    assert all(one.dataset == experiment.dataset and one.training == experiment.training for one in alone)


def rejected(tables: dict[str, Any]) -> str:
    """Return what is said about these tables."""
    with pytest.raises(Rejected) as caught:
        parse(tables, "mine.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"datset": {}}, r"datset: unknown table \(did you mean dataset\?\); there are dataset, models, optimizer, "),
        ({"dataset": {"kind": "gmm3d"}}, r"dataset\.kind: 'gmm3d' does not exist \(did you mean gmm2d\?\); there are "),
        ({"dataset": {"kind": [["gmm2d"]]}}, r"dataset\.kind: \['gmm2d'\] does not exist.*; there are .*, gmm2d, "),
        ({"dataset": {"K": 6}}, r"dataset: kind is missing; it is one of gauss2d, gmm2d, "),
        ({"dataset": 5}, r"dataset: must be a table with a kind; got 5"),
        ({"dataset": {"kind": "gmm2d", "K": 2, "C": 3}}, r"dataset: K \(Gaussians: 2\) must be at least C"),
        ({"dataset": {"kind": "gmm2d", "val_size": -1}}, r"dataset\.val_size: must be a count .* fraction .*\"all\""),
        ({"dataset": {"kind": "gmm2d", "N": 2.5}}, r"dataset\.N: must be a whole number; got 2\.5"),
        ({"dataset": {"kind": "gmm2d", "K": 0}}, r"dataset\.K: must be 1 or more; got 0"),
        ({"dataset": {"kind": "mnist", "source": "ful"}}, r"dataset\.source: must be sample or full; .*mean full\?"),
        ({"models": []}, r"models: must be one or more \[\[models\]\] tables"),
        ({"models": {"kind": "mlp"}}, r"models: must be one or more \[\[models\]\] tables"),
        ({"models": [{"kind": "linear"}, 3]}, r"models\.1: must be a table with a kind; got 3"),
        ({"models": [{"kind": "mlp", "hiden": [3]}]}, r"models\.0\.hiden: unknown key \(did you mean hidden\?\); the "),
        ({"models": [{"kind": "mlp", "hidden": 64}]}, r"models\.0\.hidden: must be a list such as \[64, 32\]; got 64"),
        ({"models": [{"kind": "mlp", "hidden": [64, 0]}]}, r"models\.0\.hidden\.1: must be 1 or more; got 0"),
        ({"models": [{"kind": "mlp", "activation": "rleu"}]}, r"models\.0\.activation: must be relu, .*mean relu\?"),
        ({"models": [{"kind": "mlp", "batch_norm": 1}]}, r"models\.0\.batch_norm: must be true or false; got 1"),
        ({"models": [{"kind": "mlp", "dropout": 1}]}, r"models\.0\.dropout: must be less than 1; got 1"),
        ({"optimizer": {"kind": "adamm"}}, r"optimizer\.kind: 'adamm' does not exist \(did you mean adam\?\)"),
        ({"optimizer": {"kind": "sgd", "lr": 0}}, r"optimizer\.lr: must be greater than 0; got 0"),
        ({"optimizer": {"kind": "sgd", "lr": "0.1"}}, r"optimizer\.lr: must be a number; got '0\.1'"),
        ({"optimizer": {"kind": "sgd", "lr": True}}, r"optimizer\.lr: must be a number; got True"),
        ({"optimizer": {"kind": "sgd", "lr": float("inf")}}, r"optimizer\.lr: must be a finite number; got inf"),
        ({"optimizer": {"kind": "sgd", "lr": float("nan")}}, r"optimizer\.lr: must be .*; got nan"),
        ({"optimizer": {"kind": "sgd", "nesterov": True}}, r"optimizer: nesterov needs momentum above 0; set "),
        ({"schedule": {"kind": "cosine", "warmup": 1.5}}, r"schedule\.warmup: must be less than 1; got 1\.5"),
        ({"schedule": {"kind": "exponential", "gamma": 2}}, r"schedule\.gamma: must be 1 or less; got 2"),
        ({"vary": {}}, r"vary: unknown table; there are dataset, models, optimizer, schedule, loss, training, .*"),
        ({"loss": {"reduction": "max"}}, r"loss\.reduction: must be mean or sum; got 'max'"),
        ({"loss": {"label_smoothing": 1}}, r"loss\.label_smoothing: must be less than 1; got 1"),
        (
            {"loss": {"class_weights": [1, -1]}},
            r"loss\.class_weights: must be \"none\", \"balanced\", or a list with a ",
        ),
        ({"loss": {"class_weights": []}}, r"loss\.class_weights: must be \"none\", \"balanced\", or a list with a "),
        (
            {"loss": {"class_weights": "even"}},
            r"loss\.class_weights: must be \"none\", \"balanced\", or a list with a ",
        ),
        ({"loss": {"l1": -0.1}}, r"loss\.l1: must be 0 or more; got -0\.1"),
        ({"loss": {"weights": 1}}, r"loss\.weights: unknown key.*; the keys here are reduction, label_smoothing"),
        ({"training": 5}, r"training: must be a table of settings; got 5"),
        ({"training": {"clip_norm": -1}}, r"training\.clip_norm: must be 0 or more; got -1"),
        ({"training": {"steps": -1}}, r"training\.steps: must be 0 or more; got -1"),
        ({"training": {"epoch": 5}}, r"training\.epoch: unknown key \(did you mean epochs\?\); the keys here are "),
        ({"training": {"epochs": 0}}, r"training\.epochs: must be 1 or more; got 0"),
        ({"training": {"epochs": "ten"}}, r"training\.epochs: must be a whole number; got 'ten'"),
        ({"training": {"batch_size": 0}}, r"training\.batch_size: must be a whole number above 0, or \"full\""),
        ({"training": {"device": "gpu"}}, r"training\.device: must be auto, cpu, cuda, cuda:NUMBER or mps; got 'gpu'"),
        ({"training": {"precision": "float16"}}, r"training\.precision: must be float32 or bfloat16; got 'float16'"),
        (
            {"training": {"seed": 2**63}},
            r"training\.seed: must be less than 9223372036854775808; got 9223372036854775808",
        ),
    ],
)
def test_sentence(change: dict[str, Any], sentence: str) -> None:
    """Whatever is wrong, one line names source and key, says what is allowed, and offers the nearest spelling."""
    said = rejected(TOY | change)
    assert re.fullmatch(rf"mine\.toml: {sentence}.*", said), said


def test_all_problems_at_once() -> None:
    """Problems of different tables are all told, each on its line."""
    lines = rejected({"models": [{"kind": "mlp", "hidden": [0], "x": 1}], "training": {"epochs": -1}}).splitlines()
    keys = [line.removeprefix("mine.toml: ").partition(":")[0] for line in lines]
    assert sorted(keys) == ["dataset", "models.0.hidden.0", "models.0.x", "training.epochs"]


@pytest.mark.parametrize(
    ("dataset", "model", "training", "sentence"),
    [
        ({"val_size": 0}, {}, {"patience": 3}, "training.patience watches the validation split and there is none"),
        ({}, {}, {"batch_size": 49, "drop_last": True}, "larger than the training split of 48 and drop_last"),
        ({}, {"batch_norm": True}, {"batch_size": 47}, "48 samples in batches of 47 leave one; set training.drop_last"),
        ({}, {"batch_norm": True}, {"batch_size": 1, "drop_last": True}, "cannot learn from a batch of one sample"),
    ],
)
def test_parts_that_do_not_fit(dataset: Any, model: Any, training: Any, sentence: str) -> None:
    """Settings that are fine alone and not together are refused, with a way out."""
    mlp = {"kind": "mlp", **model}
    assert sentence in rejected({"dataset": TOY["dataset"] | dataset, "models": [mlp], "training": training})


@pytest.mark.parametrize("training", [{"batch_size": 48, "drop_last": True}, {"batch_size": 47, "drop_last": True}, {}])
def test_parts_that_fit(training: dict[str, Any]) -> None:
    """The nearest settings to those that do not fit are accepted."""
    parse({"dataset": TOY["dataset"], "models": [{"kind": "mlp", "batch_norm": True}], "training": training})


def test_loss_table() -> None:
    """The table `loss` may be left out, is checked as any other, and is written with its defaults."""
    assert parse(TOY).loss == Loss()
    given_loss = {"reduction": "sum", "label_smoothing": 0.1, "class_weights": [1, 2.5], "l1": 0.2}
    loss = again(parse(TOY | {"loss": given_loss})).loss
    assert loss == Loss(reduction="sum", label_smoothing=0.1, class_weights=[1.0, 2.5], l1=0.2)
    assert set(tomllib.loads(write(parse(TOY)))["loss"]) == set(Loss.model_fields)


def test_what_does_not_suit_has_its_key() -> None:
    """What cannot be with the data is a problem under its key, be they known by arithmetic or by reading them."""
    experiment = parse(TOY | {"loss": {"class_weights": [1, 2]}})
    suit(experiment, Facts((2,), ("a", "b"), (48, 12, 0)))
    with pytest.raises(Rejected) as caught:
        suit(experiment, Facts((2,), ("a", "b", "c"), (48, 12, 0)))
    assert [problem.key for problem in caught.value.problems] == ["loss.class_weights"]
    with pytest.raises(Rejected) as caught:
        parse(TOY | {"loss": {"class_weights": [1, 2, 3]}, "training": {"batch_size": 49, "drop_last": True}})
    assert {problem.key for problem in caught.value.problems} == {"loss.class_weights", "training.batch_size"}


def test_counts() -> None:
    """Each model's parameters are counted by arithmetic, by the shape and the outputs of the data."""
    models = [{"kind": "linear"}, {"kind": "mlp", "hidden": [5]}, {"kind": "svm"}]
    assert parse(TOY | {"models": models}).counts() == [6, 27, None]
    assert parse(TOY | {"models": models[:2]}).counts(Facts((1, 2, 2), ("a", "b", "c"), (9, 0, 0))) == [15, 43]


def test_label_is_part_of_the_title() -> None:
    """A label is read, written, and told beside the model; without one the title is the model's name."""
    experiment = parse(TOY | {"label": "lr 0.1"})
    assert (experiment.title, again(experiment)) == ("linear lr 0.1", experiment)
    assert parse(TOY).title == "linear"
    assert "label" not in tomllib.loads(write(parse(TOY)))


def test_syntax_names_the_line(tmp_path: Path) -> None:
    """A file that is no TOML is refused with the line."""
    broken = tmp_path / "broken.toml"
    broken.write_text('[dataset]\nkind = "gmm2d\n')
    with pytest.raises(Rejected, match=r"broken\.toml: is not TOML: .*line 2"):
        read(str(broken))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused by name."""
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\xff")
    with pytest.raises(Rejected, match=r"picture\.toml: is not TOML"):
        read(str(tmp_path / "picture.toml"))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("mnist-liner", r"mnist-liner: no such preset \(did you mean mnist-linear\?\); there are .*name a \.toml file"),
        ("absent.toml", r"absent\.toml: no such file"),
        ("some/where", r"some/where: no such file"),
        ("", r"no such preset; there are "),
    ],
)
def test_source_that_is_not_there(source: str, sentence: str) -> None:
    """A preset or a file that is not there is named, beside the nearest preset."""
    with pytest.raises(Rejected, match=sentence):
        read(source)


def own(folder: Path, path: str) -> Path:
    """Return an experiment file on a table of rows that lies at this path."""
    file = folder / "mine.toml"
    file.write_text(f'dataset = {{kind = "csv", path = "{path}"}}\nmodels = [{{kind = "linear"}}]\n')
    return file


@pytest.mark.parametrize("path", ["rows.csv", "data/rows.csv", "../rows.csv", "./data/../rows.csv"])
@pytest.mark.parametrize("relative", [True, False])
def test_path_is_meant_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, relative: bool
) -> None:
    """The path of a dataset is meant from the file that names it, wherever the program is called from."""
    folder = tmp_path / "experiments"
    (folder / "data").mkdir(parents=True)
    expected = folder / path
    expected.write_text("x,y\n" + "".join(f"{number},{number % 2}\n" for number in range(40)))
    file = own(folder, path)
    monkeypatch.chdir(tmp_path)
    experiment = read("experiments/mine.toml" if relative else str(file))
    found = Path(experiment.dump()["dataset"]["path"])
    assert found.is_absolute()
    assert found.samefile(expected)
    monkeypatch.chdir(tmp_path.parent)
    data = again(experiment).dataset.load(tmp_path)
    assert len(data.train) + len(data.val or ()) + len(data.test or ()) == 40


def test_absolute_path_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute path is that path, and one from home is meant from home."""
    assert read(str(own(tmp_path, "/data/rows.csv"))).dump()["dataset"]["path"] == "/data/rows.csv"
    monkeypatch.setenv("HOME", "/home/somebody")
    assert read(str(own(tmp_path, "~/rows.csv"))).dump()["dataset"]["path"] == "/home/somebody/rows.csv"


def test_path_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is typed takes the place of the file's, and is meant from where it is typed; several are swept."""
    file = own(tmp_path, "rows.csv")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    typed = str(tmp_path / "elsewhere" / "other.csv")
    assert read(str(file), ["dataset.path=other.csv"]).dump()["dataset"]["path"] == typed
    swept = read(str(file), ['dataset.path=["/all.csv", "other.csv"]'])
    assert swept.vary == {"dataset.path": ["/all.csv", typed]}


def test_preset_comes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a preset means the preset, and a path means the file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first-run.toml").write_text('dataset = {kind = "moons"}\nmodels = [{kind = "linear"}]\n')
    assert read("first-run").dataset.kind == "mnist"
    assert read("first-run.toml").dataset.kind == "moons"
