"""Train every preset and write the table of the README: preset, the text's figure, ours, seconds of training.

    uv run python tests/reproduction/report.py DATA_DIR [PRESET...]

Takes about an hour with all of them; with presets named, only their rows change.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from claims import CLAIMS, Claim

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- reproduction: begin -->\n", "<!-- reproduction: end -->"
HEAD = "| preset | the text | here | seconds |\n|---|---|---|---:|\n"


def main(data: Path, presets: list[str]) -> None:
    """Fill in the rows."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    table, after = rest.split(END)
    rows = {row.split(" | ")[0]: row for row in table.splitlines()[2:]}
    wanted = [claim for claim in CLAIMS if not presets or claim.preset in presets]
    for claim in wanted:
        row = tried(claim, data)
        print(row, flush=True)
        rows[row.split(" | ")[0]] = row
    ordered = [rows[key(claim)] for claim in CLAIMS if key(claim) in rows]
    README.write_text(before + BEGIN + HEAD + "\n".join(ordered) + "\n" + END + after, encoding="utf-8")


def key(claim: Claim) -> str:
    """Return the first cell of a row."""
    return f"| `{claim.name}`"


def tried(claim: Claim, data: Path) -> str:
    """Return the row of a claim, trained now."""
    if claim.needs and not (data / claim.needs).is_dir():
        return f"{key(claim)} | {claim.figure} | needs {claim.needs} | |"
    with TemporaryDirectory() as folder:
        runs = claim.train(Path(folder), data)
        return f"{key(claim)} | {claim.figure} | {claim.check(runs)} | {sum(run.history.seconds for run in runs):.1f} |"


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), sys.argv[2:])
