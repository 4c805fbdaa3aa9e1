"""What there is, as text on stdout: runs, one run, the catalog, an experiment. It trains nothing, knows no Textual."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from tuitrain import experiment as experiments
from tuitrain.drawing.text import clean, duration, metric
from tuitrain.experiment import FAMILIES, Experiment
from tuitrain.problems import Rejected
from tuitrain.report import console, parameters, plain_table, results
from tuitrain.runs import inbox, store
from tuitrain.runs.history import ENDED
from tuitrain.runs.journal import Reader
from tuitrain.runs.watch import Watch, look, summary, wait
from tuitrain.settings import Settings

WRONG = 2
ANSWER = 5.0  # seconds to wait for a run to answer a command


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def _complain(error: object) -> int:
    for line in str(error).splitlines():
        print(clean(line), file=sys.stderr)
    return WRONG


def show_runs(folder: Path, *, as_json: bool) -> int:
    """Print the runs in the folder, newest first."""
    watches = [look(run) for run in store.listed(folder)]
    if as_json:
        _print_json([summary(watch) for watch in watches])
    elif not watches:
        print(f"no runs yet in {clean(str(folder))}: tuitrain --batch mnist-linear makes one", file=sys.stderr)
    else:
        console().print(_runs_table(watches))
    return 0


def _runs_table(watches: Sequence[Watch]) -> Table:
    table = plain_table()
    table.add_column("run", no_wrap=True)
    for heading in ("params", "epoch", "val/loss", "val/acc", "test/acc", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for watch in watches:
        history, left = watch.history, watch.time_left()
        numbers = [metric(history.metrics.get(name)) for name in ("val/loss", "val/accuracy", "test/accuracy")]
        table.add_row(
            clean(watch.run.id),
            parameters(history),
            f"{history.epoch}/{history.epochs}" if history.started else "",
            *numbers,
            "" if left is None else duration(left),
            watch.state,
        )
    return table


def show_run(name: str, folder: Path, *, as_json: bool) -> int:
    """Print one run: its experiment, its log and its numbers; or its journal as it is."""
    try:
        run = store.find(folder, name)
    except store.NoSuchRun as error:
        return _complain(error)
    watch = look(run)
    if as_json:
        for record in Reader(run.journal).read():
            print(json.dumps(record))
        return 0
    out = console()
    out.print(f"{clean(run.id)}: {watch.state}\n", style="bold")
    out.print((run.path / "experiment.toml").read_text(encoding="utf-8"))
    for time, sentence in watch.history.log:
        out.print(f"{time[11:19]}  {clean(sentence)}")
    out.print()
    out.print(results([watch], out.width))
    return 0


def stop_run(name: str, folder: Path) -> int:
    """Ask a run to stop softly and wait a moment for its answer."""
    try:
        run = store.find(folder, name)
    except store.NoSuchRun as error:
        return _complain(error)
    watch = look(run)
    if watch.state in ENDED or watch.state == "lost":
        return _complain(f"{run.id} is not running: it is {watch.state}")
    try:
        command = inbox.send(run.inbox, "stop")
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}; only the owner of a run may stop it")
    over = wait(watch, lambda watch: command in watch.history.answers or watch.state in ENDED, ANSWER)
    print(f"{clean(run.id)}: {watch.state if over else 'asked to stop; it will after its batch'}", file=sys.stderr)
    return 0


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
        _print_pairs({f"  {name} = {_toml(default)}": help_ for name, default, help_ in _fields(entry)})
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


def _fields(entry: type[Settings]) -> list[tuple[str, Any, str]]:
    return [
        (name, field.get_default(call_default_factory=True, validated_data={}), field.description or "")
        for name, field in entry.model_fields.items()
        if name != "kind"
    ]


def _settings(entry: type[Settings]) -> dict[str, Any]:
    return {name: {"default": default, "help": text} for name, default, text in _fields(entry)}


def _toml(value: Any) -> str:
    import tomlkit

    return str(tomlkit.item(value).as_string())


def describe(source: str, overrides: Sequence[str], *, as_json: bool) -> int:
    """Print the parameters of each model of an experiment, by name and shape."""
    try:
        experiment = experiments.read(source, overrides)
    except Rejected as error:
        return _complain(error)
    if as_json:
        _print_json(_description(experiment))
        return 0
    print(experiments.write(experiment))
    for model in _description(experiment)["models"]:
        table = plain_table()
        table.add_column(clean(model["model"]), no_wrap=True)
        table.add_column("shape", no_wrap=True)
        table.add_column("parameters", justify="right", no_wrap=True)
        for parameter in model["table"]:
            shape = " x ".join(map(str, parameter["shape"]))
            table.add_row(parameter["name"], shape, f"{parameter['count']:,}")
        table.add_row("total", "", f"{model['parameters']:,}", style="bold")
        console().print(table, "")
    return 0


def _description(experiment: Experiment) -> dict[str, Any]:
    shape, outputs = experiment.dataset.shape, len(experiment.dataset.labels)
    models = [
        {
            "model": model.name,
            "parameters": model.count(shape, outputs),
            "table": [
                {"name": parameter.name, "shape": list(parameter.shape), "count": parameter.count}
                for parameter in model.parameters(shape, outputs)
            ],
        }
        for model in experiment.models
    ]
    sizes = dict(zip(("train", "val", "test"), experiment.dataset.sizes, strict=True))
    return {"experiment": experiment.dump(), "sizes": sizes, "models": models}
