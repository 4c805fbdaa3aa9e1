"""Entries of the ledger in words, a column for each thing to know. No widgets, and no files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tuitrain.drawing.text import clean, duration, metric, number
from tuitrain.runs.compare import telling
from tuitrain.runs.entry import Entry, written
from tuitrain.ui.tree import twig

AGES = ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h"), (14 * 86400, 86400, "d"), (365 * 86400, 7 * 86400, "w"))
SETTINGS = 3  # columns for what differs
LOOKED_AT = 500  # runs in which these are looked for
PLAIN = ("id", "name", "state", "dataset", "model", "step", "epoch", "parameters", "seconds", "device")
Value = str | int | float | None
NO_TREE: Mapping[str, int] = {}
STAMP = 15  # characters of a directory's name that are its time


class Mark(NamedTuple):
    """How a run is told from the others: the colour of its curves, and without colours their sign."""

    colour: str
    sign: str = "◆"


@dataclass(frozen=True, slots=True)
class Column:
    """A title, how to say it in a word and what to sort by; where it is narrow the highest rank goes first, 0 never."""

    key: str
    title: str
    word: Callable[[Entry], str]
    value: Callable[[Entry], Any]
    left: bool = False
    rank: int = 0


def columns(entries: Sequence[Entry], depths: Mapping[str, int] = NO_TREE) -> list[Column]:
    """Return what there is to say of these runs; among it the settings that tell them apart.

    `depths`: by id of a branch, how many trunks stand above it in the list.
    """
    keys = telling(entries[:LOOKED_AT], SETTINGS)
    score = _score(entries[:LOOKED_AT])
    return [
        Column(
            "run",
            "run",
            lambda entry: f"{twig(depths.get(entry.id, 0))}{called(entry)}",
            lambda entry: called(entry).lower(),
            left=True,
        ),
        Column("dataset", "dataset", lambda entry: entry.dataset, lambda entry: entry.dataset.lower(), True, 5),
        Column("model", "model", lambda entry: entry.model, lambda entry: entry.model.lower(), left=True),
        *(_setting(key, keys, place) for place, key in enumerate(keys)),
        Column("val", f"val{score}", lambda entry: metric(entry.score("val")), lambda entry: entry.score("val")),
        Column(
            "test", f"test{score}", lambda entry: metric(entry.score("test")), lambda entry: entry.score("test"), rank=4
        ),
        Column("epoch", "epoch", epoch, lambda entry: entry.epoch, rank=6),
        Column("time", "time", _time, lambda entry: entry.seconds, rank=8),
        Column("age", "age", age, lambda entry: entry.made, rank=1),
        Column(
            "tags", "tags", lambda entry: " ".join(entry.about.tags), lambda entry: entry.about.tags or None, True, 7
        ),
    ]


def _setting(key: str, keys: Sequence[str], place: int) -> Column:
    short = key.rpartition(".")[2]
    table = key.rpartition(".")[0]
    alone = short != "kind" and [other.rpartition(".")[2] for other in keys].count(short) == 1
    return Column(
        key,
        short if alone else table if short == "kind" else key,
        lambda entry: brief(written(entry.settings[key])) if key in entry.settings else "",
        lambda entry: entry.settings.get(key),
        rank=(2, 9, 10)[place],
    )


def brief(value: str) -> str:
    """Return a number of a setting in a few characters, anything else as it is."""
    try:
        return number(float(value)) if "." in value or "e" in value else value
    except ValueError:
        return value


def _score(entries: Sequence[Entry]) -> str:
    """Return what the scores of all these runs are, where it is the same."""
    found = {entry.headline for entry in entries if entry.score("val") is not None}
    return f" {found.pop()}".replace("accuracy", "acc") if len(found) == 1 else ""


def called(entry: Entry) -> str:
    """Return what a person called the run, else the time in its name: dataset and model have their own columns."""
    if entry.name:
        return entry.name
    stamp = entry.id[:STAMP]
    return stamp if stamp == f"{entry.made:%Y%m%d-%H%M%S}" else entry.id


def brief_names(entries: Sequence[Entry]) -> dict[str, str]:
    """Return what the runs are called where there is little room: of their times only what is not the same in all.

    Runs made in the same second are told apart by their models, else by their number.
    """
    days = {entry.id[:9] for entry in entries if called(entry) == entry.id[:STAMP]}
    names = {
        entry.id: entry.id[9 if len(days) == 1 else 4 : STAMP] if called(entry) == entry.id[:STAMP] else called(entry)
        for entry in entries
    }
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(names[entry.id], []).append(entry)
    for name, group in groups.items():
        if len(group) > 1:
            names |= _apart(name, sorted(group, key=lambda entry: (entry.order, entry.id)))
    return names


def _apart(name: str, group: Sequence[Entry]) -> dict[str, str]:
    """Return names for runs that have the same, in the order in which they were made."""
    models = [entry.model for entry in group]
    if len(set(models)) == len(models):
        return {entry.id: f"{entry.model} {name}" for entry in group}
    return {entry.id: f"{name}-{number}" if number > 1 else name for number, entry in enumerate(group, 1)}


def title(entry: Entry) -> str:
    """Return name and model in one, for legends and headings."""
    return clean(f"{entry.name or entry.model or entry.id}")


def epoch(entry: Entry) -> str:
    """Return how far it is; nothing before it began."""
    return f"{entry.epoch}/{entry.epochs}" if entry.epochs else ""


def _time(entry: Entry) -> str:
    return "" if entry.seconds is None else duration(entry.seconds)


def age(entry: Entry) -> str:
    """Return how long ago it was made, in the unit that keeps it short."""
    seconds = max((datetime.now(UTC) - entry.made).total_seconds(), 0)
    for most, unit, sign in AGES:
        if seconds < most:
            return f"{int(seconds // unit)}{sign}"
    return f"{int(seconds // (365 * 86400))}y"


def ordered(entries: Sequence[Entry], column: Column, backwards: bool) -> list[Entry]:
    """Return the runs in the order of a column; numbers before words, and last those that have nothing there."""
    given = [entry for entry in entries if column.value(entry) not in (None, "")]
    rest = [entry for entry in entries if column.value(entry) in (None, "")]
    return sorted(given, key=lambda entry: _key(column.value(entry)), reverse=backwards) + rest


def _key(value: Any) -> tuple[bool, Any]:
    if isinstance(value, int | float | datetime):
        return (False, value)
    return (True, written(list(value) if isinstance(value, tuple) else value).lower())


def standing(entry: Entry) -> str:
    """Return in a sentence how it stands, its directory and what a person wrote."""
    size = "" if entry.size is None else f"{entry.size / 1e6:.1f} MB"
    parameters = f"{entry.parameters:,} parameters" if entry.parameters else ""
    at = "" if entry.branched is None else f" at step {entry.branched:,}"
    trunk = f"branch of {entry.parent}{at}" if entry.parent else ""
    words = (entry.state, entry.trouble, entry.id, trunk, parameters, entry.device, size, entry.about.note)
    return clean("  ".join(filter(None, words)))


def shown(entries: Sequence[Entry]) -> tuple[list[str], list[list[str]]]:
    """Return the heading and the words of the columns on the screen, as they are copied."""
    told = columns(entries)
    heading = ["id", "state", *(column.title for column in told)]
    rows = [[entry.id, entry.state, *(column.word(entry) for column in told)] for entry in entries]
    return list(map(clean, heading)), [list(map(clean, row)) for row in rows]


def whole(entries: Sequence[Entry]) -> tuple[list[str], list[list[Value]]]:
    """Return a heading and all there is to know of each run, as it is: every metric, every setting."""
    metrics = sorted({name for entry in entries for name in entry.metrics})
    settings = list(dict.fromkeys(name for entry in entries for name in entry.settings))
    rows: list[list[Value]] = []
    for entry in entries:
        said = entry.about
        plain = [getattr(entry, name) for name in PLAIN]
        told = [written(entry.settings[name]) if name in entry.settings else None for name in settings]
        numbers = [entry.metrics.get(name) for name in metrics]
        rows.append([*plain, entry.made.isoformat(), " ".join(said.tags), said.note, *numbers, *told])
    return [*PLAIN, "made", "tags", "note", *metrics, *settings], rows
