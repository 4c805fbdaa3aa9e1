"""The model of a run as layers of torch, written out in the order in which they draw their first weights."""

from collections.abc import Iterator
from itertools import pairwise
from math import prod
from textwrap import dedent

from tuitrain.models import CNN, MLP, Linear, NumpyNet, Torchvision
from tuitrain.script.course import Course, Unwritable

ACTIVATIONS = {
    "relu": "nn.ReLU()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "leaky_relu": "nn.LeakyReLU()",
    "gelu": "nn.GELU()",
}
DRAWS = {
    "kaiming": ("kaiming_normal_", "zeros_"),
    "xavier": ("xavier_uniform_", "zeros_"),
    "normal": ("normal_", "normal_"),
    "zeros": ("zeros_", "zeros_"),
}
"""How weights and biases begin, by the word for it."""
STEM = """
    path, old = next((name, layer) for name, layer in net.named_modules() if isinstance(layer, nn.Conv2d))
    stem = nn.Conv2d({channels}, old.out_channels, bias=old.bias is not None, {how})
    nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
    if stem.bias is not None:
        nn.init.zeros_(stem.bias)
    setattr(net.get_submodule(path.rpartition(".")[0]), path.rpartition(".")[2], stem)
"""
TWO_LAYERS = '''
class TwoLayers(nn.Module):
    """Two affine layers with ReLU between them, in NumPy: the gradients follow from the chain rule, by hand."""

    def __init__(self, inputs, hidden, classes):
        super().__init__()
        draw = np.random.default_rng(int(torch.randint(2**62, ())))
        self.W1, self.b1 = draw.normal(scale=np.sqrt(2 / inputs), size=(hidden, inputs)), np.zeros(hidden)
        self.W2, self.b2 = draw.normal(scale=np.sqrt(2 / hidden), size=(classes, hidden)), np.zeros(classes)

    def forward(self, inputs):
        rows = inputs.flatten(1).double().numpy()
        return torch.from_numpy(np.maximum(rows @ self.W1.T + self.b1, 0) @ self.W2.T + self.b2).to(inputs)

    def descend(self, inputs, labels, lr, decay):
        """Take one step down the gradient of the mean negative log-likelihood and decay / 2 squared weights."""
        rows = inputs.flatten(1).double().numpy()
        hidden = np.maximum(rows @ self.W1.T + self.b1, 0)
        scores = hidden @ self.W2.T + self.b2
        shifted = scores - scores.max(axis=1, keepdims=True)
        d_scores = np.exp(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
        d_scores[np.arange(len(labels)), labels.numpy()] -= 1
        d_scores /= len(labels)
        d_hidden = d_scores @ self.W2 * (hidden > 0)
        first, second = d_hidden.T @ rows + decay * self.W1, d_scores.T @ hidden + decay * self.W2
        self.W1, self.b1 = self.W1 - lr * first, self.b1 - lr * d_hidden.sum(axis=0)
        self.W2, self.b2 = self.W2 - lr * second, self.b2 - lr * d_scores.sum(axis=0)

    def state_dict(self):
        return {name: torch.from_numpy(getattr(self, name)) for name in ("W1", "b1", "W2", "b2")}

    def load_state_dict(self, state):
        for name, value in state.items():
            setattr(self, name, value.numpy())
'''


def network(course: Course) -> str:
    """Return lines that make `net` on the CPU; raise Unwritable for a model that has none."""
    (model,) = course.experiment.models
    shape, outputs = course.recipe.shape, len(course.recipe.labels)
    if isinstance(model, Linear):
        model = MLP(hidden=[], init=model.init)
    if isinstance(model, MLP):
        return _sequence("net", list(_dense(model, prod(shape), outputs)), model.init)
    if isinstance(model, CNN):
        return _convolutional(model, shape, outputs)
    if isinstance(model, Torchvision):
        return _of_torchvision(model, shape, outputs)
    if isinstance(model, NumpyNet):
        return f"{TWO_LAYERS}\n\nnet = TwoLayers({prod(shape)}, {model.hidden}, {outputs})"
    raise Unwritable(f"there is no program for a model of kind {model.kind}")


def _sequence(name: str, layers: list[str], init: str) -> str:
    body = "".join(f"    {layer},\n" for layer in layers)
    return f"{name} = nn.Sequential(\n{body})" + _first_weights(name, init)


def _first_weights(name: str, init: str) -> str:
    if init == "default":
        return ""
    weights, biases = DRAWS[init]
    return dedent(f"""
        for layer in {name}.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                nn.init.{weights}(layer.weight)
                nn.init.{biases}(layer.bias)""")


def _dense(model: MLP, inputs: int, outputs: int) -> Iterator[str]:
    yield "nn.Flatten()"
    for before, width in pairwise([inputs, *model.hidden]):
        yield f"nn.Linear({before}, {width})"
        if model.batch_norm:
            yield f"nn.BatchNorm1d({width})"
        yield ACTIVATIONS[model.activation]
        if model.dropout:
            yield f"nn.Dropout({model.dropout})"
    yield f"nn.Linear({[inputs, *model.hidden][-1]}, {outputs})"


def _convolutional(model: CNN, shape: tuple[int, ...], outputs: int) -> str:
    head = MLP(**model.model_dump(include={"hidden", "activation", "dropout", "batch_norm", "init"}))
    rows, columns = (side >> len(model.channels) for side in shape[1:])
    dense = list(_dense(head, model.channels[-1][-1] * rows * columns, outputs))
    layers = list(_filters(model, shape[0]))
    if model.init == "default":
        return _sequence("net", [*layers, *dense], model.init)
    both = _sequence("filters", layers, model.init), _sequence("dense", dense, model.init)
    return "\n".join((*both, "net = nn.Sequential(*filters, *dense)"))


def _filters(model: CNN, inputs: int) -> Iterator[str]:
    for block in model.channels:
        for width in block:
            yield f"nn.Conv2d({inputs}, {width}, kernel_size=3, padding=1)"
            if model.batch_norm:
                yield f"nn.BatchNorm2d({width})"
            yield ACTIVATIONS[model.activation]
            inputs = width
        yield "nn.MaxPool2d(2)"


def _of_torchvision(model: Torchvision, shape: tuple[int, ...], outputs: int) -> str:
    options: dict[str, object] = {"weights": None, "num_classes": outputs}
    if model.architecture in ("googlenet", "inception_v3"):
        options |= {"aux_logits": False, "init_weights": True}
    if model.architecture.startswith("vit_"):
        options["image_size"] = shape[1]
    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
    text = f"net = torchvision.models.get_model({model.architecture!r}, {given})"
    small = model.stem == "small"
    if small or shape[0] != 3:
        usual = "kernel_size=old.kernel_size, stride=old.stride, padding=old.padding"
        how = "kernel_size=3, stride=1, padding=1" if small else usual
        text += dedent(STEM).format(channels=shape[0], how=how)
    return text + "net.maxpool = nn.Identity()" * small
