"""The commands that drive runs: their arguments, and what each calls. A front end is imported when it is called."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tuitrain.commands import EXPERIMENT, RUN, SET, Command
from tuitrain.places import Places

FORMATS = ("script", "safetensors", "onnx", "torchscript", "tensorboard")
Argument = tuple[tuple[str, ...], dict[str, Any]]


def _words(name: str, many: str = "", **more: Any) -> Argument:
    return (name,), ({"nargs": many} if many else {}) | more


def _flag(name: str, help_: str) -> Argument:
    return (name,), {"action": "store_true", "help": help_}


ONE: Argument = _words("run", metavar="RUN", help=RUN)
SOME: Argument = _words("runs", "*", metavar="RUN", help=RUN)
JSON: Argument = _flag("--json", "print it as JSON")
EVENTS: Argument = _flag("--json", "print the events, a JSON object a line")
DETACH: Argument = _flag("--detach", "train in the background: this returns at once, and the terminal may close")
CHANGES: Argument = (("--set",), {"action": "append", "default": [], "metavar": "KEY=VALUE", "help": SET})


def _fill(parser: ArgumentParser, arguments: tuple[Argument, ...]) -> None:
    for names, options in arguments:
        parser.add_argument(*names, **options)


def _drive(asked: Namespace, where: Places, *, action: str) -> int:
    from tuitrain import drive

    return drive.order(asked.run, where.runs, action)


def _stop(asked: Namespace, where: Places) -> int:
    from tuitrain import drive

    return drive.stop(asked.run, where.runs, now=asked.now)


def _step(asked: Namespace, where: Places) -> int:
    from tuitrain import drive

    return drive.step(asked.run, where.runs, asked.steps)


def _set(asked: Namespace, where: Places) -> int:
    from tuitrain import drive

    return drive.change(asked.run, where.runs, asked.settings)


def _wait(asked: Namespace, where: Places) -> int:
    from tuitrain import drive

    return drive.wait(asked.runs, where.runs, as_json=asked.json)


def _status(asked: Namespace, where: Places) -> int:
    from tuitrain import drive

    return drive.status(where.runs, as_json=asked.json)


def _gc(asked: Namespace, where: Places) -> int:
    from tuitrain import drive

    return drive.free(asked.runs, where.runs, dry=asked.dry_run)


def _resume(asked: Namespace, where: Places) -> int:
    from tuitrain import rerun

    return rerun.resume(
        asked.run,
        where.runs,
        where.data,
        epochs=asked.epochs,
        steps=asked.steps,
        detach=asked.detach,
        as_json=asked.json,
    )


def _fork(asked: Namespace, where: Places) -> int:
    from tuitrain import rerun

    return rerun.fork(
        asked.run, where.runs, where.data, at=asked.at, overrides=asked.set, detach=asked.detach, as_json=asked.json
    )


def _replay(asked: Namespace, where: Places) -> int:
    from tuitrain import rerun

    return rerun.replay(asked.run, where.runs, where.data, as_json=asked.json)


def _export(asked: Namespace, where: Places) -> int:
    from tuitrain import takeaway

    return takeaway.export(asked.run, where.runs, where.data, asked.format, asked.out)


def _predict(asked: Namespace, where: Places) -> int:
    from tuitrain import takeaway

    return takeaway.predict(asked.run, where.runs, where.data, asked.files, as_json=asked.json)


def _fill_queue(parser: ArgumentParser) -> None:
    parser.add_argument(*JSON[0], **JSON[1])
    does = parser.add_subparsers(dest="does", metavar="WHAT", parser_class=type(parser))
    for name, (summary, arguments) in QUEUE.items():
        _fill(does.add_parser(name, help=summary, description=summary), arguments)


def _queue(asked: Namespace, where: Places) -> int:
    from tuitrain import lineup

    return lineup.do(asked.does or "list", asked, where.runs, where.data)


QUEUE: dict[str, tuple[str, tuple[Argument, ...]]] = {
    "list": ("Show what waits, in its order; the same as queue alone.", (JSON,)),
    "add": (
        "Put an experiment in line: a run for each model and each value of a sweep.",
        (_words("experiment", metavar="PRESET|FILE.toml", help=EXPERIMENT), CHANGES),
    ),
    "move": (
        "Move a run in the line.",
        (ONE, _words("to", metavar="first|last|up|down|NUMBER", help="where to; the first is 1")),
    ),
    "copy": ("Put a copy of a run in line, changed where asked.", (ONE, CHANGES)),
    "edit": ("Change a run that waits.", (ONE, CHANGES)),
    "remove": ("Take runs out of the line; what has not begun is removed.", (_words("runs", "+", metavar="RUN"),)),
    "resume": (
        "Train what waits, each device one run after another, beginning with what was cut off; as after a restart.",
        (
            (("--device",), {"action": "append", "default": [], "help": "only on these: cpu, cuda:0, cuda:1, mps"}),
            (("--on-error",), {"choices": ("continue", "stop"), "default": "", "help": "after a run that failed"}),
            _flag("--wait", "return when the line is empty; exit code 1 where a run failed"),
        ),
    ),
    "hold": ("Let what is being trained end, and begin nothing more.", ()),
}
"""What can be done with the queue: a sentence and the arguments of each."""
AT = "the step of a checkpoint to go on from, best or last (best, where there is one)"
FORMAT = "what to write; onnx and tensorboard need the extra tuitrain[export]; torch calls torchscript deprecated"
FILES = "images, rows of .csv or .tsv, .npy, .npz; taken as they are: ink on paper is not white on black as MNIST is"
MORE = "train for this many epochs in all, or +10 for ten more"
DOINGS: dict[str, tuple[str, tuple[Argument, ...], Callable[[Namespace, Places], int]]] = {
    "pause": ("Pause a run after its step.", (ONE,), partial(_drive, action="pause")),
    "save": ("Have a run write a checkpoint now.", (ONE,), partial(_drive, action="save")),
    "step": (
        "Have a run take some steps and pause.",
        (ONE, _words("steps", "?", type=int, default=1, help="how many (1)")),
        _step,
    ),
    "set": (
        "Change settings of a run while it trains.",
        (ONE, _words("settings", "+", metavar="KEY=VALUE", help="optimizer.lr=0.01, training.epochs=+5")),
        _set,
    ),
    "stop": (
        "Stop a run softly: it finishes its batch, evaluates, saves.",
        (ONE, _flag("--now", "at once: nothing is evaluated, the last checkpoint stays")),
        _stop,
    ),
    "resume": (
        "Go on with a run: one that is paused, was stopped or cut off, or is over and shall last longer.",
        (
            ONE,
            (("--epochs",), {"metavar": "N|+N", "default": "", "help": MORE}),
            (("--steps",), {"metavar": "N|+N", "default": "", "help": MORE.replace("epochs", "steps")}),
            DETACH,
            EVENTS,
        ),
        _resume,
    ),
    "fork": (
        "Train a branch: from a checkpoint of a run, with other settings.",
        (ONE, (("--at",), {"default": "", "metavar": "STEP", "help": AT}), CHANGES, DETACH, EVENTS),
        _fork,
    ),
    "replay": (
        "Train a run again, in a place of its own, and say whether the numbers are the same.",
        (ONE, JSON),
        _replay,
    ),
    "export": (
        "Write what a run learned, or the run itself, for use elsewhere.",
        (
            ONE,
            (("--format",), {"choices": FORMATS, "required": True, "help": FORMAT}),
            (
                ("--out",),
                {"type": Path, "metavar": "FILE", "help": "where to (a new name here; of tensorboard a folder)"},
            ),
        ),
        _export,
    ),
    "predict": (
        "Apply what a run learned to images, or to the rows of tables.",
        (ONE, _words("files", "+", type=Path, metavar="FILE", help=FILES), JSON),
        _predict,
    ),
    "wait": (
        "Wait until runs are over; the exit code is theirs. Without a name: for all under way.",
        (SOME, JSON),
        _wait,
    ),
    "status": ("Say in a line for each what is under way, for a prompt or a script.", (JSON,), _status),
    "gc": (
        "Free disk space: checkpoints of earlier steps, of runs that are over.",
        (SOME, _flag("--dry-run", "only say what would go")),
        _gc,
    ),
}
COMMANDS: dict[str, Command] = {
    name: (summary, partial(_fill, arguments=arguments), do) for name, (summary, arguments, do) in DOINGS.items()
}
COMMANDS["queue"] = ("Put experiments in line, and train them one after another on each device.", _fill_queue, _queue)
