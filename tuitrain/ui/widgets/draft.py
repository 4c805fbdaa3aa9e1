"""What a person has typed for one table of an experiment, right or wrong, for every kind it has had.

It must not know widgets, and checks nothing: `tuitrain.experiment` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic.fields import FieldInfo

from tuitrain.settings import Settings, kinds


@dataclass
class Draft:
    """One table: the classes to choose from, the kind chosen, and the values as TOML has them by kind.

    A family without kinds, such as training, is one class under the kind "".
    """

    entries: dict[str, type[Settings]]
    kind: str
    typed: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, entries: Sequence[type[Settings]] = ()) -> "Draft":
        """Return a draft that holds these settings, one of the classes given."""
        values = settings.model_dump()
        kind = str(values.pop("kind", ""))
        return cls(kinds(tuple(entries)) if entries else {"": type(settings)}, kind, {kind: values})

    @property
    def entry(self) -> type[Settings]:
        """The class that the kind names."""
        return self.entries[self.kind]

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The fields of this kind, without the kind itself."""
        return {name: info for name, info in self.entry.model_fields.items() if name != "kind"}

    @property
    def values(self) -> dict[str, Any]:
        """The values of this kind: what was typed for it before, its defaults at first; may be written to."""
        if self.kind not in self.typed:
            self.typed[self.kind] = {
                name: info.get_default(call_default_factory=True) for name, info in self.fields.items()
            }
        return self.typed[self.kind]

    @property
    def table(self) -> dict[str, Any]:
        """The table as an experiment file would have it."""
        return {"kind": self.kind, **self.values} if self.kind else dict(self.values)

    def copy(self) -> "Draft":
        """Return a draft of its own with the same content."""
        return Draft(self.entries, self.kind, {kind: dict(values) for kind, values in self.typed.items()})
