"""What makes a step one not to learn from: its loss, where its first odd number came up, what was in its batch.

It looks at a model, a batch and losses; how the training came there, and goes on, it does not know.
"""

import io
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from math import isfinite, isnan
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from tuitrain.engine.evaluation import Classified, Predicted
from tuitrain.engine.objective import Objective
from tuitrain.engine.split import Placed
from tuitrain.files import write_whole

Kind = Literal["nan", "infinity", "spike"]
Peaks = list[tuple[str, float]]
"""By layer, in the order in which they were passed: the largest number in size, NaN where one is NaN."""

FULL: AbstractContextManager[Any] = nullcontext()
COMPARED = 64  # losses at the beginning, and losses just before, that a loss is held against
FEW = 16  # samples below which the loss of a batch is that of its worst sample: such may be large, and no harm
TIMES = 10.0  # the median of the last: a loss as large may be one that shoots up; an output as large stands out
SAMPLES = 64  # of a batch that are kept in a file, those of the largest loss


class Spoilt(NamedTuple):
    """A loss that is not one to go on from: of which step it is, and what is wrong with it."""

    step: int
    loss: float
    kind: Kind
    measured: bool = False
    """Whether it was measured after the step; else it is that of the batch, from before."""

    @property
    def tells(self) -> bool:
        """Whether it is told as a point of the curves, and not where the training comes by again."""
        return self.kind != "spike"


def judged(step: int, loss: float) -> Spoilt | None:
    """Return what is wrong with a loss that was measured after a step, if anything is."""
    return None if isfinite(loss) else Spoilt(step, loss, "nan" if isnan(loss) else "infinity", measured=True)


def shoots_up(loss: float, samples: int, limit: float, last: Sequence[float]) -> bool:
    """Tell whether a loss is beyond the limit, which is above 0, and more than ten times the median of the last ones.

    Of a batch of few samples it must be beyond it by as many times as they are fewer than 16: then also the mean over
    16 samples is that large, were all others 0. Losses that were 0 all along are no measure of anything.
    """
    return loss > max(1.0, FEW / samples) * limit > 0 and loss > TIMES * median(last)


@dataclass(slots=True)
class Watch:
    """What the losses so far say of the next one; it takes no time unless that is large."""

    times: float
    """How many times the largest loss is too much; 0: no finite loss is."""
    largest: float = 0.0
    """Of the first losses, and of those that somebody said to learn from all the same."""
    seen: int = 0
    last: deque[float] = field(default_factory=lambda: deque(maxlen=COMPARED))

    def take(self, loss: float, samples: int) -> Kind | None:
        """Take note of the loss of so many samples; return what is wrong with it: then it is none to compare with."""
        if not isfinite(loss):
            return "nan" if isnan(loss) else "infinity"
        if self.seen < COMPARED:
            self.seen += 1
            self.largest = max(self.largest, loss)
        elif shoots_up(loss, samples, self.times * self.largest, self.last):
            return "spike"
        self.last.append(loss)
        return None

    def accept(self, loss: float) -> None:
        """Take a loss that shot up for one of the usual ones from here on."""
        self.largest = max(self.largest, loss)
        self.last.append(loss)

    def state(self) -> list[float]:
        """Return what is known now, as plain numbers."""
        return [self.largest, self.seen, *self.last]

    def put_back(self, state: list[float]) -> None:
        """Know what `state` told."""
        self.largest, seen, *last = state
        self.seen, self.last = int(seen), deque(last, COMPARED)


def is_finite(net: nn.Module) -> bool:
    """Tell whether all weights and buffers are numbers; the host waits for the device."""
    values = [value for value in net.state_dict().values() if value.is_floating_point()]
    return bool(torch.stack([peak(value) for value in values]).isfinite().all())


def peak(values: Tensor) -> Tensor:
    """Return the largest size of any number, NaN where one is NaN, on its device; 0 of none."""
    return values.detach().abs().amax().float() if values.numel() else torch.zeros((), device=values.device)


class Passed(NamedTuple):
    """What a batch became on its way through a model: scaled inputs, outputs [N, ...], peaks there and back."""

    inputs: Tensor
    outputs: Tensor
    loss: float
    forward: Peaks
    backward: Peaks
    """Of the gradients at the outputs of the layers, then of those of the parameters, the last layer first."""


def passed(
    net: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    objective: Objective,
    precision: AbstractContextManager[Any] = FULL,
) -> Passed:
    """Send scaled inputs through the model as training does, and the gradient back; the weights stay.

    A model that knows its own gradient is asked for its outputs only. Statistics over batches move, and random
    numbers are drawn: whoever goes on from here has to put them back.
    """
    with _listening(net) as (forward, backward):
        with precision:
            outputs = net(inputs)
            loss = objective.loss(outputs, labels)
        if loss.requires_grad:
            net.zero_grad()
            objective.total(loss, net, len(labels)).backward()  # type: ignore[no-untyped-call]  # untyped in torch
    slopes = [(name, peak(value.grad)) for name, value in net.named_parameters() if value.grad is not None]
    there = [("the inputs", peak(inputs)), *forward, ("the outputs", peak(outputs)), ("the loss", peak(loss))]
    back = [(f"the gradient at {name}", value) for name, value in backward]
    back += [(f"the gradient of {name}", value) for name, value in reversed(slopes)]
    return Passed(inputs, outputs.detach().float(), float(loss.detach()), _read(there), _read(back))


@contextmanager
def _listening(net: nn.Module) -> Iterator[tuple[list[tuple[str, Tensor]], list[tuple[str, Tensor]]]]:
    """Return two lists that fill with peaks: of what each layer without layers in it gives, and gets back."""
    forward: list[tuple[str, Tensor]] = []
    backward: list[tuple[str, Tensor]] = []

    def listen(module: nn.Module, name: str) -> RemovableHandle:
        def heard(_module: nn.Module, _given: Any, output: Any) -> None:
            if not isinstance(output, Tensor):
                return
            forward.append((name, peak(output)))
            if output.requires_grad:
                output.register_hook(lambda slope: backward.append((name, peak(slope))))  # type: ignore[no-untyped-call]  # untyped in torch

        return module.register_forward_hook(heard)

    leaves = [(module, name) for name, module in net.named_modules() if name and not any(module.children())]
    handles = [listen(module, f"layer {name}") for module, name in leaves]
    try:
        yield forward, backward
    finally:
        for handle in handles:
            handle.remove()


def _read(peaks: list[tuple[str, Tensor]]) -> Peaks:
    """Read them from the device at once."""
    values = torch.stack([value for _, value in peaks]).tolist() if peaks else []
    return [(name, value) for (name, _), value in zip(peaks, values, strict=True)]


def first_odd(found: Passed) -> str:
    """Return in words where the first number that is not finite came up, there and then back; "" where none did."""
    return next((name for name, value in found.forward + found.backward if not isfinite(value)), "")


def first_large(found: Passed, before: Passed) -> str:
    """Return in words where numbers first were ten times as large as those of the batch before; "" where nowhere."""
    usual = dict(before.forward)
    for name, value in found.forward:
        if name != "the loss" and value > TIMES * usual.get(name, value) > 0:
            return f"{name}, {value / usual[name]:,.0f} times those of the step before"
    return ""


def describe(inputs: Tensor, labels: Tensor) -> str:
    """Return in words how many samples of a batch hold numbers that are not finite, and where; "" where none does.

    Labels [N] are class numbers, targets [N, T] may be any.
    """
    for name, values in (("input", inputs), ("target", labels)):
        odd = ~values.flatten(1).isfinite() if values.dim() > 1 else torch.zeros(1, 1)
        if odd.any():
            samples, place = int(odd.any(1).sum()), int(odd.any(0).int().argmax()) + 1
            return f"the {name}s of {samples:,} of {len(values):,} samples ({name} {place:,})"
    return ""


def write_batch(path: Path, split: Placed, chosen: Tensor, found: Passed, objective: Objective) -> None:
    """Write the samples of the numbers `chosen` [N], and what was made of them, as one file of arrays. Raise OSError.

    `images` or `inputs` as they are stored, `labels`, `predictions` and `losses`, of 64 samples at most; `samples` are
    their numbers in the split, and `worst` their places in the file, the worst first.
    """
    labels = split.labels.index_select(0, chosen)
    result = _result(found.outputs, labels, objective)
    order = _badness(result.losses, found.inputs).argsort(descending=True, stable=True)[:SAMPLES].to(chosen.device)
    kept = order.sort().values
    stored, classes = split.pick(chosen[kept]), isinstance(result, Classified)
    arrays = {
        "images" if stored.dim() == 4 else "inputs": stored,
        "labels": (result.labels if isinstance(result, Classified) else result.truth)[kept],
        "predictions": _told(result, found.outputs)[kept],
        "losses": result.losses[kept],
        "samples": chosen[kept].int(),
        "worst": torch.searchsorted(kept, order).int(),
    }
    arrays |= {name: arrays[name].to(torch.int16) for name in ("labels", "predictions") if classes}
    buffer = io.BytesIO()
    packed: Any = {name: value.cpu().numpy() for name, value in arrays.items()}
    np.savez_compressed(buffer, allow_pickle=False, **packed)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, buffer.getvalue())


def _badness(losses: Tensor, inputs: Tensor) -> Tensor:
    """Return on the host by what samples are sorted [N]: inputs that are not finite, losses that are not, losses."""
    known = losses.cpu().double().nan_to_num(nan=1e300, posinf=1e300)
    return torch.where(inputs.flatten(1).isfinite().all(1).cpu(), known, torch.inf)


def _result(outputs: Tensor, labels: Tensor, objective: Objective) -> Classified | Predicted:
    if objective.task == "regression":
        return Predicted(outputs, labels, objective.centre, objective.spread)
    return Classified(outputs, labels)


def _told(result: Classified | Predicted, outputs: Tensor) -> Tensor:
    """Return the predictions; -1 where there is no largest output, as one of them is no number."""
    if isinstance(result, Predicted):
        return result.predictions
    return torch.where(outputs.isfinite().all(1), result.predictions, -1)
