"""What does not fit together: a model and the data, a split that is missing, a batch that is too large.

It judges settings by what is known of the data, and must not know what an experiment is.
"""

from collections.abc import Iterator, Sequence

from tuitrain.datasets import Facts
from tuitrain.models import Model, NumpyNet
from tuitrain.optimizers import SGD, Optimizer
from tuitrain.problems import Problem
from tuitrain.schedules import Plateau, Schedule
from tuitrain.training import Loss, Training


def misfits(
    facts: Facts,
    *,
    models: Sequence[Model],
    optimizer: Optimizer,
    schedule: Schedule,
    loss: Loss,
    training: Training,
) -> list[Problem]:
    """Return what cannot be with data like these, each with the way out."""
    return [
        *_missing_split(facts, schedule, training),
        *_wrong_batch(facts, optimizer, training),
        *_wrong_loss(facts, loss),
        *_wrong_models(facts, models, training),
        *_wrong_hand(models, optimizer, loss, training),
    ]


def _missing_split(facts: Facts, schedule: Schedule, training: Training) -> Iterator[Problem]:
    if facts.sizes[1]:
        return
    sentence = "watches the validation split and there is none; set dataset.val_size above 0, or"
    if training.patience:
        yield Problem("training.patience", f"training.patience {sentence} training.patience = 0")
    if isinstance(schedule, Plateau):
        yield Problem("schedule.kind", f"plateau {sentence} another schedule.kind")


def _wrong_batch(facts: Facts, optimizer: Optimizer, training: Training) -> Iterator[Problem]:
    if not training.per_epoch(facts.sizes[0]):
        yield Problem(
            "training.batch_size",
            f"training.batch_size is larger than the training split of {facts.sizes[0]} and drop_last leaves "
            "nothing to train on; set a smaller training.batch_size, or training.drop_last = false",
        )
    if optimizer.needs_full_batch and training.batch_size != "full":
        sentence = f'{optimizer.kind} needs the whole training split at each step; set training.batch_size = "full"'
        yield Problem("training.batch_size", sentence)


def _wrong_loss(facts: Facts, loss: Loss) -> Iterator[Problem]:
    weights = loss.class_weights
    if facts.task == "regression":
        way_out = "is for classes, and these data have numbers to predict; set loss"
        if loss.label_smoothing:
            yield Problem("loss.label_smoothing", f"{way_out}.label_smoothing = 0")
        if weights != "none":
            yield Problem("loss.class_weights", f'{way_out}.class_weights = "none"')
    elif isinstance(weights, list) and len(weights) != facts.outputs:
        sentence = f"has {len(weights)} numbers for {facts.outputs} classes; give one for each class"
        yield Problem("loss.class_weights", sentence)


def _wrong_models(facts: Facts, models: Sequence[Model], training: Training) -> Iterator[Problem]:
    train, batch = facts.sizes[0], training.batch(facts.sizes[0])
    lonely = batch == 1 or (not training.drop_last and train % batch == 1)
    for number, model in enumerate(models):
        if sentence := model.misfit(facts):
            yield Problem(f"models.{number}", sentence)
        if lonely and getattr(model, "batch_norm", False):
            yield Problem(
                f"models.{number}.batch_norm",
                f"models with batch_norm cannot learn from a batch of one sample, and {train} samples in "
                f"batches of {batch} leave one; set training.drop_last = true, or another training.batch_size",
            )


def _wrong_hand(models: Sequence[Model], optimizer: Optimizer, loss: Loss, training: Training) -> Iterator[Problem]:
    """Find what a model that takes its steps by itself would leave out without a word."""
    for model in [model for model in models if isinstance(model, NumpyNet)][:1]:  # what is said of one holds for all
        plain = isinstance(optimizer, SGD) and not optimizer.momentum
        if not plain:
            way_out = 'set optimizer.kind = "sgd", with momentum = 0'
            yield Problem("optimizer.kind", f"{model.kind} takes plain gradient steps, written out by hand; {way_out}")
        if loss != Loss():
            yield Problem("loss", f"{model.kind} knows the mean cross entropy alone; leave the loss table as it is")
        if training.clip_norm:
            yield Problem("training.clip_norm", f"{model.kind} clips no gradients; set training.clip_norm = 0")
        if training.precision != "float32":
            sentence = f'{model.kind} computes in float64 always; set training.precision = "float32"'
            yield Problem("training.precision", sentence)
        if not training.device.startswith(("auto", "cpu")):
            yield Problem("training.device", f"{model.kind} computes on the CPU; set training.device = auto or cpu")
