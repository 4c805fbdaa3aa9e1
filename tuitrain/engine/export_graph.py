"""The model with its scaling as a graph that runs without tuitrain: ONNX, and TorchScript. It knows no runs."""

import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from tuitrain.engine.export import Applied, Learned, difference, probes

NEAR = 1e-4  # relative to the largest output: more than rounding in another order does
TRACED = 2  # samples of a batch that is followed: one would be taken for a constant


class Missing(Exception):
    """A package that an extra brings is not installed."""


def onnx_model(found: Learned, about: Mapping[str, str]) -> bytes:
    """Return the model as ONNX, for batches of any size, `about` among its metadata; raise Missing.

    The input is called inputs; the outputs probabilities and logits, or predictions.
    """
    with _quiet():
        try:
            import onnxscript  # noqa: F401  what torch.onnx builds the graph with
        except ImportError as error:
            raise Missing(error.name or "onnxscript") from None
        program = torch.onnx.export(
            Applied(found).eval(),
            (probes(found.recipe)[:TRACED],),
            dynamo=True,
            verbose=False,
            input_names=["inputs"],
            output_names=list(found.outputs),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
        )
    if program is None:
        raise TypeError("torch.onnx gave no program")
    model = program.model_proto
    for key, value in about.items():
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString()
    return content


def check_onnx(found: Learned, content: bytes) -> str:
    """Return what was checked, as a sentence; raise ValueError where it says something else, or Missing."""
    try:
        import onnxruntime  # type: ignore[import-untyped]  # it ships no types
    except ImportError as error:
        raise Missing(error.name or "onnxruntime") from None
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = probes(found.recipe)
    others = tuple(map(torch.from_numpy, session.run(list(found.outputs), {"inputs": inputs.numpy()})))
    return _told(difference(Applied(found).eval(), inputs, others), "onnxruntime")


class Named(nn.Module):
    """A traced model beside the names of its classes or targets."""

    labels: list[str]

    def __init__(self, model: nn.Module, labels: list[str]) -> None:
        super().__init__()
        self.model = model
        self.labels = labels


class Numbers(Named):
    """A model of a regression. TorchScript reads types from the source, and wants the length of a tuple."""

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the predictions [N, T]."""
        found: tuple[Tensor] = self.model(inputs)
        return found


class Classes(Named):
    """A model of classes, as above."""

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities and logits [N, C]."""
        found: tuple[Tensor, Tensor] = self.model(inputs)
        return found


def torchscript(found: Learned, about: Mapping[str, str]) -> bytes:
    """Return the model as TorchScript, `about` among its extra files; `labels` is an attribute of it.

    torch calls TorchScript deprecated, and loads it all the same.
    """
    buffer = io.BytesIO()
    with _quiet():
        traced = torch.jit.trace(Applied(found).eval(), probes(found.recipe)[:TRACED])  # type: ignore[no-untyped-call]  # untyped in torch
        kind = Numbers if found.recipe.task == "regression" else Classes
        named = torch.jit.script(kind(traced, list(found.recipe.labels)))
        torch.jit.save(named, buffer, _extra_files=dict(about))
    return buffer.getvalue()


def check_torchscript(found: Learned, content: bytes) -> str:
    """Return what was checked, as a sentence; raise ValueError where it says something else."""
    with _quiet():
        there = torch.jit.load(io.BytesIO(content))  # type: ignore[no-untyped-call]  # untyped in torch
    if list(there.labels) != list(found.recipe.labels):
        raise ValueError("its labels are not those of the run")
    inputs = probes(found.recipe)
    with torch.inference_mode():
        others = there(inputs)
    return _told(difference(Applied(found).eval(), inputs, tuple(others)), "torch.jit.load")


def _told(apart: float, reader: str) -> str:
    if not apart <= NEAR:
        raise ValueError(f"read back by {reader} its outputs differ by up to {apart:.1e}")
    return f"read back by {reader}, its outputs differ by {apart:.1e} at most"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back remarks on how torch makes a graph: which API is to be the next one, which shapes it settled on."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
