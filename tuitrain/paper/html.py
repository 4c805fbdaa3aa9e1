"""A report on runs: one page that needs nothing beside itself, no network, no script.

What runs and their data are called is from outside: all of it goes through `markup.safe`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tuitrain.drawing import palette
from tuitrain.drawing.text import duration, number
from tuitrain.files import write_whole
from tuitrain.paper import markup, plot, sheet, table
from tuitrain.paper.markup import safe
from tuitrain.paper.table import Table
from tuitrain.runs.history import History
from tuitrain.runs.watch import Watch

PIECES = 400
"""Points of a line at least, and fewer than twice as many: a plot is 500 units wide."""
SPLITS = {"train": False, "val": True}
"""The splits that have lines, and whether theirs are dashed."""
HEADLINES = ("loss", "accuracy", "rmse")
LABELS = {"loss": "Loss", "accuracy": "Accuracy", "rmse": "Root mean square error"}
OTHERS = {"lr": "Learning rate", "grad_norm": "Norm of the gradient", "samples_per_second": "Samples a second"}
"""Metrics of one line each, and their names."""
MEASURED = ("loss", "accuracy", "rmse", "r2")
LOWER = ("loss", "rmse", "mae")
"""Of these less is better."""


def report(watches: Sequence[Watch], out: Path) -> None:
    """Write a report on these runs; raise OSError. Takes some 0.3 s and 100 kB a run, however long the run was."""
    write_whole(out, page(watches).encode("utf-8", "replace"), mode=0o666)


def page(watches: Sequence[Watch]) -> str:
    """Return the whole page."""
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    title = _title(watches)
    body = [_head(watches, title), *_overview(watches)]
    for place, watch in enumerate(watches, 1):
        body += [sheet.heading(place, watch) if len(watches) > 1 else "", sheet.run(watch, _curves([watch]))]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{safe(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{chr(10).join(filter(None, body))}\n</body>\n</html>\n"
    )


def _title(watches: Sequence[Watch]) -> str:
    names = list(dict.fromkeys(sheet.dataset(watch) for watch in watches))
    models = ", ".join(dict.fromkeys(watch.model for watch in watches)) if len(watches) < 4 else f"{len(watches)} runs"
    return f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''}: {models}"


def _head(watches: Sequence[Watch], title: str) -> str:
    which = safe(watches[0].run.id) if len(watches) == 1 else f"{len(watches)} runs"
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return f'<h1>{safe(title)}</h1><p class="quiet">{which}, written on {now} by tuitrain {version("tuitrain")}</p>'


def _overview(watches: Sequence[Watch]) -> Iterator[str]:
    """Return what is said of all runs together; of one alone its own part says it."""
    if len(watches) < 2:
        return
    yield f'<div class="part">{_runs(watches)}</div>'
    differ = table.settings(watches)
    rows = list(differ.rows)
    names = [str(number) for number in range(1, len(watches) + 1)]
    yield markup.part("Settings that differ", markup.table(Table(["", *names], rows)) if rows else "")
    yield _curves(watches)


def _runs(watches: Sequence[Watch]) -> str:
    """Return a row for each run: what was measured last, the best of each column in bold."""
    measured = [table.final(watch.history) for watch in watches]
    told = {name for one in measured for name in one}
    names = [f"{split}/{name}" for split in table.SPLITS for name in MEASURED if f"{split}/{name}" in told]
    best = {name: _best([one.get(name) for one in measured], name) for name in names}
    head = "".join(f"<th>{safe(name).replace('/', '/<wbr>')}</th>" for name in ("parameters", "epochs", *names, "time"))
    rows = []
    for place, (watch, one) in enumerate(zip(watches, measured, strict=True)):
        history = watch.history
        mark = markup.tag(place + 1, palette.series(place))
        cells = [
            f'<td class="left long">{mark}<a href="#run-{place + 1}">{safe(watch.model)}</a></td>',
            f"<td>{'' if history.parameters is None else number(history.parameters)}</td>",
            f"<td>{sheet.epochs(history)}</td>",
            *(_cell(one.get(name), best[name]) for name in names),
            f'<td>{duration(history.seconds)}</td><td class="left">{sheet.state(watch)}</td>',
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return markup.framed(f'<tr><th class="left">run</th>{head}<th class="left">state</th></tr>{"".join(rows)}', "wide")


def _best(values: Sequence[float | None], name: str) -> float | None:
    known = [value for value in values if value is not None]
    choose = min if name.rpartition("/")[2] in LOWER else max
    return choose(known) if len(known) > 1 else None


def _cell(value: float | None, best: float | None) -> str:
    text = sheet.measure(value)
    return f"<td>{f'<b>{text}</b>' if value is not None and value == best else text}</td>"


def _curves(watches: Sequence[Watch]) -> str:
    """Return the curves of loss and score side by side, all others in a part that can be opened."""
    drawn = [_plot(watches, name) for name in HEADLINES]
    first = "".join(filter(None, drawn))
    rest = "".join(filter(None, (_plot(watches, name) for name in OTHERS)))
    more = markup.folded("More curves", f'<div class="pair">{rest}</div>') if rest else ""
    return f'<div class="pair">{first}</div>{more}' if first else more


def _plot(watches: Sequence[Watch], name: str) -> str:
    lines = [line for place, watch in enumerate(watches) for line in _lines(watch, name, place, len(watches) == 1)]
    marks = [(float(step), word) for step, word in watches[0].history.marks] if len(watches) == 1 else []
    title = LABELS.get(name) or OTHERS[name]
    content = plot.curves(title, lines, marks, steep=name == "loss")
    return markup.part(title, content, keys=_legend(watches, lines) if name in HEADLINES else "")


def _legend(watches: Sequence[Watch], lines: Sequence[plot.Line]) -> str:
    """Name colours, and what is dashed; runs are numbered where they are told about."""
    several = len(watches) > 1
    there = {line.dashed: line.colour for line in lines}
    words = {False: "training", True: "validation"}
    signs = [
        (plot.sample("currentColor" if several else there[dashed], dashed=dashed), words[dashed])
        for dashed in words
        if dashed in there
    ]
    runs = [(markup.tag(place + 1, palette.series(place)), watch.model) for place, watch in enumerate(watches[:8])]
    return markup.keys([*signs, *(runs if several else [])])


def _lines(watch: Watch, name: str, place: int, alone: bool) -> Iterator[plot.Line]:
    history = watch.history
    if name in OTHERS:
        series = history.curve(name)
        if len(series) > 1:
            yield plot.Line("" if alone else str(place + 1), series.part(pieces=PIECES), palette.series(place))
        return
    for split, dashed in SPLITS.items():
        series = history.curve(f"{split}/{name}")
        if not len(series):
            continue
        colour = palette.series(int(dashed) if alone else place)
        tail = split if alone else str(place + 1)
        best = _marked(history, f"{split}/{name}") if dashed else None
        yield plot.Line(tail, series.part(pieces=PIECES), colour, dashed, best)


def _marked(history: History, metric: str) -> tuple[float, float] | None:
    value = history.best[2].get(metric) if history.best else None
    return (float(history.best[0]), value) if history.best and value is not None else None
