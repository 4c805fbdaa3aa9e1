"""The command line: reads what was asked, and leaves the doing to the command.

argparse, because the first frame of the cockpit waits for it: 10 ms, where richer libraries take half a second.
"""

import sys
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tuitrain import places
from tuitrain.commands import COMMANDS as LOOKING, OPEN
from tuitrain.complaint import WRONG, complain, silence
from tuitrain.run_commands import COMMANDS as DRIVING

UNREAD = 141  # exit code: as if SIGPIPE had ended it
INTERRUPTED = 130
COMMANDS = LOOKING | DRIVING
VALUED = ("--theme", "--images", "--set", "--run")
"""Options before a command that take the next word."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; usage errors are told on stderr and 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        everywhere, rest = _everywhere().parse_known_args(given)
        name = _command(rest)
        if name:
            rest.remove(name)
        summary, fill, do = COMMANDS.get(name, OPEN)
        parser = _parser(f"tuitrain {name}".strip(), summary, whole=not name)
        fill(parser)
        asked = parser.parse_args(_apart(rest) if name == "runs" else rest)
    except SystemExit as stop:  # argparse has said why, or shown its help
        return stop.code if isinstance(stop.code, int) else WRONG
    try:
        code = do(asked, places.find(everywhere.runs_dir, everywhere.data_dir, everywhere.ascii))
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
        return UNREAD
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}" if error.filename else error)
    return code


def _command(words: Sequence[str]) -> str:
    """Return the first word that is neither an option nor the value of one, if it is a command."""
    before = ["", *words]
    plain = [word for last, word in zip(before, words, strict=False) if not (word.startswith("-") or last in VALUED)]
    return plain[0] if plain and plain[0] in COMMANDS else ""


def _apart(words: Sequence[str]) -> list[str]:
    """Return the words with the options first: a term of a query may begin with a minus."""
    options = [word for word in words if word in ("--json", "-h", "--help", "--version")]
    return [*options, "--", *(word for word in words if word not in (*options, "--"))]


class Parser(ArgumentParser):
    """Says what is wrong in one sentence, without the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and leave."""
        self.exit(WRONG, f"{self.prog}: {message}; {self.prog} --help says what there is\n")


class Version(Action):
    """Prints the version; looking it up takes 8 ms, which the first frame need not wait for."""

    def __call__(
        self, parser: ArgumentParser, _namespace: Namespace, _values: object, _option: str | None = None
    ) -> NoReturn:
        """Print it and leave."""
        from importlib.metadata import version

        sys.stdout.write(f"tuitrain {version('tuitrain')}\n")
        parser.exit()


def _everywhere() -> ArgumentParser:
    """Return a parser of the options that hold for every command, before it or behind it."""
    parser = Parser(prog="tuitrain", add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("with every command")
    group.add_argument("--runs-dir", type=Path, metavar="DIR", help="where runs are kept (in your data directory)")
    group.add_argument("--data-dir", type=Path, metavar="DIR", help="where downloaded data are kept (likewise)")
    group.add_argument("--ascii", action="store_true", help="paint nothing but ASCII characters")
    return parser


def _parser(name: str, summary: str, *, whole: bool) -> ArgumentParser:
    commands = "\n".join(f"  {command:<15} {entry[0]}" for command, entry in COMMANDS.items())
    parser = Parser(
        prog=name,
        description=summary,
        epilog=f"commands:\n{commands}\n\ntuitrain COMMAND --help says more of each." if whole else None,
        formatter_class=RawDescriptionHelpFormatter,
        parents=[_everywhere()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show program's version number and exit")
    return parser
