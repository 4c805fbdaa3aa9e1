"""Each preset shows what its teaching text says, on the real data."""

import os
from pathlib import Path

import pytest
from claims import CLAIMS, FOLDER, Claim

from tuitrain import experiment as experiments


def _marks(claim: Claim) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if claim.slow else []


@pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.name, marks=_marks(claim)) for claim in CLAIMS])
def test_claim(claim: Claim, tmp_path: Path) -> None:
    """The figure of the text is reached."""
    data = Path(os.environ.get("TUITRAIN_DATA", tmp_path))
    if claim.needs and not (data / claim.needs).is_dir():
        pytest.skip(f"TUITRAIN_DATA names no data directory with {claim.needs}")
    assert claim.check(claim.train(tmp_path / "runs", data))


def test_every_preset_is_claimed() -> None:
    """No preset goes unchecked, but for the one to begin with and the one that needs 170 MB from the network."""
    claimed = {claim.preset for claim in CLAIMS}
    assert set(experiments.presets()) - claimed == {"first-run", "cifar10-cnn"}
    assert {claim.preset for claim in CLAIMS if claim.needs == FOLDER} == {"cifar10-folder"}
