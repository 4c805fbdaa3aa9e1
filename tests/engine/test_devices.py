"""The devices of the machine and the choice of one."""

import os
import re

import pytest
import torch

from tuitrain.engine import devices
from tuitrain.problems import Rejected


def test_found() -> None:
    """The CPU is always there, last; each device has a name for people, and can be picked."""
    there = devices.found()
    assert there[-1] == "cpu"
    assert all(devices.describe(name) for name in there)
    assert [str(devices.pick(name)) for name in there] == there
    assert str(devices.pick("auto")) == there[0]


@pytest.mark.parametrize("name", ["cuda:99", *([] if torch.cuda.is_available() else ["cuda"])])
def test_missing(name: str) -> None:
    """A device that is not there is refused under its key, beside those that are."""
    there = re.escape(", ".join(devices.found()))
    with pytest.raises(Rejected, match=rf"training\.device: {name} is not on this machine; there are auto, {there}$"):
        devices.pick(name)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells the cores a process may use")
def test_threads() -> None:
    """By default one core is left free, and at least one used; a number is taken as it is."""
    before = torch.get_num_threads()
    try:
        assert devices.set_up_cpu(0) == max(1, len(os.sched_getaffinity(0)) - 1) == torch.get_num_threads()
        assert devices.set_up_cpu(1) == 1 == torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def test_precision() -> None:
    """In bfloat16 products are computed in it, in float32 nothing changes."""
    found = {}
    for name in ("float32", "bfloat16"):
        with devices.precision(name, torch.device("cpu")):
            found[name] = (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    assert found == {"float32": torch.float32, "bfloat16": torch.bfloat16}
