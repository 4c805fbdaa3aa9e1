"""The words in the frame of a chart: its title, the legend, and the values at the crosshair, as there is room."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tuitrain.drawing.look import Look
from tuitrain.drawing.text import metric, number
from tuitrain.ui.measures import compact

if TYPE_CHECKING:
    from tuitrain.ui.widgets.chart import Band, Line, View

Parts = list[tuple[str, str]]
MORE = " \u2026"
QUIET = "$secondary"
SPLITS = {"train_eval": "train, measured"}
"""What splits are called whose names are no words."""


def words(view: "View", room: int) -> Parts:
    """Return in what way the chart differs from the usual one, as far as there is room."""
    told = {
        f"smoothed {view.smoothing:g}": view.smoothing < 1,
        f"by {view.by}": view.by != "step",
        "recent": view.recent,
        "log y": view.log_y,
        "log x": view.log_x,
        "outliers cut": not view.outliers,
    }
    return _fitting([(f" {text}", QUIET) for text, holds in told.items() if holds], room)


def legend(lines: Sequence["Line"], signs: Sequence[str], look: Look, room: int) -> Parts:
    """Return the runs and what kinds of lines there are; shorter names where that is too long.

    Where these are too long as well only the kinds are told: a table beside the charts has the names in full.
    """
    models = {line.label: line.colour for line in lines}
    names = list(models)
    tries = ({name: name for name in names}, short(names, keep=1), short(names))
    if look.ascii or not look.colour:
        told = [_each(lines, signs, shown) for shown in tries]
        return next((parts for parts in told if length(parts) <= room), [])
    styles = {line.split: sign for sign, line in zip(signs, lines, strict=True)}
    splits = [(f" {sign} {called(split)}", QUIET) for split, sign in styles.items()]
    if len(styles) == 1:  # one kind of line needs no key
        splits = []
    whole, *less = (
        [(f" \u25cf {shown[name]}", colour) for name, colour in models.items() if shown[name]] for shown in tries
    )
    fitting = (parts for parts in (whole + splits, *(splits + some for some in less)) if length(parts) <= room)
    return next(fitting, _fitting(splits, room))


def bands(given: Sequence["Band"], room: int) -> Parts:
    """Return the names of bands in their colours."""
    return _fitting([(f" \u25cf {band.label}", band.colour) for band in given], room)


def _each(lines: Sequence["Line"], signs: Sequence[str], names: Mapping[str, str]) -> Parts:
    """Return sign, name and split of each line, where colours and dashes do not tell them apart."""
    told = [(sign, names[line.label], called(line.split)) for sign, line in zip(signs, lines, strict=True)]
    return [("  " + " ".join(filter(None, words)), "") for words in told]


def called(split: str) -> str:
    """Return what a split is called; train_eval is the training split, measured as the others are."""
    return SPLITS.get(split, split)


def short(names: Sequence[str], keep: int = 0) -> dict[str, str]:
    """Return by name what tells it apart: without the words with which all begin; nothing where it is the only one.

    Of these words, where there is more than one, the last `keep` stay: what is told apart. A name that is no more than
    these words stays as it is.

    >>> short(["mlp 100 lr 0.1", "mlp 100 lr 0.2"])
    {'mlp 100 lr 0.1': '0.1', 'mlp 100 lr 0.2': '0.2'}
    >>> list(short(["mlp 100 lr 0.1", "mlp 100 lr 0.2"], keep=1).values())
    ['lr 0.1', 'lr 0.2']
    """
    words = [name.split(" ") for name in names]
    alike = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    same = len(list(alike))
    same -= keep if same > 1 else 0
    rests = [" ".join(each[same:]) for each in words]
    return {name: (rest or name) if len(names) > 1 else "" for name, rest in zip(names, rests, strict=True)}


def values(lines: Sequence["Line"], view: "View", name: str) -> Iterator[Parts]:
    """Return the value of each line at the crosshair: those of the run in front, then of the others.

    `name` stands before what is measured of no split.
    """
    own = _own(lines)
    word = own[0].colour if len(own) < len(lines) else QUIET
    told = own[0].timeline if own else None
    for line in [*own, *(line for line in lines if line not in own)]:
        at = line.series.at(view.step(line))
        if at:
            head = [(f"  \u25cf {line.label}", line.colour)] if line.timeline is not told else []
            yield [*head, (f"  {called(line.split) or name} ", word if line in own else QUIET), (_exact(at[1]), "")]
            told = line.timeline


def scattered(given: Sequence["Band"], view: "View") -> Iterator[Parts]:
    """Return mean and standard deviation of each band at the crosshair, where its runs reach as far."""
    import numpy as np

    for band in given:
        steps, step = np.asarray(band.steps, dtype=np.float64), _step(band, view)
        if band.means is None or not steps[0] <= step <= steps[-1]:
            continue
        mean, high = (float(np.interp(step, steps, np.asarray(values))) for values in (band.means, band.highs))
        head = [(f"  \u25cf {band.label.partition(' n=')[0]}", band.colour)] if len(given) > 1 else []
        yield [*head, ("  mean ", QUIET), (_exact(mean), ""), (" sd ", QUIET), (number(high - mean), "")]


def _step(band: "Band", view: "View") -> float:
    last = float(list(band.steps)[-1])  # type: ignore[arg-type]  # an array of numbers
    return float(view.cursor[0]) if view.cursor else last


def across(given: Sequence["Band"], view: "View") -> Iterator[Parts]:
    """Return the step at the crosshair where there are bands alone."""
    if given:
        yield [("step ", QUIET), (f"{int(max(_step(band, view) for band in given)):,}", "")]


def where(lines: Sequence["Line"], view: "View") -> Iterator[Parts]:
    """Return step and epoch at the crosshair, on an axis of time the time as well; then less of it."""
    from tuitrain.drawing.series import moment

    own = _own(lines)
    if not own:
        return
    step = view.cursor[0] if view.cursor else max((line.series.last or (0, 0.0))[0] for line in own)
    epoch, seconds = (float(own[0].timeline.place([step], by)[0]) for by in ("epoch", "time"))
    at: Parts = [("step ", QUIET), (f"{step:,}", "")]
    time: Parts = [("  time ", QUIET), (moment(seconds), "")] if view.by == "time" else []
    yield [*at, ("  epoch ", QUIET), (number(round(epoch, 2)), ""), *time]
    yield [*at, *time]
    yield at


def _own(lines: Sequence["Line"]) -> list["Line"]:
    """Return the lines of the run in front, else of the first run."""
    front = next((line for line in lines if line.front), next(iter(lines), None))
    return [line for line in lines if front and line.timeline is front.timeline]


def _exact(value: float) -> str:
    return metric(value) if value == 0 or 0.01 <= abs(value) < 1e4 else compact(value)


def foot(heads: Iterable[Parts], groups: Sequence[Parts], note: str, room: int) -> Parts:
    """Return a head and the groups for which there is room, whole, and the note at the right end.

    The head is the first of `heads` that leaves room for two groups, else the last.
    """
    behind = _fitting([(note, "$accent")], room) if note else []
    left = room - length(behind) - 2 * bool(note)
    shown: Parts = []
    for head in heads:
        shown = head
        if length(chain(head, *groups[:2])) <= left:
            break
    shown = list(shown) if length(shown) <= left else []
    for group in groups:
        if not shown or length([*shown, *group]) > left:
            break
        shown += group
    if not note:
        return shown
    gap = room - length(shown) - length(behind)
    rule = "\u2500" * (gap - 1 - bool(shown))
    line = f"{' ' * bool(shown)}{rule} " if gap > 0 else ""
    return [*shown, (line, "$panel-lighten-2"), *behind]


def _fitting(parts: Sequence[tuple[str, str]], room: int) -> Parts:
    """Return the parts from the first on for which there is room, and a sign for those that are left out."""
    if length(parts) <= room:
        return list(parts)
    shown = [part for number, part in enumerate(parts) if length(parts[: number + 1]) <= room - len(MORE)]
    return [*shown, (MORE, QUIET)]


def length(parts: Iterable[tuple[str, str]]) -> int:
    """Return the cells that these words take."""
    return sum(cell_len(text) for text, _ in parts)
