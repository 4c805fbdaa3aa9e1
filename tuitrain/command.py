"""The batch command line that trains an experiment: the preset that is nearest to it, and the settings that differ.

It knows experiments as tables; what a shell or a screen does with the line is not its business.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from tuitrain import experiment as experiments
from tuitrain.experiment import CLASSES, Experiment
from tuitrain.problems import Rejected
from tuitrain.settings import kinds

PROGRAM = ("tuitrain", "--batch")
MANY = 12
"""With more settings than these a file is easier to read, where there is one."""


def command(experiment: Experiment, source: str | None) -> str:
    """Return the shortest line for a shell that trains exactly this, but for the label of a run of a sweep.

    That is the preset with the fewest settings to change. Where no preset has as many models, or too much differs,
    it is the file `source`; without a file nothing, where no preset will do.
    """
    wanted = experiment.model_copy(update={"label": ""})
    arguments = next(_candidates(wanted), None)
    if source is not None and (arguments is None or len(arguments) > 1 + 2 * MANY):
        arguments = [source]
    return shlex.join([*PROGRAM, *arguments]) if arguments else ""


def nearest(experiment: Experiment) -> str | None:
    """Return the preset that has the fewest settings to change; None where none has as many models."""
    arguments = next(_candidates(experiment.model_copy(update={"label": ""})), None)
    return arguments[0] if arguments else None


def _candidates(wanted: Experiment) -> Iterator[list[str]]:
    """Yield the arguments of each preset that can be made this experiment, those with the fewest settings first."""
    tables = wanted.dump()
    found = []
    for preset in experiments.presets():
        changes = _changes(experiments.read(preset).dump(), tables)
        if changes is not None:
            found.append((preset, [f"{key}={_written(value)}" for key, value in changes.items()]))
    for preset, settings in sorted(found, key=lambda entry: (len(entry[1]), sum(map(len, entry[1])))):
        if _makes(preset, settings, wanted):
            yield [preset, *(word for setting in settings for word in ("--set", setting))]


def _makes(preset: str, settings: list[str], wanted: Experiment) -> bool:
    try:
        return experiments.read(preset, settings) == wanted
    except Rejected:
        return False


def _changes(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what to set by dotted key to make the tables `base` these; None where the models are not as many."""
    if len(base["models"]) != len(wanted["models"]):
        return None
    pairs = {key: (base[key], wanted[key]) for key in CLASSES if key != "models"}
    pairs |= {f"models.{n}": pair for n, pair in enumerate(zip(base["models"], wanted["models"], strict=True))}
    return {
        f"{key}.{field}": value
        for key, pair in pairs.items()
        for field, value in _differing(key.partition(".")[0], *pair).items()
    }


def _differing(family: str, base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields to set in one table: those that differ, or the kind anew and what is not its default."""
    anew = {"kind": wanted["kind"], **_given(family, wanted)} if "kind" in wanted else None
    if base.get("kind") != wanted.get("kind") or not set(base) <= set(wanted):
        return anew or {}
    changed = {field: value for field, value in wanted.items() if field not in base or base[field] != value}
    return changed if anew is None or len(changed) <= len(anew) else anew


def _given(family: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not at the default of the table's kind; of several kinds all that it has."""
    rest = {field: value for field, value in table.items() if field != "kind"}
    if isinstance(table["kind"], list):
        return rest
    fields = kinds(CLASSES[family])[table["kind"]].model_fields
    return {
        field: value
        for field, value in rest.items()
        if fields[field].is_required() or value != fields[field].get_default(call_default_factory=True)
    }


def _written(value: Any) -> str:
    """Return a value as `--set` reads it: words without quotes and flat lists without brackets, where these do.

    >>> [_written(value) for value in (0.0001, [64, 32], [64], "adam", "a, b", [[8], [16, 8]], True)]
    ['1e-4', '64,32', '[64]', 'adam', '"a, b"', '[[8],[16,8]]', 'true']
    """
    if isinstance(value, str) and _reads_back(value, value):
        return value
    if isinstance(value, list) and len(value) > 1:
        words = ",".join(item if isinstance(item, str) else _toml(item) for item in value)
        if re.fullmatch(r"[\w.:+,-]+", words) and _reads_back(words, value):
            return words
    return _toml(value)


def _reads_back(text: str, value: Any) -> bool:
    """Tell whether `--set` makes this value of the text; what cannot be seen or typed is better written in quotes."""
    return text.isprintable() and experiments.override({}, [f"key={text}"])["key"] == value


def _toml(value: Any) -> str:
    import tomlkit  # 0.05 s that only writing needs

    if isinstance(value, list):
        return f"[{','.join(map(_toml, value))}]"
    if isinstance(value, float):
        return re.sub(r"e([+-]?)0*", lambda sign: "e" + sign[1].strip("+"), repr(value)).removesuffix(".0")
    text: str = tomlkit.item(value).as_string()
    return text
