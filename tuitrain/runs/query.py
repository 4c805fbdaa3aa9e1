"""Finding runs by words and conditions: one small language for the screen and the command line.

    adam mnist              all words, in name, id, dataset, model, tags, note, state or kind; any case
    optimizer=adam lr<0.01  a setting by its dotted key or the end of it: = != > >= < <=
    val/accuracy>0.9        a metric
    state=running           also id, name, dataset, model, note, device, step, epoch, parameters, seconds, size
                            (in MB) and made (as 2026-01-31)
    tag:baseline            a tag, whole; note:word a word within, as with id, name, dataset, model, device
    -diverged -lr=0.1       a minus in front leaves such runs out
    note:"two words"        quotation marks keep blanks

Every term must hold. It knows entries, not where they come from.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import ge, gt, le, lt
from typing import Any

from tuitrain.problems import nearest
from tuitrain.runs.entry import STATES, Entry, written

Test = Callable[[Entry], bool]

WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
CONDITION = re.compile(r"([^\s=<>!:]+)(!=|>=|<=|==?|>|<|:)(.*)", re.DOTALL)
ORDERS: dict[str, Callable[[Any, Any], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}
MB = 1e6
FIELDS: dict[str, Callable[[Entry], Any]] = {
    "id": lambda entry: entry.id,
    "name": lambda entry: entry.name,
    "note": lambda entry: entry.about.note,
    "tag": lambda entry: entry.about.tags,
    "state": lambda entry: entry.state,
    "dataset": lambda entry: (entry.dataset, entry.settings.get("dataset.kind")),
    "model": lambda entry: (entry.model, entry.settings.get("model.kind")),
    "device": lambda entry: entry.device,
    "step": lambda entry: entry.step,
    "epoch": lambda entry: entry.epoch,
    "parameters": lambda entry: entry.parameters,
    "seconds": lambda entry: entry.seconds,
    "size": lambda entry: None if entry.size is None else entry.size / MB,
    "made": lambda entry: entry.made.isoformat(),
}
"""What can be asked for by name, besides settings and metrics; a tuple holds several values that will do."""
TEXTS = ("id", "name", "note", "tag", "tags", "state", "dataset", "model", "device")
OTHER = {"tags": "tag", "params": "parameters", "time": "seconds", "epochs": "training.epochs"}


class Misread(Exception):
    """A term that cannot be understood; the message says what is wrong and what comes nearest."""


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for."""

    tests: tuple[Test, ...] = ()

    def holds(self, entry: Entry) -> bool:
        """Tell whether a run is meant."""
        return all(test(entry) for test in self.tests)

    def among(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return those of the runs that are meant, in their order."""
        return [entry for entry in entries if self.holds(entry)]


@dataclass(frozen=True, slots=True)
class Keys:
    """The settings and the metrics that any of some runs has."""

    settings: frozenset[str] = frozenset()
    metrics: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Keys":
        """Return those of these runs."""
        return cls(
            frozenset(chain.from_iterable(entry.settings for entry in entries)),
            frozenset(chain.from_iterable(entry.metrics for entry in entries)),
        )

    @property
    def spellings(self) -> list[str]:
        """Everything that can be asked for, whole and short."""
        whole = self.settings | self.metrics
        short = {re.split(r"[./]", name)[-1] for name in whole}
        tables = {name.removesuffix(".kind") for name in self.settings if name.endswith(".kind")}
        return sorted(tables | short | whole | FIELDS.keys(), key=lambda name: (len(name), name))


def parse(text: str, known: Keys) -> Query:
    """Return what is asked for, with the keys that there are; raise Misread."""
    found, sentence = understood(text, known)
    if sentence:
        raise Misread(sentence)
    return found


def understood(text: str, known: Keys) -> tuple[Query, str]:
    """Return what is asked for as far as it can be understood, and a sentence on the first term that cannot."""
    tests, sentences = [], []
    for word in _split(text):
        try:
            tests.append(_test(word, known))
        except Misread as misread:
            sentences.append(str(misread))
    return Query(tuple(tests)), "".join(sentences[:1])


def _split(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if word.strip('-"')]


def _test(word: str, known: Keys) -> Test:
    bare = word.lstrip("-")
    if len(word) - len(bare) & 1:
        left_out = _test(bare, known)
        return lambda entry: not left_out(entry)
    word = bare
    matched = CONDITION.fullmatch(word)
    if matched is None or matched[1].startswith('"'):
        return _says(word.replace('"', "").lower())
    key, sign, value = matched[1], matched[2].replace("==", "="), matched[3].replace('"', "")
    if sign == ":" and key not in TEXTS:
        return _says(word.replace('"', "").lower())
    return _condition(key, sign, value, known)


def _says(word: str) -> Test:
    return lambda entry: word in _words(entry)


def _words(entry: Entry) -> str:
    kinds = [entry.settings.get(f"{table}.kind", "") for table in ("dataset", "model", "optimizer", "schedule")]
    said = entry.about
    told = (said.name, entry.id, entry.dataset, entry.model, *said.tags, said.note, entry.state, *map(str, kinds))
    return "\n".join(told).lower()


def _condition(key: str, sign: str, value: str, known: Keys) -> Test:
    take = _taker(key, known)
    if not value:
        raise Misread(f"{key}{sign} needs a value behind it, such as {key}{sign}{_example(key, sign)}")
    if key == "state" and sign in ("=", "!=") and value.lower() not in STATES:
        raise Misread(f"state {value!r} does not exist{nearest(value, STATES)}; there are {', '.join(sorted(STATES))}")
    if sign == ":":
        word = value.lower()
        whole = key in ("tag", "tags")
        return lambda entry: any(word == said if whole else word in said for said in _texts(take(entry)))
    if sign in ORDERS:
        return _compared(take, ORDERS[sign], key, sign, value)
    equal = _equal(value)
    if sign == "!=":
        return lambda entry: not any(map(equal, _each(take(entry))))
    return lambda entry: any(map(equal, _each(take(entry))))


def _example(key: str, sign: str) -> str:
    return {"state": "running", "tag": "baseline", "made": "2026-01-31"}.get(key, "0.1" if sign in ORDERS else "adam")


def _taker(key: str, known: Keys) -> Callable[[Entry], Any]:
    """Return how an entry is asked for this key; raise Misread where it is none, or may be several."""
    key = OTHER.get(key, key)
    if key in FIELDS:
        return FIELDS[key]
    full = _full(re.sub(r"^models\.0\.", "model.", key), known)
    return lambda entry: entry.settings.get(full, entry.metrics.get(full))


def _full(key: str, known: Keys) -> str:
    """Return the setting, else the metric, that is meant: the key itself, its kind, or the only one that ends so."""
    for names in (known.settings, known.metrics):
        exact = [name for name in (key, f"{key}.kind") if name in names]
        ending = sorted(name for name in names if name.endswith((f".{key}", f"/{key}")))
        if exact or len(ending) == 1:
            return (exact or ending)[0]
        if ending:
            raise Misread(f"{key} may be {_listed(ending)}; name one of them")
    raise Misread(f"no run has a setting or a metric {key!r}{nearest(key, known.spellings)}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _each(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _texts(value: object) -> list[str]:
    return [written(each).lower() for each in _each(value) if each is not None]


def _equal(text: str) -> Callable[[object], bool]:
    """Return whether a value is what is written: as a number, else as text in any case, lists without brackets."""
    plain, number = _plain(text), _number(text)

    def same(value: object) -> bool:
        if value is None:
            return False
        if number is not None and isinstance(value, int | float) and not isinstance(value, bool):
            return value == number
        return _plain(written(value)) == plain

    return same


def _plain(text: str) -> str:
    return re.sub(r"[\s\[\]]", "", text).lower()


def _compared(take: Callable[[Entry], Any], order: Callable[[Any, Any], bool], key: str, sign: str, text: str) -> Test:
    if key == "made":
        return lambda entry: order(take(entry)[: len(text)], text)
    number = _number(text)
    if number is None:
        raise Misread(f"{key}{sign} needs a number; got {text!r}")
    return lambda entry: any(_is_number(value) and order(value, number) for value in _each(take(entry)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
