"""The part of a report that is about one run: facts, results, curves, pictures, parameters, log, experiment.

Must not know the rest of the page.
"""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from tuitrain.drawing import palette
from tuitrain.drawing.text import clean, duration, metric
from tuitrain.paper import drawn, markup, table
from tuitrain.paper.markup import safe
from tuitrain.runs import pictures
from tuitrain.runs.history import History, clock
from tuitrain.runs.watch import Watch

Arrays = Mapping[str, Any]


def heading(place: int, watch: Watch) -> str:
    """Return the title of a run among others."""
    mark = markup.tag(place, palette.series(place - 1))
    return f'<h2 id="run-{place}">{mark}{safe(watch.model)}<small>{safe(watch.run.id)}</small></h2>'


def run(watch: Watch, curves: str) -> str:
    """Return everything about one run, as it stands; `curves` are markup."""
    arrays = _arrays(watch)
    history = watch.history
    parts = [
        _outcome(history),
        markup.facts(_facts(watch)),
        markup.part("Results", _results(history)),
        curves,
        *drawn.pictures(arrays, history.labels),
        *_appendix(watch),
    ]
    return f"<section>{''.join(filter(None, parts))}</section>"


def _arrays(watch: Watch) -> Arrays:
    return pictures.read(watch.run, watch.history.snapshots[-1][1]) if watch.history.snapshots else {}


def dataset(watch: Watch) -> str:
    """Return the name of the data of a run."""
    return watch.experiment.dataset.name if watch.experiment else "unknown data"


def epochs(history: History) -> str:
    """Return the epoch, and of how many."""
    return f"{history.epoch:,}" if history.epoch == history.epochs else f"{history.epoch:,} of {history.epochs:,}"


def state(watch: Watch) -> str:
    """Return the state in a word, set off where it is a bad one."""
    bad = watch.state in ("diverged", "failed", "lost")
    return f'<span class="bad">{watch.state}</span>' if bad else watch.state


def measure(value: float | None) -> str:
    """Return a metric; a dash where there is none."""
    return safe(metric(value)) or '<span class="quiet">&ndash;</span>'


def _outcome(history: History) -> str:
    """Say why a run failed."""
    ended = history.ended or {}
    if ended.get("event") != "failed":
        return ""
    words = f"{ended.get('error', '')}; {ended.get('hint', '')} ({ended.get('reason', '')})"
    return f'<p class="bad">{safe(words)}</p>'


def _facts(watch: Watch) -> dict[str, str]:
    history, started = watch.history, watch.history.started or {}
    sizes = [started.get(f"{split}_size") for split in ("train", "val", "test")]
    versions = started.get("versions")
    told = versions if isinstance(versions, Mapping) else {}
    return {
        "state": watch.state,
        "data": dataset(watch),
        "samples: train, val, test": " · ".join(f"{size:,}" for size in sizes if isinstance(size, int)),
        "parameters": "" if history.parameters is None else f"{history.parameters:,}",
        "epochs": epochs(history) if history.epochs else "",
        "steps": f"{history.step:,}",
        "best epoch": str((history.ended or {}).get("best_epoch") or ""),
        "time": duration(history.seconds),
        "began": str(started.get("time", ""))[:16].replace("T", " ") + (" UTC" if started else ""),
        "device": str(started.get("device", "")),
        "versions": ", ".join(f"{name} {text}" for name, text in told.items()),
    }


def _results(history: History) -> str:
    found: dict[str, dict[str, float | None]] = {}
    for name, value in table.final(history).items():
        split, _, measured = name.partition("/")
        found.setdefault(split, {})[measured] = value
    names = list(dict.fromkeys(name for values in found.values() for name in values))
    if not names:
        return ""
    head = "".join(f"<th>{safe(name.replace('_', ' '))}</th>" for name in names)
    rows = "".join(
        f'<tr><td class="left">{safe(split)}</td>'
        f"{''.join(f'<td>{measure(found[split].get(name))}</td>' for name in names)}</tr>"
        for split in table.SPLITS
        if split in found
    )
    return markup.framed(f'<tr><th class="left"></th>{head}</tr>{rows}')


def _appendix(watch: Watch) -> Iterator[str]:
    history = watch.history
    if history.table:
        count = sum(prod(shape) for _, shape in history.table)
        shown = markup.table(table.parameters(history), left=(0, 1))
        yield markup.folded("Parameters", shown, f"{len(history.table)} tensors, {count:,} numbers")
    if history.log:
        lines = "\n".join(f"{clock(time)}  {clean(sentence)}" for time, sentence in history.log)
        yield markup.folded("Log", f"<pre>{_lines(lines)}</pre>")
    yield markup.folded("Experiment", f"<pre>{_lines(_experiment(watch))}</pre>", "exactly what was trained")


def _lines(text: str) -> str:
    """Make text of several lines safe."""
    return "\n".join(map(safe, text.split("\n")))


def _experiment(watch: Watch) -> str:
    try:
        return (watch.run.path / "experiment.toml").read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        return f"experiment.toml: {error.strerror or error}"
