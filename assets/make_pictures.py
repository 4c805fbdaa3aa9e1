"""Make the pictures of the README from runs that are trained for them.

    uv run python assets/make_pictures.py

Opens the cockpit on the recordings of the demo, and on pieces of clothing that are trained for it, and writes
assets/screenshots/*.svg; writes the tables of keys and of presets into the README as well.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Event

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # whatever terminal this runs in

from tuitrain import experiment as experiments
from tuitrain.experiment import Experiment
from tuitrain.runs import demo, store
from tuitrain.runs.session import Session
from tuitrain.ui import keys
from tuitrain.ui.app import Cockpit

ROOT = Path(__file__).parents[1]
CLOTHES = ["fashion-mlp", "--set", "dataset.source=sample"]
PICTURES = {
    "plane": ("plane", ["n", "2"]),
    "digits": ("digits", ["1"]),
    "past": ("digits", ["n", "1", "d", *["H"] * 3]),
    "runs": ("plane", ["o", "wait", "j", "space", "space"]),
    "clothes": (CLOTHES, ["6"]),
}
"""By name: the recording, or what is trained, and the keys that are pressed."""


def recorded(name: str, folder: Path) -> Session:
    """Return a session on a recording that was played to its end."""
    demo.play(folder / "runs", 1e9, Event(), name)
    return opened(folder)


def trained(experiment: list[str], folder: Path) -> Session:
    """Return a session on the runs of a preset, freshly trained."""
    subprocess.run(
        [sys.executable, "-m", "tuitrain", "--batch", *experiment, "--runs-dir", str(folder / "runs")],
        check=True,
        capture_output=True,
    )
    return opened(folder)


def opened(folder: Path) -> Session:
    """Return a session on all runs there."""
    session = Session(folder / "runs", folder / "data", warm=False)
    session.open_all(store.listed(folder / "runs"))
    return session


async def picture(session: Session, pressed: list[str]) -> str:
    """Return the cockpit on these runs after these keys, as SVG."""

    def find() -> tuple[Experiment, Session]:
        experiment = session.experiment()
        assert experiment is not None
        return experiment, session

    app = Cockpit(find)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(1)
        for key in pressed:
            await (pilot.pause(1) if key == "wait" else pilot.press(key))
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
    for name, (source, pressed) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            session = (recorded if isinstance(source, str) else trained)(source, Path(folder))  # type: ignore[operator]  # one takes a name, one arguments
            svg = asyncio.run(picture(session, pressed))
        (ROOT / "assets" / "screenshots" / f"{name}.svg").write_text(svg, encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_tables(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
