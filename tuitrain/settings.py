"""What every entry of the catalog is: a frozen pydantic model whose fields are TOML keys, form fields and help at once.

It must not know which families (datasets, models, optimizers, schedules) exist.
"""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError


def _size(value: object) -> object:
    if value == "all" or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    raise PydanticCustomError("size", 'must be a count such as 1000, a fraction such as 0.2, or "all"')


Size = Annotated[int | float | str, BeforeValidator(_size)]
"""How much of a split to take: a count, a fraction of what is there (between 0 and 1), or "all" of it."""


class Settings(BaseModel):
    """A table of settings: unknown keys are errors, values never change once they are checked."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        defer_build=True,  # of dozens of classes a program validates a few: 5 MB and 0.1 s less
    )

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the class docstring: the help beside its name."""
        return (cls.__doc__ or "").strip().partition("\n")[0]


S = TypeVar("S", bound=Settings)


def kinds(entries: tuple[type[S], ...]) -> dict[str, type[S]]:
    """Return the classes by the value of their key `kind`, in the order given."""
    return {entry.model_fields["kind"].default: entry for entry in entries}


def count(size: int | float | str, available: int) -> int:
    """Return how many samples a `Size` means where `available` of them are there.

    >>> count(0.2, 60), count("all", 60), count(12, 60)
    (12, 60, 12)
    """
    if isinstance(size, str):
        return available
    return round(size * available) if isinstance(size, float) else size
