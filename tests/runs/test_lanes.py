"""The lanes on which runs in line are trained: which there are, which are needed, and one for each device."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tuitrain.runs import lanes, lock, queue


@pytest.mark.parametrize(
    ("wishes", "there", "expected"),
    [
        ([], ["cpu"], []),
        (["auto", "auto"], ["cpu"], ["cpu"]),
        (["auto"], ["cuda:0", "cuda:1", "cpu"], ["cuda:0"]),
        (["auto", "auto", "auto"], ["cuda:0", "cuda:1", "cpu"], ["cuda:0", "cuda:1"]),
        (["cuda:1", "auto"], ["cuda:0", "cuda:1", "cpu"], ["cuda:0", "cuda:1"]),
        (["cuda", "cpu"], ["cuda:0", "cuda:1", "cpu"], ["cuda:0", "cpu"]),
        (["auto", "cpu"], ["mps", "cpu"], ["mps", "cpu"]),
        (["cuda:3", "mps"], ["cuda:0", "cpu"], []),
    ],
)
def test_lanes_needed(wishes: Sequence[str], there: Sequence[str], expected: Sequence[str]) -> None:
    """There are as many lanes as there is work for: what names no device goes to cards before the processor."""
    assert lanes.needed(wishes, there) == expected


@pytest.mark.parametrize(
    ("cards", "setting", "count"),
    [
        (2, None, 2),
        (2, "", 0),
        (2, "1", 1),
        (2, "1, 0", 2),
        (2, "0,-1,1", 1),
        (2, "5", 0),
        (1, "MIG-8f", 1),
        (0, "0", 0),
    ],
)
def test_visible_cards(cards: int, setting: str | None, count: int) -> None:
    """As many cards are there as CUDA_VISIBLE_DEVICES shows to a process."""
    assert lanes.visible(cards, setting) == count


def test_one_lane_for_a_device(tmp_path: Path) -> None:
    """A lane that another process has is refused with its name; one that has nothing to do is free at once."""
    lane = lanes.occupy(tmp_path, "cpu")
    with pytest.raises(lock.Occupied, match="trains the queue on cpu already"):
        lanes.occupy(tmp_path, "cpu")
    assert lanes.at_work(tmp_path) == ["cpu"]
    assert queue.take(lane) is None
    assert lanes.at_work(tmp_path) == []


def test_devices_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor is always the last; where no card may be seen there is none."""
    assert lanes.devices(tmp_path)[-1] == "cpu"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not any(name.startswith("cuda") for name in lanes.devices(tmp_path))


def test_what_cannot_be_started(tmp_path: Path) -> None:
    """A lane that ends at once is told of with the file of what it printed."""
    lanes.output(tmp_path, "cuda:x").write_bytes(b"-" * (lanes.LONGEST + 1))
    assert "exit code 2" in lanes.start(tmp_path, tmp_path, "cuda:x")
    assert lanes.output(tmp_path, "cuda:x").read_text().startswith("cuda:x: is no device")
