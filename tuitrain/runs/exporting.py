"""What a run learned, applied and taken elsewhere: it finds weights, recipe and script, and has the engine write them.

It says in a sentence what cannot be had. Like the worker it imports the engine when it is called.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitrain.datasets import Unavailable
from tuitrain.datasets.recipe import Recipe
from tuitrain.datasets.samples import Batch, Sample, Unreadable, read
from tuitrain.experiment import Experiment
from tuitrain.files import sync_folder, write_whole
from tuitrain.models import Network
from tuitrain.problems import Rejected
from tuitrain.runs import checkpoints, inputs
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch, look
from tuitrain.script import Course, Unwritable, companion, script

if TYPE_CHECKING:
    from tuitrain.engine.export import Learned

ENDINGS = {
    "script": ".py",
    "safetensors": ".safetensors",
    "onnx": ".onnx",
    "torchscript": ".torchscript.pt",
    "tensorboard": ".tensorboard",
}
"""What the name of a file of each format ends with."""
MODE = 0o666  # a file to hand on: as readable as the person's other files
EXTRA = "needs the package {}, which is not installed: pip install 'tuitrain[export]'"


class NotTaken(Exception):
    """What was asked for cannot be had of this run; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and what was found when it was read back."""

    path: Path
    checked: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model makes of a sample: the probability of each class, or the predicted numbers, by name."""

    sample: Sample
    values: tuple[tuple[str, float], ...]
    task: str

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """The classes, the most probable one first."""
        return sorted(self.values, key=lambda entry: -entry[1])


def export(run: Run, data_dir: Path, kind: str, out: Path | None) -> list[Written]:
    """Write the run in this format to `out`, by default a new name in the working directory; raise NotTaken.

    Raise OSError where nothing can be written there. Whatever is written was read back before it takes its place.
    """
    watch = look(run)
    path = out or Path.cwd() / f"{run.id}{ENDINGS[kind]}"
    if out is None and path.exists():
        raise NotTaken(f"{path} is there already: name it with --out to have it replaced, or another file")
    if kind != "tensorboard" and path.is_dir():
        raise NotTaken(f"{path} is a directory: name a file in it with --out")
    if not path.parent.is_dir():
        raise NotTaken(f"{path.parent} is no directory: make it, or name another place with --out")
    return _FORMATS[kind](watch, data_dir, path)


def predict(run: Run, data_dir: Path, files: Sequence[Path]) -> Iterator[Answer | Unreadable]:
    """Yield what the model makes of each sample in these files, and what cannot be read of them; raise NotTaken."""
    return _answers(learned(look(run), data_dir), files)  # what cannot be had is said before the first answer


def _answers(found: "Learned", files: Sequence[Path]) -> Iterator[Answer | Unreadable]:
    from tuitrain.engine.export import Applied, apply, tensor

    applied, recipe = Applied(found).eval(), found.recipe
    for part in read(recipe, files):
        if isinstance(part, Batch):
            values = apply(applied, tensor(part.inputs))[0].tolist()
            for sample, row in zip(part.samples, values, strict=True):
                yield Answer(sample, tuple(zip(recipe.labels, row, strict=True)), recipe.task)
        else:
            yield part


def learned(watch: Watch, data_dir: Path) -> "Learned":
    """Return the model of the run with its kept weights; raise NotTaken."""
    experiment = _experiment(watch)
    (model,) = experiment.models
    if not isinstance(model, Network):
        raise NotTaken(
            f"{watch.run.id} is {model.name}, which is fitted in one go and keeps no weights: "
            "export it as a script, which fits it again"
        )
    recipe, run, history = _recipe(watch, experiment, data_dir), watch.run, watch.history
    kept = checkpoints.at(run, history, "best") or checkpoints.at(run, history, "last")
    if kept is None:
        raise NotTaken(f"{run.path / checkpoints.FOLDER} holds nothing that the journal names: nothing was saved yet")
    from tuitrain.engine.checkpoint import Damaged
    from tuitrain.engine.export import Untrained, learned as loaded

    try:
        return loaded(model, recipe, kept.path)
    except (Damaged, Untrained, Rejected) as error:
        raise NotTaken(str(error)) from None


def _experiment(watch: Watch) -> Experiment:
    try:
        return watch.run.experiment()
    except Rejected as error:
        raise NotTaken(str(error)) from None


def _recipe(watch: Watch, experiment: Experiment, data_dir: Path) -> Recipe:
    """Return how inputs are made: as it was written, or of an older run from its dataset once more."""
    try:
        found = inputs.read(watch.run)
    except inputs.Damaged as error:
        raise NotTaken(str(error)) from None
    if found is not None:
        return found
    try:
        made = Recipe.of(experiment.dataset, experiment.dataset.load(data_dir))
    except Unavailable as error:
        raise NotTaken(
            f"{watch.run.id} has no preprocessing.json, and its dataset cannot be loaded to make one: {error}"
        ) from None
    told = watch.history.labels
    if told and told != made.labels:
        raise NotTaken(
            f"{watch.run.id} has no preprocessing.json, and its dataset is no longer what it learned from: "
            "put the files back that it had, or train it again"
        )
    return made


def _about(watch: Watch, found: "Learned") -> dict[str, str]:
    """Return what goes into a file beside the model."""
    return {
        "run": watch.run.id,
        "step": str(found.step),
        "labels": json.dumps(found.recipe.labels, ensure_ascii=False),
        "preprocessing": found.recipe.written().decode(),
        "experiment": watch.run.text(),
    }


def _model(
    watch: Watch,
    data_dir: Path,
    path: Path,
    make: "Callable[[Learned, Mapping[str, str]], bytes]",
    check: "Callable[[Learned, bytes], str]",
) -> list[Written]:
    """Write a model in this format; raise NotTaken where what is read back is not the model."""
    found = learned(watch, data_dir)
    from tuitrain.engine.export_graph import Missing

    try:
        content = make(found, _about(watch, found))
        checked = check(found, content)
    except Missing as error:
        raise NotTaken(f"--format onnx {EXTRA.format(error)}") from None
    except Exception as error:  # what torch raises where it finds no graph has no class of its own
        why = " ".join(str(error).split())[:200]
        raise NotTaken(f"{watch.run.id} cannot be written so: {type(error).__name__}: {why}") from error
    _put(path, content)
    return [Written(path, f"{found.path.name} of step {found.step:,}: {checked}")]


def _put(path: Path, content: bytes) -> None:
    """Write a file and read it back; raise OSError, or NotTaken where something else is read."""
    write_whole(path, content, mode=MODE)
    if path.read_bytes() != content:
        raise NotTaken(f"{path} holds something else than was written: choose another disk with --out")


def _safetensors(watch: Watch, data_dir: Path, path: Path) -> list[Written]:
    from tuitrain.engine.export_weights import check_weights, weights

    return _model(watch, data_dir, path, weights, check_weights)


def _onnx(watch: Watch, data_dir: Path, path: Path) -> list[Written]:
    from tuitrain.engine.export_graph import check_onnx, onnx_model

    return _model(watch, data_dir, path, onnx_model, check_onnx)


def _torchscript(watch: Watch, data_dir: Path, path: Path) -> list[Written]:
    from tuitrain.engine.export_graph import check_torchscript, torchscript

    return _model(watch, data_dir, path, torchscript, check_torchscript)


def _tensorboard(watch: Watch, _data_dir: Path, path: Path) -> list[Written]:
    """Write one event file into a folder, which TensorBoard takes for a run."""
    from tuitrain.runs.board import events

    if watch.history.started is None:
        raise NotTaken(f"{watch.run.id} has not begun: there are no curves to write")
    try:
        content = events(watch.history, watch.run.text())
    except ImportError as error:
        raise NotTaken(f"--format tensorboard {EXTRA.format(error.name or 'tensorboard')}") from None
    if path.exists() and not path.is_dir():
        raise NotTaken(f"{path} is a file: TensorBoard wants a folder for each run")
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)
    file = path / "events.out.tfevents.0.tuitrain"
    _put(file, content)
    return [Written(file, f"read it with: tensorboard --logdir {path}")]


def _script(watch: Watch, data_dir: Path, path: Path) -> list[Written]:
    """Write a program that trains the same without tuitrain, and the samples beside it that came with tuitrain."""
    experiment = _experiment(watch)
    beside = companion(experiment)
    if beside and (path.parent / beside.name).exists():
        if (path.parent / beside.name).read_bytes() != beside.read_bytes():
            raise NotTaken(f"{path.parent / beside.name} is another file than the script needs: write it elsewhere")
        beside = None
    try:
        text = script(watch.run.id, _course(watch, experiment, data_dir), data_dir)
    except Unwritable as error:
        raise NotTaken(f"{watch.run.id} cannot be written as a script: {error}") from None
    compile(text, str(path), "exec")
    if beside:
        _put(path.parent / beside.name, beside.read_bytes())
    _put(path, text.encode())
    copied = [Written(path.parent / beside.name, "the samples that it reads")] if beside else []
    return [Written(path, "it compiles; run it with python"), *copied]


def _course(watch: Watch, experiment: Experiment, data_dir: Path) -> Course:
    """Return how the run went, as far as it has; raise NotTaken where it has not begun."""
    history, started = watch.history, watch.history.started
    if started is None:
        raise NotTaken(f"{watch.run.id} has not begun: train it first, which is what a script repeats")
    ended, told = history.ended or {}, _table(_table(started, "experiment"), "training").get("threads")
    return Course(
        experiment=experiment,
        recipe=_recipe(watch, experiment, data_dir),
        validates=bool(started.get("val_size")),
        threads=told if type(told) is int and told > 0 else 1,
        device=str(started.get("device", "cpu")),
        torch=str(_table(started, "versions").get("torch", "")),
        changes=tuple((step, key, new) for step, key, _, new in history.changes if key != "training.on_divergence"),
        skipped=tuple(step for step, what in history.marks if what == "skipped"),
        stopped=int(ended["step"]) if ended.get("reason") == "stopped" else 0,
    )


def _table(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a table in a record; an empty one where there is something else."""
    found = record.get(key)
    return found if isinstance(found, dict) else {}


_FORMATS: dict[str, Callable[[Watch, Path, Path], list[Written]]] = {
    "script": _script,
    "safetensors": _safetensors,
    "onnx": _onnx,
    "torchscript": _torchscript,
    "tensorboard": _tensorboard,
}
