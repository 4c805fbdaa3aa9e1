"""What every entry of the catalog has in common."""

from typing import Any

import pytest
from pydantic import ValidationError

from tuitrain.experiment import FAMILIES
from tuitrain.optimizers import SGD
from tuitrain.settings import Settings, count
from tuitrain.training import Training

ENTRIES = [entry for entries in FAMILIES.values() for entry in entries]


@pytest.mark.parametrize("entry", [*ENTRIES, Training])
def test_help(entry: type[Settings]) -> None:
    """Every class and every field but `kind` says what it is: the help of forms and of lists."""
    assert entry.summary().endswith(".")
    assert not [name for name, field in entry.model_fields.items() if name != "kind" and not field.description]


def test_kinds_are_unique() -> None:
    """Within a family no two classes have the same `kind`."""
    for entries in FAMILIES.values():
        kinds = [entry.model_fields["kind"].default for entry in entries]
        assert len(set(kinds)) == len(kinds)


def test_settings_never_change() -> None:
    """Checked settings are frozen."""
    with pytest.raises(ValidationError, match="frozen"):
        SGD().lr = 0.5  # type: ignore[misc]  # what is tried here


@pytest.mark.parametrize(
    ("size", "available", "samples"),
    [("all", 60, 60), (0, 60, 0), (12, 60, 12), (0.2, 60, 12), (0.5, 5, 2), (70, 60, 70)],
)
def test_count(size: Any, available: int, samples: int) -> None:
    """A size is everything, a count as it is, or a fraction of what is there."""
    assert count(size, available) == samples
