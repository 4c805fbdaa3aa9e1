"""Where things are kept on this machine, and how its terminal is: what every command is told. Light to import."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Places:
    """Directories of runs and of data, and whether only ASCII may be painted."""

    runs: Path
    data: Path
    ascii: bool


def find(runs_dir: Path | None, data_dir: Path | None, only_ascii: bool) -> Places:
    """Return the directories asked for, else those in the user's data directory; absolute."""
    home = platformdirs.user_data_path("tuitrain")
    return Places((runs_dir or home / "runs").absolute(), (data_dir or home / "data").absolute(), only_ascii)
