"""Points to fit a function to, in numpy alone: a line, a linear map of several targets, a curve."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets.pool import Normalize, Pool, Seed, TestSize, ValSize
from tuitrain.datasets.splitting import impossible

if TYPE_CHECKING:
    import numpy as np

    from tuitrain.datasets.data import Array, Task

Points = Annotated[int, Field(ge=2, le=1_000_000, description="How many points in all.")]
Noise = Annotated[
    float, Field(ge=0, description="Standard deviation of the Gaussian noise added to every target; 0: none.")
]


class Regression(Pool):
    """Points whose targets are numbers."""

    @property
    def task(self) -> "Task":
        """Numbers are learned."""
        return "regression"


class Line(Regression):
    """Points to lay a line through, y = a x + b."""

    kind: Literal["line"] = "line"
    points: Annotated[list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(min_length=1)] = [  # noqa: RUF012  pydantic copies defaults
        [1.0, 3.0],
        [2.0, 5.0],
    ]
    """The points, each [x, y]."""
    seed: Seed = 0
    val_size: ValSize = 0
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @property
    def total(self) -> int:
        """The points given."""
        return len(self.points)

    @property
    def shape(self) -> tuple[int, ...]:
        """One number, x."""
        return (1,)

    @property
    def features(self) -> tuple[str, ...]:
        """The name of the input."""
        return ("x",)

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of the target."""
        return ("y",)

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return x [N, 1] and y [N, 1] as they are given; nothing is drawn."""
        import numpy as np

        points = np.array(self.points)
        return points[:, :1], points[:, 1:]


class LinearMap(Regression):
    """Points of a linear map with noise, y = w x + b: linear regression of several targets.

    The inputs are standard normal.
    """

    kind: Literal["plane"] = "plane"
    points: Points = 100
    noise: Noise = 0.1
    w: list[list[float]] = [[1.0, -2.0, 0.5], [-1.0, 1.5, 3.0]]  # noqa: RUF012  pydantic copies defaults
    """The weights to be found: a row for each target, in it a number for each input."""
    b: list[float] = [1.0, -0.5]  # noqa: RUF012  as above
    """The biases to be found, one for each target."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse weights that are no matrix, and biases that are not as many as its rows."""
        if not self.w or not self.w[0] or len({len(row) for row in self.w}) > 1:
            raise impossible("w must be a list of rows of one length, a row for each target, such as [[1.0, 2.0]]")
        if len(self.b) != len(self.w):
            raise impossible(f"b ({len(self.b)} numbers) must have one number for each row of w ({len(self.w)} rows)")
        return self

    @property
    def total(self) -> int:
        """The points drawn."""
        return self.points

    @property
    def shape(self) -> tuple[int, ...]:
        """As many numbers as a row of w has."""
        return (len(self.w[0]),)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs: x1, x2, ..."""
        return tuple(f"x{number}" for number in range(1, len(self.w[0]) + 1))

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the targets: y1, y2, ..."""
        return tuple(f"y{number}" for number in range(1, len(self.w) + 1))

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return x [points, F] and y = w x + b + noise [points, T]."""
        import numpy as np

        inputs = rng.standard_normal((self.points, *self.shape))
        targets = inputs @ np.array(self.w).T + self.b
        return inputs, targets + self.noise * rng.standard_normal(targets.shape)


class Curve(Regression):
    """A sine wave with noise: y = sin(pi periods x), with x uniform in [-1, 1]."""

    kind: Literal["curve"] = "curve"
    points: Points = 200
    noise: Noise = 0.1
    periods: Annotated[float, Field(gt=0, le=100)] = 1.5
    """How many waves there are from -1 to 1; more ask for more hidden units."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @property
    def total(self) -> int:
        """The points drawn."""
        return self.points

    @property
    def shape(self) -> tuple[int, ...]:
        """One number, x."""
        return (1,)

    @property
    def features(self) -> tuple[str, ...]:
        """The name of the input."""
        return ("x",)

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of the target."""
        return ("y",)

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return x [points, 1] in rising order and y [points, 1]."""
        import numpy as np

        inputs = np.sort(rng.uniform(-1, 1, (self.points, 1)), axis=0)
        targets = np.sin(np.pi * self.periods * inputs)
        return inputs, targets + self.noise * rng.standard_normal(targets.shape)
