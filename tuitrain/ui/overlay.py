"""Curves of several runs as one chart shows them: a line each, or mean and band of runs that differ in their seed.

No widgets: it makes what they are given.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from tuitrain.drawing.text import clean
from tuitrain.runs.compare import TOLD, differing, spread
from tuitrain.runs.entry import Entry
from tuitrain.runs.history import HEADLINES
from tuitrain.runs.series import Series
from tuitrain.runs.watch import Watch
from tuitrain.ui.roll import title
from tuitrain.ui.widgets.chart import Band, Line

SETTINGS = 2  # in the name of a curve
METRICS = ("loss", *HEADLINES)
SPLITS = ("val", "train")  # the first of which there is a curve is shown

Histories = Mapping[str, Watch]
"""By the id of the run."""


def lines(
    entries: Sequence[Entry], told: Histories, colours: Mapping[str, str], front: Sequence[str]
) -> dict[str, list[Line]]:
    """Return the curves of these runs by metric: on held-out data, else as trained."""
    names = labels(entries)
    found: dict[str, list[Line]] = {metric: [] for metric in METRICS}
    for entry in entries:
        for metric in METRICS:
            split, series = curve(told[entry.id], metric)
            if len(series):
                history = told[entry.id].history
                line = Line(
                    label=names[entry.id],
                    series=series,
                    timeline=history.timeline,
                    colour=colours[entry.id],
                    split=split,
                    best=None,
                    front=entry.id in front,
                )
                found[metric].append(line)
    return {metric: some for metric, some in found.items() if some}


def curve(watch: Watch, metric: str) -> tuple[str, Series]:
    """Return the split that is shown of a metric, and its curve, empty where there is none."""
    told = ((split, watch.history.curve(f"{split}/{metric}")) for split in SPLITS)
    return next((pair for pair in told if len(pair[1])), (SPLITS[0], Series()))


def labels(entries: Sequence[Entry]) -> dict[str, str]:
    """Return what each run is called in a legend: where names are the same by what differs, else by its time too."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(title(entry), []).append(entry)
    found: dict[str, str] = {}
    for name, group in groups.items():
        found |= _apart(group, name if len(groups) > 1 else "") if len(group) > 1 else {group[0].id: name}
    return found


def _apart(group: Sequence[Entry], name: str) -> dict[str, str]:
    told = [row for row in differing(group) if not row.key.startswith(TOLD)][:SETTINGS]
    keys = [row.key.rpartition(".")[2] for row in told]
    words = [_said(dict(zip(keys, values, strict=True))) for values in zip(*(row.values for row in told), strict=True)]
    words = words or [""] * len(group)
    names = [f"{name} {said}".strip() for said in words]
    return {
        entry.id: said if names.count(said) == 1 else f"{said} {entry.made:%H:%M:%S}".strip()
        for entry, said in zip(group, names, strict=True)
    }


def _said(values: Mapping[str, str]) -> str:
    return " ".join(f"{key} {clean(value)}" for key, value in values.items() if value)


def bands(groups: Sequence[Sequence[Entry]], told: Histories, colours: Mapping[str, str]) -> dict[str, list[Band]]:
    """Return mean and band of each group by metric: one standard deviation to each side, of so many seeds."""
    found: dict[str, list[Band]] = {}
    for group in groups:
        for metric in METRICS:
            curves = [pair for pair in (curve(told[entry.id], metric) for entry in group) if len(pair[1])]
            scattered = spread([series for _, series in curves])
            if scattered is not None:
                label = f"{family(group)} n={len(curves)} mean, 1 sd"
                band = Band(
                    label=label,
                    colour=colours[group[0].id],
                    steps=scattered.steps,
                    lows=scattered.lows,
                    highs=scattered.highs,
                    means=scattered.means,
                    split=curves[0][0],
                )
                found.setdefault(metric, []).append(band)
    return found


def family(group: Sequence[Entry]) -> str:
    """Return what runs with other seeds are called together: the words with which the names of all models begin.

    What a person called one of them is not what they are.

    >>> family([])
    ''
    """
    words = [clean(entry.model).split(" ") for entry in group]
    common = [each[0] for each in takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))]
    return " ".join(common).removesuffix("seed").strip() or (title(group[0]) if group else "")
