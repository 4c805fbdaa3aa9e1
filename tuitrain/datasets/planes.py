"""Points in the plane drawn from random Gaussians, in numpy alone."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from tuitrain.datasets.pool import Normalize, Pool, Seed, TestSize, ValSize
from tuitrain.datasets.splitting import impossible

if TYPE_CHECKING:
    import numpy as np

    from tuitrain.datasets.data import Array

_SIDE = 10.0  # of the square that the means of Gaussians are drawn from
_SPREAD = _SIDE / 5  # the largest standard deviation of a Gaussian along an axis of its own


class Plane(Pool):
    """Points in the plane, split at random."""

    @property
    def shape(self) -> tuple[int, ...]:
        """One point: x and y."""
        return (2,)


class Gauss2D(Plane):
    """C random Gaussians in the plane, each a class of its own.

    The mean is uniform in the square [0, 10] x [0, 10]. The covariance is R^T diag(s1^2, s2^2) R: R rotates
    by an angle uniform in [0, 2 pi), s1 and s2 are uniform in [0, 2], up to a fifth of the side.
    """

    kind: Literal["gauss2d"] = "gauss2d"
    C: Annotated[int, Field(ge=2, le=1000)] = 2
    """How many Gaussians, and so classes."""
    N: Annotated[int, Field(ge=1, le=100_000)] = 100
    """How many points of each Gaussian."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @property
    def total(self) -> int:
        """N points of each of the C Gaussians."""
        return self.C * self.N

    @property
    def labels(self) -> tuple[str, ...]:
        """The class numbers."""
        return tuple(map(str, range(self.C)))

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [C*N, 2] and class numbers [C*N], Gaussian after Gaussian."""
        import numpy as np

        gaussians = _gaussians(self.C, rng)
        return _points(gaussians, self.N, rng), np.repeat(np.arange(self.C), self.N)


class GMM2D(Plane):
    """K random Gaussians in the plane, each of a random class.

    The mean is uniform in the square [0, 10] x [0, 10]. The covariance is R^T diag(s1^2, s2^2) R: R rotates
    by an angle uniform in [0, 2 pi), s1 and s2 are uniform in [0, 2], up to a fifth of the side. C of the
    Gaussians get one class each, the others a class drawn uniformly, and the classes are then shuffled.
    """

    kind: Literal["gmm2d"] = "gmm2d"
    K: Annotated[int, Field(ge=1, le=1000)] = 6
    """How many Gaussians; at least as many as classes."""
    C: Annotated[int, Field(ge=2, le=1000)] = 2
    """How many classes; each has at least one of the Gaussians."""
    N: Annotated[int, Field(ge=1, le=100_000)] = 10
    """How many points of each Gaussian."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @model_validator(mode="after")
    def _enough_gaussians(self) -> Self:
        """Refuse more classes than Gaussians."""
        if self.K < self.C:
            raise impossible(f"K (Gaussians: {self.K}) must be at least C (classes: {self.C}): each class needs one")
        return self

    @property
    def total(self) -> int:
        """N points of each of the K Gaussians."""
        return self.K * self.N

    @property
    def labels(self) -> tuple[str, ...]:
        """The class numbers."""
        return tuple(map(str, range(self.C)))

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [K*N, 2] and class numbers [K*N], Gaussian after Gaussian."""
        import numpy as np

        gaussians = _gaussians(self.K, rng)
        classes = rng.permutation(np.concatenate([np.arange(self.C), rng.integers(self.C, size=self.K - self.C)]))
        return _points(gaussians, self.N, rng), np.repeat(classes, self.N)


class Blobs(Plane):
    """C round Gaussians of one size in the plane, each a class.

    The centres are uniform in the square [0, 10] x [0, 10]; around them, both coordinates have the same deviation.
    """

    kind: Literal["blobs"] = "blobs"
    C: Annotated[int, Field(ge=2, le=1000)] = 3
    """How many centres, and so classes."""
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 300
    """How many points in all, shared out evenly; at least one for each class."""
    noise: Annotated[float, Field(ge=0)] = 1.0
    """Standard deviation of both coordinates around the centre of their class."""
    seed: Seed = 0
    val_size: ValSize = 0.2
    test_size: TestSize = 0
    normalize: Normalize = "none"

    @model_validator(mode="after")
    def _enough_points(self) -> Self:
        """Refuse more classes than points."""
        check_shares(self.points, self.C)
        return self

    @property
    def total(self) -> int:
        """The points of all blobs."""
        return self.points

    @property
    def labels(self) -> tuple[str, ...]:
        """The class numbers."""
        return tuple(map(str, range(self.C)))

    def generate(self, rng: "np.random.Generator") -> "tuple[Array, Array]":
        """Return coordinates [points, 2] and class numbers [points], blob after blob."""
        import numpy as np

        centres = rng.uniform(0, _SIDE, (self.C, 2))
        classes = np.repeat(np.arange(self.C), shares(self.points, self.C))
        return centres[classes] + self.noise * rng.standard_normal((self.points, 2)), classes


def shares(points: int, classes: int) -> list[int]:
    """Return how many points each class has: as even as can be, the last classes have what is left over.

    >>> shares(7, 2), shares(11, 3)
    ([3, 4], [3, 4, 4])
    """
    return [(points + number) // classes for number in range(classes)]


def check_shares(points: int, classes: int) -> None:
    """Refuse settings that leave a class without a point."""
    if points < classes:
        raise impossible(f"points ({points}) must be at least C (classes: {classes}): each class needs one")


def _gaussians(number: int, rng: "np.random.Generator") -> "tuple[Array, Array, Array]":
    """Return means [number, 1, 2], deviations along two axes [number, 1, 2] and what turns these [number, 2, 2]."""
    import numpy as np

    mean = rng.uniform(0, _SIDE, (number, 1, 2))
    std = rng.uniform(0, _SPREAD, (number, 1, 2))
    angle = rng.uniform(0, 2 * np.pi, number)
    rotation = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    return mean, std, rotation


def _points(gaussians: "tuple[Array, Array, Array]", each: int, rng: "np.random.Generator") -> "Array":
    """Return `each` points of every Gaussian [number * each, 2], Gaussian after Gaussian."""
    mean, std, rotation = gaussians
    points: Array = mean + (rng.standard_normal((len(mean), each, 2)) * std) @ rotation
    return points.reshape(-1, 2)
