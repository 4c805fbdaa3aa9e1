"""The scaling of a run as lines: `scaled` for inputs as they are, `learnable` for targets."""

from tuitrain.datasets.data import Scaling
from tuitrain.datasets.table import CSV
from tuitrain.script.course import Course

SPELT = 4  # numbers up to which a scaling is written out: a channel or two, not thirty columns

MEASURED = '''
def measured(values):
    """Return mean and standard deviation [1, F, ...] over the samples, those of what does not vary 1."""
    axes = (0, *range(2, values.ndim))
    mean = values.mean(axes, dtype=np.float64, keepdims=True)
    std = np.sqrt(np.square(values - mean).mean(axes, keepdims=True))
    return mean, np.where(std > 0, std, 1.0)
'''


def scaling(course: Course) -> str:
    """Return lines that make tensors of `splits`, on the device as they came, and the functions that scale them."""
    recipe = course.recipe
    parts = [MEASURED.strip() + "\n\n"] if _measures(course) else []
    if recipe.scaling == Scaling():
        body = "return inputs.float()"
    else:
        parts.append(_numbers(course, "mean", "std", recipe.scaling, "splits['train'][0]"))
        parts.append(
            "mean, share = (torch.tensor(each, dtype=torch.float32, device=device) for each in (mean, 1 / std))"
        )
        body = "return (inputs - mean) * share"
    parts.append(f'\n\ndef scaled(inputs):\n    """Return inputs as the model sees them."""\n    {body}\n\n')
    tensors = (
        "{name: (torch.from_numpy(x).to(device), torch.from_numpy(y).to(device)) for name, (x, y) in splits.items()}"
    )
    if course.regression:
        targets = _numbers(course, "centre", "spread", recipe.targets, "splits['train'][1]")
        parts.append(targets)
        parts.append(
            "centre, spread = (torch.tensor(each, dtype=torch.float32, device=device) for each in (centre, spread))"
        )
        parts.append(f"splits = {tensors}")
        parts.append("splits = {name: (x, (y - centre) / spread) for name, (x, y) in splits.items()}")
    else:
        parts.append(f"splits = {tensors}")
    return "\n".join(parts)


def _measures(course: Course) -> bool:
    return _long(course, course.recipe.scaling) or (course.regression and _long(course, course.recipe.targets))


def _long(course: Course, found: Scaling) -> bool:
    """Tell whether the numbers are too many to be written out; those of a table hold for some columns only."""
    return len(found.mean) > SPELT and not isinstance(course.experiment.dataset, CSV)


def _numbers(course: Course, mean: str, std: str, found: Scaling, of: str) -> str:
    if _long(course, found):
        return f"{mean}, {std} = measured({of})"
    if len(found.mean) == 1:
        return f"{mean}, {std} = np.float64({found.mean[0]!r}), np.float64({found.std[0]!r})"
    shape = (1, -1, *(1 for _ in course.recipe.shape[1:])) if mean == "mean" else (1, -1)
    return f"{mean}, {std} = (np.array(each).reshape{shape} for each in ({list(found.mean)!r}, {list(found.std)!r}))"
