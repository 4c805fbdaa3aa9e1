"""The optimizers there are: settings that build a torch optimizer. Without torch until one is built."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal, final

from pydantic import Field, model_validator

from tuitrain.settings import Settings

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer


class Optimizer(Settings):
    """One of the optimizers; `kind` names the class."""

    needs_full_batch: ClassVar[bool] = False
    """Whether a step is only sound where it sees the whole training split."""

    kind: str
    lr: float = Field(default=1e-3, gt=0)
    """Learning rate: the size of a step, before the schedule."""

    @final
    def build(self, parameters: "Iterable[Parameter]") -> "TorchOptimizer":
        """Return the torch optimizer over these parameters, on their device and in the order of the model.

        Every group keeps its own learning rate as `initial_lr`: a schedule multiplies that.
        """
        built = self._build(list(parameters))
        for group in built.param_groups:
            group["initial_lr"] = group["lr"]
        return built

    @abstractmethod
    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return the torch optimizer.

        Fused where torch is: all parameters in one call, 1.1 to 3 times the speed of a loop over them on small
        networks.
        """


class Decaying(Optimizer):
    """What optimizers have in common that pull weights to zero."""

    weight_decay: float = Field(default=0.0, ge=0)
    """How strongly weights are pulled to zero at each step: this times the weight is added to the gradient (L2)."""


class SGD(Decaying):
    """Stochastic gradient descent, plain or with momentum."""

    kind: Literal["sgd"] = "sgd"
    lr: float = Field(default=0.1, gt=0)
    """Learning rate: the size of a step, before the schedule."""
    momentum: float = Field(default=0.0, ge=0, lt=1)
    """Share of the previous step that is added to the next; 0 is none, 0.9 is usual."""
    nesterov: bool = False
    """Look ahead along the momentum before taking the gradient."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> "SGD":
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs momentum above 0; set momentum = 0.9, or nesterov = false")
        return self

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's SGD, fused."""
        from torch import optim

        return optim.SGD(
            parameters,
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )


class Adaptive(Decaying):
    """What Adam and AdamW have in common."""

    beta1: float = Field(default=0.9, ge=0, lt=1)
    """Memory of the mean of the gradients."""
    beta2: float = Field(default=0.999, ge=0, lt=1)
    """Memory of the mean of their squares."""


class Adam(Adaptive):
    """Adam: steps scaled by running means of the gradient and of its square (Kingma and Ba 2015)."""

    kind: Literal["adam"] = "adam"

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's Adam, fused; its weight decay is part of the gradient, and so is scaled with it."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.Adam(parameters, lr=self.lr, betas=betas, weight_decay=self.weight_decay, fused=True)


class AdamW(Adaptive):
    """AdamW: Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    kind: Literal["adamw"] = "adamw"
    weight_decay: float = Field(default=0.01, ge=0)
    """How strongly weights are pulled to zero: each step takes off lr times this share, apart from the gradient."""

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's AdamW, fused."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.AdamW(parameters, lr=self.lr, betas=betas, weight_decay=self.weight_decay, fused=True)


class RMSprop(Decaying):
    """RMSprop: steps scaled by a running mean of the squared gradient (Hinton 2012)."""

    kind: Literal["rmsprop"] = "rmsprop"
    alpha: float = Field(default=0.99, ge=0, lt=1)
    """Memory of the mean of the squared gradients."""
    momentum: float = Field(default=0.0, ge=0, lt=1)
    """Share of the previous step that is added to the next; 0 is none."""
    centered: bool = False
    """Scale by the variance of the gradients, in the place of the mean of their squares."""

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's RMSprop, which is never fused: `foreach` saves a fifth to a quarter of a step on a CPU."""
        from torch import optim

        return optim.RMSprop(
            parameters,
            lr=self.lr,
            alpha=self.alpha,
            momentum=self.momentum,
            centered=self.centered,
            weight_decay=self.weight_decay,
            foreach=True,
        )


class Adagrad(Decaying):
    """Adagrad: steps scaled by the sum of all squared gradients so far (Duchi, Hazan and Singer 2011)."""

    kind: Literal["adagrad"] = "adagrad"
    lr: float = Field(default=0.01, gt=0)
    """Learning rate: the size of the first step, before the schedule; later ones are smaller by themselves."""
    initial_sum: float = Field(default=0.0, ge=0)
    """Where the sums of the squared gradients start; above 0 the first steps are smaller."""

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's Adagrad, fused where torch has a kernel for it: not on MPS."""
        from torch import optim

        return optim.Adagrad(
            parameters,
            lr=self.lr,
            initial_accumulator_value=self.initial_sum,
            weight_decay=self.weight_decay,
            fused=all(parameter.device.type != "mps" for parameter in parameters),
        )


class Muon(Decaying):
    """Muon: steps of orthogonalised momentum for hidden matrices, AdamW for all else (Jordan et al. 2024).

    All else is every vector, every filter of a convolution and the last matrix, which is the output layer; so a
    model with one matrix is trained by AdamW alone. The orthogonalisation counts in bfloat16.
    """

    kind: Literal["muon"] = "muon"
    lr: float = Field(default=0.02, gt=0)
    """Learning rate of the hidden matrices: the size of a step, before the schedule."""
    weight_decay: float = Field(default=0.01, ge=0)
    """How strongly weights are pulled to zero: each step takes off lr times this share, apart from the gradient."""
    momentum: float = Field(default=0.95, ge=0, lt=1)
    """Memory of the mean of the gradients of the hidden matrices."""
    nesterov: bool = True
    """Look ahead along the momentum before it is orthogonalised."""
    adamw_lr: float = Field(default=1e-3, gt=0)
    """Learning rate of all else, which AdamW trains; the schedule multiplies it as well."""
    beta1: float = Field(default=0.9, ge=0, lt=1)
    """Memory of the mean of the gradients in AdamW."""
    beta2: float = Field(default=0.999, ge=0, lt=1)
    """Memory of the mean of their squares in AdamW."""

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's Muon and a fused AdamW, joined into one."""
        from torch import optim

        from tuitrain.muon import Joined, divide

        hidden, rest = divide(parameters)
        betas = (self.beta1, self.beta2)
        adamw = optim.AdamW(rest, lr=self.adamw_lr, betas=betas, weight_decay=self.weight_decay, fused=True)
        if not hidden:
            return adamw
        muon = optim.Muon(
            hidden, lr=self.lr, weight_decay=self.weight_decay, momentum=self.momentum, nesterov=self.nesterov
        )
        return Joined(muon, adamw)


class LBFGS(Optimizer):
    """L-BFGS: steps along the curvature that the last gradients tell, for small models (Liu and Nocedal 1989).

    It has no weight decay. A step needs a closure that counts loss and gradients anew, and calls it several times.
    """

    needs_full_batch: ClassVar[bool] = True

    kind: Literal["lbfgs"] = "lbfgs"
    lr: float = Field(default=1.0, gt=0)
    """Learning rate: the share of a whole step that is tried first, before the schedule."""
    max_iter: int = Field(default=20, ge=1)
    """Most iterations in a step; each needs one gradient or, with a line search, a few."""
    history: int = Field(default=10, ge=1)
    """Gradients that are remembered; each takes twice the memory of the model."""
    line_search: Literal["strong_wolfe", "none"] = "strong_wolfe"
    """Whether to look for how far to go: strong_wolfe is steady, none is quicker and may diverge."""

    def _build(self, parameters: "list[Parameter]") -> "TorchOptimizer":
        """Return torch's LBFGS over parameters made contiguous in memory.

        It views each gradient, laid out as its parameter is, as a part of one vector; those of filters that lie
        channels last cannot be viewed so.
        """
        from torch import optim

        for parameter in parameters:
            parameter.data = parameter.data.contiguous()
        return optim.LBFGS(
            parameters,
            lr=self.lr,
            max_iter=self.max_iter,
            history_size=self.history,
            line_search_fn=None if self.line_search == "none" else self.line_search,
        )


OPTIMIZERS: tuple[type[Optimizer], ...] = (SGD, Adam, AdamW, RMSprop, Adagrad, Muon, LBFGS)
