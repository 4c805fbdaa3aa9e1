"""Points in the plane along known shapes, in numpy alone: moons, circles, quadrants, spirals."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets.planes import Plane, check_shares, shares
from tuitrain.datasets.pool import Normalize, Seed, TestSize, ValSize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tuitrain.datasets.data import Array

Points = Annotated[int, Field(ge=2, le=1_000_000, description="How many points in all, half of each class.")]
Noise = Annotated[
    float,
    Field(ge=0, description="Standard deviation of the Gaussian noise added to both coordinates; 0: none."),
]


class Moons(Plane):
    """Two half circles that reach into each other.

    Upper: (cos t, sin t), lower: (1 - cos t, 1/2 - sin t), with t evenly spaced in [0, pi].
    """

    kind: Literal["moons"] = "moons"
    points: Points = 200
    noise: Noise = 0.2
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @property
    def total(self) -> int:
        """The points of both moons."""
        return self.points

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the two moons."""
        return ("upper", "lower")

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [points, 2] and class numbers [points], the upper moon first."""
        import numpy as np

        upper, lower = (np.linspace(0, np.pi, part) for part in shares(self.points, 2))
        first = np.stack([np.cos(upper), np.sin(upper)], axis=1)
        second = np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], axis=1)
        return _noisy([first, second], self.noise, rng)


class Circles(Plane):
    """A circle within a circle.

    Outer: (cos t, sin t), inner: the same times `factor`, with t evenly spaced in [0, 2 pi).
    """

    kind: Literal["circles"] = "circles"
    points: Points = 200
    noise: Noise = 0.1
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Radius of the inner circle; the outer one has radius 1."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @property
    def total(self) -> int:
        """The points of both circles."""
        return self.points

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the two circles."""
        return ("outer", "inner")

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [points, 2] and class numbers [points], the outer circle first."""
        import numpy as np

        turns = (np.linspace(0, 2 * np.pi, part, endpoint=False) for part in shares(self.points, 2))
        outer, inner = (np.stack([np.cos(turn), np.sin(turn)], axis=1) for turn in turns)
        return _noisy([outer, self.factor * inner], self.noise, rng)


class XOR(Plane):
    """Four quadrants in two classes: where x and y have the same sign, and where they have not.

    Points are uniform in the square [-1, 1] x [-1, 1], as many in one class as in the other; the noise comes
    after the class and so carries some over the axes.
    """

    kind: Literal["xor"] = "xor"
    points: Points = 200
    noise: Noise = 0.05
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @property
    def total(self) -> int:
        """The points of all quadrants."""
        return self.points

    @property
    def labels(self) -> tuple[str, ...]:
        """How the signs of x and y are to each other."""
        return ("same sign", "opposite signs")

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [points, 2] and class numbers [points], those of the same sign first."""
        parts = []
        for part, opposite in zip(shares(self.points, 2), (1, -1), strict=True):
            sign = rng.choice([-1.0, 1.0], (part, 1))
            parts.append(rng.uniform(0, 1, (part, 2)) * sign * (1, opposite))
        return _noisy(parts, self.noise, rng)


class Spiral(Plane):
    """C arms that wind around each other, each a class.

    Arm c is r (cos a, sin a) with a = 2 pi (turns r + c / C) and r evenly spaced in (0, 1].
    """

    kind: Literal["spiral"] = "spiral"
    C: Annotated[int, Field(ge=2, le=1000)] = 2
    """How many arms, and so classes."""
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 300
    """How many points in all, shared out evenly; at least one for each arm."""
    noise: Noise = 0.02
    turns: Annotated[float, Field(gt=0, le=100)] = 1.25
    """How many times an arm winds around the middle."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @model_validator(mode="after")
    def _enough_points(self) -> Self:
        """Refuse more arms than points."""
        check_shares(self.points, self.C)
        return self

    @property
    def total(self) -> int:
        """The points of all arms."""
        return self.points

    @property
    def labels(self) -> tuple[str, ...]:
        """The numbers of the arms."""
        return tuple(map(str, range(self.C)))

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [points, 2] and class numbers [points], arm after arm, each from the middle outwards."""
        import numpy as np

        arms = []
        for arm, part in enumerate(shares(self.points, self.C)):
            radius = np.arange(1, part + 1)[:, np.newaxis] / part
            angle = 2 * np.pi * (self.turns * radius + arm / self.C)
            arms.append(radius * np.hstack([np.cos(angle), np.sin(angle)]))
        return _noisy(arms, self.noise, rng)


def _noisy(parts: "Sequence[Array]", noise: float, rng: "np.random.Generator") -> "tuple[Array, Array]":
    """Return the points of all classes with Gaussian noise of that deviation, and their class numbers."""
    import numpy as np

    points = np.concatenate(parts)
    classes = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return points + noise * rng.standard_normal(points.shape), classes
