"""What was changed while a run trained, as lines that change it again at the same steps."""

from collections.abc import Iterator

from tuitrain.experiment import Experiment
from tuitrain.optimizers import Muon, RMSprop
from tuitrain.script.course import Course, Unwritable

SPAN = ("training.epochs", "training.steps")
CHANGE = '''
def change(key, value):
    """Set an optimizer's value, or the variable of this name."""
    table, _, name = key.partition(".")
    if table != "optimizer":
        globals()[name] = value
        return
    for group in optimizer.param_groups:
        if name in ("beta1", "beta2"):
            group["betas"] = (value, group["betas"][1]) if name == "beta1" else (group["betas"][0], value)
        else:
            group["initial_lr" if name == "lr" else name] = value
'''
BY_HAND = '''
def change(key, value):
    """Set the variable of this name."""
    globals()[key.partition(".")[2]] = value
'''


def by_hand(experiment: Experiment) -> bool:
    """Tell whether the model takes its steps itself, in NumPy, without an optimizer of torch."""
    return experiment.models[0].kind == "numpy_net"


def changes(course: Course) -> str:
    """Return what was changed and skipped after which step, and what sets it; raise Unwritable."""
    _refuse(course)
    parts = [f"skipped = {set(course.skipped)}  # steps that were not learned from"] * bool(course.skipped)
    if course.changes:
        found: dict[int, list[str]] = {}
        for step, key, value in _in_steps(course):
            found.setdefault(step, []).append(f"{key!r}: {value}")
        entries = "".join(f"    {step}: {{{', '.join(entries)}}},\n" for step, entries in found.items())
        parts += [f"# What was set after these steps.\nchanges = {{\n{entries}}}"]
        parts += [f"{key.partition('.')[2]} = {course.values(key)[0]!r}" for key in _variables(course)]
        parts += [BY_HAND if by_hand(course.experiment) else CHANGE]
        if 0 in found:
            parts.append("\nfor key, value in changes[0].items():\n    change(key, value)")
    return "\n".join(parts)


def _variables(course: Course) -> list[str]:
    """Return the keys that a variable of the program holds: not those of an optimizer of torch."""
    keys = dict.fromkeys(key for _, key, _ in course.changes if key not in SPAN)
    return [key for key in keys if by_hand(course.experiment) or not key.startswith("optimizer.")]


def _in_steps(course: Course) -> Iterator[tuple[int, str, str]]:
    """Yield the changes with their values as text: what was said in epochs is said in steps."""
    training = course.experiment.training
    span: dict[str, int] = {"training.epochs": training.epochs, "training.steps": training.steps}
    for step, key, value in course.changes:
        if key in span:
            span[key] = value
            yield step, "training.steps", str(span["training.steps"] or f"{span['training.epochs']} * per_epoch")
        else:
            yield step, key, repr(value)


def _refuse(course: Course) -> None:
    """Raise Unwritable where an optimizer was changed whose memory changes with it."""
    settings, changed = course.experiment.optimizer, {key for _, key, _ in course.changes}
    if isinstance(settings, Muon) and any(key.startswith("optimizer.") for key in changed):
        raise Unwritable("settings of Muon and of the AdamW beside it were changed while it trained")
    if isinstance(settings, RMSprop) and changed & {"optimizer.momentum", "optimizer.centered"}:
        raise Unwritable("momentum or centered of RMSprop was changed while it trained, and its memory with it")
    if "optimizer.line_search" in changed:
        raise Unwritable("the line search of L-BFGS was changed while it trained")
