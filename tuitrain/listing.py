"""What there is, as text on stdout: runs, one run, the catalog, an experiment. It trains nothing, knows no Textual."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from tuitrain import experiment as experiments
from tuitrain.complaint import complain, say
from tuitrain.datasets import Facts, Unavailable
from tuitrain.drawing.text import clean, duration, metric
from tuitrain.experiment import FAMILIES, Experiment
from tuitrain.models import Model
from tuitrain.problems import Rejected
from tuitrain.report import breadth, console, plain_look, plain_table, print_lines, result, results
from tuitrain.runs import inbox, pictures, store
from tuitrain.runs.history import ENDED, clock
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run
from tuitrain.runs.survey import tensors
from tuitrain.runs.watch import Watch, look, summary, wait
from tuitrain.settings import Settings

if TYPE_CHECKING:
    from tuitrain.plates import Plate

ANSWER = 5.0  # seconds to wait for a run to answer a command


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def show_runs(folder: Path, *, as_json: bool) -> int:
    """Print the runs in the folder, newest first."""
    if folder.exists() and not folder.is_dir():
        return complain(f"{folder}: is not a directory; choose another --runs-dir")
    found = [_standing(run) for run in store.listed(folder)]
    if as_json:
        _print_json([run for run, _ in found])
    elif not found:
        say(f"no runs yet in {folder}: tuitrain --batch mnist-linear makes one")
    else:
        console().print(_runs_table(found))
    return 0


def _standing(run: Run) -> tuple[dict[str, Any], float | None]:
    """Return how a run stands and the seconds it has left; of one that is over without reading its journal."""
    with suppress(OSError, ValueError):
        told = json.loads(run.summary.read_text(encoding="utf-8"))
        if isinstance(told, dict) and {"run", "state"} <= told.keys():
            return told, None
    watch = look(run)  # not over yet, or damaged: the journal is the truth
    return summary(watch), watch.time_left()


def _runs_table(found: Sequence[tuple[dict[str, Any], float | None]]) -> Table:
    table = plain_table()
    table.add_column("run", no_wrap=True)
    for heading in ("params", "epoch", "train/acc", "val/acc", "test/acc", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for run, left in found:
        metrics = run.get("metrics") or {}
        table.add_row(
            clean(str(run["run"])),
            f"{run['parameters']:,}" if run.get("parameters") else "",
            f"{run['epoch']}/{run['epochs']}" if run.get("epochs") else "",
            *(metric(metrics.get(f"{split}/accuracy")) for split in ("train", "val", "test")),
            "" if left is None else duration(left),
            clean(str(run["state"])),
        )
    return table


def show_run(name: str, folder: Path, views: Sequence[str], *, as_json: bool, ascii_only: bool) -> int:
    """Print one run: its experiment, log, numbers and drawings; or only the views named; or its journal as it is."""
    try:
        run = store.find(folder, name)
    except store.NoSuchRun as error:
        return complain(error)
    watch = look(run)
    if as_json:
        for record in Reader(run.journal).read():
            print(json.dumps(record))
        return 0
    out = console()
    if not views:
        _print_words(out, watch)
    drawn = [plate for plate in _plates(out, watch, ascii_only=ascii_only) if not views or plate.name in views]
    for plate in drawn:
        print_lines(out, plate.title, plate.lines)
    if views and not drawn:
        return complain(f"{run.id}: there is nothing to draw as {' or '.join(views)} of this run")
    if not views:
        out.print()
        out.print(results([result(watch)], out.width))
    return 0


def _print_words(out: Console, watch: Watch) -> None:
    out.print(f"{clean(watch.run.id)}: {watch.state}\n", style="bold")
    for line in (watch.run.path / "experiment.toml").read_text(encoding="utf-8", errors="replace").splitlines():
        out.print(clean(line))
    out.print()
    for time, sentence in watch.history.log:
        out.print(f"{clock(time)}  {clean(sentence)}")
    if watch.reader.skipped or watch.history.skipped:
        out.print(f"{watch.reader.skipped + watch.history.skipped} damaged lines of the journal were left out")


def _plates(out: Console, watch: Watch, *, ascii_only: bool) -> "Iterator[Plate]":
    """Return what can be drawn of a run as it is now; drawing needs numpy and plotext, 0.2 s."""
    from tuitrain import plates

    history, width, terminal = watch.history, breadth(out), plain_look(ascii_only=ascii_only)
    yield from plates.curves(history, width, terminal)
    if history.snapshots:
        yield from plates.pictures(pictures.read(watch.run, history.snapshots[-1][1]), history.labels, width, terminal)
    for _, path, suggestion in history.rates[-1:]:
        if curve := pictures.read(watch.run, path):
            yield plates.rates(curve, suggestion, width, terminal)


def stop_run(name: str, folder: Path) -> int:
    """Ask a run to stop softly and wait a moment for its answer."""
    try:
        run = store.find(folder, name)
    except store.NoSuchRun as error:
        return complain(error)
    watch = look(run)
    if watch.state in ENDED or watch.state == "lost":
        return complain(f"{run.id} is not running: it is {watch.state}")
    try:
        command = inbox.send(run.inbox, "stop")
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}; only the owner of a run may stop it")
    over = wait(watch, lambda watch: command in watch.history.answers or watch.state in ENDED, ANSWER)
    say(f"{run.id}: {watch.state if over else 'asked to stop; it will after its batch'}")
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
