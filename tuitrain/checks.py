"""Checks of understanding, as text on stdout: gradients both ways, and which learning rate to take. Nothing is kept."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuitrain import experiment as experiments, plates
from tuitrain.complaint import complain, say
from tuitrain.datasets import Unavailable
from tuitrain.drawing.text import clean
from tuitrain.problems import Rejected
from tuitrain.report import breadth, console, plain_look, plain_table, print_lines
from tuitrain.runs import worker

SHOWN = 10  # entries of a gradient that are printed beside each other


def check_gradients(source: str, overrides: Sequence[str], data_dir: Path, *, as_json: bool) -> int:
    """Print autograd's gradients beside those derived by hand; return 0 where all are equal, else 1."""
    try:
        found = worker.compare_gradients(experiments.read(source, overrides), worker.Shelf(data_dir))
    except (Rejected, Unavailable) as error:
        return complain(error)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        _print_gradients(found)
    return 0 if all(each["equal"] for each in found) else 1


def _print_gradients(found: Sequence[dict[str, Any]]) -> None:
    table = plain_table()
    for heading in ("model", "tensor", "compared with", "entries", "relative difference", ""):
        table.add_column(heading, justify="right" if heading in ("entries", "relative difference") else "left")
    for each in found:
        entries, verdict = str(len(each["autograd"])), "equal" if each["equal"] else "DIFFERENT"
        names = clean(each["model"]), each["tensor"], each["way"]
        table.add_row(*names, entries, f"{each['difference']:.1e}", verdict)
    out = console()
    out.print(table)
    for each in found:
        if len(each["autograd"]) <= SHOWN:
            out.print(f"\n{clean(each['model'])} {each['tensor']}")
            for way, values in (("autograd", each["autograd"]), (each["way"], each["other"])):
                out.print(f"  {way:<12}" + "  ".join(f"{value:+.10f}" for value in values))


def find_lr(source: str, overrides: Sequence[str], data_dir: Path, *, as_json: bool, ascii_only: bool) -> int:
    """Print the loss over climbing learning rates for each run the experiment would be, and which rate to take."""
    try:
        experiment = experiments.read(source, overrides)
        say("trying learning rates")  # torch takes seconds to load, in which nothing else would be seen
        found = dict(worker.try_rates(experiment, worker.Shelf(data_dir)))
    except (Rejected, Unavailable) as error:
        return complain(error)
    if as_json:
        print(json.dumps(found, indent=2))
        return 0
    out = console()
    for title, curve in found.items():
        plate = plates.rates(curve, curve["suggestion"], breadth(out), plain_look(ascii_only=ascii_only))
        print_lines(out, f"{title}: {plate.title}", plate.lines)
        out.print(_advice(curve["suggestion"]))
    return 0


def _advice(suggestion: float | None) -> str:
    if suggestion is None:
        return "The loss never fell: look at the data and the model first."
    return (
        f"It falls fastest at {suggestion:.2g}: a good place to begin, --set optimizer.lr={suggestion:.2g}; "
        "where it climbs again, training diverges."
    )
