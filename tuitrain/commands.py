"""The commands of the program: their arguments, and what each calls. A front end is imported when it is called."""

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tuitrain.complaint import complain
from tuitrain.places import Places

RUN = "its name, or the part of it that no other run has"
SET = "change a setting: optimizer.lr=0.05, models.0.hidden=[64]; may be given several times"
VIEWS = (
    "curves",
    "confusion",
    "surface",
    "fit",
    "map",
    "weights",
    "samples",
    "mistakes",
    "errors",
    "embedding",
    "rates",
)
EXPERIMENT = "a preset (tuitrain list presets) or a TOML file"


def _fill_open(parser: ArgumentParser) -> None:
    parser.add_argument("experiment", nargs="?", metavar="PRESET|FILE.toml", help=EXPERIMENT)
    parser.add_argument(
        "--batch", action="store_true", help="train without a screen: progress on stderr, results on stdout"
    )
    _add_set(parser)
    _add_look(parser)
    parser.add_argument("--json", action="store_true", help="with --batch: print the events, a JSON object a line")
    # How the cockpit starts its worker: on runs that are there already, or told later on stdin.
    parser.add_argument("--run", action="append", default=[], type=Path, help=SUPPRESS)
    parser.add_argument("--standby", action="store_true", help=SUPPRESS)
    parser.add_argument("--lane", default="", help=SUPPRESS)
    parser.add_argument("--waits", action="store_true", help=SUPPRESS)
    parser.add_argument("--since", type=int, default=0, help=SUPPRESS)


def _add_set(parser: ArgumentParser) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=SET)


def _open(asked: Namespace, where: Places) -> int:
    if not asked.batch:
        if asked.json:
            return complain("tuitrain: --json goes with --batch")
        return _cockpit(asked, where, experiment=asked.experiment, overrides=asked.set)
    if asked.standby or asked.run or asked.lane:
        return _work(asked, where)
    if asked.experiment is None:
        return complain(f"tuitrain: --batch needs an experiment: {EXPERIMENT}")
    from tuitrain import batch

    return batch.train(asked.experiment, asked.set, where.runs, where.data, as_json=asked.json)


def _work(asked: Namespace, where: Places) -> int:
    """Be a worker: of a cockpit, of runs that are there, of the queue."""
    if asked.lane:
        from tuitrain import lineup

        return lineup.work(asked.lane, where.runs, where.data)
    from tuitrain import batch

    if asked.standby:
        return batch.stand_by()
    return batch.train_waiting(asked.run, where.data, waits=asked.waits, since=asked.since)


def _cockpit(
    asked: Namespace,
    where: Places,
    *,
    experiment: str | None = None,
    overrides: Sequence[str] = (),
    run: str | None = None,
    runs_dir: Path | None = None,
    readonly: bool = False,
) -> int:
    """Open the cockpit; with a `runs_dir` of its own on a recording that is played there."""
    from tuitrain.ui.opening import open_cockpit

    return open_cockpit(
        experiment,
        overrides,
        run,
        runs_dir or where.runs,
        where.data,
        ascii_only=where.ascii,
        slow=asked.slow_link,
        bell=not asked.no_bell,
        theme=asked.theme,
        images=asked.images,
        recording=runs_dir is not None,
        readonly=readonly,
    )


def _add_look(parser: ArgumentParser) -> None:
    """Add how the cockpit treats its terminal."""
    group = parser.add_argument_group("the cockpit in its terminal")
    group.add_argument("--theme", choices=("auto", "dark", "light"), default="", help="colours (auto: as the terminal)")
    group.add_argument(
        "--images", choices=("auto", "blocks", "kitty"), default="", help="how pictures are shown (auto)"
    )
    group.add_argument("--slow-link", action="store_true", help="draw every few seconds: under 3 kB/s")
    group.add_argument("--no-bell", action="store_true", help="no bell at the end of a training")


def _fill(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    """Add the arguments of these names, each of which means the same in every command."""
    for argument in arguments:
        if argument == "run":
            parser.add_argument("run", metavar="RUN", help=RUN)
        elif argument == "experiment":
            parser.add_argument("experiment", metavar="PRESET|FILE.toml", help=EXPERIMENT)
        elif argument == "set":
            _add_set(parser)
        elif argument == "view":
            help_ = f"draw only this: {', '.join(VIEWS)}; may be given several times"
            parser.add_argument("--view", action="append", default=[], choices=VIEWS, metavar="VIEW", help=help_)
        elif argument == "look":
            _add_look(parser)
        elif argument in PLAIN:
            names, options = PLAIN[argument]
            parser.add_argument(*names, **options)
        elif argument == "what":
            choices = ("presets", "datasets", "models", "optimizers", "schedules")
            parser.add_argument("what", choices=choices, metavar="|".join(choices), help="what to list")
        else:
            parser.add_argument("--json", action="store_true", help="print it as JSON")


def _runs(asked: Namespace, where: Places) -> int:
    from tuitrain import listing

    return listing.show_runs(where.runs, " ".join(asked.query), as_json=asked.json)


def _show(asked: Namespace, where: Places) -> int:
    from tuitrain import listing

    return listing.show_run(
        asked.run, where.runs, asked.view, as_json=asked.json, ascii_only=where.ascii, out_file=asked.out
    )


def _report(asked: Namespace, where: Places) -> int:
    from tuitrain import listing

    return listing.write_report(asked.runs, where.runs, asked.out)


def _attach(asked: Namespace, where: Places) -> int:
    return _cockpit(asked, where, run=asked.run, readonly=asked.readonly)


def _demo(asked: Namespace, where: Places) -> int:
    from tuitrain.runs import demo

    with demo.playing(asked.name) as runs_dir:
        return _cockpit(asked, where, runs_dir=runs_dir)


def _list(asked: Namespace, _where: Places) -> int:
    from tuitrain import catalog

    return catalog.show_catalog(asked.what, as_json=asked.json)


def _describe(asked: Namespace, where: Places) -> int:
    from tuitrain import catalog

    return catalog.describe(asked.experiment, asked.set, where.data, as_json=asked.json)


def _check_gradients(asked: Namespace, where: Places) -> int:
    from tuitrain import checks

    return checks.check_gradients(asked.experiment, asked.set, where.data, as_json=asked.json)


def _find_lr(asked: Namespace, where: Places) -> int:
    from tuitrain import checks

    return checks.find_lr(asked.experiment, asked.set, where.data, as_json=asked.json, ascii_only=where.ascii)


QUERY = "words, settings and metrics that must hold: adam, lr<0.01, val/accuracy>0.9, state=running, -diverged"
OUT = "write it into this file instead: drawings as .svg, .png, .txt or .ans, the curves as .csv or .tsv"
DEMO = "what was recorded: three nets on a plane, or two on handwritten digits (plane)"
PLAIN: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "query": (("query",), {"nargs": "*", "metavar": "TERM", "help": QUERY}),
    "runs": (("runs",), {"nargs": "+", "metavar": "RUN", "help": RUN}),
    "out": (("--out",), {"type": Path, "metavar": "FILE", "help": OUT}),
    "demo": (("name",), {"nargs": "?", "default": "plane", "choices": ("plane", "digits"), "help": DEMO}),
    "readonly": (("--readonly",), {"action": "store_true", "help": "look on: nothing is trained, told or changed"}),
    "page": (("--out",), {"type": Path, "metavar": "FILE.html", "help": "where to write it (a new name here)"}),
}
"""Arguments that need nothing but words: their names, and what argparse is told of each."""
EXAMINE = ("experiment", "set", "json")
Command = tuple[str, Callable[[ArgumentParser], None], Callable[[Namespace, Places], int]]

OPEN: Command = (
    "A training cockpit in the terminal. Without a command it opens the cockpit on an experiment.",
    _fill_open,
    _open,
)
COMMANDS: dict[str, Command] = {
    "runs": ("List the runs there are, newest first.", partial(_fill, arguments=("query", "json")), _runs),
    "show": (
        "Show one run: its experiment, its log, its numbers, its curves and pictures.",
        partial(_fill, arguments=("run", "view", "out", "json")),
        _show,
    ),
    "report": (
        "Write runs as one page of HTML: settings, curves, pictures, tables.",
        partial(_fill, arguments=("runs", "page")),
        _report,
    ),
    "attach": (
        "Open the cockpit on a run, while it trains or afterwards.",
        partial(_fill, arguments=("run", "readonly", "look")),
        _attach,
    ),
    "demo": (
        "Play a recorded training in the cockpit; torch is not needed.",
        partial(_fill, arguments=("demo", "look")),
        _demo,
    ),
    "list": (
        "List what there is to choose from, with defaults.",
        partial(_fill, arguments=("what", "json")),
        _list,
    ),
    "describe": ("Show the parameters that an experiment would train.", partial(_fill, arguments=EXAMINE), _describe),
    "find-lr": (
        "Try learning rates and say which one to take; nothing is trained.",
        partial(_fill, arguments=EXAMINE),
        _find_lr,
    ),
    "check-gradients": (
        "Compare autograd's gradients with those derived by hand, or with differences of the loss.",
        partial(_fill, arguments=EXAMINE),
        _check_gradients,
    ),
}
