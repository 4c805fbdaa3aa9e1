"""The models there are: one file a family, one class a model. Without torch until one is built."""

from tuitrain.models.dense import MLP, Linear
from tuitrain.models.model import Model, Parameter

MODELS: tuple[type[Model], ...] = (Linear, MLP)

__all__ = ["MLP", "MODELS", "Linear", "Model", "Parameter"]
