"""What networks are made of: widths, activations, first weights, and the parameters of a layer by arithmetic.

It must not know any model.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tuitrain.models.model import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    Draw = Callable[[Tensor], Tensor]

Width = Annotated[int, Field(ge=1, le=65_536)]
Activation = Literal["relu", "sigmoid", "tanh", "leaky_relu", "gelu"]
Init = Literal["default", "kaiming", "xavier", "normal", "zeros"]


def affine(name: str, inputs: int, outputs: int) -> tuple[Parameter, Parameter]:
    """Return the weight and the bias of an affine layer as torch names and shapes them."""
    weight = Parameter(f"{name}.weight", (outputs, inputs), flops=2 * inputs * outputs)
    return weight, Parameter(f"{name}.bias", (outputs,), flops=0)


def convolution(name: str, inputs: int, outputs: int, places: int) -> tuple[Parameter, Parameter]:
    """Return the kernels and the bias of a 3x3 convolution at so many places as torch names and shapes them."""
    weight = Parameter(f"{name}.weight", (outputs, inputs, 3, 3), flops=2 * inputs * outputs * 9 * places)
    return weight, Parameter(f"{name}.bias", (outputs,), flops=0)


def normalisation(name: str, width: int) -> tuple[Parameter, Parameter]:
    """Return the scale and the shift of a batch normalisation as torch names and shapes them."""
    return Parameter(f"{name}.weight", (width,), flops=0), Parameter(f"{name}.bias", (width,), flops=0)


def activate(activation: Activation) -> "nn.Module":
    """Return the layer of this name."""
    from torch import nn

    layers: dict[Activation, type[nn.Module]] = {
        "relu": nn.ReLU,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "leaky_relu": nn.LeakyReLU,
        "gelu": nn.GELU,
    }
    return layers[activation]()


def initialise(net: "nn.Module", init: Init) -> None:
    """Give every affine and convolutional layer its first weights and biases, from torch's random numbers.

    - default: as torch made them, weights and biases uniform within 1 / sqrt(fan_in); see torch.nn.Linear.
    - kaiming: weights normal with deviation sqrt(2 / fan_in), biases 0; for ReLU. He et al., "Delving deep into
      rectifiers" (2015), equation 10.
    - xavier: weights uniform within sqrt(6 / (fan_in + fan_out)), biases 0; for tanh. Glorot and Bengio,
      "Understanding the difficulty of training deep feedforward neural networks" (2010), equation 16.
    - normal: weights and biases normal with deviation 1, as torch.randn gives them.
    - zeros: all 0; hidden units then stay alike, whatever they are shown.
    """
    from torch import nn

    if init == "default":
        return
    draws: dict[Init, tuple[Draw, Draw]] = {
        "kaiming": (nn.init.kaiming_normal_, nn.init.zeros_),
        "xavier": (nn.init.xavier_uniform_, nn.init.zeros_),
        "normal": (nn.init.normal_, nn.init.normal_),
        "zeros": (nn.init.zeros_, nn.init.zeros_),
    }
    weights, biases = draws[init]
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            weights(layer.weight)
            if layer.bias is not None:
                biases(layer.bias)


def label(*parts: str) -> str:
    """Return the parts of a model's name that are not empty, in one line."""
    return " ".join(filter(None, parts))
