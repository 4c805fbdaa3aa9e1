"""Support vector machines of scikit-learn."""

from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from tuitrain.models.layers import label
from tuitrain.models.model import Estimator, needs_classes

if TYPE_CHECKING:
    from tuitrain.datasets import Facts

CACHE = 1000  # megabytes for the kernel matrix; with the usual 200 it is computed again and again


def _gamma(value: object) -> object:
    if value in ("scale", "auto"):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value > 0:
        return value
    raise PydanticCustomError("gamma", 'must be "scale", "auto" or a number above 0')


class SVM(Estimator):
    """Support vector machine: the widest margin between classes, after a kernel. For classes, on the CPU."""

    cpu_only: ClassVar[bool] = True

    kind: Literal["svm"] = "svm"
    kernel: Literal["rbf", "linear"] = "rbf"
    """rbf bends the border around the samples, linear keeps it straight."""
    C: float = Field(default=1.0, gt=0)
    """What a sample on the wrong side costs: larger fits the training data closer."""
    gamma: Annotated[float | str, BeforeValidator(_gamma)] = "auto"
    """How fast influence fades with distance: "auto" is 1 / features, "scale" that over the variance, or a number."""

    @property
    def name(self) -> str:
        """The kernel, C, and gamma where it is used and is not auto."""
        gamma = self.gamma if isinstance(self.gamma, str) else f"{self.gamma:g}"
        return label(
            f"svm {self.kernel} C {self.C:g}", f"gamma {gamma}" if self.kernel == "rbf" and gamma != "auto" else ""
        )

    def misfit(self, facts: "Facts") -> str:
        """Return a sentence for numbers to predict."""
        return needs_classes(self.kind, facts)

    def parameters(self, shape: tuple[int, ...], outputs: int) -> None:
        """Return None: how many support vectors there are, only fitting can tell."""

    def make(self, seed: int) -> Any:
        """Return an SVC for rows [N, F]: one machine for each pair of classes, scores [N, C] by class ([N] of two).

        There is one solution, so the seed changes nothing. Fitted, `support_` are the indices of the support vectors.
        """
        from sklearn.svm import SVC

        return SVC(C=self.C, kernel=self.kernel, gamma=self.gamma, decision_function_shape="ovr", cache_size=CACHE)
