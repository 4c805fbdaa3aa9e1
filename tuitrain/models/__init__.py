"""The models there are: one file a family, one class a model. Without torch until one is built."""

from tuitrain.models.conv import CNN
from tuitrain.models.dense import MLP, Linear
from tuitrain.models.model import Estimator, Model, Network, Parameter
from tuitrain.models.numpy_net import NumpyNet
from tuitrain.models.svm import SVM
from tuitrain.models.vision import Torchvision

MODELS: tuple[type[Model], ...] = (Linear, MLP, CNN, Torchvision, NumpyNet, SVM)

__all__ = [
    "CNN",
    "MLP",
    "MODELS",
    "SVM",
    "Estimator",
    "Linear",
    "Model",
    "Network",
    "NumpyNet",
    "Parameter",
    "Torchvision",
]
