"""What a network costs: floating-point operations of a forward pass, of layers that only running them can tell.

The catalog imports it only where something is built: torch is loaded inside.
"""

from typing import TYPE_CHECKING

from tuitrain.models.model import Network, Parameter

if TYPE_CHECKING:
    from torch import nn


def parameters_of(model: Network, net: "nn.Module", shape: tuple[int, ...], outputs: int) -> tuple[Parameter, ...]:
    """Return what is trained in a net that the model built: by arithmetic where it can tell, else counted."""
    table = model.parameters(shape, outputs)
    return table if table is not None else counted(net, shape)


def counted(net: "nn.Module", shape: tuple[int, ...]) -> tuple[Parameter, ...]:
    """Return each trained tensor of a net for samples of this shape, with the operations of the layer it belongs to.

    One sample without values goes through it: nothing is computed, drawn or changed. Of a layer with several weights,
    such as attention, the largest stands for all that it does, and the others have None; vectors have 0.
    """
    flops = _by_tensor(net, _by_module(net, shape))
    return tuple(
        Parameter(name, tuple(value.shape), flops.get(name, None if value.dim() > 1 else 0))
        for name, value in net.named_parameters()
    )


def _by_module(net: "nn.Module", shape: tuple[int, ...]) -> dict[str, int]:
    """Return the operations of each module by its name, those of the modules inside it not counted."""
    import torch
    from torch.func import functional_call
    from torch.utils.flop_counter import FlopCounterMode

    there = {name: value.detach().to("meta") for name, value in [*net.named_parameters(), *net.named_buffers()]}
    training = net.training
    net.eval()
    try:
        with FlopCounterMode(display=False) as counter:
            functional_call(net, there, (torch.zeros(1, *shape, device="meta"),))
    finally:
        net.train(training)
    root = f"{type(net).__name__}."
    whole = {name.removeprefix(root): sum(ops.values()) for name, ops in counter.get_flop_counts().items()}
    own = dict(whole)
    for name, count in whole.items():
        parent = name.rpartition(".")[0]
        if parent in own:
            own[parent] -= count
    return own


def _by_tensor(net: "nn.Module", modules: dict[str, int]) -> dict[str, int]:
    """Return the operations of each module under the name of the largest weight in it that has none yet."""
    found: dict[str, int] = {}
    for name, module in reversed(list(net.named_modules())):  # what is inside comes first
        weights = [(f"{name}.{key}", value) for key, value in module.named_parameters() if value.dim() > 1]
        weights = [(key, value) for key, value in weights if key not in found]
        if modules.get(name) and weights:
            largest = max(weights, key=lambda weight: weight[1].numel())
            found[largest[0]] = modules[name]
    return found
