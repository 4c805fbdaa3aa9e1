"""What the views draw, computed beside the model: functions from a net and data to small arrays on the host."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tuitrain.engine.evaluation import Classified, Predicted, evaluating, outputs
from tuitrain.engine.plane import GRID, Plane, margins
from tuitrain.engine.split import Placed

Arrays = dict[str, np.ndarray[Any, np.dtype[Any]]]

LINE = 256  # points along the input of a fitted curve
POINTS = 2_000  # training samples drawn on a surface or beside a curve
UNITS = 32  # first-layer units whose weights are shown as images
SAMPLES = 24  # images of a batch, and worst mistakes
LAID_OUT = 400  # samples of an embedding: their Gram matrix takes 10 ms
BATCH = 1024  # images that are augmented for the sake of those shown
RANKED = 20_000  # scores whose ranking per class, 3 ms, is worth its time at every snapshot; at the last it always is


def surface(net: nn.Module, train: Placed, plane: Plane) -> Arrays:
    """Return the most probable class and its probability (0..255) on a grid of the plane, row 0 at the lowest y.

    Of a slice, how much of the variance each axis has; `predictions` are of the points where they really are.
    """
    confidence, classes = outputs(net, plane.grid).softmax(1).max(1)
    points = train.inputs[:POINTS]
    arrays = {
        "surface": _host(classes.reshape(GRID, GRID), torch.int16),
        "confidence": _host((confidence.reshape(GRID, GRID) * 255).round(), torch.uint8),
        "extent": _host(plane.extent),
        "points": _host(plane.place(points)),
        "labels": _host(train.labels[:POINTS], torch.int16),
        "predictions": _host(outputs(net, train.scaled(points)).argmax(1), torch.int16),
    }
    return arrays if plane.shares is None else arrays | {"plane": _host(plane.shares)}


def fit(net: nn.Module, train: Placed, found: Predicted, plane: Plane | None) -> Arrays:
    """Return the first target as the model has it, over one input as a curve or over two as a map, and the points."""
    points = train.inputs[:POINTS]
    arrays = {"points": _host(points), "targets": _host((train.labels[:POINTS] * found.std + found.mean)[:, 0])}
    if plane is None:
        low, high = margins(points)
        xs = torch.linspace(0, 1, LINE, device=points.device)[:, None] * (high - low) + low
        values = outputs(net, train.scaled(xs)) * found.std + found.mean
        return arrays | {"fit_x": _host(xs[:, 0]), "fit_y": _host(values[:, 0])}
    values = outputs(net, plane.grid) * found.std + found.mean
    return arrays | {"fit_map": _host(values[:, 0].reshape(GRID, GRID)), "extent": _host(plane.extent)}


def weights(net: nn.Module, shape: tuple[int, ...]) -> Arrays:
    """Return the weights of the first layer as images: of each unit, or the filters of each channel."""
    first = next((value.detach() for value in net.parameters() if value.dim() in (2, 4)), None)
    if first is None or len(shape) != 3:
        return {}
    if first.dim() == 4:
        images = first[:UNITS] if first.shape[1] in (1, 3) else first[:UNITS].mean(1, keepdim=True)
    elif first.shape[1] == np.prod(shape) and shape[0] in (1, 3):
        images = first[:UNITS].reshape(-1, *shape)
    else:
        return {}
    return {"weights": _host(images.squeeze(1) if images.shape[1] == 1 else images, torch.float16)}


def samples(net: nn.Module, train: Placed, order: Tensor, generator: torch.Generator) -> Arrays:
    """Return the first images of a batch as training sees them, with label, and what the model thinks of each class.

    The whole batch is augmented, so that each image changes as it did in training; of a huge one only the beginning.
    """
    order = order if len(order) <= BATCH else order[:SAMPLES]
    chosen, inputs = order[:SAMPLES], train.augmented(order, generator)[:SAMPLES]
    found = outputs(net, inputs).softmax(1)
    return {
        "samples": _pixels(inputs, train),
        "sample_labels": _host(train.labels[chosen], torch.int16),
        "sample_probabilities": _host(found, torch.float16),
    }


def _pixels(inputs: Tensor, split: Placed) -> "np.ndarray[Any, np.dtype[Any]]":
    """Return images as they were before scaling, as bytes; those that are no bytes from darkest to brightest."""
    stored = inputs / split.factor + split.mean
    if split.inputs.dtype == torch.uint8:
        return _host(stored.round().clamp(0, 255), torch.uint8)
    low, high = stored.amin(), stored.amax()
    return _host((stored - low) / (high - low).clamp(min=1e-9) * 255, torch.uint8)


def worst(found: Classified | Predicted, split: Placed) -> Arrays:
    """Return the samples with the largest loss: numbers, losses, labels, predictions, and what they look like."""
    losses, chosen = found.losses.topk(min(SAMPLES, len(split)))
    kind = torch.int16 if isinstance(found, Classified) else torch.float32
    truth = found.labels if isinstance(found, Classified) else found.truth
    arrays = {
        "worst": _host(chosen, torch.int32),
        "worst_losses": _host(losses, torch.float32),
        "worst_labels": _host(truth[chosen], kind),
        "worst_predictions": _host(found.predictions[chosen], kind),
    }
    stored = split.pick(chosen)
    if stored.dim() == 4:
        return arrays | {"worst_images": _pixels(split.scaled(stored), split)}
    return arrays | {"worst_inputs": _host(stored, torch.float32)}


def embedding(net: nn.Module, split: Placed, predictions: Tensor) -> Arrays:
    """Return the last hidden layer laid out in the plane by PCA [N, 2], with label and prediction of each sample."""
    part = split.head(LAID_OUT)
    return {
        "embedding": _host(pca(hidden(net, split.scaled(part.inputs)))),
        "embedding_labels": _host(part.labels, torch.int16),
        "embedding_predictions": _host(predictions[:LAID_OUT], torch.int16),
    }


@torch.inference_mode()
def hidden(net: nn.Module, inputs: Tensor) -> Tensor:
    """Return what the last affine layer is given [N, F]; of a model without one, the inputs."""
    last = next((module for module in reversed(list(net.modules())) if isinstance(module, nn.Linear)), None)
    caught = [inputs.flatten(1)]
    if last is None:
        return caught[0]
    hook = last.register_forward_pre_hook(lambda _module, given: caught.append(given[0].flatten(1).float()))
    try:
        with evaluating(net):
            net(inputs)
    finally:
        hook.remove()
    return caught[-1]


def pca(values: Tensor) -> Tensor:
    """Return the first two principal components of the rows [N, 2], each with its largest entry positive.

    By the eigenvectors of the covariance or of the Gram matrix, whichever is smaller: 1 ms for 100 features.
    """
    values = values.cpu().double()
    centred = values - values.mean(0)
    rows, features = centred.shape
    if min(rows, features) < 2:
        parts = torch.cat([centred, torch.zeros(rows, 2)], dim=1)[:, :2]
    elif features <= rows:
        parts = centred @ torch.linalg.eigh(centred.T @ centred)[1][:, [-1, -2]]
    else:
        found, vectors = torch.linalg.eigh(centred @ centred.T)
        parts = (vectors * found.clamp(min=0).sqrt())[:, [-1, -2]]
    largest = parts.gather(0, parts.abs().argmax(0, keepdim=True))
    return (parts * torch.where(largest < 0, -1.0, 1.0)).float()


def tsne(values: Tensor, seed: int) -> Tensor:
    """Return the rows laid out in the plane by t-SNE [N, 2], from PCA on; takes seconds."""
    from sklearn.manifold import TSNE  # 2 seconds that most runs need not wait for

    perplexity = min(30.0, max(1.0, (len(values) - 1) / 3))
    found = TSNE(init="pca", perplexity=perplexity, random_state=seed).fit_transform(values.cpu().numpy())
    return torch.from_numpy(found).float()


def _host(values: Tensor, kind: torch.dtype | None = None) -> "np.ndarray[Any, np.dtype[Any]]":
    found: np.ndarray[Any, np.dtype[Any]] = (values if kind is None else values.to(kind)).cpu().numpy()
    return found
