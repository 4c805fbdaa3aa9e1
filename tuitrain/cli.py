"""The command line: what was asked. It imports one front end, and only when it is known which."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Group, Parameter

from tuitrain import places
from tuitrain.places import Places

WRONG = 2  # exit code: wrong usage or configuration

app = App(
    name="tuitrain",
    help="A training cockpit in the terminal. Without a command it opens the cockpit on an experiment.",
    version=f"tuitrain {version('tuitrain')}",
    help_format="plaintext",
    print_error=False,
    exit_on_error=False,
    result_action="return_value",
    default_parameter=Parameter(negative=""),
)
app.meta.group_parameters = Group("With every command")


Where = Annotated[Places, Parameter(parse=False)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; usage errors are one sentence on stderr and 2."""
    try:
        code = app.meta(list(sys.argv[1:] if arguments is None else arguments))
    except CycloptsError as error:
        return _complain(str(error).strip())
    return code if isinstance(code, int) else 0


def _complain(message: str) -> int:
    print(f"tuitrain: {message}", file=sys.stderr)  # noqa: T201  the message of a usage error
    return WRONG


@app.meta.default
def _everywhere(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    runs_dir: Path | None = None,
    data_dir: Path | None = None,
    ascii: bool = False,  # noqa: A002  the name of the option
) -> Any:
    """Take the options that hold for every command, wherever they stand.

    Parameters
    ----------
    runs_dir
        Where runs are kept. [default: runs, in your data directory]
    data_dir
        Where downloaded data are kept. [default: data, in your data directory]
    ascii
        Paint nothing but ASCII characters.
    """
    command, bound, ignored = app.parse_args(tokens, print_error=False, exit_on_error=False)
    if "where" in ignored:
        bound.arguments["where"] = places.find(runs_dir, data_dir, ascii)
    return command(*bound.args, **bound.kwargs)


@app.default
def _open(
    experiment: str | None = None,
    /,
    *,
    batch: bool = False,
    set: Annotated[list[str] | None, Parameter(name="--set")] = None,  # noqa: A002  the name of the option
    json: bool = False,
    run: Annotated[list[Path] | None, Parameter(show=False)] = None,
    standby: Annotated[bool, Parameter(show=False)] = False,
    where: Where,
) -> int:
    """Open the cockpit on an experiment, or train it here and now with --batch.

    Parameters
    ----------
    experiment
        The name of a preset (tuitrain list presets) or a TOML file.
    batch
        Train without a screen: progress on stderr, results on stdout.
    set
        Change a setting: optimizer.lr=0.05, models.0.hidden=[64]. May be given several times.
    json
        With --batch: print the events, a JSON object a line, on stdout.
    """
    from tuitrain import batch as front_end

    if standby:
        return front_end.stand_by()
    if run:
        return front_end.resume_waiting(run, where.data)
    if batch:
        if experiment is None:
            return _complain("--batch needs an experiment: a preset (tuitrain list presets) or a TOML file")
        return front_end.train(experiment, set or [], where.runs, where.data, as_json=json)
    return _cockpit(experiment, set or [], None, where)


def _cockpit(experiment: str | None, overrides: list[str], run: str | None, where: Places) -> int:
    from tuitrain.ui.opening import open_cockpit

    return open_cockpit(experiment, overrides, run, where.runs, where.data, ascii_only=where.ascii)


@app.command
def runs(*, json: bool = False, where: Where) -> int:
    """List the runs there are, newest first."""
    from tuitrain import listing

    return listing.show_runs(where.runs, as_json=json)


@app.command
def show(run: str, /, *, json: bool = False, where: Where) -> int:
    """Show one run: its state, its numbers and its experiment.

    Parameters
    ----------
    run
        Its name, or the part of it that no other run has.
    json
        Print its journal, a JSON object a line.
    """
    from tuitrain import listing

    return listing.show_run(run, where.runs, as_json=json)


@app.command
def attach(run: str, /, *, where: Where) -> int:
    """Open the cockpit on a run: watch it while it trains, or look at it afterwards.

    Parameters
    ----------
    run
        Its name, or the part of it that no other run has.
    """
    return _cockpit(None, [], run, where)


@app.command
def stop(run: str, /, *, where: Where) -> int:
    """Stop a run softly: it finishes its batch, evaluates and saves.

    Parameters
    ----------
    run
        Its name, or the part of it that no other run has.
    """
    from tuitrain import listing

    return listing.stop_run(run, where.runs)


@app.command(name="list")
def list_(what: Literal["presets", "datasets", "models", "optimizers", "schedules"], /, *, json: bool = False) -> int:
    """List what there is to choose from, with settings and defaults.

    Parameters
    ----------
    what
        presets, datasets, models, optimizers or schedules.
    json
        Print it as one JSON object.
    """
    from tuitrain import listing

    return listing.show_catalog(what, as_json=json)


@app.command
def describe(
    experiment: str,
    /,
    *,
    set: Annotated[list[str] | None, Parameter(name="--set")] = None,  # noqa: A002  the name of the option
    json: bool = False,
) -> int:
    """Show what an experiment would train, parameter by parameter, without training it.

    Parameters
    ----------
    experiment
        The name of a preset or a TOML file.
    set
        Change a setting first, as with --batch.
    json
        Print it as one JSON object.
    """
    from tuitrain import listing

    return listing.describe(experiment, set or [], as_json=json)
