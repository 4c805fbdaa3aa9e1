"""A person's own table in a text file: comma-, semicolon- or tab-separated rows of numbers and words."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets import cache, survey
from tuitrain.datasets.columns import CLASSES, Column, number
from tuitrain.datasets.data import Data, Scaling, Split, Task
from tuitrain.datasets.dataset import Unavailable
from tuitrain.datasets.own import Own, Seed, TestSize, ValSize, few, shown, thin_classes
from tuitrain.datasets.sheet import Sheet
from tuitrain.datasets.splitting import deal, impossible
from tuitrain.datasets.survey import Allocate, Feature, Survey
from tuitrain.problems import nearest

if TYPE_CHECKING:
    from tuitrain.datasets.data import Array

KEPT = 2**26  # bytes: larger inputs are kept as prepared and mapped, since reading the text takes seconds each time
_SHOWN = 20  # rows of a preview
_FEW = 20  # different whole numbers up to which they are taken for classes


class CSV(Own):
    """A table of your own: a CSV or TSV file, the last column of which is learned.

    Numbers stay numbers, true and false (yes and no) are 1 and 0, and a column of words becomes one input for
    each word. A value is missing where the cell is empty or says NA, N/A, nan, null or ?.
    """

    kind: Literal["csv"] = "csv"
    path: str
    """The file, in UTF-8; a relative path starts at the experiment file's folder."""
    label: str = ""
    """The column to learn, by its name; "" is the last one."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """Whether classes or numbers are learned; "auto": classes where the label is text or few whole numbers."""
    ignore: list[str] = []  # noqa: RUF012  pydantic copies defaults
    """Columns to leave out, by name: those of dates, names and running numbers."""
    missing: Literal["mean", "drop", "error"] = "mean"
    """Missing values: "mean" of the training rows (the most frequent word), "drop" the row, or an "error"."""
    header: bool = True
    """Whether the first row names the columns."""
    delimiter: str = "auto"
    """The character between fields; "auto" finds out comma, semicolon, tab or bar."""
    categories: Annotated[int, Field(ge=2, le=CLASSES)] = 100
    """The most words that a column may have to become inputs."""
    normalize: Literal["standard", "none"] = "standard"
    """"standard": numbers with mean 0 and deviation 1 on the training split; "none": as they are."""
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    seed: Seed = 0

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        """Refuse a delimiter that separates nothing, and a label that is ignored."""
        if self.delimiter != "auto" and (len(self.delimiter) != 1 or self.delimiter in '"\r\n '):
            raise impossible(f'delimiter must be "auto" or one character such as ";"; got {shown(self.delimiter)}')
        if self.label in self.ignore:
            raise impossible(f"label ({self.label}) is in ignore: take it out, or name another column to learn")
        return self

    def rows(self, data_dir: Path) -> list[list[str]]:
        """Return the names of the columns and the first rows; raise Unavailable."""
        return Sheet.open(self.source, self.delimiter, self.header).first(_SHOWN)

    def load(self, data_dir: Path) -> Data:
        """Return the table, read twice; a large one is prepared once in `data_dir` and memory-mapped."""
        sheet = Sheet.open(self.source, self.delimiter, self.header)
        place = self._place(data_dir)
        if place.folder.is_dir():
            return cache.read(place.folder)
        found = self._survey(sheet)
        if found.size <= KEPT:
            return _Rows(self, found).data(_in_memory)

        def build(folder: Path) -> None:
            data = _Rows(self, found).data(lambda name, shape: cache.create(folder / f"{name}.npy", shape, "<f4"))
            cache.write(data, folder)
            (folder / "rows.npy").unlink()

        return cache.read(place.prepare(build))

    def _place(self, data_dir: Path) -> cache.Place:
        stamp = cache.stamp(self.source)
        name = f"csv-{self.source.stem[:40]}-{cache.digest(stamp[0], self.model_dump(exclude={'path'}))}"
        return cache.Place(data_dir, name, cache.digest(stamp))

    def _survey(self, sheet: Sheet) -> Survey:
        """Return what the file holds; raise Unavailable where that cannot be learned from."""
        name = self._label(sheet)
        columns, rows = survey.look(sheet, self.ignore)
        if rows < 2:
            raise Unavailable(f"{self.source} has {rows} row{'s' * (rows != 1)} of data: at least 2 are needed")
        label = next(column for column in columns if column.name == name)
        features = [self._feature(column, sheet) for column in columns if column is not label and column.filled]
        if not features:
            raise Unavailable(
                f"{self.source} has no column but the label {shown(label.name)}: nothing to learn it from; "
                "see whether delimiter and ignore are right"
            )
        self._refuse_missing([label, *(feature.column for feature in features)], rows)
        task = self._task(label, sheet)
        classes = label.categories() if task == "classification" else ()
        return Survey(sheet, tuple(features), label, rows, task, classes)

    def _label(self, sheet: Sheet) -> str:
        """Return the name of the label; raise Unavailable where a name is not there or there twice."""
        kept = [name for name in sheet.names if name not in self.ignore]
        twice = [name for place, name in enumerate(kept) if name in kept[:place]]
        if twice:
            raise Unavailable(
                f"{self.source} has two columns named {shown(twice[0])}: rename one, or put both into ignore"
            )
        for key, name in (*(("ignore", name) for name in self.ignore), ("label", self.label)):
            if name and name not in sheet.names:
                raise Unavailable(
                    f"{self.source} has no column {shown(name)}, which {key} names{nearest(name, sheet.names)}; "
                    f"its columns are {few(sheet.names, 30)}"
                )
        if not kept:
            raise Unavailable(f"{self.source}: ignore names every column; at least an input and a label must be left")
        return self.label or kept[-1]

    def _feature(self, column: Column, sheet: Sheet) -> Feature:
        """Return the column as inputs; raise Unavailable where it cannot be."""
        objection = column.objection(sheet.delimiter, self.categories)
        if objection:
            raise Unavailable(f"{self.source}: column {shown(column.name)} {objection}, or put the column into ignore")
        return Feature(column, column.categories() if column.kind == "text" else ())

    def _refuse_missing(self, columns: Sequence[Column], rows: int) -> None:
        gaps = [column for column in columns if column.missing]
        if self.missing == "error" and gaps:
            raise Unavailable(
                f"{self.source}: column {shown(gaps[0].name)} lacks a value in {gaps[0].missing:,} of {rows:,} rows, "
                f'first in line {gaps[0].gap}: set missing = "mean" fills them in, "drop" leaves such rows out'
            )

    def _task(self, label: Column, sheet: Sheet) -> Task:
        """Return what is learned; raise Unavailable where the label does not allow it."""
        where, numbers = f"{self.source}: the label {shown(label.name)}", label.kind == "number"
        if label.kind == "nothing":
            raise Unavailable(f"{where} has no value in any row: choose another column with label")
        if numbers and (objection := label.objection(sheet.delimiter, CLASSES)):
            raise Unavailable(f"{where} {objection}")
        if self.task == "regression" and not numbers:
            text, line = label.odd or ("", 0)
            raise Unavailable(
                f"{where} has text in line {line} where regression needs numbers ({shown(text)}): correct it, "
                'choose another column with label, or set task = "classification"'
            )
        few_whole = label.whole and len(label.seen) <= _FEW and 2 * len(label.seen) <= label.filled
        task: Task = "classification" if not numbers or few_whole else "regression"
        task = task if self.task == "auto" else self.task
        if task == "classification" and label.many:
            raise Unavailable(
                f"{where} has more than {CLASSES:,} different values, too many for classes: choose another column "
                "with label" + (', or set task = "regression"' if numbers else "")
            )
        return task


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a table on their way to splits, by these settings."""

    settings: CSV
    survey: Survey

    def data(self, allocate: Allocate) -> Data:
        """Return the splits, their arrays made by `allocate`; raise Unavailable."""
        import numpy as np

        rows, found = self.survey.encoded(allocate, drop=self.settings.missing == "drop")
        labels = self._labels(found)
        sizes = self.settings.portions(len(labels), val=True, test=True)
        val, test, train = deal(np.arange(len(labels)), labels, (sizes[1], sizes[2], sizes[0]), (self.settings.seed, 1))
        assert train is not None  # noqa: S101  portions() leaves at least one
        common = self.survey.common(rows, train.inputs)
        splits = {
            name: part and self._split(rows, part, common, allocate, name)
            for name, part in (("train", train), ("val", val), ("test", test))
        }
        first = splits["train"]
        assert first is not None  # noqa: S101  as above
        notes = (*self._notes(len(labels)), *self._filled(common), *self._classes(labels, train.labels))
        scaling, targets = self._scalings(first)
        names, task = self.survey.classes or (self.survey.label.name,), self.survey.task
        return Data(
            first,
            splits["val"],
            splits["test"],
            names,
            scaling,
            task,
            notes,
            targets,
            features=self.survey.names,
            columns=self.survey.encoders(np.full(len(common), np.nan) if self.settings.missing == "drop" else common),
        )

    def _labels(self, found: "Array") -> "Array":
        """Return class numbers [N] or targets [N, 1]; raise Unavailable where there is nothing to tell apart."""
        import numpy as np

        path, name = self.settings.source, shown(self.survey.label.name)
        if len(found) < 2:
            raise Unavailable(
                f"{path}: {len(found)} rows are left without missing values, at least 2 are needed; "
                'set missing = "mean" to have gaps filled in'
            )
        if self.survey.task == "regression":
            return found.astype(np.float32)[:, np.newaxis]
        only = np.unique(found)
        if len(only) < 2:
            label = shown(self.survey.classes[int(only[0])])
            raise Unavailable(
                f"{path}: the label {name} has one class only ({label}), at least two are needed: "
                "choose another column with label"
            )
        return found.astype(np.int64)

    def _split(self, rows: "Array", part: Split, common: "Array", allocate: Allocate, name: str) -> Split:
        out = allocate(name, (len(part), len(self.survey.names)))
        return Split(self.survey.expanded(rows, part.inputs, common, out), part.labels)

    def _scalings(self, train: Split) -> tuple[Scaling, Scaling]:
        """Return how inputs and targets are scaled: what is 0 or 1 stays so."""
        if self.settings.normalize == "none":
            return Scaling(), Scaling()
        measured = Scaling.measured(train.inputs)
        scaled = [feature.scaled for feature in self.survey.features for _ in feature.names]
        scaling = Scaling(
            tuple(mean if each else 0.0 for mean, each in zip(measured.mean, scaled, strict=True)),
            tuple(std if each else 1.0 for std, each in zip(measured.std, scaled, strict=True)),
        )
        return scaling, Scaling.measured(train.labels) if self.survey.task == "regression" else Scaling()

    def _notes(self, kept: int) -> Iterator[str]:
        """Yield what was guessed and left out, in sentences."""
        label, sheet = self.survey.label, self.survey.sheet
        why = "" if self.settings.task != "auto" else self._why()
        what = f"classification, {len(self.survey.classes)} classes" if self.survey.classes else "regression"
        yield f"label: {label.name}, {what}{why}"
        numbers = [name for name in sheet.names if sheet.heading and number(name) is not None]
        if numbers:
            yield f"the heading has numbers ({few(numbers, 4)}): set header = false where the first row is data"
        yield from survey.told(self.survey.features)
        used = {label.name, *(feature.column.name for feature in self.survey.features)}
        empty = [name for name in sheet.names if name not in used and name not in self.settings.ignore]
        if empty:
            yield f"left out, as no row has a value: {few(empty, 12)}"
        if kept < self.survey.rows:
            what = "a missing value" if self.settings.missing == "drop" else "no label"
            yield f"{self.survey.rows - kept:,} of {self.survey.rows:,} rows left out: they have {what}"

    def _why(self) -> str:
        if self.survey.label.kind != "number":
            return " (text)"
        if self.survey.task == "regression":
            return ' (numbers; task = "classification" makes each a class)'
        return ' (few whole numbers; task = "regression" learns them as numbers)'

    def _filled(self, common: "Array") -> list[str]:
        """Return what was filled in; raise Unavailable where the training split has nothing to fill with."""
        if self.settings.missing == "drop":
            return []
        pairs = zip(self.survey.features, common.tolist(), strict=True)
        filled = [(feature, value) for feature, value in pairs if feature.column.missing]
        for feature, value in filled:
            if math.isnan(value):
                raise Unavailable(
                    f"{self.settings.source}: column {shown(feature.column.name)} has no value in the training "
                    "split to fill its gaps with: put the column into ignore"
                )
        told = [f"{feature.column.name} {feature.spelt(value)}" for feature, value in filled]
        return [f"filled in, from the training split: {few(told, 12)}"] if told else []

    def _classes(self, labels: "Array", train: "Array") -> list[str]:
        return thin_classes(self.survey.classes, labels, train) if self.survey.classes else []


def _in_memory(_: str, shape: tuple[int, ...]) -> "Array":
    import numpy as np

    return np.empty(shape, np.float32)
