from pathlib import Path

import pytest

from tuitrain import places


def test_default_directories() -> None:
    """Runs and data have places of their own in the user's data directory."""
    found = places.find(None, None, only_ascii=False)
    assert (found.runs.name, found.data.name) == ("runs", "data")
    assert found.runs.parent == found.data.parent


def test_given_directories_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative directory is meant from where the command was given."""
    monkeypatch.chdir(tmp_path)
    assert places.find(Path("here"), None, only_ascii=True).runs == tmp_path / "here"
