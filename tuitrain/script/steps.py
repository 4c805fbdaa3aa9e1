"""The training of a run as lines: batches, evaluation, steps, and the measurement at the end."""

from textwrap import indent

from tuitrain.optimizers import LBFGS, Muon
from tuitrain.script.augmentation import augments
from tuitrain.script.changes import by_hand
from tuitrain.script.course import Course
from tuitrain.script.optimizer import moves

SIZES = """
x, y = splits["train"]
samples = len(y)
batch_size = {batch_size}
per_epoch = {per_epoch}
steps = {steps}
evaluate_every = {evaluate_every}
"""
BATCHES = '''
def batches():
    """Yield the sample numbers of each step: the order of an epoch follows from the seed and its number."""
    for epoch in itertools.count():
        generator = torch.Generator().manual_seed(({seed} * 1_000_003 + epoch) % 2**63)
        order = torch.randperm(samples, generator=generator)
        yield from order.to(device).split(batch_size)[:per_epoch]
'''
OUTPUTS = '''
def outputs(inputs):
    """Return what the model makes of a whole split [N, ...]."""
    net.eval()
    with torch.inference_mode(){precision}:
        found = torch.cat([net(scaled(part)).float() for part in inputs.split(4096)])
    net.train()
    return found
'''
CLASSES = '''
def evaluate(inputs, labels):
    """Return mean cross entropy in nats, and accuracy."""
    logits = outputs(inputs)
    return float(F.cross_entropy(logits, labels)), int((logits.argmax(1) == labels).sum()) / len(labels)
'''
NUMBERS = '''
def evaluate(inputs, targets):
    """Return mean squared error in scaled units, and root mean squared error in own units."""
    errors = outputs(inputs).cpu().double() - targets.cpu().double()
    own = errors * spread.cpu()
    return float(errors.square().mean()), float(own.square().mean(0).sqrt().mean())
'''
BALANCED = """
counts = torch.bincount(y, minlength={classes})
weights = (len(y) / ({classes} * counts.clamp(min=1))).float()  # rare classes count more
"""
LOSS = '''
def loss_of(inputs, labels):
    """Return what a step makes small."""
{body}
'''
WEIGHTED = """loss = F.cross_entropy(outputs, labels, weights{smoothing}, reduction="sum")
counted = weights[labels].sum()
loss = loss / torch.where(counted > 0, counted, torch.inf)"""
SEARCH = """
def closure():
    loss = loss_of(inputs, labels)
    optimizer.zero_grad()
    loss.backward(){clip}
    return loss
optimizer.step(closure)"""
EVALUATION = """
if due:
    loss, score = evaluate({watched})
    print(f"step {{step:,}}  {split}/loss {{loss:.4f}}  {split}/{metric} {{score:.4f}}"){kept}"""
KEPT = """
    if loss < lowest:
        lowest, stale = loss, 0
        best = {name: value.detach().clone() for name, value in net.state_dict().items()}
    else:
        stale += 1"""
END = """{restored}
for name, split in splits.items():
    loss, score = evaluate(*split)
    print(f"{{name}}/loss {{loss!r}}  {{name}}/{metric} {{score!r}}")
"""


def sizes(course: Course) -> str:
    """Return lines that count samples and steps, and the functions that draw and measure."""
    training = course.experiment.training
    precision = f", {_autocast(course)}" if training.precision != "float32" else ""
    counted = SIZES.format(
        batch_size="samples" if training.batch_size == "full" else training.batch_size,
        per_epoch="samples // batch_size" if training.drop_last else "-(-samples // batch_size)",
        steps=training.steps or f"{training.epochs} * per_epoch",
        evaluate_every=training.evaluate_every or "per_epoch",
    )
    measure = NUMBERS if course.regression else CLASSES
    return "\n".join((counted, BATCHES.format(seed=training.seed), OUTPUTS.format(precision=precision), measure))


def _autocast(course: Course) -> str:
    return f"torch.autocast(device.type, dtype=torch.{course.experiment.training.precision})"


def loss(course: Course) -> str:
    """Return the function `loss_of`; nothing where the model takes its steps itself."""
    settings = course.experiment.loss
    if by_hand(course.experiment):
        return ""
    weighted = settings.class_weights != "none" and not course.regression
    smoothing = f", label_smoothing={course.named('loss.label_smoothing')}" * course.uses("loss.label_smoothing")
    lines = ["outputs = net(inputs)"]
    if course.regression:
        lines.append("loss = F.mse_loss(outputs, labels)")
    elif weighted:
        lines.append(WEIGHTED.format(smoothing=smoothing))
    else:
        lines.append(f"loss = F.cross_entropy(outputs, labels{smoothing})")
    body = "\n".join(lines)
    if course.experiment.training.precision != "float32":
        body = f"with {_autocast(course)}:\n{indent(body, '    ')}"
    body += "\nloss = loss * len(labels)" * (settings.reduction == "sum") + _penalties(course) + "\nreturn loss"
    return (_class_weights(course) if weighted else "") + LOSS.format(body=indent(body, "    "))


def _class_weights(course: Course) -> str:
    asked = course.experiment.loss.class_weights
    if asked == "balanced":
        return BALANCED.format(classes=len(course.recipe.labels))
    return f"\nweights = torch.tensor({asked}, device=device)  # how much each class counts\n"


def _penalties(course: Course) -> str:
    terms = {"l1": "abs", "l2": "square"}
    used = [name for name in terms if course.uses(f"loss.{name}")]
    text = "\nmatrices = [value for value in net.parameters() if value.dim() > 1]" if used else ""
    for name in used:
        text += (
            f"\nloss = loss + {course.named(f'loss.{name}')} * sum(value.{terms[name]}().sum() for value in matrices)"
        )
    return text


def loop(course: Course) -> str:
    """Return the steps: what is drawn, what follows the loss, what is measured, and when it ends."""
    step = _update(course)
    if course.skipped:
        step = f"if step not in skipped:\n{indent(step, '    ')}"
    # An indexed tensor may lie otherwise in memory than a selected one, and convolutions add up in that order.
    drawn = "augmented({}, step)" if augments(course) else "scaled({})"
    drawn = drawn.format("x.index_select(0, chosen)")
    lines = [f"inputs, labels = {drawn}, y.index_select(0, chosen)", *_rates(course), step]
    stopped = f" or step == {course.stopped}" * bool(course.stopped)
    lines.append(f"due = step % evaluate_every == 0 or step == steps{stopped}")
    lines += ["for key, value in changes.get(step, {}).items():\n    change(key, value)"] * bool(course.changes)
    lines.append(_evaluation(course))
    patience = course.named("training.patience")
    waits = f" or 0 < {patience} <= stale" if course.validates and course.uses("training.patience") else ""
    lines.append(f"if step >= steps{stopped}{waits}:\n    break")
    body = indent("\n".join(lines), "    ")
    begin = "best, lowest, stale = None, math.inf, 0\n" if course.validates else ""
    begin += "losses = []  # of the evaluations so far\n" if course.experiment.schedule.kind == "plateau" else ""
    return f"{begin}net.train()\nfor step, chosen in enumerate(batches(), start=1):\n{body}\n{_end(course)}"


def _rates(course: Course) -> list[str]:
    """Return the line that sets the learning rate of the step, where it moves."""
    scheduled = course.experiment.schedule.kind != "constant"
    if by_hand(course.experiment):
        return []
    if not moves(course):
        return []
    groups = "optimizer.param_groups"
    if isinstance(course.experiment.optimizer, Muon):
        groups = "[group for each in optimizers for group in each.param_groups]"
    return [f'for group in {groups}:\n    group["lr"] = group["initial_lr"]' + " * factor(step - 1)" * scheduled]


def _update(course: Course) -> str:
    experiment = course.experiment
    if by_hand(experiment):
        lr, decay = course.named("optimizer.lr"), course.named("optimizer.weight_decay")
        rate = f"{lr} * factor(step - 1)" if experiment.schedule.kind != "constant" else lr
        return f"net.descend(inputs, labels, {rate}, {decay})"
    clip = _clip(course)
    if isinstance(experiment.optimizer, LBFGS):
        return SEARCH.format(clip=indent(clip, "    ")).strip()
    both = isinstance(experiment.optimizer, Muon)
    steps = "for each in optimizers:\n    each.step()" if both else "optimizer.step()"
    return f"loss = loss_of(inputs, labels)\nnet.zero_grad()\nloss.backward(){clip}\n{steps}"


def _clip(course: Course) -> str:
    key = "training.clip_norm"
    if not course.uses(key):
        return ""
    line = f"nn.utils.clip_grad_norm_(net.parameters(), {course.named(key)})"
    return f"\n{line}" if all(course.values(key)) else f"\nif {course.named(key)}:\n    {line}"


def _evaluation(course: Course) -> str:
    split = "val" if course.validates else "train"
    watched = f"*splits[{split!r}]" if course.validates else "x[:4096], y[:4096]"
    kept = "\n    losses.append(loss)" * (course.experiment.schedule.kind == "plateau")
    kept += KEPT if course.validates else ""
    return EVALUATION.format(watched=watched, split=split, metric=_metric(course), kept=kept).strip()


def _end(course: Course) -> str:
    restored = "\nif best:\n    net.load_state_dict(best)" if course.validates else ""
    return END.format(metric=_metric(course), restored=restored)


def _metric(course: Course) -> str:
    return "rmse" if course.regression else "accuracy"
