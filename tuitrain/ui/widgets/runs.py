"""The table of the runs on the screen: one row each, updated in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable

COLUMNS = {"model": 0, "params": 6, "epoch": 5, "loss": 6, "score": 6, "best": 7, "left": 5, "state": 9}
"""Cells for each column at least, and at most MORE more; the model's name takes what is left, and at least NAME."""
MORE = 6
TITLES = {"accuracy": "acc", "best": "at best"}
"""What stands above a column, where its own name is too long, or says too little."""
NAME = 12
LONGEST = 60
"""With a wider column numbers would stand far from their names."""
LEFT = ("model", "state")


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a run, a word for each column; `sign` and `colour` are those of its curves."""

    key: str
    sign: str
    colour: str
    words: tuple[str, ...]


class RunsTable(DataTable[Text], inherit_bindings=False):
    """The runs, in the order in which they are trained; the cursor chooses whose pictures are shown.

    Left and right, home and end are not its own: they move the time cursor.
    """

    BINDINGS = [  # noqa: RUF012  an instance variable in Textual
        Binding("down,j", "cursor_down", "next run", id="runs-down", show=False, tooltip="The next run"),
        Binding("up,k", "cursor_up", "previous run", id="runs-up", show=False, tooltip="The previous run"),
        Binding("pagedown", "page_down", "page down", id="runs-page-down", show=False, tooltip="A page down"),
        Binding("pageup", "page_up", "page up", id="runs-page-up", show=False, tooltip="A page up"),
    ]

    rows_shown: reactive[Sequence[Row]] = reactive((), init=False)
    metric: reactive[str] = reactive("accuracy", init=False)
    """What the score is."""

    class Chosen(Message):
        """The cursor went to another run."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, cursor_type="row", cell_padding=1, cursor_foreground_priority="renderable")
        self._known: tuple[Row, ...] = ()
        self._widths: dict[str, int] = {}
        self._chosen = ""

    def on_resize(self) -> None:
        """Give the names the room that the other columns leave."""
        if self._fitting() != self._widths:
            self._lay_out()

    def watch_metric(self) -> None:
        """Name the column anew."""
        self._lay_out()

    def watch_rows_shown(self) -> None:
        """Change only the cells that differ; the cursor stays."""
        rows, before = tuple(self.rows_shown), self._known
        self._known = rows
        same = [(row.key, row.sign) for row in rows] == [(row.key, row.sign) for row in before]
        if not same or self._fitting() != self._widths:
            self._lay_out()
            return
        for old, new in zip(before, rows, strict=True):
            for column, was, word in zip(COLUMNS, old.words, new.words, strict=True):
                if was != word:
                    self.update_cell(new.key, column, self._cell(new, column, word))

    def select(self, key: str) -> None:
        """Put the cursor on this run, as nobody's choice; it stays there when the rows are set anew."""
        self._chosen = key
        if key in self.rows and self.cursor_row != (place := self.get_row_index(key)):
            with self.prevent(DataTable.RowHighlighted):
                self.move_cursor(row=place)

    def move(self, by: int) -> None:
        """Put the cursor on the next run, from the last to the first."""
        if self.row_count:
            self.move_cursor(row=(self.cursor_row + by) % self.row_count)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say which run it is, unless the cursor has moved on since: two such moves would chase each other."""
        event.stop()
        if event.row_key.value is not None and event.cursor_row == self.cursor_row:
            self._chosen = event.row_key.value
            self.post_message(self.Chosen(event.row_key.value))

    def _fitting(self) -> dict[str, int]:
        """Return the cells of each column: what its words need; the names have the room that the others leave."""
        words = dict(zip(COLUMNS, zip(*(row.words for row in self._known), strict=True), strict=False))
        widths = {
            column: min(max([least, *map(cell_len, words.get(column, ()))]), least + MORE)
            for column, least in COLUMNS.items()
        }
        others = sum(width for column, width in widths.items() if column != "model") + 2 * len(COLUMNS)
        return widths | {"model": min(max(NAME, self.content_size.width - others), LONGEST)}

    def _lay_out(self) -> None:
        self._widths = self._fitting()
        with self.prevent(DataTable.RowHighlighted):  # nobody chose anything: the rows were only set anew
            self.clear(columns=True)
            for column, width in self._widths.items():
                name = self.metric if column == "score" else column
                title = TITLES.get(name, name)
                label = Text(title, justify="left" if column in LEFT else "right")
                self.add_column(label, width=width, key=column)
            for row in self._known:
                self.add_row(*(self._cell(row, *pair) for pair in zip(COLUMNS, row.words, strict=True)), key=row.key)
            if self._chosen in self.rows:
                self.move_cursor(row=self.get_row_index(self._chosen))

    def _cell(self, row: Row, column: str, word: str) -> Text:
        if column == "model":
            word = _middle_out(word, self._widths["model"] - len(row.sign) - 1)
            return Text.assemble((f"{row.sign} ", row.colour), word, overflow="ellipsis", no_wrap=True)
        return Text(word, justify="left" if column in LEFT else "right", overflow="ellipsis", no_wrap=True)


def _middle_out(name: str, cells: int) -> str:
    """Shorten a name in its middle: runs of a sweep are told apart by their ends."""
    if cell_len(name) <= cells or cells < NAME - 2:
        return name
    return f"{name[: (cells - 1) // 2]}…{name[len(name) - cells // 2 :]}"
