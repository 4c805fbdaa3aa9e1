"""Which settings of a training can be another one while it goes on, and what they may be.

The form, the command line and the training itself ask here, so that all three refuse the same. It knows no engine.
"""

from collections.abc import Iterator
from typing import Any

from tuitrain.experiment import Experiment, override, parse
from tuitrain.models import Estimator
from tuitrain.problems import Problem, Rejected, nearest

FIXED = {"kind", "initial_sum", "history"}
"""Settings of an optimizer with which its state was made."""
LENGTHS = ("training.epochs", "training.steps")
"""What says how long the training is."""
TRAINING = ("epochs", "steps", "patience", "clip_norm", "on_divergence")
LOSS = ("label_smoothing", "l1", "l2")
AUGMENTATION = ("crop", "flip", "rotate", "noise")


def changeable(experiment: Experiment) -> dict[str, Any]:
    """Return the keys of what can be changed while this is trained, and what they are now; nothing of one fit."""
    return dict(_found(experiment))


def _found(experiment: Experiment) -> Iterator[tuple[str, Any]]:
    if any(isinstance(model, Estimator) for model in experiment.models):
        return
    yield from (
        (f"optimizer.{name}", value) for name, value in experiment.optimizer.model_dump().items() if name not in FIXED
    )
    yield from ((f"training.{name}", getattr(experiment.training, name)) for name in TRAINING)
    yield from ((f"loss.{name}", getattr(experiment.loss, name)) for name in LOSS)
    if hasattr(experiment.dataset, "crop"):  # else its noise, if any, is that of the points themselves
        yield from ((f"dataset.{name}", getattr(experiment.dataset, name)) for name in AUGMENTATION)


def changed(experiment: Experiment, key: str, value: Any) -> tuple[Experiment, Any, Any]:
    """Return the experiment with this setting, what it was, and what it is; raise Rejected.

    `value` is a plain value, or what a person typed; of whole numbers "+10" is ten more.
    """
    known = changeable(experiment)
    if key not in known:
        raise Rejected("", [Problem(key, _refusal(key, list(known)))])
    if key == "training.epochs" and experiment.training.steps:
        told = f"training.steps = {experiment.training.steps} says how long it trains; change that"
        raise Rejected("", [Problem(key, told)])
    text = _plus(known[key], value) if isinstance(value, str) else _written(value)
    tables = override(experiment.dump(), [f"{key}={text}"])
    table, name = key.split(".")
    if isinstance(tables[table][name], list) and not isinstance(known[key], list):
        raise Rejected("", [Problem(key, f"must be one value; got {text}")])
    if isinstance(known[key], float) and type(tables[table][name]) is int:
        tables[table][name] = float(tables[table][name])
    settled = parse(tables)
    return settled, known[key], changeable(settled)[key]


def too_short(experiment: Experiment, samples: int, step: int) -> str:
    """Return what is wrong where a training on so many samples is over at this step already, else nothing."""
    steps, _ = experiment.training.span(samples)
    return f"{steps:,} steps in all are over already, at step {step:,}: give more, or stop it" if steps <= step else ""


def _refusal(key: str, known: list[str]) -> str:
    if not known:
        return "a model that is fitted in one go has no steps between which anything could change"
    named = [name for name in known if name.endswith(f".{key}")]
    meant = f" (did you mean {named[0]}?)" if named else nearest(key, known)
    return f"is nothing that can change while it trains{meant}; there are {', '.join(known)}"


def _plus(before: Any, text: str) -> str:
    more = text.strip().removeprefix("+")
    if type(before) is int and text.strip().startswith("+") and more.isdecimal():
        return str(before + int(more))
    return text


def _written(value: Any) -> str:
    """Return a plain value as TOML has it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)
