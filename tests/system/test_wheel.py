import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv")


@pytest.mark.slow
@pytest.mark.skipif(UV is None, reason="uv builds and installs the wheel, and it is not here")
def test_wheel(tmp_path: Path) -> None:
    """The wheel, installed where there is nothing else, trains its own digits: the assets are in it."""
    assert UV is not None
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}

    def run(*command: str | Path) -> str:
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    run(UV, "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    run(UV, "venv", "--quiet", tmp_path / "empty")
    run(UV, "pip", "install", "--quiet", "--python", tmp_path / "empty", wheel)
    program = tmp_path / "empty" / "bin" / "tuitrain"
    lines = run(program, "--batch", "mnist-linear", "--json", "--runs-dir", tmp_path / "runs").splitlines()
    finished = json.loads(lines[-1])
    assert finished["event"] == "finished"
    assert finished["metrics"]["test/accuracy"] >= 0.88
