"""Where a file may be written: a free name to propose, and what is wrong with one that was chosen.

It looks at folders and opens no file.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

LONGEST = 120
"""Characters of a proposed name: file systems take 255 bytes."""


def propose(folder: Path, name: str, suffix: str) -> Path:
    """Return a path in the folder that is free: NAME.suffix, else NAME-2.suffix and so on.

    What is no letter, digit, dot, dash or underscore in the name becomes a dash.
    """
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:LONGEST] or "tuitrain"
    number = 1
    while True:
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        if not os.path.lexists(path):
            return path
        number += 1


def chosen(text: str, folder: Path, suffixes: Sequence[str]) -> Path:
    """Return the path that somebody typed, from the folder on; a name without an ending gets the first one.

    Raise ValueError with a sentence where no file can be written there.
    """
    try:
        path = folder / Path(text.strip()).expanduser()
    except RuntimeError:  # ~somebody
        raise ValueError(f"no such user, write the path out: {text.strip()}") from None
    if not text.strip() or text.rstrip().endswith(os.sep) or path.is_dir():
        raise ValueError(f"no file name, type one such as picture{suffixes[0]}: {text.strip()}")
    path = path if path.suffix else path.with_name(path.name + suffixes[0])
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"the name must end in {' or '.join(suffixes)}: {path.name}")
    if not path.parent.is_dir():
        raise ValueError(f"no such folder, make it or choose another: {path.parent}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ValueError(f"not writable, choose another folder: {path.parent}")
    return path
