"""Train every preset and write the table of the README: preset, the text's figure, ours, seconds of training.

    uv run python tests/reproduction/report.py DATA_DIR [PRESET...]

Takes about an hour with all of them; with presets named, only their rows change.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from claims import CLAIMS, Claim

from tuitrain.files import write_whole

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- reproduction: begin -->\n", "<!-- reproduction: end -->"
HEAD = "| preset | the text | here | seconds |\n|---|---|---|---:|\n"


def main(data: Path, presets: list[str]) -> None:
    """Fill in the rows, each as soon as it is known."""
    for claim in CLAIMS:
        if not presets or claim.preset in presets:
            row = tried(claim, data)
            print(row, flush=True)
            enter(claim, row)


def enter(claim: Claim, row: str) -> None:
    """Put a row into the table in the place of an older one."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    table, after = rest.split(END)
    rows = {" | ".join(line.split(" | ")[:2]): line for line in table.splitlines()[2:]} | {key(claim): row}
    ordered = [rows[key(each)] for each in CLAIMS if key(each) in rows]
    text = before + BEGIN + HEAD + "\n".join(ordered) + "\n" + END + after
    write_whole(README, text.encode(), mode=0o644)


def key(claim: Claim) -> str:
    """Return the first two cells of a row, which no other has."""
    return f"| `{claim.name}` | {claim.figure}"


def tried(claim: Claim, data: Path) -> str:
    """Return the row of a claim, trained now."""
    if claim.needs and not (data / claim.needs).is_dir():
        return f"{key(claim)} | needs {claim.needs} | |"
    with TemporaryDirectory() as folder:
        runs = claim.train(Path(folder), data)
        return f"{key(claim)} | {claim.check(runs)} | {sum(run.history.seconds for run in runs):.1f} |"


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), sys.argv[2:])
