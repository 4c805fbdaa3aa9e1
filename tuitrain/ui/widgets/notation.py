"""How values are typed and shown: numbers, words, lists, and several values where one belongs, which are a sweep.

It must not know widgets, or any particular setting.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from tuitrain.drawing.text import clean

_DIGITS, _REAL, _SEVERAL, _BRACKETS = "0123456789_+-", ".eE", ",", "[]"
_PLAIN = re.compile(r"[^\s,\[\]'\"][^,\[\]'\"]*[^\s,\[\]'\"]|[^\s,\[\]'\"]")
"""Text that needs no quotes among others."""


@dataclass(frozen=True)
class Notation:
    """How values of this annotation are written.

    Lists need no brackets where they are flat, and text no quotes where it is alone. Several values where one
    belongs, with commas between them, are a list of these.
    """

    annotation: Any

    @cached_property
    def types(self) -> set[Any]:
        """The plain types of which it is made: {int, float, str} for a union of these."""
        return set(_types(self.annotation))

    @cached_property
    def depth(self) -> int:
        """How many lists a value is made of, one within the other."""
        return _depth(self.annotation)

    @property
    def free(self) -> bool:
        """Whether it is text, or a list of texts, that may have any character."""
        return self.types - {list} == {str}

    def alphabet(self, info: FieldInfo, value: Any) -> str:
        """Return the characters that a value of this field can have; "" is all of them.

        Beside those of numbers and lists these are the letters of words: the words that the field's description
        quotes, its default and its value.
        """
        if self.free:
            return ""
        letters = _DIGITS + _SEVERAL + (_REAL if float in self.types else "") + (_BRACKETS if self.depth else "")
        if str in self.types:
            quoted = re.findall(r'"(\w+)"', info.description or "")
            values = value if isinstance(value, list) else [value]
            letters += "".join(word for word in (*quoted, info.default, *values) if isinstance(word, str))
        return letters

    def read(self, text: str) -> Any:
        """Return what was typed as TOML would have it; what cannot be read is text, for the check to name.

        >>> number, widths, name = Notation(float), Notation(list[int]), Notation(str)
        >>> number.read("1e-3"), number.read("0.1, 1"), widths.read("250, 100"), widths.read("[64], [64, 32]")
        (0.001, [0.1, 1], [250, 100], [[64], [64, 32]])
        >>> name.read("a, b"), name.read('["a", "b"]')
        ('a, b', ['a', 'b'])
        """
        if self.free and not self.depth:
            several = _toml(text) if text.strip().startswith("[") else None
            return text if several is None else several
        if self.depth and (several := _toml(text if self._nested(text) else "")) is not None:
            return several
        inside = text.strip().removeprefix("[").removesuffix("]").strip().removesuffix(",")
        if "[" in inside or "]" in inside:
            return text
        parts = [self._one(part.strip()) for part in inside.split(",")] if inside else []
        word = len(parts) == 1 and isinstance(parts[0], str) and str in self.types and not self.free
        if len(parts) == 1 and (word or not self.depth):
            return parts[0]
        return parts if self.depth or parts else ""

    def write(self, value: Any) -> str:
        """Return a value as a person would type it: lists in lists as TOML, others without brackets.

        >>> Notation(float).write(1e-5), Notation(list[int]).write([250, 100]), Notation(str).write(["a", "b"])
        ('1e-5', '250, 100', '["a", "b"]')
        """
        if not isinstance(value, list):
            return _text(value)
        several = self.free and not self.depth
        if several or not all(map(_is_plain, value)):
            return _toml_of(value)
        return ", ".join(map(_text, value))

    def _nested(self, text: str) -> bool:
        return text.count("[") > 1 or any(quote in text for quote in "\"'")

    def _one(self, text: str) -> Any:
        for number in () if self.free else (int, float):
            try:
                return number(text)
            except ValueError:
                continue
        return text


def _is_plain(item: Any) -> bool:
    """Tell whether a value reads back without quotes."""
    shown = _text(item)
    return not isinstance(item, list) and bool(_PLAIN.fullmatch(shown)) and (shown == item or not isinstance(item, str))


def _toml(text: str) -> list[Any] | None:
    """Return the list that a text spells in TOML, its outer brackets left out or not; None where it is none."""
    try:
        values: list[Any] = tomllib.loads(f"values = [{text}]")["values"]
    except tomllib.TOMLDecodeError:
        return None
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values or None


def _types(annotation: Any) -> Iterable[Any]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None:
        return {annotation}
    if origin is Annotated:
        return _types(inner[0])
    return {origin}.union(*map(_types, inner))


def _depth(annotation: Any) -> int:
    inner = max((_depth(part) for part in get_args(annotation)), default=0)
    return inner + (get_origin(annotation) is list)


def _toml_of(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_of, value))}]"
    return clean(json.dumps(value, ensure_ascii=False)) if isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return re.sub(r"e([+-]?)0*", lambda sign: "e" + sign[1].strip("+"), repr(value)).removesuffix(".0")
    return clean(str(value))
