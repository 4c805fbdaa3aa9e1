"""What a training says (events) and what it is told (commands): plain data that every layer may hold.

It knows neither files nor torch; how events become lines of a journal is the journal's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

Metrics = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a run; `kind` is its name in the journal."""

    kind: ClassVar[str]

    def record(self) -> dict[str, Any]:
        """Return the event as JSON can hold it: no key without a value, `diverged` where a number is not finite."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {key: value for key, value in values.items() if value is not None}
        plain = _finite(given)
        return {"event": self.kind, **plain, **({} if plain == given else {"diverged": True})}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing(Event):
    """The worker is at work and training has not begun."""

    kind = "preparing"
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """Training begins, with everything resolved."""

    kind = "started"
    experiment: dict[str, Any]
    model: str
    device: str
    parameters: int
    train_size: int
    val_size: int
    test_size: int
    steps: int
    epochs: int
    task: str
    shape: list[int]
    labels: list[str]
    table: list[list[Any]]
    """Name and shape of each trained tensor."""
    flops: list[int | None]
    """What the layer of each tensor computes for one sample, forward; None where nobody knows."""
    pid: int
    host: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped(Event):
    """Means over the steps since the last such event."""

    kind = "stepped"
    step: int
    epoch: int
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated(Event):
    """The model was measured; `train/` was counted while training."""

    kind = "evaluated"
    step: int
    epoch: int
    metrics: Metrics
    best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Event):
    """What the views draw at this step lies in a file, its path relative to the run."""

    kind = "snapshot"
    step: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned(Event):
    """Snapshots or checkpoints that a run had told are no longer there, so that their number and bytes stay bounded.

    Their files are removed once this was told: a reader forgets these paths and keeps the rest. Those of steps beyond
    one that a training goes on from are not told: with `restarted` a reader forgets them, and they are removed.
    """

    kind = "thinned"
    paths: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed(Event):
    """The learning rates were tried; the model is as it was before. The curve lies in a file."""

    kind = "probed"
    step: int
    path: str
    suggestion: float | None
    """The learning rate at which the loss falls fastest; none where it never falls."""
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(Event):
    """A checkpoint was written, its path relative to the run."""

    kind = "saved"
    step: int
    path: str
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Event):
    """Training waits, as a command said."""

    kind = "paused"
    step: int
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued(Event):
    """Training goes on after a pause, or learns from a batch that it stumbled over, as a command or the plan said."""

    kind = "continued"
    step: int
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Event):
    """A setting is another one from the step after this on."""

    kind = "changed"
    step: int
    key: str
    """Its dotted key in the experiment: optimizer.lr."""
    old: Any
    new: Any
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted(Event):
    """The training goes on from an earlier state: readers drop what was told beyond it."""

    kind = "restarted"
    step: int
    epoch: int
    evaluated: int
    """The step of the last evaluation that counts: one that a soft stop added does not."""
    steps: int
    epochs: int
    seconds: float
    """Of training up to here."""
    device: str
    pid: int
    host: str
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled(Event):
    """The loss of this step is not one to learn from: the model is as it was before it.

    What was going on lies in a file: the batch (`images` or `inputs`), its `labels`, and the `worst` samples of it.
    """

    kind = "troubled"
    step: int
    trouble: Literal["nan", "infinity", "spike"]
    loss: float
    lr: float
    layer: str
    """Where the first number that is not finite came up, in words; what stands out of a spike."""
    norms: list[float]
    """The gradient norms of the steps before it, the last 64 at most."""
    waits: bool
    """Whether the training waits to be told rewind, skip, go_on or stop."""
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(Event):
    """The batch of this step was not learned from."""

    kind = "skipped"
    step: int
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Event):
    """A command was not carried out, and why."""

    kind = "refused"
    step: int
    command: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something the person should know; training goes on."""

    kind = "warned"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """What became of the data: types guessed, values filled in, files left out."""

    kind = "noted"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Event):
    """Training is over and was measured at the kept weights, on every split there is."""

    kind = "finished"
    reason: Literal["completed", "early_stopping", "stopped"]
    step: int
    epoch: int
    parameters: int
    metrics: Metrics
    best_epoch: int | None
    seconds: float
    fitted: dict[str, Any] | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """Training ended without a result; the error in words, and what to try."""

    kind = "failed"
    reason: Literal["diverged", "out_of_memory", "error"]
    error: str
    hint: str
    step: int
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a run is told; `id` is answered once in the journal."""

    id: str
    action: str
    """One of ACTIONS."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What goes with it: `key` and `value` of set, `steps` of step and rewind."""


ACTIONS = {
    "pause": "wait after the step under way",
    "resume": "go on after a pause",
    "step": "take `steps` steps (1), the single one looked at closely, and pause",
    "stop": "evaluate, save and end",
    "abort": "end at once: nothing is evaluated, the last checkpoint stays",
    "save": "write a checkpoint now",
    "probe": "try learning rates and put the model back",
    "set": "change the setting `key` to `value` from the next step on",
    "rewind": "go `steps` steps back (64) with half the learning rate",
    "skip": "leave out the batch that the training stumbled over",
    "go_on": "learn from it all the same",
}
"""What a training can be told; the last three only where it waits because it stumbled, rewind at any time."""


class Planned(NamedTuple):
    """What is known beforehand to be done once a step is taken: as it was recorded, or to begin with."""

    step: int
    action: Literal["set", "skip", "go_on", "stop"]
    """skip: the batch of this step itself is left out; go_on: it is learned from, though its loss shoots up; the others
    hold from the step after."""
    key: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a training begins, and what is known of its course beforehand."""

    checkpoint: Path | None = None
    """The state to go on from; none is the first step."""
    branch: bool = False
    """Whether that state is another run's: what the experiment says is put over it."""
    plan: tuple[Planned, ...] = ()
    waits: bool = False
    """Whether to wait for somebody's word where the training stumbles, in the place of `on_divergence`."""


class Control(Protocol):
    """Where a training takes its commands from."""

    def commands(self) -> list[Command]:
        """Return what came since the last call, oldest first, without waiting."""

    def wait(self) -> None:
        """Return when there may be new commands, or after a fraction of a second."""
