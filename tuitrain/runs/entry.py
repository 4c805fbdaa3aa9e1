"""One run as it stands, in plain values: what its files say, read cheaply, and in words where they are damaged.

It knows one directory at a time, and neither filters nor screens.
"""

import json
import math
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, get_args

from pydantic_core import from_json

from tuitrain.models import MODELS
from tuitrain.problems import Rejected, choose
from tuitrain.runs import about
from tuitrain.runs.about import About
from tuitrain.runs.history import ENDED, HEADLINES, Metrics, State
from tuitrain.runs.journal import Reader, Record
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch, summary

HEAD = 1 << 16  # bytes at the beginning of a journal in which it says what is trained
TAILS = (1 << 16, 1 << 19, 1 << 22)  # bytes at its end: as many as it takes to find an evaluation
TURNS = (b'started", "run"', b'"key": "training.')
"""What lines hold that say where a run goes on from, and how long it is."""
LARGEST = 1 << 20  # bytes of an experiment or a summary: more is damage
LIVE: frozenset[str] = frozenset({"queued", "preparing", "running", "paused"})
DAMAGED = "damaged"
STATES: frozenset[str] = frozenset(get_args(State)) | {DAMAGED}

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One run as it stands."""

    run: Run
    made: datetime
    """When, in UTC."""
    state: str
    trouble: str = ""
    """What is wrong with its files, or why it failed."""
    about: About = field(default_factory=About)
    dataset: str = ""
    model: str = ""
    settings: Settings = field(default_factory=dict)
    """By dotted key, such as `optimizer.lr` or `model.hidden`."""
    step: int = 0
    epoch: int = 0
    epochs: int = 0
    metrics: Metrics = field(default_factory=dict)
    """Of a run that is over at the kept weights, else the latest."""
    parameters: int | None = None
    seconds: float | None = None
    device: str = ""
    parent: str = ""
    """The run of which this is a branch."""
    branched: int | None = None
    """The step of its parent that it began with."""
    size: int | None = None
    """Bytes on disk; None as long as they are not counted."""
    order: int = 0
    """Nanoseconds of when its experiment was written: the order of runs made in one second."""

    @property
    def id(self) -> str:
        """The name of its directory."""
        return self.run.id

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.about.name

    @property
    def live(self) -> bool:
        """Whether it is under way, or about to be."""
        return self.state in LIVE

    @property
    def headline(self) -> str:
        """The metric that stands for all others."""
        told = (metric for metric in HEADLINES if any(name.endswith(f"/{metric}") for name in self.metrics))
        return next(told, HEADLINES[0])

    def score(self, split: str) -> float | None:
        """Return the headline metric on a split."""
        return self.metrics.get(f"{split}/{self.headline}")


def written(value: object) -> str:
    """Return a setting as a person would type it.

    >>> written([64, 32]), written(True), written(0.001)
    ('64,32', 'true', '0.001')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(f"[{written(item)}]" if isinstance(item, list) else written(item) for item in value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)


def read(run: Run) -> tuple[Entry, Watch | None]:
    """Return the entry of a run, and of one that is not known to be over how to follow it."""
    tables, trouble = _tables(run)
    entry = _settled(run, tables)
    told = _summary(run)
    if told is not None:
        return _damaged(_told(entry, told), trouble), None
    try:
        watch = _positioned(run)
        watch.poll()
    except OSError as error:
        return _damaged(entry, f"journal.jsonl: {error.strerror or error}"), None
    if watch.reader.skipped and not watch.history.records:
        trouble = trouble or "journal.jsonl holds no event"
    return _damaged(renew(entry, watch), trouble), watch


def renew(entry: Entry, watch: Watch) -> Entry:
    """Return the entry as its journal tells it now."""
    return _told(entry, summary(watch))


def _damaged(entry: Entry, trouble: str) -> Entry:
    return replace(entry, state=DAMAGED, trouble=trouble) if trouble else entry


def _tables(run: Run) -> tuple[dict[str, Any], str]:
    """Return the tables of the experiment file, or none and what is wrong with it. By tomllib: 0.1 ms."""
    try:
        return tomllib.loads(about.peek(run.path / "experiment.toml", LARGEST).decode()), ""
    except FileNotFoundError:
        return {}, "experiment.toml is missing"
    except OSError as error:
        return {}, f"experiment.toml: {error.strerror or error}"
    except (ValueError, RecursionError) as error:
        return {}, f"experiment.toml cannot be read: {error}"


def _settled(run: Run, tables: dict[str, Any]) -> Entry:
    """Return what is known of a run before anything happened."""
    settings = dict(_flat({key: value for key, value in tables.items() if key not in ("label", "parent", "vary")}))
    path = settings.get("dataset.path")
    name = Path(path).stem if isinstance(path, str) else ""
    order = _modified(run.path / "experiment.toml")
    return Entry(
        run=run,
        made=_made(run.id) or datetime.fromtimestamp(order / 1e9, UTC),
        order=order,
        state="lost",
        about=about.read(run),
        dataset=name or str(settings.get("dataset.kind", "")),
        model=_model(tables),
        settings=settings,
        **_parent(tables.get("parent")),
    )


def _parent(table: Any) -> dict[str, Any]:
    """Return what a branch says of where it begins; nothing where there is no such table, or something else in it."""
    if not isinstance(table, dict) or not isinstance(table.get("run"), str):
        return {}
    step = _number(table.get("step"))
    return {"parent": table["run"], "branched": None if step is None else int(step)}


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Return what is in tables by dotted key; of the only model without its number."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, inner in enumerate(value):
            single = key == "models" and len(value) == 1
            yield from _flat(inner, "model" if single else f"{key}.{number}")
    else:
        yield key, value


def _model(tables: dict[str, Any]) -> str:
    """Return what its model will be called, as the experiment does; nothing where that cannot be told."""
    models, label = tables.get("models"), tables.get("label", "")
    if not isinstance(models, list) or not models or not isinstance(models[0], dict):
        return ""
    try:
        name = choose(MODELS, models[0]).name
    except Rejected:  # of a later version
        name = str(models[0].get("kind", ""))
    return " ".join(filter(None, (name, str(label))))


def _made(name: str) -> datetime | None:
    """Return the time that the name of a directory begins with."""
    with suppress(ValueError):
        return datetime.strptime(name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    return None


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _summary(run: Run) -> Record | None:
    """Return how a run ended; None where it is not over, or goes on again: then its journal is newer."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        if run.summary.stat().st_mtime_ns < run.journal.stat().st_mtime_ns:
            return None
        told = json.loads(about.peek(run.summary, LARGEST))
        return told if isinstance(told, dict) and told.get("state") in ENDED else None
    return None


def _told(entry: Entry, told: Record) -> Entry:
    """Return the entry with what a summary says; what is no number there is left out."""
    metrics = told.get("metrics")
    found = metrics.items() if isinstance(metrics, dict) else ()
    parameters = _number(told.get("parameters"))
    return replace(
        entry,
        state=str(told["state"]),
        trouble=str(told.get("error") or ""),
        model=str(told.get("model") or entry.model),
        device=str(told.get("device") or ""),
        step=int(_number(told.get("step")) or 0),
        epoch=int(_number(told.get("epoch")) or 0),
        epochs=int(_number(told.get("epochs")) or 0),
        metrics={str(name): _number(value) for name, value in found},
        parameters=int(parameters) if parameters and parameters > 0 else None,
        seconds=_number(told.get("seconds")),
    )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= sys.float_info.max else None


def _positioned(run: Run) -> Watch:
    """Return a watch that knows how a long journal began and reads on near its end: nobody asks for curves here."""
    watch = Watch(run)
    try:
        size = run.journal.stat().st_size
    except FileNotFoundError:
        return watch
    if size > HEAD + TAILS[0]:
        start = _start(run.journal, size)
        watch.history.take(_beginning(run.journal))
        watch.history.take(_turns(run.journal, HEAD, start))
        watch.reader = Reader(run.journal, 0, start)
    return watch


def _beginning(journal: Path) -> list[Record]:
    """Return what the head of a journal says about what is trained; the rest of it is told again near the end."""
    with journal.open("rb") as file:
        lines = [line for line in file.read(HEAD).split(b"\n")[:-1] if b'"started"' in line]
    return [record for record in _parsed(lines) if record["event"] == "started"]


def _turns(journal: Path, begin: int, end: int) -> list[Record]:
    """Return what is said between these places of where a run goes on from and of its length; about 0.5 ms for 1 MB."""
    with journal.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        places = set()
        for word in TURNS:
            at = content.find(word, begin, end)
            while at >= 0:
                places.add(content.rfind(b"\n", 0, at) + 1)
                at = content.find(word, at + 1, end)
        return _parsed(content[place : content.find(b"\n", place)] for place in sorted(places))


def _parsed(lines: Iterable[bytes]) -> list[Record]:
    """Return the records in these lines, the damaged ones left out."""
    found = []
    for line in lines:
        with suppress(ValueError):
            found.append(from_json(line))
    return [record for record in found if isinstance(record, dict) and isinstance(record.get("event"), str)]


def _start(journal: Path, size: int) -> int:
    """Return the offset of the line from which on there is an evaluation, unless that is very far back."""
    with journal.open("rb") as file:
        for tail in TAILS:
            file.seek(max(size - tail, 0))
            content = file.read(tail)
            if b'"evaluated"' in content or tail >= size:
                break
    return max(size - tail, 0) + content.find(b"\n") + 1
