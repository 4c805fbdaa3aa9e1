"""Settings changed on the command line: KEY=VALUE, the value in TOML."""

import re
from itertools import permutations
from typing import Any

import pytest

from tuitrain.experiment import override, parse, read
from tuitrain.models import MLP
from tuitrain.optimizers import SGD, Adam
from tuitrain.problems import Rejected

TABLES: dict[str, Any] = {
    "dataset": {"kind": "gmm2d"},
    "models": [{"kind": "mlp", "hidden": [10], "dropout": 0.5}, {"kind": "linear"}],
    "optimizer": {"kind": "sgd", "lr": 0.3, "momentum": 0.9},
}


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("optimizer.lr=0.05", ("optimizer", "lr"), 0.05),
        ("optimizer.lr = 1e-3", ("optimizer", "lr"), 0.001),
        ("models.0.hidden=[64]", ("models", 0, "hidden"), [64]),
        ("models.1.kind=mlp", ("models", 1, "kind"), "mlp"),
        ("training.batch_size=full", ("training", "batch_size"), "full"),
        ('training.batch_size="full"', ("training", "batch_size"), "full"),
        ("training.device=cuda:1", ("training", "device"), "cuda:1"),
        ("training.drop_last=true", ("training", "drop_last"), True),
        ("optimizer.lr=", ("optimizer", "lr"), ""),
        ("optimizer.kind=a=b", ("optimizer", "kind"), "a=b"),
        ("loss.l2=0.01", ("loss", "l2"), 0.01),
        ("loss.class_weights=[1, 2.5]", ("loss", "class_weights"), [1, 2.5]),
        ("models.0.hidden=64,32", ("models", 0, "hidden"), [64, 32]),
        ("models.0.hidden=[]", ("models", 0, "hidden"), []),
        ("optimizer.lr=0.01,0.1", ("optimizer", "lr"), [0.01, 0.1]),
        ("optimizer.kind=sgd,adam", ("optimizer", "kind"), ["sgd", "adam"]),
        ("training.device=cpu,cuda:1", ("training", "device"), ["cpu", "cuda:1"]),
        ("training.device=CPU please", ("training", "device"), "CPU please"),
    ],
)
def test_value(text: str, path: tuple[Any, ...], value: object) -> None:
    """A value is read as TOML, and a bare word as text; tables that are not there are made."""
    found: Any = override(TABLES, [text])
    for key in path:
        found = found[key]
    assert found == value
    assert type(found) is type(value)


def test_the_tables_given_stay_as_they_are() -> None:
    """Overrides are put into a copy."""
    before = repr(TABLES)
    override(TABLES, ["models.0.hidden=[1]", "optimizer.kind=adam", "training.epochs=1"])
    assert repr(TABLES) == before


@pytest.mark.parametrize("order", [*permutations(["optimizer.kind=adam", "optimizer.lr=0.5", "models.0.kind=mlp"])])
def test_kind_clears_its_table_first(order: tuple[str, ...]) -> None:
    """A kind brings its own defaults, in place of all that stood in the table; what is set beside it stays set."""
    experiment = parse(override(TABLES, order))
    assert experiment.optimizer == Adam(lr=0.5)
    assert experiment.models[0] == MLP()


def test_last_one_wins() -> None:
    """Of two values for one key the later one holds, and other tables are left alone."""
    experiment = parse(override(TABLES, ["optimizer.lr=0.5", "optimizer.lr=0.25"]))
    assert experiment.optimizer == SGD(lr=0.25, momentum=0.9)
    assert experiment.models[0] == MLP(hidden=[10], dropout=0.5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("optimizer.lr", "optimizer.lr: must be KEY=VALUE, such as optimizer.lr=0.1"),
        ("=5", "=5: must be KEY=VALUE"),
        ("optimizer..lr=5", "optimizer..lr=5: must be KEY=VALUE"),
        ("models.2.hidden=[1]", "models: has no entry 2; there are 0 to 1"),
        ("models.-1.hidden=[1]", "models: has no entry -1; there are 0 to 1"),
        ("models.².hidden=[1]", "models: has no entry ²; there are 0 to 1"),
        ("models.0.hidden.0=5", "models.0.hidden: is not a table of settings"),
        ("optimizer.lr.high=5", "optimizer.lr: is not a table of settings"),
        ("optimizer.lr.high.up=5", "optimizer.lr.high: is not a table of settings"),
        ("models=5.0.hidden=[1]", "models: must be one or more"),
        ("optimiser.lr=0.1", "optimiser: unknown table (did you mean optimizer?)"),
        ("optimizer.momentun=0.1", "optimizer.momentun: unknown key (did you mean momentum?)"),
        ("optimizer.lr=fast", "optimizer.lr: must be a number; got 'fast'"),
        ("training.epochs=1.5", "training.epochs: must be a whole number; got 1.5"),
    ],
)
def test_sentence(text: str, sentence: str) -> None:
    """An override that cannot be says which key, and what there is."""
    with pytest.raises(Rejected, match=re.escape(sentence)):
        parse(override(TABLES, [text]))


def test_on_a_preset() -> None:
    """A preset with overrides is the preset but for those keys."""
    changed = read("mnist-linear", ["optimizer.lr=0.05", "training.epochs=1"])
    plain = read("mnist-linear")
    assert (changed.optimizer, changed.training.epochs) == (SGD(lr=0.05), 1)
    assert (changed.dataset, changed.models) == (plain.dataset, plain.models)
