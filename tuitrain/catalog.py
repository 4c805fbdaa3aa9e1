"""What there is to choose from, and what an experiment would train, as text on stdout. It knows no runs."""

import json
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from rich.table import Table

from tuitrain import experiment as experiments
from tuitrain.complaint import complain
from tuitrain.datasets import Facts, Unavailable
from tuitrain.drawing.text import clean
from tuitrain.experiment import FAMILIES, Experiment
from tuitrain.models import Model
from tuitrain.problems import Rejected
from tuitrain.report import console, plain_table
from tuitrain.runs.survey import tensors
from tuitrain.settings import Settings


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def show_catalog(what: str, *, as_json: bool) -> int:
    """Print presets, or the entries of a family with their settings, defaults and help."""
    if what == "presets":
        titles = {name: experiments.title(path) for name, path in experiments.presets().items()}
        if as_json:
            _print_json(titles)
        else:
            _print_pairs(titles)
        return 0
    entries = FAMILIES[what.removesuffix("s")]
    if as_json:
        _print_json({entry.model_fields["kind"].default: _settings(entry) for entry in entries})
        return 0
    for entry in entries:
        print(f"{entry.model_fields['kind'].default}: {entry.summary()}")
        _print_pairs({f"  {name} = {default}": help_ for name, default, help_ in _fields(entry)})
        print()
    return 0


def _print_pairs(pairs: dict[str, str]) -> None:
    table = plain_table()
    table.add_column(no_wrap=True)
    table.add_column()
    table.show_header = False
    for left, right in pairs.items():
        table.add_row(left, right)
    console().print(table)


def _fields(entry: type[Settings]) -> list[tuple[str, str, str]]:
    """Return name, default as TOML, and help of each setting."""
    fields = [(name, field) for name, field in entry.model_fields.items() if name != "kind"]
    return [(name, _default(field), field.description or "") for name, field in fields]


def _default(field: FieldInfo) -> str:
    return "(required)" if field.is_required() else _toml(_value(field))


def _value(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True, validated_data={})


def _settings(entry: type[Settings]) -> dict[str, Any]:
    fields = [(name, field) for name, field in entry.model_fields.items() if name != "kind"]
    return {name: {**_given(field), "help": field.description} for name, field in fields}


def _given(field: FieldInfo) -> dict[str, Any]:
    return {"required": True} if field.is_required() else {"default": _value(field)}


def _toml(value: Any) -> str:
    import tomlkit

    return str(tomlkit.item(value).as_string())


def describe(source: str, overrides: Sequence[str], data_dir: Path, *, as_json: bool) -> int:
    """Print the parameters of each model of an experiment, by name and shape."""
    try:
        experiment = experiments.read(source, overrides)
        description = _description(experiment, data_dir)
    except (Rejected, Unavailable) as error:
        return complain(error)
    if as_json:
        _print_json(description)
        return 0
    print(experiments.write(experiment))
    sizes = ", ".join(f"{name} {size:,}" for name, size in description["sizes"].items())
    console().print(
        "\n".join(map(clean, (f"{description['dataset']}: {sizes}", *description["notes"]))), "\n", sep="\n"
    )
    for model in description["models"]:
        console().print(_parameter_table(model), "")
    return 0


def _parameter_table(model: dict[str, Any]) -> Table:
    table = plain_table()
    table.add_column(clean(model["model"]), no_wrap=True)
    table.add_column("shape", no_wrap=True)
    table.add_column("parameters", justify="right", no_wrap=True)
    for parameter in model["table"]:
        shape = " x ".join(map(str, parameter["shape"]))
        table.add_row(parameter["name"], shape, f"{parameter['count']:,}")
    total = "known once it is fitted" if model["parameters"] is None else f"{model['parameters']:,}"
    table.add_row("total", "", total, style="bold")
    return table


def _description(experiment: Experiment, data_dir: Path) -> dict[str, Any]:
    """Return it in plain values, of a sweep each model that it varies.

    A person's own data are read for it; raise Unavailable or Rejected.
    """
    data = None if experiment.dataset.facts else experiment.dataset.load(data_dir)
    facts = data.facts if data else experiment.dataset.facts
    if facts is None:
        raise TypeError(f"{experiment.dataset.kind} tells nothing of its data, read or not")
    models: list[Model] = []
    for one in experiment.combinations:
        experiments.suit(one, one.dataset.facts or facts)
        models += [model for model in one.models if model not in models]
    return {
        "experiment": experiment.dump(),
        "dataset": experiment.dataset.name,
        "sizes": dict(zip(("train", "val", "test"), facts.sizes, strict=True)),
        "notes": list(data.notes) if data else [],
        "models": [_counted(model, facts) for model in models],
    }


def _counted(model: Model, facts: Facts) -> dict[str, Any]:
    found = tensors(model, facts)
    table = [{"name": name, "shape": shape, "count": prod(shape)} for name, shape in found or []]
    total = None if found is None else sum(prod(shape) for _, shape in found)
    return {"model": model.name, "parameters": total, "table": table}
