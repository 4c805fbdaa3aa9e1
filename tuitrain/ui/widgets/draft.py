"""What a person has typed for one table of an experiment, right or wrong, for every kind it has had.

It must not know widgets, and checks nothing: `tuitrain.experiment` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic.fields import FieldInfo

from tuitrain.settings import Settings, kinds


@dataclass
class Draft:
    """One table: the classes to choose from, the kind chosen, and the values as TOML has them by kind.

    A family without kinds, such as training, is one class under the kind "". A kind to be swept is a list, and the
    fields are those of the first.
    """

    entries: dict[str, type[Settings]]
    kind: str | list[str]
    typed: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[type[Settings]], table: Mapping[str, Any]) -> "Draft":
        """Return a draft that holds this table, of one of the classes given; what it leaves out is at its default."""
        draft = cls(kinds(tuple(entries)) if "kind" in table else {"": entries[0]}, table.get("kind", ""))
        draft.values.update((name, value) for name, value in table.items() if name != "kind")
        return draft

    @property
    def first(self) -> str:
        """The kind, of several the first."""
        return self.kind[0] if isinstance(self.kind, list) else self.kind

    @property
    def entry(self) -> type[Settings]:
        """The class that the kind names."""
        return self.entries[self.first]

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The fields of this kind, without the kind itself."""
        return {name: info for name, info in self.entry.model_fields.items() if name != "kind"}

    @property
    def values(self) -> dict[str, Any]:
        """The values of this kind: what was typed for it before, its defaults at first; may be written to."""
        if self.first not in self.typed:
            self.typed[self.first] = {name: default(info) for name, info in self.fields.items()}
        return self.typed[self.first]

    @property
    def table(self) -> dict[str, Any]:
        """The table as an experiment file would have it; of several kinds only what is not as each has it itself."""
        if isinstance(self.kind, list):
            told = {name: value for name, value in self.values.items() if value != default(self.fields[name])}
            return {"kind": self.kind, **told}
        return {"kind": self.kind, **self.values} if self.kind else dict(self.values)

    def copy(self) -> "Draft":
        """Return a draft of its own with the same content."""
        return Draft(self.entries, self.kind, {kind: dict(values) for kind, values in self.typed.items()})


def default(info: FieldInfo) -> Any:
    """Return the default of a field; of one that has to be given, an empty text."""
    return "" if info.is_required() else info.get_default(call_default_factory=True)
