"""The small tables that scikit-learn brings along, read from its own files: nothing is downloaded."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from tuitrain.datasets.pool import Normalize, Pool, Seed, TestSize, ValSize

if TYPE_CHECKING:
    import numpy as np

    from tuitrain.datasets.data import Array, Task

_SHOWN = 20  # rows of a table to look at


class Table(Pool):
    """Rows of numbers with a name to each column, and what is to be told from them."""

    rows_there: ClassVar[int]
    columns: ClassVar[tuple[str, ...]]
    answers: ClassVar[tuple[str, ...]]

    @property
    def total(self) -> int:
        """The rows of the table."""
        return self.rows_there

    @property
    def shape(self) -> tuple[int, ...]:
        """A number for each column."""
        return (len(self.columns),)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.columns

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, or of the target."""
        return self.answers

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return the rows [total, *shape] and their answers as they stand in the file; nothing is drawn."""
        rows, answers = self._read()
        if self.task == "regression":
            answers = answers.reshape(-1, len(self.labels))
        return rows.reshape(-1, *self.shape), answers

    def rows(self, data_dir: Path) -> list[list[str]]:
        """Return the first rows as text, the heading first; this imports scikit-learn, some seconds."""
        rows, answers = self._read()
        regression = self.task == "regression"
        return [
            [*self.columns, self.answers[0] if regression else "class"],
            *(
                [*(f"{value:g}" for value in row), f"{answer:g}" if regression else self.answers[answer]]
                for row, answer in zip(rows[:_SHOWN].tolist(), answers[:_SHOWN].tolist(), strict=True)
            ),
        ]

    def _read(self) -> "tuple[Array, Array]":
        """Return rows [total, columns] and answers [total]."""
        from sklearn import datasets

        rows, answers = getattr(datasets, f"load_{self.kind}")(return_X_y=True)
        return rows, answers


class Iris(Table):
    """Three kinds of iris by the size of their leaves: 150 flowers.

    Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936.
    """

    rows_there = 150
    columns = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
    answers = ("setosa", "versicolor", "virginica")

    kind: Literal["iris"] = "iris"
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0.2
    normalize: Normalize = "standard"


class Wine(Table):
    """Three growers by the chemistry of their wine: 178 wines, 13 measurements.

    Aeberhard and Forina, https://archive.ics.uci.edu/dataset/109/wine.
    """

    rows_there = 178
    columns = (
        *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"),
        *("nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines"),
        "proline",
    )
    answers = ("class_0", "class_1", "class_2")

    kind: Literal["wine"] = "wine"
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0.2
    normalize: Normalize = "standard"


_NUCLEUS = (
    *("radius", "texture", "perimeter", "area", "smoothness"),
    *("compactness", "concavity", "concave points", "symmetry", "fractal dimension"),
)


class BreastCancer(Table):
    """Malignant or benign, by the cell nuclei in an image: 569 tumours, 30 measurements.

    Wolberg, Mangasarian, Street and Street, https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic.
    """

    rows_there = 569
    columns = (
        *(f"mean {part}" for part in _NUCLEUS),
        *(f"{part} error" for part in _NUCLEUS),
        *(f"worst {part}" for part in _NUCLEUS),
    )
    answers = ("malignant", "benign")

    kind: Literal["breast_cancer"] = "breast_cancer"
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0.2
    normalize: Normalize = "standard"


class Digits(Table):
    """Handwritten digits, 8 x 8 pixels from 0 to 16: 1,797 images, quick to learn.

    Alpaydin and Kaynak, https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits.
    """

    rows_there = 1797
    answers = tuple("0123456789")

    kind: Literal["digits"] = "digits"
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0.2
    normalize: Normalize = "standard"

    @property
    def shape(self) -> tuple[int, ...]:
        """One grey channel, 8 rows, 8 columns."""
        return (1, 8, 8)

    @property
    def features(self) -> tuple[str, ...]:
        """None: pixels have no names."""
        return ()

    def rows(self, data_dir: Path) -> list[list[str]]:
        """Return none: these are images."""
        return []


class Diabetes(Table):
    """How far diabetes has advanced in a year, a number, by ten measurements: 442 patients.

    Efron, Hastie, Johnstone and Tibshirani, Least angle regression, Annals of Statistics 32, 2004.
    """

    rows_there = 442
    columns = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
    answers = ("progression",)

    kind: Literal["diabetes"] = "diabetes"
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0.2
    normalize: Normalize = "standard"

    @property
    def task(self) -> "Task":
        """Numbers are learned."""
        return "regression"

    def _read(self) -> "tuple[Array, Array]":
        """Return the measurements as they were taken [442, 10], and the progression [442]."""
        from sklearn import datasets

        rows, answers = datasets.load_diabetes(return_X_y=True, scaled=False)
        return rows, answers
