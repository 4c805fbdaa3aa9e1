"""The table of the runs on the screen: one row each, updated in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable

COLUMNS = (
    ("", 1),
    ("model", 16),
    ("params", 9),
    ("epoch", 11),
    ("loss", 8),
    ("accuracy", 8),
    ("best", 7),
    ("left", 7),
    ("state", 9),
)
RIGHT = frozenset({"params", "epoch", "loss", "accuracy", "best", "left"})


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a run, as words; `colour` is that of its curves."""

    key: str
    colour: str
    cells: tuple[str, ...]


class RunsTable(DataTable[Text]):
    """The runs, in the order in which they are trained; the cursor chooses whose pictures are shown."""

    rows_shown: reactive[Sequence[Row]] = reactive((), init=False)

    class Chosen(Message):
        """The cursor went to another run."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cell_padding=1)
        self._known: tuple[Row, ...] = ()

    def on_mount(self) -> None:
        """Set up the columns."""
        for name, width in COLUMNS:
            label = Text(name, justify="right" if name in RIGHT else "left")
            self.add_column(label, width=width, key=name)

    def watch_rows_shown(self) -> None:
        """Change only the cells that differ; the cursor stays."""
        rows = tuple(self.rows_shown)
        if [row.key for row in rows] != [row.key for row in self._known]:
            self.clear()
            for row in rows:
                self.add_row(*_cells(row), key=row.key)
        else:
            for before, row in zip(self._known, rows, strict=True):
                for (column, _), old, new in zip(COLUMNS, _words(before), _words(row), strict=True):
                    if old != new:
                        self.update_cell(row.key, column, _cell(column, new, row.colour))
        self._known = rows

    def select(self, key: str) -> None:
        """Put the cursor on this run."""
        if key in self.rows and self.cursor_row != (place := self.get_row_index(key)):
            self.move_cursor(row=place)

    def move(self, by: int) -> None:
        """Put the cursor on the next run, from the last to the first."""
        if self.row_count:
            self.move_cursor(row=(self.cursor_row + by) % self.row_count)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say which run it is."""
        event.stop()
        if event.row_key.value is not None:
            self.post_message(self.Chosen(event.row_key.value))


def _words(row: Row) -> tuple[str, ...]:
    return ("\u25cf", *row.cells)


def _cells(row: Row) -> list[Text]:
    return [_cell(column, word, row.colour) for (column, _), word in zip(COLUMNS, _words(row), strict=True)]


def _cell(column: str, word: str, colour: str) -> Text:
    return Text(
        word, style=colour if column == "" else "", justify="right" if column in RIGHT else "left", no_wrap=True
    )
