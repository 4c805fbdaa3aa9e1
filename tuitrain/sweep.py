"""A list where one value belongs is a sweep: one run for each value, the product over several keys.

It works on plain tables and their classes, and must not know what an experiment is.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, get_args, get_origin

from tuitrain.settings import Settings, kinds

Choice = dict[str, Any]
"""One value for each swept key."""


def swept(tables: Mapping[str, Any], classes: Mapping[str, Sequence[type[Settings]]]) -> dict[str, list[Any]]:
    """Return the lists that stand where one value belongs, by dotted key; `classes` are those of each table."""
    found: dict[str, list[Any]] = {}
    for name, entries in classes.items():
        content = tables.get(name)
        listed = enumerate(content) if isinstance(content, list) else ()
        several = [(f"{name}.{number}", table) for number, table in listed]
        for key, table in several or [(name, content)]:
            if isinstance(table, Mapping):
                found |= {f"{key}.{field}": values for field, values in _lists(table, tuple(entries))}
    return found


def _lists(table: Mapping[str, Any], entries: tuple[type[Settings], ...]) -> Iterator[tuple[str, list[Any]]]:
    entry = _entry(table, entries)
    for name, value in table.items():
        info = entry.model_fields.get(name) if entry else None
        belongs = _depth(info.annotation) if info else 0
        if isinstance(value, list) and value and _nesting(value) > belongs and (info or name == "kind"):
            yield name, value


def _entry(table: Mapping[str, Any], entries: tuple[type[Settings], ...]) -> type[Settings] | None:
    """Return the class of the table: of several kinds that are swept, the first."""
    if len(entries) == 1 and "kind" not in entries[0].model_fields:
        return entries[0]
    kind = table.get("kind")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    default = entries[0].model_fields["kind"].default
    return kinds(entries).get(kind if isinstance(kind, str) else default)


def _depth(annotation: Any) -> int:
    """Return how many lists a value of this type is made of, one within the other."""
    inner = max((_depth(part) for part in get_args(annotation)), default=0)
    return inner + (get_origin(annotation) is list)


def _nesting(value: Any) -> int:
    return 1 + max((_nesting(item) for item in value), default=0) if isinstance(value, list) else 0


def choices(vary: Mapping[str, Sequence[Any]]) -> list[Choice]:
    """Return every combination, the last key changing fastest; one empty choice where nothing varies."""
    return [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]


def settle(tables: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables with these values in place of whatever stood there."""
    result: dict[str, Any] = _copy(tables)
    for key, value in choice.items():
        put(result, key, value)
    return result


def put(tables: Any, key: str, value: Any) -> None:
    """Put a value into the tables under a dotted key."""
    path, _, last = key.rpartition(".")
    table = take(tables, path) if path else tables
    table[int(last) if isinstance(table, list) else last] = value


def take(tables: Any, key: str) -> Any:
    """Return what stands in the tables under a dotted key."""
    for part in key.split("."):
        tables = tables[int(part)] if isinstance(tables, list) else tables[part]
    return tables


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def label(choice: Mapping[str, Any]) -> str:
    """Return a choice in words: "lr 0.1, momentum 0.9".

    >>> label({"optimizer.lr": 0.1, "models.0.hidden": [64, 32]})
    'lr 0.1, hidden 64-32'
    """
    return ", ".join(f"{key.rpartition('.')[2]} {_text(value)}" for key, value in choice.items())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(map(_text, value))
    if isinstance(value, str) and os.sep in value:
        return os.path.basename(value)  # noqa: PTH119  a word to show, not a path to open
    return f"{value:g}" if isinstance(value, float) else str(value)
