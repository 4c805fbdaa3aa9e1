"""What is wrong with settings, in sentences that name the key, what is allowed and the nearest spelling.

It turns pydantic's errors into words and must not know any particular setting.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tuitrain.settings import Settings, kinds

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the dotted key where it stands ("" for the whole) and a sentence."""

    key: str
    sentence: str

    def __str__(self) -> str:
        """Return both as one line."""
        return f"{self.key}: {self.sentence}" if self.key else self.sentence


class Rejected(Exception):
    """Settings that cannot be: where they came from and each problem."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("\n".join(f"{source}: {problem}" if source else str(problem) for problem in problems))


def nearest(word: object, known: Iterable[str]) -> str:
    """Return ' (did you mean X?)' for the nearest known word, or nothing."""
    close = get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def check(entry: type[S], table: Any, key: str = "") -> S:
    """Return the settings that this table holds; raise Rejected with a problem for each wrong key in it."""
    try:
        return entry.model_validate(table)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise Rejected("", [_problem(detail, entry, key) for detail in details]) from None


def choose(entries: tuple[type[S], ...], table: Any, key: str = "", *, otherwise: str | None = None) -> S:
    """Return the settings of the class that the table's `kind` names, or else of `otherwise`; raise Rejected."""
    known = kinds(entries)
    if not isinstance(table, Mapping):
        raise Rejected("", [Problem(key, f"must be a table with a kind; got {table!r}")])
    kind = table.get("kind", otherwise)
    if kind is None:
        raise Rejected("", [Problem(key, f"kind is missing; it is one of {', '.join(known)}")])
    if not isinstance(kind, str) or kind not in known:
        there = f"; there are {', '.join(known)}"
        raise Rejected(
            "", [Problem(f"{key}.kind".lstrip("."), f"{kind!r} does not exist{nearest(kind, known)}{there}")]
        )
    return check(known[kind], table, key)


def _problem(detail: ErrorDetails, entry: type[Settings], prefix: str) -> Problem:
    key = ".".join(str(part) for part in (prefix, *detail["loc"]) if part != "")
    return Problem(key, _sentence(detail, entry))


def _sentence(detail: ErrorDetails, entry: type[Settings]) -> str:
    kind, value = detail["type"], detail["input"]
    context = {name: _plain(limit) for name, limit in detail.get("ctx", {}).items()}
    if kind == "extra_forbidden":
        known = list(entry.model_fields)
        return f"unknown key{nearest(detail['loc'][-1], known)}; the keys here are {', '.join(known)}"
    if kind == "literal_error":
        allowed = str(context["expected"]).replace("'", "")
        return f"must be {allowed}; got {value!r}{nearest(value, allowed.replace(' or ', ', ').split(', '))}"
    if kind in _WORDS:
        return _WORDS[kind].format(**context, value=value)
    return detail["msg"].removeprefix("Value error, ")


def _plain(limit: Any) -> Any:
    """Return 1 for 1.0: limits of numbers are floats, and read better without the point."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


_WORDS = {
    "bool_type": "must be true or false; got {value!r}",
    "finite_number": "must be a finite number; got {value!r}",
    "float_type": "must be a number; got {value!r}",
    "greater_than": "must be greater than {gt}; got {value!r}",
    "greater_than_equal": "must be {ge} or more; got {value!r}",
    "int_type": "must be a whole number; got {value!r}",
    "int_from_float": "must be a whole number; got {value!r}",
    "less_than": "must be less than {lt}; got {value!r}",
    "less_than_equal": "must be {le} or less; got {value!r}",
    "list_type": "must be a list such as [64, 32]; got {value!r}",
    "missing": "is missing, and has no default",
    "model_type": "must be a table of settings; got {value!r}",
    "string_type": "must be text; got {value!r}",
}
