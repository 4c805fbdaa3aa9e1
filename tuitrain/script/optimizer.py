"""The optimizer of a run as a line of a program."""

from tuitrain.optimizers import LBFGS, SGD, Adagrad, Adam, AdamW, Muon, RMSprop
from tuitrain.script.changes import by_hand
from tuitrain.script.course import Course

DIVIDED = """
matrices = [each for each in net.parameters() if each.ndim == 2][:-1]  # all but the output layer
others = [each for each in net.parameters() if all(each is not matrix for matrix in matrices)]
"""


def optimizer(course: Course) -> str:
    """Return lines that make `optimizer`, or of Muon `optimizers`; nothing where a net knows its own steps."""
    settings = course.experiment.optimizer
    if by_hand(course.experiment):
        return ""
    if isinstance(settings, Muon):
        return _muon(settings, course)
    made = f"optimizer = torch.optim.{_built(settings)}"
    if not moves(course):
        return made
    groups = 'for group in optimizer.param_groups:\n    group["initial_lr"] = group["lr"]'
    return f"{made}\n{groups}"


def moves(course: Course) -> bool:
    """Tell whether the learning rate is another one at some step."""
    return course.experiment.schedule.kind != "constant" or bool(course.changes)


def _built(settings: object) -> str:
    given: dict[str, object]
    if isinstance(settings, SGD):
        given = settings.model_dump(exclude={"kind"}) | {"fused": True}
    elif isinstance(settings, Adam | AdamW):
        given = settings.model_dump(include={"lr", "weight_decay"})
        given |= {"betas": (settings.beta1, settings.beta2), "fused": True}
    elif isinstance(settings, RMSprop):
        given = settings.model_dump(exclude={"kind"}) | {"foreach": True}
    elif isinstance(settings, Adagrad):
        given = settings.model_dump(include={"lr", "weight_decay"})
        given |= {"initial_accumulator_value": settings.initial_sum, "fused": True}
    elif isinstance(settings, LBFGS):
        search = None if settings.line_search == "none" else settings.line_search
        given = {"lr": settings.lr, "max_iter": settings.max_iter, "history_size": settings.history}
        given["line_search_fn"] = search
    else:
        raise TypeError(f"{type(settings).__name__} has no line")
    return f"{type(settings).__name__}(net.parameters(), {_arguments(given)})"


def _arguments(given: dict[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


def _muon(settings: Muon, course: Course) -> str:
    beside = {"lr": settings.adamw_lr, "betas": (settings.beta1, settings.beta2)}
    adamw = f"torch.optim.AdamW(others, {_arguments({**beside, 'weight_decay': settings.weight_decay, 'fused': True})})"
    given = settings.model_dump(include={"lr", "weight_decay", "momentum", "nesterov"})
    muon = f"torch.optim.Muon(matrices, {_arguments(given)})"
    text = f"{DIVIDED.strip()}\noptimizers = [{adamw}]\nif matrices:\n    optimizers.insert(0, {muon})"
    if moves(course):
        groups = "\nfor group in [group for each in optimizers for group in each.param_groups]:"
        text += f'{groups}\n    group["initial_lr"] = group["lr"]'
    return text
