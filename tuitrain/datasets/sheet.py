"""Text files of rows and columns: encoding, delimiter, heading, rows with their line numbers, read as a stream.

It must not know what the cells mean. The format: RFC 4180, with any delimiter.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.own import few

CHUNK = 4096  # rows read at a time
_HEAD = 2**16  # bytes that tell what kind of file it is
_TRIED = 50  # rows that the delimiter is guessed from
_DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")

Chunk = tuple[list[int], list[list[str]]]
"""The lines on which rows end, and the rows."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of rows and columns, opened: how it is read, and the names of its columns."""

    path: Path
    delimiter: str
    names: tuple[str, ...]
    heading: bool

    @classmethod
    def open(cls, path: Path, delimiter: str, heading: bool) -> "Sheet":
        """Return the file's sheet; raise Unavailable where it is none. The delimiter may be "auto"."""
        delimiter = _guessed(path, _head(path)) if delimiter == "auto" else delimiter
        first = next(_records(path, delimiter), None)
        if first is None:
            raise Unavailable(f"{path} is empty: a table has a heading and rows")
        names = [name.strip() for name in first[1]]
        if heading and all(map(_NUMBER.fullmatch, names)):
            raise Unavailable(
                f"{path} begins with a row of numbers ({few(names, 4)}), which names no columns: "
                "set header = false where the file has no heading"
            )
        names = [(name if heading else "") or f"column {number}" for number, name in enumerate(names, start=1)]
        return cls(path, delimiter, tuple(names), heading)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, some thousand at a time, without the heading; raise Unavailable where one is ragged."""
        rows = self._rows()
        while chunk := list(islice(rows, CHUNK)):
            yield [line for line, _ in chunk], [row for _, row in chunk]

    def first(self, rows: int) -> list[list[str]]:
        """Return the names and the first rows."""
        return [list(self.names), *(row for _, row in islice(self._rows(), rows))]

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.names)
        for line, row in islice(_records(self.path, self.delimiter), int(self.heading), None):
            if len(row) != width:
                raise Unavailable(
                    f"{self.path}, line {line} has {_fields(len(row))} and {self._above} has {width}: correct it, "
                    f"or name the character between fields with delimiter (now {_spelt(self.delimiter)})"
                )
            yield line, row

    @property
    def _above(self) -> str:
        return "the heading" if self.heading else "the first row"


def _fields(number: int) -> str:
    return "1 field" if number == 1 else f"{number} fields"


def _spelt(delimiter: str) -> str:
    return "a tab" if delimiter == "\t" else f'"{delimiter}"'


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the line on which it ends."""
    reader = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True)
            for row in reader:
                if any(row):
                    yield reader.line_num, row
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unavailable(f"{path}: {_undecodable(path)}; save the file as UTF-8") from error
    except csv.Error as error:
        line = reader.line_num if reader else 1
        raise Unavailable(
            f'{path}, line {line}: {error}; a quote (") is opened or closed where none belongs'
        ) from error


def _undecodable(path: Path) -> str:
    """Return where the first byte stands that is not UTF-8."""
    before = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                byte, position = line[error.start], before + error.start
                return f"byte 0x{byte:02x} at position {position:,} (line {number:,}) is not UTF-8"
            before += len(line)
    return "its bytes are not UTF-8"


def _head(path: Path) -> str:
    """Return the beginning of a text file; raise Unavailable where it is no such thing."""
    if path.is_dir():
        raise Unavailable(f"{path} is a directory: path must name one file of rows, such as {path / 'data.csv'}")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError as error:
        raise Unavailable(f"{path}: no such file; a relative path starts at the experiment file's folder") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unavailable(f"{path} is UTF-16 text: save it as UTF-8")
    if b"\0" in head or head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise Unavailable(f"{path} is not a text file: unpack it, or save the table as CSV in UTF-8")
    return head.decode("utf-8-sig", errors="replace")


def _guessed(path: Path, head: str) -> str:
    """Return the delimiter by which most of the first rows have the same number of fields, the larger the better."""
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    lines = head.splitlines(keepends=True)
    whole = lines[:-1] if len(head.encode()) >= _HEAD and len(lines) > 1 else lines

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in islice(_tolerant(whole, delimiter), _TRIED))
        width, times = widths.most_common(1)[0] if widths else (1, 1)
        return (width > 1) * times / max(1, widths.total()), width

    return max(_DELIMITERS, key=fit)


def _tolerant(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the rows of these lines, up to the first that cannot be one."""
    try:
        yield from filter(any, csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t"))
    except csv.Error:
        return  # what is wrong is said where the rows are read for good
