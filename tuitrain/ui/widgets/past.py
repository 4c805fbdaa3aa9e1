"""What the settings were before: each change a step that can be taken back and made again. Knows no widgets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from tuitrain.drawing.text import clean, shorten
from tuitrain.ui.widgets.draft import Draft
from tuitrain.ui.widgets.notation import Notation

MOST = 200
"""Steps that are kept."""
PAUSE = 2.0
"""Seconds without a key after which typing on is another step."""
SEVERAL = 2
"""Changes that are named of a single table."""
LONGEST = 40
"""Cells of a value in a sentence."""


class State(NamedTuple):
    """The drafts of all tables at one time; nobody writes into them."""

    tables: Mapping[str, Draft]
    models: Sequence[Draft]

    @property
    def named(self) -> dict[str, Draft]:
        """Each draft under the name of its table: models.0 is the first model."""
        return {**self.tables, **{f"models.{number}": draft for number, draft in enumerate(self.models)}}

    @property
    def content(self) -> dict[str, Any]:
        """The tables in plain values, to compare."""
        return {name: draft.table for name, draft in self.named.items()}


class Change(NamedTuple):
    """What a step changed: where it stands first ("" for the list of models), and all of it in words."""

    table: str
    field: str
    words: str


@dataclass(slots=True)
class Past:
    """The state now, those before it and those that were taken back."""

    now: State
    _before: list[State] = field(default_factory=list)
    _after: list[State] = field(default_factory=list)
    _typed: object = None
    """The field in which somebody types; more of it is the same step."""
    _since: float = 0.0

    def note(self, state: State, typed: object = None) -> None:
        """Take note of the state as it is now; `typed` is the field in which it was typed, None for other changes."""
        if state.content == self.now.content:
            return
        time = monotonic()
        if typed is None or typed is not self._typed or time - self._since > PAUSE or self._after:
            self._before = [*self._before[1 - MOST :], self.now]
        elif self._before[-1].content == state.content:
            self._before.pop()  # typed and deleted again
            typed = None
        self.now, self._after, self._typed, self._since = state, [], typed, time

    def leave(self, typed: object) -> None:
        """Let what is typed in this field from now on be another step."""
        if typed is self._typed:
            self._typed = None

    def undo(self) -> Change | None:
        """Go back a step and return what it had changed; None where there is none."""
        if not self._before:
            return None
        self._after.append(self.now)
        self.now, self._typed = self._before.pop(), None
        return describe(self.now, self._after[-1])

    def redo(self) -> Change | None:
        """Make the step again that was taken back last, and return what it changes; None where there is none."""
        if not self._after:
            return None
        self._before.append(self.now)
        self.now, self._typed = self._after.pop(), None
        return describe(self._before[-1], self.now)


def describe(old: State, new: State) -> Change:
    """Return what is different between two states that are not the same; of many changes one in each table."""
    places = list(_differences(old, new))
    listed = len(old.models) != len(new.models) or _reordered(old.models, new.models)
    told = [f"models {_listed(old.models)} -> {_listed(new.models)}"] if listed else []
    places = [place for place in places if not (listed and place[0].startswith("models."))]
    first = {table: number for number, (table, *_) in reversed(list(enumerate(places)))}  # of each table the first
    shown = sorted(first.values()) if len(first) > 1 else range(min(len(places), SEVERAL))
    told += ["{}.{} {} -> {}".format(*places[number]) for number in shown]
    more = f" and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
    table, field = ("models", "") if listed else places[0][:2]
    return Change(table, field, ", ".join(told) + more)


def _differences(old: State, new: State) -> Iterator[tuple[str, str, str, str]]:
    """Yield table, field, and both values in words; of a table of another kind only the kind."""
    before = old.named
    for table, draft in new.named.items():
        was = before.get(table, draft)
        if was.kind != draft.kind:
            yield table, "kind", _words(was.kind, str), _words(draft.kind, str)
            continue
        for name, info in draft.fields.items():
            if was.values[name] != draft.values[name]:
                yield (
                    table,
                    name,
                    _words(was.values[name], info.annotation),
                    _words(draft.values[name], info.annotation),
                )


def _words(value: Any, annotation: Any) -> str:
    return shorten(clean(Notation(annotation).write(value)), LONGEST) or '""'


def _reordered(old: Sequence[Draft], new: Sequence[Draft]) -> bool:
    before, after = ([draft.table for draft in drafts] for drafts in (old, new))
    return before != after and all(table in after for table in before)


def _listed(models: Sequence[Draft]) -> str:
    """Return the models of a list in words, by kind and hidden layers."""
    hidden = ((draft.first, draft.values.get("hidden")) for draft in models)
    names = (f"{kind} {_words(sizes, list[int])}" if sizes else kind for kind, sizes in hidden)
    return shorten(f"({'; '.join(names)})", 2 * LONGEST)
