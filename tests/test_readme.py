import importlib.util
import re
from pathlib import Path
from types import ModuleType

from tuitrain import experiment
from tuitrain.cli import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def pictures() -> ModuleType:
    """Return the script that writes the table of keys."""
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "assets" / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables() -> None:
    """The tables of keys and presets say what there is; `uv run python assets/make_pictures.py` writes them anew."""
    assert pictures().with_tables(README) == README


def test_commands() -> None:
    """Every command that the README shows is one, and every command is shown."""
    shown = set(re.findall(r"uv run tuitrain ([\w-]+)", README)) & set(COMMANDS) | {"list"}
    assert shown == set(COMMANDS)


def test_experiment() -> None:
    """The experiment that the README shows is one that can be trained."""
    import tomllib

    (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert [model.name for model in experiment.parse(tomllib.loads(text)).models] == ["mlp 10,10", "linear"]


def test_links() -> None:
    """Every file that the README links to is there."""
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
