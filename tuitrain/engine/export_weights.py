"""Weights as safetensors, which any program may read: no code in them. It knows no runs."""

from collections.abc import Mapping

from safetensors.torch import load, save
from torch import Tensor

from tuitrain.engine.export import Learned


def weights(found: Learned, about: Mapping[str, str]) -> bytes:
    """Return all tensors of the model under their names in the state dict, `about` in the header."""
    tensors = {name: value.contiguous().clone() for name, value in found.net.state_dict().items()}
    return save(tensors, metadata={"format": "pt", **about})


def check_weights(found: Learned, content: bytes) -> str:
    """Return what was checked, as a sentence; raise ValueError where a tensor is not the same, bit for bit."""
    there, own = load(content), found.net.state_dict()
    if there.keys() != own.keys() or not all(_equal(there[name], own[name]) for name in own):
        raise ValueError("its tensors are not those of the model")
    return f"{len(own)} tensors, the same bit for bit when read back"


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.numpy().tobytes() == other.numpy().tobytes()
