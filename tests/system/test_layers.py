"""What is loaded when: the walls between the parts, in processes of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "sklearn")
ROOT = Path(__file__).resolve().parents[2]


def loaded(program: str, *watched: str, folder: Path) -> set[str]:
    """Return which of the watched modules a program has loaded at its end."""
    ending = f"\nimport sys\nprint('LOADED', *({set(watched)!r} & sys.modules.keys()))"
    ended = subprocess.run(
        [sys.executable, "-c", program + ending], capture_output=True, text=True, cwd=folder, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["list", "presets"],
        ["list", "datasets"],
        ["describe", "toy-deep"],
        ["runs", "--runs-dir=runs"],
        ["show", "nothing", "--runs-dir=runs"],
        ["--batch", "nothing"],
    ],
)
def test_commands_are_quick(arguments: list[str], tmp_path: Path) -> None:
    """What trains nothing and draws nothing loads neither torch nor Textual nor scikit-learn."""
    program = f"from tuitrain.cli import main\nmain({arguments!r})"
    assert not loaded(program, *HEAVY, "textual", "numpy", "plotext", folder=tmp_path)


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("tuitrain.ui.app", (*HEAVY, "numpy", "plotext")),
        ("tuitrain.batch", (*HEAVY, "textual", "numpy", "plotext")),
        ("tuitrain.listing", (*HEAVY, "textual", "numpy", "plotext")),
        ("tuitrain.runs.worker", (*HEAVY, "textual", "numpy")),
        ("tuitrain.runs.session", (*HEAVY, "textual", "numpy")),
        ("tuitrain.experiment", (*HEAVY, "textual", "numpy", "tomlkit")),
    ],
)
def test_import(module: str, absent: tuple[str, ...], tmp_path: Path) -> None:
    """A part loads nothing of what belongs to another."""
    assert not loaded(f"import {module}", *absent, folder=tmp_path)


def test_settings_need_no_torch(tmp_path: Path) -> None:
    """Every class of the catalog makes, counts, names and writes its settings without torch or numpy."""
    program = """
from tuitrain.experiment import FAMILIES, parse, read, presets, write
for entries in FAMILIES.values():
    for entry in entries:
        entry(path="somewhere") if "path" in entry.model_fields else entry()
for preset in presets():
    experiment = read(preset)
    experiment.counts(), experiment.dataset.facts, write(experiment), [one.title for one in experiment.alone]
"""
    assert not loaded(program, *HEAVY, "textual", "numpy", folder=tmp_path)


def test_contracts() -> None:
    """The layers in pyproject.toml hold for every import there is, at module level and inside functions."""
    program = (
        "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command(['--no-cache']))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
