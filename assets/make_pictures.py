"""Make the pictures of the README from runs that are trained for them.

    uv run python assets/make_pictures.py

Trains a few presets into a temporary directory, opens the cockpit on each and writes assets/screenshots/*.svg; writes
the tables of keys and of presets into the README as well.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # whatever terminal this runs in

from tuitrain import experiment as experiments
from tuitrain.experiment import Experiment
from tuitrain.runs import store
from tuitrain.runs.session import Session
from tuitrain.ui import keys
from tuitrain.ui.app import Cockpit

ROOT = Path(__file__).parents[1]
PICTURES = {
    "digits": (["mnist-mlp"], "1"),
    "plane": (["toy-deep"], "2"),
    "clothes": (["fashion-mlp", "--set", "dataset.source=sample"], "6"),
}


def trained(experiment: list[str], folder: Path) -> Session:
    """Return a session on the runs of a preset, freshly trained."""
    subprocess.run(
        [sys.executable, "-m", "tuitrain", "--batch", *experiment, "--runs-dir", str(folder)],
        check=True,
        capture_output=True,
    )
    session = Session(folder, folder, warm=False)
    session.open(store.listed(folder)[0])
    return session


async def picture(session: Session, key: str) -> str:
    """Return the cockpit on these runs, with the view of this key in front, as SVG."""

    def find() -> tuple[Experiment, Session]:
        experiment = session.experiment()
        assert experiment is not None
        return experiment, session

    app = Cockpit(find)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(1)
        await pilot.press("escape", key)
        await pilot.pause(1)
        return app.export_screenshot(title="tuitrain")


def table() -> str:
    """Return the keys as a Markdown table."""
    lines = ["| | keys | |", "|---|---|---|"]
    last = ""
    for section, key, meaning in keys.rows():
        shown = ", ".join(f"<kbd>{part}</kbd>" for part in key.replace(" ", ", ").replace(",,", ",").split(", "))
        lines.append(f"| {'' if section == last else section} | {shown} | {meaning} |")
        last = section
    return "\n".join(lines)


def presets() -> str:
    """Return the presets as a Markdown table."""
    rows = [f"| `{name}` | {experiments.title(path)} |" for name, path in experiments.presets().items()]
    return "\n".join(["| preset | what |", "|---|---|", *rows])


def with_tables(readme: str) -> str:
    """Return the README with the tables of keys and of presets as they are now."""
    for name, made in (("keys", table), ("presets", presets)):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = readme.split(begin)
        readme = f"{before}{begin}\n\n{made()}\n\n{end}{rest.split(end)[1]}"
    return readme


def main() -> None:
    """Make everything anew."""
    for name, (experiment, key) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            svg = asyncio.run(picture(trained(experiment, Path(folder)), key))
        (ROOT / "assets" / "screenshots" / f"{name}.svg").write_text(svg, encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_tables(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
