"""Tables of words in cells."""

import pytest

from tuitrain.drawing.look import Look
from tuitrain.ui.widgets.listing import Column, listed, table

COLUMNS = [
    Column("name", ["a long name", "b"], left=True),
    Column("count", ["1", "2,000"]),
    Column("share", ["0.1 %", "99.9 %"], rank=1),
    Column("size", ["4 B", "8 KiB"], rank=2),
]


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (
            40,
            [
                "name         count   share   size",
                "a long name      1   0.1 %    4 B",
                "b            2,000  99.9 %  8 KiB",
            ],
        ),
        (30, ["name         count   share", "a long name      1   0.1 %", "b            2,000  99.9 %"]),
        (20, ["name         count", "a long name      1", "b            2,000"]),
        (15, ["name      count", "a long …      1", "b         2,000"]),
    ],
)
def test_columns_give_way(width: int, rows: list[str]) -> None:
    """Numbers stand on the right, names on the left; where it is narrow, ranks go first, then names are cut."""
    assert table(COLUMNS, width) == rows


def test_text_from_outside_in_a_table() -> None:
    """A name that would act on the terminal is an escape that takes its own width."""
    assert table([Column("name", ["\x1b[31m"], left=True), Column("n", ["1"])], 40)[1] == "\\x1b[31m  1"


def shown(height: int, chosen: int | None) -> list[str]:
    """Return the words in each line of a hundred rows in so many lines."""
    rows = ["heading", *(f"row {number}" for number in range(100))]
    lines = listed(rows, chosen, 20, height, Look())
    assert [sum(segment.cell_length for segment in line) for line in lines] == [20] * height
    return ["".join(segment.text for segment in line).strip() for line in lines]


def test_rows_around_the_chosen_one() -> None:
    """The heading stays, the chosen row is among those shown, and the last line says which these are."""
    assert shown(5, None) == ["heading", "row 0", "row 1", "row 2", "1 to 3 of 100"]
    assert shown(5, 50) == ["heading", "row 49", "row 50", "row 51", "50 to 52 of 100"]
    assert shown(5, 99) == ["heading", "row 97", "row 98", "row 99", "98 to 100 of 100"]
    assert shown(102, 99)[-2:] == ["row 99", ""]
    assert shown(1, 3) == ["heading"]
    assert shown(0, 3) == []
